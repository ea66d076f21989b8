//! One statement, and the places in it.

use super::grammar::{Pair, Rule, find};
use super::text::{escape_raw, odd_entities, read_text, settings};
use crate::diagram::Item;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Input, SYNTAX};

/// The text from a statement on: up to the `;` that ends it, or the end of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement<'a> {
    pub input: Input<'a>,
    pub text: &'a str,
    /// Where it begins in the text of the diagram.
    pub start: usize,
}

/// A text that a statement holds.
pub(super) struct Text {
    pub text: String,
    /// `wrap` or `nowrap`.
    pub wrap: Option<&'static str>,
    /// Where it stands, trimmed.
    pub at: Span,
    /// Where that is in the text of the diagram.
    pub start: usize,
}

impl<'a> Statement<'a> {
    /// The place of these bytes.
    pub fn span(&self, start: usize, end: usize) -> Span {
        self.input.span(self.start + start, self.start + end)
    }

    /// The place of a piece, less the blanks around it.
    pub fn place(&self, pair: &Pair<'_>) -> Span {
        let (text, start) = (pair.as_str(), pair.as_span().start());
        let lead = text.len() - text.trim_start().len();
        self.span(start + lead, start + lead + text.trim().len())
    }

    /// The place of the statement up to the end of this piece.
    pub fn whole(&self, pair: &Pair<'_>) -> Span {
        let text = pair.as_str();
        let text = text.strip_suffix(';').unwrap_or(text);
        self.span(0, pair.as_span().start() + text.trim_end().len())
    }

    /// The place of all of it.
    pub fn all(&self) -> Span {
        self.span(0, self.text.trim_end().len())
    }

    /// The `text` in a piece, directly or behind a colon; empty, and at the end of the piece, where there is none.
    pub fn text_of(&self, pair: &Pair<'_>, builder: &mut Builder) -> Text {
        let inner = find(pair, Rule::tail).map_or_else(|| find(pair, Rule::text), |tail| find(&tail, Rule::text));
        let Some(inner) = inner else {
            let end = self.whole(pair).end;
            let at = Span { start: end, ..self.whole(pair) };
            return Text { text: String::new(), wrap: None, at, start: self.start + pair.as_span().end() };
        };
        let (raw, start) = (inner.as_str(), inner.as_span().start());
        let settings: Vec<_> = settings(raw).collect();
        let mut kept = String::new();
        let mut done = 0;
        for (setting, closed) in &settings {
            let at = self.span(start + setting.start, start + setting.end);
            if *closed {
                kept.push_str(&raw[done..setting.start]);
                done = setting.end;
                builder.push(Item::Style(raw[setting.clone()].to_owned(), at));
            } else {
                let error = Diagnostic::error(SYNTAX, "this `%%{` is not closed on its line").at(at, "");
                let error = error.with_help("close it with `}%%`");
                builder.problem(error.with_help("if it is text, write: #37;%{"));
            }
        }
        kept.push_str(&raw[done..]);
        let inside = |at: usize| {
            let behind = settings.partition_point(|(setting, _)| setting.start <= at);
            settings[..behind].last().is_some_and(|(setting, _)| setting.contains(&at))
        };
        for (at, entity) in odd_entities(raw).filter(|(at, _)| !inside(*at)) {
            builder.problem(odd_entity(entity, self.span(start + at, start + at + entity.len())));
        }
        if let Some(cut) = self.cut(&inner) {
            builder.problem(cut);
        }
        let (text, wrap) = read_text(&kept);
        let lead = raw.len() - raw.trim_start().len();
        Text { text, wrap, at: self.place(&inner), start: self.start + start + lead }
    }

    /// What is to be said where a text ends at a `#`.
    fn cut(&self, text: &Pair<'_>) -> Option<Diagnostic> {
        let end = text.as_span().end();
        let lost = self.input.text().get(self.start + end..).filter(|lost| lost.starts_with('#'))?;
        let lost = lost[..lost.find(['\n', '\r']).unwrap_or(lost.len())].trim_end();
        let escaped = escape_raw(lost);
        Some(
            Diagnostic::warning(SYNTAX, "Mermaid ends this text at the `#`")
                .at(self.span(end, end + lost.len()), "the rest is a comment, for Mermaid and for seqcheck")
                .with_help(format!("if it belongs to the text, write: {}{escaped}", text.as_str().trim_start()))
                .with_help("if it is a comment, write it on a separate line, after %%"),
        )
    }
}

fn odd_entity(entity: &str, at: Span) -> Diagnostic {
    let name = &entity[1..entity.len() - 1];
    Diagnostic::warning(SYNTAX, format!("`{entity}` is not a character that can be drawn"))
        .at(at, format!("Mermaid reads it as an entity and shows `&{name};`"))
        .with_help(format!("if it is text, write: #35;{name}#59;"))
        .with_help("an entity is a name of HTML, such as #quot;, or a decimal number, such as #9829;")
}
