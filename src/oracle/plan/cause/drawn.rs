//! The nearest receive above a message, where clients do not wait for one another.
//!
//! What that is depends on the play: on the operand that was taken, on the turn of a loop (the first message of a turn
//! comes after the last receive of the turn before), on `par` (behind it, the last receive of any of its operands will
//! do). So it is looked up when a message comes: from the place of the message upwards to the first receive.

use crate::oracle::config::{Decision, Key};
use crate::oracle::plan::planned::{Part, Planned};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, Block, FragmentId, Kind, LifelineId, Node, Order};
use crate::trace::Moment;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// For each tested lifeline, where to look next for what the tool sends to it.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Drawn {
    /// What stands before a node in its block: the nearest send, or the nearest fragment that has one.
    before: FxHashMap<(Node, LifelineId), Node>,
    /// The same for the end of an operand.
    end: FxHashMap<(FragmentId, u32, LifelineId), Node>,
    /// The fragments in which the tool sends.
    sending: FxHashSet<FragmentId>,
}

/// What is known in one play.
pub(in crate::oracle) struct Known<'a> {
    pub order: &'a Order,
    pub turns: &'a Turns,
    pub decided: &'a BTreeMap<Key, Decision>,
    /// When the tool sent what it sent.
    pub sent: &'a BTreeMap<Key, Moment>,
}

/// What was found on the way up: whether there is a receive at all, and when the first of those that will do was sent.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    any: bool,
    since: Option<Moment>,
}

impl Reach {
    fn or(self, other: Reach) -> Reach {
        let since = match (self.since, other.since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Reach { any: self.any || other.any, since }
    }
}

impl Drawn {
    pub(in crate::oracle) fn new(order: &Order, planned: &[Planned]) -> Drawn {
        let mut drawn = Drawn::default();
        drawn.walk(order, planned, &order.root);
        drawn
    }

