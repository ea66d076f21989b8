//! Small-step semantics of an order, as slow and plain as can be: the reference for everything else.
//!
//! A term is rewritten by executing one event. Weak sequencing: an event of the second part may happen where the first
//! part can do without the lifeline of that event, and then it has to.

use crate::oracle::config::Decision;
use crate::oracle::{Options, Plan, choice};
use crate::order::{ArrowId, Block, Chooser, Kind, LifelineId, Node, Order};

/// What is left of a diagram.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    Empty,
    /// A message: false before it is sent, true before it is received.
    Message(ArrowId, bool),
    Seq(Box<Term>, Box<Term>),
    Par(Vec<Term>),
    Alt(Vec<Term>),
    /// Body, at least, at most.
    Loop(Box<Term>, u32, u32),
}

/// What an event of the software under test waits for.
#[derive(Clone, Copy)]
pub enum Rules<'a> {
    /// All that is drawn above it on its lifeline.
    Drawn(&'a Order),
    /// The same; and clients do not wait before they send.
    Burst(&'a Order),
    /// What it follows from, and what goes before it on its connection; where only the drawing tells, all that is drawn
    /// above it.
    AtOnce(&'a Plan),
}

impl<'a> Rules<'a> {
    fn order(self) -> &'a Order {
        match self {
            Rules::Drawn(order) | Rules::Burst(order) => order,
            Rules::AtOnce(plan) => plan.order(),
        }
    }

    /// Whether an event has to wait for what is left of a message.
    fn waits(self, event: Event, id: ArrowId, sent: bool) -> bool {
        let order = self.order();
        let cause = match (self, event) {
            (Rules::AtOnce(plan), Event::Send(send)) => plan.planned(send).cause,
            (Rules::Drawn(_) | Rules::Burst(_), _) | (_, Event::Receive(_)) => None,
        };
        let (from, to) = (order.arrow(id).from, order.arrow(id).to);
        if let (Some(cause), Event::Send(send)) = (cause, event) {
            let ahead = (order.arrow(send).from, order.arrow(send).to);
            return id == cause.arrow || (!sent && (from, to) == ahead);
        }
        let who = lifeline(order, event);
        if let (Rules::AtOnce(_), Event::Receive(came)) = (self, event)
            && order.simulated(order.arrow(came).to)
        {
            // What a client has yet to send holds back no answer to something else.
            return (from, to) == (order.arrow(came).from, order.arrow(came).to);
        }
        let unwaiting =
            matches!((self, event), (Rules::Burst(_), Event::Send(sent)) if order.simulated(order.arrow(sent).from));
        let receives = !unwaiting && lifeline(order, Event::Receive(id)) == who;
        receives || (!sent && lifeline(order, Event::Send(id)) == who)
    }
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Send(ArrowId),
    Receive(ArrowId),
}

impl Term {
    /// What the tool says to itself it has heard as soon as nothing is before it.
    pub fn heard(mut self, rules: Rules<'_>) -> Term {
        let order = rules.order();
        let is_heard = |(event, _): &(Event, Term)| match event {
            Event::Receive(id) => order.simulated(order.arrow(*id).from) && order.simulated(order.arrow(*id).to),
            Event::Send(_) => false,
        };
        while let Some((_, rest)) = self.next(rules).into_iter().find(is_heard) {
            self = rest;
        }
        self
    }

    /// The tool's own choices are taken as it takes them: they are nobody else's to make.
    pub fn of(order: &Order, options: &Options, block: &Block) -> Term {
        let parts = block.iter().map(|node| match node {
            Node::Arrow(id) => Term::Message(*id, false),
            Node::Fragment(id) => {
                let fragment = order.fragment(*id);
                let operands: Vec<Term> =
                    fragment.operands.iter().map(|operand| Term::of(order, options, &operand.body)).collect();
                let chosen = |id| choice::choose(order, options, id, 0);
                match &fragment.kind {
                    Kind::Choice(Chooser::Tool) => match chosen(*id) {
                        Decision::Operand(operand) => operands[operand as usize].clone(),
                        Decision::Turns { .. } => Term::Empty,
                    },
                    Kind::Loop { chooser: Chooser::Tool, .. } => match chosen(*id) {
                        Decision::Turns { begun, .. } => {
                            let body = operands.into_iter().next().unwrap_or(Term::Empty);
                            Term::Loop(Box::new(body), begun, begun)
                        }
                        Decision::Operand(_) => Term::Empty,
                    },
                    Kind::Choice(_) => Term::Alt(operands),
                    Kind::Loop { min, max, .. } => {
                        let body = operands.into_iter().next().unwrap_or(Term::Empty);
                        Term::Loop(Box::new(body), *min, max.unwrap_or(min + 2))
                    }
                    Kind::Par => Term::Par(operands),
                    Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                        operands.into_iter().next().unwrap_or(Term::Empty)
                    }
                }
            }
        });
        parts.rev_fold()
    }

    fn seq(first: Term, second: Term) -> Term {
        match (first, second) {
            (Term::Empty, other) | (other, Term::Empty) => other,
            (first, second) => Term::Seq(Box::new(first), Box::new(second)),
        }
    }

    /// Whether nothing has to happen any more.
    pub fn may_end(&self) -> bool {
        match self {
            Term::Empty => true,
            Term::Message(..) => false,
            Term::Seq(a, b) => a.may_end() && b.may_end(),
            Term::Par(parts) => parts.iter().all(Term::may_end),
            Term::Alt(parts) => parts.iter().any(Term::may_end),
            Term::Loop(body, min, _) => *min == 0 || body.may_end(),
        }
    }

    /// Every event that may be next, with what is left behind it.
    pub fn next(&self, rules: Rules<'_>) -> Vec<(Event, Term)> {
        match self {
            Term::Empty => Vec::new(),
            Term::Message(id, false) => vec![(Event::Send(*id), Term::Message(*id, true))],
            Term::Message(id, true) => vec![(Event::Receive(*id), Term::Empty)],
            Term::Alt(parts) => parts.iter().flat_map(|part| part.next(rules)).collect(),
            Term::Par(parts) => parts
                .iter()
                .enumerate()
                .flat_map(|(index, part)| {
                    part.next(rules).into_iter().map(move |(event, rest)| {
                        let mut parts = parts.clone();
                        parts[index] = rest;
                        (event, Term::Par(parts))
                    })
                })
                .collect(),
            Term::Loop(_, _, 0) => Vec::new(),
            Term::Loop(body, min, max) => {
                let again = Term::Loop(body.clone(), min.saturating_sub(1), max - 1);
                let steps = body.next(rules).into_iter();
                steps.map(|(event, rest)| (event, Term::seq(rest, again.clone()))).collect()
            }
            Term::Seq(a, b) => {
                let mut all: Vec<(Event, Term)> =
                    a.next(rules).into_iter().map(|(event, rest)| (event, Term::seq(rest, (**b).clone()))).collect();
                for (event, rest) in b.next(rules) {
                    if let Some(pruned) = a.without(&|id, sent| rules.waits(event, id, sent)) {
                        all.push((event, Term::seq(pruned, rest)));
                    }
                }
                all
            }
        }
    }

    /// What is left where nothing of it has to be waited for any more; none where something must.
    fn without(&self, waits: &dyn Fn(ArrowId, bool) -> bool) -> Option<Term> {
        match self {
            Term::Empty => Some(Term::Empty),
            Term::Message(id, sent) => (!waits(*id, *sent)).then(|| self.clone()),
            Term::Seq(a, b) => Some(Term::seq(a.without(waits)?, b.without(waits)?)),
            Term::Par(parts) => parts.iter().map(|part| part.without(waits)).collect::<Option<_>>().map(Term::Par),
            Term::Alt(parts) => {
                let left: Vec<Term> = parts.iter().filter_map(|part| part.without(waits)).collect();
                if left.is_empty() { None } else { Some(Term::Alt(left)) }
            }
            Term::Loop(body, min, _) => match body.without(waits) {
                // Turns of which nothing has to be waited for may still come.
                Some(pruned) if pruned == **body => Some(self.clone()),
                Some(_) | None if *min == 0 => Some(Term::Empty),
                Some(pruned) => Some(Term::Loop(Box::new(pruned), *min, *min)),
                None => None,
            },
        }
    }
}

trait RevFold {
    fn rev_fold(self) -> Term;
}

impl<I: DoubleEndedIterator<Item = Term>> RevFold for I {
    fn rev_fold(self) -> Term {
        self.rev().fold(Term::Empty, |rest, part| Term::seq(part, rest))
    }
}

/// On which lifeline an event is.
pub fn lifeline(order: &Order, event: Event) -> LifelineId {
    let point = match event {
        Event::Send(id) => order.arrow(id).from,
        Event::Receive(id) => order.arrow(id).to,
    };
    point.lifeline().unwrap_or_default()
}
