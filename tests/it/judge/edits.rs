//! Every arrow of every scenario deleted, exchanged with the arrow below, reworded and drawn twice, and the old record
//! judged by what is drawn then.

use super::{Recorded, Table, Told, read, recorded, tried};
use seqcheck::oracle::{Class, Part, Reason};
use std::collections::BTreeSet;

/// An arrow of the text of a scenario.
struct Drawn {
    /// Its line in the text, from 0.
    line: usize,
    /// The first line of the directives that are about it.
    first: usize,
    sent: bool,
    /// It was sent or observed in the record, and what it draws is judged: an answer of 2xx need not be drawn.
    judged: bool,
    label: String,
}

fn arrows(recorded: &Recorded) -> Vec<Drawn> {
    let plan = recorded.prepared.plan().expect("it was played");
    let reached: BTreeSet<u32> = recorded.reached.iter().map(|arrow| plan.order().arrow(*arrow).line).collect();
    let lines: Vec<&str> = recorded.text.lines().collect();
    let mut arrows: Vec<Drawn> = Vec::new();
    for (id, arrow) in plan.order().arrow_ids() {
        let line = arrow.line as usize - 1;
        let part = plan.planned(id).part;
        // What is unfolded for many clients is one arrow, and what comes from another diagram is none of this text.
        let own = lines.get(line).is_some_and(|text| text.trim_end().ends_with(&*arrow.label));
        if !own || arrows.iter().any(|known| known.line == line) || !matches!(part, Part::Stimulus | Part::Observation)
        {
            continue;
        }
        let mut first = line;
        while first > 0 && lines[first - 1].trim_start().starts_with("#@ ") {
            first -= 1;
        }
        let silent = arrow.label.starts_with("20");
        let judged = reached.contains(&arrow.line) && !silent;
        arrows.push(Drawn { line, first, sent: part == Part::Stimulus, judged, label: arrow.label.to_string() });
    }
    arrows
}

/// Another label that some rule of the binding has.
fn reworded(arrow: &Drawn) -> String {
    match (arrow.label.split_once(": "), arrow.sent) {
        (Some((head, text)), _) if !text.is_empty() => format!("{head}: {text} indeed"),
        (_, true) => "message: something else".to_owned(),
        (_, false) => "message from Nobody: something else".to_owned(),
    }
}

/// The text with one edit.
fn edited(text: &str, edit: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    edit(&mut lines);
    lines.join("\n") + "\n"
}

#[test]
fn no_edit_makes_the_server_guilty_of_what_the_tool_sent() {
    let mut table = Table::default();
    let mut wrong = Vec::new();
    let mut index = 0;
    for recorded in recorded() {
        let arrows = arrows(recorded);
        for (at, arrow) in arrows.iter().enumerate() {
            index += 1;
            if !tried(index) {
                continue;
            }
            let below = arrows.get(at + 1).filter(|below| below.line == arrow.line + 1);
            let who = if arrow.sent { "a client's arrow" } else { "an observation" };
            let mut edits: Vec<(&'static str, String)> = vec![
                (
                    if arrow.sent { "client's arrow deleted" } else { "observation deleted" },
                    edited(&recorded.text, |lines| drop(lines.drain(arrow.first..=arrow.line))),
                ),
                (
                    if arrow.sent { "client's arrow reworded" } else { "observation reworded" },
                    edited(&recorded.text, |lines| {
                        let head =
                            lines[arrow.line].strip_suffix(&arrow.label).expect("it ends with its label").to_owned();
                        lines[arrow.line] = head + &reworded(arrow);
                    }),
                ),
                (
                    if arrow.sent { "client's arrow drawn twice" } else { "observation drawn twice" },
                    edited(&recorded.text, |lines| lines.insert(arrow.line, lines[arrow.line].clone())),
                ),
            ];
            if let Some(below) = below {
                let row = match (arrow.sent, below.sent) {
                    (true, true) => "two sends exchanged",
                    (false, false) => "two observations exchanged",
                    (true, false) => "send exchanged with what follows",
                    (false, true) => "observation exchanged with a send",
                };
                edits.push((row, edited(&recorded.text, |lines| lines.swap(arrow.line, below.line))));
            }
            for (row, text) in edits {
                let Some(prepared) = read(&text) else {
                    table.count(row, "refused");
                    continue;
                };
                let judged = prepared.judge(&recorded.header, &recorded.entries).expect("a verdict");
                let told = Told::of(&judged);
                table.count(row, told.word());
                let silent = told == Told::Pass && !arrow.judged;
                if !silent && !may_be(row, told) {
                    wrong.push(format!("{}:{}: {row} ({who}): {judged}", recorded.name, arrow.line + 1));
                }
            }
        }
    }
    table.print("records judged by an edited diagram");
    assert!(wrong.is_empty(), "{} of {index}\n{}", wrong.len(), wrong.join("\n"));
}

/// What an edit may come to.
fn may_be(row: &str, told: Told) -> bool {
    let gaps = told == Told::Doubt(Reason::Gaps);
    // Nobody asked for the echo that this diagram would need.
    let unconfirmed = told == Told::Doubt(Reason::Unconfirmed);
    match row {
        // The record has a send that is not drawn, or lacks one that is.
        "client's arrow deleted" | "client's arrow reworded" | "client's arrow drawn twice" => gaps,
        // The frame came, and nothing draws it.
        "observation deleted" => {
            // Where it gave a name its value, what follows disagrees as well; an end that nobody draws is one, too.
            let found = [Class::Unexpected, Class::Duplicate, Class::Misrouted, Class::WrongPayload, Class::Closed];
            gaps || unconfirmed || found.map(Told::Fail).contains(&told)
        }
        "observation reworded" => gaps || unconfirmed || matches!(told, Told::Fail(_)),
        "observation drawn twice" => gaps || matches!(told, Told::Fail(_)),
        "two observations exchanged" => {
            // A connection ends once: where its end is drawn, something else came.
            let found = [Class::Reordered, Class::Early, Class::WrongPayload].map(Told::Fail);
            told == Told::Pass || gaps || found.contains(&told)
        }
        _ => told == Told::Pass || gaps || unconfirmed,
    }
}
