use super::{Answer, Id, ServerMessage};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Something that the host is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Answer an HTTP request.
    Answer {
        /// The request.
        to: Id,
        /// With what.
        answer: Answer,
        /// How long to hold it back: none for the server that the protocol describes.
        after: Duration,
    },
    /// Send something.
    Deliver(Delivery),
    /// Send a Close when all before it is sent, and end the connection.
    Close {
        /// The WebSocket.
        to: Id,
        /// The code of the Close; none for an empty one.
        code: Option<u16>,
        /// The client closed first.
        echo: bool,
    },
    /// End a connection without Close, when all that was said on it is sent: the regular end of an event stream.
    End {
        /// The WebSocket or event stream.
        to: Id,
    },
    /// End a connection at once, without Close.
    Cut {
        /// The WebSocket or event stream.
        to: Id,
    },
    /// Tell the machine when this much time of the server's life is over. It replaces an earlier one of the same name.
    Set {
        /// The connection: with it the timer ends.
        on: Id,
        /// Which.
        timer: Timer,
        /// Time since the server began.
        at: Duration,
    },
    /// Forget a timer.
    Cancel {
        /// The connection.
        on: Id,
        /// Which.
        timer: Timer,
    },
    /// Send something to one client later, unless its connection ends before. Only deviations do this.
    Hold {
        /// A name that [`Effect::Release`] and [`Effect::Forget`] know it by.
        ticket: u64,
        /// The WebSocket.
        to: Id,
        /// What.
        content: Content,
        /// How long from now.
        after: Duration,
    },
    /// Send what is held, now.
    Release {
        /// Its name; where nothing of this name is held, nothing happens.
        ticket: u64,
    },
    /// Never send what is held.
    Forget {
        /// Its name; where nothing of this name is held, nothing happens.
        ticket: u64,
    },
}

/// What the server waits for on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The deadline for `auth`.
    Authentication,
    /// The end of a burst of typing.
    Typing,
    /// The next ping.
    Heartbeat,
    /// Something that a deviation holds back.
    Held(u64),
    /// A deviation's own clock.
    Odd,
}

/// One thing said to one or many.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Who gets it, in this order.
    pub to: Vec<Id>,
    /// Why they get it.
    pub audience: Audience,
    /// What.
    pub content: Content,
}

/// Why somebody gets something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The sender of the request, as its answer.
    Sender,
    /// The other members of a room.
    Room(Arc<str>),
    /// The user to whom it is addressed: of a direct message, or the author of one that was read.
    User,
    /// All who share a room with a user whose connection ended.
    Neighbours,
    /// The subscribers of a topic.
    Topic(Arc<str>),
    /// The one connection that is kept alive.
    Transport,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A message of the protocol.
    Message(ServerMessage),
    /// Any JSON in a text message: what no server that keeps to the protocol says.
    Json(Value),
    /// Any text message.
    Text(Arc<str>),
    /// A binary message.
    Binary(Arc<str>),
    /// An event, on an event stream.
    Event(Arc<Event>),
    /// A ping frame.
    Ping,
    /// An unsolicited pong frame.
    Pong,
}

/// One Server-Sent Event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Counted over all topics, from 1.
    pub id: u64,
    /// Its type.
    pub event: Cow<'static, str>,
    /// What it says.
    pub data: Data,
}

/// What an event says: one JSON text, without line breaks. What happens in a room is serialised only where somebody
/// follows the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// What was published.
    Json(Arc<str>),
    /// What the members of a room were told.
    Message(ServerMessage),
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Json(text) => f.write_str(text),
            Data::Message(message) => f.write_str(&message.text()),
        }
    }
}

impl Delivery {
    /// The message of the protocol that is said, where it is one.
    pub fn message(&self) -> Option<&ServerMessage> {
        match &self.content {
            Content::Message(message) => Some(message),
            Content::Json(_)
            | Content::Text(_)
            | Content::Binary(_)
            | Content::Event(_)
            | Content::Ping
            | Content::Pong => None,
        }
    }

    /// Whether it is a message to a room.
    pub fn is_room_message(&self) -> bool {
        matches!(self.message(), Some(ServerMessage::Message { .. }))
    }

    /// The same content to somebody else.
    pub fn to(&self, to: Vec<Id>) -> Delivery {
        Delivery { to, audience: self.audience.clone(), content: self.content.clone() }
    }
}
