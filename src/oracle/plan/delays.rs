//! The delays that are drawn above arrows.

use super::Plan;
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, FragmentId, Order, Traits};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// The first and the last arrow of each fragment: arrows are numbered as the text has them.
pub(in crate::oracle) type Extents = FxHashMap<FragmentId, (ArrowId, ArrowId)>;

impl Plan {
    /// The delay that is drawn above an arrow in a turn. In a further turn of a loop that begins with it, that is what is
    /// drawn between the end of a turn and it; what is drawn above the loop is above the first turn alone.
    pub(in crate::oracle) fn delay(&self, turns: &Turns, (arrow, turn): (u32, u32)) -> Option<Duration> {
        let traits = &self.order.arrow(ArrowId(arrow)).traits;
        let is_further = |id: FragmentId| turns.of(turn, id).is_some_and(|(_, count)| count > 0);
        let again = traits.again.iter().find(|(id, _)| is_further(*id));
        again.map_or(traits.delay, |(_, delay)| Some(*delay).filter(|delay| !delay.is_zero()))
    }
}

/// The longest time before which an arrow may not come, in any turn.
fn least(traits: &Traits) -> Duration {
    let delays = traits.again.iter().map(|(_, delay)| *delay).chain(traits.delay);
    delays.max().unwrap_or_default() + traits.after.unwrap_or_default()
}

/// The longest of all.
pub(super) fn longest(order: &Order) -> Duration {
    order.arrows.iter().map(|arrow| least(&arrow.traits)).max().unwrap_or_default()
}

/// Where fragments begin and end.
pub(super) fn extents(order: &Order) -> Extents {
    let mut extents = Extents::default();
    for (id, arrow) in order.arrow_ids() {
        for (fragment, _) in std::iter::successors(arrow.inside, |(fragment, _)| order.fragment(*fragment).inside) {
            extents.entry(fragment).or_insert((id, id)).1 = id;
        }
    }
    extents
}
