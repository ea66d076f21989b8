//! What the server keeps at most. A client alone cannot use up more than its share, and all together no more than the sum:
//! `docs/security.md` adds it up.

/// How many events of a topic are kept for replay.
pub(super) const TOPIC_EVENTS: usize = 1_000;

/// What one entry of a table takes beside its text, in bytes: an estimate that is not too low.
pub(super) const ENTRY: usize = 128;

/// Limits in bytes, each on all that all clients together have the server keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The events of all topics; beyond, the oldest go.
    pub events: usize,
    /// The records of messages (who wrote, who got, who read); beyond, the oldest go, and nobody can say `read` of them
    /// any more.
    pub receipts: usize,
    /// All documents, with what led to them; beyond, edits are refused.
    pub documents: usize,
    /// The names of the rooms of all clients; beyond, nobody joins another.
    pub rooms: usize,
    /// The names of the rooms of one client.
    pub rooms_of_one: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { events: 64 << 20, receipts: 64 << 20, documents: 64 << 20, rooms: 64 << 20, rooms_of_one: 64 << 10 }
    }
}
