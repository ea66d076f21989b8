//! How early a message can have left its sender.

use super::above::{Above, Count, above, delay};
use super::{Config, Key, Mover};
use crate::oracle::timing::no_earlier;
use crate::order::ArrowId;
use crate::trace::Moment;
use std::time::Duration;

/// So many messages that are not here yet may stand between one and what has come.
const BETWEEN: usize = 64;

/// Since when a message may have been on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Leave {
    /// Its cause was sent: it cannot have left earlier.
    pub since: Moment,
    /// All that is drawn above it was sent: it need not have left earlier. None where that is yet to come.
    pub owed: Option<Moment>,
    /// The delay that is drawn above it on every way.
    pub delay: Option<Duration>,
    /// And where all is left out above it that is open and may be.
    pub most: Duration,
    /// The earliest moment at which what stands right above it can have left, wherever that came.
    pub upper: Moment,
    /// What that is, where that moment is its own.
    pub below: Option<ArrowId>,
    /// Its cause was sent, and the delays are over that are drawn from there to what stands right above it.
    pub delayed: Moment,
    /// The earliest moment at which the same message of a turn before can have left, where its sender goes through the loop of
    /// its own accord.
    pub before: Option<Moment>,
    /// The same of what came before it on its connection.
    pub behind: Option<Moment>,
}

impl Leave {
    /// What the time that is drawn for a message counts from: its cause, or the turn before.
    pub fn again(&self) -> Moment {
        self.before.map_or(self.since, |before| before.max(self.since))
    }
}

/// When an arrow that is not too early can have left its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Left {
    /// The earliest moment.
    pub at: Moment,
    /// Its cause was sent.
    pub since: Moment,
    /// And the delays are over that are drawn from there to it.
    pub delayed: Moment,
}

impl Left {
    /// What the tool sent.
    pub fn sent(at: Moment) -> Left {
        Left { at, since: at, delayed: at }
    }
}

/// Since when a message may have been on its way of which the cause is complete since then, and all above it; what its
/// sender had passed right above it, where that is known.
pub(super) fn leaving(
    config: &Config,
    mover: &Mover<'_>,
    (lane, key): (u32, Key),
    (since, owed): (Moment, Option<Moment>),
    passed: Option<Key>,
) -> Leave {
    let plan = mover.plan;
    let mut leave = Leave {
        since,
        owed,
        delay: None,
        most: Duration::ZERO,
        upper: since,
        below: None,
        delayed: since,
        before: None,
        behind: None,
    };
    if !plan.timed {
        return leave;
    }
    let own = above(config, plan, mover.turns, key, Count::Least);
    for upper in own.key.into_iter().chain(passed) {
        let Some(left) = config.left.get(&upper) else { continue };
        if left.at > leave.upper {
            (leave.upper, leave.below) = (left.at, Some(ArrowId(upper.0)));
        }
        if left.since == since && is_of_one(mover, key, upper) {
            leave.delayed = leave.delayed.max(left.delayed);
        }
    }
    leave.delayed = leave.delayed.max(delayed(config, mover, key, (since, own)));
    if leave.delayed > leave.upper {
        (leave.upper, leave.below) = (leave.delayed, None);
    }
    leave.delay = Some(own.delay).filter(|delay| !delay.is_zero());
    leave.most = delay(config, plan, mover.turns, key, Count::Most).unwrap_or_default();
    leave.behind = config.last_left.get(&lane).copied();
    let after = plan.order.arrow(ArrowId(key.0)).traits.after;
    leave.before = plan.lanes.routes[key.0 as usize].free.filter(|_| after.is_some()).and_then(|fragment| {
        let passing = |turn: u32| mover.turns.outer(turn, plan.lanes.depth[fragment.0 as usize]);
        let mut turns = config.left.range((key.0, 0)..=(key.0, u32::MAX)).rev();
        turns.find(|((_, turn), _)| passing(*turn) == passing(key.1)).map(|(_, left)| left.at)
    });
    leave
}

/// The moment at which the delays are over that are drawn from the cause of a message to what stands right above it, whatever
/// of that is not here yet.
fn delayed(config: &Config, mover: &Mover<'_>, key: Key, (since, own): (Moment, Above)) -> Moment {
    let plan = mover.plan;
    let (mut from, mut next, mut between) = (since, own, Vec::new());
    while let Some(upper) = next.key.filter(|upper| is_of_one(mover, key, *upper)) {
        if let Some(left) = config.left.get(&upper) {
            from = if left.since == since { left.delayed } else { since };
            break;
        }
        let cause = |key: Key| plan.planned(ArrowId(key.0)).follows();
        if plan.expectation(ArrowId(upper.0)).is_none() || cause(upper) != cause(key) || between.len() == BETWEEN {
            break;
        }
        next = above(config, plan, mover.turns, upper, Count::Least);
        between.push((upper, next.delay));
    }
    between.into_iter().rev().fold(from, |from, (key, delay)| {
        let after = plan.order.arrow(ArrowId(key.0)).traits.after.unwrap_or_default();
        no_earlier(from, delay).max(no_earlier(since, after))
    })
}

/// Whether two arrows are between the tool and the same tested lifeline.
fn is_of_one(mover: &Mover<'_>, one: Key, other: Key) -> bool {
    let tested = |key: Key| mover.plan.client(ArrowId(key.0)).map(|(_, tested)| tested);
    tested(one) == tested(other)
}
