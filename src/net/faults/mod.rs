//! What a transport may do to bytes without changing them: delay, cut into pieces, gather, stop, end.
//!
//! A [`Fault`] decides, purely: it is asked about some bytes and answers with a [`Decision`]. [`FaultStream`] obeys, on
//! any byte stream. One file for each fault; they serve as legal noise of the reference server and wherever a bad
//! network is wanted.
//!
//! What a bad server may do to messages is a [`MessageFault`]: [`MESSAGE_FAULTS`] has them all. The relay of the
//! end-to-end tests puts one between the clients and a real server.

mod alter;
mod cut;
mod drop;
mod duplicate;
mod jitter;
mod latency;
mod message;
mod segments;
mod stall;
mod stream;
mod swap;

pub use alter::Alter;
pub use cut::Cut;
pub use drop::Drop;
pub use duplicate::Duplicate;
pub use jitter::Jitter;
pub use latency::Latency;
pub use message::{MESSAGE_FAULTS, MessageFault, message_fault};
pub use segments::Segments;
pub use stall::Stall;
pub use stream::FaultStream;
pub use swap::Swap;

use std::time::Duration;

/// What happens to bytes that are about to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Up to so many of them pass now; the rest is asked about again.
    Pass(usize),
    /// They wait, and then all that has gathered passes: order is kept.
    Hold(Duration),
    /// They wait for ever.
    Stall,
    /// The connection is reset.
    Reset,
}

/// A fault of one connection. Directions are those of the end that holds the stream.
pub trait Fault: Send {
    /// So many bytes are about to be written; never 0.
    fn sends(&mut self, bytes: usize) -> Decision {
        Decision::Pass(bytes)
    }

    /// So many bytes have come and are about to be read; never 0.
    fn receives(&mut self, bytes: usize) -> Decision {
        Decision::Pass(bytes)
    }
}
