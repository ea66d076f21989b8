//! The native dialect.

use super::{Input, Parsed, SYNTAX};
use crate::source::Diagnostic;

/// Reads one native diagram.
pub(super) fn parse(input: Input<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    Err(vec![Diagnostic::error(SYNTAX, "the native dialect is not read yet").at(input.whole(), "")])
}
