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

/// What a log is: it is called while the server's state is locked, so it must be quick and must not call the host.
pub type Log = Arc<dyn Fn(Seen<'_>) + Send + Sync>;
