//! How many messages come together, where some of them exclude each other.

use super::facts::{Place, place, surroundings};
use crate::order::{ArrowId, FragmentId, Kind, Order};
use rustc_hash::FxHashMap;

/// Which messages of a block come where of operands that exclude each other the first is taken.
pub(super) struct Coming {
    /// The first operand of each choice in which something of the block is.
    first: FxHashMap<FragmentId, u32>,
    /// How many of them come before each place.
    sums: Vec<usize>,
    /// The outermost choice around each.
    outer: Vec<Option<FragmentId>>,
}

impl Coming {
    pub fn new(order: &Order, block: &[ArrowId]) -> Coming {
        let choices = |id: ArrowId| {
            let around = surroundings(order, order.arrow(id));
            around.filter(|(fragment, _)| matches!(order.fragment(*fragment).kind, Kind::Choice(_)))
        };
        let mut coming = Coming { first: FxHashMap::default(), sums: vec![0], outer: Vec::new() };
        for id in block {
            for (fragment, operand) in choices(*id) {
                let first = coming.first.entry(fragment).or_insert(operand);
                *first = operand.min(*first);
            }
            coming.outer.push(choices(*id).last().map(|(fragment, _)| fragment));
        }
        let mut sum = 0;
        for id in block {
            sum += usize::from(coming.is_first(order, *id, &|_| false));
            coming.sums.push(sum);
        }
        coming
    }

    /// How many messages of a block come in a run in which this one comes: before it, and in all. Of operands that exclude
    /// each other the first counts. Outside of the outermost choice around it that is the same for all.
    pub fn count(&self, order: &Order, block: &[ArrowId], index: usize) -> (usize, usize) {
        let came = block[index];
        let same = |at: &usize| *at == index || self.outer[index].is_some() && self.outer[*at] == self.outer[index];
        let from = index - (0..index).rev().take_while(same).count();
        let to = index + (index..block.len()).take_while(same).count();
        let counts = |at: &usize| {
            let other = block[*at];
            other == came
                || place(order, other, came) != Place::Apart
                    && self.is_first(order, other, &|fragment| {
                        surroundings(order, order.arrow(came)).any(|(known, _)| known == fragment)
                    })
        };
        let before = self.sums[from] + (from..index).filter(counts).count();
        let behind = self.sums[block.len()] - self.sums[to];
        (before, before + (index..to).filter(counts).count() + behind)
    }

    /// Whether a message stands in the first operand of each choice around it, but of those that are `shared`.
    fn is_first(&self, order: &Order, id: ArrowId, shared: &dyn Fn(FragmentId) -> bool) -> bool {
        surroundings(order, order.arrow(id)).all(|(fragment, operand)| {
            let chosen = matches!(order.fragment(fragment).kind, Kind::Choice(_));
            !chosen || shared(fragment) || self.first.get(&fragment) == Some(&operand)
        })
    }
}
