//! `@startuml … @enduml`: where a diagram begins and ends.

use super::OTHER_KIND;
use super::lines::{is_marker, starts_with};
use crate::source::{Diagnostic, Span};
use crate::syntax::Input;
use std::ops::Range;

/// Where the statements of a diagram stand.
#[derive(Debug)]
pub(super) struct Frame {
    /// First byte behind the opening line, in the source.
    pub body: usize,
    /// The opening line, where there is one.
    pub started: Option<Span>,
    /// The name behind `@startuml`.
    pub name: Option<(String, Span)>,
}

/// What other `@start…` lines open.
const OTHERS: [(&str, &str); 20] = [
    ("mindmap", "a mind map"),
    ("gantt", "a Gantt chart"),
    ("wbs", "a work breakdown structure"),
    ("json", "a drawing of JSON data"),
    ("yaml", "a drawing of YAML data"),
    ("salt", "a mock-up of a user interface"),
    ("ditaa", "a ditaa drawing"),
    ("dot", "a Graphviz graph"),
    ("math", "a formula"),
    ("latex", "a formula"),
    ("ebnf", "a syntax diagram"),
    ("regex", "a drawing of a regular expression"),
    ("chronology", "a chronology"),
    ("chen", "an entity-relationship diagram"),
    ("board", "a board"),
    ("git", "a history of commits"),
    ("hcl", "a drawing of HCL data"),
    ("files", "a list of files"),
    ("project", "a Gantt chart"),
    ("creole", "a text"),
];

impl Frame {
    /// The first diagram of the text; the whole text where no line begins one.
    pub fn find(input: Input<'_>) -> Result<Self, Diagnostic> {
        let whole = input.whole();
        let Some(line) = input.lines().find(|line| starts_with(line.text, "@start")) else {
            return Ok(Self { body: whole.start as usize, started: None, name: None });
        };
        let at = input.line_span(line);
        let behind = &line.text["@start".len()..];
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        let (word, name) = behind.split_at(end);
        let word = word.to_ascii_lowercase();
        if word != "uml" {
            return Err(other(&word, at));
        }
        let name = name.trim();
        let name = (!name.is_empty()).then(|| (name.to_owned(), at));
        Ok(Self { body: line.start + line.text.len(), started: Some(at), name })
    }
}

fn other(word: &str, at: Span) -> Diagnostic {
    let what = OTHERS.iter().find(|(known, _)| *known == word).map_or("another kind of diagram", |(_, what)| what);
    Diagnostic::error(OTHER_KIND, format!("this is {what}, not a sequence diagram"))
        .at(at, format!("`@start{word}` says so"))
        .with_help("seqcheck reads sequence diagrams: from `@startuml` to `@enduml`")
}

/// The parts of a text from an `@start…` line to the `@end…` line that closes it; the whole where there is none.
pub(super) fn parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    let mut at = 0;
    for full in text.split_inclusive('\n') {
        let line = full.trim().trim_start_matches('\u{feff}');
        if is_marker(line) {
            let ends = starts_with(line, "@end");
            match begun.take() {
                Some(start) if ends => parts.push(start..at + full.trim_end().len()),
                // A diagram that is not closed ends where the next one begins.
                Some(start) => {
                    parts.push(start..at);
                    begun = Some(at);
                }
                None if ends => {}
                None => begun = Some(at),
            }
        }
        at += full.len();
    }
    parts.extend(begun.map(|start| start..text.len()));
    if parts.is_empty() { std::iter::once(0..text.len()).collect() } else { parts }
}
