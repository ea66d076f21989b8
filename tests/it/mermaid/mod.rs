//! Mermaid: what is read, and what is said of text that cannot be.

mod generated;
mod hostile;

use seqcheck::diagram::{Diagram, Item};
use seqcheck::source::{Diagnostic, Severity, Source, Sources, render_plain};
use seqcheck::syntax::{Converted, Dialect, convert, parse};

fn read(text: &str) -> (Option<Diagram>, String) {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("x.mmd", text));
    let say = |problems: &[Diagnostic]| {
        problems.iter().map(|problem| render_plain(problem, &sources)).collect::<Vec<_>>().join("\n")
    };
    match parse(&sources, id, 0..text.len(), Dialect::Mermaid) {
        Ok(parsed) => (Some(parsed.diagram), say(&parsed.warnings)),
        Err(problems) => {
            assert!(problems.iter().any(|problem| problem.severity == Severity::Error), "{text}");
            (None, say(&problems))
        }
    }
}

fn diagram(text: &str) -> Diagram {
    let (diagram, said) = read(text);
    diagram.unwrap_or_else(|| panic!("{text}\n{said}"))
}

/// Prints a diagram, reads it again, and says where it is not the same.
fn printed_again(diagram: &Diagram) -> Result<Converted, String> {
    let printed = convert(diagram, Dialect::Mermaid);
    let (again, said) = read(&printed.text);
    let Some(again) = again else { return Err(format!("refused\n{said}\n{}", printed.text)) };
    // What is only drawn may be lost, and then is named.
    let same = again.without_spans() == diagram.without_spans()
        || !printed.losses.is_empty() && again.meaning() == diagram.meaning();
    if same {
        return Ok(printed);
    }
    let (before, after) = (format!("{:#?}", diagram.without_spans()), format!("{:#?}", again.without_spans()));
    let differing = before.lines().zip(after.lines()).find(|(one, other)| one != other);
    Err(format!("another diagram: {differing:?}\n{}", printed.text))
}

#[test]
fn everything_is_printed_so_that_it_is_read_as_it_was() {
    let diagram = diagram(include_str!("../../cases/dialects/everything.mmd"));
    let printed = printed_again(&diagram).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(printed.losses, []);
    assert_eq!(convert(&diagram, Dialect::Mermaid), printed);
    insta::with_settings!({snapshot_path => "../../../snapshots/mermaid", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("printed", printed.text);
    });
}

#[test]
fn what_mermaid_cannot_hold_is_written_in_its_nearest_form_and_named() {
    let text = include_str!("../../cases/dialects/foreign.seq");
    let mut sources = Sources::new();
    let id = sources.add(Source::new("foreign.seq", text));
    let native = match parse(&sources, id, 0..text.len(), Dialect::Native) {
        Ok(parsed) => parsed.diagram,
        Err(problems) => {
            panic!("{}", problems.iter().map(|problem| render_plain(problem, &sources)).collect::<String>())
        }
    };
    let Converted { text, losses } = convert(&native, Dialect::Mermaid);
    let again = diagram(&text);
    let losses: Vec<String> = losses.iter().map(|loss| render_plain(loss, &sources)).collect();
    assert_eq!(convert(&again, Dialect::Mermaid).text, text, "a second print changes nothing");
    insta::with_settings!({snapshot_path => "../../../snapshots/mermaid", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("foreign", format!("{text}---\n{}", losses.join("\n")));
    });
}

#[test]
fn the_first_diagram_means_the_same_in_both_dialects() {
    let native = include_str!("../../../scenarios/chat.seq");
    let mut sources = Sources::new();
    let id = sources.add(Source::new("chat.seq", native));
    let native = parse(&sources, id, 0..native.len(), Dialect::Native).expect("chat.seq is read").diagram;
    let text = include_str!("../../../scenarios/chat.seq")
        .lines()
        .map(|line| match line {
            "participant \"Chat Server\" as Server" => "participant Server as Chat Server".to_owned(),
            line if line.contains("-->") => line.replacen("-->", "-->>", 1),
            line => line.replacen("->", "->>", 1),
        })
        .collect::<Vec<_>>()
        .join("\n");
    let mermaid = diagram(&format!("sequenceDiagram\n{text}\n"));
    assert_eq!(mermaid.meaning(), native.meaning());
}

#[test]
fn a_diagram_with_everything_is_read() {
    let text = include_str!("../../cases/dialects/everything.mmd");
    let (read, said) = read(text);
    let diagram = read.unwrap_or_else(|| panic!("{said}"));
    assert_eq!(said, "");
    insta::with_settings!({snapshot_path => "../../../snapshots/mermaid", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("everything", format!("{:#?}", diagram.without_spans()));
    });
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let text = include_str!("../../cases/dialects/everything.mmd");
    let plain = diagram(text).without_spans();
    assert_eq!(diagram(text).without_spans(), plain);
    assert_eq!(diagram(&text.replace('\n', "\r\n")).without_spans(), plain);
    let bom = format!("\u{feff}{text}");
    assert_eq!(diagram(&bom).without_spans(), plain);
}

