//! Which arrows have an order with one: all but those in other operands of a `par` or a choice around it.

use crate::order::{ArrowId, FragmentId, Kind, Order};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Where fragments and their operands begin and end: arrows are numbered as the text has them.
pub(super) struct Extents<'a> {
    order: &'a Order,
    fragments: FxHashMap<FragmentId, Range<u32>>,
    operands: FxHashMap<(FragmentId, u32), Range<u32>>,
}

impl<'a> Extents<'a> {
    pub fn of(order: &'a Order) -> Extents<'a> {
        let mut extents = Extents { order, fragments: FxHashMap::default(), operands: FxHashMap::default() };
        for (id, _) in order.arrow_ids() {
            for (fragment, operand) in order.around(order.arrow(id)) {
                let only = || id.0..id.0;
                extents.fragments.entry(fragment).or_insert_with(only).end = id.0 + 1;
                extents.operands.entry((fragment, operand)).or_insert_with(only).end = id.0 + 1;
            }
        }
        extents
    }

    /// The arrows that may have an order with this one. In another turn of a loop everything has: inside a loop nothing is
    /// left out.
    pub fn related(&self, id: ArrowId) -> Vec<Range<u32>> {
        let around: Vec<(FragmentId, u32)> = self.order.around(self.order.arrow(id)).collect();
        let mut own = 0..self.order.arrows.len() as u32;
        let mut related = Vec::new();
        for (fragment, operand) in around.into_iter().rev() {
            match self.order.fragment(fragment).kind {
                Kind::Loop { .. } => break,
                Kind::Par | Kind::Choice(_) => {}
                Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => continue,
            }
            let whole = &self.fragments[&fragment];
            related.extend([own.start..whole.start, whole.end..own.end]);
            own = self.operands[&(fragment, operand)].clone();
        }
        related.push(own);
        related
    }

    /// Where the outermost loop around an arrow begins.
    pub fn loops_from(&self, id: ArrowId) -> Option<u32> {
        let is_loop = |fragment: &FragmentId| matches!(self.order.fragment(*fragment).kind, Kind::Loop { .. });
        let outermost = self.order.around(self.order.arrow(id)).map(|(fragment, _)| fragment).filter(is_loop).last();
        outermost.map(|fragment| self.fragments[&fragment].start)
    }
}
