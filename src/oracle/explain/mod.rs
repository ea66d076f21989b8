//! The true cause of what did not fit: an alignment of least cost, then pairing, then one root finding.
//!
//! 1. `skeleton`: the frames of each connection, and which messages may have come since when, given what was sent.
//!    `lane`: what each connection had to carry, as states; `limits`: which ways the choices may go.
//! 2. `align`: on each connection, the cheapest way to account for frames and expectations (sync 0, skip either 1), its
//!    choices included. The tool's sends are facts, so connections depend on one another only through choices and names.
//!    `rest`: what is done when the steps are used up.
//! 3. `assign`: connections that disagree over a choice are brought together so that the whole costs least.
//! 4. `pair`: what is left over is paired: reordered, misrouted, wrong payload; the rest is duplicate, early, unexpected, missing.
//! 5. `write`: findings in words (`finding`, `of_client`, `phrases`), the earliest line first, the others folded under it; `trail` finds the send
//!    from which a frame follows that nobody drew, `ties` the arrows at which it could as well stand.

mod align;
mod alignment;
mod allowed;
mod answered;
mod assign;
mod blame;
mod cause;
mod doubled;
mod extents;
mod finding;
mod instead;
mod known;
mod laid_out;
mod lane;
mod limits;
mod marks;
mod namer;
mod of_client;
mod open;
mod opened;
mod overtaken;
mod pair;
mod pairs;
mod passed;
mod path;
mod phrases;
mod place;
mod redraw;
mod resent;
mod rest;
mod same;
mod senders;
mod skeleton;
mod storm;
mod ties;
mod trail;
mod values;
mod write;

pub use namer::Namer;
pub(crate) use write::{AWAITED_HELP, ECHO_HELP};

use super::Trouble;
use super::judge::Oracle;
use super::verdict::{Doubt, Fate, Mark, Outcome, Reason, Verdict};
use crate::order::{ArrowId, Chooser, FragmentId, Kind, LifelineId};
use crate::trace::{Entry, Event};
use crate::wire::{Channel, Expectation, Memory, Observed};

impl Oracle {
    /// The outcome. Nothing that is told afterwards is judged.
    pub fn freeze(mut self, namer: &dyn Namer) -> (Outcome, Vec<Entry>) {
        let outcome = self.outcome(namer);
        let at = self.record.entries.last().map(|entry| entry.at).unwrap_or_default();
        self.record.entries.push(Entry { at, event: Event::Frozen });
        (outcome, self.record.entries)
    }

