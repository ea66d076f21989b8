//! Codecs: from the messages of a connection to values, and back. One file each.
//!
//! A codec may keep a state for its connection, may make several messages of one frame, and may answer by itself what
//! its protocol demands.

mod bounds;
mod bytes;
mod cbor;
mod command;
mod irc;
mod json;
mod json_lines;
mod jsonrpc;
mod lines;
mod mqtt;
mod msgpack;
mod nats;
mod resp;
#[cfg(test)]
mod sides;
mod socketio;
mod stomp;
#[cfg(test)]
mod tests;
mod text;
mod unread;
mod xml;

pub use command::{Host, Over};

use crate::framing::Framing;
use crate::wire::Raw;
use serde_json::Value;
use std::sync::Arc;

/// A JSON text from outside as a value, within what one frame may hold.
pub(crate) fn read_json(text: &str) -> Option<Value> {
    bounds::json(text).ok()
}

/// How frames are read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// One that is built in.
    Named(NamedCodec),
    /// A program beside this one: `{ command = ["python3", "codec.py"] }`.
    Command(Arc<[String]>),
}

/// A codec that is built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamedCodec {
    /// A text message is one JSON value.
    #[default]
    Json,
    /// A text message is JSON values, one a line.
    JsonLines,
    /// JSON-RPC 2.0.
    JsonRpc,
    /// A text message is a string.
    Text,
    /// A text message is strings, one a line.
    Lines,
    /// IRC.
    Irc,
    /// STOMP.
    Stomp,
    /// XML elements.
    Xml,
    /// Socket.IO.
    SocketIo,
    /// NATS.
    Nats,
    /// MQTT 3.1.1.
    Mqtt,
    /// RESP, the protocol of Redis.
    Resp,
    /// MessagePack.
    MsgPack,
    /// CBOR.
    Cbor,
    /// Bytes.
    Bytes,
}

impl NamedCodec {
    /// All with their names and what they are for.
    pub const ALL: [(NamedCodec, &'static str, &'static str); 15] = [
        (NamedCodec::Json, "json", "a text message is one JSON value"),
        (NamedCodec::JsonLines, "json-lines", "a text message is JSON values, one per line"),
        (NamedCodec::JsonRpc, "jsonrpc", "JSON-RPC 2.0: requests, notifications, and answers with their requests"),
        (NamedCodec::Text, "text", "a text message is a string"),
        (NamedCodec::Lines, "lines", "a text message is strings, one per line"),
        (NamedCodec::Irc, "irc", "IRC lines with tags: { prefix, nick, command, params }"),
        (NamedCodec::Stomp, "stomp", "STOMP 1.2 frames: { command, headers, body }"),
        (NamedCodec::Xml, "xml", "a text message is one XML element, as a tree"),
        (NamedCodec::SocketIo, "socketio", "Socket.IO events and acknowledgements over Engine.IO"),
        (NamedCodec::Nats, "nats", "operations of the NATS client protocol: { op, subject, payload }"),
        (NamedCodec::Mqtt, "mqtt", "MQTT 3.1.1 packets: { packet, topic, payload }"),
        (NamedCodec::Resp, "resp", "RESP, the protocol of Redis: lists of words, and their answers"),
        (NamedCodec::MsgPack, "msgpack", "a binary message is one MessagePack value"),
        (NamedCodec::Cbor, "cbor", "a binary message is one CBOR item"),
        (NamedCodec::Bytes, "bytes", "a binary message is bytes"),
    ];

    /// Where its messages end on a plain stream of bytes, where the protocol says so; else a binding has to.
    pub fn framing(self) -> Option<Framing> {
        match self {
            NamedCodec::Json | NamedCodec::JsonLines | NamedCodec::JsonRpc => Some(Framing::Lines),
            NamedCodec::Text | NamedCodec::Lines => Some(Framing::Lines),
            NamedCodec::Irc => Some(Framing::Crlf),
            NamedCodec::Stomp | NamedCodec::Nats | NamedCodec::Mqtt | NamedCodec::Resp => Some(Framing::Unframed),
            NamedCodec::Xml | NamedCodec::SocketIo | NamedCodec::MsgPack | NamedCodec::Cbor | NamedCodec::Bytes => None,
        }
    }

    /// Whether it reads texts, where nothing else tells texts from bytes.
    fn reads_text(self) -> bool {
        match self {
            NamedCodec::Json | NamedCodec::JsonLines | NamedCodec::Text | NamedCodec::Lines | NamedCodec::Irc => true,
            NamedCodec::Xml | NamedCodec::SocketIo | NamedCodec::JsonRpc => true,
            NamedCodec::Stomp | NamedCodec::Nats | NamedCodec::Mqtt | NamedCodec::Resp => false,
            NamedCodec::MsgPack | NamedCodec::Cbor | NamedCodec::Bytes => false,
        }
    }

    /// The name that binding files write.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(codec, _, _)| codec == self).map_or("json", |(_, word, _)| word)
    }
}

