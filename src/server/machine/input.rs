use super::{Head, Timer};

/// A connection: one WebSocket, one event stream, or one request. The host counts them up from 0, in the order in which
/// they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u64);

/// Something that happened to the server.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The head of an HTTP request. It is answered by exactly one [`super::Effect::Answer`].
    Request {
        /// A number of its own, also where one transport connection carries many requests.
        on: Id,
        /// The head.
        head: &'a Head,
    },
    /// The body that [`super::Answer::Body`] asked for, or none where it was over the limit. Answered likewise.
    Body {
        /// The request.
        on: Id,
        /// All of it.
        body: Option<&'a [u8]>,
    },
    /// A text message.
    Text {
        /// The WebSocket.
        on: Id,
        /// The text.
        text: &'a str,
    },
    /// A binary message.
    Binary {
        /// The WebSocket.
        on: Id,
    },
    /// A rule of the framing was broken, or the limit on a message; the code with which to close.
    Broken {
        /// The WebSocket.
        on: Id,
        /// 1002, 1007 or 1009.
        code: u16,
    },
    /// The client's Close frame.
    Closed {
        /// The WebSocket.
        on: Id,
        /// Its code; none where the frame was empty.
        code: Option<u16>,
    },
    /// The transport ended without Close, or the client of an event stream went away.
    Ended {
        /// The WebSocket or event stream.
        on: Id,
    },
    /// A pong.
    Pong {
        /// The WebSocket.
        on: Id,
    },
    /// The client does not read: what was written waits in the transport. Or it reads again.
    Stalled {
        /// The WebSocket.
        on: Id,
        /// Whether it is so now.
        now: bool,
    },
    /// A timer that an [`super::Effect::Set`] asked for.
    Fired {
        /// The connection on which it was set.
        on: Id,
        /// Which.
        timer: Timer,
    },
    /// The server is to end.
    Shutdown,
}

impl Input<'_> {
    /// The connection that it is about.
    pub fn on(&self) -> Option<Id> {
        match *self {
            Input::Request { on, .. }
            | Input::Body { on, .. }
            | Input::Text { on, .. }
            | Input::Binary { on }
            | Input::Broken { on, .. }
            | Input::Closed { on, .. }
            | Input::Ended { on }
            | Input::Pong { on }
            | Input::Stalled { on, .. }
            | Input::Fired { on, .. } => Some(on),
            Input::Shutdown => None,
        }
    }
}
