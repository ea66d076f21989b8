//! Whom a finding blames: the server only for what is wrong in every order of the tool's sends that cannot be ruled out.
//!
//! What two clients send reaches a server in either order, unless it is known that the first had been handled when the
//! second was sent. Where it is not, the pair is *open*, and a finding that another order of an open pair would excuse is
//! inconclusive (I1). What an order can do: it changes whether and to whom a consequence of a message is sent, and values
//! that the server computes. It changes neither values that are passed on, nor how often one message is passed on, nor
//! what one connection carries of one sender.

use super::known::Known;
use super::open::{Excuse, Open, innermost, some};
use super::pair::Pair;
use super::pairs::{Pairs, same_text};
use super::{Namer, cause, instead, overtaken};
use crate::diagram::OrderMode;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::{Basis, Part};
use crate::oracle::verdict::{Class, Difference, Doubt, Reason};
use crate::order::{ArrowId, LifelineId};
use crate::trace::Received;
use crate::wire::{Channel, Expects, Kinship, Observed, Resolved};
use rustc_hash::FxHashSet;
use std::cell::OnceCell;

/// What decides about the findings of one run.
pub(super) struct Blame<'a> {
    pub(super) oracle: &'a Oracle,
    pub(super) namer: &'a dyn Namer,
    pub(super) pairs: Pairs<'a>,
    /// What is drawn and did not come, and another order would explain that.
    lacking: Vec<ArrowId>,
    /// What clients knew, found out when it is asked for.
    known: OnceCell<Known>,
}

/// The values of a frame that are passed on from what somebody sent: with each, whether it is who sent it.
type PassedOn = Vec<(String, bool)>;

