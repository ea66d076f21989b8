//! What nobody can tell apart: operands that say the same, rows of equal options and loops, equal chains of a `par`.

use super::lanes::{Lanes, Step};
use super::planned::{Follows, Part, Planned, Resolver};
use crate::order::{ArrowId, Block, FragmentId, Kind, Node, Order, Point};
use crate::wire::Channel;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A message that is told by its label and its connection.
type Message = (Arc<str>, Point, Point, Channel);

/// Tells plain messages of the server, without names, that nothing else asks for.
pub(super) struct Alike<'a> {
    pub order: &'a Order,
    pub planned: &'a [Planned],
    pub awaited: &'a BTreeSet<ArrowId>,
    pub resolver: &'a dyn Resolver,
}

impl Alike<'_> {
    fn message(&self, node: &Node) -> Option<Message> {
        let Node::Arrow(id) = node else { return None };
        let (arrow, plan) = (self.order.arrow(*id), &self.planned[id.0 as usize]);
        let bound = self.order.bounds.iter().any(|bound| bound.from == *id || bound.to == *id);
        let resolved = plan.resolved.as_ref().filter(|_| plan.part == Part::Observation)?;
        let plain = arrow.traits.is_plain() && !bound && !self.awaited.contains(id);
        let plain = plain && self.resolver.names(resolved).is_empty();
        plain.then(|| (arrow.label.clone(), arrow.from, arrow.to, plan.channel))
    }

    /// What two operands have in common where nobody can tell them apart: a number for each that consists of plain
    /// messages on one connection.
    pub fn shapes(&self) -> FxHashMap<(FragmentId, u32), u32> {
        let order = self.order;
        let mut known: FxHashMap<(Vec<Message>, Vec<Follows<'_>>), u32> = FxHashMap::default();
        let mut shapes = FxHashMap::default();
        for (index, fragment) in order.fragments.iter().enumerate() {
            // Whether a `break` is taken tells how the loop around it goes on.
            if !matches!(fragment.kind, Kind::Choice(_) | Kind::Loop { .. } | Kind::Par) || fragment.leaves.is_some() {
                continue;
            }
            for (operand, drawn) in fragment.operands.iter().enumerate() {
                let Some(messages) = drawn.body.iter().map(|node| self.message(node)).collect::<Option<Vec<Message>>>()
                else {
                    continue;
                };
                let [first, rest @ ..] = messages.as_slice() else { continue };
                if rest.iter().all(|other| (other.1, other.2, other.3) == (first.1, first.2, first.3)) {
                    // Of single messages, whichever may have come is taken; of several, all must follow from the same.
                    let follows = if rest.is_empty() { Vec::new() } else { follows(self.planned, &drawn.body) };
                    let next = known.len() as u32;
                    let number = *known.entry((messages, follows)).or_insert(next);
                    shapes.insert((FragmentId(index as u32), operand as u32), number);
                }
            }
        }
        shapes
    }

    /// The plain sends that are the same on the wire, for each of them where there are several.
    pub fn sends(&self) -> FxHashMap<ArrowId, Arc<[ArrowId]>> {
        let mut known: FxHashMap<(&str, Point, Point), Vec<ArrowId>> = FxHashMap::default();
        for (id, arrow) in self.order.arrow_ids() {
            if self.order.simulated(arrow.from) && arrow.traits.is_plain() {
                known.entry((&arrow.label, arrow.from, arrow.to)).or_default().push(id);
            }
        }
        let several = known.into_values().filter(|all| all.len() > 1).map(Arc::<[ArrowId]>::from);
        several.flat_map(|all| (0..all.len()).map(move |at| (all[at], Arc::clone(&all)))).collect()
    }

    /// What is drawn in a block of plain messages on one connection, choices and loops of them; none where something
    /// else is.
    fn drawing(&self, block: &Block, place: &mut Option<(Point, Point, Channel)>, out: &mut String) -> Option<()> {
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let (label, from, to, channel) = self.message(node)?;
                    if *place.get_or_insert((from, to, channel)) != (from, to, channel) {
                        return None;
                    }
                    out.push_str(&format!("{label:?} {:?} ", self.planned[id.0 as usize].follows()));
                }
                Node::Fragment(id) => {
                    let fragment = self.order.fragment(*id);
                    if !matches!(fragment.kind, Kind::Choice(_) | Kind::Loop { .. }) || fragment.leaves.is_some() {
                        return None;
                    }
                    out.push_str(&format!("{:?}", fragment.kind));
                    for operand in &fragment.operands {
                        out.push('{');
                        self.drawing(&operand.body, place, out)?;
                        out.push('}');
                    }
                }
            }
        }
        Some(())
    }

    /// Notes of the operands of each `par` which are drawn alike.
    pub fn kin(&self, lanes: &mut Lanes) {
        let mut known: FxHashMap<String, u32> = FxHashMap::default();
        for (block, (par, operand)) in &lanes.operands {
            let body = &self.order.fragment(*par).operands[*operand as usize].body;
            let fragments: Vec<u32> = inner(self.order, body);
            let (Some(first), Some(last)) = (fragments.iter().min(), fragments.iter().max()) else { continue };
            let (mut place, mut drawn) = (None, String::new());
            if self.drawing(body, &mut place, &mut drawn).is_some() {
                let next = known.len() as u32;
                let number = *known.entry(format!("{} {place:?} {drawn}", par.0)).or_insert(next);
                lanes.kin.insert(*block, (number, (*first, *last)));
            }
        }
    }
}

