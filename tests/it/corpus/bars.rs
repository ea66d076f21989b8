//! How much of the corpus is read as the engines read it: one table, and bars below which it must not fall.

use super::{Row, arrows, report, rows};
use seqcheck::diagram::{Diagram, End, Item};
use seqcheck::syntax::Dialect;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One line of the table.
#[derive(Default)]
struct Tally {
    /// Valid diagrams, less those for the preprocessor.
    valid: usize,
    read: usize,
    /// Read, with the participants and messages, in order, that the engine reports.
    as_engine: usize,
    /// Diagrams of which a report of the engine is at hand.
    reported: usize,
    /// Read, with as many messages, and lifelines at their ends, as the index counts.
    as_index: usize,
    /// Refused with the error that says that a preprocessor makes them.
    preprocessor: usize,
    invalid: usize,
    refused: usize,
}

/// What has to be reached, in percent: valid ones read, invalid ones refused, counts as in the index.
const BARS: [(Dialect, usize, usize, usize); 3] =
    [(Dialect::Mermaid, 99, 95, 95), (Dialect::PlantUml, 95, 95, 90), (Dialect::Native, 97, 95, 93)];

#[test]
fn real_diagrams_are_read_as_the_engines_read_them() {
    let Some(rows) = rows() else { return };
    let engine = report::of_engine();
    let mut table = format!(
        "{:9}{:>7}{:>6}{:>11}{:>10}{:>14}{:>9}{:>9}\n",
        "", "valid", "read", "as engine", "as index", "preprocessor", "invalid", "refused"
    );
    let (mut said, mut low) = (String::new(), Vec::new());
    for (dialect, bar, bar_of_invalid, bar_of_index) in BARS {
        let mut tally = Tally::default();
        for row in rows.iter().filter(|row| row.dialect == dialect) {
            count(row, engine.get(&row.name), &mut tally, &mut said);
        }
        let Tally { valid, read, as_engine, reported, as_index, preprocessor, invalid, refused } = tally;
        let reports = if reported == 0 { "–".to_owned() } else { format!("{as_engine}/{reported}") };
        let name = dialect.name();
        let _ = writeln!(
            table,
            "{name:9}{valid:>7}{read:>6}{reports:>11}{as_index:>10}{preprocessor:>14}{invalid:>9}{refused:>9}"
        );
        let bars = [
            (read, valid, bar, "of the valid ones are read"),
            (as_engine, reported, bar, "are read as the engine reports them"),
            (as_index, read, bar_of_index, "of those have the counts of the index"),
            (refused, invalid, bar_of_invalid, "of the invalid ones are refused"),
        ];
        let below = bars.into_iter().filter(|(reached, of, bar, _)| reached * 100 < of * bar);
        low.extend(
            below.map(|(reached, of, bar, what)| format!("{name}: {reached} of {of} {what}, and the bar is {bar} %")),
        );
    }
    eprintln!("{said}{table}");
    assert!(low.is_empty(), "{}\n{table}{said}", low.join("\n"));
}

/// What people wrote for people, in PlantUML: also what needs the preprocessor counts.
#[test]
fn documents_are_read() {
    let Some(rows) = rows() else { return };
    let documents = rows.iter().filter(|row| row.dialect == Dialect::PlantUml && row.role == "docs" && row.is_valid());
    let (read, unread): (Vec<_>, Vec<_>) = documents.partition(|row| row.read().is_ok());
    let names: Vec<_> = unread.iter().map(|row| &row.name).collect();
    assert!(
        read.len() > 100 && read.len() * 100 >= (read.len() + unread.len()) * 98,
        "{} are read, not {names:?}",
        read.len()
    );
}

fn count(row: &Row, engine: Option<&report::Report>, tally: &mut Tally, said: &mut String) {
    let parsed = row.read();
    let preprocessor = matches!(&parsed, Err(problems) if problems.iter().all(|one| one.code == "preprocessor"));
    if row.is_invalid() {
        let takes = row.dialect == Dialect::PlantUml && row.is_continued();
        tally.invalid += usize::from(!takes);
        tally.refused += usize::from(!takes && parsed.is_err());
        if !takes && parsed.is_ok() {
            let _ = writeln!(said, "{}: read, and the engine says: {}", row.name, row.reason);
        }
        return;
    }
    if !row.is_valid() {
        return;
    }
    if preprocessor {
        tally.preprocessor += 1;
        return;
    }
    tally.valid += 1;
    tally.reported += usize::from(engine.is_some());
    match parsed {
        Err(problems) => said.push_str(&row.said(&problems)),
        Ok(parsed) => {
            tally.read += 1;
            let ours = report::of(&parsed.diagram);
            match engine {
                Some(engine) if *engine != ours => {
                    let _ = writeln!(said, "{}: {ours:?}, and the engine reports {engine:?}", row.name);
                }
                Some(_) => tally.as_engine += 1,
                None => {}
            }
            let (ours, stated) = (counts(&parsed.diagram), (row.messages, row.participants));
            if ours == stated {
                tally.as_index += 1;
            } else {
                let _ = writeln!(said, "{}: (messages, lifelines) {ours:?}, the index counts {stated:?}", row.name);
            }
        }
    }
}

/// Messages, and the lifelines at their ends, as the index counts them: an edge of the drawing is no lifeline, and an
/// arrow that is hidden is one.
fn counts(diagram: &Diagram) -> (usize, usize) {
    let mut ends = BTreeSet::new();
    let arrows = arrows(diagram);
    for arrow in &arrows {
        for end in [&arrow.from, &arrow.to] {
            match end {
                End::Participant(id) => {
                    ends.insert(*id);
                }
                End::Several(ids) => ends.extend(ids.iter().copied()),
                End::Outside(_) | End::Everyone { .. } => {}
            }
        }
    }
    (arrows.len() + hidden(&diagram.body), ends.len())
}

/// Arrows that are not drawn: layout for us, messages for the engine.
fn hidden(items: &[Item]) -> usize {
    let one = |item: &Item| match item {
        Item::Style(text, _) => usize::from(text.contains("[hidden") || text.contains(",hidden")),
        Item::Fragment(fragment) => fragment.operands.iter().map(|operand| hidden(&operand.body)).sum(),
        Item::Group(group) => hidden(&group.body),
        _ => 0,
    };
    items.iter().map(one).sum()
}
