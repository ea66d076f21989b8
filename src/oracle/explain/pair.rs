//! What is left over is paired: first what was at the wrong place, then what had the wrong content or the wrong client;
//! the rest stands by itself.

use super::assign::{Aligned, Whole};
use super::fits;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Conflict, Expects, Kinship, Matched, Memory, Observed, Viewer};

/// A finding before it is put into words.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub class: Class,
    pub lane: u32,
    /// What was expected.
    pub item: Option<Key>,
    /// The entry of the frame.
    pub frame: Option<usize>,
    /// The arrow whose frame it repeats or copies.
    pub related: Option<Key>,
    /// For whom it was meant.
    pub meant_for: Option<LifelineId>,
    pub conflict: Option<Conflict>,
}

impl Pair {
    fn new(class: Class, lane: u32) -> Pair {
        Pair { class, lane, item: None, frame: None, related: None, meant_for: None, conflict: None }
    }
}

/// Something left over on one lane.
#[derive(Clone, Copy, Debug)]
struct Left {
    lane: usize,
    index: u32,
}

/// Pairs what an alignment left over.
pub(super) fn pair(oracle: &mut Oracle, whole: &Whole) -> Vec<Pair> {
    let mut frames: Vec<Left> = left(whole, |aligned| &aligned.alignment.extra);
    let mut items: Vec<Left> = left(whole, |aligned| &aligned.alignment.missing);
    frames.sort_by_key(|left| entry(whole, *left));
    let mut found = conflicts(oracle, whole);
    // A name that disagrees kept its frame from being accounted for when it came; the pair says it better.
    frames.retain(|left| found.iter().all(|pair| pair.frame != Some(entry(whole, *left))));

    take(&mut frames, &mut items, |frame, item| {
        let same = frame.lane == item.lane
            && !is_end(oracle, entry(whole, frame))
            && exact(oracle, whole, frame, key(whole, item));
        same.then(|| Pair {
            item: Some(key(whole, item)),
            frame: Some(entry(whole, frame)),
            ..Pair::new(Class::Reordered, whole.lanes[item.lane].lane)
        })
    })
    .into_iter()
    .for_each(|pair| found.push(pair));
    // What agrees in every literal first: of two messages of one kind, the frame stands for the one that it is.
    for least in [Kinship::SameLiterals, Kinship::SameType] {
        let wrong = take(&mut frames, &mut items, |frame, item| {
            let same = frame.lane == item.lane && akin(oracle, whole, frame, key(whole, item), least);
            same.then(|| Pair {
                item: Some(key(whole, item)),
                frame: Some(entry(whole, frame)),
                ..Pair::new(Class::WrongPayload, whole.lanes[item.lane].lane)
            })
        });
        found.extend(wrong);
    }
    take(&mut frames, &mut items, |frame, item| {
        let other = frame.lane != item.lane
            && !is_end(oracle, entry(whole, frame))
            && exact(oracle, whole, frame, key(whole, item));
        other.then(|| Pair {
            item: Some(key(whole, item)),
            frame: Some(entry(whole, frame)),
            meant_for: client(oracle, key(whole, item)),
            ..Pair::new(Class::Misrouted, whole.lanes[frame.lane].lane)
        })
    })
    .into_iter()
    .for_each(|pair| found.push(pair));
    for frame in frames {
        found.push(alone(oracle, whole, frame));
    }
    for item in items {
        found.push(Pair { item: Some(key(whole, item)), ..Pair::new(Class::Missing, whole.lanes[item.lane].lane) });
    }
    found
}

fn left(whole: &Whole, pick: fn(&Aligned) -> &Vec<u32>) -> Vec<Left> {
    let each = whole.lanes.iter().enumerate();
    each.flat_map(|(lane, aligned)| pick(aligned).iter().map(move |index| Left { lane, index: *index })).collect()
}

/// Takes every pair that the rule accepts, frames in the order in which they came.
fn take(frames: &mut Vec<Left>, items: &mut Vec<Left>, mut rule: impl FnMut(Left, Left) -> Option<Pair>) -> Vec<Pair> {
    let mut found = Vec::new();
    frames.retain(|frame| {
        for (place, item) in items.iter().enumerate() {
            if let Some(pair) = rule(*frame, *item) {
                found.push(pair);
                items.remove(place);
                return false;
            }
        }
        true
    });
    found
}

/// Frames that go with their expectation but for a name that stands for something else.
fn conflicts(oracle: &mut Oracle, whole: &Whole) -> Vec<Pair> {
    let mut all: Vec<(usize, Moment, Key, u32)> = Vec::new();
    for aligned in &whole.lanes {
        for (item, frame) in &aligned.alignment.synced {
            let (entry, at) = aligned.frames[*frame as usize];
            all.push((entry, at, aligned.items[*item as usize].0.key, aligned.lane));
        }
    }
    all.sort_unstable_by_key(|(entry, ..)| *entry);
    let mut memory = Memory::default();
    let mut found = Vec::new();
    let plan = std::sync::Arc::clone(&oracle.plan);
    // What the tool itself fixed, by sending, is in the live configuration's memory; names are never rebound.
    if let Some(known) = oracle.readings.configs.first() {
        memory = known.memory.names_bound_by(|arrow| plan.is_stimulus(ArrowId(arrow)));
    }
    for (entry, _, key, lane) in all {
        let id = ArrowId(key.0);
        let (Some(expectation), Some((_, observed))) = (plan.expectation(id), oracle.frame(entry)) else { continue };
        let scopes = plan.scopes(id, key.1, &oracle.readings.turns);
        let client = plan.client(id).map_or(u32::MAX, |(client, _)| client.0);
        match expectation.matches(observed, &memory, Viewer { lifeline: client, scopes: &scopes, arrow: key.0 }) {
            Matched::Yes(binds) => memory.learn(binds),
            Matched::Conflict(conflict) => found.push(Pair {
                item: Some(key),
                frame: Some(entry),
                conflict: Some(conflict),
                ..Pair::new(Class::WrongPayload, lane)
            }),
            Matched::No => {}
        }
    }
    found
}

