//! Which times are wrong.

use super::{Config, Key, Leave, Left};
use crate::oracle::plan::Plan;
use crate::oracle::timing::{Fault, no_earlier, tolerance};
use crate::oracle::verdict::{Class, Timing};
use crate::order::ArrowId;
use crate::trace::{Moment, Stops};
use std::collections::BTreeMap;
use std::time::Duration;

/// Judges when a message came. It was too early only where it is so however long anything was on its way: a lower bound
/// counts from the earliest moment at which what it is about can have left, an upper one from when all that is drawn above
/// the message was sent. What came while the time stood still was there sooner than it was read, by what nobody knows.
pub(in crate::oracle) fn judge(
    plan: &Plan,
    config: &Config,
    (timeout, stops): (Duration, &Stops),
    at: Moment,
    key: Key,
    leave: Leave,
) -> Option<Fault> {
    let traits = &plan.order.arrow(ArrowId(key.0)).traits;
    let early = |measured, at_least, at_most, from: Option<ArrowId>| {
        let from = from.filter(|from| plan.expectation(*from).is_some());
        Some(Fault { from, ..fault(Class::Early, measured, Some(at_least), at_most) })
    };
    let since = |from: Moment| at.since(from) + stops.between(from, at);
    if let Some(delay) = leave.delay {
        let measured = since(leave.upper);
        if measured + tolerance(delay) < delay {
            return early(measured, delay, None, leave.below);
        }
    }
    if let Some(after) = traits.after {
        let measured = since(leave.again());
        if measured + tolerance(after) < after {
            return early(measured, after, traits.within, leave.before.map(|_| ArrowId(key.0)));
        }
    }
    late(plan, config, timeout, (key, at), (leave.owed?, leave.most))
}

/// Judges whether a message came too late, once it is known since when it was `owed`, and how long it may have been delayed at
/// `most`.
pub(super) fn late(
    plan: &Plan,
    config: &Config,
    timeout: Duration,
    (key, at): (Key, Moment),
    (owed, most): (Moment, Duration),
) -> Option<Fault> {
    let traits = &plan.order.arrow(ArrowId(key.0)).traits;
    let late = |measured, at_least, at_most| Some(fault(Class::Late, measured, at_least, Some(at_most)));
    let elapsed = at.since(owed);
    if let Some(within) = traits.within {
        if elapsed > within + tolerance(within) {
            return late(elapsed, traits.after, within);
        }
    } else if !plan.serves(ArrowId(key.0)) {
        let most = usual(plan, ArrowId(key.0), most, timeout);
        if elapsed > most {
            return late(elapsed, None, most);
        }
    }
    for bound in plan.order.bounds.iter().filter(|bound| bound.to.0 == key.0) {
        let Some(from) = latest(&config.times, bound.from) else { continue };
        let measured = at.since(*from);
        if measured > bound.at_most + tolerance(bound.at_most) {
            return late(measured, None, bound.at_most);
        }
    }
    None
}

/// What was to come until a moment that is over, as the time of clients is counted whom the tool serves.
pub(super) fn overdue(allowed: Duration, at: Moment, until: Moment) -> Fault {
    fault(Class::Late, allowed + at.since(until), None, Some(allowed))
}

/// How long a message may take below a delay where no upper bound is drawn.
pub(super) fn usual(plan: &Plan, id: ArrowId, delay: Duration, timeout: Duration) -> Duration {
    let after = plan.order.arrow(id).traits.after.unwrap_or_default();
    delay + after.max(plan.planned(id).behind) + timeout
}

fn fault(class: Class, measured: Duration, at_least: Option<Duration>, at_most: Option<Duration>) -> Fault {
    Fault { class, timing: Timing { measured: Some(measured), at_least, at_most }, from: None }
}

/// When a message that is not too early can have left; what has come has left.
pub(super) fn left(plan: &Plan, leave: Leave, key: Key, came: Moment) -> Left {
    let after = plan.order.arrow(ArrowId(key.0)).traits.after.unwrap_or_default();
    let delay = leave.delay.unwrap_or_default();
    let delayed = no_earlier(leave.delayed, delay).max(no_earlier(leave.since, after));
    let below = leave.delay.map(|delay| no_earlier(leave.upper, delay));
    let at = [below, Some(no_earlier(leave.again(), after)), leave.behind];
    let at = at.into_iter().flatten().fold(delayed, Moment::max).min(came);
    Left { at, since: leave.since, delayed }
}

/// The last moment of an arrow in any turn.
fn latest(moments: &BTreeMap<Key, Moment>, id: ArrowId) -> Option<&Moment> {
    moments.range((id.0, 0)..=(id.0, u32::MAX)).map(|(_, at)| at).max()
}
