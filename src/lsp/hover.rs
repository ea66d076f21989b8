//! What an arrow is on the wire and what its place rests on; who a participant is; what a directive says.

use super::host::{Kind, Piece};
use super::links::{from_client, rule_of};
use super::names;
use super::outline;
use super::sheet::Sheet;
use super::words;
use crate::diagram::{Arrow, ParticipantId};
use crate::oracle::{Basis, Part, Plan};
use crate::order::relation::{Point, Which};
use crate::order::{ArrowId, Role};
use crate::run::Survey;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::ops::Range;

/// So many arrows are named that another one comes after.
const MOST: usize = 4;
/// A frame is shown up to so many bytes.
const FRAME_BYTES: usize = 2_000;

/// `textDocument/hover`
pub fn hover(sheet: &Sheet<'_>, offset: usize) -> Value {
    let found = match sheet.look.kind {
        Kind::Diagram => diagram(sheet, offset),
        Kind::Binding | Kind::Settings => words::key_at(sheet, offset),
        Kind::Other => None,
    };
    let Some((range, text)) = found else { return Value::Null };
    let text = sheet.look.hidden.redact(&text).into_owned();
    json!({ "range": sheet.range(range), "contents": { "kind": "markdown", "value": text } })
}

fn diagram(sheet: &Sheet<'_>, offset: usize) -> Option<(Range<usize>, String)> {
    let piece = sheet.look.piece_at(offset)?;
    if let Some((piece, id, range)) = names::at(sheet, offset) {
        return Some((range, participant(sheet, piece, id)));
    }
    if let Some(arrow) = sheet.arrow_at(piece, offset) {
        return Some((arrow.span.range(), of_arrow(piece, arrow)));
    }
    words::directive_at(sheet, piece, offset).or_else(|| words::keyword_at(sheet, offset))
}

fn participant(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId) -> String {
    let participant = piece.diagram.participant(id);
    let mut text = format!("**{}**", escaped(&participant.id));
    if let Some(label) = &participant.label {
        let _ = write!(text, ", drawn as “{}”", escaped(label));
    }
    if let Some(survey) = &piece.survey {
        let order = survey.plan.order();
        let lifelines: Vec<_> = order.lifelines.iter().filter(|lifeline| lifeline.participant == id).collect();
        let role = lifelines.first().map(|lifeline| match lifeline.role {
            Role::Simulated => "played by seqcheck",
            Role::Tested => "tested",
            Role::Silent => "silent: it sends and receives nothing on the wire",
        });
        text.extend(role.into_iter().flat_map(|role| ["\n\n", role]));
        if lifelines.len() > 1 {
            let _ = write!(text, ", {} lifelines", lifelines.len());
        }
    }
    let line = sheet.lines.position(sheet.text, names::declaration(sheet, piece, id).start).line + 1;
    let how = if participant.declared { "declared in" } else { "first named in" };
    let _ = write!(text, "\n\n{how} line {line}");
    text
}

/// The text as Markdown that means nothing but itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | '-' | '/' | '\'' | '?') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// A text as a block of code, whatever it holds.
fn code(language: &str, text: &str) -> String {
    let mut end = text.len().min(FRAME_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { "…" } else { "" };
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}{cut}\n{fence}", &text[..end])
}

fn of_arrow(piece: &Piece, arrow: &Arrow) -> String {
    let mut text = format!("**{}**", escaped(&outline::said(piece, arrow)));
    if let Some((binding, (label, _))) =
        piece.binding.as_deref().and_then(|binding| Some((binding, rule_of(piece, binding, arrow)?)))
    {
        let _ = write!(text, "\n\nrule “{}” of the binding {}", escaped(label), escaped(binding.name()));
    }
    let Some(survey) = &piece.survey else {
        text.push_str("\n\nCorrect the problems of the diagram to see how it is played.");
        return text;
    };
    let order = survey.plan.order();
    // An arrow to several stands for one each; what is said of the first holds for all.
    let Some((id, _)) = order.arrow_ids().find(|(_, compiled)| compiled.span == arrow.span) else { return text };
    text.push_str("\n\n");
    text.push_str(&on_the_wire(piece, survey, id, arrow));
    text.push_str(&rests_on(&survey.plan, id));
    text
}

