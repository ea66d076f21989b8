//! The diagram itself as the server, under a random scheduler, with the oracle driving the clients.

use super::term::{Event, Term, lifeline};
use crate::diagram::{Diagram, OrderMode};
use crate::oracle::{Difference, Namer, Options, Oracle, Outcome, Plan, Ready, Resolver, Want};
use crate::order::{self, Arrow, ArrowId, Casting, Fragment, LifelineId, NoLibrary, Order, Setup, Vocabulary, Word};
use crate::source::{Diagnostic, Source, Sources};
use crate::trace::{Entry, Evidence, Moment};
use crate::wire::{Channel, Expectation, Message, Observed, Outgoing, Raw, Resolved};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Labels are the frames.
pub struct Plain;

impl Vocabulary for Plain {
    fn word(&self, _: &str) -> Word {
        Word::Message
    }
}

impl Resolver for Plain {
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic> {
        let arrow: &Arrow = order.arrow(id);
        Ok(if order.simulated(arrow.from) {
            Resolved::Send(Outgoing)
        } else {
            Resolved::Expect(Expectation(arrow.label.to_string()))
        })
    }

    fn frames(&self, pattern: &str, _: &Fragment) -> Result<Vec<Expectation>, Diagnostic> {
        Ok(vec![Expectation(pattern.to_owned())])
    }

    fn names(&self, _: &Resolved) -> Vec<Arc<str>> {
        Vec::new()
    }
}

impl Namer for Plain {
    fn label(&self, observed: &Observed) -> Option<String> {
        match observed {
            Observed::Message(message) => Some(message.raw.to_string()),
            _ => None,
        }
    }

    fn pattern(&self, observed: &Observed) -> Option<String> {
        self.label(observed)
    }

    fn differences(&self, _: &Expectation, _: &Observed) -> Vec<Difference> {
        Vec::new()
    }
}

/// A text message.
pub fn text(label: &str) -> Observed {
    Observed::Message(Message { value: Arc::new(label.into()), raw: Raw::Text(label.into()) })
}

