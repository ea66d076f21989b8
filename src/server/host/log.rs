use crate::server::machine::{Content, Id, Input};
use std::fmt;
use std::sync::Arc;

/// Something that a log might show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// A text message came, or was queued for a client.
    Text {
        /// The number of the connection.
        connection: u64,
        /// Whether the client sent it.
        from_client: bool,
        /// The text.
        text: &'a str,
    },
    /// Another frame than text came, or was queued for a client.
    Frame {
        /// The number of the connection.
        connection: u64,
        /// Whether the client sent it.
        from_client: bool,
        /// Which.
        frame: SeenFrame,
    },
    /// A client made a request.
    Asked {
        /// The number of the connection.
        connection: u64,
        /// The path.
        path: &'a str,
        /// The `name` or the `topic`, where there is one.
        who: &'a str,
    },
    /// The server answered it; 101 makes it a WebSocket.
    Answered {
        /// The number of the connection.
        connection: u64,
        /// The status.
        status: u16,
    },
    /// A WebSocket or an event stream ended.
    Closed {
        /// The number of the connection.
        connection: u64,
    },
}

/// A frame that is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenFrame {
    /// A binary message.
    Binary,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A Close, and its code where it has one.
    Close(Option<u16>),
}

impl fmt::Display for SeenFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeenFrame::Binary => f.write_str("binary message"),
            SeenFrame::Ping => f.write_str("ping"),
            SeenFrame::Pong => f.write_str("pong"),
            SeenFrame::Close(Some(code)) => write!(f, "Close {code}"),
            SeenFrame::Close(None) => f.write_str("Close without a code"),
        }
    }
}

/// What a log is: it is called while the server's state is locked, so it must be quick and must not call the host.
pub type Log = Arc<dyn Fn(Seen<'_>) + Send + Sync>;

/// What a log shows of what a client did.
pub(super) fn seen<'a>(input: &Input<'a>) -> Option<Seen<'a>> {
    let frame = |on: Id, frame| Some(Seen::Frame { connection: on.0, from_client: true, frame });
    match *input {
        Input::Text { on, text } => Some(Seen::Text { connection: on.0, from_client: true, text }),
        Input::Binary { on } => frame(on, SeenFrame::Binary),
        Input::Closed { on, code } => frame(on, SeenFrame::Close(code)),
        Input::Pong { on } => frame(on, SeenFrame::Pong),
        Input::Request { .. }
        | Input::Body { .. }
        | Input::Broken { .. }
        | Input::Ended { .. }
        | Input::Stalled { .. }
        | Input::Fired { .. }
        | Input::Shutdown => None,
    }
}

/// What a log shows of what a client is sent.
pub(super) fn sent<'a>(to: Id, content: &Content, payload: &'a [u8]) -> Option<Seen<'a>> {
    let frame = |frame| Some(Seen::Frame { connection: to.0, from_client: false, frame });
    match content {
        Content::Message(_) | Content::Json(_) | Content::Text(_) | Content::Event(_) => {
            let text = std::str::from_utf8(payload).ok()?;
            Some(Seen::Text { connection: to.0, from_client: false, text })
        }
        Content::Binary(_) => frame(SeenFrame::Binary),
        Content::Ping => frame(SeenFrame::Ping),
        Content::Pong => frame(SeenFrame::Pong),
    }
}
