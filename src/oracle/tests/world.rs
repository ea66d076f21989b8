//! The diagram itself as the server, under a random scheduler, with the oracle driving the clients.

pub use super::record::{brute_force, is_mixed, judge, told};
use super::term::{Event, Rules, Term, lifeline};
use crate::diagram::{Diagram, OrderMode};
use crate::oracle::{Difference, Namer, Options, Oracle, Outcome, Plan, Ready, Resolver, Want};
use crate::order::{self, Arrow, ArrowId, Casting, Fragment, LifelineId, NoLibrary, Order, Setup, Vocabulary, Word};
use crate::source::{Diagnostic, Source, Sources};
use crate::trace::{Entry, Evidence, Moment};
use crate::wire::{Channel, Expectation, Memory, Message, Observed, Outgoing, Raw, Resolved, Sender};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Labels are the frames; those of one label are not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain {
    pub ignored: Option<&'static str>,
}

/// The frame that nobody judges.
pub const NOISE: &str = "noise";

impl Vocabulary for Plain {
    fn word(&self, _: &str) -> Word {
        Word::Message
    }
}

impl Resolver for Plain {
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic> {
        let arrow: &Arrow = order.arrow(id);
        Ok(if order.simulated(arrow.from) {
            Resolved::Send(Outgoing::text(&arrow.label))
        } else {
            Resolved::Expect(Expectation::text(&arrow.label))
        })
    }

    fn frames(&self, pattern: &str, _: &Fragment) -> Result<Vec<Expectation>, Diagnostic> {
        Ok(vec![Expectation::text(pattern)])
    }

    fn names(&self, _: &Resolved) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn ignored(&self) -> Vec<Expectation> {
        self.ignored.into_iter().map(Expectation::text).collect()
    }
}

impl Namer for Plain {
    fn label(&self, observed: &Observed, _: Channel, _: Sender) -> Option<String> {
        match observed {
            Observed::Message(message) => Some(message.raw.to_string()),
            _ => None,
        }
    }

    fn pattern(&self, observed: &Observed, channel: Channel) -> Option<String> {
        self.label(observed, channel, Sender::Server)
    }

    fn ignores(&self, label: &str, observed: &Observed) -> bool {
        self.pattern(observed, Channel::Socket).is_some_and(|it| it == label)
    }

    fn values(&self, observed: &Observed, _: Channel) -> Option<Vec<(String, String)>> {
        matches!(observed, Observed::Message(_)).then(Vec::new)
    }

    fn differences(&self, _: &Expectation, _: &Observed, _: (&Memory, u32)) -> Vec<Difference> {
        Vec::new()
    }
}

/// A text message.
pub fn text(label: &str) -> Observed {
    Observed::Message(Message { value: Arc::new(label.into()), raw: Raw::Text(label.into()) })
}

/// The order of a generated diagram.
pub fn order(diagram: &Diagram) -> Arc<Order> {
    order_in(diagram, &Plain::default())
}

/// What the names of silent lifelines begin with.
pub const SILENT: char = '_';

