use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long the thread that plays is waited for. It says itself what it is at and how long that may take; work that does
/// not yield (a search in 16 MiB of text, a server in this process that loops) makes it miss that, and it is given up.
#[derive(Clone, Debug)]
pub(super) struct Leash {
    began: Instant,
    /// Milliseconds from there to the end.
    end: Arc<AtomicU64>,
}

impl Leash {
    /// For so long at first.
    pub(super) fn new(time: Duration) -> Self {
        let leash = Leash { began: Instant::now(), end: Arc::default() };
        leash.allow(time);
        leash
    }

    /// From now on for so long.
    pub(super) fn allow(&self, time: Duration) {
        let end = self.began.elapsed().saturating_add(time);
        self.end.store(u64::try_from(end.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    }

    /// How long it is still waited for; none where the time is over.
    pub(super) fn left(&self) -> Option<Duration> {
        let end = Duration::from_millis(self.end.load(Ordering::Acquire));
        // Too long to be added to an instant is for ever, or as good as.
        let end = end.min(Duration::from_secs(86_400 * 365));
        end.checked_sub(self.began.elapsed()).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leash_is_as_long_as_was_allowed_last() {
        let leash = Leash::new(Duration::ZERO);
        assert_eq!(leash.left(), None);
        leash.clone().allow(Duration::from_secs(60));
        assert!(leash.left().is_some_and(|left| left > Duration::from_secs(50)));
        leash.allow(Duration::MAX);
        assert!(leash.left().is_some());
        leash.allow(Duration::ZERO);
        assert_eq!(leash.left(), None);
    }
}
