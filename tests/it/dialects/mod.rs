//! `docs/dialects.md` is made from the rows beside this file, and every cell of it is tried: what it says is taken is
//! read, and means the same in each language of its row; what it says is skipped is kept and changes nothing; what it
//! says is refused is refused in those words. `UPDATE_DOCS=1` writes the page.

mod edges;
mod rows;

use rows::{Cell, ROWS, Row};
use seqcheck::diagram::{Diagram, Item};
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, parse};
use std::fmt::Write as _;
use std::path::Path;

const DIALECTS: [Dialect; 3] = [Dialect::Native, Dialect::Mermaid, Dialect::PlantUml];

/// The cell as a whole diagram: two participants and an arrow stand before it.
fn whole(cell: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Native => format!("participant A\nparticipant B\nA->B: before\n{cell}\n"),
        Dialect::Mermaid => format!("sequenceDiagram\nparticipant A\nparticipant B\nA->>B: before\n{cell}\n"),
        Dialect::PlantUml => format!("@startuml\nparticipant A\nparticipant B\nA -> B : before\n{cell}\n@enduml\n"),
    }
}

fn read(text: &str, dialect: Dialect) -> Result<Diagram, String> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("cell", text));
    match parse(&sources, id, 0..text.len(), dialect) {
        Ok(parsed) => Ok(parsed.diagram),
        Err(problems) => Err(problems.iter().map(|problem| render_plain(problem, &sources) + "\n").collect()),
    }
}

/// What is wrong with the cells of a row.
fn wrong(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut first: Option<(Dialect, Diagram)> = None;
    for (dialect, cell) in DIALECTS.into_iter().zip(&row.cells) {
        let told = |what: String| format!("{} in {}: {what}", row.what, dialect.name());
        match cell {
            Cell::None => {}
            Cell::Refused(text, words) => match read(&whole(text, dialect), dialect) {
                Ok(_) => wrong.push(told(format!("`{text}` is read"))),
                Err(said) if !said.contains(words) => wrong.push(told(format!("`{words}` is missing in {said}"))),
                Err(_) => {}
            },
            Cell::Skipped(text) => match read(&whole(text, dialect), dialect) {
                Err(said) => wrong.push(told(said)),
                Ok(diagram) => {
                    let kept = diagram.body.iter().any(|item| matches!(item, Item::Style(..)));
                    let plain = read(&whole("", dialect), dialect).map(|plain| plain.meaning());
                    if !kept || plain != Ok(diagram.meaning()) {
                        wrong.push(told(format!("`{text}` is not kept, or changes something")));
                    }
                }
            },
            Cell::Taken(text) => match read(&whole(text, dialect), dialect) {
                Err(said) => wrong.push(told(said)),
                Ok(diagram) => {
                    let meaning = diagram.meaning();
                    match &first {
                        _ if row.differs => {}
                        None => first = Some((dialect, meaning)),
                        Some((other, known)) if *known != meaning => {
                            let (one, another) = (format!("{known:#?}"), format!("{meaning:#?}"));
                            let lines = one.lines().zip(another.lines()).filter(|(one, another)| one != another);
                            let lines: Vec<_> = lines.take(3).collect();
                            wrong.push(told(format!("other than in {}: {lines:?}", other.name())));
                        }
                        Some(_) => {}
                    }
                }
            },
        }
    }
    wrong
}

#[test]
fn every_cell_is_true() {
    let wrong: Vec<String> = ROWS.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// A text as code in a table; lines below one another.
fn code(text: &str) -> String {
    let one = |line: &str| match line.contains('`') {
        true => format!("`` {} ``", line.replace('|', "\\|")),
        false => format!("`{}`", line.replace('|', "\\|")),
    };
    text.lines().map(one).collect::<Vec<_>>().join("<br>")
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::None => "–".to_owned(),
        Cell::Taken(text) => code(text),
        Cell::Skipped(text) => format!("*skipped:* {}", code(text)),
        Cell::Refused(text, words) => format!("*refused:* {} (“{words}”)", code(text)),
    }
}

fn page() -> String {
    let mut page = rows::HEAD.to_owned();
    let mut section = "";
    for row in ROWS {
        if row.section != section {
            section = row.section;
            let _ = write!(
                page,
                "\n### {section}\n\n| | seq | Mermaid | PlantUML | when it runs |\n| --- | --- | --- | --- | --- |\n"
            );
        }
        let [native, mermaid, plantuml] = row.cells.each_ref().map(shown);
        let _ = writeln!(page, "| {} | {native} | {mermaid} | {plantuml} | {} |", row.what, row.means);
    }
    page + rows::TAIL
}