    fn outcome(&mut self, namer: &dyn Namer) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some((evidence, weaker)) = &self.record.quiet {
            outcome.evidence = Some(*evidence);
            outcome.listened = self.record.listened;
            outcome.weaker = weaker.clone();
        }
        self.coverage(&mut outcome);
        outcome.excused = write::excused(self, namer);
        if self.readings.cut && self.failing() {
            self.trouble.get_or_insert(Trouble {
                kind: "limit",
                message: "a loop may have had more turns without a visible message than seqcheck tries (2 unseen, 64 \
                          unheard)"
                    .to_owned(),
                help: vec![
                    "write a number of turns for the loop, or draw a message to every client in each turn".to_owned(),
                ],
                spans: Vec::new(),
            });
        }
        let void = self.departure.as_ref().is_some_and(|(_, void)| *void);
        let failing = !void && (self.overdue || self.record.has_fault());
        if failing {
            write::findings(self, namer, &mut outcome);
        }
        if outcome.findings.is_empty() {
            outcome.marks = self.marks_as_drawn();
        }
        if !outcome.findings.is_empty() {
            outcome.verdict = Verdict::Fail;
        }
        self.doubts(&mut outcome);
        if !failing && self.trouble.is_none() && !self.is_cut() {
            outcome.stale = self.stale();
            if !outcome.stale.is_empty() {
                outcome.verdict = outcome.verdict.max(Verdict::Fail);
            }
        }
        if let Some(trouble) = self.trouble.clone() {
            outcome.trouble = Some(trouble);
            outcome.verdict = Verdict::Error;
        } else if failing && outcome.findings.is_empty() && outcome.doubts.is_empty() && self.options.recorded.is_some()
        {
            outcome.verdict = Verdict::Inconclusive;
            outcome.doubts.push(Doubt {
                reason: Reason::Gaps,
                text: "the record does not belong to a play of this diagram, and no single finding explains the \
                       difference"
                    .to_owned(),
                spans: self.open_plays(),
            });
        } else if failing && outcome.findings.is_empty() && outcome.doubts.is_empty() {
            // The configurations say that this is wrong and the alignment finds nothing: never a pass, never a guess.
            outcome.trouble = Some(Trouble {
                kind: "harness",
                message: "the run failed, but no explanation was found".to_owned(),
                help: vec!["please report this with the diagram and the trace (--out DIR)".to_owned()],
                spans: Vec::new(),
            });
            outcome.verdict = Verdict::Error;
        }
        outcome
    }

    fn marks_as_drawn(&self) -> Vec<Mark> {
        let mut matched = self.record.matched.iter().peekable();
        let mut marks = Vec::with_capacity(self.record.entries.len());
        for (index, entry) in self.record.entries.iter().enumerate() {
            match &entry.event {
                Event::Sent { lifeline, channel, arrow, .. } => marks.push(Mark {
                    arrow: Some(ArrowId(*arrow)),
                    lifeline: LifelineId(*lifeline),
                    channel: *channel,
                    at: Some(entry.at),
                    entry: Some(index),
                    fate: Fate::Sent,
                }),
                Event::Received { lifeline, channel, observed, .. } => {
                    let key = matched.next_if(|(at, _)| *at == index).map(|(_, key)| *key);
                    if key.is_none() && matches!(observed, Observed::Close { .. } | Observed::End { .. }) {
                        continue;
                    }
                    marks.push(Mark {
                        arrow: key.map(|key| ArrowId(key.0)),
                        lifeline: LifelineId(*lifeline),
                        channel: *channel,
                        at: Some(entry.at),
                        entry: Some(index),
                        fate: if key.is_some() { Fate::Passed } else { Fate::Ignored },
                    });
                }
                Event::Done { .. }
                | Event::Echoed { .. }
                | Event::Quiet { .. }
                | Event::Chose { .. }
                | Event::Learned { .. }
                | Event::Frozen => {}
            }
        }
        marks
    }

    /// Which operands were taken, and which of the tool's choice were not.
    fn coverage(&self, outcome: &mut Outcome) {
        let Some(config) = self.readings.configs.first() else { return };
        for (key, decision) in config.decided.iter() {
            let number = match decision {
                super::config::Decision::Operand(operand) => *operand,
                super::config::Decision::Turns { begun, .. } => *begun,
            };
            let taken = (FragmentId(key.0), number);
            if !outcome.taken.contains(&taken) {
                outcome.taken.push(taken);
            }
        }
        for (index, fragment) in self.plan.order.fragments.iter().enumerate() {
            let id = FragmentId(index as u32);
            if !matches!(fragment.kind, Kind::Choice(Chooser::Tool)) {
                continue;
            }
            for operand in 0..fragment.operands.len() as u32 {
                if !outcome.taken.contains(&(id, operand)) {
                    outcome.unplayed.push((id, operand));
                }
            }
        }
    }

    /// What makes a failing run inconclusive instead.
    fn doubts(&self, outcome: &mut Outcome) {
        let order = &self.plan.order;
        if self.unknown_branch {
            outcome.verdict = Verdict::Inconclusive;
            outcome.doubts.push(Doubt {
                reason: Reason::UnknownBranch,
                text: "the received messages fit several branches, and the next message to send depends on the branch"
                    .to_owned(),
                spans: self.open_plays(),
            });
            return;
        }
        let departed = || self.departure.as_ref().map(|(doubt, _)| doubt.clone());
        if self.readings.guessed && self.failing() {
            outcome.verdict = Verdict::Inconclusive;
            outcome.findings.clear();
            outcome.doubts.push(departed().unwrap_or_else(|| Doubt {
                reason: Reason::Gaps,
                text: "the record does not show which alternative of this diagram was chosen".to_owned(),
                spans: Vec::new(),
            }));
            return;
        }
        if self.is_cut() && outcome.findings.is_empty() {
            outcome.verdict = Verdict::Inconclusive;
            outcome.doubts.push(departed().unwrap_or_else(|| Doubt {
                reason: Reason::Gaps,
                text: "the record ends before the diagram does".to_owned(),
                spans: self.open_plays(),
            }));
            return;
        }
        let Some(finding) = outcome.findings.first() else { return };
        // Whatever was sent before a frame came bears on it, wherever the finding stands.
        let stands = finding.arrow.map_or(u32::MAX, |arrow| order.arrow(arrow).number);
        let before = finding.entry.filter(|_| finding.cause.is_some_and(|cause| cause.by != super::By::Drawn));
        let before = before.and_then(|entry| place::last_before(self, entry));
        let place = before.map_or(stands, |before| stands.max(order.arrow(before).number));
        let mut doubts = std::mem::take(&mut outcome.doubts);
        for key in self.readings.configs.iter().flat_map(|config| &config.taken_in_silence) {
            let fragment = order.fragment(FragmentId(key.0));
            let number = fragment.operands.iter().flat_map(|operand| &operand.body).find_map(|node| match node {
                crate::order::Node::Arrow(id) => Some(order.arrow(*id).number),
                crate::order::Node::Fragment(_) => None,
            });
            if self.collided(FragmentId(key.0)) && number.is_some_and(|number| number <= place) {
                doubts.push(Doubt {
                    reason: Reason::Collision,
                    text: format!(
                        "at line {}, both seqcheck and the server may begin, and both did: neither can know of the \
                         other",
                        fragment.line
                    ),
                    spans: vec![fragment.span],
                });
            }
        }
        if !doubts.is_empty() {
            outcome.verdict = Verdict::Inconclusive;
            outcome.doubts = doubts;
        }
    }

    /// The lines of what the tool would have played next.
    fn open_plays(&self) -> Vec<crate::source::Span> {
        let plays = self.readings.configs.iter().flat_map(|config| config.plays.keys());
        let mut spans: Vec<_> = plays.map(|key| self.plan.order.arrow(ArrowId(key.0)).span).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// Whether something came that belongs to an operand of the server, after the tool had begun its own.
    fn collided(&self, id: FragmentId) -> bool {
        let inside = |mut around: Option<(FragmentId, u32)>| {
            while let Some((fragment, _)) = around {
                if fragment == id {
                    return true;
                }
                around = self.plan.order.fragment(fragment).inside;
            }
            false
        };
        self.record.residue.iter().any(|residue| {
            let Some((lane, observed)) = self.frame(residue.entry) else { return false };
            self.plan.order.arrow_ids().any(|(arrow, drawn)| {
                self.plan.lanes.routes[arrow.0 as usize].receive == lane
                    && inside(drawn.inside)
                    && self.plan.expectation(arrow).is_some_and(|expectation| fits(expectation, observed, arrow))
            })
        })
    }

    /// The lane and the observation of an entry.
    pub(super) fn frame(&self, entry: usize) -> Option<(u32, &Observed)> {
        let it = self.record.entries.get(entry)?.event.received()?;
        Some((self.lane_of(LifelineId(it.lifeline), LifelineId(it.from), it.channel), it.observed))
    }

    pub(super) fn lane_of(&self, client: LifelineId, from: LifelineId, channel: Channel) -> u32 {
        self.plan.lanes.receive.get(&(client, from, channel)).copied().unwrap_or(super::plan::NONE)
    }

    /// Arrows marked as known failures at which everything went as drawn.
    fn stale(&self) -> Vec<ArrowId> {
        let reached = |id: ArrowId| self.record.matched.iter().any(|(_, key)| key.0 == id.0);
        self.plan
            .order
            .arrow_ids()
            .filter(|(id, arrow)| {
                arrow.traits.known_failure.is_some()
                    && reached(*id)
                    && !self.excuses.iter().any(|excuse| excuse.key.0 == id.0)
            })
            .map(|(id, _)| id)
            .collect()
    }
}

/// What the best alignment costs, for the laws.
#[cfg(test)]
pub(super) fn cost(oracle: &mut Oracle) -> usize {
    let known = known::Known::of(oracle);
    assign::best(oracle, &known).cost
}

/// The same with so many steps, and what was kept for it; for the tests.
#[cfg(test)]
pub(super) fn kept_within(oracle: &mut Oracle, steps: u64) -> (usize, usize) {
    let known = known::Known::of(oracle);
    assign::KEPT.set(0);
    let budget = alignment::Budget { steps, comparisons: steps };
    (assign::best_within(oracle, &known, budget).cost, assign::KEPT.get())
}

/// Whether an observation fits an expectation, names of the diagram and memory aside.
pub(super) fn fits(expectation: &Expectation, observed: &Observed, arrow: ArrowId) -> bool {
    use crate::wire::{Expects, Matched, Viewer};
    let viewer = Viewer { lifeline: u32::MAX, scopes: &[], arrow: arrow.0 };
    !matches!(expectation.matches(observed, Memory::nothing(), viewer), Matched::No)
}
