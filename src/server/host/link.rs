use crate::server::machine::Timer;
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// When everything that is queued is written.
    Flushed,
    /// At once.
    Cut,
}

/// What is said on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    Frames,
    Events,
}

/// The server's side of one connection, between the machine and the task that serves it.
pub(super) struct Link {
    pub speech: Speech,
    /// Encoded, not yet taken by the task.
    pub queue: Vec<u8>,
    /// Taken by the task, not yet written.
    pub unwritten: usize,
    pub end: Option<End>,
    pub timers: Vec<(Timer, Duration)>,
    pub waker: Option<Waker>,
}

impl Link {
    pub(super) fn new(speech: Speech) -> Self {
        Link { speech, queue: Vec::new(), unwritten: 0, end: None, timers: Vec::new(), waker: None }
    }

    /// How many bytes wait for the client.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len() + self.unwritten
    }

    /// Ends the connection at once, since too much waits for the client: nobody gets it any more.
    pub(super) fn cut(&mut self, all: &mut usize, running: bool) {
        *all = all.saturating_sub(self.queue.len());
        self.queue = Vec::new();
        self.end = Some(End::Cut);
        self.wake_unless(running);
    }

    pub(super) fn end_flushed(&mut self, running: bool) {
        self.end = Some(End::Flushed);
        self.timers.clear();
        self.wake_unless(running);
    }

    pub(super) fn wake_unless(&mut self, running: bool) {
        if running {
            return;
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What a task learns of its link in one turn.
pub(super) struct Turn {
    pub end: Option<End>,
    /// When the next timer is due.
    pub next: Option<Instant>,
    /// A timer that is due now.
    pub due: Option<Timer>,
}
