//! What the signs and lines of a run mean, under its verdict.

use super::metrics::wrap;
use super::theme::SMALL;
use crate::oracle::{Class, Verdict};
use crate::report::view::{Row, RunState, State, View};

/// From one line of the legend to the next.
pub(super) const LEGEND: f32 = 15.0;

/// A word on each sign that is in the picture, in lines of at most so many pixels.
pub(super) fn lines(view: &View, room: f32) -> Vec<String> {
    let Some(verdict) = view.verdict else { return Vec::new() };
    let of = |class: Class| move |_: &Row, run: &RunState| run.state.class() == Some(class);
    let extra = |row: &Row, run: &RunState| {
        let undrawn = row.message().is_some_and(|message| message.undrawn);
        undrawn && matches!(run.state.class(), Some(Class::Unexpected | Class::Duplicate))
    };
    let faint = |row: &Row, run: &RunState| run.state == State::NotReached && row.message().is_some();
    // Of a run that passed it was another branch, or what nobody can see.
    let not_reached = if verdict == Verdict::Pass { "faint: not played" } else { "faint: not reached" };
    let items = [
        (any(view, of(Class::Missing)), "✗ dashed: drawn, but not received"),
        (any(view, of(Class::WrongPayload)), "≠ the drawn text; under it the expected and the received value"),
        (any(view, |_, run| run.moved), "⇅ dashed: the drawn place; solid: the place at which it was received"),
        (any(view, extra), "violet: received, but not drawn"),
        (any(view, faint), not_reached),
    ];
    let told: Vec<&str> = items.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    if told.is_empty() { Vec::new() } else { wrap(&told.join(" · "), room, SMALL) }
}

fn any(view: &View, is: impl Fn(&Row, &RunState) -> bool) -> bool {
    view.rows.iter().any(|row| row.run.as_ref().is_some_and(|run| is(row, run)))
}
