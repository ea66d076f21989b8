//! How many messages come together, where some of them exclude each other.

use crate::order::{ArrowId, FragmentId, Kind, Order};
use rustc_hash::FxHashMap;

/// The messages of a block that come where of operands that exclude each other the first is taken. Each list has places in
/// the block, in their order.
pub(super) struct Coming {
    /// The first operand of each choice in which something of the block is.
    first: FxHashMap<FragmentId, u32>,
    /// Where the first is taken of every choice.
    all: Vec<usize>,
    /// Those in one operand, where the first is taken of every choice inside it.
    inside: FxHashMap<(FragmentId, u32), Vec<usize>>,
}

/// The choices around a message and the operands in which it stands, from the inside.
fn choices(order: &Order, id: ArrowId) -> impl Iterator<Item = (FragmentId, u32)> {
    let around = order.around(order.arrow(id));
    around.filter(|(fragment, _)| matches!(order.fragment(*fragment).kind, Kind::Choice(_)))
}

impl Coming {
    pub fn new(order: &Order, block: &[ArrowId]) -> Coming {
        let mut coming = Coming { first: FxHashMap::default(), all: Vec::new(), inside: FxHashMap::default() };
        for (fragment, operand) in block.iter().flat_map(|id| choices(order, *id)) {
            let first = coming.first.entry(fragment).or_insert(operand);
            *first = operand.min(*first);
        }
        for (at, id) in block.iter().enumerate() {
            let mut place = choices(order, *id);
            let outermost = loop {
                let Some((fragment, operand)) = place.next() else { break true };
                coming.inside.entry((fragment, operand)).or_default().push(at);
                if coming.first.get(&fragment) != Some(&operand) {
                    break false;
                }
            };
            coming.all.extend(outermost.then_some(at));
        }
        coming
    }

    /// How many messages of the block come in a run in which this one comes: before it, and in all.
    pub fn count(&self, order: &Order, block: &[ArrowId], index: usize) -> (usize, usize) {
        let (mut before, mut all) = (prior(&self.all, index), self.all.len());
        let mut instead = 0;
        for (fragment, operand) in choices(order, block[index]) {
            let Some(first) = self.first.get(&fragment).filter(|first| **first != operand) else { continue };
            // What stands in the first operand, all of it further up, does not come; what stands in this one does.
            let list = |operand: u32| self.inside.get(&(fragment, operand)).map_or(&[][..], Vec::as_slice);
            instead += list(*first).len();
            before += prior(list(operand), index);
            all += list(operand).len();
        }
        (before - instead, all - instead)
    }
}

/// How many of a list stand before a place.
fn prior(list: &[usize], index: usize) -> usize {
    list.partition_point(|at| *at < index)
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Place, place};
    use super::*;
    use crate::oracle::tests::generate::{Shape, diagram};
    use crate::oracle::tests::world;
    use proptest::prelude::*;

    proptest! {
        /// Counted for all at once it is what looking at each pair finds.
        #[test]
        fn what_comes_together_is_counted_right(
            drawn in diagram(Shape { clients: 2, depth: 3, distinct: true, choices: true }), every in 1usize..4,
        ) {
            let order = world::order(&drawn.0);
            let block: Vec<ArrowId> = order.arrow_ids().map(|(id, _)| id).step_by(every).collect();
            let coming = Coming::new(&order, &block);
            for (index, came) in block.iter().enumerate() {
                let is_first = |(fragment, operand): (FragmentId, u32)| {
                    let known = block.iter().flat_map(|id| choices(&order, *id)).filter(|(known, _)| *known == fragment);
                    let shared = choices(&order, *came).any(|(known, _)| known == fragment);
                    shared || known.map(|(_, operand)| operand).min() == Some(operand)
                };
                let counts = |other: &&ArrowId| {
                    place(&order, **other, *came) != Place::Apart && choices(&order, **other).all(is_first)
                };
                let before = block[..index].iter().filter(counts).count();
                let all = before + 1 + block[index + 1..].iter().filter(counts).count();
                prop_assert_eq!(coming.count(&order, &block, index), (before, all), "{:?} {}", drawn, index);
            }
        }
    }
}
