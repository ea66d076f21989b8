//! What lint says, for other programs: JSON, annotations of GitHub workflows, SARIF 2.1.0.

mod github;
mod json;
mod sarif;

pub use github::github;
pub use json::json;
pub use sarif::sarif;

use crate::source::{Sources, Span};

/// A place: file, first line and column, last line and column behind it, all from 1.
fn place(span: Span, sources: &Sources) -> (String, [u32; 4]) {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.start), source.position(span.end));
    (source.name().to_owned(), [start.line, start.column, end.line, end.column])
}
