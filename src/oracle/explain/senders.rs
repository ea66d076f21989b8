//! Who sent what to whom, and how much of it is known to be handled.

use crate::oracle::config::Key;
use crate::order::{ArrowId, LifelineId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What one client sent to one lifeline.
#[derive(Debug, Default)]
pub(super) struct Sender {
    pub sent: Vec<Key>,
    /// Of the first of them: since which entry they are known to be handled.
    pub handled: Vec<usize>,
}

/// What was sent to a lifeline, as the diagram has it, with its place among what its client sent there.
type Drawn = BTreeSet<(LifelineId, Key, usize)>;

/// All that was sent so far.
#[derive(Debug, Default)]
pub(super) struct Senders {
    all: BTreeMap<(LifelineId, LifelineId), Sender>,
    /// What is not known to be handled.
    open: Drawn,
    /// What is.
    settled: Drawn,
}

impl Senders {
    /// What a client sent to a lifeline.
    pub fn of(&self, client: LifelineId, to: LifelineId) -> Option<&Sender> {
        self.all.get(&(client, to))
    }

    /// A client sends something.
    pub fn send(&mut self, client: LifelineId, to: LifelineId, key: Key) {
        let sender = self.all.entry((client, to)).or_default();
        self.open.insert((to, key, sender.sent.len()));
        sender.sent.push(key);
    }

    /// From an entry on the first so many that a client sent to a lifeline are known to be handled.
    pub fn handled(&mut self, client: LifelineId, to: LifelineId, count: usize, entry: usize) {
        let Some(sender) = self.all.get_mut(&(client, to)) else { return };
        for place in sender.handled.len()..count {
            let drawn = (to, sender.sent[place], place);
            self.open.remove(&drawn);
            self.settled.insert(drawn);
            sender.handled.push(entry);
        }
    }

    /// From an entry on all that a client sent is known to be handled.
    pub fn echoed(&mut self, client: LifelineId, entry: usize) {
        let own = self.all.range((client, LifelineId(0))..=(client, LifelineId(u32::MAX)));
        let counts: Vec<(LifelineId, usize)> = own.map(|((_, to), sender)| (*to, sender.sent.len())).collect();
        for (to, count) in counts {
            self.handled(client, to, count, entry);
        }
    }

    /// What is not known to be handled of what these arrows sent to a lifeline, with its place.
    pub fn open(&self, to: LifelineId, arrows: Range<u32>) -> impl Iterator<Item = (Key, usize)> {
        among(&self.open, to, arrows)
    }

    /// What is known to be handled of what these arrows sent to a lifeline.
    pub fn settled(&self, to: LifelineId, arrows: Range<u32>) -> impl Iterator<Item = Key> {
        among(&self.settled, to, arrows).map(|(key, _)| key)
    }

    /// Since which entry what was sent is known to be handled.
    pub fn known(self) -> impl Iterator<Item = (ArrowId, usize)> {
        let known = |Sender { sent, handled }: Sender| sent.into_iter().map(|key| ArrowId(key.0)).zip(handled);
        self.all.into_values().flat_map(known)
    }
}

fn among(drawn: &Drawn, to: LifelineId, arrows: Range<u32>) -> impl Iterator<Item = (Key, usize)> {
    let end = arrows.end.max(arrows.start);
    drawn.range((to, (arrows.start, 0), 0)..(to, (end, 0), 0)).map(|(_, key, place)| (*key, *place))
}
