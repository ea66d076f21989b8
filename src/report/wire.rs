//! The frames of a play as a snapshot keeps them.
//!
//! Every arrow stands where it is drawn, with its frames in the order in which they passed; so whatever order the
//! diagram leaves open makes no difference. What the holes of the binding hold (ids, times, names of the diagram) is
//! the hole; what the binding does not judge is left out.

use super::run::ScenarioReport;
use crate::oracle::{Fate, Mark, Plan};
use crate::order::{ArrowId, Point};
use crate::trace::Event;
use rustc_hash::FxHashMap;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// A frame on one line is at most so long, in bytes; a longer one is broken up.
const LINE: usize = 100;
/// So many lines are shown around each difference.
const CONTEXT: usize = 3;

/// The lines of a play.
pub fn lines(plan: &Plan, report: &ScenarioReport) -> Vec<String> {
    let mut marks: FxHashMap<ArrowId, Vec<&Mark>> = FxHashMap::default();
    for mark in &report.outcome.marks {
        if let (Some(arrow), Fate::Sent | Fate::Passed) = (mark.arrow, mark.fate) {
            marks.entry(arrow).or_default().push(mark);
        }
    }
    let order = plan.order();
    let name = |end: Point| end.lifeline().map_or("outside", |lifeline| &order.lifeline(lifeline).name);
    let mut lines = Vec::new();
    for (id, arrow) in order.arrow_ids() {
        for mark in marks.get(&id).into_iter().flatten() {
            lines.push(format!("{} -> {}: {}", name(arrow.from), name(arrow.to), arrow.label));
            let event = mark.entry.and_then(|entry| report.trace.get(entry)).map(|entry| &entry.event);
            let frames = match event {
                Some(Event::Received { observed, .. }) => {
                    plan.expectation(id).and_then(|expectation| expectation.locked(observed)).into_iter().collect()
                }
                Some(Event::Sent { .. }) => {
                    let outline = plan.planned(id).resolved.as_ref().map(|resolved| resolved.outline());
                    outline.unwrap_or_default().into_iter().map(value).collect()
                }
                Some(
                    Event::Done { .. }
                    | Event::Echoed { .. }
                    | Event::Quiet { .. }
                    | Event::Chose { .. }
                    | Event::Learned { .. }
                    | Event::Frozen,
                )
                | None => Vec::new(),
            };
            frames.iter().for_each(|frame| put(&mut lines, frame));
        }
    }
    lines
}

fn value(text: String) -> Value {
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.is_object() || value.is_array() => value,
        Ok(_) | Err(_) => Value::String(text),
    }
}

fn put(lines: &mut Vec<String>, frame: &Value) {
    let text = match frame {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => {
            let line = frame.to_string();
            if line.len() > LINE { format!("{frame:#}") } else { line }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => frame.to_string(),
    };
    lines.extend(text.lines().map(|line| format!("    {}", crate::source::visible(line)).trim_end().to_owned()));
}

/// The lines around each difference; empty where there is none.
pub fn diff(locked: &[String], observed: &[String]) -> Vec<(char, String)> {
    let slices = |lines: &[String]| lines.to_vec();
    let (old, new) = (slices(locked), slices(observed));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut out = Vec::new();
    if old == new {
        return out;
    }
    for (index, group) in diff.grouped_ops(CONTEXT).into_iter().enumerate() {
        if index > 0 {
            out.push((' ', "…".to_owned()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            out.push((sign, change.value().to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_stands_among_its_neighbours() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(diff(&lines("a b c"), &lines("a b c")), []);
        let text: String = diff(&lines("a b c d e f g"), &lines("a b c d x f g"))
            .iter()
            .map(|(sign, text)| format!("{sign}{text}"))
            .collect();
        assert_eq!(text, " b c d-e+x f g");
    }
}
