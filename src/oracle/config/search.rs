//! What an observation may be: the expectations on its connection that it fits, and what has to be decided for each.

use super::expected::expected;
use super::twins::drop_twins;
use super::{Candidate, Config, Decision, Decisions, Frame, Key, Mover, Passed, Taken, Wait};
use crate::oracle::plan::{NONE, Step};
use crate::order::{ArrowId, FragmentId, Kind};
use crate::wire::{Expects, Matched, Observed, Viewer};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// How many steps one observation may make the search take before it is given up as ambiguous.
const SEARCH: usize = 20_000;
/// How many turns of a loop may have begun of which a connection has seen nothing.
const SILENT_TURNS: usize = 2;
pub(super) struct Search<'a, 'm> {
    pub(super) config: &'a Config,
    pub(super) mover: &'a mut Mover<'m>,
    /// None where any will do.
    observed: Option<&'a Observed>,
    lane: u32,
    /// How many steps are left, and how many expectations were held against the observation.
    pub(super) budget: usize,
    offers: usize,
    out: Vec<Candidate>,
    /// Chains, and operands that are drawn alike, of which one was looked at; rows that were passed over on the way here.
    pub(super) chains: FxHashSet<(FragmentId, u32, u32, u32)>,
    pub(super) kin: Vec<(u32, u32)>,
    pub(super) passed: Vec<Passed>,
    /// Shapes of operands that could have been taken on the way here and were not: taking an equal one later can do
    /// nothing that taking it there could not.
    pub(super) seen: Vec<u32>,
    /// Whether later of two equal ways are left out, and were.
    pub(super) prune: bool,
    pub(super) pruned: bool,
    cut: bool,
}

/// What a search found.
#[derive(Debug)]
pub(in crate::oracle) struct Found {
    /// Every expectation that the observation fits.
    pub candidates: Vec<Candidate>,
    /// False where the search was given up.
    pub complete: bool,
    /// Ways were left out that another of the candidates stands for; how many steps it took.
    pub pruned: bool,
    pub steps: usize,
    /// A fitting expectation lies behind more silent turns than are tried.
    pub cut: bool,
}

/// Every expectation on this lane that the observation fits. With `prune`, where one of two ways can do all that the other
/// can, only the one.
pub(in crate::oracle) fn candidates(
    config: &Config,
    mover: &mut Mover<'_>,
    lane: u32,
    observed: &Observed,
    prune: bool,
) -> Found {
    let mut found = search(config, mover, lane, Some(observed), prune);
    found.pruned |= drop_twins(&mut found.candidates, config, mover, lane, prune);
    found
}

/// Every expectation that may be next on this lane.
pub(in crate::oracle) fn next(config: &Config, mover: &mut Mover<'_>, lane: u32) -> Vec<Candidate> {
    search(config, mover, lane, None, true).candidates
}

fn search(config: &Config, mover: &mut Mover<'_>, lane: u32, observed: Option<&Observed>, prune: bool) -> Found {
    let state = Rc::clone(&config.lanes[lane as usize]);
    let mut search = Search {
        config,
        mover,
        observed,
        lane,
        budget: SEARCH,
        offers: 0,
        out: Vec::new(),
        chains: FxHashSet::default(),
        kin: Vec::new(),
        passed: Vec::new(),
        seen: Vec::new(),
        prune,
        pruned: false,
        cut: false,
    };
    for &(wait, thread) in expected(search.mover.plan, lane, &state, observed).iter() {
        match wait {
            Wait::Receive(key) if search.is_offered(key) => {}
            Wait::Receive(key) => search.offer(key, &Vec::new()),
            Wait::Choice(_) | Wait::Loop(_) => {
                let frames = state.threads[thread as usize].frames.to_vec();
                if !search.is_looked_through(&frames) {
                    search.seek(frames, thread, &mut Vec::new());
                }
            }
            Wait::Sent(_) | Wait::Received(_) | Wait::Play(_) | Wait::Calm(_) => {}
        }
    }
    if let Some(lock) = state.lock {
        let order = &search.mover.plan.order;
        search.out.retain(|candidate| order.around(order.arrow(ArrowId(candidate.key.0))).any(|(at, _)| at == lock));
    }
    let steps = SEARCH - search.budget + search.offers;
    Found { candidates: search.out, complete: search.budget > 0, pruned: search.pruned, cut: search.cut, steps }
}