    /// Notes the nodes of a block; what the last of each lifeline is.
    fn walk(&mut self, order: &Order, planned: &[Planned], block: &Block) -> BTreeMap<LifelineId, Node> {
        let mut last: BTreeMap<LifelineId, Node> = BTreeMap::new();
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let arrow = order.arrow(*id);
                    let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
                    match planned[id.0 as usize].part {
                        Part::Stimulus => drop(last.insert(to, *node)),
                        Part::Observation => {
                            if let Some(before) = last.get(&from) {
                                self.before.insert((*node, from), *before);
                            }
                        }
                        Part::Local | Part::Hidden => {}
                    }
                }
                Node::Fragment(id) => {
                    for (lifeline, before) in &last {
                        self.before.insert((*node, *lifeline), *before);
                    }
                    for (operand, drawn) in order.fragment(*id).operands.iter().enumerate() {
                        for (lifeline, end) in self.walk(order, planned, &drawn.body) {
                            self.end.insert((*id, operand as u32, lifeline), end);
                            self.sending.insert(*id);
                            last.insert(lifeline, *node);
                        }
                    }
                }
            }
        }
        last
    }

    /// Whether two plays have decided alike, as far as is looked at here.
    pub(in crate::oracle) fn same(&self, one: &BTreeMap<Key, Decision>, other: &BTreeMap<Key, Decision>) -> bool {
        let matters = |(key, _): &(&Key, &Decision)| self.sending.contains(&FragmentId(key.0));
        self.sending.is_empty() || one.iter().filter(matters).eq(other.iter().filter(matters))
    }

    /// Since when a message may be on its way: since the nearest receive above it was sent; from the beginning where there
    /// is none. None where that was not sent yet.
    pub(in crate::oracle) fn since(&self, known: &Known<'_>, key: Key, tested: LifelineId) -> Option<Moment> {
        let (reach, through) = self.above(known, Node::Arrow(ArrowId(key.0)), key.1, tested, None);
        if through { Some(Moment(0)) } else { reach.since }
    }

    /// What stands above a node, up to the beginning of an operand of `floor`, and whether one gets there.
    fn above(
        &self,
        known: &Known<'_>,
        mut node: Node,
        mut turn: u32,
        tested: LifelineId,
        floor: Option<FragmentId>,
    ) -> (Reach, bool) {
        let mut reach = Reach::default();
        loop {
            while let Some(before) = self.before.get(&(node, tested)) {
                node = *before;
                let (found, through) = self.at(known, node, turn, tested);
                reach = reach.or(found);
                if !through {
                    return (reach, false);
                }
            }
            let inside = match node {
                Node::Arrow(id) => known.order.arrow(id).inside,
                Node::Fragment(id) => known.order.fragment(id).inside,
            };
            let Some((around, _)) = inside.filter(|(around, _)| Some(*around) != floor) else { return (reach, true) };
            if let Some((outer, count)) = known.turns.of_innermost(turn, around) {
                // The turn before, and the one before that where nothing is sent in it.
                let (found, through) = self.turns_before(known, around, outer, count, tested);
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
    fn at(&self, known: &Known<'_>, node: Node, turn: u32, tested: LifelineId) -> (Reach, bool) {
        let id = match node {
            Node::Arrow(id) => {
                let since = known.sent.get(&(id.0, turn)).copied();
                return (Reach { any: true, since }, false);
            }
            Node::Fragment(id) => id,
        };
        let fragment = known.order.fragment(id);
        let count = fragment.operands.len() as u32;
        match fragment.kind {
            Kind::Choice(_) => match known.decided.get(&(id.0, turn)) {
                Some(Decision::Operand(operand)) => self.end_of(known, id, *operand, turn, tested),
                Some(Decision::Turns { .. }) | None => {
                    let all = (0..count).map(|operand| self.end_of(known, id, operand, turn, tested));
                    all.fold((Reach::default(), false), |(reach, open), (found, through)| {
                        (reach.or(found), open || through)
                    })
                }
            },
            Kind::Loop { min, .. } => {
                let begun = match known.decided.get(&(id.0, turn)) {
                    Some(Decision::Turns { begun, .. }) => *begun,
                    Some(Decision::Operand(_)) | None => min,
                };
                self.turns_before(known, id, turn, begun, tested)
            }
            Kind::Par => {
                let all = (0..count).map(|operand| self.end_of(known, id, operand, turn, tested));
                let told = all.filter(|(found, _)| found.any);
                told.fold((Reach::default(), true), |(reach, open), (found, through)| {
                    (reach.or(found), open && through)
                })
            }
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                let mut reach = Reach::default();
                for operand in (0..count).rev() {
                    let (found, through) = self.end_of(known, id, operand, turn, tested);
                    reach = reach.or(found);
                    if !through {
                        return (reach, false);
                    }
                }
                (reach, true)
            }
        }
    }

    /// What the turns of a loop have, the last of `count` first.
    fn turns_before(
        &self,
        known: &Known<'_>,
        id: FragmentId,
        outer: u32,
        count: u32,
        tested: LifelineId,
    ) -> (Reach, bool) {
        let mut reach = Reach::default();
        if !self.end.contains_key(&(id, 0, tested)) {
            return (reach, true);
        }
        for turn in (0..count).rev() {
            let Some(inner) = known.turns.known(outer, id, turn) else { continue };
            let (found, through) = self.end_of(known, id, 0, inner, tested);
            reach = reach.or(found);
            if !through {
                return (reach, false);
            }
        }
        (reach, true)
    }

    /// What stands above the end of an operand, and whether one has to look before its fragment as well.
    fn end_of(&self, known: &Known<'_>, id: FragmentId, operand: u32, turn: u32, tested: LifelineId) -> (Reach, bool) {
        let Some(end) = self.end.get(&(id, operand, tested)) else { return (Reach::default(), true) };
        let (found, through) = self.at(known, *end, turn, tested);
        if !through {
            return (found, false);
        }
        let (above, through) = self.above(known, *end, turn, tested, Some(id));
        (found.or(above), through)
    }
}
