use super::stall::take;
use super::{Decision, Fault};

/// After some bytes the connection is reset, also in the middle of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// How many bytes may still be written.
    pub sent: usize,
    /// How many bytes may still be read.
    pub received: usize,
}

impl Fault for Cut {
    fn sends(&mut self, bytes: usize) -> Decision {
        take(&mut self.sent, bytes, Decision::Reset)
    }

    fn receives(&mut self, bytes: usize) -> Decision {
        take(&mut self.received, bytes, Decision::Reset)
    }
}