fn on_the_wire(piece: &Piece, survey: &Survey, id: ArrowId, arrow: &Arrow) -> String {
    let (plan, order) = (&survey.plan, survey.plan.order());
    let planned = plan.planned(id);
    let who = |point: crate::order::Point| {
        point.lifeline().map_or_else(|| "somebody".to_owned(), |id| escaped(&order.lifeline(id).name))
    };
    let (from, to) = (who(order.arrow(id).from), who(order.arrow(id).to));
    let side = if from_client(piece, arrow) == Some(true) { "client" } else { "server" };
    let mut text = match planned.part {
        Part::Stimulus => format!("seqcheck sends it as the {side} {from}:"),
        Part::Observation => format!("seqcheck expects it at {to}:"),
        Part::Local => return "Between two lifelines that seqcheck plays: they wait for each other here.".to_owned(),
        Part::Hidden => {
            return "Between tested lifelines: it cannot be observed, but it orders the messages around it.".to_owned();
        }
    };
    let frames: Vec<String> = match plan.expectation(id) {
        Some(expected) => vec![expected.describe()],
        None => planned.resolved.as_ref().map(|resolved| resolved.outline()).unwrap_or_default(),
    };
    for frame in frames {
        let language = if frame.starts_with(['{', '[']) { "json" } else { "text" };
        let _ = write!(text, "\n\n{}", code(language, &frame));
    }
    text
}

/// What has to have happened before it.
fn rests_on(plan: &Plan, id: ArrowId) -> String {
    let order = plan.order();
    let planned = plan.planned(id);
    let named = |other: ArrowId| {
        let arrow = order.arrow(other);
        format!("line {}, “{}”", arrow.line, escaped(&arrow.label))
    };
    let mut lines: Vec<String> = Vec::new();
    if let Some(cause) = planned.cause {
        let how = match cause.by {
            Basis::Values => "its label contains the words of that label",
            Basis::Request => "it answers that request",
        };
        lines.push(format!("follows from {}: {how}", named(cause.arrow)));
    }
    for other in &planned.after {
        lines.push(format!("not before {} is complete", named(*other)));
    }
    for client in &planned.confirm {
        let name = escaped(&order.lifeline(*client).name);
        lines.push(format!("not before the server has answered the echo of {name}"));
    }
    for other in before(plan, id) {
        lines.push(format!("after {}", named(other)));
    }
    if lines.is_empty() {
        return match planned.part {
            Part::Stimulus | Part::Observation => "\n\n\
                                                   It depends on no other message."
                .to_owned(),
            Part::Local | Part::Hidden => String::new(),
        };
    }
    lines.iter().fold("\n\nIts place depends on:\n".to_owned(), |text, line| format!("{text}\n- {line}"))
}

/// The arrows right before an arrow in the order that somebody can keep.
fn before(plan: &Plan, id: ArrowId) -> Vec<ArrowId> {
    let frozen = plan.relate(Which::Enforceable).freeze(plan.order());
    let point = match plan.planned(id).part {
        Part::Observation => Point::Receive(id),
        Part::Stimulus | Part::Local | Part::Hidden => Point::Send(id),
    };
    let mut open: Vec<usize> = frozen.rank(point).into_iter().collect();
    let (mut seen, mut found) = (std::collections::BTreeSet::new(), Vec::new());
    while let Some(rank) = open.pop() {
        for (rank, _) in frozen.before(rank) {
            let rank = *rank as usize;
            if !seen.insert(rank) {
                continue;
            }
            match frozen.point(rank).arrow() {
                Some(other) if other != id => found.push(other),
                Some(_) | None => open.push(rank),
            }
        }
    }
    found.sort_unstable_by_key(|other| std::cmp::Reverse(*other));
    found.dedup();
    found.truncate(MOST);
    found.reverse();
    found
}
