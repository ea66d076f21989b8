//! Callers of whom no whole request has come.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many are kept; what is to be said of more is the same.
const MOST: usize = 64;

/// Somebody who has connected, and of whom no whole request has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Half {
    /// From where, where it is known.
    pub from: Option<SocketAddr>,
    /// How many bytes he has sent.
    pub bytes: usize,
    /// What is wrong with them; none while more may come.
    pub why: Option<String>,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a client connected")?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        match self.bytes {
            0 => f.write_str(" and sent nothing")?,
            1 => f.write_str(" and sent 1 byte, but no complete request")?,
            bytes => write!(f, " and sent {bytes} bytes, but no complete request")?,
        }
        self.why.iter().try_for_each(|why| write!(f, " ({why})"))
    }
}

/// All of them, shared by those who hear.
#[derive(Clone, Debug, Default)]
pub(super) struct Halves(Arc<Mutex<(u64, BTreeMap<u64, Half>)>>);

/// One of them, while he is heard.
pub(super) struct Heard {
    all: Halves,
    own: u64,
}

impl Halves {
    fn locked(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Half>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, from: Option<SocketAddr>) -> Heard {
        let (next, all) = &mut *self.locked();
        *next += 1;
        if all.len() < MOST {
            all.insert(*next, Half { from, ..Half::default() });
        }
        Heard { all: self.clone(), own: *next }
    }

    /// Those that are kept, in the order in which they came.
    pub(super) fn all(&self) -> Vec<Half> {
        self.locked().1.values().cloned().collect()
    }
}

impl Heard {
    fn change(&self, change: impl FnOnce(&mut Half)) {
        if let Some(half) = self.all.locked().1.get_mut(&self.own) {
            change(half);
        }
    }

    pub(super) fn came(&self, bytes: usize) {
        self.change(|half| half.bytes += bytes);
    }

    /// No more comes.
    pub(super) fn failed(self, why: &str) {
        self.change(|half| half.why = Some(why.to_owned()));
    }

    /// His request is whole.
    pub(super) fn whole(self) {
        self.all.locked().1.remove(&self.own);
    }
}
