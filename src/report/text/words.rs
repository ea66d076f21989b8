//! Evidence, times and arrows in words.

use crate::oracle::Timing;
use crate::order::{ArrowId, Order};
use crate::report::paint::fit;
use crate::source::{elapsed_apart, elapsed_words};
use crate::trace::Evidence;
use std::time::Duration;

pub(super) fn evidence_words(evidence: Evidence, listened: Duration, commanded: bool) -> String {
    let virtual_time = if evidence == Evidence::Virtual { " of virtual time" } else { "" };
    let listened = || format!("seqcheck listened for {}{virtual_time} after the last message", elapsed_words(listened));
    match evidence {
        Evidence::Timed | Evidence::Virtual => listened(),
        Evidence::Echo => format!("{}; two rounds of echoes", listened()),
        Evidence::Nobody => nobody(commanded).to_owned(),
    }
}

/// What is said where nobody is left who could send anything.
fn nobody(commanded: bool) -> &'static str {
    match commanded {
        true => "the command had ended, and no client was connected any more",
        false => "no client was connected any more",
    }
}

/// A bound and what it was missed by; `left` where nothing was waited for any more because the command had ended.
pub(super) fn timing_words(timing: &Timing, left: bool) -> String {
    // The bound that it missed must not read like what was measured.
    let missed = |measured: &Duration| {
        let least = timing.at_least.filter(|least| measured < least);
        least.or(timing.at_most.filter(|most| measured > most)).unwrap_or(*measured)
    };
    let measured = match timing.measured {
        Some(measured) => format!("{} after its cause", elapsed_apart(measured, missed(&measured)).0),
        None => "never received".to_owned(),
    };
    let bounds = match (timing.at_least, timing.at_most) {
        (Some(least), Some(most)) => {
            format!("; expected: {} to {}", elapsed_words(least), elapsed_words(most))
        }
        (Some(least), None) => format!("; expected: at least {}", elapsed_words(least)),
        (None, Some(most)) => format!("; expected within {}", elapsed_words(most)),
        (None, None) => String::new(),
    };
    // Else it reads as if all of that time had passed.
    let left = if left && timing.measured.is_none() { ", but the wait ended when the command had ended" } else { "" };
    format!("timing: {measured}{bounds}{left}")
}

/// `line 9, Server->Alice: user:bob left`
pub(super) fn arrow_words(order: &Order, arrow: ArrowId) -> String {
    let Some(arrow) = order.arrows.get(arrow.0 as usize) else { return "an arrow".to_owned() };
    let name = |end: crate::order::Point| match end.lifeline() {
        Some(lifeline) => order.lifelines.get(lifeline.0 as usize).map_or("?", |lifeline| &lifeline.name),
        None => "outside",
    };
    format!("line {}, {}->{}: {}", arrow.line, name(arrow.from), name(arrow.to), fit(&arrow.label, 60, "…"))
}
