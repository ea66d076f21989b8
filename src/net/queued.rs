/// What waits to be written on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// In bytes; of a WebSocket about so many.
    pub bytes: usize,
    /// How many bytes the peer, or the system on its way to it, has taken so far: as long as it grows the peer reads.
    pub taken: u64,
}