impl<'a> Blame<'a> {
    pub fn new(oracle: &'a Oracle, namer: &'a dyn Namer, found: &[Pair]) -> Blame<'a> {
        let mut blame = Blame { oracle, namer, pairs: Pairs::new(oracle), lacking: Vec::new(), known: OnceCell::new() };
        let lacks = |pair: &&Pair| match pair.class {
            Class::Missing | Class::WrongPayload | Class::Misrouted => blame.absent(pair).is_some(),
            Class::Late | Class::Early | Class::Reordered | Class::Duplicate | Class::Unexpected | Class::Closed => {
                false
            }
        };
        let lacking = found.iter().filter(lacks).filter_map(|pair| Some(ArrowId(pair.item?.0)));
        blame.lacking = lacking.collect();
        blame
    }

    /// Where a frame differs from what is drawn, with what its client knew when it came.
    pub(super) fn differences(&self, id: ArrowId, frame: Frame<'_>) -> Vec<Difference> {
        let known = self.known.get_or_init(|| Known::of(self.oracle));
        known.differences(self.oracle, self.namer, id, frame.entry, frame.observed)
    }

    /// What excuses a finding.
    pub fn excuse(&self, pair: &Pair, mistimed: bool) -> Excuse {
        let extra = matches!(pair.class, Class::Misrouted | Class::Duplicate | Class::Unexpected);
        if self.pairs.is_empty() && !extra {
            return None;
        }
        match pair.class {
            Class::Missing => self.absent(pair),
            Class::Late | Class::Early if mistimed => self.ran_ahead(pair).or_else(|| self.absent(pair)),
            Class::Late => self.absent(pair),
            Class::Reordered => overtaken::excuse(self.oracle, &self.pairs, pair),
            Class::WrongPayload => {
                let frame = self.frame(pair)?;
                let absent = self.absent(pair)?;
                if self.is_answered_otherwise(pair, frame) {
                    return None;
                }
                let asked = pair.item.is_some_and(|key| cause::asked(self.oracle, ArrowId(key.0)));
                let computed = self.is_passed_on_as_drawn(pair, frame)? || asked;
                if computed { Some(absent) } else { self.extra(frame) }
            }
            Class::Early => {
                let cause = pair.item.and_then(|key| self.oracle.plan.planned(ArrowId(key.0)).cause);
                match cause.map(|cause| cause.by) {
                    Some(Basis::Values) => self.extra(self.frame(pair)?),
                    // No value tells that it is what is drawn further down: it may be a frame that nobody drew.
                    Some(Basis::Request) | None => self.ran_ahead(pair).or_else(|| self.extra(self.frame(pair)?)),
                }
            }
            Class::Misrouted => {
                let extra = self.extra(self.frame(pair)?)?;
                if pair.item.is_some() { self.absent(pair).map(|_| extra) } else { Some(extra) }
            }
            Class::Duplicate | Class::Unexpected | Class::Closed => self.extra(self.frame(pair)?),
        }
    }

    /// What did not come: it would not have to, had something been handled before its cause that is drawn below it, or
    /// behind it what is drawn above; or had its client not gone.
    fn absent(&self, pair: &Pair) -> Excuse {
        self.absent_at(ArrowId(pair.item?.0))
    }

    fn absent_at(&self, id: ArrowId) -> Excuse {
        let (client, _) = self.oracle.plan.client(id)?;
        let gone = self.pairs.ended_before(id, client);
        let cause = self.pairs.cause(id);
        let open = self.pairs.around(cause);
        some(gone.into_iter().chain(open.iter().copied()).collect())
    }

    /// The exchange that an arrow begins was not answered.
    pub fn unanswered(&self, id: ArrowId) -> Excuse {
        if self.pairs.is_empty() { None } else { some(self.pairs.around(Some(id)).to_vec()) }
    }

    /// What came when or where it is not drawn: something that is drawn below it had been sent before.
    fn ran_ahead(&self, pair: &Pair) -> Excuse {
        some(self.pairs.sent_ahead(ArrowId(pair.item?.0), pair.frame?).into_iter().collect())
    }

    /// A frame that nobody drew here.
    fn extra(&self, frame: Frame<'_>) -> Excuse {
        let passed = self.passed_on(frame)?;
        let passed = if passed.is_empty() { self.values_of_one_send(frame) } else { passed };
        if passed.is_empty() {
            // It may have come instead of something that is drawn.
            let instead = instead::of_any(self.oracle, &self.pairs, frame.entry, &self.lacking);
            return if instead { some(self.pairs.around(None).to_vec()) } else { None };
        }
        let sends: Vec<ArrowId> = self.pairs.sent_before(frame.entry).filter(|id| self.has(*id, &passed)).collect();
        if sends.is_empty() || self.copies(frame, &passed) > sends.len() * self.drawn_copies(frame) {
            return None;
        }
        let open = sends.iter().flat_map(|cause| {
            let heard = self.pairs.of(*cause).filter(|open| self.lets_hear(*cause, open.other(*cause), frame.client));
            heard.chain(self.leaves_between(*cause, frame))
        });
        some(open.collect())
    }

    /// The messages that need not have come, as another order of the sends excuses each of them.
    pub fn excusable(&self) -> FxHashSet<ArrowId> {
        let plan = &self.oracle.plan;
        let observed =
            plan.order.arrow_ids().map(|(id, _)| id).filter(|id| plan.planned(*id).part == Part::Observation);
        if self.pairs.is_empty() {
            return FxHashSet::default();
        }
        observed.filter(|id| self.absent_at(*id).is_some()).collect()
    }

    /// What others hear of a cause is drawn below the leaving of a client, of which the server need not have known.
    fn leaves_between(&self, cause: ArrowId, frame: Frame<'_>) -> Option<Open> {
        let plan = &self.oracle.plan;
        let copy = |id: &ArrowId| {
            plan.planned(*id).cause.is_some_and(|from| from.arrow == cause)
                && plan.client(*id).is_some_and(|(client, _)| client != frame.client)
                && plan.expectation(*id).is_some_and(|it| it.kinship(frame.observed) >= Kinship::SameType)
        };
        // What a client sent itself is handled before it leaves.
        plan.client(cause).filter(|(client, _)| *client != frame.client)?;
        let first = plan.order.arrow_ids().map(|(id, _)| id).find(copy)?;
        let leaves = |id: &ArrowId| {
            matches!(plan.planned(*id).resolved, Some(Resolved::Disconnect | Resolved::Drop))
                && plan.client(*id).is_some_and(|(client, _)| client == frame.client)
                && plan.in_sequence(cause, *id)
                && !self.pairs.handled_before(*id, frame.entry)
        };
        let later = (cause.0 + 1..first.0).map(ArrowId).find(leaves)?;
        Some(Open { earlier: cause, later, gone: false })
    }

    /// Whether a send, handled on the other side of a cause, would have let a client hear of it.
    fn lets_hear(&self, cause: ArrowId, other: ArrowId, client: LifelineId) -> bool {
        if !self.oracle.plan.is_stimulus(other) {
            return false;
        }
        let own = self.oracle.plan.client(other).is_some_and(|(from, _)| from == client);
        let above = other < cause;
        match &self.oracle.plan.planned(other).resolved {
            // Who was not connected yet hears nothing; who is drawn to connect later may have been there already.
            Some(Resolved::Connect { .. }) => own && !above,
            // Who is drawn to have gone before may have been there still.
            Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents) => own && above,
            Some(Resolved::Pause | Resolved::Resume) => false,
            Some(
                Resolved::Send(_)
                | Resolved::Request(_)
                | Resolved::Expect(_)
                | Resolved::Answer(_)
                | Resolved::Push(_)
                | Resolved::Close(_),
            )
            | None => (own || self.pairs.names(other, client)) && !self.is_content(other),
        }
    }

    /// Whether a send has something to say that nobody else says, and that is passed on: it changes nobody's standing.
    fn is_content(&self, id: ArrowId) -> bool {
        let plan = &self.oracle.plan;
        let said = |id: ArrowId| plan.planned(id).hole_texts();
        let passed: Vec<&str> = plan
            .order
            .arrow_ids()
            .filter(|(other, _)| plan.planned(*other).cause.is_some_and(|cause| cause.arrow == id))
            .flat_map(|(other, _)| said(other))
            .collect();
        said(id).into_iter().any(|text| {
            let others = plan.order.arrow_ids().filter(|(other, _)| *other != id && plan.is_stimulus(*other));
            passed.contains(&text) && others.into_iter().all(|(other, _)| !said(other).contains(&text))
        })
    }

    fn frame(&self, pair: &Pair) -> Option<Frame<'a>> {
        let entry = pair.frame?;
        let it = self.oracle.record.entries[entry].event.received()?;
        Some(Frame { entry, client: LifelineId(it.lifeline), channel: it.channel, observed: it.observed })
    }

    /// The values of a frame that what is drawn of its kind passes on; none where it is none that anybody could send.
    fn passed_on(&self, frame: Frame<'_>) -> Option<PassedOn> {
        let plan = &self.oracle.plan;
        let values = match frame.observed {
            Observed::Message(_) | Observed::Event { .. } => self.namer.values(frame.observed, frame.channel)?,
            Observed::Garbled { .. } => return None,
            Observed::Status { .. } | Observed::Close { .. } | Observed::End { .. } => return Some(Vec::new()),
            Observed::Dialled { .. } | Observed::Asked { .. } => return None,
        };
        let mut passed = PassedOn::new();
        for (hole, value) in &values {
            // How the arrows that are drawn of this kind come by what they say here.
            let mut whose: Option<bool> = None;
            let mut always = false;
            for (id, _) in plan.order.arrow_ids() {
                let Some(expectation) = plan.expectation(id) else { continue };
                if expectation.kinship(frame.observed) < Kinship::SameType {
                    continue;
                }
                let Some((_, text)) = expectation.texts().find(|(name, _)| ***name == **hole) else { continue };
                let from = plan.planned(id).cause.filter(|cause| cause.by == Basis::Values).map(|cause| cause.arrow);
                let how = from.and_then(|from| self.pairs.says(from, text));
                always = how.is_some() && (whose.is_none() || always);
                if !always {
                    break;
                }
                whose = how;
            }
            if let Some(who) = whose.filter(|_| always) {
                passed.push((value.clone(), who));
            }
        }
        Some(passed)
    }

    /// The values of a frame that the send says that says most of them, where no arrow of its kind tells.
    fn values_of_one_send(&self, frame: Frame<'_>) -> PassedOn {
        let plan = &self.oracle.plan;
        let akin = |id| plan.expectation(id).is_some_and(|it| it.kinship(frame.observed) >= Kinship::SameType);
        // Whoever waits for all that is drawn above has not sent it at another time than drawn.
        let in_order = self.oracle.options.order == OrderMode::Diagram;
        if in_order || plan.order.arrow_ids().any(|(id, _)| akin(id)) {
            return PassedOn::new();
        }
        let values = self.namer.values(frame.observed, frame.channel).unwrap_or_default();
        let said = |sent: ArrowId| -> PassedOn {
            let of = |(_, value): &(String, String)| Some((value.clone(), self.pairs.says(sent, value)?));
            values.iter().filter_map(of).collect()
        };
        self.pairs.sent_before(frame.entry).map(said).max_by_key(Vec::len).unwrap_or_default()
    }

    fn has(&self, sent: ArrowId, passed: &PassedOn) -> bool {
        passed.iter().all(|(value, who)| self.pairs.says(sent, value) == Some(*who))
    }

    /// Whether what a frame passes on is what its arrow draws; none where it is nothing that anybody could send.
    fn is_passed_on_as_drawn(&self, pair: &Pair, frame: Frame<'_>) -> Option<bool> {
        let passed = self.passed_on(frame)?;
        let cause = self.pairs.cause(ArrowId(pair.item?.0));
        Some(passed.is_empty() || cause.is_some_and(|cause| self.has(cause, &passed)))
    }

    /// How many frames like this one its client got.
    fn copies(&self, frame: Frame<'_>, passed: &PassedOn) -> usize {
        let like = |it: &Received<'_>| {
            let values = self.namer.values(it.observed, it.channel).unwrap_or_default();
            passed.iter().all(|(value, _)| values.iter().any(|(_, other)| same_text(other, value)))
                && self.namer.pattern(it.observed, it.channel) == self.namer.pattern(frame.observed, frame.channel)
        };
        let received = self.oracle.record.entries.iter().filter_map(|entry| entry.event.received());
        received.filter(|it| LifelineId(it.lifeline) == frame.client).filter(like).count()
    }

    /// How often what is drawn of a frame's kind follows from one message at one client, at most.
    fn drawn_copies(&self, frame: Frame<'_>) -> usize {
        let plan = &self.oracle.plan;
        let mut counts: std::collections::BTreeMap<(ArrowId, LifelineId), usize> = std::collections::BTreeMap::new();
        for (id, _) in plan.order.arrow_ids() {
            if let (Some(expectation), Some(cause), Some((client, _))) =
                (plan.expectation(id), plan.planned(id).cause, plan.client(id))
                && expectation.kinship(frame.observed) >= Kinship::SameType
            {
                *counts.entry((cause.arrow, client)).or_default() += 1;
            }
        }
        counts.into_values().max().unwrap_or(1)
    }

    /// In words.
    pub fn doubts(&self, excuses: Vec<Open>) -> Vec<Doubt> {
        let order = &self.oracle.plan.order;
        let spans = |open: &Open| [order.arrow(open.later).span, order.arrow(open.earlier).span];
        let mut inner = innermost(excuses);
        inner.sort_by_key(spans);
        let doubt = |open: &Open| Doubt {
            reason: Reason::Unconfirmed,
            text: open.text(order, self.oracle.options.order),
            spans: spans(open).to_vec(),
        };
        let mut doubts: Vec<Doubt> = inner.iter().map(doubt).collect();
        doubts.dedup();
        doubts.truncate(MOST);
        doubts
    }
}

/// How many doubts are told.
const MOST: usize = 8;

/// A frame of the log.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) entry: usize,
    client: LifelineId,
    channel: Channel,
    pub(super) observed: &'a Observed,
}
