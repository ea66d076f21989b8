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
