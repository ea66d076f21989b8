//! Texts made to be slow, deep or wrong: the time grows as the length does.

use super::read;
use std::time::{Duration, Instant};

/// The least time of three.
fn time(text: &str) -> Duration {
    let once = || {
        let started = Instant::now();
        read(text);
        started.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

#[test]
fn time_grows_as_the_length_does() {
    let head = "sequenceDiagram\n";
    type Make = fn(usize) -> String;
    let cases: [(&str, Make); 17] = [
        ("arrows", |n| "Alice->>Bob: hello {\"room\": \"general\"}\n".repeat(n)),
        ("statements in a line", |n| "A->>B: x;".repeat(n)),
        ("hyphens", |n| format!("{}\n", "-".repeat(n))),
        ("hyphens in a name", |n| format!("A{}->>B: x\n", "-b".repeat(n))),
        ("hyphens and nothing", |n| format!("A{}\n", "-".repeat(n))),
        ("blanks", |n| format!("A{}B\n", " ".repeat(n))),
        ("blanks in a declaration", |n| format!("participant A{}B:\n", " ".repeat(n))),
        ("hashes", |n| format!("A->>B: {}\n", "#a".repeat(n))),
        ("hashes in a declaration", |n| format!("participant A{}:\n", "#a ".repeat(n))),
        ("entities", |n| format!("A->>B: {}\n", "#35;".repeat(n))),
        ("breaks", |n| format!("A->>B: {}\n", "<br ".repeat(n))),
        ("blocks that are never closed", |n| "loop x\n".repeat(n)),
        ("ends", |n| "end\n".repeat(n)),
        ("ends in a line", |n| "end ".repeat(n)),
        ("braces that are never closed", |n| "participant A@{ x\naccDescr { y\n%%{ z\n".repeat(n)),
        ("names", |n| (0..n).map(|i| format!("A{i}->>B{i}: x\n")).collect()),
        ("unknown lifelines", |n| "activate Zoe\n".repeat(n)),
    ];
    let mut slow = String::new();
    for (name, make) in cases {
        let of = |n: usize| format!("{head}{}", make(n));
        let (small, large) = (of(1_000), of(8_000));
        let (short, long) = (time(&small), time(&large));
        // Eight times the text: eight times the time, and as much again for a busy machine; a square would be 64.
        let bound = short.max(Duration::from_millis(2)) * 30;
        if long > bound {
            slow.push_str(&format!("{name}: {short:?} for {} bytes, {long:?} for {}\n", small.len(), large.len()));
        }
    }
    assert!(slow.is_empty(), "{slow}");
}

#[test]
fn limits_are_named() {
    let long = format!("sequenceDiagram\nA->>B: {}\n", "x".repeat(70_000));
    assert!(read(&long).1.contains("limit on the length of a label"), "{}", read(&long).1);
    let longer = format!("sequenceDiagram\nA->>B: {}\n", "x".repeat(80_000));
    assert!(read(&longer).1.contains("limit on the length of a line"), "{}", read(&longer).1);
    let deep = format!("sequenceDiagram\n{}A->>B: x\n{}", "opt x\n".repeat(65), "end\n".repeat(65));
    assert!(read(&deep).1.contains("limit on blocks in one another"), "{}", read(&deep).1);
    let fits = format!("sequenceDiagram\n{}A->>B: x\n{}", "opt x\n".repeat(64), "end\n".repeat(64));
    assert!(read(&fits).0.is_some(), "{}", read(&fits).1);
}

#[test]
fn no_piece_of_a_diagram_breaks_the_reader() {
    let text = include_str!("../../cases/dialects/everything.mmd");
    for (at, _) in text.char_indices() {
        read(&text[..at]);
        read(&text[at..]);
        read(&format!("sequenceDiagram\n{}", &text[at..]));
    }
}
