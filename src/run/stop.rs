use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
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
    pub async fn asked(&self) -> &'static str {
        loop {
            // Before the look, so that nothing is missed between the look and the wait.
            let told = self.asked.told.notified();
            let mut told = pin!(told);
            told.as_mut().enable();
            match self.why() {
                Some(why) => return why,
                None => told.await,
            }
        }
    }

    /// Some work to its end, or until it is asked, and then why.
    pub(super) async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Result<T, &'static str> {
        let (mut work, mut asked) = (pin!(work), pin!(self.asked()));
        let mut woken: Option<Waker> = None;
        poll_fn(|cx| {
            if let Some(why) = self.why() {
                return Poll::Ready(Err(why));
            }
            // Once is enough, since whoever asks wakes this: a play is woken often.
            if !woken.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                if let Poll::Ready(why) = asked.as_mut().poll(cx) {
                    return Poll::Ready(Err(why));
                }
                woken = Some(cx.waker().clone());
            }
            work.as_mut().poll(cx).map(Ok)
        })
        .await
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

    #[tokio::test]
    async fn work_ends_when_that_is_asked_whoever_wakes_it() {
        let stop = Stop::default();
        assert_eq!(stop.unless_asked(async { 7 }).await, Ok(7));
        let asked = stop.clone();
        let work = async {
            tokio::task::yield_now().await;
            // By a task of its own, so that nothing else wakes the work.
            tokio::spawn(async move { asked.ask("SIGTERM") });
            std::future::pending::<()>().await;
        };
        assert_eq!(stop.unless_asked(work).await, Err("SIGTERM"));
        assert_eq!(stop.unless_asked(async { 7 }).await, Err("SIGTERM"), "nothing is begun");
    }

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
