//! The pieces of the protocol that are used. The crate with all of them had its last release in 2024, and is larger than the
//! rest of the server.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A place in a text: a line from 0, and in it units of UTF-16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The units before it in the line.
    pub character: u32,
}

/// From one place up to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// The first place.
    pub start: Position,
    /// The one behind the last.
    pub end: Position,
}

/// A text, by its name.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    /// Its URI.
    pub uri: String,
}

/// A text that is opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Its URI.
    pub uri: String,
    /// What the editor takes it for.
    #[serde(default)]
    pub language_id: String,
    /// Its version.
    #[serde(default)]
    pub version: i64,
    /// The whole text.
    pub text: String,
}

/// `textDocument/didOpen`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidOpen {
    /// The text.
    pub text_document: Opened,
}

/// A text in a version.
#[derive(Clone, Debug, Deserialize)]
pub struct Versioned {
    /// Its URI.
    pub uri: String,
    /// Its version; some editors leave it out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// One change of a text: of a range, or of the whole.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// What goes; none is everything.
    #[serde(default)]
    pub range: Option<Range>,
    /// What comes.
    pub text: String,
}

/// `textDocument/didChange`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidChange {
    /// The text.
    pub text_document: Versioned,
    /// The changes, each of what those before it have made.
    pub content_changes: Vec<Change>,
}

/// What is about a whole text: `textDocument/didClose`, `textDocument/foldingRange`, ….
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfDocument {
    /// The text.
    pub text_document: Document,
}

/// What is about a place in a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtPosition {
    /// The text.
    pub text_document: Document,
    /// The place.
    pub position: Position,
    /// The new name, of `textDocument/rename`.
    #[serde(default)]
    pub new_name: String,
    /// Of `textDocument/references`.
    #[serde(default)]
    pub context: Value,
}

/// What is about a range of a text: `textDocument/codeAction`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtRange {
    /// The text.
    pub text_document: Document,
    /// The range.
    pub range: Range,
}

/// `workspace/executeCommand`
#[derive(Clone, Debug, Deserialize)]
pub struct Execute {
    /// Its name.
    pub command: String,
    /// What it is about.
    #[serde(default)]
    pub arguments: Vec<Value>,
}
