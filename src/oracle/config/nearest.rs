//! The nearest receive above a message, where clients do not wait for one another.
//!
//! What that is depends on the play: on the operand that was taken, on the turn of a loop (the first message of a turn
//! comes after the last receive of the turn before), on `par` (behind it, the last receive of any of its operands will
//! do). So it is looked up when a message comes: from the place of the message upwards to the first receive. A choice on
//! the way that is open lets the message come by one of its operands, and not by another: then it is narrowed down.

use super::ways::possible;
use super::{Config, Decision, Key, Mover, Taken};
use crate::oracle::plan::{Drawn, Look};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, FragmentId, Kind, LifelineId, Node, Order};
use crate::trace::Moment;
use std::cell::RefCell;

/// Looks upwards in one configuration.
pub(super) struct Nearest<'a> {
    order: &'a Order,
    drawn: &'a Drawn,
    turns: &'a Turns,
    config: &'a Config,
    tested: LifelineId,
    /// What is open has to let the message come whichever way it is decided.
    certain: bool,
    /// The first choice or loop on the way that is open; of a `par`, that of each operand, since any of these will do.
    open: RefCell<Vec<Key>>,
}

/// What was found on the way up: whether there is a receive at all, and when the first of those that will do was sent.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    any: bool,
    since: Option<Moment>,
}

/// Nothing may come here.
const BLOCKED: (Reach, bool) = (Reach { any: true, since: None }, false);

impl Reach {
    fn or(self, other: Reach) -> Reach {
        let since = match (self.since, other.since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Reach { any: self.any || other.any, since }
    }
}

/// Choices and loops that are open and of which one has to be decided before a message may come; none where it may come
/// whichever way.
pub(super) fn open_above(config: &Config, mover: &Mover<'_>, key: Key) -> Vec<Key> {
    let Some(Look::Nearest(tested)) = mover.plan.lanes.looks.get(&key.0) else { return Vec::new() };
    let mut nearest = Nearest::new(config, mover, *tested);
    nearest.since(key);
    if nearest.open.take().is_empty() {
        return Vec::new();
    }
    nearest.certain = true;
    if nearest.since(key).is_some() { Vec::new() } else { nearest.open.take() }
}

/// The ways to decide it: operands in which the tool sends nothing are one, and a loop takes no further turn in which it does.
pub(super) fn narrowed(mut config: Config, mover: &mut Mover<'_>, tested: LifelineId, open: Key) -> Vec<Config> {
    let fragment = mover.plan.order.fragment(FragmentId(open.0));
    if !mover.may_decide(&fragment.kind) {
        // The tool decides it as soon as somebody comes to it.
        let decision = config.decision(mover, open);
        return if decision.is_some() { vec![config] } else { Vec::new() };
    }
    let drawn = &mover.plan.lanes.drawn;
    if let Kind::Loop { min, .. } = fragment.kind {
        let begun = config.begun(open, min);
        if drawn.musts.contains(&(FragmentId(open.0), 0, tested)) {
            config.decide(mover, open, Decision::Turns { begun, closed: true });
        } else {
            config.hushed.insert((open, tested), begun);
        }
        return vec![config];
    }
    let sends = |operand: &u32| drawn.end.contains_key(&(FragmentId(open.0), *operand, tested));
    let all = possible(&config, fragment, open, (drawn, &*mover.turns));
    let (sending, silent): (Vec<u32>, Vec<u32>) = all.partition(sends);
    let together = silent.len() > 1 && silent.iter().all(|operand| *operand < 64) && fragment.leaves.is_none();
    let bits = silent.iter().filter(|_| together).fold(0, |bits, operand| bits | 1u64 << operand);
    let alone = silent.into_iter().filter(|_| !together);
    let ways = sending.into_iter().chain(alone).map(|operand| Taken::Whole(Decision::Operand(operand)));
    let ways = ways.chain(together.then_some(Taken::Among(bits)));
    let take = |way| {
        let mut next = config.clone();
        next.take(mover, open, way);
        next
    };
    ways.map(take).collect()
}

impl<'a> Nearest<'a> {
    pub fn new(config: &'a Config, mover: &'a Mover<'_>, tested: LifelineId) -> Nearest<'a> {
        let (order, drawn) = (&*mover.plan.order, &mover.plan.lanes.drawn);
        Nearest { order, drawn, turns: &*mover.turns, config, tested, certain: false, open: RefCell::default() }
    }

    /// Since when a message may be on its way: since the nearest receive above it was sent; from the beginning where there
    /// is none. None where that was not sent yet.
    pub fn since(&self, key: Key) -> Option<Moment> {
        let (reach, through) = self.above(Node::Arrow(ArrowId(key.0)), key.1, None);
        if through { Some(Moment(0)) } else { reach.since }
    }

    fn is_open(&self, key: Key) {
        let mut open = self.open.borrow_mut();
        if open.is_empty() {
            open.push(key);
        }
    }

    /// What stands above a node, up to the beginning of an operand of `floor`, and whether one gets there.
    fn above(&self, mut node: Node, mut turn: u32, floor: Option<FragmentId>) -> (Reach, bool) {
        let mut reach = Reach::default();
        loop {
            while let Some(before) = self.drawn.before.get(&(node, self.tested)) {
                node = *before;
                let (found, through) = self.at(node, turn);
                reach = reach.or(found);
                if !through {
                    return (reach, false);
                }
            }
            let inside = match node {
                Node::Arrow(id) => self.order.arrow(id).inside,
                Node::Fragment(id) => self.order.fragment(id).inside,
            };
            let Some((around, _)) = inside.filter(|(around, _)| Some(*around) != floor) else { return (reach, true) };
            if let Some((outer, count)) = self.turns.of_innermost(turn, around) {
                // The turn before, and the one before that where nothing is sent in it.
                let (found, through) = self.turns_before(around, outer, count);
                reach = reach.or(found);
                if !through {
                    return (reach, false);
                }
                turn = outer;
            }
            node = Node::Fragment(around);
        }
    }

    /// What a node has, and whether one has to look further up as well.
    fn at(&self, node: Node, turn: u32) -> (Reach, bool) {
        let id = match node {
            Node::Arrow(id) => {
                let since = self.config.sent.get(&(id.0, turn)).copied();
                return (Reach { any: true, since }, false);
            }
            Node::Fragment(id) => id,
        };
        let key = (id.0, turn);
        let fragment = self.order.fragment(id);
        let operands = || 0..fragment.operands.len() as u32;
        match fragment.kind {
            Kind::Choice(_) => match self.config.decided.get(&key) {
                Some(Decision::Operand(operand)) => self.end_of(id, *operand, turn),
                Some(Decision::Turns { .. }) | None => {
                    let possible = possible(self.config, fragment, key, (self.drawn, self.turns));
                    let possible: Vec<u32> = possible.collect();
                    // Where nothing is sent in any that it may still be, which of them it is makes no difference here.
                    if !possible.iter().any(|operand| self.drawn.end.contains_key(&(id, *operand, self.tested))) {
                        return (Reach::default(), true);
                    }
                    self.is_open(key);
                    self.any_of(&possible.iter().map(|operand| self.end_of(id, *operand, turn)).collect::<Vec<_>>())
                }
            },
            Kind::Loop { min, max, .. } => {
                let begun = self.config.begun(key, min);
                let closed = matches!(self.config.decided.get(&key), Some(Decision::Turns { closed: true, .. }))
                    || self.config.hushed.contains_key(&(key, self.tested));
                if !closed && max != Some(begun) && self.drawn.end.contains_key(&(id, 0, self.tested)) {
                    self.is_open(key);
                    if self.certain {
                        return BLOCKED;
                    }
                }
                self.turns_before(id, turn, begun)
            }
            Kind::Par => {
                let (before, mut open) = (self.open.take(), Vec::new());
                let (mut reach, mut all) = (Reach::default(), true);
                for (found, through) in operands().map(|operand| self.end_of(id, operand, turn)) {
                    open.append(&mut self.open.borrow_mut());
                    if found.any {
                        (reach, all) = (reach.or(found), all && through);
                    }
                }
                self.open.replace(if before.is_empty() { open } else { before });
                (reach, all)
            }
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                let mut reach = Reach::default();
                for operand in operands().rev() {
                    let (found, through) = self.end_of(id, operand, turn);
                    reach = reach.or(found);
                    if !through {
                        return (reach, false);
                    }
                }
                (reach, true)
            }
        }
    }

