use super::latency::hold;
use super::{Decision, Fault};
use std::time::Duration;

/// Everything takes a time between nothing and a bound, another one each time, in whole milliseconds.
#[derive(Clone, Debug)]
pub struct Jitter {
    sent: u64,
    received: u64,
    chance: fastrand::Rng,
}

impl Jitter {
    /// Bounds of what is written and of what is read; the same seed gives the same times.
    pub fn new(seed: u64, sent: Duration, received: Duration) -> Self {
        let millis = |bound: Duration| u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Jitter { sent: millis(sent), received: millis(received), chance: fastrand::Rng::with_seed(seed) }
    }
}

impl Fault for Jitter {
    fn sends(&mut self, bytes: usize) -> Decision {
        hold(Duration::from_millis(self.chance.u64(0..=self.sent)), bytes)
    }

    fn receives(&mut self, bytes: usize) -> Decision {
        hold(Duration::from_millis(self.chance.u64(0..=self.received)), bytes)
    }
}
