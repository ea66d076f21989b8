//! Whether a file that was named as a configuration is one for certain. Of what may be somebody else's no line is shown: it may
//! hold secrets.

use super::config::{FILE, keys};
use crate::source::{Diagnostic, Source, SourceId, Sources, nearest};
use rustc_hash::FxHashMap;
use std::path::Path;

/// Settings that other files hardly have.
const TELLING: [&str; 13] = [
    "allow-inconclusive",
    "binding",
    "choose",
    "client-cert",
    "connect-timeout",
    "legal",
    "max-record",
    "mutant",
    "no-capture",
    "settle",
    "simulate",
    "snapshots",
    "vars-file",
];

/// Whether its name, or a setting in it, shows that it is one.
pub(super) fn is_certain(source: &Source) -> bool {
    let sets = |line: &str| line.split_once('=').is_some_and(|(key, _)| TELLING.contains(&key.trim()));
    let named = Path::new(source.name()).file_name().is_some_and(|name| name.to_string_lossy().contains("seqcheck"));
    named || source.text().lines().any(sets)
}

/// What is wrong with it, without a line or a value of one that nothing shows to be a configuration: the file, the line, and
/// which setting it is about.
pub(super) fn unquoted(problems: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    // A file may have as many problems as lines: what is the same for all of them is looked at once.
    let mut certain: FxHashMap<SourceId, bool> = FxHashMap::default();
    let all = keys();
    let each = problems.into_iter().map(|problem| {
        let Some(span) = problem.primary() else { return problem };
        let source = sources.get(span.source);
        if *certain.entry(span.source).or_insert_with(|| is_certain(source)) {
            return problem;
        }
        let place = format!("{}:{}", source.name(), source.line_of(span.start));
        let begin = source.text().get(span.start as usize..).unwrap_or_default();
        let key = begin.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
        let own = all.iter().find(|known| *known == key);
        let (what, near) = match own {
            Some(own) => (format!("the setting {own} cannot be this"), None),
            None => ("this is not a setting".to_owned(), nearest(key, all.iter().map(String::as_str))),
        };
        let told = Diagnostic::error("config", format!("{place}: {what}"));
        let told = near.into_iter().fold(told, |told, near| told.with_help(format!("did you mean {near}?")));
        told.with_help(format!(
            "seqcheck shows no line of a file that may not be a configuration: rename it to {FILE} to see more"
        ))
    });
    each.collect()
}
