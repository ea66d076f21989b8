//! Whether a text is a binding for certain. Of what may be somebody else's file no line is shown: it may hold secrets.

use super::keys::FILE;
use crate::source::{Diagnostic, Source, SourceId, Sources, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use toml::de::DeTable;

/// How tables begin that no other file has.
const TABLES: [&str; 8] =
    ["[[rule", "[[auto", "[[ignore", "[[follow", "[[every", "[envelope", "[echo", "[participants"];
/// Keys that other files hardly have.
const KEYS: [&str; 4] = ["extends", "rule", "envelope", "echo"];
/// What stands in the addresses of bindings alone.
const TARGET: &str = "{target}";

/// What shows that a file is a binding.
pub(super) const SHOWS: &str = "a binding is a TOML file with [[rule]], `extends`, or a [connect] whose url begins \
                                with {target}; seqcheck shows no line of any other file";

/// Whether anything in it shows that it is one: also of a text that is not quite TOML.
pub(in crate::wire) fn is_certain(text: &str) -> bool {
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
    // A file may have as many problems as lines: each is looked at once.
    let mut foreign: FxHashMap<SourceId, Option<Keys>> = FxHashMap::default();
    let mut told: FxHashSet<String> = FxHashSet::default();
    let mut all = Vec::new();
    for problem in problems {
        let quoted = problem.labels.iter().find_map(|label| {
            let source = sources.get(label.span.source);
            let keys = foreign.entry(label.span.source).or_insert_with(|| Keys::of_foreign(source));
            keys.as_ref().map(|keys| without_value(label.span, source, keys))
        });
        match quoted {
            None => all.push(problem),
            Some(problem) if told.insert(problem.message.clone()) => all.push(problem),
            Some(_) => {}
        }
    }
    all
}

/// The keys at the top of a file, and where each begins, in that order.
struct Keys(Vec<(usize, String)>);

impl Keys {
    /// None where it is a binding for certain, or no file.
    fn of_foreign(source: &Source) -> Option<Keys> {
        if source.name().starts_with('<') || is_certain(source.text()) {
            return None;
        }
        let (table, _) = DeTable::parse_recoverable(source.text());
        let mut keys: Vec<(usize, String)> =
            table.get_ref().keys().map(|key| (key.span().start, key.get_ref().to_string())).collect();
        keys.sort_unstable();
        Some(Keys(keys))
    }

    fn before(&self, place: u32) -> Option<&str> {
        let behind = self.0.partition_point(|(start, _)| *start <= place as usize);
        self.0[..behind].last().map(|(_, key)| key.as_str())
    }
}

fn without_value(span: Span, source: &Source, keys: &Keys) -> Diagnostic {
    let own = keys.before(span.start).and_then(|key| FILE.keys.iter().find(|(known, _)| *known == key));
    let place = format!("{}:{}", source.name(), source.line_of(span.start));
    match own {
        Some((key, meaning)) => Diagnostic::error("binding", format!("{place}: this is not the `{key}` of a binding"))
            .with_help(format!("`{key}` of a binding: {meaning}"))
            .with_help(SHOWS),
        None => Diagnostic::error("binding", format!("{place}: a binding does not contain this")).with_help(SHOWS),
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
