//! Choices that are still open when a run fails are decided so that the whole costs least.

use super::align::{self, Alignment};
use super::skeleton::{self, Causes, Decided};
use super::{Item, fits};
use crate::oracle::config::{Decision, Key};
use crate::oracle::judge::Oracle;
use crate::order::{ArrowId, Chooser, FragmentId, Kind};
use crate::trace::Moment;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many ways to decide open choices are tried.
const TRIES: usize = 512;

/// One connection, aligned.
#[derive(Debug)]
pub(super) struct Aligned {
    pub lane: u32,
    /// Expectations whose cause was complete, with the moment.
    pub items: Vec<(Item, Moment)>,
    /// Expectations whose cause was not.
    pub later: Vec<Item>,
    /// Entries of the log, with the moment.
    pub frames: Vec<(usize, Moment)>,
    pub alignment: Alignment,
}

/// The whole, aligned.
#[derive(Debug)]
pub(super) struct Whole {
    pub lanes: Vec<Aligned>,
    pub cost: usize,
    /// A budget ran out somewhere.
    pub fallback: bool,
}

/// Aligns every connection under the best decision of what is open.
pub(super) fn best(oracle: &mut Oracle) -> Whole {
    let starts: Vec<Decided> =
        oracle.readings.configs.iter().take(16).map(|config| Rc::clone(&config.decided)).collect();
    let frames = skeleton::frames(oracle);
    let mut tries = TRIES;
    let mut best: Option<Whole> = None;
    for start in starts {
        let whole = refine(oracle, start, &frames, &mut tries);
        if best.as_ref().is_none_or(|known| whole.cost < known.cost) {
            best = Some(whole);
        }
    }
    let mut best = best.unwrap_or(Whole { lanes: Vec::new(), cost: 0, fallback: false });
    best.fallback |= tries == 0;
    best
}

type Frames = FxHashMap<u32, Vec<(usize, Moment)>>;

/// Decides one open choice after the other, each for the least cost of the whole. It was quiet at the end: what the server
/// has not begun by then it has left out, and none of its choices stays open.
fn refine(oracle: &mut Oracle, start: Decided, frames: &Frames, tries: &mut usize) -> Whole {
    let mut decided = start;
    let mut theirs: Vec<Key> = Vec::new();
    loop {
        let (whole, open) = evaluate(oracle, &decided, frames);
        let next = open.into_iter().find(|key| !theirs.contains(key));
        let Some(key) = next.filter(|_| *tries > 0) else { return whole };
        let ways = ways(oracle, &decided, key);
        let mut found: Option<(usize, Decided)> = None;
        for way in ways {
            if *tries == 0 {
                break;
            }
            *tries -= 1;
            let mut with: BTreeMap<Key, Decision> = (*decided).clone();
            with.insert(key, way);
            let with: Decided = Rc::new(with);
            let cost = evaluate(oracle, &with, frames).0.cost;
            if found.as_ref().is_none_or(|(known, _)| cost < *known) {
                found = Some((cost, with));
            }
        }
        match found {
            Some((_, with)) => decided = with,
            None => theirs.push(key),
        }
    }
}

/// The ways in which an open choice of the server may go.
fn ways(oracle: &Oracle, decided: &Decided, key: Key) -> Vec<Decision> {
    let fragment = oracle.plan.order.fragment(FragmentId(key.0));
    match &fragment.kind {
        Kind::Choice(Chooser::Tool) => Vec::new(),
        Kind::Choice(_) => {
            // Of ways that cost the same the first is taken: what did not have to come is not what is missing.
            let silent = |operand: &u32| fragment.operands[*operand as usize].begins.nothing;
            let (silent, speaking): (Vec<u32>, Vec<u32>) = (0..fragment.operands.len() as u32).partition(silent);
            silent.into_iter().chain(speaking).map(Decision::Operand).collect()
        }
        Kind::Loop { chooser: Chooser::Tool, .. } => Vec::new(),
        Kind::Loop { min, max, .. } => {
            let begun = match decided.get(&key) {
                Some(Decision::Turns { begun, .. }) => *begun,
                Some(Decision::Operand(_)) | None => *min,
            };
            let more = begun + 1;
            let mut ways = vec![Decision::Turns { begun, closed: true }];
            if max.is_none_or(|max| more <= max) {
                ways.push(Decision::Turns { begun: more, closed: Some(more) == *max });
            }
            ways
        }
        Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => Vec::new(),
    }
}