impl Search<'_, '_> {
    fn offer(&mut self, key: Key, decisions: &Decisions) {
        self.offers += 1;
        let plan = self.mover.plan;
        let id = ArrowId(key.0);
        let Some(expectation) = plan.expectation(id) else { return };
        let scopes = plan.scopes(id, key.1, self.mover.turns);
        let viewer = Viewer { lifeline: plan.knower_at(id), scopes: &scopes, arrow: key.0 };
        let Some(observed) = self.observed else {
            let decisions = self.with_passed(decisions);
            return self.out.push(Candidate { key, decisions, binds: Vec::new() });
        };
        match expectation.matches(observed, &self.config.memory, viewer) {
            Matched::Yes(binds) => {
                let decisions = self.with_passed(decisions);
                self.out.push(Candidate { key, decisions, binds });
            }
            Matched::Conflict(_) | Matched::No => {}
        }
    }

    /// Follows one thread from a position to every expectation that may be its next, deciding what has to be decided.
    pub(super) fn seek(&mut self, mut frames: Vec<Frame>, thread: u32, decisions: &mut Decisions) {
        loop {
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            let plan = self.mover.plan;
            let Some(frame) = frames.last_mut() else {
                self.behind(thread, decisions);
                return;
            };
            let Some(&step) = plan.lanes.blocks[frame.block as usize].get(frame.at as usize) else {
                frames.pop();
                continue;
            };
            let (turn, here) = (frame.turn, *frame);
            if let Some(length) = self.row(&here, decisions) {
                return self.along(length, frames, thread, decisions);
            }
            let Some(frame) = frames.last_mut() else { return };
            match step {
                Step::Receive(id) => {
                    self.offer((id.0, turn), decisions);
                    return;
                }
                Step::Enter(_) | Step::Leave(_) | Step::Forbid(_) => {
                    frame.at += 1;
                    self.seen.clear();
                }
                Step::Choice(id, first) => {
                    frame.at += 1;
                    let key = (id.0, turn);
                    let operands = self.operands(id, key, first, decisions);
                    let may_skip = operands.len() > 1 && self.has_nothing(id, &operands);
                    let all: Vec<u32> = operands.iter().map(|(_, operand)| *operand).collect();
                    for (taken, operand) in operands {
                        if may_skip && self.is_seen(id, operand) {
                            continue;
                        }
                        let seen = self.seen.clone();
                        if may_skip && plan.order.fragment(id).operands[operand as usize].body.is_empty() {
                            self.see(id, &all);
                        }
                        let mut inner = frames.clone();
                        inner.push(Frame { block: first + operand, at: 0, turn, count: 0 });
                        self.with(key, taken, decisions, |search, decisions| search.seek(inner, thread, decisions));
                        self.seen = seen;
                    }
                    return;
                }
                Step::Loop(id, body) => {
                    let key = (id.0, turn);
                    let count = frame.count;
                    let (begun, closed) = self.turns(key, decisions);
                    if count < begun {
                        frame.count += 1;
                        let inner = self.mover.turns.enter(turn, id, count);
                        frames.push(Frame { block: body, at: 0, turn: inner, count: 0 });
                        continue;
                    }
                    // A turn that was begun on the way here and said nothing: without it everything comes as well.
                    if plan.lanes.hollow.contains(&id) && decisions.iter().any(|(known, _)| *known == key) {
                        return;
                    }
                    let Kind::Loop { max, .. } = plan.order.fragment(id).kind else { return };
                    let open = !closed && max.is_none_or(|max| begun < max);
                    if open && !self.is_seen(id, 0) {
                        self.another_turn(id, key, (begun, max), &frames, thread, decisions);
                    }
                    if let Some(frame) = frames.last_mut() {
                        frame.at += 1;
                        frame.count = 0;
                    }
                    let seen = self.seen.clone();
                    if open {
                        self.see(id, &[0]);
                    }
                    let taken = (!closed).then_some(Taken::Whole(Decision::Turns { begun, closed: true }));
                    self.with(key, taken, decisions, |search, decisions| search.seek(frames, thread, decisions));
                    self.seen = seen;
                    return;
                }
                Step::Par(first, count) => {
                    frame.at += 1;
                    let blocks = first..first + count;
                    for block in blocks.clone() {
                        let seen = std::mem::take(&mut self.seen);
                        let child = vec![Frame { block, at: 0, turn, count: 0 }];
                        // What comes behind the `par` is looked for below, once.
                        self.seek(child, NONE, decisions);
                        self.seen = seen;
                    }
                    let all = blocks.fold(vec![decisions.clone()], |ways, block| self.silent_too(ways, block, turn));
                    for mut way in all {
                        self.seek(frames.clone(), thread, &mut way);
                    }
                    return;
                }
                // Steps of other lanes.
                Step::AwaitSent(_)
                | Step::AwaitReceived(_)
                | Step::Emit(_)
                | Step::Play(_)
                | Step::Free(_)
                | Step::Calm(_) => return,
            }
        }
    }

