//! Times that are drawn above what may come and need not, and above what must never come: they are listened through before
//! silence says anything.

use super::{Oracle, Record};
use crate::oracle::config::silence;
use crate::oracle::plan::Plan;
use crate::order::{ArrowId, FragmentId};
use crate::trace::Moment;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;

/// When drawn times end.
#[derive(Debug)]
pub(super) struct Lulls {
    plan: Arc<Plan>,
    /// When each arrow happened last.
    happened: FxHashMap<ArrowId, Moment>,
}

impl Lulls {
    pub fn new(plan: &Arc<Plan>, record: &Record) -> Lulls {
        let mut happened = FxHashMap::default();
        if !plan.longest.is_zero() {
            happened.extend(record.sends.iter().map(|(key, at)| (ArrowId(key.0), *at)));
            let came = |(entry, key): &(usize, (u32, u32))| (ArrowId(key.0), record.entries[*entry].at);
            happened.extend(record.matched.iter().map(came));
        }
        Lulls { plan: Arc::clone(plan), happened }
    }

    /// The moment before which a message cannot come; none where no time is drawn above it. It counts from what is drawn above
    /// and has happened; what has not has its own time in between. In a loop that has begun it counts from the last turn, too.
    pub fn until(&self, id: ArrowId) -> Option<Moment> {
        self.first(id).max(self.further(id))
    }

    fn first(&self, id: ArrowId) -> Option<Moment> {
        let drawn = |id: ArrowId| {
            let traits = &self.plan.order.arrow(id).traits;
            traits.most.max(traits.delay.unwrap_or_default()) + traits.after.unwrap_or_default()
        };
        let mut least = Some(drawn(id)).filter(|least| !least.is_zero())?;
        let mut above = self.plan.planned(id).above;
        while let Some(upper) = above {
            if self.plan.in_sequence(upper, id) {
                if let Some(at) = self.happened.get(&upper) {
                    return Some(at.plus(least));
                }
                least += drawn(upper);
            }
            above = self.plan.planned(upper).above;
        }
        Some(Moment(0).plus(least))
    }

    /// The same in a further turn of a loop that begins with it.
    fn further(&self, id: ArrowId) -> Option<Moment> {
        let traits = &self.plan.order.arrow(id).traits;
        let drawn = |(_, delay): &(FragmentId, Duration)| *delay + traits.after.unwrap_or_default();
        let turn = |again: &(FragmentId, Duration)| {
            let (first, last) = self.plan.extents.get(&again.0)?;
            let inside = self.happened.iter().filter(|(id, _)| (first..=last).contains(id));
            inside.map(|(_, at)| at.plus(drawn(again))).max()
        };
        traits.again.iter().filter(|again| !drawn(again).is_zero()).filter_map(turn).max()
    }
}

impl Oracle {
    /// Until when it is listened before silence says anything; none where no time is drawn above what it would pass over.
    pub(super) fn listens_until(&mut self) -> Option<Moment> {
        if self.plan.longest == Duration::ZERO {
            return None;
        }
        let mut awaited = Vec::new();
        self.readings.each_config(Moment(0), |config, mover| awaited.extend(silence::awaited(config, mover)));
        let lulls = Lulls::new(&self.plan, &self.record);
        awaited.into_iter().filter_map(|id| lulls.until(id)).max()
    }
}
