//! How fixes are written: in the dialect of the diagram.

use crate::order::Arrow;
use crate::source::{Edit, Sources, Span};

/// The dialect in which text is put into a diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// `A->B: text`
    #[default]
    Native,
    /// `A->>B: text`
    Mermaid,
    /// `A -> B : text`
    PlantUml,
}

impl Hand {
    /// A directive.
    pub fn directive(self, words: &str) -> String {
        match self {
            Hand::Native => format!("#@ {words}"),
            Hand::Mermaid => format!("%%@ {words}"),
            Hand::PlantUml => format!("'@ {words}"),
        }
    }

    /// A comment.
    pub fn comment(self, words: &str) -> String {
        match self {
            Hand::Native => format!("# {words}"),
            Hand::Mermaid => format!("%% {words}"),
            Hand::PlantUml => format!("' {words}"),
        }
    }

    /// An arrow.
    pub fn arrow(self, from: &str, to: &str, label: &str) -> String {
        match self {
            Hand::Native => format!("{from}->{to}: {label}"),
            Hand::Mermaid => format!("{from}->>{to}: {label}"),
            Hand::PlantUml => format!("{from} -> {to} : {label}"),
        }
    }

    /// What parts the operands of a `par`.
    pub fn and(self) -> &'static str {
        match self {
            Hand::Native | Hand::Mermaid => "and",
            Hand::PlantUml => "else",
        }
    }
}

/// Where the line of a place begins, and its indentation.
fn line_of(sources: &Sources, span: Span) -> (usize, String) {
    let text = sources.get(span.source).text();
    let start = text.get(..span.range().start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let indent = text.get(start..).unwrap_or_default();
    let indent = indent.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
    (start, indent)
}

/// How lines end: as the first one does.
fn ending(sources: &Sources, span: Span) -> &'static str {
    let first = sources.get(span.source).text().split_inclusive('\n').next();
    if first.is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" }
}

/// Lines above the line of a place, indented like it.
pub(super) fn above(sources: &Sources, span: Span, lines: &[String]) -> Edit {
    let (start, indent) = line_of(sources, span);
    let end = ending(sources, span);
    let text = lines.iter().map(|line| if line.is_empty() { end.to_owned() } else { format!("{indent}{line}{end}") });
    Edit { span: Span::new(span.source, start, start), text: text.collect() }
}

/// Lines below the line of a place, indented like its beginning.
pub(super) fn below(sources: &Sources, span: Span, lines: &[String]) -> Edit {
    let (_, indent) = line_of(sources, span);
    let end = ending(sources, span);
    let text = sources.get(span.source).text();
    let after = text.get(span.range().end..).and_then(|rest| rest.find('\n')).map(|at| span.range().end + at + 1);
    let lines = lines.iter().map(|line| if line.is_empty() { end.to_owned() } else { format!("{indent}{line}{end}") });
    match after {
        Some(at) => Edit { span: Span::new(span.source, at, at), text: lines.collect() },
        // The last line of the text has no end of its own.
        None => {
            let text: String = lines.collect();
            let text = format!("{end}{}", text.trim_end_matches(['\r', '\n']));
            let at = sources.get(span.source).text().len();
            Edit { span: Span::new(span.source, at, at), text }
        }
    }
}

/// Whether an arrow has a line of its own, so that lines can be put above and below it.
pub(super) fn own_line(sources: &Sources, arrow: &Arrow) -> bool {
    let (start, indent) = line_of(sources, arrow.span);
    start + indent.len() == arrow.span.range().start && {
        let rest = sources.get(arrow.span.source).text().get(arrow.span.range().end..).unwrap_or_default();
        rest.lines().next().unwrap_or_default().trim().is_empty()
    }
}
