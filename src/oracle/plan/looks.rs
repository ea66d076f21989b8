//! Which messages need not come in the place of their lane: their cause is looked up when they come.

use super::cause::{Ahead, Drawn, shared_loops};
use super::lanes::{Lanes, Look};
use super::planned::{Part, Planned};
use crate::diagram::OrderMode;
use crate::order::{ArrowId, Kind, Order};

/// Finds them, and what of the tool's has to be known for that.
pub(super) fn find(order: &Order, planned: &[Planned], mode: OrderMode, lanes: &mut Lanes) {
    let ahead = Ahead::new(order, planned);
    let mut nearest = false;
    for (id, arrow) in order.arrow_ids() {
        let plan = &planned[id.0 as usize];
        if plan.part != Part::Observation || arrow.traits.never {
            continue;
        }
        lanes.watched.extend(plan.after.iter().map(|id| id.0));
        if !plan.optional.is_empty() {
            lanes.watched.extend(plan.optional.iter().map(|id| id.0));
            let shared = plan.optional.iter().map(|sent| (*sent, shared_loops(order, *sent, id)));
            lanes.optional.insert(id.0, shared.collect());
        }
        let look = match (plan.cause, mode) {
            (None, OrderMode::Diagram) => None,
            (Some(cause), OrderMode::Diagram) if !ahead.is(id, cause.arrow) => None,
            (Some(cause), _) => Some(Look::Sent(cause.arrow, depth(order, lanes, cause.arrow))),
            (None, OrderMode::Local | OrderMode::Burst) => arrow.from.lifeline().map(Look::Nearest),
        };
        match look {
            Some(Look::Sent(arrow, _)) => drop(lanes.watched.insert(arrow.0)),
            Some(Look::Nearest(_)) => nearest = true,
            None => continue,
        }
        lanes.looks.extend(look.map(|look| (id.0, look)));
    }
    if nearest {
        let sent = order.arrow_ids().filter(|(id, _)| planned[id.0 as usize].part == Part::Stimulus);
        lanes.watched.extend(sent.map(|(id, _)| id.0));
        lanes.drawn = Drawn::new(order, planned);
    }
}

/// How many loops stand around an arrow.
fn depth(order: &Order, lanes: &Lanes, id: ArrowId) -> u32 {
    order.arrow(id).inside.map_or(0, |(around, _)| {
        let is_loop = matches!(order.fragment(around).kind, Kind::Loop { .. });
        lanes.depth[around.0 as usize] + u32::from(is_loop)
    })
}
