//! How much of everything one file may hold. Each limit has a name, and an error that says it.

use super::Input;
use crate::source::{Diagnostic, Span};

/// The code of diagnostics about limits.
pub const LIMIT: &str = "limit";
/// Bytes of one file: 16 MiB.
pub const FILE_BYTES: usize = 16 << 20;
/// Arrows of one diagram.
pub const ARROWS: usize = 100_000;
/// Blocks in one another.
pub const NESTING: usize = 64;
/// Bytes of one label, guard, title, or line of a note: 64 KiB.
pub const LABEL_BYTES: usize = 64 << 10;
/// Bytes of one line: a label and all that can stand before it.
pub const LINE_BYTES: usize = LABEL_BYTES + (8 << 10);
/// Lifelines of one diagram.
pub const PARTICIPANTS: usize = 10_000;
/// Problems that are reported of one file; the rest is counted.
pub const PROBLEMS: usize = 100;

/// The diagnostic of a limit that was reached.
pub fn exceeded(name: &str, limit: &str, at: Span, help: &str) -> Diagnostic {
    Diagnostic::error(LIMIT, format!("limit on {name} reached: {limit}")).at(at, "it is exceeded here").with_help(help)
}

/// How keys and certificates begin.
const KEY: &str = "-----BEGIN ";

/// Whether this is a file of settings (`.env`, INI): every line is `NAME = VALUE`, `NAME: VALUE`, a section or a comment,
/// and one at least has the sign `=`. A line with an arrow is none of these.
fn is_settings(text: &str) -> bool {
    let mut any = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with('[') && line.ends_with(']') {
            continue;
        }
        let Some((name, value)) = line.split_once(['=', ':']) else { return false };
        let name = name.trim_end().trim_start_matches("export ");
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if name.is_empty() || !name.chars().all(named) || value.starts_with('>') || value.contains("->") {
            return false;
        }
        any |= line.contains('=');
    }
    any
}

/// What no dialect looks at: a text that is too long, or none at all (a NUL byte is the mark of a binary file).
pub(super) fn refuse(input: Input<'_>) -> Option<Diagnostic> {
    let text = input.text();
    if text.len() > FILE_BYTES {
        let help = "split the diagram into several files";
        return Some(exceeded("the size of a diagram", "16 MiB", input.span(0, 0), help));
    }
    // A key under the name of a diagram: each line would be told as a fault.
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with(KEY) {
        let told = Diagnostic::error(super::SYNTAX, "this is a key or a certificate, not a diagram");
        let told = told.at(input.span(start, start + KEY.len()), "it begins like a key or a certificate");
        return Some(told.with_help("seqcheck shows no other line of it; give the file of the diagram"));
    }
    if is_settings(text) {
        let mut told = Diagnostic::error(super::SYNTAX, "these are settings (NAME=VALUE), not a diagram");
        // A place is shown with its line: there is nothing on the one behind the last end of line.
        if text.ends_with('\n') {
            told = told.at(input.span(text.len(), text.len()), "up to here");
        }
        return Some(told.with_help("seqcheck shows none of them; give the file of the diagram"));
    }
    let nul = text.bytes().position(|byte| byte == 0)?;
    Some(
        Diagnostic::error(super::SYNTAX, "this is not text: there is a NUL byte in it")
            .at(input.span(nul, nul + 1), "the first one")
            .with_help("give a diagram as UTF-8 text; seqcheck cannot read pictures and archives"),
    )
}

/// A line that no statement is as long as; it is not parsed.
pub fn check_line(length: usize, at: Span) -> Option<Diagnostic> {
    let help = "the limit for a label is 64 KiB; put large payloads into a file that the binding names";
    (length > LINE_BYTES).then(|| exceeded("the length of a line", "72 KiB", at, help))
}

/// A label that is too long.
pub fn check_label(label: &str, at: Span) -> Option<Diagnostic> {
    let help = "put large payloads into a file that the binding names";
    (label.len() > LABEL_BYTES).then(|| exceeded("the length of a label", "64 KiB", at, help))
}
