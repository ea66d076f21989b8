//! What was recorded, as plain data, whoever recorded it.

use crate::wire::Raw;

/// Who has sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// A client.
    Client,
    /// The server.
    Server,
}

/// A recording of one session: every connection between some clients and one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    /// The connections, in the order in which they were opened.
    pub lines: Vec<Line>,
    /// What passed, in the order in which it was seen.
    pub entries: Vec<Entry>,
}

/// A connection, or all that one client asks over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Whose it is, where that is known.
    pub client: Option<String>,
}

/// One thing that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in nanoseconds since the recording began.
    pub at: u64,
    /// On which of [`Tape::lines`].
    pub line: usize,
    /// What.
    pub what: What,
}

/// The fields of a head; names in lower case.
pub type Headers = Vec<(String, String)>;

/// What passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A client asks for a WebSocket, or opens a plain stream of bytes (an empty `url`).
    Dial {
        /// Path and query.
        url: String,
        /// The head.
        headers: Headers,
    },
    /// The server accepts.
    Accepted {
        /// The head.
        headers: Headers,
    },
    /// A request, or a message of a socket that asks for one.
    Asked {
        /// The method.
        method: String,
        /// Path and query.
        url: String,
        /// The head.
        headers: Headers,
        /// The body.
        body: Raw,
    },
    /// The answer to a request, or a handshake that is refused.
    Answered {
        /// The status.
        status: u16,
        /// The head.
        headers: Headers,
        /// The body; empty where it is a stream of events.
        body: Raw,
    },
    /// A message.
    Frame {
        /// From whom.
        from: Side,
        /// Its bytes.
        raw: Raw,
    },
    /// A Server-Sent Event.
    Event {
        /// Its type; `message` where none was sent.
        event: String,
        /// Its id.
        id: Option<String>,
        /// Its data.
        data: String,
    },
    /// A Close, of whoever was first.
    Close {
        /// Of whom.
        from: Side,
        /// Its code.
        code: Option<u16>,
    },
    /// The connection has ended without one.
    End {
        /// Who has ended it.
        from: Side,
    },
}

impl Tape {
    /// A further connection.
    pub fn line(&mut self, client: Option<String>) -> usize {
        self.lines.push(Line { client });
        self.lines.len() - 1
    }

    /// Another recording behind this one, on connections of its own; what both saw is in the order of their times.
    pub fn join(&mut self, other: Tape) {
        let first = self.lines.len();
        self.lines.extend(other.lines);
        self.entries.extend(other.entries.into_iter().map(|entry| Entry { line: entry.line + first, ..entry }));
        self.entries.sort_by_key(|entry| entry.at);
    }
}
