//! What was told, and what it came to: the log, what no reading accounts for, what came as drawn.

use crate::oracle::config::Key;
use crate::oracle::timing::Fault;
use crate::order::{ArrowId, LifelineId};
use crate::trace::{Entry, Event, Evidence, Moment};
use crate::wire::Bind;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::time::Duration;

/// An observation that nothing drawn accounts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Residue {
    /// The entry of the log.
    pub entry: usize,
    /// It matches something that must never come.
    pub forbidden: Option<ArrowId>,
}

/// The log of one play, and what became of its entries.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Record {
    /// Everything that was told, in the order in which it was told.
    pub entries: Vec<Entry>,
    /// What no reading accounts for.
    pub residue: Vec<Residue>,
    /// Entries that were observed as drawn but at the wrong time, with the arrow.
    pub mistimed: Vec<(usize, Key, Fault)>,
    /// Which arrow each entry was observed as, in the order of the log.
    pub matched: Vec<(usize, Key)>,
    /// What the tool sent, and when.
    pub sends: Vec<(Key, Moment)>,
    /// The arrows of these.
    sent: FxHashSet<u32>,
    /// Entries that are the end of a connection which its client was ending.
    pub skipped: BTreeSet<usize>,
    /// How long it was last listened, at least.
    pub listened: Duration,
    /// How it was last found out that nothing more came, and at which clients less surely.
    pub quiet: Option<(Evidence, Vec<(LifelineId, Evidence)>)>,
}

impl Record {
    /// Notes that something happened; its place in the log.
    pub fn note(&mut self, at: Moment, event: Event) -> usize {
        self.entries.push(Entry { at, event });
        self.entries.len() - 1
    }

    /// The tool sends something.
    pub fn sending(&mut self, key: Key, at: Moment) {
        self.sends.push((key, at));
        self.sent.insert(key.0);
    }

    /// Whether the tool sent an arrow, in whichever turn.
    pub fn has_sent(&self, id: ArrowId) -> bool {
        self.sent.contains(&id.0)
    }

    /// Whether something came that must not have, or not then.
    pub fn has_fault(&self) -> bool {
        !self.residue.is_empty() || !self.mistimed.is_empty()
    }

    /// An entry is a frame that nothing drawn accounts for.
    pub fn left_over(&mut self, entry: usize, forbidden: Option<ArrowId>) {
        self.residue.push(Residue { entry, forbidden });
    }

    /// What a record must tell so that it can be judged again: values that were made, or came from outside what is drawn.
    /// Names follow from them.
    pub fn learned(&mut self, at: Moment, binds: &[Bind]) {
        for bind in binds {
            match bind {
                Bind::Hole { lifeline, hole, value, reach } => {
                    let (hole, value) = (hole.clone(), value.clone());
                    self.note(at, Event::Learned { lifeline: *lifeline, hole, value, reach: *reach });
                }
                Bind::Name { .. } | Bind::Anew { .. } => {}
            }
        }
    }
}
