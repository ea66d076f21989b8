//! Which times are wrong.

use super::{Config, Key, Leave};
use crate::oracle::api::Options;
use crate::oracle::plan::Plan;
use crate::oracle::timing::{Fault, tolerance};
use crate::oracle::verdict::{Class, Timing};
use crate::order::ArrowId;
use crate::trace::Moment;
use std::collections::BTreeMap;
use std::time::Duration;

/// Judges when a message came. It was too early only where it is so however long anything was on its way: a lower bound
/// counts from the earliest moment at which what it is about can have left, an upper one from when all that is drawn above
/// the message was sent.
pub(in crate::oracle) fn judge(
    plan: &Plan,
    config: &Config,
    options: &Options,
    at: Moment,
    key: Key,
    leave: Leave,
) -> Option<Fault> {
    let traits = &plan.order.arrow(ArrowId(key.0)).traits;
    let elapsed = at.since(leave.since);
    let fault = |class, measured, at_least, at_most| {
        Some(Fault { class, timing: Timing { measured: Some(measured), at_least, at_most } })
    };
    if let Some(delay) = traits.delay {
        let measured = at.since(upper(plan, config, key, leave));
        if measured + tolerance(delay) < delay {
            return fault(Class::Early, measured, Some(delay), None);
        }
    }
    if let Some(after) = traits.after
        && elapsed + tolerance(after) < after
    {
        return fault(Class::Early, elapsed, Some(after), traits.within);
    }
    let owed = leave.owed?;
    let elapsed = at.since(owed);
    if let Some(within) = traits.within {
        if elapsed > within + tolerance(within) {
            return fault(Class::Late, elapsed, traits.after, Some(within));
        }
    } else if !plan.serves(ArrowId(key.0)) {
        let after = traits.after.unwrap_or_default().max(plan.planned(ArrowId(key.0)).behind);
        let most = traits.delay.unwrap_or_default() + after + options.timeout;
        if elapsed > most {
            return fault(Class::Late, elapsed, None, Some(most));
        }
    }
    for bound in plan.order.bounds.iter().filter(|bound| bound.to.0 == key.0) {
        let Some(from) = latest(&config.times, bound.from) else { continue };
        let measured = at.since(*from);
        if measured > bound.at_most + tolerance(bound.at_most) {
            return fault(Class::Late, measured, None, Some(bound.at_most));
        }
    }
    None
}

/// The earliest moment at which a message that is not too early can have left.
pub(super) fn left(plan: &Plan, config: &Config, key: Key, leave: Leave) -> Moment {
    let traits = &plan.order.arrow(ArrowId(key.0)).traits;
    let no_earlier = |from: Moment, least: Duration| from.plus(least.saturating_sub(tolerance(least)));
    let delayed = traits.delay.map(|delay| no_earlier(upper(plan, config, key, leave), delay));
    let after = traits.after.map(|after| no_earlier(leave.since, after));
    [delayed, after].into_iter().flatten().fold(leave.since, Moment::max)
}

/// When what stands above a message can have left at the earliest.
fn upper(plan: &Plan, config: &Config, key: Key, leave: Leave) -> Moment {
    let above = leave
        .above
        .and_then(|above| config.left.get(&above))
        .or_else(|| plan.planned(ArrowId(key.0)).above.and_then(|above| latest(&config.left, above)));
    above.copied().unwrap_or(leave.since)
}

/// The last moment of an arrow in any turn.
fn latest(moments: &BTreeMap<Key, Moment>, id: ArrowId) -> Option<&Moment> {
    moments.range((id.0, 0)..=(id.0, u32::MAX)).map(|(_, at)| at).max()
}
