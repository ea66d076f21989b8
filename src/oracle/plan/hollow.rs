//! Loops of which a turn in silence is no turn: everything in them is said by servers on one connection and may be left out.
//! That such a turn was begun and said nothing there can be told by nobody, whatever comes later.

use super::lanes::Lanes;
use super::planned::{Part, Planned};
use crate::order::{Block, FragmentId, Kind, Node, Order};
use std::collections::BTreeSet;

/// Finds them.
pub(super) fn find(order: &Order, planned: &[Planned], lanes: &mut Lanes) {
    for (index, fragment) in order.fragments.iter().enumerate() {
        let mut said = BTreeSet::new();
        let of_one = |body: &Block, said: &mut BTreeSet<u32>| {
            may_be_nothing(order, body) && is_said(order, planned, lanes, body, said) && said.len() <= 1
        };
        if matches!(fragment.kind, Kind::Loop { .. }) && fragment.operands.iter().all(|it| of_one(&it.body, &mut said))
        {
            lanes.hollow.insert(FragmentId(index as u32));
        }
    }
}

/// Whether a block can go by without a message.
fn may_be_nothing(order: &Order, block: &Block) -> bool {
    block.iter().all(|node| match node {
        Node::Arrow(_) => false,
        Node::Fragment(id) => {
            let fragment = order.fragment(*id);
            let mut operands = fragment.operands.iter();
            match fragment.kind {
                Kind::Choice(_) => operands.any(|operand| may_be_nothing(order, &operand.body)),
                Kind::Loop { min: 0, .. } => true,
                Kind::Loop { .. } | Kind::Par | Kind::Strict | Kind::Critical | Kind::Frame => {
                    operands.all(|operand| may_be_nothing(order, &operand.body))
                }
                // What is ignored in it was ignored in that turn.
                Kind::Region { .. } => false,
            }
        }
    })
}

/// Whether a block is nothing but messages of servers; with the receive lanes on which they come. A `break` in it would
/// tell of other turns, and what must never come is no message.
fn is_said(order: &Order, planned: &[Planned], lanes: &Lanes, block: &Block, said: &mut BTreeSet<u32>) -> bool {
    block.iter().all(|node| match node {
        Node::Arrow(id) => {
            said.insert(lanes.routes[id.0 as usize].receive);
            planned[id.0 as usize].part == Part::Observation && !order.arrow(*id).traits.never
        }
        Node::Fragment(id) => {
            let fragment = order.fragment(*id);
            let mut operands = fragment.operands.iter();
            let is_scope = matches!(fragment.kind, Kind::Region { .. });
            let inside = |body: &Block, said: &mut BTreeSet<u32>| is_said(order, planned, lanes, body, said);
            fragment.leaves.is_none() && !is_scope && operands.all(|operand| inside(&operand.body, said))
        }
    })
}