#[test]
fn the_page_is_made_from_the_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dialects.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/dialects.md is not what the rows say; UPDATE_DOCS=1 writes it anew");
}

#[test]
fn reports_show_directives_as_the_language_of_the_diagram_writes_them() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let text = "Alice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n\
                Alice->Server: join room:general\nBob->Server: join room:general\nServer->Alice: user:bob joined\n\
                Alice->Server: message: hello\nServer->Bob: message from Alice: hello\n";
    let seq = read(text, Dialect::Native).expect("a diagram");
    for facts in Dialect::ALL {
        let leader = facts.directive;
        let file = |name: &str, text: &str| {
            let path = folder.path().join(format!("{name}.{}", facts.extensions[0]));
            std::fs::write(&path, text).expect("it is written");
            path.display().to_string()
        };
        let plain = seqcheck::syntax::convert(&seq, facts.dialect).text;
        let twice = crate::shell::seqcheck([file("twice", &plain).as_str(), "--mutant", "broadcast-twice"]).run();
        assert!(twice.out.contains(&format!("to allow it: {leader} ignore Bob: ")), "{twice}");
        let documented = seqcheck::syntax::convert(
            &read(&format!("#@ expect fail missing\n{text}"), Dialect::Native).expect("a diagram"),
            facts.dialect,
        );
        let documented = crate::shell::seqcheck([file("documented", &documented.text).as_str()]).run();
        assert!(documented.out.contains(&format!("documents `{leader} expect fail missing`")), "{documented}");
        let valued = plain.replace("message: hello", "message: ${word}");
        let valued = crate::shell::seqcheck([file("valued", &valued).as_str()]).run();
        assert!(valued.err.contains(&format!("set one: {leader} var word = ")), "{valued}");
        let odd = format!("{plain}\n").replacen('\n', &format!("\n{leader} timeout\n{leader} withn 3s\n"), 1);
        let odd = crate::shell::seqcheck([file("odd", &odd).as_str()]).run();
        assert!(odd.err.contains(&format!("for example: {leader} timeout 5s")), "{odd}");
        assert!(odd.err.contains(&format!("did you mean: {leader} within 500ms")), "{odd}");
    }
}

#[test]
fn breaks_in_labels_stay_what_they_are_in_every_language() {
    let texts = [
        ("sequenceDiagram\nA->>B: one<br/>two\nNote over A: x<br/>y\n", Dialect::Mermaid, "one\ntwo"),
        ("A->B: one\\ntwo\nnote over A: x\\ny\n", Dialect::Native, "one\\ntwo"),
        ("@startuml\ntitle a\\nb\nA -> B : one\\ntwo\n@enduml\n", Dialect::PlantUml, "one\\ntwo"),
        ("sequenceDiagram\nA->>B: one\\ntwo\n", Dialect::Mermaid, "one\\ntwo"),
    ];
    for (text, dialect, label) in texts {
        let diagram = read(text, dialect).expect("a diagram");
        for facts in Dialect::ALL {
            let printed = seqcheck::syntax::convert(&diagram, facts.dialect);
            assert!(printed.losses.is_empty(), "{}\n{:?}", printed.text, printed.losses);
            let again = read(&printed.text, facts.dialect).expect("a diagram");
            let labels: Vec<_> = seqcheck::diagram::arrows(&again.body).map(|arrow| arrow.label.as_str()).collect();
            assert_eq!(labels, [label], "{}", printed.text);
            assert_eq!(again.meaning(), diagram.meaning(), "{}", printed.text);
            // A break is drawn as one wherever it was one; the two signs are text in Mermaid, and stay it there.
            let literal = facts.dialect == Dialect::Mermaid && dialect == Dialect::Mermaid && label.contains('\\');
            let drawn = if facts.dialect == Dialect::Mermaid && !literal { "one<br/>two" } else { "one\\ntwo" };
            assert!(printed.text.contains(drawn), "{}", printed.text);
        }
    }
    // Both kinds in one diagram: one of them is lost in seq, and that is told.
    let both = read("sequenceDiagram\nA->>B: one<br/>two\nB->>A: a\\nb\n", Dialect::Mermaid).expect("a diagram");
    assert_eq!(seqcheck::syntax::convert(&both, Dialect::Native).losses.len(), 1);
    assert!(seqcheck::syntax::convert(&both, Dialect::Mermaid).losses.is_empty());
}
