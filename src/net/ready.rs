use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Which of many connections has something to say.
///
/// A driver that polled all of its connections at every frame would pay for the idle ones. Here each connection has a
/// waker of its own that puts its number on a queue, so that the cost of a frame does not depend on how many
/// connections there are, and connections are served in the order in which they woke.
#[derive(Debug, Default)]
pub struct ReadySet {
    shared: Arc<Shared>,
    wakers: Vec<(Arc<Slot>, Waker)>,
}

/// The number of a connection, in the order in which they were added.
pub type Ticket = usize;

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<VecDeque<Ticket>>,
    driver: futures_util::task::AtomicWaker,
}

#[derive(Debug)]
struct Slot {
    ticket: Ticket,
    queued: AtomicBool,
    shared: Arc<Shared>,
}

impl Slot {
    fn enqueue(&self) -> bool {
        let first = !self.queued.swap(true, Ordering::AcqRel);
        if first {
            self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(self.ticket);
        }
        first
    }
}

impl Wake for Slot {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.enqueue() {
            self.shared.driver.wake();
        }
    }
}

impl ReadySet {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more connection; it is ready, so that it is polled a first time.
    pub fn add(&mut self) -> Ticket {
        let ticket = self.wakers.len();
        let slot = Arc::new(Slot { ticket, queued: AtomicBool::new(false), shared: self.shared.clone() });
        self.wakers.push((slot.clone(), Waker::from(slot)));
        self.mark(ticket);
        ticket
    }

    /// Puts a connection on the queue: it was written to, or has more to say. The driver polls soon by itself.
    pub fn mark(&self, ticket: Ticket) {
        if let Some((slot, _)) = self.wakers.get(ticket) {
            slot.enqueue();
        }
    }

    /// The waker of a connection, for polling it.
    pub fn waker(&self, ticket: Ticket) -> Waker {
        self.wakers.get(ticket).map_or_else(|| Waker::noop().clone(), |(_, waker)| waker.clone())
    }

    /// The next connection to poll; pending until one wakes.
    pub fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Ticket> {
        if let Some(ticket) = self.pop() {
            return Poll::Ready(ticket);
        }
        self.shared.driver.register(cx.waker());
        // One may have woken between the two.
        self.pop().map_or(Poll::Pending, Poll::Ready)
    }

    fn pop(&self) -> Option<Ticket> {
        let ticket = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()?;
        if let Some((slot, _)) = self.wakers.get(ticket) {
            slot.queued.store(false, Ordering::Release);
        }
        Some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_in_the_order_of_waking_and_each_once() {
        let mut set = ReadySet::new();
        let tickets: Vec<_> = (0..3).map(|_| set.add()).collect();
        let mut cx = Context::from_waker(Waker::noop());
        for expected in &tickets {
            assert_eq!(set.poll_next(&mut cx), Poll::Ready(*expected));
        }
        assert_eq!(set.poll_next(&mut cx), Poll::Pending);
        for ticket in [2, 0, 2, 2, 1, 0] {
            set.waker(ticket).wake();
        }
        for expected in [2, 0, 1] {
            assert_eq!(set.poll_next(&mut cx), Poll::Ready(expected));
        }
        assert_eq!(set.poll_next(&mut cx), Poll::Pending);
    }
}
