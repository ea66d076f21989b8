use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// One timer for all the waits of a play.
///
/// Deadlines move at every frame, mostly to later; the timer is left where it is then, and looks again when it fires.
/// That makes a frame cheaper than a change of the timer would.
#[derive(Debug)]
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    armed: bool,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Alarm { sleep: Box::pin(sleep_until(Instant::now())), armed: false }
    }

    /// Ready at this instant.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        loop {
            if !self.armed || self.sleep.deadline() > until {
                self.sleep.as_mut().reset(until);
                self.armed = true;
            }
            // Time passes also for whoever has used up its turn of the runtime.
            match pin!(unconstrained(self.sleep.as_mut())).poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => {
                    self.armed = false;
                    if Instant::now() >= until {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}