/// A frame with no expectation left for it.
fn alone(oracle: &Oracle, whole: &Whole, frame: Left) -> Pair {
    let at = entry(whole, frame);
    let aligned = &whole.lanes[frame.lane];
    let pair = |class| Pair { frame: Some(at), ..Pair::new(class, aligned.lane) };
    let Some((_, observed)) = oracle.frame(at) else { return pair(Class::Unexpected) };
    if is_end(oracle, at) {
        return pair(Class::Closed);
    }
    let own = |(item, index): &(u32, u32)| {
        let before = aligned.frames[*index as usize].0;
        let same = before < at && oracle.frame(before).is_some_and(|(_, known)| same_content(known, observed));
        same.then(|| aligned.items[*item as usize].0.key)
    };
    if let Some(key) = aligned.alignment.synced.iter().rev().find_map(own) {
        return Pair { related: Some(key), ..pair(Class::Duplicate) };
    }
    let fit = |key: Key| {
        oracle.plan.expectation(ArrowId(key.0)).is_some_and(|expectation| fits(expectation, observed, ArrowId(key.0)))
    };
    if let Some(item) = aligned.later.iter().find(|item| fit(item.key)) {
        return Pair { item: Some(item.key), ..pair(Class::Early) };
    }
    // The rightful client got its own, or is yet to get it.
    for other in whole.lanes.iter().filter(|other| other.lane != aligned.lane) {
        let near = |(item, index): &(u32, u32)| {
            let known = other.frames[*index as usize].0;
            oracle
                .frame(known)
                .is_some_and(|(_, known)| same_content(known, observed))
                .then(|| other.items[*item as usize].0.key)
        };
        if let Some(key) = other.alignment.synced.iter().rev().find_map(near) {
            return Pair { related: Some(key), meant_for: client(oracle, key), ..pair(Class::Misrouted) };
        }
    }
    if let Some((item, _)) =
        aligned.alignment.synced.iter().rev().find(|(item, _)| fit(aligned.items[*item as usize].0.key))
    {
        return Pair { related: Some(aligned.items[*item as usize].0.key), ..pair(Class::Duplicate) };
    }
    for other in whole.lanes.iter().filter(|other| other.lane != aligned.lane) {
        let item = other.items.iter().map(|(item, _)| item).chain(&other.later).find(|item| fit(item.key));
        if let Some(item) = item {
            return Pair { related: Some(item.key), meant_for: client(oracle, item.key), ..pair(Class::Misrouted) };
        }
    }
    pair(Class::Unexpected)
}

fn exact(oracle: &Oracle, whole: &Whole, frame: Left, key: Key) -> bool {
    let observed = oracle.frame(entry(whole, frame)).map(|(_, observed)| observed);
    let expectation = oracle.plan.expectation(ArrowId(key.0));
    observed.zip(expectation).is_some_and(|(observed, expectation)| fits(expectation, observed, ArrowId(key.0)))
}

fn akin(oracle: &Oracle, whole: &Whole, frame: Left, key: Key, least: Kinship) -> bool {
    let observed = oracle.frame(entry(whole, frame)).map(|(_, observed)| observed);
    let expectation = oracle.plan.expectation(ArrowId(key.0));
    observed.zip(expectation).is_some_and(|(observed, expectation)| match observed {
        // Bytes that the codec cannot read have no type; they stand for whatever was to come.
        Observed::Garbled { .. } => true,
        Observed::Message(_)
        | Observed::Status { .. }
        | Observed::Event { .. }
        | Observed::Close { .. }
        | Observed::End { .. } => expectation.kinship(observed) >= least,
    })
}

fn same_content(a: &Observed, b: &Observed) -> bool {
    match (a, b) {
        (Observed::Message(a), Observed::Message(b)) => a.value == b.value,
        (Observed::Event { event: a, data: x, .. }, Observed::Event { event: b, data: y, .. }) => a == b && x == y,
        _ => a == b,
    }
}

fn is_end(oracle: &Oracle, entry: usize) -> bool {
    oracle.frame(entry).is_some_and(|(_, observed)| matches!(observed, Observed::Close { .. } | Observed::End { .. }))
}

fn client(oracle: &Oracle, key: Key) -> Option<LifelineId> {
    oracle.plan.client(ArrowId(key.0)).map(|(client, _)| client)
}

fn entry(whole: &Whole, left: Left) -> usize {
    whole.lanes[left.lane].frames[left.index as usize].0
}

fn key(whole: &Whole, left: Left) -> Key {
    whole.lanes[left.lane].items[left.index as usize].0.key
}
