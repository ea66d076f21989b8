use super::{Decision, Fault};

/// Bytes pass in pieces of a limited size.
#[derive(Clone, Copy, Debug)]
pub struct Segments {
    /// The largest piece that is written.
    pub sent: usize,
    /// The largest piece that is read.
    pub received: usize,
}

impl Fault for Segments {
    fn sends(&mut self, bytes: usize) -> Decision {
        Decision::Pass(bytes.min(self.sent.max(1)))
    }

    fn receives(&mut self, bytes: usize) -> Decision {
        Decision::Pass(bytes.min(self.received.max(1)))
    }
}
