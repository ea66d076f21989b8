//! A diagram as events, causality and choice.
mod model;
pub use model::{
    Arrow, ArrowId, Block, Bound, Chooser, Fragment, FragmentId, Kind, Lifeline, LifelineId, Node, Operand, Order,
    Point, Role, Traits,
};

/// What the words of a binding tell about a label before any rule is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Opens a connection.
    Connect,
    /// Ends a connection, in whatever way, from whichever side.
    End,
    /// Refuses a handshake or answers a request: an HTTP status.
    Status,
    /// An HTTP request (also one that opens an event stream).
    Request,
    /// Stops or resumes a client (`WS pause`).
    Local,
    /// Anything else: a message.
    Message,
}

/// Who knows what a label is; a binding does.
pub trait Vocabulary {
    /// What a label is, whoever says it.
    fn word(&self, label: &str) -> Word;
}
