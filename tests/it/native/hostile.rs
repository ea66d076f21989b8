//! Hostile input: it ends in time, with few problems that say what is wrong, and never in a panic.

use super::{printed, read};
use seqcheck::source::{Diagnostic, Source, Sources};
use seqcheck::syntax::{Dialect, limits, parse};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

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
    refused(&format!("A->B: x\n{}{}", "alt\n".repeat(10_000), "end\n".repeat(10_000)), "blocks in one another");
    refused(&"alt\n".repeat(10_000), "blocks in one another");
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

/// Lines and line pieces that invite a reader to look back and forth.
fn adversarial(pieces: usize) -> Vec<(&'static str, String)> {
    let block = |piece: &str, per_line: usize| {
        let mut text = String::new();
        for at in 0..pieces {
            text.push_str(piece);
            if at % per_line == per_line - 1 {
                text.push('\n');
            }
        }
        text
    };
    vec![
        ("dashes", block("-", 60_000)),
        ("dashes and a head", block("-", 60_000) + "->B"),
        ("brackets", block("-[", 30_000)),
        ("old styles", block("-#a", 20_000)),
        ("slants", block("(1)", 20_000)),
        ("angles", block("<", 60_000)),
        ("blanks", format!("participant a{}", block(" ", 60_000))),
        ("blanks in a name", block("a ", 30_000) + "->B: x"),
        ("aliases", format!("participant {}", block("a as ", 10_000))),
        ("colours", format!("participant A{}", block(" #red", 10_000))),
        ("colours in a note", format!("note over A{}x", block(" #red", 10_000))),
        ("names", format!("note over A{}", block(", B", 20_000))),
        ("quotes", block("\"", 60_000)),
        ("escaped quotes", block("\\\"", 30_000)),
        ("open notes", block("note over A\n", 1)),
        ("open blocks", block("alt\n", 1)),
        ("ends", block("end\n", 1)),
        ("open comments", block("/*\n", 1)),
        ("crosses", block("-x", 30_000)),
        ("backward crosses", block(" x-", 20_000)),
        ("colons", block(":", 60_000)),
        ("dots", block("...", 20_000)),
        ("equal signs", block("==", 30_000)),
        ("braces", format!("ignore {}", block("{", 60_000))),
        ("empty lines", block("\n", 1)),
        ("directives", block("#@ x\n", 1)),
        ("unclosed directives", block("#@ never\n", 1)),
        ("frames", format!("A->B\n{}", block("#@ ignore A, B: x\n", 1))),
        ("en dashes", block("–", 20_000)),
        (
            "typos",
            (0..pieces / 10).fold("A->B\n".to_owned(), |mut text, at| {
                let _ = writeln!(text, "A->lifeline{}: x", char::from_u32(0x4e00 + at as u32 % 9000).unwrap_or('a'));
                text
            }),
        ),
    ]
}

#[test]
fn time_is_linear_in_the_length_of_the_text() {
    // Ten times the text may take thirty times as long: that still tells linear from quadratic, on a busy machine too.
    let (few, many) = (adversarial(1_000), adversarial(10_000));
    let time = |text: &str| {
        let start = Instant::now();
        let _ = problems(text);
        start.elapsed()
    };
    let mut slow = Vec::new();
    for ((name, short), (_, long)) in few.iter().zip(&many) {
        let floor = Duration::from_millis(20);
        let best = |text: &str| (0..2).map(|_| time(text)).min().unwrap_or_default();
        let (brief, lasting) = (best(short).max(floor), best(long));
        if lasting > brief * 30 {
            slow.push(format!("{name}: {} bytes in {brief:?}, {} bytes in {lasting:?}", short.len(), long.len()));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
