use super::{Decision, Fault};
use std::time::Duration;

/// Everything takes a fixed time. A short one gathers what is written within it into one segment.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// Of what is written.
    pub sent: Duration,
    /// Of what is read.
    pub received: Duration,
}

impl Fault for Latency {
    fn sends(&mut self, bytes: usize) -> Decision {
        hold(self.sent, bytes)
    }

    fn receives(&mut self, bytes: usize) -> Decision {
        hold(self.received, bytes)
    }
}

/// A delay of nothing is none.
pub(super) fn hold(delay: Duration, bytes: usize) -> Decision {
    if delay.is_zero() { Decision::Pass(bytes) } else { Decision::Hold(delay) }
}
