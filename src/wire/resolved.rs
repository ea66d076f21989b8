use super::{Bind, Channel, HoleValue, Memory, Named, Observed, Viewer, Way};
use serde_json::Value;
use std::sync::Arc;

/// Which side says a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A client: it dials.
    Client,
    /// A server: it is dialled.
    Server,
}

/// What an arrow is on the wire, once its label has found its rule. Made by `Binding::resolve`.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// Client: open a socket, under another name where one is given.
    Connect {
        /// `WS connect as NAME`
        name: Option<String>,
        /// What the label says of holes: for the address, the headers and the preamble.
        holes: Vec<(Arc<str>, HoleValue)>,
        /// How: which of the binding's ways it is.
        way: Way,
        /// The binding's preamble ends with something that the server says.
        told: bool,
    },
    /// Client: Close 1000, and wait for the answer.
    Disconnect,
    /// Client: end the socket without Close.
    Drop,
    /// Client: end its event streams, without a word.
    DropEvents,
    /// Client: neither read nor write from now on.
    Pause,
    /// Client: read and write again.
    Resume,
    /// Client: frames on the socket, and those that must come back, in this order.
    Send(super::Outgoing),
    /// Client: an HTTP request; where it asks for an event stream its channel is [`Channel::Events`].
    Request(super::Request),
    /// Something that must be observed: of a server, or, where the tool is the server, of a client.
    Expect(super::Expectation),
    /// Server: an answer to a request, or to a handshake.
    Answer(super::Outgoing),
    /// Server: an event on its event stream.
    Push(super::Outgoing),
    /// Server: a Close, with a code and a reason where there are any.
    Close(Option<super::Outgoing>),
}

impl Resolved {
    /// The same on a plain stream of bytes, which ends in one way alone: a Close of whatever code is its end.
    #[must_use]
    pub fn over_stream(self) -> Resolved {
        match self {
            Resolved::Expect(expectation) => Resolved::Expect(expectation.over_stream()),
            other => other,
        }
    }

    /// Whether the server's answer to this is told, so that its client's earlier messages were handled by then.
    pub fn is_answered(&self) -> bool {
        match self {
            Resolved::Connect { told, .. } => *told,
            Resolved::Disconnect => true,
            Resolved::Send(outgoing) => outgoing.is_answered(),
            Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Resume
            | Resolved::Request(_)
            | Resolved::Answer(_)
            | Resolved::Push(_)
            | Resolved::Close(_)
            | Resolved::Expect(_) => false,
        }
    }

    /// The connection on which the server speaks from then on, where this opens one.
    pub fn opens(&self) -> Option<Channel> {
        match self {
            Resolved::Connect { .. } => Some(Channel::Socket),
            Resolved::Request(request) => Some(request.channel()).filter(|channel| *channel == Channel::Events),
            Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Resume
            | Resolved::Send(_)
            | Resolved::Answer(_)
            | Resolved::Push(_)
            | Resolved::Close(_)
            | Resolved::Expect(_) => None,
        }
    }

    /// What a client does for an arrow, a line each, with open holes as they are written: for snapshots. Empty for a
    /// server's arrow.
    pub fn outline(&self) -> Vec<String> {
        match self {
            Resolved::Connect { name: None, .. } => vec!["connect".to_owned()],
            Resolved::Connect { name: Some(name), .. } => vec![format!("connect as {name}")],
            Resolved::Disconnect => vec!["Close 1000".to_owned()],
            Resolved::Drop => vec!["end without Close".to_owned()],
            Resolved::DropEvents => vec!["end of the event streams".to_owned()],
            Resolved::Pause => vec!["pause".to_owned()],
            Resolved::Resume => vec!["resume".to_owned()],
            Resolved::Send(outgoing)
            | Resolved::Answer(outgoing)
            | Resolved::Push(outgoing)
            | Resolved::Close(Some(outgoing)) => outgoing.outline(),
            Resolved::Request(request) => request.outline(),
            Resolved::Close(None) => vec!["Close".to_owned()],
            Resolved::Expect(_) => Vec::new(),
        }
    }

    /// What the label says of its holes: letters, and names of the diagram, in the order of the rule's holes.
    pub fn hole_texts(&self) -> Vec<&str> {
        match self {
            Resolved::Connect { name, .. } => name.iter().map(String::as_str).collect(),
            Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Close(None)
            | Resolved::Resume => Vec::new(),
            Resolved::Send(outgoing)
            | Resolved::Answer(outgoing)
            | Resolved::Push(outgoing)
            | Resolved::Close(Some(outgoing)) => outgoing.hole_texts().collect(),
            Resolved::Request(request) => request.hole_texts().collect(),
            Resolved::Expect(expectation) => expectation.hole_texts().collect(),
        }
    }

    /// The names of the diagram that an arrow uses (its opaque holes), each with its hole.
    pub fn names(&self) -> Vec<(Arc<str>, Arc<str>)> {
        fn owned<'a>(names: impl Iterator<Item = (&'a Arc<str>, &'a Arc<str>)>) -> Vec<(Arc<str>, Arc<str>)> {
            names.map(|(name, hole)| (name.clone(), hole.clone())).collect()
        }
        match self {
            Resolved::Connect { holes, .. } => owned(holes.iter().filter_map(|(hole, said)| match said {
                HoleValue::Name(name) => Some((name, hole)),
                HoleValue::Value(_) => None,
            })),
            Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Close(None)
            | Resolved::Resume => Vec::new(),
            Resolved::Send(outgoing)
            | Resolved::Answer(outgoing)
            | Resolved::Push(outgoing)
            | Resolved::Close(Some(outgoing)) => owned(outgoing.names()),
            Resolved::Request(request) => owned(request.names()),
            Resolved::Expect(expectation) => owned(expectation.names()),
        }
    }
}

/// What one observation is to one expectation.
#[derive(Clone, Debug, PartialEq)]
pub enum Matched {
    /// It fits, and this is learned.
    Yes(Vec<Bind>),
    /// It would fit, but for a name of the diagram that stands for something else, or a value that another name has.
    Conflict(Box<Conflict>),
    /// It is something else.
    No,
}

/// Two uses of the diagram's names that cannot both be.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The name in the diagram at this expectation.
    pub name: String,
    /// The value that was found here.
    pub found: Value,
    /// What was bound before: to this name (another value), or to another name (this value).
    pub bound: Named,
    /// The other name, where this is about distinctness.
    pub other: Option<String>,
    /// What is wanted, where this is about what a value does from frame to frame (`[[follow]]`).
    pub must: Option<String>,
}

/// How far an observation is from an expectation: for choosing what to blame, never for judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinship {
    /// Another kind of message.
    Foreign,
    /// The same kind of message (the literal members that name it agree) with other content.
    SameType,
    /// The same kind, and every literal member agrees: what differs is what the label or a variable says.
    SameLiterals,
    /// The same content.
    SameContent,
}

/// What oracle, lint and explanation ask of an expectation. `wire` implements it on [`super::Expectation`].
pub trait Expects {
    /// On which of the client's connections it is expected. `None`: a status that answers whatever request of the
    /// client is open.
    fn channel(&self) -> Option<Channel>;
    /// Judges one observation. Pure: what is learned is returned, not applied.
    fn matches(&self, observed: &Observed, memory: &Memory, viewer: Viewer<'_>) -> Matched;
    /// How near it is, names of the diagram and memory aside.
    fn kinship(&self, observed: &Observed) -> Kinship;
    /// Whether some observation could match both: for finding ambiguity before a run. May say yes too often.
    fn may_equal(&self, other: &Self) -> bool;
}
