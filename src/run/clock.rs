use crate::trace::Moment;
use tokio::time::Instant;

/// The clock of one play: virtual where its runtime's is paused, monotonic else.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts now.
    pub fn start() -> Self {
        Clock { start: Instant::now() }
    }

    /// Time since the start.
    pub fn now(self) -> Moment {
        Moment::after(self.start.elapsed())
    }

    /// The instant of a moment; far away where the moment is beyond what instants can say.
    pub fn instant(self, moment: Moment) -> Instant {
        let far = std::time::Duration::from_secs(86_400 * 365);
        self.start + std::time::Duration::from_nanos(moment.0).min(far)
    }
}
