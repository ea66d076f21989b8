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

/// What was sent to a lifeline and by whom, as the diagram has it, with its place among what its client sent there. Apart for
/// each client: most questions are about what others sent, and one that sends all would be gone through for each of its own.
type Drawn = BTreeMap<(LifelineId, LifelineId), BTreeSet<(Key, usize)>>;

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
        self.open.entry((to, client)).or_default().insert((key, sender.sent.len()));
        sender.sent.push(key);
    }

    /// From an entry on the first so many that a client sent to a lifeline are known to be handled.
    pub fn handled(&mut self, client: LifelineId, to: LifelineId, count: usize, entry: usize) {
        let Some(sender) = self.all.get_mut(&(client, to)) else { return };
        for place in sender.handled.len()..count {
            let drawn = (sender.sent[place], place);
            if let Some(open) = self.open.get_mut(&(to, client)) {
                open.remove(&drawn);
            }
            self.settled.entry((to, client)).or_default().insert(drawn);
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
        among(&self.open, to, arrows, None)
    }

    /// The same of what others sent than one client.
    pub fn open_of_others(&self, to: LifelineId, client: LifelineId, arrows: Range<u32>) -> impl Iterator<Item = Key> {
        among(&self.open, to, arrows, Some(client)).map(|(key, _)| key)
    }

    /// What is known to be handled of what these arrows sent to a lifeline, for others than one client.
    pub fn settled_of_others(
        &self,
        to: LifelineId,
        client: LifelineId,
        arrows: Range<u32>,
    ) -> impl Iterator<Item = Key> {
        among(&self.settled, to, arrows, Some(client)).map(|(key, _)| key)
    }

    /// Since which entry what was sent is known to be handled.
    pub fn known(self) -> impl Iterator<Item = (ArrowId, usize)> {
        let known = |Sender { sent, handled }: Sender| sent.into_iter().map(|key| ArrowId(key.0)).zip(handled);
        self.all.into_values().flat_map(known)
    }
}

fn among(
    drawn: &Drawn,
    to: LifelineId,
    arrows: Range<u32>,
    but: Option<LifelineId>,
) -> impl Iterator<Item = (Key, usize)> {
    let end = arrows.end.max(arrows.start);
    let clients = drawn.range((to, LifelineId(0))..=(to, LifelineId(u32::MAX)));
    let others = clients.filter(move |((_, client), _)| Some(*client) != but);
    others.flat_map(move |(_, sent)| sent.range(((arrows.start, 0), 0)..((end, 0), 0)).copied())
}
