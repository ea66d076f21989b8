use std::collections::BTreeMap;
use std::sync::Arc;

/// Which source a span belongs to: an index into [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text that the offsets are about.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        Self { source, start: clamp(start), end: clamp(end) }
    }

    /// The smallest range that holds both; both must be of one source.
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range that slices the text of its source.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

// Sources are limited to far less than 4 GiB (the parser's limit is 16 MiB), so this never cuts in practice.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A position as people count: both from 1; columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
}

/// One text and its name.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Byte offset at which each line starts; the first is 0.
    line_starts: Arc<[u32]>,
    /// Texts of files beside it that it includes, by their path from its folder; none where none were looked for.
    beside: Option<Arc<BTreeMap<String, Arc<str>>>>,
}

impl Source {
    /// A text under the name that messages show: a path as the user wrote it, or `<stdin>`.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| clamp(at + 1)));
        Self { name: name.into(), text, line_starts: line_starts.into(), beside: None }
    }

    /// The same with the texts that it includes, by their path from its folder.
    #[must_use]
    pub fn with_beside(self, beside: BTreeMap<String, Arc<str>>) -> Self {
        Self { beside: Some(beside.into()), ..self }
    }

    /// The texts that it includes, by their path from its folder; none where none were looked for.
    pub fn beside(&self) -> Option<&BTreeMap<String, Arc<str>>> {
        self.beside.as_deref()
    }

    /// The name that messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> LineColumn {
        let line = self.line_index(offset);
        let start = self.line_starts[line] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let column = self.text.get(start..end).map_or(0, |before| before.chars().count());
        LineColumn { line: clamp(line + 1), column: clamp(column + 1) }
    }

    /// Line of a byte offset, from 1.
    pub fn line_of(&self, offset: u32) -> u32 {
        clamp(self.line_index(offset) + 1)
    }

    /// The text of a line (from 1) without its line end; empty where there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let Some(index) = (line as usize).checked_sub(1).filter(|&index| index < self.line_starts.len()) else {
            return "";
        };
        let start = self.line_starts[index] as usize;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |&next| next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// How many lines there are; an empty text has one.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    fn line_index(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|&start| start <= offset) - 1
    }
}

/// Every text of a run, so that a span finds its own.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a text in and says under which id.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.0.push(source);
        SourceId(clamp(self.0.len() - 1))
    }

    /// The text of an id that [`Sources::add`] gave.
    ///
    /// # Panics
    /// Where the id comes from another collection: a bug of the caller.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// Line and column at which a span starts.
    pub fn position(&self, span: Span) -> LineColumn {
        self.get(span.source).position(span.start)
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).text().get(span.range()).unwrap_or("")
    }

    /// All, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.0.iter().enumerate().map(|(index, source)| (SourceId(clamp(index)), source))
    }
}
