//! Hostile input: it ends with few problems that say what is wrong, and never in a panic.

use super::{printed, read};
use seqcheck::source::{Diagnostic, Source, Sources};
use seqcheck::syntax::{Dialect, limits, parse};

fn problems(text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("hostile.seq", text));
    parse(&sources, id, 0..text.len(), Dialect::Native).map_or_else(|problems| problems, |parsed| parsed.warnings)
}

/// The only problem of a text, which is about this.
fn refused(text: &str, about: &str) {
    let found = problems(text);
    let messages: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(found.len(), 1, "{messages:?}");
    assert!(messages[0].contains(about), "{messages:?}");
    assert!(!found[0].help.is_empty(), "no way out: {messages:?}");
}

#[test]
fn every_limit_has_a_name() {
    refused(&"x".repeat(limits::FILE_BYTES + 1), "the size of a diagram");
    refused(&"x".repeat(limits::FILE_BYTES), "the length of a line");
    refused(&format!("A->B: {}", "x".repeat(limits::LABEL_BYTES + 1)), "the length of a label");
    refused(&format!("A->B: x\n{}{}", "alt\n".repeat(10_000), "end\n".repeat(10_000)), "nested blocks");
    refused(&"alt\n".repeat(10_000), "nested blocks");
    refused(&"A->B\n".repeat(limits::ARROWS + 1), "arrows");
    let many = (0..=limits::PARTICIPANTS).fold(String::new(), |text, number| text + &format!("actor P{number}q\n"));
    refused(&many, "lifelines");
    refused(&format!("note over A\n{}end note", "text of a note\n".repeat(10_000)), "the length of a note");
}

#[test]
fn what_is_at_a_limit_is_read() {
    let deep = format!("{}A->B: x\n{}", "alt\n".repeat(limits::NESTING), "end\n".repeat(limits::NESTING));
    for text in [
        deep,
        format!("A->B: {}", "x".repeat(limits::LABEL_BYTES)),
        (0..limits::PARTICIPANTS).fold(String::new(), |text, number| text + &format!("actor P{number}q\n")),
    ] {
        let diagram = read(&text).unwrap_or_else(|problems| panic!("{problems}")).diagram;
        assert_eq!(read(&printed(&diagram)).expect("printed").diagram.without_spans(), diagram.without_spans());
    }
    let full = read(&"A->B\n".repeat(limits::ARROWS)).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(full.diagram.body.len(), limits::ARROWS);
}

#[test]
fn problems_are_counted_beyond_the_limit() {
    let found = problems(&"this is nothing at all, and says so\n".repeat(5_000));
    assert_eq!(found.len(), limits::PROBLEMS + 1);
    assert!(found.last().expect("a last one").message.contains("4900 more"), "{:?}", found.last());
}

#[test]
fn binary_and_broken_text_is_refused_or_read_and_never_panics() {
    refused("\u{7f}ELF\0\0\0", "not text");
    refused("", "there is no diagram here");
    refused("\u{feff}\r\n\r\n", "there is no diagram here");
    // Every byte of a small diagram, in turn replaced by something else.
    let text = include_str!("../../../scenarios/chat.seq");
    for (at, c) in text.char_indices() {
        for other in ["", "\n", "\"", "-", "\u{0}", "é"] {
            let changed = format!("{}{other}{}", &text[..at], &text[at + c.len_utf8()..]);
            let _ = problems(&changed);
        }
    }
}