/// For whom a codec works.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The client: its participant's id.
    pub own: String,
    /// The participant at the other end.
    pub peer: String,
    /// `{run}`
    pub run: String,
    /// On which side of the connection it works.
    pub side: Side,
}

/// A side of a connection: of many protocols each says what the other never does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// That which dials: it reads what servers say, and writes what clients do.
    #[default]
    Client,
    /// That which is dialled.
    Server,
}

impl Side {
    /// The word that programs are told.
    fn word(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }
}

/// A part of a frame that a codec has read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::wire) enum Part {
    /// A message: its meaning, and its bytes where they are not the whole frame.
    Message(Value, Option<Raw>),
    /// A message of several in its frame that cannot be read: why, and its bytes.
    Unread(String, Raw),
    /// Something that the protocol demands in answer.
    Answer(Raw),
}

/// One connection's side of a codec.
pub(in crate::wire) trait Coding: Send {
    /// Reads a frame; the error says why it cannot be read.
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String>;
    /// Writes a message; the error says why it cannot be written.
    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String>;
    /// How many bytes have come of a message that is not whole.
    fn begun(&self) -> usize {
        0
    }
    /// Whether the error of [`decode`](Self::decode) was the codec's own: it cannot read anything any more, and nothing
    /// is said of the frame.
    fn is_broken(&self) -> bool {
        false
    }
}

impl Codec {
    /// For a new connection.
    pub(in crate::wire) fn begin(&self, host: &Host, about: About) -> Box<dyn Coding> {
        match self {
            Codec::Named(NamedCodec::Json) => Box::new(json::Json),
            Codec::Named(NamedCodec::JsonLines) => Box::new(json_lines::JsonLines),
            Codec::Named(NamedCodec::JsonRpc) => Box::new(jsonrpc::JsonRpc::default()),
            Codec::Named(NamedCodec::Text) => Box::new(text::Text),
            Codec::Named(NamedCodec::Lines) => Box::new(lines::Lines),
            Codec::Named(NamedCodec::Irc) => Box::new(irc::Irc),
            Codec::Named(NamedCodec::Stomp) => Box::new(stomp::Stomp::default()),
            Codec::Named(NamedCodec::Xml) => Box::new(xml::Xml),
            Codec::Named(NamedCodec::SocketIo) => Box::new(socketio::SocketIo::at(about.side)),
            Codec::Named(NamedCodec::Nats) => Box::new(nats::Nats::at(about.side)),
            Codec::Named(NamedCodec::Mqtt) => Box::new(mqtt::Mqtt::at(about.side)),
            Codec::Named(NamedCodec::Resp) => Box::new(resp::Resp::at(about.side)),
            Codec::Named(NamedCodec::MsgPack) => Box::new(msgpack::MsgPack),
            Codec::Named(NamedCodec::Cbor) => Box::new(cbor::CborCoding),
            Codec::Named(NamedCodec::Bytes) => Box::new(bytes::Bytes),
            Codec::Command(words) => Box::new(command::Command::new(words.clone(), host.clone(), about)),
        }
    }

    /// Where its messages end on a plain stream of bytes, where it says so; what a program reads comes as it comes.
    pub(in crate::wire) fn framing(&self) -> Option<Framing> {
        match self {
            Codec::Named(named) => named.framing(),
            Codec::Command(_) => Some(Framing::Unframed),
        }
    }

    /// Whether it reads texts, where nothing else tells texts from bytes.
    pub(in crate::wire) fn reads_text(&self, framing: Framing) -> bool {
        match self {
            Codec::Named(named) => named.reads_text(),
            // A part of a stream may end within a letter.
            Codec::Command(_) => framing != Framing::Unframed,
        }
    }

    /// The name that messages show.
    pub fn word(&self) -> &str {
        match self {
            Codec::Named(named) => named.word(),
            Codec::Command(words) => words.first().map_or("command", String::as_str),
        }
    }
}

impl Default for Codec {
    fn default() -> Self {
        Codec::Named(NamedCodec::default())
    }
}

/// The text of a text message.
fn text_of(raw: &Raw) -> Result<&Arc<str>, String> {
    match raw {
        Raw::Text(text) => Ok(text),
        Raw::Binary(_) => Err("a binary message instead of a text message".to_owned()),
    }
}

/// The bytes of a binary message.
fn binary_of(raw: &Raw) -> Result<&Arc<[u8]>, String> {
    match raw {
        Raw::Binary(bytes) => Ok(bytes),
        Raw::Text(_) => Err("a text message instead of a binary message".to_owned()),
    }
}

/// The text of a message, whether it came as text or as bytes that are UTF-8.
fn text_or_utf8(raw: &Raw) -> Result<std::borrow::Cow<'_, str>, String> {
    match raw {
        Raw::Text(text) => Ok((&**text).into()),
        Raw::Binary(bytes) => {
            std::str::from_utf8(bytes).map(Into::into).map_err(|_| "bytes that are not UTF-8".to_owned())
        }
    }
}
