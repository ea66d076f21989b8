//! How exactly times are judged, and what a message is that came as drawn but not when.

use super::verdict::{Class, Timing};
use crate::order::ArrowId;
use crate::trace::Moment;
use std::time::Duration;

/// What a measured time may miss a drawn one by: 5 %, and at least 10 ms (a timer's and a scheduler's grain).
pub(super) fn tolerance(drawn: Duration) -> Duration {
    (drawn / 20).max(Duration::from_millis(10))
}

/// So long after a moment, at the earliest.
pub(super) fn no_earlier(from: Moment, least: Duration) -> Moment {
    from.plus(least.saturating_sub(tolerance(least)))
}

/// A message that came as drawn, but not when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub class: Class,
    pub timing: Timing,
    /// The message of the same side from which the time counts, where it is not a send of the tool.
    pub from: Option<ArrowId>,
}
