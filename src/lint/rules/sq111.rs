//! SQ111: a message where there can be no connection.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Fix, Lint, hand};
use crate::oracle::Part;
use crate::order::overlay::{Changes, Overlay, touched};
use crate::order::{ArrowId, Block, FragmentId, Kind, LifelineId, Node, Word};
use crate::source::Severity;
use crate::wire::{Channel, Resolved};
use rustc_hash::FxHashMap;

pub const LINT: Lint = Lint {
    code: "SQ111",
    name: "impossible send",
    severity: Severity::Error,
    about: "a message before the connection is made or after it has ended, or a connection that is open already",
    why: "A client that has no connection can neither send nor receive on it. Where no way through the diagram leads to a \
          connection at this point, the run could only fail, so it does not begin. The same holds for a client that \
          connects while it is connected, unless a refusal is drawn, or it connects under another name.\n\n\
          Draw the connection, or move the message.",
    theory: "A type-state error: the protocol of a connection is connect, messages, end.",
    bears: Bears::Never,
    find,
};

/// What a connection may be, as a set.
const CLOSED: u8 = 1;
const OPEN: u8 = 2;

type Pair = (LifelineId, LifelineId);
/// What a connection may be, and what made it so first.
type State = (u8, Option<ArrowId>);
/// By client and server; a pair that is not listed is closed.
type States<'a> = Overlay<'a, Pair, State>;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    // Only clients that connect by a word of the binding: where a diagram does not draw connections nothing can be said.
    let mut connects: FxHashMap<Pair, ArrowId> = FxHashMap::default();
    for (id, _) in facts.order.arrow_ids() {
        if let (Some(Resolved::Connect { .. }), Some(pair)) = (&facts.plan.planned(id).resolved, facts.plan.client(id))
        {
            connects.entry(pair).or_insert(id);
        }
    }
    let mut walk = Walk { facts, connects, next: next(facts), told: FxHashMap::default() };
    walk.block(&facts.order.root, &mut States::new(), false);
    let mut found: Vec<(ArrowId, Finding)> = walk.told.into_iter().collect();
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// For each arrow the next one of its client.
fn next(facts: &Facts<'_>) -> Vec<Option<ArrowId>> {
    let mut nearest: FxHashMap<Option<LifelineId>, ArrowId> = FxHashMap::default();
    let mut next = vec![None; facts.order.arrows.len()];
    for index in (0..next.len()).rev() {
        let id = ArrowId(index as u32);
        next[index] = nearest.insert(facts.client(id), id);
    }
    next
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    /// Who connects, and the first arrow that does.
    connects: FxHashMap<Pair, ArrowId>,
    next: Vec<Option<ArrowId>>,
    told: FxHashMap<ArrowId, Finding>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, states: &mut States<'_>, quiet: bool) {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, states, quiet),
                Node::Fragment(id) => self.fragment(*id, states, quiet),
            }
        }
    }

    /// What one way through a fragment changes.
    fn way(&mut self, block: &Block, states: &States<'_>, quiet: bool) -> Changes<Pair, State> {
        let mut own = states.on_top();
        self.block(block, &mut own, quiet);
        own.into_changes()
    }

    fn fragment(&mut self, id: FragmentId, states: &mut States<'_>, quiet: bool) {
        let fragment = self.facts.order.fragment(id);
        let bodies = || fragment.operands.iter().map(|operand| &operand.body);
        match fragment.kind {
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                bodies().for_each(|body| self.block(body, states, quiet));
            }
            Kind::Choice(_) => {
                let outs: Vec<_> = bodies().map(|body| self.way(body, states, quiet)).collect();
                let all = outs.len();
                for (pair, ways) in touched(outs) {
                    // The first way that leaves it as it was.
                    let gap = ways.iter().zip(0..).position(|((way, _), index)| *way != index).unwrap_or(ways.len());
                    let before = (ways.len() < all).then(|| states.get(&pair).copied());
                    let (first, rest) = ways.split_at(gap);
                    let after =
                        |ways: &[(usize, Option<State>)]| ways.iter().map(|(_, state)| *state).collect::<Vec<_>>();
                    let possible = after(first).into_iter().chain(before).chain(after(rest));
                    states.set(pair, either(possible));
                }
            }
            Kind::Loop { .. } => {
                // What a turn leaves is what the next one finds. Only what is told asks for a second turn: another leaves
                // nothing that the first one does not.
                for body in bodies() {
                    let after = self.way(body, states, true);
                    add(states, vec![after]);
                    if !quiet {
                        drop(self.way(body, states, false));
                    }
                }
            }
            Kind::Par => {
                // Whatever another operand does may have happened.
                let outs = bodies().map(|body| self.way(body, states, true)).collect();
                add(states, outs);
                if !quiet {
                    bodies().for_each(|body| drop(self.way(body, states, false)));
                }
            }
        }
    }

    fn arrow(&mut self, id: ArrowId, states: &mut States<'_>, quiet: bool) {
        let facts = self.facts;
        let (Some(pair), plan) = (facts.plan.client(id), facts.plan.planned(id)) else { return };
        let arrow = facts.order.arrow(id);
        if !self.connects.contains_key(&pair) || arrow.traits.never {
            return;
        }
        let (now, since) = states.get(&pair).copied().unwrap_or((CLOSED, None));
        let mut set = |state: u8| {
            states.set(pair, (state, Some(id)));
        };
        match (plan.part, &plan.resolved) {
            (Part::Stimulus, Some(Resolved::Connect { name, .. })) => {
                let allowed = name.is_some() || self.refused(id);
                if now == OPEN && !allowed && !quiet {
                    self.tell(id, Wrong::Again, since);
                }
                set(OPEN);
            }
            (Part::Stimulus, Some(Resolved::Disconnect | Resolved::Drop)) => {
                if now == CLOSED && !quiet {
                    self.tell(id, if since.is_some() { Wrong::After } else { Wrong::Before }, since);
                }
                set(CLOSED);
            }
            (Part::Stimulus, Some(Resolved::Send(_) | Resolved::Pause | Resolved::Resume)) => {
                if now == CLOSED && !quiet {
                    self.tell(id, if since.is_some() { Wrong::After } else { Wrong::Before }, since);
                }
                if arrow.traits.lost {
                    set(CLOSED);
                }
            }
            (Part::Observation, Some(Resolved::Expect(expectation))) if plan.channel == Channel::Socket => {
                let refusal = expectation.status().is_some_and(|code| code >= 300);
                if refusal || facts.word(id) == Word::Status {
                    if refusal {
                        set(CLOSED);
                    }
                } else if now == CLOSED && facts.word(id) != Word::End && !quiet {
                    self.tell(id, if since.is_some() { Wrong::After } else { Wrong::Before }, since);
                } else if facts.word(id) == Word::End {
                    set(CLOSED);
                }
            }
            (Part::Stimulus | Part::Observation | Part::Local | Part::Hidden, _) => {}
        }
    }

    /// Whether the next frame of this client is the refusal of a connection.
    fn refused(&self, id: ArrowId) -> bool {
        self.next[id.0 as usize].is_some_and(|next| match &self.facts.plan.planned(next).resolved {
            Some(Resolved::Expect(expectation)) => {
                expectation.status().is_some_and(|code| code >= 300) || self.facts.word(next) == Word::End
            }
            Some(_) | None => false,
        })
    }

    fn tell(&mut self, id: ArrowId, wrong: Wrong, since: Option<ArrowId>) {
        let facts = self.facts;
        let arrow = facts.order.arrow(id);
        let client = facts.client(id).map_or("the client", |client| facts.name(client));
        let verb = if facts.is_stimulus(id) { "send" } else { "receive" };
        let message = match wrong {
            Wrong::Before => format!("{client} cannot {verb} {}: it has not connected yet", facts.said(id)),
            Wrong::After => format!("{client} cannot {verb} {}: its connection has ended", facts.said(id)),
            Wrong::Again => format!("{client} connects, and is connected already"),
        };
        let mut told = LINT.told(message).at(
            arrow.span,
            match wrong {
                Wrong::Before => "no line above connects",
                Wrong::After => "nothing connects again before this",
                Wrong::Again => "a second connection of one client",
            },
        );
        if let Some(since) = since {
            let text = if matches!(wrong, Wrong::Again) { "connected here" } else { "ended here" };
            told = told.see(facts.order.arrow(since).span, text);
        }
        told = told.with_note("this run: does not begin");
        told = match wrong {
            Wrong::Before | Wrong::After => told,
            Wrong::Again => told
                .with_help("end the first connection above this line")
                .with_help("or connect under another name: WS connect as NAME")
                .with_help("or draw the refusal below it: HTTP 409"),
        };
        let mut finding = Finding::new(&LINT, told, vec![id]);
        let sources = facts.subject.sources;
        let connect = facts.plan.client(id).and_then(|pair| self.connects.get(&pair).copied());
        if let (Wrong::Before | Wrong::After, Some(connect), true) = (wrong, connect, hand::own_line(sources, arrow)) {
            let drawn = facts.order.arrow(connect);
            let server = facts.receiver(connect);
            let mut lines = vec![facts.subject.hand.arrow(client, server, &drawn.label)];
            // What the server says first to everybody who connects.
            let greeting = facts.answers.get(&connect).into_iter().flatten().copied();
            lines.extend(
                greeting
                    .filter(|id| facts.client(*id) == facts.client(connect))
                    .map(|id| facts.subject.hand.arrow(server, client, &facts.order.arrow(id).label)),
            );
            if matches!(wrong, Wrong::After) {
                let edits = vec![hand::above(sources, arrow.span, &lines)];
                finding = finding.with_fix(
                    Fix { title: format!("connect again, above line {}", arrow.line), edits, safe: false },
                    facts.subject.sources,
                );
            } else {
                finding.diagnostic.help.push(format!("move it below line {}, where {client} connects", drawn.line));
            }
        }
        finding.diagnostic.notes.push("a type-state error; see seqcheck explain SQ111".to_owned());
        self.told.entry(id).or_insert(finding);
    }
}

#[derive(Clone, Copy)]
enum Wrong {
    Before,
    After,
    Again,
}

/// What is possible on one of several ways; none is closed.
fn either(ways: impl Iterator<Item = Option<State>>) -> State {
    let all = ways.map(|state| state.unwrap_or((CLOSED, None)));
    all.reduce(|(one, since), (other, later)| (one | other, since.or(later))).unwrap_or((CLOSED, None))
}

/// What was so before, or is behind one of these ways.
fn add(states: &mut States<'_>, outs: Vec<Changes<Pair, State>>) {
    for (pair, ways) in touched(outs) {
        let before = std::iter::once(states.get(&pair).copied());
        let state = either(before.chain(ways.into_iter().map(|(_, state)| state)));
        states.set(pair, state);
    }
}
