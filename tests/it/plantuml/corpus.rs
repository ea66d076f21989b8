//! Real diagrams, and what the official engine says of them.
//!
//! `SEQCHECK_CORPUS` names a folder with an `index.csv`: one row a diagram, with the verdict of the official engine
//! (`oracle`), what its authors expect (`expect`), and its participants and messages. Without it the test says so.

#![expect(clippy::print_stderr, reason = "a skipped test and the table of the corpus are meant to be seen")]

use seqcheck::diagram::{Diagram, Item};
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, parse, parts, print};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One row of the index.
struct Row {
    file: PathBuf,
    name: String,
    oracle: String,
    expect: String,
    reason: String,
    messages: usize,
    participants: usize,
}

fn corpus() -> Option<Vec<Row>> {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS") else {
        eprintln!("skipped: SEQCHECK_CORPUS is not set");
        return None;
    };
    let folder = Path::new(&folder);
    let index = std::fs::read_to_string(folder.join("index.csv")).unwrap();
    let mut lines = index.lines().map(cells);
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|cell| cell == name).unwrap();
    let (name, dialect, oracle, expect, reason, messages, participants) = (
        column("name"),
        column("dialect"),
        column("oracle"),
        column("expect"),
        column("oracle_error"),
        column("messages"),
        column("participants"),
    );
    let rows = lines.filter(|row| row[dialect] == "plantuml").map(|row| Row {
        file: folder.join(&row[name]),
        name: row[name].clone(),
        oracle: row[oracle].clone(),
        expect: row[expect].clone(),
        reason: row[reason].clone(),
        messages: row[messages].parse().unwrap_or(0),
        participants: row[participants].parse().unwrap_or(0),
    });
    Some(rows.collect())
}

/// The cells of a line of CSV; `""` is a quote inside of quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => cells.last_mut().unwrap().push(rest.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

fn read(file: &Path) -> (Sources, Result<seqcheck::syntax::Parsed, Vec<seqcheck::source::Diagnostic>>) {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let mut sources = Sources::new();
    let part = parts(&text, Dialect::PlantUml).into_iter().next().unwrap();
    let id = sources.add(Source::new(file.file_name().unwrap().to_string_lossy(), text));
    let parsed = parse(&sources, id, part, Dialect::PlantUml);
    (sources, parsed)
}

/// Whether the engine stopped at a line that goes on behind a backslash.
fn is_continued(row: &Row) -> bool {
    let text = String::from_utf8_lossy(&std::fs::read(&row.file).unwrap()).into_owned();
    let line = row
        .reason
        .strip_prefix("line ")
        .and_then(|rest| rest.split(':').next())
        .and_then(|line| line.parse::<usize>().ok());
    let above =
        line.and_then(|line| text.lines().skip_while(|line| !line.starts_with("@start")).nth(line.saturating_sub(2)));
    row.reason.contains("Syntax Error") && above.is_some_and(|above| above.ends_with('\\'))
}

fn arrows(items: &[Item]) -> usize {
    items
        .iter()
        .map(|item| match item {
            Item::Arrow(_) => 1,
            Item::Fragment(fragment) => fragment.operands.iter().map(|operand| arrows(&operand.body)).sum(),
            Item::Group(group) => arrows(&group.body),
            // An arrow that is not drawn is layout here, and a message for the engine.
            Item::Style(text, _) if text.contains("[hidden") || text.contains(",hidden") => 1,
            _ => 0,
        })
        .sum()
}

fn messages(diagram: &Diagram) -> usize {
    arrows(&diagram.body)
}