/// The order of a generated diagram.
pub fn order(diagram: &Diagram) -> Arc<Order> {
    let mut sources = Sources::new();
    sources.add(Source::new("generated", ""));
    let simulated = diagram.participants.iter().map(|p| p.id.clone()).filter(|id| id != "S").collect();
    let casting = Casting { simulate: Some(simulated), test: None };
    let setup =
        Setup { sources: &sources, words: &Plain, casting: &casting, vars: &BTreeMap::new(), library: &NoLibrary };
    Arc::new(order::compile(diagram, &setup).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// The plan of a generated diagram.
pub fn plan(diagram: &Diagram, mode: OrderMode) -> Arc<Plan> {
    Arc::new(Plan::new(order(diagram), mode, &Plain).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// Numbers without end, the same for the same start.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides.max(1) as u64) as usize
    }
}

/// One play of the diagram against itself: the outcome and the record.
pub fn play(plan: &Arc<Plan>, options: Options, dice: &mut Dice) -> (Outcome, Vec<Entry>) {
    let order = plan.order();
    let mut term = Term::of(order, &options, &order.root);
    let mut oracle = Oracle::new(Arc::clone(plan), options);
    let mut now = Moment(0);
    for _ in 0..10_000 {
        now = now.plus(Duration::from_micros(1));
        match oracle.want(now) {
            Want::Play(ready) => {
                if dice.roll(2) == 0 && step(&mut term, &mut oracle, now, dice) {
                    continue;
                }
                let ready = ready[0];
                term = sent(&term, order, &ready);
                oracle.sent(now, &ready, vec![Raw::Text(order.arrow(ready.arrow).label.clone())], Vec::new());
            }
            Want::Echo(clients) => {
                // Handled, and the answer is back.
                while let Some((_, rest)) =
                    pending(&term, order, dice).into_iter().find(|(event, _)| matches!(event, Event::Receive(_)))
                {
                    term = rest;
                }
                for client in clients {
                    oracle.echoed(now, client);
                }
            }
            Want::Wait(until) => {
                if !step(&mut term, &mut oracle, now, dice) {
                    now = until.plus(Duration::from_nanos(1));
                }
            }
            Want::Quiet => {
                if step(&mut term, &mut oracle, now, dice) {
                    continue;
                }
                oracle.quiet(now, Evidence::Virtual, Vec::new());
            }
            Want::Over => return oracle.freeze(&Plain),
        }
    }
    panic!("the play does not end: {:?}", oracle.log());
}

/// The server's possible events: its own sends, its receives, and deliveries to clients (first in, first out on each
/// connection).
fn pending(term: &Term, order: &Order, dice: &mut Dice) -> Vec<(Event, Term)> {
    let mut all: Vec<(Event, Term)> = term
        .next(order)
        .into_iter()
        .filter(|(event, _)| match event {
            Event::Send(id) => !order.simulated(order.arrow(*id).from),
            Event::Receive(_) => true,
        })
        .collect();
    for index in (1..all.len()).rev() {
        all.swap(index, dice.roll(index + 1));
    }
    all
}

/// Lets the server (or the network) do one thing; false where it can do nothing.
fn step(term: &mut Term, oracle: &mut Oracle, now: Moment, dice: &mut Dice) -> bool {
    let plan = Arc::clone(oracle.plan());
    let order = plan.order();
    let Some((event, rest)) = pending(term, order, dice).into_iter().next() else { return false };
    *term = rest;
    if let Event::Receive(id) = event {
        let arrow = order.arrow(id);
        let client = lifeline(order, event);
        if order.simulated(arrow.to)
            && let Some(server) = arrow.from.lifeline()
        {
            oracle.received(now, client, server, Channel::Socket, text(&arrow.label));
        }
    }
    true
}

fn sent(term: &Term, order: &Order, ready: &Ready) -> Term {
    let arrow = order.arrow(ready.arrow);
    let exact = |event: &Event| *event == Event::Send(ready.arrow);
    // On the wire an arrow of the same label between the same lifelines is the same.
    let alike = |event: &Event| match event {
        Event::Send(id) => {
            let other = order.arrow(*id);
            other.label == arrow.label && other.from == arrow.from && other.to == arrow.to
        }
        Event::Receive(_) => false,
    };
    let mut next = term.next(order);
    next.sort_by_key(|(event, _)| !exact(event));
    let found = next.into_iter().find(|(event, _)| alike(event));
    let Some((_, rest)) = found else {
        panic!("the oracle plays {:?} where the diagram does not allow it: {term:?}", order.arrow(ready.arrow).label)
    };
    rest
}

/// Judges a record again.
pub fn judge(plan: &Arc<Plan>, options: Options, entries: &[Entry]) -> Outcome {
    use crate::trace::Event as Happened;
    let mut oracle = Oracle::new(Arc::clone(plan), options);
    for entry in entries {
        let at = entry.at;
        oracle.want(at);
        match &entry.event {
            Happened::Sent { arrow, raw, .. } => {
                if let Some(ready) = oracle.expecting(ArrowId(*arrow)) {
                    oracle.sent(at, &ready, raw.clone(), Vec::new());
                }
            }
            Happened::Received { lifeline, from, channel, observed } => {
                oracle.received(at, LifelineId(*lifeline), LifelineId(*from), *channel, observed.clone());
            }
            Happened::Done { arrow, .. } => {
                if let Some(ready) = oracle.under_way(ArrowId(*arrow)) {
                    oracle.done(at, &ready);
                }
            }
            Happened::Echoed { lifeline } => oracle.echoed(at, LifelineId(*lifeline)),
            Happened::Quiet { evidence, .. } => oracle.quiet(at, *evidence, Vec::new()),
            Happened::Chose { .. } | Happened::Frozen => {}
        }
    }
    oracle.freeze(&Plain).0
}

/// Whether tool and server may begin the same choice: what happens then is not the server's fault, nor its merit.
pub fn is_mixed(plan: &Plan) -> bool {
    plan.order().fragments.iter().any(|fragment| {
        matches!(
            fragment.kind,
            order::Kind::Choice(order::Chooser::Mixed) | order::Kind::Loop { chooser: order::Chooser::Mixed, .. }
        )
    })
}
