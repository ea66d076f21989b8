//! Real diagrams: the folder that `SEQCHECK_CORPUS` names. Without it these tests say that they are skipped.
//!
//! Its `index.csv` has a row for each diagram: the verdict of the official engine (`oracle`), what its authors expect
//! (`expect`), and counts of messages and participants. Those were counted line by line, comments included. What
//! the engine of Mermaid itself reported of each diagram, participants and messages in order, is beside this file as
//! `engine.csv`, as a digest.

mod agents;
mod bars;
mod report;
mod round_trip;

use seqcheck::diagram::{Arrow, Diagram, Item};
use seqcheck::source::{Diagnostic, Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, Parsed, parse, parts};
use std::path::{Path, PathBuf};

/// One row of the index.
struct Row {
    name: String,
    dialect: Dialect,
    oracle: String,
    expect: String,
    /// What the engine said against it.
    reason: String,
    messages: usize,
    participants: usize,
    /// `docs` of what people wrote for people; `tool-tests` of what tries an engine.
    role: String,
    text: String,
}

impl Row {
    /// Whether the diagram is one: the engine reads it, or nobody asked an engine and its authors say so.
    fn is_valid(&self) -> bool {
        self.expect != "invalid" && self.oracle != "error" && self.oracle != "not decided"
    }

    /// Whether it is none.
    fn is_invalid(&self) -> bool {
        self.expect == "invalid" || self.oracle == "error"
    }

    /// Whether the engine stopped at a line that goes on behind a backslash: those are the language's, although the
    /// build of the engine for browsers refuses them.
    fn is_continued(&self) -> bool {
        let line = self.reason.strip_prefix("line ").and_then(|rest| rest.split(':').next());
        let line = line.and_then(|line| line.parse::<usize>().ok()).unwrap_or_default();
        let mut lines = self.text.lines().skip_while(|line| !line.starts_with("@start"));
        let above = lines.nth(line.saturating_sub(2));
        line > 1 && self.reason.contains("Syntax Error") && above.is_some_and(|above| above.ends_with('\\'))
    }

    fn read(&self) -> Result<Parsed, Vec<Diagnostic>> {
        read(&self.text, self.dialect)
    }

    /// The problems as a person sees them.
    fn said(&self, problems: &[Diagnostic]) -> String {
        let mut sources = Sources::new();
        sources.add(Source::new(self.name.as_str(), self.text.as_str()));
        problems.iter().map(|problem| render_plain(problem, &sources) + "\n").collect()
    }
}

/// The first diagram of a text.
fn read(text: &str, dialect: Dialect) -> Result<Parsed, Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("corpus", text));
    let part = parts(text, dialect).into_iter().next().unwrap_or_default();
    parse(&sources, id, part, dialect)
}

/// The rows of the index.
fn rows() -> Option<Vec<Row>> {
    let Some(folder) = std::env::var_os("SEQCHECK_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: SEQCHECK_CORPUS does not name a folder of diagrams");
        return None;
    };
    let records = records(&text_of(&folder.join("index.csv")));
    let (head, rows) = records.split_first().expect("the index has a head");
    let column = |name: &str| head.iter().position(|cell| cell == name).expect("the index has this column");
    let columns =
        ["name", "dialect", "oracle", "expect", "oracle_error", "messages", "participants", "role"].map(column);
    let row = |cells: &Vec<String>| {
        let [name, dialect, oracle, expect, reason, messages, participants, role] =
            columns.map(|column| &cells[column]);
        Row {
            text: text_of(&folder.join(name)),
            name: name.clone(),
            dialect: match dialect.as_str() {
                "mermaid" => Dialect::Mermaid,
                "plantuml" => Dialect::PlantUml,
                _ => Dialect::Native,
            },
            oracle: oracle.clone(),
            expect: expect.clone(),
            reason: reason.clone(),
            messages: messages.parse().unwrap_or(0),
            participants: participants.parse().unwrap_or(0),
            role: role.clone(),
        }
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    assert!(rows.len() >= 500, "only {} diagrams in the corpus", rows.len());
    Some(rows)
}

fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Comma-separated values, some in quotes.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.extend(signs.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            '\r' if !quoted => {}
            sign => cell.push(sign),
        }
    }
    records
}

/// All arrows, in the order of the text.
fn arrows(diagram: &Diagram) -> Vec<&Arrow> {
    fn walk<'d>(items: &'d [Item], found: &mut Vec<&'d Arrow>) {
        for item in items {
            match item {
                Item::Arrow(arrow) => found.push(arrow),
                Item::Group(group) => walk(&group.body, found),
                Item::Fragment(fragment) => fragment.operands.iter().for_each(|operand| walk(&operand.body, found)),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(&diagram.body, &mut found);
    found
}
