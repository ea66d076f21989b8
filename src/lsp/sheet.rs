//! An open text with what is known of it: what every answer is made of.

use super::diagnostics;
use super::host::{Look, Piece};
use super::lines::Lines;
use super::protocol::{Position, Range};
use crate::diagram::{Arrow, Item, arrows, every};
use crate::source::Span;
use serde_json::{Value, json};
use std::path::Path;

/// An open text with what is known of it.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// Its URI.
    pub uri: &'a str,
    /// The text.
    pub text: &'a str,
    /// Where its lines begin.
    pub lines: &'a Lines,
    /// What is known of it.
    pub look: &'a Look,
    /// Where relative names begin.
    pub folder: &'a Path,
}

impl<'a> Sheet<'a> {
    /// The byte of a place.
    pub fn offset(&self, position: Position) -> usize {
        self.lines.offset(self.text, position)
    }

    /// The places of some bytes.
    pub fn range(&self, bytes: std::ops::Range<usize>) -> Range {
        self.lines.range(self.text, bytes)
    }

    /// The text of a span of it.
    pub fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The part of a line before a place, and where it begins.
    pub fn before(&self, offset: usize) -> (usize, &'a str) {
        let start = self.text[..offset].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        (start, &self.text[start..offset])
    }

    /// A span as a location; none where it is in no file.
    pub fn location(&self, span: Span) -> Option<Value> {
        let (uri, range) = if self.look.is_own(span) {
            (self.uri.to_owned(), self.range(span.range()))
        } else {
            diagnostics::location(span, self.look, self.lines, self.folder)?
        };
        Some(json!({ "uri": uri, "range": range }))
    }

    /// The diagrams, each with its own statements that have a place in this text.
    pub fn items(&self, piece: &'a Piece) -> impl Iterator<Item = (&'a Item, Span)> {
        let look = self.look;
        every(&piece.diagram.body)
            .filter_map(|item| Some((item, item.span()?)))
            .filter(move |(_, span)| look.is_own(*span) && span.end > span.start)
    }

    /// The arrow at a place.
    pub fn arrow_at(&self, piece: &'a Piece, offset: usize) -> Option<&'a Arrow> {
        let at = |span: Span| self.look.is_own(span) && (span.range().start..=span.range().end).contains(&offset);
        arrows(&piece.diagram.body).find(|arrow| at(arrow.span) && !arrow.drawn.implied)
    }
}
