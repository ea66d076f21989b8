//! Real diagrams of the native family: a folder named by `SEQCHECK_CORPUS`, with an `index.csv`. Without it these
//! tests say that they are skipped.

#![expect(clippy::print_stderr, reason = "the table of a corpus is for whoever looks at a failure")]

use seqcheck::diagram::{Diagram, End, Item, ParticipantId};
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, parse, print};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One row of the index.
struct Row {
    name: String,
    messages: usize,
    participants: usize,
    text: String,
}

fn rows() -> Option<Vec<Row>> {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: SEQCHECK_CORPUS does not name a folder of diagrams");
        return None;
    };
    let index = std::fs::read_to_string(folder.join("index.csv")).expect("the corpus has an index.csv");
    let mut lines = index.lines();
    let heads: Vec<&str> = lines.next().expect("the index has a head").split(',').collect();
    let column = |name: &str| heads.iter().position(|head| *head == name).expect("the index has this column");
    let (name, dialect, expect) = (column("name"), column("dialect"), column("expect"));
    let (messages, participants) = (heads.len() - column("messages"), heads.len() - column("participants"));
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.get(dialect) != Some(&"wsd") || !matches!(cells[expect], "valid" | "unstated") {
            continue;
        }
        // Counted from the right: a message of the engine may hold commas.
        let number = |from_right: usize| cells[cells.len() - from_right].parse().expect("a number");
        let text = std::fs::read_to_string(folder.join(cells[name])).expect("the file of a row is there");
        let (messages, participants) = (number(messages), number(participants));
        rows.push(Row { name: cells[name].to_owned(), messages, participants, text });
    }
    Some(rows)
}

fn read(text: &str) -> Result<Diagram, String> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("corpus.wsd", text));
    match parse(&sources, id, 0..text.len(), Dialect::Native) {
        Ok(parsed) => Ok(parsed.diagram),
        Err(problems) => {
            Err(problems.iter().map(|problem| render_plain(problem, &sources)).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// Arrows, and the lifelines at their ends.
fn arrows(items: &[Item], ends: &mut BTreeSet<ParticipantId>) -> usize {
    items
        .iter()
        .map(|item| match item {
            Item::Arrow(arrow) => {
                for end in [&arrow.from, &arrow.to] {
                    if let End::Participant(id) = end {
                        ends.insert(*id);
                    }
                }
                1
            }
            Item::Group(group) => arrows(&group.body, ends),
            Item::Fragment(fragment) => fragment.operands.iter().map(|operand| arrows(&operand.body, ends)).sum(),
            _ => 0,
        })
        .sum()
}

#[test]
fn real_diagrams_parse() {
    let Some(rows) = rows() else { return };
    assert!(rows.len() >= 40, "only {} diagrams in the corpus", rows.len());
    let (mut parsed, mut as_stated, mut report) = (0, 0, Vec::new());
    for row in &rows {
        match read(&row.text) {
            Ok(diagram) => {
                parsed += 1;
                let mut ends = BTreeSet::new();
                let found = (arrows(&diagram.body, &mut ends), ends.len());
                if found == (row.messages, row.participants) {
                    as_stated += 1;
                } else {
                    let stated = (row.messages, row.participants);
                    report.push(format!("{}: (arrows, lifelines) {found:?}, stated {stated:?}", row.name));
                }
            }
            Err(problems) => report.push(format!("{}: refused\n{problems}", row.name)),
        }
    }
    eprintln!("native corpus: {parsed} of {} parsed, {as_stated} as stated\n{}", rows.len(), report.join("\n"));
    assert!(parsed * 100 >= rows.len() * 97, "{parsed} of {}:\n{}", rows.len(), report.join("\n"));
    // The stated numbers were counted line by line, comments included: not all of them are right.
    assert!(as_stated * 100 >= rows.len() * 93, "{as_stated} of {}:\n{}", rows.len(), report.join("\n"));
}

#[test]
fn real_diagrams_survive_printing() {
    let Some(rows) = rows() else { return };
    let mut changed = Vec::new();
    for row in &rows {
        let Ok(diagram) = read(&row.text) else { continue };
        let printed = print(&diagram, Dialect::Native).expect("the native dialect prints");
        let again = read(&printed.text).map(|diagram| diagram.without_spans());
        let text = again.as_ref().ok().and_then(|again| print(again, Dialect::Native)).map(|printed| printed.text);
        if !printed.losses.is_empty() || again != Ok(diagram.without_spans()) || text.as_deref() != Some(&printed.text)
        {
            changed.push(format!("{}: {again:?}\n{}", row.name, printed.text));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n\n"));
}
