//! What is left over is paired: first what was at the wrong place, then what had the wrong client or the wrong content;
//! the rest stands by itself.

use super::assign::{Aligned, Whole};
use super::cause;
use super::known::Known;
use super::passed::{self, Passed};
use super::place::stray;
use super::resent::{Resent, is_said};
use super::same::same_content;
use super::trail::Trails;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::NONE;
use crate::oracle::verdict::Class;
use crate::order::{ArrowId, LifelineId};
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
    /// The message of its own connection that the frame is, and how a choice of the server went past that.
    pub past: Option<(Key, Passed)>,
}

impl Pair {
    pub fn new(class: Class, lane: u32) -> Pair {
        Pair { class, lane, item: None, frame: None, related: None, meant_for: None, conflict: None, past: None }
    }
}

/// A frame that is left over on one lane.
#[derive(Clone, Copy, Debug)]
struct Left {
    lane: usize,
    index: u32,
}

/// A message that is.
#[derive(Clone, Copy, Debug)]
struct Lost {
    lane: usize,
    key: Key,
    /// Where no frame goes with it, it is missing.
    owed: bool,
}

/// Pairs what an alignment left over.
pub(super) fn pair(oracle: &Oracle, whole: &Whole, known: &Known, trails: &Trails, resent: &Resent) -> Vec<Pair> {
    let lanes = || whole.lanes.iter().enumerate();
    let left = |(lane, aligned): (usize, &Aligned)| {
        aligned.alignment.extra.iter().map(|index| Left { lane, index: *index }).collect::<Vec<_>>()
    };
    let lost = |(lane, aligned): (usize, &Aligned)| {
        aligned.alignment.lost().into_iter().map(|key| Lost { lane, key, owed: true }).collect::<Vec<_>>()
    };
    let may = |(lane, aligned): (usize, &Aligned)| {
        aligned.alignment.may.iter().map(|key| Lost { lane, key: *key, owed: false }).collect::<Vec<_>>()
    };
    let mut frames: Vec<Left> = lanes().flat_map(left).collect();
    // What had to come goes before what may have come.
    let mut items: Vec<Lost> = lanes().flat_map(lost).chain(lanes().flat_map(may)).collect();
    frames.sort_by_key(|left| entry(whole, *left));
    let mut found = conflicts(oracle, whole, known);
    // A name that disagrees kept its frame from being accounted for when it came; the pair says it better.
    frames.retain(|left| found.iter().all(|pair| pair.frame != Some(entry(whole, *left))));

    let again = |frame: Left, key: Key| resent.dialled_again(oracle, known, &whole.lanes[frame.lane], frame.index, key);
    take(&mut frames, &mut items, |frame, item| {
        let same = frame.lane == item.lane
            && again(frame, item.key).is_none()
            && !is_end(oracle, entry(whole, frame))
            && exact(oracle, known, entry(whole, frame), item.key)
            // What must come and did not may have been moved as well, unless it was the first that was said.
            && !resent.is(oracle, whole, (frame.lane, frame.index), item.owed)
            && !resent.is_of_later(oracle, whole, (frame.lane, frame.index), item.key, item.owed);
        same.then(|| Pair {
            item: Some(item.key),
            frame: Some(entry(whole, frame)),
            ..Pair::new(Class::Reordered, whole.lanes[item.lane].lane)
        })
    })
    .into_iter()
    .for_each(|pair| found.push(pair));
    let elsewhere = |frame: Left, item: Lost| {
        let other = frame.lane != item.lane
            && item.owed
            && !is_end(oracle, entry(whole, frame))
            && exact(oracle, known, entry(whole, frame), item.key);
        other.then(|| Pair {
            item: Some(item.key),
            frame: Some(entry(whole, frame)),
            meant_for: client(oracle, item.key),
            ..Pair::new(Class::Misrouted, whole.lanes[frame.lane].lane)
        })
    };
    // What was said and is due to somebody else of another side under test, names included, is that, whatever else is due
    // here. What one and the same says to two may follow from the order in which it heard others.
    let names = Known::names(oracle);
    found.extend(take(&mut frames, &mut items, |frame, item| {
        let at = entry(whole, frame);
        let said = oracle.frame(at).is_some_and(|(_, observed)| is_said(observed));
        let tested = |key: Key| oracle.plan.client(ArrowId(key.0)).map(|(_, tested)| tested.0);
        let from = oracle.record.entries[at].event.received().map(|it| it.from);
        let due = said && tested(item.key) != from && matches!(agrees(oracle, &names, at, item.key), Matched::Yes(_));
        due.then(|| elsewhere(frame, item)).flatten()
    }));
    // What agrees in every literal first: of two messages of one kind, the frame stands for the one that it is.
    for least in [Kinship::SameLiterals, Kinship::SameType] {
        let wrong = take(&mut frames, &mut items, |frame, item| {
            let same = frame.lane == item.lane
                && repeated(oracle, whole, frame).is_none()
                && again(frame, item.key).is_none()
                && akin(oracle, whole, frame, item.key, least)
                && (item.owed || is_of(oracle, trails, entry(whole, frame), item.key));
            same.then(|| Pair {
                item: Some(item.key),
                frame: Some(entry(whole, frame)),
                ..Pair::new(Class::WrongPayload, whole.lanes[item.lane].lane)
            })
        });
        found.extend(wrong);
    }
    found.extend(take(&mut frames, &mut items, elsewhere));
    for frame in frames {
        found.push(alone(oracle, whole, known, (trails, resent), frame));
    }
    for item in items.into_iter().filter(|item| item.owed) {
        found.push(Pair { item: Some(item.key), ..Pair::new(Class::Missing, whole.lanes[item.lane].lane) });
    }
    found
}

