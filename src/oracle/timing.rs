//! Times: how exactly they are judged, and which of them are wrong.

use super::Plan;
use super::api::Options;
use super::config::{Config, Key};
use super::verdict::{Class, Timing};
use crate::order::ArrowId;
use crate::trace::Moment;
use std::time::Duration;

/// What a measured time may miss a drawn one by: 5 %, and at least 10 ms (a timer's and a scheduler's grain).
pub(super) fn tolerance(drawn: Duration) -> Duration {
    (drawn / 20).max(Duration::from_millis(10))
}

/// A message that came as drawn, but not when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub class: Class,
    pub timing: Timing,
}

/// Judges when a message came: `since` is when its cause was complete, and what stood above it.
pub(super) fn judge(
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
