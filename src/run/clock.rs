use crate::trace::Moment;
use tokio::time::Instant;

/// The clock of one play: virtual where its runtime's is paused, monotonic else.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    /// The wall clock at the start, in milliseconds since 1970.
    epoch_millis: u64,
}

impl Clock {
    /// Starts now, when so many milliseconds have gone by since 1970.
    pub fn start(epoch_millis: u64) -> Self {
        Clock { start: Instant::now(), epoch_millis }
    }

    /// Time since the start.
    pub fn now(self) -> Moment {
        Moment::after(self.start.elapsed())
    }

    /// The wall clock at a moment, in milliseconds since 1970.
    pub fn millis(self, moment: Moment) -> u64 {
        self.epoch_millis.saturating_add(moment.0 / 1_000_000)
    }

    /// The moment of an instant.
    pub fn moment(self, instant: Instant) -> Moment {
        Moment::after(instant.saturating_duration_since(self.start))
    }

    /// The instant of a moment; far away where the moment is beyond what instants can say.
    pub fn instant(self, moment: Moment) -> Instant {
        let far = std::time::Duration::from_secs(86_400 * 365);
        self.start + std::time::Duration::from_nanos(moment.0).min(far)
    }
}
