use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// Asks plays to end before they are through: a signal, for example. A clone asks the same plays.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    why: OnceLock<&'static str>,
    told: Notify,
}

impl Stop {
    /// Asks, and says why: `SIGINT`. Only the first time counts.
    pub fn ask(&self, why: &'static str) {
        if self.asked.why.set(why).is_ok() {
            self.asked.told.notify_waiters();
        }
    }

    /// Why, where it was asked.
    pub fn why(&self) -> Option<&'static str> {
        self.asked.why.get().copied()
    }

    /// Waits until it is asked. Cancel safe.
    pub(super) async fn asked(&self) -> &'static str {
        loop {
            // Before the look, so that nothing is missed between the look and the wait.
            let told = self.asked.told.notified();
            let mut told = std::pin::pin!(told);
            told.as_mut().enable();
            match self.why() {
                Some(why) => return why,
                None => told.await,
            }
        }
    }
}