    /// What a choice has that may still be any of these.
    fn any_of(&self, all: &[(Reach, bool)]) -> (Reach, bool) {
        let reach = all.iter().fold(Reach::default(), |reach, (found, _)| reach.or(*found));
        let through = all.iter().any(|(_, through)| *through);
        if !self.certain || all.iter().all(|(found, _)| found.since.is_some()) {
            return (reach, through);
        }
        if all.iter().any(|(found, through)| found.since.is_none() && !through) {
            return BLOCKED;
        }
        // By one of them at least, what stands further up has to tell.
        (Reach { any: reach.any, since: None }, true)
    }

    /// What the turns of a loop have, the last of `count` first.
    fn turns_before(&self, id: FragmentId, outer: u32, count: u32) -> (Reach, bool) {
        let mut reach = Reach::default();
        if !self.drawn.end.contains_key(&(id, 0, self.tested)) {
            return (reach, true);
        }
        for turn in (0..count).rev() {
            let Some(inner) = self.turns.known(outer, id, turn) else { continue };
            let (found, through) = self.end_of(id, 0, inner);
            reach = reach.or(found);
            if !through {
                return (reach, false);
            }
        }
        (reach, true)
    }

    /// What stands above the end of an operand, and whether one has to look before its fragment as well.
    fn end_of(&self, id: FragmentId, operand: u32, turn: u32) -> (Reach, bool) {
        let Some(end) = self.drawn.end.get(&(id, operand, self.tested)) else { return (Reach::default(), true) };
        let (found, through) = self.at(*end, turn);
        if !through {
            return (found, false);
        }
        let (above, through) = self.above(*end, turn, Some(id));
        (found.or(above), through)
    }
}
