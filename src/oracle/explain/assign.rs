//! Connections that disagree over a choice are brought together so that the whole costs least.
//!
//! Each connection is aligned by itself, its choices open: what they cost together is the least that anything can cost.
//! Where they agree on all choices, that is the answer. Where two disagree, each way of that choice is tried, that which
//! promises least first, until nothing cheaper is left. The steps of all this together are bounded; what was found until
//! they were used up is told as partial.

use super::align::Search;
use super::alignment::{Alignment, BUDGET, Budget, Frames};
use super::known::Known;
use super::lane::Lane;
use super::limits::{Limit, Limits};
use super::rest;
use super::skeleton::{self, Causes};
use crate::oracle::config::{Config, Key};
use crate::oracle::judge::Oracle;
use crate::order::{FragmentId, Kind};
use crate::trace::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// How many ways to decide choices together are tried.
const TRIES: usize = 128;
/// Choices that are decided one after the other, each behind the one before it, at most so often.
const ROUNDS: usize = 32;
/// Of so many choices other ways are tried, for telling ties.
const CHOICES: usize = 8;
/// So many readings of the record are begun with.
const READINGS: usize = 16;

/// One connection, aligned.
#[derive(Debug)]
pub(super) struct Aligned {
    pub lane: u32,
    /// Entries of the log, with the moment.
    pub frames: Vec<(usize, Moment)>,
    pub alignment: Alignment,
}

/// The whole, aligned.
#[derive(Debug, Default)]
pub(super) struct Whole {
    pub lanes: Vec<Aligned>,
    pub cost: usize,
    /// The steps were used up somewhere.
    pub fallback: bool,
    /// How the choices went, and which of them nobody but the server decided.
    limits: Limits,
    open: Vec<Key>,
}

/// The frames of all connections, by lane.
type Traffic = BTreeMap<u32, Vec<(usize, Moment)>>;

struct Assign<'a> {
    oracle: &'a mut Oracle,
    known: &'a Known,
    traffic: Traffic,
    budget: Budget,
    best: Option<Whole>,
}

/// Aligns every connection under the best decision of what is open.
pub(super) fn best(oracle: &mut Oracle, known: &Known) -> Whole {
    best_within(oracle, known, BUDGET)
}

/// The same with so many steps.
pub(super) fn best_within(oracle: &mut Oracle, known: &Known, budget: Budget) -> Whole {
    let configs: Vec<Config> = oracle.readings.configs.iter().take(READINGS).cloned().collect();
    let mut traffic: Traffic = oracle.plan.lanes.receive.values().map(|lane| (*lane, Vec::new())).collect();
    traffic.extend(skeleton::frames(oracle, known));
    let mut assign = Assign { oracle, known, traffic, budget, best: None };
    let (mut live, mut facts) = (BTreeSet::new(), BTreeSet::new());
    for config in &configs {
        live.insert(Limits::decided_in(config));
        facts.insert(Limits::facts(assign.oracle, config));
    }
    // What the readings of the record decided comes first: of ways that cost the same it is kept.
    for limits in live {
        if assign.best.is_some() && assign.budget.steps == 0 {
            break;
        }
        assign.try_out(limits);
    }
    let known = facts.first().cloned().unwrap_or_default();
    assign.search(facts);
    let mut best = assign.best.unwrap_or_default();
    best.open = best.limits.keys().filter(|key| known.get(*key).is_none()).collect();
    best
}

/// Other ways through the choices of the server that cost as much.
pub(super) fn alternatives(oracle: &mut Oracle, known: &Known, whole: &Whole, budget: Budget) -> Vec<Whole> {
    let traffic: Traffic = whole.lanes.iter().map(|aligned| (aligned.lane, aligned.frames.clone())).collect();
    let mut assign = Assign { oracle, known, traffic, budget, best: None };
    let mut found = Vec::new();
    // What is inside the way that was taken says nothing of another.
    let mut free = whole.limits.clone();
    whole.open.iter().for_each(|open| free.forget(*open));
    for &key in whole.open.iter().take(CHOICES) {
        let Some(taken) = whole.limits.get(key) else { continue };
        for way in assign.ways(&free, &whole.limits, key) {
            if way == taken {
                continue;
            }
            let mut limits = free.clone();
            limits.set(key, way);
            assign.best = None;
            assign.try_out(limits);
            let Some(mut other) = assign.best.take().filter(|other| other.cost == whole.cost && !other.fallback) else {
                continue;
            };
            other.open = other.limits.keys().filter(|key| free.get(*key).is_none()).collect();
            found.push(other);
        }
    }
    found
}

