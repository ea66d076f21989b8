//! What the fragments around an arrow say of it: alone in a `par`, `strict`, `critical`, and where its names live.

use super::planned::{Part, Planned, Resolver};
use crate::order::{ArrowId, Fragment, FragmentId, Kind, Node, Order};
use rustc_hash::FxHashMap;
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
