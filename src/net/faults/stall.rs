use super::{Decision, Fault};

/// After some bytes nothing passes any more, and nothing says so: a half-open connection.
#[derive(Clone, Copy, Debug)]
pub struct Stall {
    /// How many bytes may still be written.
    pub sent: usize,
    /// How many bytes may still be read.
    pub received: usize,
}

impl Fault for Stall {
    fn sends(&mut self, bytes: usize) -> Decision {
        take(&mut self.sent, bytes, Decision::Stall)
    }

    fn receives(&mut self, bytes: usize) -> Decision {
        take(&mut self.received, bytes, Decision::Stall)
    }
}

/// Lets bytes pass as long as there are some left, then decides otherwise.
pub(super) fn take(left: &mut usize, bytes: usize, then: Decision) -> Decision {
    let pass = bytes.min(*left);
    if pass == 0 {
        return then;
    }
    *left -= pass;
    Decision::Pass(pass)
}
