//! The words of the languages, with what each is for: for completion, and for who points at one.

use super::host::{Kind, Piece};
use super::sheet::Sheet;
use super::tables;
use crate::source::Span;
use crate::syntax::directives::WORDS;
use crate::wire::{TABLES, Table};
use std::ops::Range;

/// The words that open a block, and what it means for a run.
pub const FRAGMENTS: [(&str, &str); 13] = [
    ("alt", "exactly one of the alternatives happens"),
    ("opt", "happens once or not at all"),
    ("loop", "repetition: `loop 3`, `loop 1..5`"),
    ("par", "the parts happen in parallel, in any order"),
    ("parallel", "each arrow is a separate part"),
    ("strict", "each arrow is complete before the next one begins"),
    ("seq", "in the drawn order, the same as without it"),
    ("break", "happens instead of the rest of the block around it"),
    ("critical", "no other frame comes between these frames on a connection"),
    ("neg", "must not complete"),
    ("ignore", "frames that are not checked inside"),
    ("consider", "the only frames that are checked inside"),
    ("group", "a frame for the reader"),
];

/// Other words that begin a statement.
pub const STATEMENTS: [(&str, &str); 16] = [
    ("participant", "declares a participant"),
    ("actor", "declares a participant, drawn as a person"),
    ("database", "declares a participant, drawn as a cylinder"),
    ("queue", "declares a participant, drawn as a queue"),
    ("boundary", "declares a participant"),
    ("control", "declares a participant"),
    ("entity", "declares a participant"),
    ("collections", "declares a participant"),
    ("activate", "a lifeline is active from here on"),
    ("deactivate", "a lifeline is not active any more"),
    ("create", "a lifeline begins with the next arrow to it"),
    ("destroy", "a lifeline ends"),
    ("note", "a note beside or over lifelines"),
    ("ref", "another diagram is played here: `ref over A, B: name`"),
    ("else", "the next alternative"),
    ("end", "ends a block"),
];

/// The directive at a place.
pub fn directive_at(sheet: &Sheet<'_>, piece: &Piece, offset: usize) -> Option<(Range<usize>, String)> {
    let here = |span: &Span| sheet.look.is_own(*span) && (span.range().start..=span.range().end).contains(&offset);
    let settings = piece.diagram.settings.iter().map(crate::diagram::Setting::span);
    let body = sheet.items(piece).filter(|(item, _)| matches!(item, crate::diagram::Item::Directive(_)));
    let span = settings.chain(body.map(|(_, span)| span)).find(here)?;
    let text = sheet.slice(span);
    let first = text.split(|c: char| !c.is_alphanumeric() && c != '-').find(|word| !word.is_empty())?;
    let (word, example) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(first))?;
    let about = meaning(word);
    Some((span.range(), format!("`{} {example}`\n\n{about}", piece.dialect.facts().directive)))
}

/// The word of a block at a place.
pub fn keyword_at(sheet: &Sheet<'_>, offset: usize) -> Option<(Range<usize>, String)> {
    let (start, before) = sheet.before(offset);
    let begin = start + (before.len() - before.trim_start().len());
    let rest = sheet.text.get(begin..)?;
    let word = &rest[..rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())];
    let range = begin..begin + word.len();
    let (word, about) = FRAGMENTS.iter().chain(&STATEMENTS).find(|(known, _)| known.eq_ignore_ascii_case(word))?;
    (range.start..=range.end).contains(&offset).then(|| (range, format!("`{word}`: {about}")))
}

/// What a directive is for.
pub fn meaning(word: &str) -> &'static str {
    match word {
        "binding" => "the messages of the labels: a built-in binding or a TOML file",
        "timeout" => "the deadline of each expected message",
        "settle" => "the window of silence at the end",
        "seed" => "the seed of all random choices",
        "order" => "when simulated clients send: diagram, local or burst",
        "simulate" => "the lifelines that seqcheck plays",
        "test" => "the lifelines that are tested",
        "server" => "lifelines that are one server under test",
        "silent" => "lifelines that send and receive nothing on the wire",
        "var" => "a value for `${name}`",
        "expect" => "the outcome that this scenario documents",
        "needs" => "features that the target must provide; otherwise the scenario is skipped",
        "tags" => "words that select scenarios",
        "skip" => "the scenario is drawn, but not played",
        "clients" => "a lifeline that represents many",
        "breaks" => "the meaning of a line break in a label",
        "within" => "the longest time from the cause of the next arrow",
        "after" => "the shortest time from the cause of the next arrow",
        "between" => "the shortest and the longest time from the cause of the next arrow",
        "never" => "the next arrow or block must not happen",
        "unordered" => "no order among the next arrows up to a blank line, or in the next block",
        "depends" => "the next arrow comes after that arrow is complete",
        "known-failure" => "a finding at the next arrow does not fail the run",
        "ignore" => "frames that are not checked, to the end of the block",
        "consider" => "the only frames that are checked, to the end of the block",
        "quote" => "the clause of a specification that the next arrow tests",
        "raw" => "the next label is the text of the frame itself",
        "allow" => "a finding of lint at the next arrow or block is accepted",
        _ => "",
    }
}

/// The keys of a table of a binding by its header; those of the whole file above the first one.
pub fn keys_of(header: Option<&str>) -> Option<&'static Table> {
    let name = match header {
        None => "binding",
        Some(header) => match header.rsplit('.').next().unwrap_or(header).trim() {
            "setup" | "teardown" | "before" => "http_step",
            "http" => "http_request",
            own => own,
        },
    };
    TABLES.iter().find(|(known, _)| *known == name).map(|(_, table)| *table)
}

/// The key at a place of a binding or a configuration.
pub fn key_at(sheet: &Sheet<'_>, offset: usize) -> Option<(Range<usize>, String)> {
    let (start, before) = sheet.before(offset);
    let begin = start + (before.len() - before.trim_start().len());
    let line = sheet.text.get(begin..)?.lines().next()?;
    let bare = line.trim_start_matches('[');
    let lead = line.len() - bare.len();
    let word = &bare[..bare.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).unwrap_or(bare.len())];
    let range = begin + lead..begin + lead + word.len();
    if word.is_empty() || !(range.start..=range.end).contains(&offset) {
        return None;
    }
    let about = match sheet.look.kind {
        Kind::Settings => sheet.look.keys.iter().find(|(key, _)| key == word).map(|(_, about)| about.as_str()),
        Kind::Binding => {
            let table = tables::table_at(sheet.text, begin).filter(|_| lead == 0);
            let keys = keys_of(table.map(|table| table.name))?.keys;
            keys.iter().find(|(key, _)| *key == word).map(|(_, about)| *about)
        }
        Kind::Diagram | Kind::Other => None,
    };
    Some((range, format!("`{word}`: {}", about?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_explained_and_every_table_found() {
        for (word, _) in WORDS {
            assert!(!meaning(word).is_empty(), "{word}");
        }
        for header in
            [None, Some("rule"), Some("connect"), Some("setup"), Some("participants.Bob.connect"), Some("rule.repeat")]
        {
            assert!(keys_of(header).is_some(), "{header:?}");
        }
        assert!(keys_of(Some("vars")).is_none());
    }
}