/// The same where a vocabulary is given; `S` and `T` are the software under test.
pub fn order_in(diagram: &Diagram, words: &dyn Vocabulary) -> Arc<Order> {
    let mut sources = Sources::new();
    sources.add(Source::new("generated", ""));
    let names = diagram.participants.iter().map(|participant| participant.id.clone());
    let (silent, others): (Vec<String>, Vec<String>) = names.partition(|name| name.starts_with(SILENT));
    let simulated = others.into_iter().filter(|name| name != "S" && name != "T").collect();
    let casting = Casting { simulate: Some(simulated), silent, ..Casting::default() };
    let setup = Setup { sources: &sources, words, casting: &casting, vars: &BTreeMap::new(), library: &NoLibrary };
    Arc::new(order::compile(diagram, &setup).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// The plan of a generated diagram.
pub fn plan(diagram: &Diagram, mode: OrderMode) -> Arc<Plan> {
    plan_ignoring(diagram, mode, NOISE)
}

/// The plan of a generated diagram, where frames of a label are not judged.
pub fn plan_ignoring(diagram: &Diagram, mode: OrderMode, label: &'static str) -> Arc<Plan> {
    let words = Plain { ignored: Some(label) };
    let (plan, mut problems) = Plan::survey(order(diagram), mode, &words);
    // Whoever takes part here is connected from the beginning.
    problems.retain(|problem| problem.code != "unconnected");
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(plan)
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

/// What goes wrong between server and clients, at one delivery (counted from 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// It never arrives.
    Drop(usize),
    /// It arrives twice.
    Double(usize),
    /// It arrives at this client instead.
    Move(usize, u32),
    /// A frame that nobody drew arrives before it.
    Foreign(usize),
    /// It arrives behind the next one of the same connection.
    Swap(usize),
}

/// The state of the network between server and clients.
struct Network {
    fault: Fault,
    delivered: usize,
    held: Option<(LifelineId, LifelineId, Arc<str>, ArrowId)>,
    /// The delivery at which the fault struck.
    struck: Option<ArrowId>,
}

/// One play of the diagram against itself: the outcome and the record.
pub fn play(plan: &Arc<Plan>, options: Options, dice: &mut Dice) -> (Outcome, Vec<Entry>) {
    let (outcome, log, _) = play_with(plan, options, dice, Fault::None);
    (outcome, log)
}

/// The same, with a server that answers each message as soon as it has it.
pub fn play_at_once(plan: &Arc<Plan>, options: Options, dice: &mut Dice) -> (Outcome, Vec<Entry>) {
    let (outcome, log, _) = play_by(plan, Rules::AtOnce(plan), options, dice, Fault::None);
    (outcome, log)
}

/// The same with a fault; also the arrow that it struck.
pub fn play_with(
    plan: &Arc<Plan>,
    options: Options,
    dice: &mut Dice,
    fault: Fault,
) -> (Outcome, Vec<Entry>, Option<ArrowId>) {
    let rules = match options.order {
        OrderMode::Burst => Rules::Burst(plan.order()),
        OrderMode::Diagram | OrderMode::Local => Rules::Drawn(plan.order()),
    };
    play_by(plan, rules, options, dice, fault)
}

fn play_by(
    plan: &Arc<Plan>,
    rules: Rules<'_>,
    options: Options,
    dice: &mut Dice,
    fault: Fault,
) -> (Outcome, Vec<Entry>, Option<ArrowId>) {
    let mut network = Network { fault, delivered: 0, held: None, struck: None };
    let order = plan.order();
    let mut term = Term::of(order, &options, &order.root);
    let mut oracle = Oracle::new(Arc::clone(plan), options);
    let mut now = Moment(0);
    for _ in 0..10_000 {
        now = now.plus(Duration::from_micros(1));
        term = term.heard(rules);
        match oracle.want(now) {
            Want::Play(ready) => {
                if dice.roll(2) == 0 && step(&mut term, rules, &mut oracle, now, dice, &mut network) {
                    continue;
                }
                let ready = ready[0];
                term = sent(&term, rules, order, &ready, fault);
                oracle.sent(now, &ready, vec![Raw::Text(order.arrow(ready.arrow).label.clone())], Vec::new());
            }
            Want::Echo(clients) => {
                // Handled, and the answer is back.
                let handled = |(event, _): &(Event, Term)| match event {
                    Event::Receive(id) => !order.simulated(order.arrow(*id).to),
                    Event::Send(_) => false,
                };
                while let Some((_, rest)) = pending(&term, rules, order, dice).into_iter().find(handled) {
                    term = rest;
                }
                for client in clients {
                    oracle.echoed(now, client);
                }
            }
            Want::Wait(until) => {
                if !step(&mut term, rules, &mut oracle, now, dice, &mut network) {
                    now = until.plus(Duration::from_nanos(1));
                }
            }
            Want::Quiet => {
                if step(&mut term, rules, &mut oracle, now, dice, &mut network) {
                    continue;
                }
                oracle.quiet(now, Evidence::Virtual, Vec::new());
            }
            Want::Over => {
                let (outcome, log) = oracle.freeze(&Plain::default());
                return (outcome, log, network.struck);
            }
        }
    }
    panic!("the play does not end: {:?}", oracle.log());
}

/// The server's possible events: its own sends, its receives, and deliveries to clients (first in, first out on each
/// connection).
fn pending(term: &Term, rules: Rules<'_>, order: &Order, dice: &mut Dice) -> Vec<(Event, Term)> {
    let mut all: Vec<(Event, Term)> = term
        .next(rules)
        .into_iter()
        .filter(|(event, _)| match event {
            Event::Send(id) => !order.simulated(order.arrow(*id).from) || order.unseen(order.arrow(*id)),
            Event::Receive(_) => true,
        })
        .collect();
    for index in (1..all.len()).rev() {
        all.swap(index, dice.roll(index + 1));
    }
    all
}

/// Lets the server (or the network) do one thing; false where it can do nothing.
fn step(
    term: &mut Term,
    rules: Rules<'_>,
    oracle: &mut Oracle,
    now: Moment,
    dice: &mut Dice,
    network: &mut Network,
) -> bool {
    let plan = Arc::clone(oracle.plan());
    let order = plan.order();
    let Some((event, rest)) = pending(term, rules, order, dice).into_iter().next() else {
        return network.release(oracle, now);
    };
    *term = rest;
    if let Event::Receive(id) = event {
        let arrow = order.arrow(id);
        let client = lifeline(order, event);
        let on_the_wire = order.simulated(arrow.to) && !order.simulated(arrow.from) && !order.unseen(arrow);
        if on_the_wire && let Some(server) = arrow.from.lifeline() {
            network.deliver(oracle, now, (client, server, arrow.label.clone(), id));
        }
    }
    true
}

impl Network {
    fn deliver(&mut self, oracle: &mut Oracle, now: Moment, frame: (LifelineId, LifelineId, Arc<str>, ArrowId)) {
        let number = self.delivered;
        self.delivered += 1;
        let (client, server, label, id) = frame;
        let mut give = |client, label: &str| oracle.received(now, client, server, Channel::Socket, text(label));
        match self.fault {
            Fault::Drop(at) if at == number => self.struck = Some(id),
            Fault::Double(at) if at == number => {
                self.struck = Some(id);
                give(client, &label);
                give(client, &label);
            }
            Fault::Move(at, to) if at == number && LifelineId(to) != client => {
                self.struck = Some(id);
                give(LifelineId(to), &label);
            }
            Fault::Foreign(at) if at == number => {
                self.struck = Some(id);
                give(client, "foreign");
                give(client, &label);
            }
            Fault::Swap(at) if at == number => self.held = Some((client, server, label, id)),
            Fault::None | Fault::Drop(_) | Fault::Double(_) | Fault::Move(..) | Fault::Foreign(_) | Fault::Swap(_) => {
                give(client, &label);
                if self.held.as_ref().is_some_and(|held| held.0 == client)
                    && let Some((client, server, label, id)) = self.held.take()
                {
                    self.struck = Some(id);
                    oracle.received(now, client, server, Channel::Socket, text(&label));
                }
            }
        }
    }

    /// Lets go of a frame behind which none came; true where there was one.
    fn release(&mut self, oracle: &mut Oracle, now: Moment) -> bool {
        let Some((client, server, label, _)) = self.held.take() else { return false };
        oracle.received(now, client, server, Channel::Socket, text(&label));
        true
    }
}

fn sent(term: &Term, rules: Rules<'_>, order: &Order, ready: &Ready, fault: Fault) -> Term {
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
    let mut next = term.next(rules);
    next.sort_by_key(|(event, _)| !exact(event));
    let found = next.into_iter().find(|(event, _)| alike(event));
    let Some((_, rest)) = found else {
        // A lost frame of an optional part: what the server did and what the client saw are no longer one run.
        assert!(
            fault != Fault::None,
            "the oracle plays {:?} where the diagram does not allow it: {term:?}",
            order.arrow(ready.arrow).label
        );
        return term.clone();
    };
    rest
}