    /// Behind the last step of a thread: its parent goes on where every sibling can be silent.
    fn behind(&mut self, thread: u32, decisions: &mut Decisions) {
        if thread == NONE {
            return;
        }
        let state = Rc::clone(&self.config.lanes[self.lane as usize]);
        let parent = state.threads[thread as usize].parent;
        if parent == NONE {
            return;
        }
        let mut ways = vec![decisions.clone()];
        let mut siblings = 1;
        for &(wait, sibling) in &state.waiting {
            if sibling == thread || state.threads[sibling as usize].parent != parent {
                continue;
            }
            siblings += 1;
            if !matches!(wait, Wait::Choice(_) | Wait::Loop(_)) {
                return;
            }
            let frames = state.threads[sibling as usize].frames.to_vec();
            ways = ways.into_iter().flat_map(|way| self.silences(frames.clone(), way)).collect();
        }
        if siblings == state.threads[parent as usize].children {
            for mut way in ways {
                self.seek(state.threads[parent as usize].frames.to_vec(), parent, &mut way);
            }
        }
    }

    /// Begins one more turn of a loop.
    pub(super) fn another_turn(
        &mut self,
        id: FragmentId,
        key: Key,
        (begun, max): (u32, Option<u32>),
        frames: &[Frame],
        thread: u32,
        decisions: &mut Decisions,
    ) {
        let silent = decisions.iter().filter(|(known, _)| *known == key).count();
        let hushed = self.config.is_hushed(&self.mover.plan.lanes.drawn, self.mover.turns, key, 0);
        if silent > SILENT_TURNS + 1 || hushed {
            return;
        }
        let Step::Loop(_, body) = self.step(frames) else { return };
        let mut inside = frames.to_vec();
        let Some(frame) = inside.last_mut() else { return };
        let inner = self.mover.turns.enter(frame.turn, id, frame.count);
        frame.count += 1;
        inside.push(Frame { block: body, at: 0, turn: inner, count: 0 });
        let more = Taken::Whole(Decision::Turns { begun: begun + 1, closed: Some(begun + 1) == max });
        let found = self.out.len();
        self.with(key, Some(more), decisions, |search, decisions| search.seek(inside, thread, decisions));
        if silent > SILENT_TURNS {
            // One turn farther than is tried, only to know whether anything is lost.
            let order = &self.mover.plan.order;
            let inside =
                |candidate: &Candidate| order.around(order.arrow(ArrowId(candidate.key.0))).any(|(at, _)| at == id);
            self.cut |= self.out[found..].iter().any(inside);
            self.out.truncate(found);
        }
    }

    fn step(&self, frames: &[Frame]) -> Step {
        let frame = frames[frames.len() - 1];
        self.mover.plan.lanes.blocks[frame.block as usize][frame.at as usize]
    }

    /// Whether one of these operands is nothing at all, at no client.
    fn has_nothing(&self, id: FragmentId, operands: &[(Option<Taken>, u32)]) -> bool {
        let drawn = &self.mover.plan.order.fragment(id).operands;
        operands.iter().any(|(_, operand)| drawn[*operand as usize].body.is_empty())
    }

    /// Whether an operand like this could have been taken on the way here.
    pub(super) fn is_seen(&mut self, id: FragmentId, operand: u32) -> bool {
        let shape = self.mover.plan.shapes.get(&(id, operand));
        let seen = self.prune && shape.is_some_and(|shape| self.seen.contains(shape));
        self.pruned |= seen;
        seen
    }

    /// Goes past a choice or loop of which these operands could have been taken.
    pub(super) fn see(&mut self, id: FragmentId, operands: &[u32]) {
        for operand in operands {
            let shape = self.mover.plan.shapes.get(&(id, *operand)).copied();
            self.seen.extend(shape.filter(|shape| !self.seen.contains(shape)));
        }
    }

    pub(super) fn with(
        &mut self,
        key: Key,
        taken: Option<Taken>,
        decisions: &mut Decisions,
        then: impl FnOnce(&mut Self, &mut Decisions),
    ) {
        let before = decisions.len();
        decisions.extend(taken.map(|taken| (key, taken)));
        then(self, decisions);
        decisions.truncate(before);
    }
}
