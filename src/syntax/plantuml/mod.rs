//! PlantUML's sequence diagrams.

use super::{Input, Parsed, SYNTAX};
use crate::source::Diagnostic;
use std::ops::Range;

/// Reads one PlantUML diagram.
pub(super) fn parse(input: Input<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    Err(vec![Diagnostic::error(SYNTAX, "PlantUML is not read yet").at(input.whole(), "")])
}

/// The parts of a file from `@startuml` to `@enduml`.
pub(super) fn parts(text: &str) -> Vec<Range<usize>> {
    std::iter::once(0..text.len()).collect()
}
