//! The delays that are drawn above arrows.

use crate::order::{ArrowId, Block, FragmentId, Node, Order, Traits};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// The first and the last arrow of each fragment: arrows are numbered as the text has them.
pub(in crate::oracle) type Extents = FxHashMap<FragmentId, (ArrowId, ArrowId)>;

/// Where in its block each arrow and each fragment stands.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Places {
    pub arrows: Vec<u32>,
    pub fragments: Vec<u32>,
}

impl Places {
    pub fn of(order: &Order) -> Places {
        let mut places = Places { arrows: vec![0; order.arrows.len()], fragments: vec![0; order.fragments.len()] };
        places.block(&order.root);
        let operands = order.fragments.iter().flat_map(|fragment| &fragment.operands);
        operands.for_each(|operand| places.block(&operand.body));
        places
    }

    fn block(&mut self, block: &Block) {
        for (place, node) in (0..).zip(block) {
            match node {
                Node::Arrow(id) => self.arrows[id.0 as usize] = place,
                Node::Fragment(id) => self.fragments[id.0 as usize] = place,
            }
        }
    }
}

/// The longest time before which an arrow may not come, in any turn.
fn least(traits: &Traits) -> Duration {
    let delays = traits.again.iter().map(|(_, delay)| *delay).chain(traits.delay);
    delays.max().unwrap_or_default().max(traits.most) + traits.after.unwrap_or_default()
}

/// The longest of all.
pub(super) fn longest(order: &Order) -> Duration {
    order.arrows.iter().map(|arrow| least(&arrow.traits)).max().unwrap_or_default()
}

/// Where fragments begin and end.
pub(super) fn extents(order: &Order) -> Extents {
    let mut extents = Extents::default();
    for (id, arrow) in order.arrow_ids() {
        for (fragment, _) in order.around(arrow) {
            extents.entry(fragment).or_insert((id, id)).1 = id;
        }
    }
    extents
}
