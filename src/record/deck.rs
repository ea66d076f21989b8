//! Where recordings are made: one tape for all connections.

use crate::induce::{Entry, Tape, What};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// So many entries a tape has at most.
pub const ENTRIES: usize = 1_000_000;

/// A tape that is being recorded. A clone is the same.
#[derive(Clone)]
pub struct Deck {
    tape: Arc<Mutex<Running>>,
    began: Instant,
    listener: Option<Listener>,
}

/// Who hears of everything that passes, as it passes.
pub type Listener = Arc<dyn Fn(&Entry) + Send + Sync>;

impl fmt::Debug for Deck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deck").field("tape", &self.tape).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Running {
    tape: Tape,
    told: Vec<String>,
}

impl Deck {
    /// An empty one, whose time begins now.
    pub fn new() -> Deck {
        Deck { tape: Arc::default(), began: Instant::now(), listener: None }
    }

    /// The same, heard by somebody.
    #[must_use]
    pub fn heard_by(self, listener: Listener) -> Deck {
        Deck { listener: Some(listener), ..self }
    }

    fn locked(&self) -> MutexGuard<'_, Running> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was recorded so far.
    pub fn tape(&self) -> Tape {
        self.locked().tape.clone()
    }

    /// What is to be said of it, each once.
    pub fn told(&self) -> Vec<String> {
        self.locked().told.clone()
    }

    /// Says something of the recording.
    pub fn tell(&self, what: &str) {
        let told = &mut self.locked().told;
        if !told.iter().any(|known| known == what) {
            told.push(what.to_owned());
        }
    }

    pub(super) fn line(&self) -> usize {
        self.locked().tape.line(None)
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn push(&self, line: usize, what: What) {
        self.push_at(self.now(), line, what);
    }

    pub(super) fn push_at(&self, at: u64, line: usize, what: What) {
        let entry = Entry { at, line, what };
        if let Some(listener) = &self.listener {
            listener(&entry);
        }
        {
            let entries = &mut self.locked().tape.entries;
            if entries.len() < ENTRIES {
                entries.push(entry);
                return;
            }
        }
        self.tell(&format!("more than {ENTRIES} messages passed: what came after is not kept"));
    }
}

impl Default for Deck {
    fn default() -> Self {
        Deck::new()
    }
}
