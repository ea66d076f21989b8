//! Lines of a PlantUML text: comments taken out, continued lines joined, and every byte still with its place.

use super::expand::Expanded;
use super::frame::{self, is_marker};
use crate::source::Span;
use crate::syntax::{Input, TextLine};
use std::borrow::Cow;
use std::iter::Peekable;
use std::ops::Range;

/// What stands on the next line, or begins there.
#[derive(Debug)]
pub(super) enum Next<'a> {
    /// Nothing.
    Blank,
    /// `' text`, or `/' text '/` on one line or several: the text without its leader.
    Comment(String, Span),
    /// `'@ text`: the text behind the leader.
    Directive(String, Span),
    /// `/'` without `'/`: the rest of the text is a comment.
    OpenComment(Span),
    /// Anything else.
    Line(TextLine<'a>),
}

/// A statement: one line, or several that a backslash at their end joins.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// The text, trimmed.
    pub text: Cow<'a, str>,
    /// Where pieces of the text begin: in it, and in the source.
    pieces: Vec<(usize, usize)>,
    /// Where the text ends in the source.
    end: usize,
    /// The text is another than that of the source, which says nothing of places in it.
    made: bool,
    input: Input<'a>,
}

impl Line<'_> {
    /// The place of the bytes `range` of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        if self.made {
            let start = self.pieces.first().map_or(self.end, |(_, start)| *start);
            return Span::new(self.input.whole().source, start, self.end);
        }
        let source = |offset: usize, from_above: bool| {
            let piece = self.pieces.partition_point(|&(at, _)| if from_above { at <= offset } else { at < offset });
            let (at, start) = self.pieces.get(piece.max(1) - 1).copied().unwrap_or((0, 0));
            start + (offset - at)
        };
        let end = if range.end >= self.text.len() { self.end } else { source(range.end, false) };
        Span::new(self.input.whole().source, source(range.start, true), end)
    }

    /// Whether the text is another than that of the source.
    pub fn is_made(&self) -> bool {
        self.made
    }

    /// The whole statement.
    pub fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }
}

/// Reads a text line by line.
pub(super) struct Lines<'a> {
    input: Input<'a>,
    lines: Peekable<Box<dyn Iterator<Item = TextLine<'a>> + 'a>>,
    /// What follows `'/` on its line.
    rest: Option<TextLine<'a>>,
    /// The comment at the end of a statement's line, which follows it.
    behind: Option<Next<'a>>,
}

impl<'a> Lines<'a> {
    /// The lines of this text from the byte `from` of the source on.
    pub fn new(input: Input<'a>, from: usize, expanded: &'a Expanded) -> Self {
        let lines = frame::lines(input).skip_while(move |line| line.start < from);
        let lines = lines.flat_map(move |line| {
            let instead = expanded.instead(line.start);
            let made = instead.unwrap_or_default().iter().map(move |raw| {
                let text = raw.trim_start();
                TextLine { text: text.trim_end(), indent: raw.len() - text.len(), raw, ..line }
            });
            instead.is_none().then_some(line).into_iter().chain(made)
        });
        let lines: Box<dyn Iterator<Item = TextLine<'a>> + 'a> = Box::new(lines);
        Self { input, lines: lines.peekable(), rest: None, behind: None }
    }

    /// The next line, comment, or blank line; none at the end of the text.
    pub fn next(&mut self) -> Option<Next<'a>> {
        if let Some(comment) = self.behind.take() {
            return Some(comment);
        }
        let line = match self.rest.take() {
            Some(rest) => rest,
            None => self.lines.next()?,
        };
        if line.text.is_empty() {
            return Some(Next::Blank);
        }
        if let Some(text) = line.text.strip_prefix('\'') {
            let at = self.input.line_span(line);
            return Some(match text.strip_prefix('@') {
                Some(directive) => Next::Directive(directive.to_owned(), at),
                None => Next::Comment(text.to_owned(), at),
            });
        }
        match line.text.strip_prefix("/'") {
            Some(text) => Some(self.block_comment(line, text)),
            None => Some(Next::Line(line)),
        }
    }

    /// A comment from `/'` to `'/`; what stands behind it is the next line.
    fn block_comment(&mut self, first: TextLine<'a>, behind: &'a str) -> Next<'a> {
        let mut comment = String::new();
        let (mut line, mut text) = (first, behind);
        loop {
            if let Some(at) = text.find("'/") {
                comment.push_str(text[..at].trim_end());
                let after = &text[at + 2..];
                let start = line.start + line.text.len() - after.len();
                let trimmed = after.trim_start();
                if !trimmed.is_empty() {
                    let indent = after.len() - trimmed.len();
                    self.rest = Some(TextLine { text: trimmed, start: start + indent, indent, raw: after });
                }
                let end = if self.input.is_made(line) { self.input.line_span(line).range().end } else { start };
                return Next::Comment(comment, Span::new(self.input.whole().source, first.start, end));
            }
            comment.push_str(text.trim_end());
            comment.push('\n');
            match self.lines.next() {
                Some(next) => (line, text) = (next, next.text),
                None => return Next::OpenComment(self.input.line_span(first)),
            }
        }
    }

    /// The statement that begins with this line, which [`Lines::next`] gave.
    pub fn statement(&mut self, first: TextLine<'a>) -> Line<'a> {
        let first = self.without_comment(first);
        let end = self.input.line_span(first).range().end;
        let made = self.input.is_made(first);
        let pieces = vec![(0, first.start)];
        let mut line = Line { text: Cow::Borrowed(first.text), pieces, end, made, input: self.input };
        if !continued(first.raw) {
            return line;
        }
        let mut joined = first.text.to_owned();
        let mut more = true;
        while more {
            let next = self.lines.next_if(|next| !is_marker(next.text));
            joined.pop();
            let Some(next) = next else { break };
            line.pieces.push((joined.len(), next.start - next.indent));
            joined.push_str(next.raw);
            more = continued(next.raw);
            line.made |= self.input.is_made(next);
            line.end = self.input.line_span(next).range().end;
        }
        joined.truncate(joined.trim_end().len());
        line.text = Cow::Owned(joined);
        line
    }

    /// A line without the `/' … '/` at its end; in the middle of a line that is text.
    fn without_comment(&mut self, line: TextLine<'a>) -> TextLine<'a> {
        let found = line.text.strip_suffix("'/").and_then(|text| Some((text.rfind("/'")?, text)));
        let Some((at, text)) = found.filter(|(at, _)| *at > 0) else { return line };
        let place = self.input.piece(line, at..line.text.len());
        let comment = text[at + 2..].trim_end();
        // An empty one says nothing: it lets what stands before it end as a comment does.
        self.behind = (!comment.is_empty()).then(|| Next::Comment(comment.to_owned(), place));
        let text = line.text[..at].trim_end();
        TextLine { text, raw: text, ..line }
    }

    /// The next line as it stands.
    pub fn peek(&mut self) -> Option<TextLine<'a>> {
        self.lines.peek().copied()
    }
}

/// A backslash at the very end joins the next line.
fn continued(raw: &str) -> bool {
    raw.ends_with('\\')
}

/// Whether a text begins so, in any letter case (of ASCII).
pub(super) fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
