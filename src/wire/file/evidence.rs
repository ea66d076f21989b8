//! Whether a text is a binding for certain. Of what may be somebody else's file no line is shown: it may hold secrets.

use super::keys::FILE;
use crate::source::{Diagnostic, Source, Sources, Span};
use toml::de::DeTable;

/// How tables begin that no other file has.
const TABLES: [&str; 8] =
    ["[[rule", "[[auto", "[[ignore", "[[follow", "[[every", "[envelope", "[echo", "[participants"];
/// Keys that other files hardly have.
const KEYS: [&str; 4] = ["extends", "rule", "envelope", "echo"];
/// What stands in the addresses of bindings alone.
const TARGET: &str = "{target}";

/// What shows that a file is a binding.
pub(super) const SHOWS: &str = "a binding is a TOML file with [[rule]], `extends`, or a [connect] whose url begins with {target}; of any other no line is shown";

/// Whether anything in it shows that it is one: also of a text that is not quite TOML.
pub(super) fn is_certain(text: &str) -> bool {
    let shows = |line: &str| {
        let line = line.trim();
        let sets = |key: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let begins = |table: &str| line.strip_prefix(table).is_some_and(|rest| !rest.starts_with(named));
        TABLES.iter().any(|table| begins(table)) || KEYS.iter().any(|key| sets(key))
    };
    text.contains(TARGET) || text.lines().any(shows)
}

/// What is wrong with files, without a line or a value of one that nothing shows to be a binding: the file, the line, and which
/// key of bindings it is about.
pub(in crate::wire) fn unquoted(problems: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    for problem in problems {
        let foreign = problem.labels.iter().map(|label| label.span).find(|span| {
            let source = sources.get(span.source);
            !source.name().starts_with('<') && !is_certain(source.text())
        });
        let problem = match foreign {
            Some(span) => without_value(span, sources.get(span.source)),
            None => problem,
        };
        if foreign.is_none() || told.iter().all(|told| told.message != problem.message) {
            told.push(problem);
        }
    }
    told
}

fn without_value(span: Span, source: &Source) -> Diagnostic {
    let (table, _) = DeTable::parse_recoverable(source.text());
    let before = table.get_ref().keys().filter(|key| key.span().start <= span.start as usize);
    let key = before.max_by_key(|key| key.span().start).map(|key| key.get_ref().as_ref());
    let own = key.and_then(|key| FILE.keys.iter().find(|(known, _)| *known == key));
    let place = format!("{}:{}", source.name(), source.line_of(span.start));
    match own {
        Some((key, meaning)) => {
            Diagnostic::error("binding", format!("{place}: `{key}` is not what it is in a binding"))
                .with_help(format!("`{key}` of a binding: {meaning}"))
                .with_help(SHOWS)
        }
        None => Diagnostic::error("binding", format!("{place}: this is nothing that a binding has")).with_help(SHOWS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_files_have_too_shows_nothing() {
        for text in
            ["[[rule]]", "[[rule]", " [[ rule ]]\nrule = [", "extends = \"chat\"", "[echo]", "url = \"{target}/ws\""]
        {
            assert!(is_certain(text), "{text}");
        }
        for text in [
            "",
            "[[rules]]",
            "secret = \"a\"",
            "[connect]\nurl = \"wss://a\"",
            "codec = \"x\"",
            "ignore = []",
            "auto = 1",
        ] {
            assert!(!is_certain(text), "{text}");
        }
    }
}