/// Whether a frame follows from the very send that a message follows from.
fn is_of(oracle: &Oracle, trails: &Trails, entry: usize, key: Key) -> bool {
    let of_message = cause::sent(oracle, key).map(|cause| cause.arrow);
    of_message.is_some() && trails.cause(oracle, entry).map(|cause| cause.arrow) == of_message
}

/// Takes every pair that the rule accepts, frames in the order in which they came.
fn take(frames: &mut Vec<Left>, items: &mut Vec<Lost>, mut rule: impl FnMut(Left, Lost) -> Option<Pair>) -> Vec<Pair> {
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
pub(super) fn conflicts(oracle: &Oracle, whole: &Whole, known: &Known) -> Vec<Pair> {
    let mut all: Vec<(usize, u32, Key)> = whole.synced().collect();
    all.sort_unstable();
    // What the tool itself fixed, by sending, is in the live configuration's memory; names are never rebound.
    let (mut memory, mut told) = (Known::names(oracle), 0);
    let mut found = Vec::new();
    for (entry, lane, key) in all {
        known.learn_up_to(&mut told, entry, &mut memory);
        match agrees(oracle, &memory, entry, key) {
            Matched::Yes(binds) => memory.learn(binds),
            Matched::Conflict(conflict) => found.push(Pair {
                item: Some(key),
                frame: Some(entry),
                conflict: Some(*conflict),
                ..Pair::new(Class::WrongPayload, lane)
            }),
            Matched::No => {}
        }
    }
    found
}

/// Whether a frame is what an arrow expects, with the names that are known.
fn agrees(oracle: &Oracle, memory: &Memory, entry: usize, key: Key) -> Matched {
    let id = ArrowId(key.0);
    let (Some(expectation), Some((_, observed))) = (oracle.plan.expectation(id), oracle.frame(entry)) else {
        return Matched::No;
    };
    let scopes = oracle.plan.scopes(id, key.1, &oracle.readings.turns);
    let client = oracle.plan.knower_at(id);
    expectation.matches(observed, memory, Viewer { lifeline: client, scopes: &scopes, arrow: key.0 })
}

/// The arrow of an earlier frame of the same connection that this one repeats to the letter.
fn repeated(oracle: &Oracle, whole: &Whole, frame: Left) -> Option<Key> {
    let at = entry(whole, frame);
    let aligned = &whole.lanes[frame.lane];
    let (_, observed) = oracle.frame(at).filter(|_| !is_end(oracle, at))?;
    let own = |(key, index): &(Key, u32)| {
        let before = aligned.frames[*index as usize].0;
        let same = before < at && oracle.frame(before).is_some_and(|(_, known)| same_content(known, observed));
        same.then_some(*key)
    };
    aligned.alignment.synced.iter().rev().find_map(own)
}

/// A frame with no expectation left for it.
fn alone(oracle: &Oracle, whole: &Whole, known: &Known, (trails, resent): (&Trails, &Resent), frame: Left) -> Pair {
    let at = entry(whole, frame);
    let aligned = &whole.lanes[frame.lane];
    let pair = |class| Pair { frame: Some(at), ..Pair::new(class, aligned.lane) };
    let Some((_, observed)) = oracle.frame(at) else { return pair(Class::Unexpected) };
    if is_end(oracle, at) {
        return pair(Class::Closed);
    }
    if let Some(key) = repeated(oracle, whole, frame) {
        return Pair { related: Some(key), ..pair(Class::Duplicate) };
    }
    let fit = |key: Key| known.fits(oracle, ArrowId(key.0), at, observed);
    // Drawn here in a way that was not taken.
    let past = passed::by(oracle, whole, known, aligned.lane, at);
    let past = past.map(|past| {
        let moved = matches!(past.how, Passed::Behind | Passed::Ahead);
        let pair =
            if moved { Pair { item: Some(past.key), ..pair(Class::Reordered) } } else { pair(Class::Unexpected) };
        Pair { past: Some((past.key, past.how)), ..pair }
    });
    if let Some(hasty) = past.as_ref().filter(|pair| matches!(pair.past, Some((_, Passed::Ahead)))) {
        return hasty.clone();
    }
    let later = || aligned.alignment.later.iter().copied().filter(|key| fit(*key));
    // Of several that are drawn further down, the one whose names it has.
    let names = oracle.readings.configs.first().map(|config| &config.memory);
    let named = |key: &Key| names.is_some_and(|names| matches!(agrees(oracle, names, at, *key), Matched::Yes(_)));
    if let Some(key) = later().find(named).or_else(|| later().next()) {
        if let Some(open) = resent.dialled_again(oracle, known, aligned, frame.index, key) {
            return Pair { related: Some(open), ..pair(Class::Duplicate) };
        }
        return Pair { item: Some(key), ..pair(Class::Early) };
    }
    // The rightful client got its own, or is yet to get it; unless it can be this client's own.
    let others = || whole.lanes.iter().filter(|other| other.lane != aligned.lane);
    for other in others() {
        let near = |(key, index): &(Key, u32)| {
            let (key, copy) = (*key, other.frames[*index as usize].0);
            let same = oracle.frame(copy).is_some_and(|(_, copy)| same_content(copy, observed));
            let theirs =
                same && trails.may_follow(oracle, at, copy) && !own_answer(oracle, trails, at, key, Some(copy));
            theirs.then_some(key)
        };
        if let Some(key) = other.alignment.synced.iter().rev().find_map(near) {
            return Pair { related: Some(key), meant_for: client(oracle, key), ..pair(Class::Misrouted) };
        }
    }
    if let Some((key, _)) = aligned.alignment.synced.iter().rev().find(|(key, _)| fit(*key)) {
        return Pair { related: Some(*key), ..pair(Class::Duplicate) };
    }
    if let Some(past) = past {
        return past;
    }
    for other in others() {
        let alignment = &other.alignment;
        let synced = alignment.synced.iter().map(|(key, index)| (*key, Some(other.frames[*index as usize].0)));
        let later = alignment.may.iter().chain(&alignment.later).copied();
        let due = alignment.lost().into_iter().chain(later).map(|key| (key, None));
        let mut due: Vec<(Key, Option<usize>)> = synced.chain(due).collect();
        due.sort_unstable();
        let theirs = |(key, copy): &(Key, Option<usize>)| {
            fit(*key)
                && copy.is_none_or(|copy| trails.may_follow(oracle, at, copy))
                && !own_answer(oracle, trails, at, *key, *copy)
        };
        if let Some((key, _)) = due.into_iter().find(theirs) {
            return Pair { related: Some(key), meant_for: client(oracle, key), ..pair(Class::Misrouted) };
        }
    }
    // Drawn for somebody else in a way that was not taken; what came to somebody else was looked at above.
    let came = |id: &ArrowId| others().any(|other| other.alignment.synced.iter().any(|(key, _)| key.0 == id.0));
    let elsewhere = |id: &ArrowId| {
        let receive = oracle.plan.lanes.routes[id.0 as usize].receive;
        receive != NONE
            && receive != aligned.lane
            && fit((id.0, 0))
            && !own_answer(oracle, trails, at, (id.0, 0), None)
            && !came(id)
    };
    if let Some(id) = oracle.plan.order.arrow_ids().map(|(id, _)| id).find(elsewhere) {
        let key = (id.0, 0);
        return Pair { related: Some(key), meant_for: client(oracle, key), ..pair(Class::Misrouted) };
    }
    pair(Class::Unexpected)
}

/// Whether a frame answers its own client's request, as what it looks like answers that of the other client.
fn own_answer(oracle: &Oracle, trails: &Trails, entry: usize, like: Key, copy: Option<usize>) -> bool {
    let sender = |arrow: ArrowId| oracle.plan.client(arrow).map(|(client, _)| client);
    let drawn = || cause::sent(oracle, like).and_then(|cause| sender(cause.arrow));
    let asked = copy.and_then(|copy| trails.sender(copy)).or_else(drawn);
    let own = stray(oracle, Some(entry)).0;
    asked.is_some()
        && asked == client(oracle, like)
        && trails.cause(oracle, entry).is_some_and(|cause| sender(cause.arrow) == Some(own))
}

fn exact(oracle: &Oracle, known: &Known, entry: usize, key: Key) -> bool {
    oracle.frame(entry).is_some_and(|(_, observed)| known.fits(oracle, ArrowId(key.0), entry, observed))
}

fn akin(oracle: &Oracle, whole: &Whole, frame: Left, key: Key, least: Kinship) -> bool {
    let observed = oracle.frame(entry(whole, frame)).map(|(_, observed)| observed);
    let expectation = oracle.plan.expectation(ArrowId(key.0));
    observed.zip(expectation).is_some_and(|(observed, expectation)| match observed {
        // Bytes that the codec cannot read have no type; they stand for whatever was to come.
        Observed::Garbled { .. } => true,
        // Whoever speaks on a connection has accepted it: that is the answer that was given.
        Observed::Message(_) | Observed::Event { .. } if expectation.is_answer() => least == Kinship::SameType,
        Observed::Message(_)
        | Observed::Status { .. }
        | Observed::Event { .. }
        | Observed::Close { .. }
        | Observed::Dialled { .. }
        | Observed::Asked { .. }
        | Observed::End { .. } => expectation.kinship(observed) >= least,
    })
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

/// Whether it came as drawn, but not when.
pub(super) fn mistimed(oracle: &Oracle, pair: &Pair) -> bool {
    pair.frame.is_some_and(|entry| oracle.record.mistimed.iter().any(|(at, ..)| *at == entry))
}