/// Each text with its problems, one after the other.
fn said_of(cases: &[&str]) -> String {
    let mut out = String::new();
    for case in cases {
        let text = format!("sequenceDiagram\n{case}\n");
        let (diagram, said) = read(&text);
        let verdict = if diagram.is_some() { "read" } else { "refused" };
        out.push_str(&format!("=== {verdict}\n{case}\n---\n{said}\n\n"));
    }
    out
}

#[test]
fn likely_mistakes_are_named() {
    let said = said_of(&[
        "participant \"Chat Server\" as Server\nAlice->>Server: hi",
        "participant Alice as A\nA->>B: hi",
        "participant Chat Server as CS\nA->>CS: hi",
        "A->>B: {\"room\": \"#general\"}",
        "Note over A: ticket #12 is done",
        "A->>B: first; then second",
        "A->>B: one; B->>A: two",
        "loop every #minute\nA->>B: x\nend",
        "A->>B: unit #12; is odd",
        "A<-B: x\nA<--B: y\nA<->B: z",
        "A–>>B: en dash\nA—>B: em dash\nA→B: one sign",
        "participant “Alice”\n“Alice”->>B: curly\nA->>B",
        "A->>B hello\nA->>: x",
        "A->>B: a text that goes\non in the next line",
        "alt x\nA->>B: x\nend alt\nloop y\nA->>B: y\nendloop\nend",
        "opt x\nA->>B: x\nelse y\nA->>B: y\nend\nelse",
        "par x\nA->>B: x\nelse y\nA->>B: y\nend",
        "alt x\nA->>B: x\nloop y\nA->>B: y\nend",
        "end",
        "A->>B: x\nB-->>-A: y",
        "A->>+B: x\nalt one\nB-->>-A: y\nelse two\nB-->>-A: z\nend",
        "create B\ncreate participant C\nA->>B: x",
        "A->>B: x\ncreate participant B\nA->>B: y\ndestroy B\nA->>C: z",
        "activate Nobody\nA->>B: x",
        "box Blue Team\nparticipant A\nA->>B: x\nend\nbox Red\nparticipant A\nend",
        "Note over A,B,C: three\nNote left A: x\nNote A: y\nNote over A",
        "autonumber -1\nautonumber 1.234\nautonumber 10 \ntitle:x\naccTitle x",
        "A->>end: x\nnote->>B: x\n1 A->>B: x\nmax-x->>B: y",
        "participant A@{}\nparticipant A B@{ \"type\": \"queue\" }\nparticipant C@{ \"type\": \"cloud\" }\nparticipant a:b",
        "participant D@{ \"type\": \"queue\"",
        "== divider ==\n...\nref over A: x\n// comment\ndatabase D\nstrict\nendif",
        "partcipant A\nA=>B: x\nA..>B: y",
        "%%{init: {}\nA->>B: x",
        "%%@ as dividr\n%%@ as divider\nA->>B: x\n%%@ as lost",
    ]);
    insta::with_settings!({snapshot_path => "../../../snapshots/mermaid", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("mistakes", said);
    });
}

#[test]
fn the_first_word_is_looked_at() {
    let mut out = String::new();
    for text in [
        "",
        "flowchart TD\n  A --> B",
        "sequencediagram\nA->>B: x",
        "A->>B: x",
        "seqenceDiagram\nA->>B: x",
        "\n---\ntitle: x\n---\nsequenceDiagram",
        "---\ntitle: x\nsequenceDiagram\nA->>B: x",
    ] {
        out.push_str(&format!("=== {text:?}\n{}\n\n", read(text).1));
    }
    insta::with_settings!({snapshot_path => "../../../snapshots/mermaid", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("first_word", out);
    });
}

#[test]
fn what_mermaid_has_no_statement_for_is_read_behind_as() {
    let text = "sequenceDiagram\nA->>B: x\n%%@ as divider\nNote over A,B: later\n%%@ as delay\nNote over A: 3s\n\
                %%@ as ref over A, B\nNote over A,B: login\n%%@ as lost\nA-xB: gone\n%%@ as strict in order\n\
                rect rgb(245, 245, 245)\nA->>B: y\nend\n";
    let body = diagram(text).without_spans().body;
    let kinds: Vec<&str> = body
        .iter()
        .map(|item| match item {
            Item::Arrow(arrow) if arrow.drawn.lost => "lost",
            Item::Arrow(_) => "arrow",
            Item::Divider { .. } => "divider",
            Item::Delay { duration: Some(_), .. } => "delay",
            Item::Ref(_) => "ref",
            Item::Fragment(fragment) => fragment.kind.keyword(),
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["arrow", "divider", "delay", "ref", "lost", "strict"]);
}
