use super::editing::Op;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// What the server says. Members are serialised in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message on a connection.
    Connected {
        /// The user id.
        user: Arc<str>,
    },
    /// Answer to `ping`.
    Pong {
        /// What the ping held.
        nonce: Value,
    },
    /// Nothing but a sign of life.
    Heartbeat,
    /// Answer to `auth`.
    AuthOk,
    /// Answer to `auth`.
    AuthFailed,
    /// A user entered a room.
    Joined {
        /// Who.
        user: Arc<str>,
        /// Where.
        room: Arc<str>,
    },
    /// A user left a room, or the connection ended.
    Left {
        /// Who.
        user: Arc<str>,
        /// Where; none where the connection ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<Arc<str>>,
    },
    /// A message to a room.
    Message {
        /// Its id.
        id: u64,
        /// The display name of its author.
        from: Arc<str>,
        /// Where.
        room: Arc<str>,
        /// What.
        text: Arc<str>,
    },
    /// A message to one user.
    Direct {
        /// Its id.
        id: u64,
        /// The display name of its author.
        from: Arc<str>,
        /// What.
        text: Arc<str>,
    },
    /// A burst of typing begins or ends.
    Typing {
        /// Who.
        user: Arc<str>,
        /// Where.
        room: Arc<str>,
        /// Which.
        state: TypingState,
    },
    /// Somebody read a message.
    Read {
        /// Who.
        user: Arc<str>,
        /// Which message.
        id: u64,
    },
    /// Answer to `open`.
    Document {
        /// Which.
        doc: Arc<str>,
        /// Its revision.
        rev: u64,
        /// Its text at that revision.
        text: Arc<str>,
    },
    /// Answer to `edit`.
    EditAck {
        /// Which document.
        doc: Arc<str>,
        /// The revision that the edit made.
        rev: u64,
        /// The edit as it was applied.
        op: Op,
    },
    /// Somebody else edited.
    Edited {
        /// Which document.
        doc: Arc<str>,
        /// The revision that the edit made.
        rev: u64,
        /// Who.
        user: Arc<str>,
        /// The edit as it was applied.
        op: Op,
    },
    /// The request had no effect.
    Error {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        reason: Arc<str>,
    },
}

impl ServerMessage {
    /// As JSON text.
    pub fn text(&self) -> String {
        // Serialising to a string fails only where a map has keys that are no strings: there is none.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many bytes its texts take.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            ServerMessage::Pong { nonce } => nonce.to_string().len(),
            ServerMessage::Heartbeat | ServerMessage::AuthOk | ServerMessage::AuthFailed => 0,
            ServerMessage::Connected { user } | ServerMessage::Read { user, .. } => user.len(),
            ServerMessage::Joined { user, room } | ServerMessage::Typing { user, room, .. } => user.len() + room.len(),
            ServerMessage::Left { user, room } => user.len() + room.as_ref().map_or(0, |room| room.len()),
            ServerMessage::Message { from, room, text, .. } => from.len() + room.len() + text.len(),
            ServerMessage::Direct { from, text, .. } => from.len() + text.len(),
            ServerMessage::Document { doc, text, .. } => doc.len() + text.len(),
            ServerMessage::EditAck { doc, op, .. } => doc.len() + op.text_bytes(),
            ServerMessage::Edited { doc, user, op, .. } => doc.len() + user.len() + op.text_bytes(),
            ServerMessage::Error { reason, .. } => reason.len(),
        }
    }

    /// As a JSON value, for those who change it.
    pub fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Whether a burst of typing begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypingState {
    /// It begins, or goes on.
    Start,
    /// It ends.
    Stop,
}

/// Why a request had no effect, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Authentication is required and not done.
    NotAuthenticated,
    /// No JSON, or no object.
    BadJson,
    /// A member is missing or of the wrong kind or range.
    BadField,
    /// No request of this type.
    UnknownType,
    /// Nobody of this id is connected.
    NoSuchUser,
    /// No message of this id was delivered to this user.
    NoSuchMessage,
    /// The user is not in the room.
    NotAMember,
    /// The edit names a revision of the future.
    StaleRevision,
}

/// A request that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why, for people.
    pub reason: Arc<str>,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, reason: impl Into<Arc<str>>) -> Self {
        Refusal { code, reason: reason.into() }
    }

    pub(super) fn field(name: &str, want: &str) -> Self {
        Self::new(ErrorCode::BadField, format!("`{name}` must be {want}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl From<Refusal> for ServerMessage {
    fn from(refusal: Refusal) -> Self {
        ServerMessage::Error { code: refusal.code, reason: refusal.reason }
    }
}
