//! Mermaid's `sequenceDiagram`.

use super::{Input, Parsed, SYNTAX};
use crate::source::Diagnostic;

/// Reads one Mermaid diagram.
pub(super) fn parse(input: Input<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    Err(vec![Diagnostic::error(SYNTAX, "Mermaid is not read yet").at(input.whole(), "")])
}
