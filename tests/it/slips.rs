//! The mistakes that people make, in every dialect: each is called what it is, at its place, with the way out.

use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, parse};

/// Everything that is said of a text.
fn said(text: &str, dialect: Dialect) -> String {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("t", text));
    let problems = match parse(&sources, id, 0..text.len(), dialect) {
        Ok(parsed) => parsed.warnings,
        Err(problems) => problems,
    };
    problems.iter().map(|problem| render_plain(problem, &sources) + "\n").collect()
}

/// The text as a diagram of its dialect: line 2 is the first of these lines in Mermaid and PlantUML, line 1 in ours.
fn check(dialect: Dialect, lines: &str, line: usize, words: &[&str]) {
    let (text, line) = match dialect {
        Dialect::Native => (lines.to_owned(), line),
        Dialect::Mermaid => (format!("sequenceDiagram\n{lines}"), line + 1),
        Dialect::PlantUml => (format!("@startuml\n{lines}\n@enduml\n"), line + 1),
    };
    let said = said(&text, dialect);
    let missing: Vec<&&str> = words.iter().filter(|words| !said.contains(**words)).collect();
    let place = format!("t:{line}:");
    assert!(missing.is_empty() && said.contains(&place), "{dialect:?}\n{text}\n{missing:?} {place}\n{said}");
}

const NATIVE: Dialect = Dialect::Native;
const MERMAID: Dialect = Dialect::Mermaid;
const PLANTUML: Dialect = Dialect::PlantUml;

#[test]
fn arrows_of_a_word_processor() {
    check(NATIVE, "Alice–>Bob: x", 1, &["en dash", "write: Alice->Bob: x"]);
    check(NATIVE, "Alice→Bob: x", 1, &["not an arrow", "write: Alice->Bob: x"]);
    check(MERMAID, "Alice–>>Bob: x", 1, &["en dash", "Alice->>Bob: x"]);
    check(MERMAID, "Alice→Bob: x", 1, &["→", "Alice->>Bob: x"]);
    check(PLANTUML, "Alice –> Bob : x", 1, &["en dash", "Alice -> Bob : x"]);
    check(PLANTUML, "Alice → Bob : x", 1, &["arrow sign", "Alice -> Bob : x"]);
}

#[test]
fn quotes_of_a_word_processor() {
    check(NATIVE, "participant “Chat Server” as Server\nA->Server: x", 1, &["typographic quote", "\"Chat Server\""]);
    check(MERMAID, "participant “Chat”\nA->>“Chat”: x", 1, &["quotes are part of the name", "without quotes"]);
    check(PLANTUML, "participant «Chat Server» as Server", 1, &["straight quotes"]);
    check(PLANTUML, "‘ a comment\nA -> B", 1, &["straight `'`", "' a comment"]);
}

#[test]
fn blocks_that_are_not_closed_and_ends_too_many() {
    for (dialect, arrow) in [(NATIVE, "A->B: x"), (MERMAID, "A->>B: x"), (PLANTUML, "A -> B : x")] {
        check(dialect, &format!("{arrow}\nloop 3\n{arrow}\n"), 2, &["`loop`", "never closed"]);
        check(dialect, &format!("{arrow}\nend"), 2, &["no block is open"]);
        check(dialect, &format!("alt x\n{arrow}\nend\nend"), 4, &["no block is open"]);
    }
    check(NATIVE, "note over A\ntext", 1, &["end note"]);
    check(PLANTUML, "A -> B\nnote left\ntext", 2, &["never closed"]);
    check(MERMAID, "%%{init: {}\nA->>B: x", 1, &["never closed"]);
}

#[test]
fn text_that_mermaid_cuts() {
    check(MERMAID, "A->>B: {\"room\":\"#general\"}", 1, &["ends this text at the `#`", "{\"room\":\"#35;general\"}"]);
    check(MERMAID, "A->>B: one; two", 1, &["at `;`", "one#59; two"]);
    check(MERMAID, "A->>B: one; B->>A: two", 1, &["ends this text at the `;`", "one#59; B->>A: two"]);
    check(MERMAID, "note over A: room #1", 1, &["ends this text at the `#`", "room #35;1"]);
    check(MERMAID, "alt room #1\nA->>B: x\nend", 1, &["ends this text at the `#`", "room #35;1"]);
}

#[test]
fn names_of_another_dialect() {
    check(MERMAID, "participant \"Chat Server\" as Server\nA->>Server: x", 1, &["Server as Chat Server"]);
    check(NATIVE, "participant Server as Chat\nA->Server: x", 2, &["exchange the two"]);
    check(PLANTUML, "participant Chat Server", 1, &["in quotes", "participant \"Chat Server\" as ChatServer"]);
    check(PLANTUML, "Chat Server -> A : x", 1, &["in quotes", "\"Chat Server\""]);
    check(PLANTUML, "A -> B\nchat-server -> A : x", 2, &["in quotes", "\"chat-server\""]);
    check(MERMAID, "database D\nA->>D: x", 1, &["participant D@{ \"type\": \"database\" }"]);
    check(NATIVE, "participant D@{ \"type\": \"database\" }\nA->D: x", 1, &["database"]);
}

#[test]
fn text_that_goes_on_below() {
    check(NATIVE, "A->B: one two\nthree four five six", 2, &["rest of the text above"]);
    check(MERMAID, "A->>B: one two\nthree four five six", 2, &["rest of the text above", "<br/>"]);
    check(PLANTUML, "A -> B : one two\nthree four five six", 2, &["the rest of the text above", "\\n"]);
}

#[test]
fn a_lifeline_one_letter_away() {
    for (dialect, arrow) in [(NATIVE, "->"), (MERMAID, "->>"), (PLANTUML, "->")] {
        let text = format!("Alice{arrow}Server: x\nServer{arrow}Alice: y\nAlice{arrow}Sevrer: z");
        check(dialect, &text, 3, &["`Sevrer` is used once and looks like `Server`"]);
    }
}

#[test]
fn words_of_another_dialect() {
    check(MERMAID, "A->>B: x\n== later ==", 2, &["no dividers"]);
    check(MERMAID, "A->>B: x\n...", 2, &["no delays"]);
    check(MERMAID, "A->>B: x\nref over A,B: y", 2, &["no statement `ref`"]);
    check(MERMAID, "alt x\nA->>B: x\nend alt", 3, &["write only `end`"]);
    check(MERMAID, "opt x\nA->>B: x\nelse y\nA->>B: z\nend", 3, &["`else` does not belong here"]);
    check(PLANTUML, "par\nA -> B\nand\nB -> A\nend", 3, &["else"]);
    check(PLANTUML, "alt x\nA -> B\nendalt", 3, &["closed by `end`"]);
    check(PLANTUML, "A -> B\n# a comment", 2, &["' a comment"]);
    check(PLANTUML, "A ->+ B : x", 1, &["A -> B ++"]);
    check(NATIVE, "A->B ++: x", 1, &["is PlantUML", "->+B"]);
    check(NATIVE, "@startuml\nA -> B\n@enduml", 1, &["plantuml"]);
    check(NATIVE, "robot Carol", 1, &["is not a kind of participant", "participant, actor"]);
    check(MERMAID, "A->B x", 1, &["A->B: x"]);
    check(MERMAID, "A<-B: x", 1, &["B->>A: x"]);
    check(MERMAID, "A<->B: x", 1, &["<<->>"]);
}
