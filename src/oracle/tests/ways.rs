//! What a diagram allows, written from `docs/semantics.md`: every way through its choices, and of each way what has to come
//! before what. A trace is right where it is a linear extension of one of them.
//!
//! Only the cause of a message is taken from the plan: how it is found has tests of its own.

use crate::diagram::OrderMode;
use crate::oracle::config::Decision;
use crate::oracle::{Options, Plan, choice};
use crate::order::{Block, Chooser, FragmentId, Kind, Node, Order};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A diagram with more ways, or a way with more messages, is not compared.
const MOST_WAYS: usize = 400;
const MOST_EVENTS: usize = 40;

/// What is around a message in one way; each turn of a loop has fragments of its own.
#[derive(Clone, Debug, Default)]
struct Around {
    /// `par` and the operand of it.
    par: Vec<(u32, usize)>,
    strict: Option<u32>,
    critical: Vec<u32>,
    ignore: Vec<u32>,
}

/// A part of a way.
#[derive(Clone, Debug, Default)]
struct Part {
    events: Vec<(u32, Around)>,
    /// Loops that take no further turn.
    left: Vec<FragmentId>,
}

/// One message of a way.
#[derive(Clone, Debug)]
pub struct Happening {
    pub arrow: u32,
    pub label: Arc<str>,
    /// Who sends or gets it.
    pub client: u32,
    pub sent: bool,
    /// Before it, without exception.
    pub before: u64,
    /// Before it, one of these; empty where nothing is.
    pub one_of: u64,
    /// Of these, those that have to be sent whatever is chosen: one of them before it is owed.
    pub certain: u64,
    /// Everything that the tool sends and that is drawn above.
    pub above: u64,
    /// Before it, what goes the same way (contained in `before`).
    pub connection: u64,
}

/// One way through the choices.
#[derive(Clone, Debug)]
pub struct Way {
    pub events: Vec<Happening>,
    /// For each `critical` and client: the frames that come without another between them.
    together: Vec<(u32, u64)>,
    /// For each `ignore` and client: the frames within.
    ignoring: Vec<(u32, u64)>,
}

struct Walk<'a> {
    order: &'a Order,
    options: &'a Options,
    fragments: u32,
    too_many: bool,
}

/// Every way; none where there are too many.
pub fn ways(plan: &Plan, options: &Options) -> Option<Vec<Way>> {
    let order = plan.order();
    let mut walk = Walk { order, options, fragments: 0, too_many: false };
    let parts = walk.block(&order.root, &Around::default());
    let fits = !walk.too_many && parts.iter().all(|part| part.events.len() <= MOST_EVENTS);
    fits.then(|| parts.iter().map(|part| Way::new(plan, options.order, part)).collect())
}

