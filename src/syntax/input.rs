use crate::source::{SourceId, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The text of one diagram, and where it stands in its source.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    text: &'a str,
    source: SourceId,
    offset: usize,
    /// Texts that it may include.
    beside: Option<&'a BTreeMap<String, Arc<str>>>,
}

/// One line without its line end and without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLine<'a> {
    /// The text, trimmed.
    pub text: &'a str,
    /// Byte offset of the trimmed text in the source.
    pub start: usize,
    /// How many bytes of white space stood before it.
    pub indent: usize,
    /// The line as it stands, without its line end.
    pub raw: &'a str,
}

impl<'a> Input<'a> {
    /// The bytes `range` of a whole text; none where the range does not lie in it or cuts a character.
    pub fn new(whole: &'a str, source: SourceId, range: Range<usize>) -> Option<Self> {
        let mut text = whole.get(range.clone())?;
        let mut offset = range.start;
        if let Some(after) = text.strip_prefix('\u{feff}') {
            offset += text.len() - after.len();
            text = after;
        }
        Some(Self { text, source, offset, beside: None })
    }

    /// A text that stands at this offset of its source, byte for byte.
    pub(super) fn part(text: &'a str, source: SourceId, offset: usize) -> Self {
        Self { text, source, offset, beside: None }
    }

    /// The same with the texts that it may include, by their path from its folder.
    pub(super) fn with_beside(self, beside: Option<&'a BTreeMap<String, Arc<str>>>) -> Self {
        Self { beside, ..self }
    }

    /// Whether it is read with what it includes; `fmt` reads a text by itself.
    pub(super) fn has_beside(self) -> bool {
        self.beside.is_some()
    }

    /// The text of a file that it includes.
    pub(super) fn beside(self, path: &str) -> Option<&'a str> {
        self.beside?.get(path).map(|text| &**text)
    }

    /// The text, without a byte order mark.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// The place of the bytes `start..end` of [`Input::text`].
    pub fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.offset + start, self.offset + end)
    }

    /// The place of the whole text.
    pub fn whole(self) -> Span {
        self.span(0, self.text.len())
    }

    /// The place of a line's trimmed text.
    pub fn line_span(self, line: TextLine<'_>) -> Span {
        if self.is_made(line) {
            let end = self.text.get(line.start - self.offset..).and_then(|rest| rest.lines().next());
            return Span::new(self.source, line.start, line.start + end.map_or(0, |line| line.trim_end().len()));
        }
        Span::new(self.source, line.start, line.start + line.text.len())
    }

    /// Whether a line is another text than that of the source: what a preprocessor has made of it.
    pub(super) fn is_made(self, line: TextLine<'_>) -> bool {
        let (own, whole) = (line.raw.as_ptr() as usize, self.text.as_bytes().as_ptr_range());
        !(whole.start as usize..=whole.end as usize).contains(&own)
    }

    /// The place of a piece of a line, given by its bytes in the line's trimmed text.
    pub fn piece(self, line: TextLine<'_>, piece: Range<usize>) -> Span {
        if self.is_made(line) {
            return self.line_span(line);
        }
        Span::new(self.source, line.start + piece.start, line.start + piece.end)
    }

    /// The lines, ended by LF or CRLF.
    pub fn lines(self) -> impl Iterator<Item = TextLine<'a>> + Clone {
        let mut at = self.offset;
        self.text.split_inclusive('\n').map(move |full| {
            let begin = at;
            at += full.len();
            let raw = full.strip_suffix('\n').unwrap_or(full);
            let raw = raw.strip_suffix('\r').unwrap_or(raw);
            let text = raw.trim_start();
            let indent = raw.len() - text.len();
            TextLine { text: text.trim_end(), start: begin + indent, indent, raw }
        })
    }
}
