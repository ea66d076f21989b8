//! What the fragments around an arrow say of it: alone in a `par`, `strict`, `critical`, and where its names live.

use super::planned::{Part, Planned, Resolver};
use crate::order::{ArrowId, Fragment, FragmentId, Kind, Node, Order, Point};
use crate::wire::Channel;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn mark_alone(id: FragmentId, fragment: &Fragment, planned: &mut [Planned]) {
    for operand in &fragment.operands {
        if let [Node::Arrow(arrow)] = operand.body.as_slice() {
            planned[arrow.0 as usize].alone = Some(id);
        }
    }
}

/// In a `strict` block the tool's sends wait for every arrow above them in it, back to the send before.
pub(super) fn strict(order: &Order, body: &[Node], planned: &mut [Planned], since: &mut Vec<ArrowId>) {
    for node in body {
        match node {
            Node::Arrow(id) => {
                if matches!(planned[id.0 as usize].part, Part::Stimulus | Part::Local) {
                    planned[id.0 as usize].after.append(since);
                }
                since.push(*id);
            }
            Node::Fragment(fragment) => {
                for operand in &order.fragment(*fragment).operands {
                    let mut inside = since.clone();
                    strict(order, &operand.body, planned, &mut inside);
                }
            }
        }
    }
}

/// Loops around a place, outermost first.
fn loops(order: &Order, mut inside: Option<(FragmentId, u32)>) -> Vec<FragmentId> {
    let mut around = Vec::new();
    while let Some((fragment, _)) = inside {
        if matches!(order.fragment(fragment).kind, Kind::Loop { .. }) {
            around.push(fragment);
        }
        inside = order.fragment(fragment).inside;
    }
    around.reverse();
    around
}

/// A name lives in the innermost loop that holds all its uses; names used outside all loops are not listed.
pub(super) fn scoped_names(
    order: &Order,
    planned: &[Planned],
    resolver: &dyn Resolver,
) -> FxHashMap<ArrowId, Vec<(Arc<str>, FragmentId)>> {
    let mut scoped = FxHashMap::default();
    if !order.fragments.iter().any(|fragment| matches!(fragment.kind, Kind::Loop { .. })) {
        return scoped;
    }
    let mut homes: FxHashMap<Arc<str>, Vec<FragmentId>> = FxHashMap::default();
    let mut uses: Vec<(ArrowId, Vec<Arc<str>>)> = Vec::new();
    for (index, plan) in planned.iter().enumerate() {
        let Some(resolved) = &plan.resolved else { continue };
        let names = resolver.names(resolved);
        if names.is_empty() {
            continue;
        }
        let around = loops(order, order.arrows[index].inside);
        for name in &names {
            let home = homes.entry(name.clone()).or_insert_with(|| around.clone());
            let shared = home.iter().zip(&around).take_while(|(a, b)| a == b).count();
            home.truncate(shared);
        }
        uses.push((ArrowId(index as u32), names));
    }
    for (arrow, names) in uses {
        let inner: Vec<(Arc<str>, FragmentId)> = names
            .into_iter()
            .filter_map(|name| homes.get(&name).and_then(|home| home.last()).map(|home| (name, *home)))
            .collect();
        if !inner.is_empty() {
            scoped.insert(arrow, inner);
        }
    }
    scoped
}

pub(super) fn criticals(order: &Order) -> FxHashMap<ArrowId, FragmentId> {
    let mut found = FxHashMap::default();
    if !order.fragments.iter().any(|fragment| fragment.kind == Kind::Critical) {
        return found;
    }
    for (id, arrow) in order.arrow_ids() {
        let mut inside = arrow.inside;
        while let Some((fragment, _)) = inside {
            if order.fragment(fragment).kind == Kind::Critical {
                found.insert(id, fragment);
                break;
            }
            inside = order.fragment(fragment).inside;
        }
    }
    found
}

/// What two operands have in common where nobody can tell them apart: a number for each that consists of plain messages
/// of the server on one connection, without names, that nothing else asks for.
pub(super) fn shapes(
    order: &Order,
    planned: &[Planned],
    awaited: &BTreeSet<ArrowId>,
    resolver: &dyn Resolver,
) -> FxHashMap<(FragmentId, u32), u32> {
    type Message = (Arc<str>, Point, Point, Channel);
    let mut known: FxHashMap<Vec<Message>, u32> = FxHashMap::default();
    let mut shapes = FxHashMap::default();
    let message = |node: &Node| {
        let Node::Arrow(id) = node else { return None };
        let (arrow, plan) = (order.arrow(*id), &planned[id.0 as usize]);
        let bound = order.bounds.iter().any(|bound| bound.from == *id || bound.to == *id);
        let resolved = plan.resolved.as_ref().filter(|_| plan.part == Part::Observation)?;
        let plain = arrow.traits.is_plain() && !bound && !awaited.contains(id) && resolver.names(resolved).is_empty();
        plain.then(|| (arrow.label.clone(), arrow.from, arrow.to, plan.channel))
    };
    for (index, fragment) in order.fragments.iter().enumerate() {
        // Whether a `break` is taken tells how the loop around it goes on.
        if !matches!(fragment.kind, Kind::Choice(_) | Kind::Loop { .. }) || fragment.leaves.is_some() {
            continue;
        }
        for (operand, drawn) in fragment.operands.iter().enumerate() {
            let Some(messages) = drawn.body.iter().map(message).collect::<Option<Vec<Message>>>() else { continue };
            let [first, rest @ ..] = messages.as_slice() else { continue };
            if rest.iter().all(|other| (other.1, other.2, other.3) == (first.1, first.2, first.3)) {
                let next = known.len() as u32;
                shapes.insert((FragmentId(index as u32), operand as u32), *known.entry(messages).or_insert(next));
            }
        }
    }
    shapes
}
