//! Texts that invite a reader to look back and forth, in every dialect and of any length; `benches/syntax.rs` measures
//! with the same ones.

use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{Dialect, parse};
use std::time::Duration;

/// Makes a text of about so many bytes.
type Make = Box<dyn Fn(usize) -> String>;
/// Texts by their names.
type Shapes = Vec<(&'static str, Make)>;

/// A kind of text.
pub struct Shape {
    pub dialect: Dialect,
    pub name: &'static str,
    /// A text of about so many bytes.
    pub make: Make,
}

/// The longest line that a shape has: below the limit on lines.
const LINE: usize = 60_000;

/// One line again and again.
fn lines(head: &'static str, line: &'static str) -> Make {
    Box::new(move |bytes| format!("{head}{}", format!("{line}\n").repeat(bytes / (line.len() + 1))))
}

/// Long lines of one piece again and again.
fn rows(head: &'static str, begin: &'static str, piece: &'static str, end: &'static str) -> Make {
    Box::new(move |bytes| {
        let pieces = bytes.min(LINE) / piece.len();
        let row = format!("{begin}{}{end}\n", piece.repeat(pieces));
        format!("{head}{}", row.repeat((bytes / LINE).max(1)))
    })
}

/// Numbered lines.
fn numbered(head: &'static str, line: fn(usize) -> String) -> Make {
    Box::new(move |bytes| {
        let mut text = head.to_owned();
        for number in 0.. {
            if text.len() >= bytes {
                break;
            }
            text.push_str(&line(number));
        }
        text
    })
}

/// All shapes.
pub fn all() -> Vec<Shape> {
    let of = |dialect, shapes: Shapes| shapes.into_iter().map(move |(name, make)| Shape { dialect, name, make });
    of(Dialect::Native, native())
        .chain(of(Dialect::Mermaid, mermaid()))
        .chain(of(Dialect::PlantUml, plantuml()))
        .collect()
}

fn native() -> Shapes {
    vec![
        ("arrows", lines("", "Alice->Server: message: hello {\"room\": \"general\"}")),
        ("dashes", rows("", "", "-", "")),
        ("dashes and a head", rows("", "", "-", "->B")),
        ("brackets", rows("", "", "-[", "")),
        ("old styles", rows("", "", "-#a", "")),
        ("slants", rows("", "", "(1)", "")),
        ("angles", rows("", "", "<", "")),
        ("blanks", rows("", "participant a", " ", "b")),
        ("blanks in a name", rows("", "", "a ", "->B: x")),
        ("aliases", rows("", "participant ", "a as ", "")),
        ("colours", rows("", "participant A", " #red", "")),
        ("colours in a note", rows("", "note over A", " #red", "x")),
        ("names", rows("", "note over A", ", B", "")),
        ("quotes", rows("", "", "\"", "")),
        ("escaped quotes", rows("", "", "\\\"", "")),
        ("unclosed quote", rows("", "\"", "a", "")),
        ("open notes", lines("", "note over A")),
        ("open blocks", lines("", "alt")),
        ("blocks in a row", lines("", "alt x\nA->B: y\nelse z\nend")),
        ("ends", lines("", "end")),
        ("open comments", lines("", "/*")),
        ("crosses", rows("", "", "-x", "")),
        ("backward crosses", rows("", "", " x-", "")),
        ("colons", rows("", "", ":", "")),
        ("dots", rows("", "", "...", "")),
        ("equal signs", rows("", "", "==", "")),
        ("braces", rows("", "ignore ", "{", "")),
        ("empty lines", lines("A->B", "")),
        ("directives", lines("", "#@ x")),
        ("unclosed directives", lines("", "#@ never")),
        ("frames", lines("A->B\n", "#@ ignore A, B: x")),
        ("en dashes", rows("", "", "–", "")),
        ("lifelines", numbered("", |number| format!("A{number}->B{number}: x\n"))),
        (
            "typos",
            numbered("A->B\n", |number| {
                format!("A->lifeline{}: x\n", char::from_u32(0x4e00 + number as u32 % 9000).unwrap_or('a'))
            }),
        ),
    ]
}

fn mermaid() -> Shapes {
    const HEAD: &str = "sequenceDiagram\n";
    vec![
        ("arrows", lines(HEAD, "Alice->>Server: message: hello {\"room\": \"general\"}")),
        ("statements in a line", rows(HEAD, "", "A->>B: x;", "")),
        ("ends in a line", rows(HEAD, "", "end ", "")),
        ("hyphens", rows(HEAD, "", "-", "")),
        ("hyphens in a name", rows(HEAD, "A", "-b", "->>B: x")),
        ("hyphens and nothing", rows(HEAD, "A", "-", "")),
        ("blanks", rows(HEAD, "A", " ", "B")),
        ("blanks in a declaration", rows(HEAD, "participant A", " ", "B:")),
        ("hashes", rows(HEAD, "A->>B: ", "#a", "")),
        ("hashes in a declaration", rows(HEAD, "participant A", "#a ", ":")),
        ("entities", rows(HEAD, "A->>B: ", "#35;", "")),
        ("semicolons", rows(HEAD, "A->>B: x", ";", "")),
        ("breaks", rows(HEAD, "A->>B: ", "<br ", "")),
        ("unclosed quote", rows(HEAD, "A->>\"", "b", "")),
        ("open blocks", lines(HEAD, "loop x")),
        ("blocks in a row", lines(HEAD, "alt x\nA->>B: y\nelse z\nend")),
        ("ends", lines(HEAD, "end")),
        ("open braces", lines(HEAD, "participant A@{ x\naccDescr { y\n%%{ z")),
        ("braces in a line", rows(HEAD, "", "participant A@{ x ", "")),
        ("lifelines", numbered(HEAD, |number| format!("A{number}->>B{number}: x\n"))),
        ("unknown lifelines", lines(HEAD, "activate Zoe")),
        ("creations", numbered(HEAD, |number| format!("create participant P{number}\n"))),
        ("notes over two", lines(HEAD, "note over A,B: x<br/>y")),
        ("slips", lines(HEAD, "A -> > B x")),
        ("directives", lines(HEAD, "%%@ as divider")),
        ("settings in a text", rows(HEAD, "A->>B: ", "%%{a}%%#b;", "")),
        ("open settings in a text", rows(HEAD, "A->>B: ", "%%{a", "")),
        ("lone titles", lines(HEAD, "title")),
        ("texts for screen readers", lines(HEAD, "accTitle:\n")),
    ]
}

fn plantuml() -> Shapes {
    const HEAD: &str = "@startuml\nA -> B\n";
    vec![
        ("arrows", lines(HEAD, "Alice -> \"Bob b\" ++ #red : some text")),
        ("lifelines", numbered(HEAD, |number| format!("A{number} -> B{number} : x\n"))),
        ("open blocks", lines(HEAD, "alt x")),
        ("blocks in a row", lines(HEAD, "alt x\nelse y\nend")),
        ("ends", lines(HEAD, "end")),
        ("open notes", lines(HEAD, "note left")),
        ("open comments", lines(HEAD, "/' x")),
        ("continued lines", lines(HEAD, "A -> B : x\\")),
        ("returns", lines(HEAD, "A -> B ++\nreturn x")),
        ("slips", lines(HEAD, "Some Name -> B : x")),
        ("dashes", rows(HEAD, "A ", "-", " B")),
        ("dashes and heads", rows(HEAD, "A ", "->", " B")),
        ("unclosed quote", rows(HEAD, "\"", "a", "")),
        ("quotes", rows(HEAD, "", "\"a\" ", "")),
        ("blanks", rows(HEAD, "A", " ", "-> B")),
        ("open brackets", rows(HEAD, "A -", "[", "> B")),
        ("open styles", rows(HEAD, "A -[", "#red,", "]> B")),
        ("open links", rows(HEAD, "A -> B ", "[[", "")),
        ("stereotypes", rows(HEAD, "participant A ", "<<s>>", "")),
        ("receivers", rows(HEAD, "A -> B", " & C", " : x")),
        ("lists", rows(HEAD, "ref over A", ", B", "")),
        ("dots", rows(HEAD, "...", "..", "x")),
        ("equal signs", rows(HEAD, "==", "==", "x")),
        ("colours", rows(HEAD, "note left ", "#back:red;", ": x")),
        ("numbers", rows(HEAD, "autonumber 1", "-1", "x")),
        ("anchors", rows(HEAD, "", "{a} ", "A -> B")),
        ("labels", rows(HEAD, "A -> B : ", "x'/{}", "")),
        ("braces in a note", lines("@startuml\nnote left\n", "{{")),
        ("words", rows(HEAD, "", "word ", "")),
        ("comments of something else", lines("// @startuml\n// A -> B\n", "// A -> B : x")),
        ("begins in comments", lines(HEAD, "' @startuml")),
        ("open tags", rows(HEAD, "", "<", "@startuml")),
        (
            "late declarations",
            numbered(HEAD, |number| format!("A -> B{number}\nparticipant B{number} order -{number}\n")),
        ),
    ]
}

/// Reads a text, for the time that takes.
pub fn read(text: &str, dialect: Dialect) -> usize {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("shape", text));
    match parse(&sources, id, 0..text.len(), dialect) {
        Ok(parsed) => parsed.diagram.body.len(),
        Err(problems) => problems.len(),
    }
}

/// The time that this thread had a processor: others who want one do not count.
pub fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// The least processor time of so many readings.
pub fn least(text: &str, dialect: Dialect, readings: usize) -> Duration {
    let once = || {
        let before = processor_time();
        std::hint::black_box(read(text, dialect));
        processor_time().saturating_sub(before)
    };
    (0..readings).map(|_| once()).min().unwrap_or_default()
}
