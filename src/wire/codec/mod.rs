//! Codecs: from the messages of a connection to values, and back. One file each.
//!
//! A codec may keep a state for its connection, may make several messages of one frame, and may answer by itself what
//! its protocol demands.

mod json;
mod json_lines;
mod lines;
mod text;

use crate::wire::Raw;
use serde_json::Value;
use std::sync::Arc;

/// How frames are read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// One that is built in.
    Named(NamedCodec),
}

/// A codec that is built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamedCodec {
    /// A text message is one JSON value.
    #[default]
    Json,
    /// A text message is JSON values, one a line.
    JsonLines,
    /// A text message is a string.
    Text,
    /// A text message is strings, one a line.
    Lines,
}

impl NamedCodec {
    /// All with their names and what they are for.
    pub const ALL: [(NamedCodec, &'static str, &'static str); 4] = [
        (NamedCodec::Json, "json", "a text message is one JSON value"),
        (NamedCodec::JsonLines, "json-lines", "a text message is JSON values, one a line"),
        (NamedCodec::Text, "text", "a text message is a string"),
        (NamedCodec::Lines, "lines", "a text message is strings, one a line"),
    ];

    /// The name that binding files write.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(codec, _, _)| codec == self).map_or("json", |(_, word, _)| word)
    }
}

/// A part of a frame that a codec has read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::wire) enum Part {
    /// A message: its meaning, and its bytes where they are not the whole frame.
    Message(Value, Option<Raw>),
    /// Something that the protocol demands in answer.
    #[allow(dead_code, reason = "the codecs that answer by themselves come next")]
    Answer(Raw),
}

/// One connection's side of a codec.
pub(in crate::wire) trait Coding: Send {
    /// Reads a frame; the error says why it cannot be read.
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String>;
    /// Writes a message; the error says why it cannot be written.
    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String>;
}

impl Codec {
    /// For a new connection.
    pub(in crate::wire) fn begin(&self) -> Box<dyn Coding> {
        match self {
            Codec::Named(NamedCodec::Json) => Box::new(json::Json),
            Codec::Named(NamedCodec::JsonLines) => Box::new(json_lines::JsonLines),
            Codec::Named(NamedCodec::Text) => Box::new(text::Text),
            Codec::Named(NamedCodec::Lines) => Box::new(lines::Lines),
        }
    }

    /// The name that messages show.
    pub fn word(&self) -> &str {
        match self {
            Codec::Named(named) => named.word(),
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
        Raw::Binary(_) => Err("a binary message where a text message is wanted".to_owned()),
    }
}
