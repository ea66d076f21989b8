//! What a client must have received before it can send: values that stand in its frames.

use super::cause::happens_before;
use super::planned::{Part, Planned};
use crate::order::{ArrowId, LifelineId, Order};
use crate::wire::{Expectation, Resolved};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Lets every stimulus wait for what gives the values that it needs, in orders in which clients run ahead: a frame without
/// them could not be made.
pub(super) fn wait(order: &Order, planned: &mut [Planned]) {
    let mut by_name: FxHashMap<Arc<str>, Vec<ArrowId>> = FxHashMap::default();
    let mut by_hole: FxHashMap<(LifelineId, Arc<str>), Vec<ArrowId>> = FxHashMap::default();
    let mut found: Vec<(ArrowId, ArrowId)> = Vec::new();
    for (id, arrow) in order.arrow_ids() {
        let plan = &planned[id.0 as usize];
        match (&plan.resolved, plan.part) {
            (Some(Resolved::Expect(expectation)), Part::Observation) if !arrow.traits.never => {
                let Some(client) = arrow.to.lifeline() else { continue };
                expectation.names().for_each(|(name, _)| by_name.entry(name.clone()).or_default().push(id));
                Expectation::gives(expectation)
                    .for_each(|hole| by_hole.entry((client, hole.clone())).or_default().push(id));
            }
            (Some(resolved), Part::Stimulus) => {
                let Some(client) = arrow.from.lifeline() else { continue };
                for (hole, name) in needs(resolved) {
                    let givers = match name {
                        Some(name) => by_name.get(&name),
                        None => by_hole.get(&(client, hole)),
                    };
                    let sure = |giver: &&ArrowId| happens_before(order, **giver, id);
                    found.extend(givers.into_iter().flatten().rev().find(sure).map(|giver| (*giver, id)));
                }
            }
            (Some(_) | None, _) => {}
        }
    }
    for (giver, id) in found {
        if order.arrow(giver).to == order.arrow(id).from {
            planned[giver.0 as usize].needed = true;
        } else {
            planned[id.0 as usize].after.push(giver);
        }
    }
}

/// The holes of a client's frames that nothing but what was received can fill, each with its name in the diagram.
fn needs(resolved: &Resolved) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    match resolved {
        Resolved::Send(outgoing) => outgoing.needs(),
        Resolved::Request(request) => request.names().map(|(name, hole)| (hole.clone(), Some(name.clone()))).collect(),
        Resolved::Connect { .. } => resolved.names().into_iter().map(|(name, hole)| (hole, Some(name))).collect(),
        Resolved::Disconnect
        | Resolved::Drop
        | Resolved::DropEvents
        | Resolved::Pause
        | Resolved::Resume
        | Resolved::Answer(_)
        | Resolved::Push(_)
        | Resolved::Close(_)
        | Resolved::Expect(_) => Vec::new(),
    }
}
