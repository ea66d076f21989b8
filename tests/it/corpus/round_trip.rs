//! Every real diagram, in every dialect: printed, read again, printed again.

use super::{Row, arrows, read, rows};
use seqcheck::diagram::{Diagram, End, Item};
use seqcheck::syntax::{Dialect, convert};

#[test]
fn a_diagram_in_its_own_dialect_stays_as_it_is() {
    let Some(rows) = rows() else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in &rows {
        let Ok(parsed) = row.read() else { continue };
        count += 1;
        let printed = convert(&parsed.diagram, row.dialect);
        if !printed.losses.is_empty() {
            wrong.push(format!("{}: {}", row.name, row.said(&printed.losses)));
        }
        wrong.extend(differing(row, &parsed.diagram, row.dialect, true));
    }
    assert!(count >= 500, "{count}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_diagram_in_another_dialect_is_the_same_where_that_can_hold_it() {
    let Some(rows) = rows() else { return };
    let mut wrong = Vec::new();
    for (from, to) in pairs() {
        let (mut count, mut held) = (0, 0);
        for row in rows.iter().filter(|row| row.dialect == from) {
            let Ok(parsed) = row.read() else { continue };
            count += 1;
            // PlantUML has no diagram without a lifeline.
            if parsed.diagram.participants.is_empty() {
                continue;
            }
            let whole = convert(&parsed.diagram, to).losses.is_empty();
            held += usize::from(whole);
            let found = differing(row, &parsed.diagram, to, whole);
            wrong.extend(found.map(|what| format!("{} → {}: {what}", from.name(), to.name())));
        }
        eprintln!("{} → {}: {count} diagrams, {held} without a loss", from.name(), to.name());
        assert!(count >= 40, "{count}");
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    let all = || Dialect::ALL.into_iter().map(|facts| facts.dialect);
    all().flat_map(move |from| all().filter(move |to| *to != from).map(move |to| (from, to)))
}

/// What is wrong with the print of a diagram. Where something is lost, the messages and their ends are still those.
fn differing(row: &Row, diagram: &Diagram, to: Dialect, whole: bool) -> Option<String> {
    let printed = convert(diagram, to);
    let again = match read(&printed.text, to) {
        Ok(again) => again.diagram,
        Err(problems) => return Some(format!("{}: refused: {}\n{}", row.name, problems[0].message, printed.text)),
    };
    let twice = convert(&again, to);
    if twice.text != printed.text {
        return Some(format!("{}: printed twice, it is\n{}", row.name, lines(&printed.text, &twice.text)));
    }
    let name = |diagram: &Diagram, end: &End| match end {
        End::Participant(id) => diagram.participant(*id).id.clone(),
        End::Outside(_) | End::Everyone { .. } | End::Several(_) => format!("{end:?}"),
    };
    let messages = |diagram: &Diagram| -> Vec<_> {
        let all = arrows(diagram).into_iter();
        // One arrow to several lifelines is several arrows elsewhere, and one with two heads may be.
        let single = all.filter(|arrow| {
            !matches!(arrow.to, End::Several(_)) && !matches!(arrow.from, End::Several(_)) && !arrow.drawn.both
        });
        single.map(|arrow| (name(diagram, &arrow.from), name(diagram, &arrow.to), one_line(&arrow.label))).collect()
    };
    let ids = |diagram: &Diagram| -> Vec<String> { diagram.participants.iter().map(|one| one.id.clone()).collect() };
    // How something looks is said in each language in other words; in its own all of it stays.
    let kept = |diagram: &Diagram| if row.dialect == to { diagram.without_spans() } else { diagram.meaning() };
    let (before, after) = (kept(diagram), kept(&again));
    if whole && (before != after || comments(&diagram.body) != comments(&again.body)) {
        let (one, other) = (format!("{before:#?}"), format!("{after:#?}"));
        return Some(format!("{}: another diagram\n{}\n{}", row.name, lines(&one, &other), printed.text));
    }
    let plain = messages(diagram);
    if plain.len() == arrows(diagram).len() && plain != messages(&again) {
        let differing = plain.iter().zip(messages(&again)).find(|(one, other)| *one != other);
        return Some(format!("{}: other messages: {differing:?}", row.name));
    }
    let ids = |diagram: &Diagram| -> Vec<String> { ids(diagram).iter().map(|id| id.replace('"', "'")).collect() };
    (ids(diagram) != ids(&again)).then(|| format!("{}: {:?} is {:?}", row.name, ids(diagram), ids(&again)))
}

/// The words of all comments, in order.
fn comments(items: &[Item]) -> Vec<&str> {
    let mut words = Vec::new();
    for item in items {
        match item {
            Item::Comment(text, _) => words.extend(text.split_whitespace()),
            Item::Group(group) => words.extend(comments(&group.body)),
            Item::Fragment(fragment) => {
                fragment.operands.iter().for_each(|operand| words.extend(comments(&operand.body)));
            }
            _ => {}
        }
    }
    words
}

/// A break of the line is a break, however a dialect spells it.
fn one_line(label: &str) -> String {
    label.replace("\\n", "\n")
}

/// The first lines that differ.
fn lines(one: &str, other: &str) -> String {
    let pairs = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    pairs.take(4).map(|(one, other)| format!("- {one}\n+ {other}\n")).collect()
}