/// What the messages of a block follow from.
fn follows<'p>(planned: &'p [Planned], block: &Block) -> Vec<Follows<'p>> {
    let follows = |node: &Node| match node {
        Node::Arrow(id) => Some(planned[id.0 as usize].follows()),
        Node::Fragment(_) => None,
    };
    block.iter().filter_map(follows).collect()
}

/// The fragments in a block.
fn inner(order: &Order, block: &Block) -> Vec<u32> {
    let fragments = block.iter().filter_map(|node| match node {
        Node::Fragment(id) => Some(*id),
        Node::Arrow(_) => None,
    });
    let all = fragments.flat_map(|id| {
        let operands = order.fragment(id).operands.iter();
        std::iter::once(id.0).chain(operands.flat_map(|operand| inner(order, &operand.body)))
    });
    all.collect()
}

/// Marks the messages of operands of a `par` that have a shape, where another operand of it has the same.
pub(super) fn chains(order: &Order, shapes: &FxHashMap<(FragmentId, u32), u32>, planned: &mut [Planned]) {
    let mut numbers: FxHashMap<(u32, Vec<Follows<'_>>), u32> = FxHashMap::default();
    let (mut found, mut counts) = (Vec::new(), FxHashMap::default());
    for (index, fragment) in order.fragments.iter().enumerate().filter(|(_, fragment)| fragment.kind == Kind::Par) {
        let id = FragmentId(index as u32);
        for (operand, drawn) in fragment.operands.iter().enumerate() {
            let Some(shape) = shapes.get(&(id, operand as u32)) else { continue };
            let next = numbers.len() as u32;
            let number = *numbers.entry((*shape, follows(planned, &drawn.body))).or_insert(next);
            *counts.entry((id, number)).or_insert(0) += 1;
            for (place, node) in drawn.body.iter().enumerate() {
                if let Node::Arrow(arrow) = node {
                    found.push((*arrow, (id, number, place as u32)));
                }
            }
        }
    }
    for (arrow, chain) in found {
        planned[arrow.0 as usize].chain = (counts[&(chain.0, chain.1)] > 1).then_some(chain);
    }
}

/// Finds the rows of equal options and loops.
pub(super) fn rows(order: &Order, shapes: &FxHashMap<(FragmentId, u32), u32>, lanes: &mut Lanes) {
    let shape = |step: &Step| match step {
        Step::Choice(id, _) => {
            let fragment = order.fragment(*id);
            let is_option = matches!(fragment.operands.as_slice(), [_, nothing] if nothing.body.is_empty());
            shapes.get(&(*id, 0)).filter(|_| is_option).map(|shape| (false, *shape))
        }
        Step::Loop(id, _) => {
            let may_be_left_out = matches!(order.fragment(*id).kind, Kind::Loop { min: 0, .. });
            shapes.get(&(*id, 0)).filter(|_| may_be_left_out).map(|shape| (true, *shape))
        }
        _ => None,
    };
    for (block, steps) in lanes.blocks.iter().enumerate() {
        let (mut length, mut behind) = (0, None);
        for (at, step) in steps.iter().enumerate().rev() {
            let here = shape(step);
            length = if here.is_some() && here == behind { length + 1 } else { u32::from(here.is_some()) };
            behind = here;
            if length > 1 {
                lanes.rows.insert((block as u32, at as u32), length);
            }
        }
    }
}
