//! Which times are wrong.

use super::{Config, Key};
use crate::oracle::api::Options;
use crate::oracle::plan::Plan;
use crate::oracle::timing::{Fault, tolerance};
use crate::oracle::verdict::{Class, Timing};
use crate::order::ArrowId;
use crate::trace::Moment;

/// Judges when a message came: `since` is when its cause was complete, and what stood above it.
pub(in crate::oracle) fn judge(
    plan: &Plan,
    config: &Config,
    options: &Options,
    at: Moment,
    key: Key,
    since: (Moment, Option<Key>),
) -> Option<Fault> {
    let (stamp, last) = since;
    let traits = &plan.order.arrow(ArrowId(key.0)).traits;
    let elapsed = at.since(stamp);
    let fault = |class, measured, at_least, at_most| {
        Some(Fault { class, timing: Timing { measured: Some(measured), at_least, at_most } })
    };
    if let Some(delay) = traits.delay {
        let above = last
            .and_then(|last| config.times.get(&last))
            .or_else(|| plan.planned(ArrowId(key.0)).above.and_then(|above| latest(config, above)));
        let measured = at.since(above.copied().unwrap_or(stamp).max(stamp));
        if measured + tolerance(delay) < delay {
            return fault(Class::Early, measured, Some(delay), None);
        }
    }
    if let Some(after) = traits.after
        && elapsed + tolerance(after) < after
    {
        return fault(Class::Early, elapsed, Some(after), traits.within);
    }
    if let Some(within) = traits.within {
        if elapsed > within + tolerance(within) {
            return fault(Class::Late, elapsed, traits.after, Some(within));
        }
    } else {
        let most = traits.delay.unwrap_or_default() + traits.after.unwrap_or_default() + options.timeout;
        if elapsed > most {
            return fault(Class::Late, elapsed, None, Some(most));
        }
    }
    for bound in plan.order.bounds.iter().filter(|bound| bound.to.0 == key.0) {
        let Some(from) = latest(config, bound.from) else { continue };
        let measured = at.since(*from);
        if measured > bound.at_most + tolerance(bound.at_most) {
            return fault(Class::Late, measured, None, Some(bound.at_most));
        }
    }
    None
}

/// When an arrow was last complete.
fn latest(config: &Config, id: ArrowId) -> Option<&Moment> {
    config.times.range((id.0, 0)..=(id.0, u32::MAX)).map(|(_, at)| at).max()
}
