//! No text is slow: the time grows with the length of the text, not with its square.

use super::read;
use std::time::{Duration, Instant};

/// The shortest of a few runs: what the text needs when nobody else is at work.
fn shortest(text: &str) -> Duration {
    let runs = (0..3).map(|_| {
        let begin = Instant::now();
        let _ = std::hint::black_box(read(text));
        begin.elapsed()
    });
    runs.min().unwrap_or_default()
}

#[test]
fn time_grows_with_the_length_of_the_text() {
    let lines = |line: &'static str| move |n: usize| format!("@startuml\n{}@enduml\n", format!("{line}\n").repeat(n));
    let in_line = |head: &'static str, piece: &'static str, tail: &'static str| {
        move |n: usize| format!("@startuml\nA -> B\n{}", format!("{head}{}{tail}\n", piece.repeat(n)).repeat(4))
    };
    type Make = Box<dyn Fn(usize) -> String>;
    let cases: Vec<(&str, usize, Make)> = vec![
        ("arrows", 400, Box::new(lines("Alice -> \"Bob b\" ++ #red : some text"))),
        ("new names", 400, Box::new(|n| (0..n).map(|i| format!("A{i} -> B{i} : x\n")).collect())),
        ("blocks in one another", 400, Box::new(lines("alt x"))),
        ("blocks in a row", 200, Box::new(lines("alt x\nelse y\nend"))),
        ("ends", 400, Box::new(lines("end"))),
        ("open notes", 400, Box::new(lines("note left"))),
        ("open comments", 400, Box::new(lines("/' x"))),
        ("continued lines", 400, Box::new(lines("A -> B : x\\"))),
        ("returns", 400, Box::new(lines("A -> B ++\nreturn x"))),
        ("slips", 400, Box::new(lines("Some Name -> B : x"))),
        ("dashes", 4_000, Box::new(in_line("A ", "-", " B"))),
        ("dashes and heads", 2_000, Box::new(in_line("A ", "->", " B"))),
        ("open quotes", 4_000, Box::new(in_line("\"", "a", ""))),
        ("quotes", 2_000, Box::new(in_line("", "\"a\" ", ""))),
        ("blanks", 4_000, Box::new(in_line("A", " ", "-> B"))),
        ("open brackets", 4_000, Box::new(in_line("A -", "[", "> B"))),
        ("open styles", 2_000, Box::new(in_line("A -[", "#red,", "]> B"))),
        ("open links", 2_000, Box::new(in_line("A -> B ", "[[", ""))),
        ("stereotypes", 2_000, Box::new(in_line("participant A ", "<<s>>", ""))),
        ("receivers", 1_000, Box::new(in_line("A -> B", " & C", " : x"))),
        ("lists", 1_000, Box::new(in_line("ref over A", ", B", ""))),
        ("dots", 2_000, Box::new(in_line("...", "..", "x"))),
        ("equal signs", 2_000, Box::new(in_line("==", "==", "x"))),
        ("colours", 1_000, Box::new(in_line("note left ", "#back:red;", ": x"))),
        ("numbers", 2_000, Box::new(in_line("autonumber 1", "-1", "x"))),
        ("anchors", 2_000, Box::new(in_line("", "{a} ", "A -> B"))),
        ("labels", 4_000, Box::new(in_line("A -> B : ", "x'/{}", ""))),
    ];
    for (name, size, make) in cases {
        let (small, large) = (make(size), make(size * 4));
        let (before, after) = (shortest(&small), shortest(&large));
        // Four times the text; sixteen times the time would be a square. Very short times are only noise.
        let slow = after > Duration::from_millis(40) && after > before * 10;
        assert!(!slow, "{name}: {before:?} for {} bytes, {after:?} for {}", small.len(), large.len());
    }
}

#[test]
fn limits_have_names() {
    let long = format!("@startuml\nA -> B : {}\n@enduml", "x".repeat(80_000));
    let deep = format!("@startuml\nA -> B\n{}", "alt x\n".repeat(70));
    for (text, word) in [(long, "the length of a line"), (deep, "blocks in one another")] {
        let problems = read(&text).unwrap_err();
        assert_eq!(problems.iter().filter(|problem| problem.contains("error[limit]")).count(), 1, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.contains(word)), "{problems:?}");
    }
}
