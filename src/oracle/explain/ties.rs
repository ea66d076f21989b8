//! Other arrows at which an edit of the same size explains a run as well: a finding that could as well stand elsewhere
//! says so.

use super::align::Budget;
use super::assign::{self, Whole};
use super::known::Known;
use super::pair::{self, Pair, same_content};
use super::trail::Trails;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::ArrowId;
use std::collections::BTreeSet;

/// More than so many edits are a heap in which one more or less tells nothing.
const EDITS: usize = 6;
/// So many arrows are tried, and so many told.
const TRIED: usize = 24;
const TOLD: usize = 4;
/// For one try.
const STEPS: Budget = Budget { steps: 20_000, comparisons: 20_000 };

/// For the ways through other choices, all together.
const OTHERS: Budget = Budget { steps: 100_000, comparisons: 100_000 };
/// Of more connections than that, other ways are not looked for.
const LANES: usize = 256;

/// The cheapest way through the choices; of those that cost the same, the one that fewest findings tell: two messages that
/// changed places are one finding, two that are missing are two.
pub(super) fn plainest(oracle: &mut Oracle, known: &Known) -> (Whole, Trails, Vec<Pair>) {
    let whole = assign::best(oracle, known);
    let others = others(oracle, known, &whole);
    let told = |oracle: &Oracle, whole: Whole| {
        let trails = Trails::of(oracle, &whole);
        let pairs = pair::pair(oracle, &whole, known, &trails);
        (whole, trails, pairs)
    };
    let first = told(oracle, whole);
    others
        .into_iter()
        .map(|other| told(oracle, other))
        .fold(first, |best, other| if other.2.len() < best.2.len() { other } else { best })
}

fn others(oracle: &mut Oracle, known: &Known, whole: &Whole) -> Vec<Whole> {
    if whole.fallback || whole.cost > EDITS || whole.lanes.len() > LANES {
        return Vec::new();
    }
    assign::alternatives(oracle, known, whole, OTHERS)
}

/// The arrows at which the root could stand as well, those next to it first.
pub(super) fn ties(oracle: &mut Oracle, known: &Known, whole: &Whole, root: &Pair, trails: &Trails) -> Vec<ArrowId> {
    if whole.fallback || whole.cost > EDITS {
        return Vec::new();
    }
    let own = root.item.or(root.related).map(|key| ArrowId(key.0));
    let mut found: Vec<ArrowId> = match root.class {
        Class::Duplicate => same(oracle, whole, root, true),
        Class::Misrouted if root.item.is_none() => same(oracle, whole, root, false),
        Class::Missing | Class::Reordered | Class::WrongPayload | Class::Misrouted => {
            root.item.map_or_else(Vec::new, |item| instead(oracle, known, whole, item))
        }
        Class::Late | Class::Early | Class::Unexpected | Class::Closed => Vec::new(),
    };
    for other in others(oracle, known, whole) {
        let pairs = pair::pair(oracle, &other, known, trails);
        let first = pairs.iter().filter_map(|pair| pair.item.or(pair.related)).map(|key| ArrowId(key.0)).min();
        found.extend(first.filter(|_| pairs.iter().any(|pair| pair.class == root.class)));
    }
    let mut told = BTreeSet::new();
    found.retain(|arrow| Some(*arrow) != own && told.insert(*arrow));
    found.truncate(TOLD);
    found
}

/// Arrows whose frame is the same to the letter: which of them came twice, or was copied, cannot be told.
fn same(oracle: &Oracle, whole: &Whole, root: &Pair, own: bool) -> Vec<ArrowId> {
    let Some((_, observed)) = root.frame.and_then(|entry| oracle.frame(entry)) else { return Vec::new() };
    let alike = |(entry, lane, _): &(usize, u32, Key)| {
        (*lane == root.lane) == own
            && (!own || Some(*entry) < root.frame)
            && oracle.frame(*entry).is_some_and(|(_, other)| same_content(other, observed))
    };
    let mut alike: Vec<(usize, Key)> =
        whole.synced().filter(alike).map(|(entry, _, key)| (entry, key)).take(TRIED).collect();
    alike.sort_unstable();
    alike.into_iter().rev().map(|(_, key)| ArrowId(key.0)).collect()
}

/// Messages of the same connection that could be the one that did not come in its place: without it everything costs as
/// much less.
fn instead(oracle: &mut Oracle, known: &Known, whole: &Whole, item: Key) -> Vec<ArrowId> {
    let lane = oracle.plan.lanes.routes[item.0 as usize].receive;
    let Some(aligned) = whole.lanes.iter().find(|aligned| aligned.lane == lane) else { return Vec::new() };
    let cost = aligned.alignment.cost();
    let mut others: Vec<Key> = aligned.alignment.synced.iter().map(|(key, _)| *key).collect();
    others.sort_by_key(|key| (key.0.abs_diff(item.0), key.0));
    others.truncate(TRIED);
    let mut found = Vec::new();
    for other in others {
        if assign::without(oracle, known, whole, lane, other, STEPS) + 1 == cost {
            found.push(ArrowId(other.0));
        }
    }
    found
}
