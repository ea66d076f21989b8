use super::place;
use crate::source::{Diagnostic, Severity, Sources, visible_lines};

/// Annotations of GitHub workflows (workflow commands), a line each.
pub fn github(entries: &[Diagnostic], sources: &Sources) -> String {
    entries
        .iter()
        .map(|diagnostic| {
            let level = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let at = diagnostic.primary().map_or_else(String::new, |span| {
                let (file, [line, column, ..]) = place(span, sources);
                format!(" file={},line={line},col={column},", property(&file))
            });
            let at = if at.is_empty() { " ".to_owned() } else { at };
            let text: Vec<&str> = std::iter::once(&diagnostic.message)
                .chain(&diagnostic.notes)
                .chain(&diagnostic.help)
                .map(String::as_str)
                .collect();
            format!("::{level}{at}title={}::{}\n", property(diagnostic.code), data(&text.join("\n")))
        })
        .collect()
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// The value of a property, which ends at `,` and `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