impl Walk<'_> {
    fn fresh(&mut self) -> u32 {
        self.fragments += 1;
        self.fragments
    }

    fn product(&mut self, all: &[Part], next: &[Part]) -> Vec<Part> {
        if self.too_many || all.len() * next.len() > MOST_WAYS {
            self.too_many = true;
            return Vec::new();
        }
        let join = |one: &Part, other: &Part| Part {
            events: one.events.iter().chain(&other.events).cloned().collect(),
            left: one.left.iter().chain(&other.left).copied().collect(),
        };
        all.iter().flat_map(|one| next.iter().map(move |other| join(one, other))).collect()
    }

    fn block(&mut self, nodes: &Block, around: &Around) -> Vec<Part> {
        let mut all = vec![Part::default()];
        for node in nodes {
            let next = match node {
                Node::Arrow(id) if self.order.arrow(*id).traits.never => continue,
                Node::Arrow(id) => vec![Part { events: vec![(id.0, around.clone())], left: Vec::new() }],
                Node::Fragment(id) => self.fragment(*id, around),
            };
            all = self.product(&all, &next);
        }
        all
    }

    fn fragment(&mut self, id: FragmentId, around: &Around) -> Vec<Part> {
        let order = self.order;
        let fragment = order.fragment(id);
        let operand = |index: usize| &fragment.operands[index].body;
        let number = self.fresh();
        let mut inside = around.clone();
        match fragment.kind {
            Kind::Choice(chooser) => {
                let begins = |index: usize| fragment.operands[index].begins.tool;
                let may = |index: &usize| match (chooser, choice::choose(order, self.options, id, 0)) {
                    (Chooser::Tool, Decision::Operand(one)) => one as usize == *index,
                    // Where the server says nothing, the tool begins the first that is its own.
                    (Chooser::Mixed, _) => !begins(*index) || !(0..*index).any(begins),
                    _ => true,
                };
                let open: Vec<usize> = (0..fragment.operands.len()).filter(may).collect();
                let mut all = Vec::new();
                for index in open {
                    let mut parts = self.block(operand(index), around);
                    if index == 0 {
                        parts.iter_mut().for_each(|part| part.left.extend(fragment.leaves));
                    }
                    all.extend(parts);
                }
                all
            }
            Kind::Loop { min, max, chooser, .. } => {
                let (min, max) = match (chooser, choice::choose(order, self.options, id, 0)) {
                    (Chooser::Tool, Decision::Turns { begun, .. }) => (begun, begun),
                    _ => (min, max.unwrap_or(min + 2)),
                };
                let (mut all, mut open) = (Vec::new(), vec![Part::default()]);
                for turn in 0..=max {
                    let over = |part: &Part| part.left.contains(&id);
                    all.extend(open.iter().filter(|part| turn >= min || over(part)).cloned());
                    open.retain(|part| !over(part));
                    if turn < max {
                        let next = self.block(operand(0), around);
                        open = self.product(&open, &next);
                    }
                }
                all
            }
            Kind::Par => {
                let mut all = vec![Part::default()];
                for index in 0..fragment.operands.len() {
                    let mut inside = around.clone();
                    inside.par.push((number, index));
                    let next = self.block(operand(index), &inside);
                    all = self.product(&all, &next);
                }
                all
            }
            Kind::Strict => {
                inside.strict = Some(number);
                self.block(operand(0), &inside)
            }
            Kind::Critical => {
                inside.critical.push(number);
                self.block(operand(0), &inside)
            }
            Kind::Region { .. } => {
                inside.ignore.push(number);
                self.block(operand(0), &inside)
            }
            Kind::Frame => self.block(operand(0), &inside),
        }
    }
}

/// Whether two messages, one above the other, stand in different operands of a `par`.
fn apart(one: &Around, other: &Around) -> bool {
    let differs = one.par.iter().zip(&other.par).find(|(one, other)| one != other);
    differs.is_some_and(|(one, other)| one.0 == other.0)
}

