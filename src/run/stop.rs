use std::sync::{Arc, OnceLock};
use std::time::Duration;
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

    /// Some work to its end, or until so long after it was asked, and then why. That is counted in real time: in virtual time a
    /// program takes none.
    pub(super) async fn hasten<T>(&self, work: impl Future<Output = T>, at_most: Duration) -> Result<T, &'static str> {
        let over = async {
            let why = self.asked().await;
            let (running, ended) = tokio::sync::oneshot::channel::<()>();
            std::thread::spawn(move || {
                std::thread::sleep(at_most);
                drop(running);
            });
            let _ = ended.await;
            why
        };
        tokio::select! {
            biased;
            done = work => Ok(done),
            why = over => Err(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_end_is_left_some_time_after_it_was_asked() {
        for paused in [false, true] {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(paused).build().expect("a runtime");
            runtime.block_on(async {
                let stop = Stop::default();
                assert_eq!(stop.hasten(async { 7 }, Duration::ZERO).await, Ok(7));
                let asked = stop.clone();
                let work = async {
                    asked.ask("SIGINT");
                    std::future::pending::<()>().await;
                };
                assert_eq!(stop.hasten(work, Duration::from_millis(1)).await, Err("SIGINT"));
                assert_eq!(stop.hasten(async { 7 }, Duration::ZERO).await, Ok(7), "what is done counts");
            });
        }
    }
}