/// What a connection costs where one of its messages is not drawn.
pub(super) fn without(
    oracle: &mut Oracle,
    known: &Known,
    whole: &Whole,
    lane: u32,
    key: Key,
    mut budget: Budget,
) -> usize {
    let causes = Causes::new(oracle, known, &whole.limits.decided());
    let frames = whole.lanes.iter().find(|aligned| aligned.lane == lane).map_or(&[][..], |aligned| &aligned.frames);
    let mut states = Lane::new(oracle, &causes, &whole.limits, lane, frames.len());
    states.leave_out(key);
    let mut entries = Frames::new(&states, known, frames);
    aligned(&mut states, known, &mut entries, &mut budget).cost()
}

impl Assign<'_> {
    /// Aligns all connections, each under these limits and those that the ones before it have set by going some way. The
    /// second value is the least that they would cost if each could go its own way, the third what they disagree over.
    fn together(&mut self, limits: &Limits) -> (Limits, usize, Option<Key>) {
        let causes = Causes::new(self.oracle, self.known, &limits.decided());
        let (mut common, mut least, mut apart) = (limits.clone(), 0, None);
        for lane in self.traffic.keys().copied().collect::<Vec<u32>>() {
            let alone = self.one(&causes, limits, lane);
            least += alone.cost();
            let at_odds = alone.taken.iter().find(|(key, taken)| !common.allow(*key, *taken)).map(|(key, _)| *key);
            let agreed = match at_odds {
                None => alone,
                Some(key) => {
                    let bound = self.one(&causes, &common, lane);
                    if bound.cost() > alone.cost() {
                        apart.get_or_insert(key);
                    }
                    bound
                }
            };
            for (key, taken) in agreed.taken {
                common.set(key, taken);
            }
        }
        (common.with_breaks(self.oracle), least, apart)
    }

    /// Aligns all connections under limits that leave little open, and keeps the result where it is the cheapest. What is
    /// decided on the way tells more messages to be due, so that all is done again until nothing is left to decide.
    fn try_out(&mut self, limits: Limits) {
        let mut limits = limits.with_breaks(self.oracle);
        for round in 0.. {
            let causes = Causes::new(self.oracle, self.known, &limits.decided());
            let (mut whole, mut open) = (Whole::default(), false);
            for (lane, frames) in self.traffic.clone() {
                let alignment = self.one(&causes, &limits, lane);
                for (key, taken) in &alignment.taken {
                    open |= limits.get(*key).is_none_or(|known| known != *taken);
                    limits.set(*key, *taken);
                }
                whole.cost += alignment.cost();
                whole.fallback |= alignment.partial;
                whole.lanes.push(Aligned { lane, frames, alignment });
            }
            // Without steps each round is one walk through all of it, and finds no more.
            let rounds = if self.budget.steps == 0 { 1 } else { ROUNDS };
            if open && round < rounds {
                limits = limits.with_breaks(self.oracle);
                continue;
            }
            whole.fallback |= open;
            if self.best.as_ref().is_none_or(|best| whole.cost < best.cost) {
                self.best = Some(Whole { limits, ..whole });
            }
            return;
        }
    }

    /// Tries the ways in which choices may go, that which promises least first.
    fn search(&mut self, facts: BTreeSet<Limits>) {
        let mut open: BTreeSet<(usize, Limits)> = facts.into_iter().map(|limits| (0, limits)).collect();
        let mut seen: BTreeSet<Limits> = BTreeSet::new();
        let mut tries = TRIES;
        while let Some((promised, limits)) = open.pop_first() {
            let known = self.best.as_ref().map_or(usize::MAX, |best| best.cost);
            if promised >= known {
                return;
            }
            if tries == 0 || self.budget.steps == 0 {
                self.best.iter_mut().for_each(|best| best.fallback = true);
                return;
            }
            if !seen.insert(limits.clone()) {
                continue;
            }
            tries -= 1;
            let (common, least, apart) = self.together(&limits);
            if least >= known {
                continue;
            }
            self.try_out(common.clone());
            if self.best.as_ref().is_some_and(|best| best.cost <= least) {
                return;
            }
            // What they disagree over; else what was decided last: what follows from it was not known before.
            let undecided = || common.keys().find(|key| limits.get(*key) != common.get(*key));
            let Some(key) = apart.or_else(undecided) else { continue };
            for way in self.ways(&limits, &common, key) {
                let mut with = limits.clone();
                with.set(key, way);
                open.insert((least, with.with_breaks(self.oracle)));
            }
        }
    }

    /// The ways in which an open choice may go; of a loop, those around the number that was taken.
    fn ways(&self, limits: &Limits, common: &Limits, key: Key) -> Vec<Limit> {
        let fragment = self.oracle.plan.order.fragment(FragmentId(key.0));
        match &fragment.kind {
            Kind::Choice(_) => (0..fragment.operands.len() as u32).map(Limit::Operand).collect(),
            Kind::Loop { .. } => {
                let (least, most) = limits.turns(self.oracle, key);
                let taken = common.turns(self.oracle, key).0.clamp(least, most.unwrap_or(u32::MAX));
                let mut ways = vec![Limit::exactly(taken)];
                if taken > least {
                    ways.push(Limit::Turns { least, most: Some(taken - 1) });
                }
                if most.is_none_or(|most| taken < most) {
                    ways.push(Limit::Turns { least: taken + 1, most });
                }
                ways
            }
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => Vec::new(),
        }
    }

    fn one(&mut self, causes: &Causes, limits: &Limits, lane: u32) -> Alignment {
        let entries = self.traffic.get(&lane).cloned().unwrap_or_default();
        let mut states = Lane::new(self.oracle, causes, limits, lane, entries.len());
        let mut frames = Frames::new(&states, self.known, &entries);
        aligned(&mut states, self.known, &mut frames, &mut self.budget)
    }
}