#[test]
fn the_corpus_is_read_as_the_engine_reads_it() {
    let Some(rows) = corpus() else { return };
    let mut table: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut said = String::new();
    let (mut counted, mut same) = (0, 0);
    for row in &rows {
        let (sources, parsed) = read(&row.file);
        let outcome = match &parsed {
            Ok(_) => "read",
            Err(problems) if problems.iter().all(|problem| problem.code == "preprocessor") => "preprocessor",
            Err(_) => "refused",
        };
        *table.entry((format!("{} / {}", row.oracle, row.expect), outcome)).or_default() += 1;
        match &parsed {
            Ok(parsed) if row.oracle == "ok" => {
                counted += 1;
                let (m, p) = (messages(&parsed.diagram), parsed.diagram.participants.len());
                if (m, p) == (row.messages, row.participants) {
                    same += 1;
                } else {
                    let _ = writeln!(
                        said,
                        "{}: {m} messages, {p} participants; the index has {}, {}",
                        row.name, row.messages, row.participants
                    );
                }
            }
            Err(problems) if row.oracle == "ok" && outcome == "refused" => {
                for problem in problems {
                    let _ = writeln!(said, "{}", render_plain(problem, &sources));
                }
            }
            Ok(_) if row.oracle == "error" => {
                let _ = writeln!(said, "{}: read, but the engine says {}", row.name, row.reason);
            }
            Ok(_) | Err(_) => {}
        }
    }
    eprintln!("{said}");
    for ((verdict, outcome), count) in &table {
        eprintln!("{verdict:30} {outcome:14} {count}");
    }
    eprintln!("same participants and messages: {same} of {counted} (the index counts lines that look like them)");
    let count = |verdict: &str, outcome: &str| {
        let cells = table.iter().filter(|((row, column), _)| row.starts_with(verdict) && *column == outcome);
        cells.map(|(_, count)| count).sum::<usize>()
    };
    let (taken, refused) = (count("ok", "read"), count("ok", "refused"));
    assert!(taken * 100 >= (taken + refused) * 95, "{taken} of {} are read that the engine takes", taken + refused);
    // Lines continued with a backslash are the language's, although the engine's build for the browser refuses them.
    let continued = rows.iter().filter(|row| row.oracle == "error" && is_continued(row)).count();
    let all = rows.iter().filter(|row| row.oracle == "error").count() - continued;
    let wrongly =
        rows.iter().filter(|row| row.oracle == "error" && !is_continued(row) && read(&row.file).1.is_ok()).count();
    eprintln!(
        "refused of those that the engine refuses: {} of {all}, and {continued} with continued lines",
        all - wrongly
    );
    assert!((all - wrongly) * 100 >= all * 95, "{wrongly} of {all} are read that the engine refuses");
    assert!(same * 100 >= counted * 80, "{same} of {counted} have the participants and messages of the index");
}

#[test]
fn every_diagram_of_the_corpus_is_printed_and_read_again() {
    let Some(rows) = corpus() else { return };
    let mut wrong = Vec::new();
    let mut held = 0;
    for row in &rows {
        let (_, Ok(first)) = read(&row.file) else { continue };
        let printed = print(&first.diagram, Dialect::PlantUml).unwrap();
        let again = match super::read(&printed.text) {
            Ok(again) => again,
            Err(problems) => {
                wrong.push(format!("{}: {problems:?}\n{}", row.name, printed.text));
                continue;
            }
        };
        if again.diagram.without_spans() != first.diagram.without_spans() {
            wrong.push(format!("{}\n{}", row.name, difference(&first.diagram, &again.diagram)));
        } else if !printed.losses.is_empty() {
            wrong.push(format!("{}: {:?}", row.name, printed.losses));
        } else {
            held += 1;
        }
        let twice = print(&again.diagram, Dialect::PlantUml).unwrap();
        assert_eq!(twice.text, printed.text, "{}", row.name);
    }
    assert!(wrong.is_empty(), "{} of {} are not the same:\n{}", wrong.len(), held + wrong.len(), wrong.join("\n\n"));
}

fn difference(one: &Diagram, other: &Diagram) -> String {
    let (one, other) = (format!("{:#?}", one.without_spans()), format!("{:#?}", other.without_spans()));
    let pairs = one.lines().zip(other.lines());
    let lines = pairs.filter(|(a, b)| a != b).take(6);
    lines.map(|(a, b)| format!("- {a}\n+ {b}")).collect::<Vec<_>>().join("\n")
}
