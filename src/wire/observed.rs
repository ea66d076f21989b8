use super::read_json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// Which of a client's connections to one server something passes on. Each keeps its own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The WebSocket (or any other message-carrying socket).
    Socket,
    /// Request and response over HTTP.
    Http,
    /// A stream of Server-Sent Events and the response that opens it.
    Events,
}

impl Channel {
    /// The word that reports show.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Socket => "socket",
            Channel::Http => "http",
            Channel::Events => "events",
        }
    }
}

/// The bytes of one message as they passed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Raw {
    /// A text message.
    Text(Arc<str>),
    /// A binary message.
    Binary(Arc<[u8]>),
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Raw {
    /// The JSON that it is, within what one frame may hold; none where it is none.
    pub(crate) fn json(&self) -> Option<Value> {
        match self {
            Raw::Text(text) => read_json(text),
            Raw::Binary(bytes) => std::str::from_utf8(bytes).ok().and_then(read_json),
        }
    }

    /// How it begins: at most so many bytes of it, and a sign where there are more. For whoever shows a part of it only;
    /// it may be as large as a frame.
    pub fn beginning(&self, bytes: usize) -> String {
        let (start, whole) = match self {
            Raw::Text(text) => {
                let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
                (text[..end].to_owned(), end == text.len())
            }
            Raw::Binary(all) => {
                let start = Raw::Binary(all.iter().copied().take(bytes).collect());
                (start.to_string(), all.len() <= bytes)
            }
        };
        if whole { start } else { start + "…" }
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raw::Text(text) => f.write_str(text),
            Raw::Binary(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// One data message: what the codec made of the bytes, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The meaning; shared, since configurations and the trace keep it.
    pub value: Arc<Value>,
    /// The bytes.
    pub raw: Raw,
}

/// What arrived at a simulated lifeline on one of its connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Observed {
    /// A data message that the codec could read.
    Message(Message),
    /// A data message that it could not read.
    Garbled {
        /// The bytes.
        raw: Raw,
        /// What the codec says.
        why: String,
    },
    /// The status of an HTTP response: to a request, or to a handshake that was refused.
    Status {
        /// The status code.
        code: u16,
        /// Header names in lower case.
        headers: Vec<(String, String)>,
        /// The body, as JSON where it is that, else as a JSON string. An empty one is the empty string.
        body: Arc<Value>,
    },
    /// One Server-Sent Event; or what stands between events, [`COMMENT`] or [`RETRY`], where a rule speaks of it.
    Event {
        /// Its type; `message` where none was sent.
        event: String,
        /// Its id, where one was sent.
        id: Option<String>,
        /// Its data.
        data: String,
    },
    /// The server's Close frame.
    Close {
        /// Its code; none where the frame was empty.
        code: Option<u16>,
        /// Its reason.
        reason: String,
    },
    /// A client dials: the head of its handshake.
    Dialled {
        /// Path and query.
        url: String,
        /// Header names in lower case.
        headers: Vec<(String, String)>,
    },
    /// A client's HTTP request.
    Asked {
        /// `GET` and the like.
        method: String,
        /// Path and query.
        url: String,
        /// Header names in lower case.
        headers: Vec<(String, String)>,
        /// The body, likewise.
        body: Arc<Value>,
    },
    /// The connection ended without Close (or an event stream ended).
    End {
        /// What the transport says: `end of stream`, `connection reset`, a violated rule of the protocol.
        how: String,
    },
}

/// What is wrong with bytes that cannot be read begins so where they are none: a client leaves what is sent to it.
pub const UNREAD: &str = "the client does not read";

/// The only member of the value of a text message that the codec cannot read, where the binding speaks of such messages.
pub const BARE: &str = "$text";

/// The type of an observed event that is a comment: one that no event can have.
pub const COMMENT: &str = "\ncomment";
/// The same for the time after which a client is to connect again.
pub const RETRY: &str = "\nretry";

/// A frame that is not larger than this is counted by its bytes alone.
const SMALL: usize = 4 << 10;
/// What a value takes beside its text: itself, its place in a list or a table.
const VALUE: usize = 96;

impl Raw {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Raw::Text(text) => text.len(),
            Raw::Binary(bytes) => bytes.len(),
        }
    }
}

impl Observed {
    /// Whether it is a comment of an event stream.
    pub fn is_comment(&self) -> bool {
        matches!(self, Observed::Event { event, .. } if event == COMMENT)
    }

    /// Whether it is the `retry` of an event stream.
    pub fn is_retry(&self) -> bool {
        matches!(self, Observed::Event { event, .. } if event == RETRY)
    }

    /// How many bytes of memory it takes, about: what a record of it is counted by.
    pub fn size(&self) -> usize {
        let both = |raw: usize, value: &Value| match raw {
            0..SMALL => 3 * raw,
            _ => raw + size(value),
        };
        let all = |headers: &[(String, String)]| {
            headers.iter().map(|(name, value)| name.len() + value.len() + VALUE).sum::<usize>()
        };
        2 * VALUE
            + match self {
                Observed::Message(Message { value, raw }) => both(raw.len(), value),
                Observed::Garbled { raw, why } => raw.len() + why.len(),
                Observed::Status { headers, body, .. } => size(body) + all(headers),
                Observed::Dialled { url, headers } => url.len() + all(headers),
                Observed::Asked { method, url, headers, body } => method.len() + url.len() + size(body) + all(headers),
                Observed::Event { event, id, data } => event.len() + id.as_ref().map_or(0, String::len) + data.len(),
                Observed::Close { reason, .. } => reason.len(),
                Observed::End { how } => how.len(),
            }
    }
}

/// Whether there is nothing in the body of a request or of an answer.
pub(crate) fn is_empty(body: &Value) -> bool {
    body.is_null() || body == ""
}

/// How many bytes of memory a value takes, about.
pub(crate) fn size(value: &Value) -> usize {
    VALUE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(size).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| VALUE + key.len() + size(value)).sum(),
        }
}
