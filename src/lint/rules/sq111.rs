//! SQ111: a message where there can be no connection.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Fix, Lint, hand};
use crate::oracle::Part;
use crate::order::{ArrowId, Block, Kind, LifelineId, Node, Word};
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
/// By client and server; a pair that is not listed is closed.
type States = FxHashMap<Pair, (u8, Option<ArrowId>)>;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    // Only clients that connect by a word of the binding: where a diagram does not draw connections nothing can be said.
    let connects: rustc_hash::FxHashSet<Pair> = facts
        .order
        .arrow_ids()
        .filter(|(id, _)| matches!(facts.plan.planned(*id).resolved, Some(Resolved::Connect { .. })))
        .filter_map(|(id, _)| facts.plan.client(id))
        .collect();
    let mut walk = Walk { facts, connects, told: FxHashMap::default() };
    walk.block(&facts.order.root, States::default(), false);
    let mut found: Vec<(ArrowId, Finding)> = walk.told.into_iter().collect();
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, finding)| finding).collect()
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    connects: rustc_hash::FxHashSet<Pair>,
    told: FxHashMap<ArrowId, Finding>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, mut states: States, quiet: bool) -> States {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, &mut states, quiet),
                Node::Fragment(id) => states = self.fragment(*id, states, quiet),
            }
        }
        states
    }

    fn fragment(&mut self, id: crate::order::FragmentId, states: States, quiet: bool) -> States {
        let fragment = self.facts.order.fragment(id);
        match fragment.kind {
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                fragment.operands.iter().fold(states, |states, operand| self.block(&operand.body, states, quiet))
            }
            Kind::Choice(_) => {
                let outs = fragment.operands.iter().map(|operand| self.block(&operand.body, states.clone(), quiet));
                let outs: Vec<States> = outs.collect();
                outs.into_iter().reduce(|one, other| either(&one, &other)).unwrap_or(states)
            }
            Kind::Loop { .. } => {
                // What a turn leaves is what the next one finds.
                let mut before = states;
                for operand in &fragment.operands {
                    let after = self.block(&operand.body, before.clone(), true);
                    before = either(&before, &after);
                    let after = self.block(&operand.body, before.clone(), quiet);
                    before = either(&before, &after);
                }
                before
            }
            Kind::Par => {
                // Whatever another operand does may have happened.
                let outs = fragment.operands.iter().map(|operand| self.block(&operand.body, states.clone(), true));
                let outs: Vec<States> = outs.collect();
                let any = outs.into_iter().fold(states, |all, out| either(&all, &out));
                if !quiet {
                    fragment.operands.iter().for_each(|operand| drop(self.block(&operand.body, any.clone(), false)));
                }
                any
            }
        }
    }

    fn arrow(&mut self, id: ArrowId, states: &mut States, quiet: bool) {
        let facts = self.facts;
        let (Some(pair), plan) = (facts.plan.client(id), facts.plan.planned(id)) else { return };
        let arrow = facts.order.arrow(id);
        if !self.connects.contains(&pair) || arrow.traits.never {
            return;
        }
        let (now, since) = states.get(&pair).copied().unwrap_or((CLOSED, None));
        let mut set = |state: u8| {
            states.insert(pair, (state, Some(id)));
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
        let client = self.facts.client(id);
        let later = (id.0 + 1..self.facts.order.arrows.len() as u32).map(ArrowId);
        let mut mine = later.filter(|other| self.facts.client(*other) == client);
        mine.next().is_some_and(|next| match &self.facts.plan.planned(next).resolved {
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
        let connect = facts.order.arrow_ids().find(|(other, _)| {
            matches!(facts.plan.planned(*other).resolved, Some(Resolved::Connect { .. }))
                && facts.plan.client(*other) == facts.plan.client(id)
        });
        if let (Wrong::Before | Wrong::After, Some((connect, drawn)), true) =
            (wrong, connect, hand::own_line(sources, arrow))
        {
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

/// What is possible on one of two ways.
fn either(one: &States, other: &States) -> States {
    let mut all = one.clone();
    for (pair, (state, since)) in other {
        let known = all.entry(*pair).or_insert((CLOSED, None));
        *known = (known.0 | state, known.1.or(*since));
    }
    for (pair, known) in &mut all {
        if !other.contains_key(pair) {
            known.0 |= CLOSED;
        }
    }
    all
}