fn evaluate(oracle: &mut Oracle, decided: &Decided, frames: &Frames) -> (Whole, Vec<Key>) {
    let causes = Causes::new(oracle, decided);
    let plan = std::sync::Arc::clone(&oracle.plan);
    let mut receive: Vec<u32> = plan.lanes.receive.values().copied().collect();
    receive.sort_unstable();
    let mut whole = Whole { lanes: Vec::with_capacity(receive.len()), cost: 0, fallback: false };
    let mut open_all = Vec::new();
    for lane in receive {
        let (items, open) = skeleton::items(oracle, lane, decided);
        open_all.extend(open);
        let frames = frames.get(&lane).cloned().unwrap_or_default();
        let aligned = one(oracle, &causes, lane, items, frames);
        whole.cost += aligned.alignment.cost();
        whole.fallback |= aligned.alignment.greedy;
        whole.lanes.push(aligned);
    }
    // Frames of connections that nothing is expected on.
    let stray = frames.get(&crate::oracle::plan::NONE).cloned().unwrap_or_default();
    if !stray.is_empty() {
        let aligned = one(oracle, &causes, crate::oracle::plan::NONE, Vec::new(), stray);
        whole.cost += aligned.alignment.cost();
        whole.lanes.push(aligned);
    }
    open_all.sort_unstable();
    open_all.dedup();
    (whole, open_all)
}

fn one(oracle: &mut Oracle, causes: &Causes, lane: u32, items: Vec<Item>, frames: Vec<(usize, Moment)>) -> Aligned {
    let (items, later) = issued(oracle, causes, lane, items);
    let plan = std::sync::Arc::clone(&oracle.plan);
    let free: Vec<bool> = frames.iter().map(|(entry, _)| oracle.need_not_be_judged(*entry)).collect();
    let alignment = {
        let mut fit = |item: u32, frame: u32| {
            let (item, since) = &items[item as usize];
            let (entry, at) = frames[frame as usize];
            let id = ArrowId(item.key.0);
            let Some((_, observed)) = oracle.frame(entry) else { return false };
            *since <= at && plan.expectation(id).is_some_and(|expectation| fits(expectation, observed, id))
        };
        let plain: Vec<Item> = items.iter().map(|(item, _)| item.clone()).collect();
        align::align(&plain, frames.len() as u32, &mut fit, &mut |frame| free[frame as usize])
    };
    let alignment =
        Alignment { extra: alignment.extra.into_iter().filter(|frame| !free[*frame as usize]).collect(), ..alignment };
    Aligned { lane, items, later, frames, alignment }
}

/// Splits expectations by whether their cause was complete; those that follow one that is left out follow what it
/// followed.
fn issued(oracle: &mut Oracle, causes: &Causes, lane: u32, items: Vec<Item>) -> (Vec<(Item, Moment)>, Vec<Item>) {
    let mut place: Vec<Vec<u32>> = Vec::with_capacity(items.len());
    let (mut kept, mut later) = (Vec::new(), Vec::new());
    for item in items {
        let mut before: Vec<u32> = item.before.iter().flat_map(|before| place[*before as usize].clone()).collect();
        before.sort_unstable();
        before.dedup();
        match causes.of(oracle, lane, item.key) {
            Some(since) => {
                place.push(vec![kept.len() as u32]);
                kept.push((Item { key: item.key, before }, since));
            }
            None => {
                place.push(before);
                later.push(item);
            }
        }
    }
    (kept, later)
}

impl Oracle {
    /// Whether an entry is a frame that is not judged: everything that was told is matched, residue, or was excused when
    /// it came.
    pub(super) fn need_not_be_judged(&self, entry: usize) -> bool {
        self.record.residue.iter().all(|residue| residue.entry != entry)
            && self.record.matched.binary_search_by_key(&entry, |(at, _)| *at).is_err()
    }
}
