//! Other arrows at which an edit of the same size explains a run as well: a finding that could as well stand elsewhere
//! says so.

use super::alignment::Budget;
use super::assign::{self, Whole};
use super::doubled;
use super::known::Known;
use super::pair::{self, Pair};
use super::resent::Resent;
use super::same::same_content;
use super::trail::Trails;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::{Class, Tie};
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

/// A way through the choices, and what is left over on it.
pub(super) type Way = (Whole, Trails, Vec<Pair>);

/// The cheapest way through the choices; of those that cost the same, the one that fewest findings tell: two messages that
/// changed places are one finding, two that are missing are two. Of as many, the one by which least is missing: that
/// something came again is seen, that a choice was taken of which nothing came is a guess.
pub(super) fn plainest(oracle: &mut Oracle, known: &Known) -> Way {
    let whole = assign::best(oracle, known);
    let mut ways = with_others(oracle, known, whole).into_iter();
    let first = ways.next().unwrap_or_default();
    ways.fold(first, |best, other| if plainness(&other.2) < plainness(&best.2) { other } else { best })
}

/// Other ways that may blame the server less: those that cost as much, and those on which it costs nothing that a message
/// did not come which another order of the tool's sends excuses.
pub(super) fn milder(oracle: &mut Oracle, known: &Known, milder: &Known, whole: &Whole) -> (Vec<Way>, Vec<Way>) {
    let same = others(oracle, known, whole);
    let resent = Resent::of(oracle);
    let same = same.into_iter().map(|other| explained(oracle, known, &resent, other)).collect();
    let best = assign::best_within(oracle, milder, OTHERS);
    let ways = if best.fallback { Vec::new() } else { with_others(oracle, milder, best) };
    (same, ways)
}

/// A way, then the others that cost as much.
fn with_others(oracle: &mut Oracle, known: &Known, whole: Whole) -> Vec<Way> {
    let others = others(oracle, known, &whole);
    let resent = Resent::of(oracle);
    std::iter::once(whole).chain(others).map(|whole| explained(oracle, known, &resent, whole)).collect()
}

fn explained(oracle: &Oracle, known: &Known, resent: &Resent, mut whole: Whole) -> Way {
    resent.unmove(oracle, known, &mut whole);
    resent.untwist(oracle, known, &mut whole);
    doubled::told_by_names(oracle, known, &mut whole);
    let trails = Trails::of(oracle, &whole);
    let pairs = pair::pair(oracle, &whole, known, &trails, resent);
    (whole, trails, pairs)
}

fn plainness(pairs: &[Pair]) -> (usize, usize) {
    (pairs.len(), pairs.iter().filter(|pair| pair.class == Class::Missing).count())
}

fn others(oracle: &mut Oracle, known: &Known, whole: &Whole) -> Vec<Whole> {
    if whole.fallback || whole.cost > EDITS || whole.lanes.len() > LANES {
        return Vec::new();
    }
    assign::alternatives(oracle, known, whole, OTHERS)
}

/// What the root could be as well: another arrow, those next to it first; then what it is where a choice of the server
/// went another way, which may be of another class.
pub(super) fn ties(oracle: &mut Oracle, known: &Known, whole: &Whole, root: &Pair, trails: &Trails) -> Vec<Tie> {
    if whole.fallback || whole.cost > EDITS {
        return Vec::new();
    }
    let own = root.item.or(root.related).map(|key| ArrowId(key.0));
    let resent = Resent::of(oracle);
    let found: Vec<ArrowId> = match root.class {
        Class::Duplicate => same(oracle, whole, root, Some(&resent)),
        Class::Misrouted if root.item.is_none() => same(oracle, whole, root, None),
        Class::Missing | Class::Reordered | Class::WrongPayload | Class::Misrouted => {
            root.item.map_or_else(Vec::new, |item| instead(oracle, known, whole, item))
        }
        Class::Late | Class::Early | Class::Unexpected | Class::Closed => Vec::new(),
    };
    let mut found: Vec<Tie> = found.into_iter().map(|arrow| Tie { class: root.class, arrow }).collect();
    for other in others(oracle, known, whole) {
        let pairs = pair::pair(oracle, &other, known, trails, &resent);
        let all = || pairs.iter().filter_map(|pair| Some((pair.class, ArrowId(pair.item.or(pair.related)?.0))));
        let class = if pairs.iter().any(|pair| pair.class == root.class) { Some(root.class) } else { None };
        let first = all().min_by_key(|(_, arrow)| *arrow);
        found.extend(first.map(|(own, arrow)| Tie { class: class.unwrap_or(own), arrow }));
    }
    found.sort_by_key(|tie| tie.class != root.class);
    let mut told = BTreeSet::new();
    found.retain(|tie| (tie.class != root.class || Some(tie.arrow) != own) && told.insert((tie.class, tie.arrow)));
    found.truncate(TOLD);
    found
}

/// Arrows whose frame is the same to the letter: which of them came twice, or was copied, cannot be told. What came twice on one
/// connection did not come twice of an earlier one.
fn same(oracle: &Oracle, whole: &Whole, root: &Pair, own: Option<&Resent>) -> Vec<ArrowId> {
    let Some((at, (_, observed))) = root.frame.and_then(|at| Some((at, oracle.frame(at)?))) else { return Vec::new() };
    let alike = |(entry, lane, _): &(usize, u32, Key)| {
        (*lane == root.lane) == own.is_some()
            && (own.is_none() || *entry < at)
            && oracle.frame(*entry).is_some_and(|(_, other)| same_content(other, observed))
    };
    let mut alike: Vec<(usize, Key)> =
        whole.synced().filter(alike).map(|(entry, _, key)| (entry, key)).take(TRIED).collect();
    alike.sort_unstable();
    let since = own.and_then(|resent| resent.began_with(root.lane, at));
    if alike.last().is_some_and(|(last, _)| Some(*last) > since) {
        alike.retain(|(entry, _)| Some(*entry) > since);
    }
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