impl Way {
    fn new(plan: &Plan, mode: OrderMode, part: &Part) -> Way {
        let order = plan.order();
        let drawn = |index: usize| order.arrow(crate::order::ArrowId(part.events[index].0));
        let sent = |index: usize| order.simulated(drawn(index).from);
        let client = |index: usize| {
            let point = if sent(index) { drawn(index).from } else { drawn(index).to };
            point.lifeline().unwrap_or_default().0
        };
        let mask = |all: &mut dyn Iterator<Item = usize>| all.fold(0u64, |mask, index| mask | 1 << index);
        let mut events = Vec::new();
        for (at, (arrow, around)) in part.events.iter().enumerate() {
            let higher: Vec<usize> = (0..at).filter(|other| !apart(&part.events[*other].1, around)).collect();
            let pick = |fits: &dyn Fn(usize) -> bool| mask(&mut higher.iter().copied().filter(|index| fits(*index)));
            let above = pick(&|index| sent(index));
            let connection = pick(&|index| !sent(index) && client(index) == client(at));
            let planned = plan.planned(crate::order::ArrowId(*arrow));
            let cause = planned.cause;
            let within = |index: usize| around.strict.is_some() && part.events[index].1.strict == around.strict;
            let (mut before, mut one_of, mut certain) = (0, 0, 0);
            if sent(at) {
                let all = mode == OrderMode::Diagram;
                before |= pick(&|index| all || client(index) == client(at));
                before |= pick(&within);
            } else {
                before |= connection | pick(&|index| sent(index) && within(index));
                // What need not have been sent may be what it follows from, where it was.
                let optional = pick(&|index| planned.optional.iter().any(|sent| sent.0 == part.events[index].0));
                one_of = optional;
                match cause {
                    _ if around.strict.is_some() && mode == OrderMode::Diagram => before |= above,
                    Some(cause) if optional == 0 => before |= pick(&|index| part.events[index].0 == cause.arrow.0),
                    Some(cause) => certain = pick(&|index| part.events[index].0 == cause.arrow.0),
                    None if mode == OrderMode::Diagram && optional == 0 => before |= above,
                    None if mode == OrderMode::Diagram => {}
                    // The nearest above: nothing that the tool sends is drawn between.
                    None => {
                        let nearer = |one: usize, other: usize| {
                            other > one && sent(other) && !apart(&part.events[one].1, &part.events[other].1)
                        };
                        certain = pick(&|one| sent(one) && !higher.iter().any(|other| nearer(one, *other)));
                    }
                }
            }
            one_of |= certain;
            let (label, client, sent) = (Arc::clone(&drawn(at).label), client(at), sent(at));
            events.push(Happening { arrow: *arrow, label, client, sent, before, one_of, certain, above, connection });
        }
        let group = |of: &dyn Fn(&Around) -> Vec<u32>| {
            let numbers: BTreeSet<u32> = part.events.iter().flat_map(|(_, around)| of(around)).collect();
            let clients: BTreeSet<u32> = events.iter().map(|event| event.client).collect();
            let pairs = numbers.iter().flat_map(|number| clients.iter().map(move |client| (*number, *client)));
            let inside = |(number, who): (u32, u32)| {
                let within = |at: &usize| of(&part.events[*at].1).contains(&number);
                let frame = |at: &usize| !events[*at].sent && events[*at].client == who;
                (who, mask(&mut (0..events.len()).filter(within).filter(frame)))
            };
            pairs.map(inside).filter(|(_, mask)| *mask != 0).collect::<Vec<_>>()
        };
        let (together, ignoring) = (group(&|around| around.critical.clone()), group(&|around| around.ignore.clone()));
        Way { events, together, ignoring }
    }

    /// Whether a message may be next.
    pub fn may(&self, done: u64, at: usize) -> bool {
        let event = &self.events[at];
        done >> at & 1 == 0
            && event.before & !done == 0
            && (event.one_of == 0 || event.one_of & done != 0)
            && self.fits_together(done, at)
    }

    /// Whether no block of which a part has come keeps this frame out.
    pub fn fits_together(&self, done: u64, at: usize) -> bool {
        let event = &self.events[at];
        let keeps_out = |(client, frames): &(u32, u64)| {
            *client == event.client && frames & done != 0 && frames & !done != 0 && frames >> at & 1 == 0
        };
        event.sent || !self.together.iter().any(keeps_out)
    }

    /// Whether a client is within an `ignore`.
    pub fn ignores(&self, done: u64, client: u32) -> bool {
        self.ignoring.iter().any(|(who, frames)| *who == client && frames & done != 0 && frames & !done != 0)
    }

    pub fn all(&self) -> u64 {
        (1 << self.events.len()) - 1
    }

    /// Whether a frame has to come, whatever the tool does: all that it sends above has been sent. A server may answer
    /// sooner, and need not, but where clients run ahead.
    pub fn owes(&self, done: u64, mode: OrderMode) -> bool {
        let caused = |event: &Happening| match mode {
            OrderMode::Diagram => event.above & !done == 0,
            OrderMode::Local | OrderMode::Burst => {
                event.before & !event.connection & !done == 0 && (event.certain == 0 || event.certain & done != 0)
            }
        };
        let due =
            |event: &Happening| caused(event) && bits(event.connection & !done).all(|at| caused(&self.events[at]));
        self.events.iter().enumerate().any(|(at, event)| !event.sent && done >> at & 1 == 0 && due(event))
    }

    /// What the tool is to send now.
    pub fn sends(&self, done: u64) -> BTreeSet<(u32, Arc<str>)> {
        let ready = (0..self.events.len()).filter(|at| self.events[*at].sent && self.may(done, *at));
        ready.map(|at| (self.events[at].client, Arc::clone(&self.events[at].label))).collect()
    }
}

fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |at| mask >> at & 1 == 1)
}
