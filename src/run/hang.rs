//! A server that hangs is told as that: nothing in the binding is to be changed then.

use crate::oracle::{Class, ECHO_HELP, Fate, Outcome};
use crate::order::{ArrowId, Order};
use crate::trace::{Entry, Event, Moment};

/// Says so at the finding, where something that is drawn never came: nothing was heard of anybody since `heard`, and an
/// echo that was asked after that has no answer. `echoed`: others were answered before, so that the binding is right about
/// them. Whether it was said.
pub(super) fn tell(outcome: &mut Outcome, trace: &[Entry], order: &Order, heard: Moment, echoed: bool) -> bool {
    let missing = outcome.findings.first().is_some_and(|root| root.class == Class::Missing);
    let Some(arrow) = last_heard(outcome, trace, heard).filter(|_| missing) else { return false };
    let Some(root) = outcome.findings.first_mut() else { return false };
    if echoed {
        root.help.retain(|help| help != ECHO_HELP);
    }
    let line = order.arrow(arrow).line;
    root.help.insert(0, format!("after line {line} the server did not answer any client, and no echo either"));
    true
}

/// The same of a record, which does not say of every echo that it was asked: where the oracle missed one, and others were
/// answered before.
pub(super) fn explain_record(outcome: &mut Outcome, trace: &[Entry], order: &Order) {
    let missed = outcome.findings.first().is_some_and(|root| root.help.iter().any(|help| help == ECHO_HELP));
    let echoed = judged(trace).any(|(_, entry)| matches!(entry.event, Event::Echoed { .. }));
    if missed && echoed {
        let heard = judged(trace).filter(|(_, entry)| is_heard(entry)).last().map(|(_, entry)| entry.at);
        tell(outcome, trace, order, heard.unwrap_or_default(), echoed);
    }
}

fn judged(trace: &[Entry]) -> impl Iterator<Item = (usize, &Entry)> {
    trace.iter().enumerate().take_while(|(_, entry)| entry.event != Event::Frozen)
}

fn is_heard(entry: &Entry) -> bool {
    matches!(entry.event, Event::Received { .. } | Event::Echoed { .. })
}

/// What was sent first after the server was heard for the last time; else what it said last.
fn last_heard(outcome: &Outcome, trace: &[Entry], heard: Moment) -> Option<ArrowId> {
    let last = judged(trace).filter(|(_, entry)| is_heard(entry)).last().map(|(index, _)| index);
    let mut after = judged(trace).filter(|(index, entry)| last.is_none_or(|last| *index > last) && entry.at >= heard);
    let sent = after.find_map(|(_, entry)| entry.event.sent()).map(ArrowId);
    let passed = || outcome.marks.iter().rev().filter(|mark| mark.fate == Fate::Passed).find_map(|mark| mark.arrow);
    sent.or_else(passed)
}
