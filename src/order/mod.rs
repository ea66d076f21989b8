//! A diagram as events, causality and choice.
//!
//! [`compile`] makes an [`Order`] from a diagram and a casting of roles: lifelines unfolded, arrows to many split,
//! references inlined, directives and delays attached to what they are about. The tree of [`Node`]s in it is what the
//! oracle walks, lazily, one thread of control for each lifeline; [`relation`] lays the visual, enforceable and cause
//! orders out as graphs, for what is said before a run.

mod arrow;
mod block;
mod budget;
mod cast;
mod chooser;
mod compile;
mod fragment;
mod implied;
mod inline;
mod leaning;
mod mistakes;
mod model;
mod operands;
pub(crate) mod overlay;
pub mod proposal;
mod prose;
mod receivers;
mod refer;
pub mod relation;
mod scope;
mod spoken;
mod unfold;

pub use cast::Casting;
pub use compile::{Setup, compile};
pub use inline::{Library, NoLibrary, referred};
pub use model::{
    Allowed, Arrow, ArrowId, Begins, Block, Bound, Chooser, Fragment, FragmentId, Kind, Lifeline, LifelineId, Node,
    Operand, Order, Point, Role, Traits,
};
pub use proposal::Proposal;
pub use spoken::{Spoken, SpokenLabel, Way, spoken};

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
    /// What a client does by itself: it stops or resumes (`WS pause`), or leaves its event streams (`SSE drop`).
    Local,
    /// Anything else: a message.
    Message,
}

/// Whom a label of a server is for, where it is drawn to nobody who connects: `Server->Clients: …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receivers {
    /// Every client that is connected.
    All,
    /// Every client that is connected, but the one whose message was the last to reach the server.
    Others,
}

/// Who knows what a label is; a binding does.
pub trait Vocabulary {
    /// What a label is, whoever says it.
    fn word(&self, label: &str) -> Word;
    /// The label of a connect above the first message of a client that no arrow connects; none where each has to be drawn.
    fn implied_connect(&self) -> Option<&str> {
        None
    }
    /// Whether a label of a server is an event of a stream.
    fn is_event(&self, _label: &str) -> bool {
        false
    }
    /// Whether a label of a server says that a handshake is accepted.
    fn accepts(&self, _label: &str) -> bool {
        false
    }
    /// Whom a label of a server is for, where it is drawn to a group of receivers.
    fn receivers(&self, _label: &str) -> Option<Receivers> {
        None
    }
    /// The connect word that a label most likely means, where it is none and differs from one by a letter or two.
    fn connect_like(&self, _label: &str) -> Option<&str> {
        None
    }
    /// Participants that are one server under test, as far as this binding knows; the diagram need not have them all.
    fn server(&self) -> &[String] {
        &[]
    }
    /// Participants of which nothing is on the wire, as far as this binding knows.
    fn silent(&self) -> &[String] {
        &[]
    }
}
