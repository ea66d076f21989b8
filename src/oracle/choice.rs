//! The tool's own choices: as the record has it where one is judged, else by `--choose`, else by the number of the play, else by the seed.

use super::api::{Choices, Options};
use super::config::Decision;
use crate::order::{FragmentId, Kind, Order};
use crate::trace::{Entry, Event};

/// What the tool chose in a record.
pub fn choices(entries: &[Entry]) -> Choices {
    let chose = |entry: &Entry| match entry.event {
        Event::Chose { fragment, turn, choice } => Some(((fragment, turn), choice)),
        Event::Sent { .. }
        | Event::Received { .. }
        | Event::Done { .. }
        | Event::Echoed { .. }
        | Event::Quiet { .. }
        | Event::Learned { .. }
        | Event::Frozen => None,
    };
    entries.iter().filter_map(chose).collect()
}

/// Decides a choice or loop that the tool begins.
pub(super) fn choose(order: &Order, options: &Options, id: FragmentId, turn: u32) -> Decision {
    let fragment = order.fragment(id);
    if let Some(number) = options.recorded.as_ref().and_then(|facts| facts.get(&(id.0, turn))) {
        return match &fragment.kind {
            Kind::Loop { min, max, .. } => {
                Decision::Turns { begun: (*number).clamp(*min, max.unwrap_or(u32::MAX)), closed: true }
            }
            Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                Decision::Operand((*number).min(fragment.operands.len().max(1) as u32 - 1))
            }
        };
    }
    let told = options.choose.iter().rev().find(|(line, _)| *line == fragment.line).map(|(_, number)| *number);
    let start = if options.seed == 0 { 0 } else { scatter(options.seed, id.0, turn) };
    match &fragment.kind {
        Kind::Loop { min, max, .. } => {
            let ways = turns(*min, *max);
            let begun = told.unwrap_or_else(|| ways[((start + u64::from(options.play)) % ways.len() as u64) as usize]);
            Decision::Turns { begun: begun.clamp(*min, max.unwrap_or(u32::MAX)), closed: true }
        }
        Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
            let count = fragment.operands.len().max(1) as u64;
            let operand = match told {
                Some(number) => u64::from(number.max(1) - 1).min(count - 1),
                None => (start + u64::from(options.play)) % count,
            };
            Decision::Operand(operand as u32)
        }
    }
}

/// Whether there is more than one way.
pub(super) fn is_open(order: &Order, id: FragmentId) -> bool {
    let fragment = order.fragment(id);
    match &fragment.kind {
        Kind::Loop { min, max, .. } => *max != Some(*min),
        Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
            fragment.operands.len() > 1
        }
    }
}

/// The numbers of turns worth playing: the fewest (but not none at first), the most, and none where that is allowed.
pub(super) fn turns(min: u32, max: Option<u32>) -> Vec<u32> {
    let usual = min.max(1).min(max.unwrap_or(u32::MAX));
    let most = max.unwrap_or(usual.saturating_add(2)).min(usual.saturating_add(1_000));
    let mut ways = vec![usual];
    for other in [most, min] {
        if !ways.contains(&other) {
            ways.push(other);
        }
    }
    ways
}

/// A number that depends on all of its parts (SplitMix64's finalizer, a published bit mixer).
fn scatter(seed: u64, fragment: u32, turn: u32) -> u64 {
    let mut mixed = seed ^ (u64::from(fragment) << 32 | u64::from(turn)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