impl Whole {
    /// How a choice or loop went, in each turn of the loops around it.
    pub fn taken(&self, fragment: FragmentId) -> impl Iterator<Item = Limit> {
        let own = move |key: &Key| key.0 == fragment.0;
        self.limits.keys().filter(own).filter_map(|key| self.limits.get(key))
    }

    /// Frames that came as drawn: entry, lane and what it was.
    pub fn synced(&self) -> impl Iterator<Item = (usize, u32, Key)> {
        self.lanes.iter().flat_map(|aligned| {
            let pair = |(key, frame): &(Key, u32)| (aligned.frames[*frame as usize].0, aligned.lane, *key);
            aligned.alignment.synced.iter().map(pair)
        })
    }
}

impl Oracle {
    /// Whether an entry is a frame that is not judged: everything that was told is matched, residue, or was excused when
    /// it came.
    pub(super) fn need_not_be_judged(&self, entry: usize) -> bool {
        self.record.residue.iter().all(|residue| residue.entry != entry)
            && self.record.matched.binary_search_by_key(&entry, |(at, _)| *at).is_err()
    }
}

#[cfg(test)]
thread_local! {
    /// What the searches of this thread have kept: states, ways, and what each is made of.
    pub(super) static KEPT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Aligns frames with what a connection had to carry: the cheapest way, or where that would take too long some way.
fn aligned(lane: &mut Lane<'_>, known: &Known, frames: &mut Frames<'_>, budget: &mut Budget) -> Alignment {
    let root = lane.whole();
    budget.spend(lane.made);
    let cut = lane.cut;
    let mut search = Search::new(lane, known, frames, budget);
    let mut told = search.run(root).unwrap_or_else(|way| rest::finish(&mut search, root, way));
    told.partial |= cut;
    #[cfg(test)]
    KEPT.set(KEPT.get() + search.kept());
    told
}
