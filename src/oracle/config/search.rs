//! What an observation may be: the expectations on its connection that it fits, and what has to be decided for each.

use super::twins::drop_twins;
use super::{Config, Decision, Frame, Key, Mover, Wait};
use crate::oracle::plan::{NONE, Step};
use crate::order::{ArrowId, FragmentId, Kind};
use crate::wire::{Bind, Expects, Matched, Observed, Viewer};
use std::rc::Rc;

/// Decisions that have to be taken for an expectation to be next.
pub(in crate::oracle) type Decisions = Vec<(Key, Decision)>;

/// One way to account for an observation.
#[derive(Debug)]
pub(in crate::oracle) struct Candidate {
    pub key: Key,
    pub decisions: Decisions,
    pub binds: Vec<Bind>,
}

/// How many steps one observation may make the search take before it is given up as ambiguous.
const SEARCH: usize = 20_000;
/// How many turns of a loop may have begun of which a connection has seen nothing.
const SILENT_TURNS: usize = 2;

struct Search<'a, 'm> {
    config: &'a Config,
    mover: &'a mut Mover<'m>,
    /// None where any will do.
    observed: Option<&'a Observed>,
    lane: u32,
    budget: usize,
    out: Vec<Candidate>,
}

/// Every expectation on this lane that the observation fits. The second value is false where the search was cut.
pub(in crate::oracle) fn candidates(
    config: &Config,
    mover: &mut Mover<'_>,
    lane: u32,
    observed: &Observed,
) -> (Vec<Candidate>, bool) {
    let (mut out, complete) = search(config, mover, lane, Some(observed));
    drop_twins(&mut out, mover);
    (out, complete)
}

/// Every expectation that may be next on this lane.
pub(in crate::oracle) fn next(config: &Config, mover: &mut Mover<'_>, lane: u32) -> Vec<Candidate> {
    search(config, mover, lane, None).0
}

fn search(config: &Config, mover: &mut Mover<'_>, lane: u32, observed: Option<&Observed>) -> (Vec<Candidate>, bool) {
    let state = Rc::clone(&config.lanes[lane as usize]);
    let mut search = Search { config, mover, observed, lane, budget: SEARCH, out: Vec::new() };
    for &(wait, thread) in &state.waiting {
        match wait {
            Wait::Receive(key) => search.offer(key, &Vec::new()),
            Wait::Choice(_) | Wait::Loop(_) => {
                let frames = state.threads[thread as usize].frames.to_vec();
                search.seek(frames, thread, &mut Vec::new());
            }
            Wait::Sent(_) | Wait::Received(_) | Wait::Play(_) | Wait::Calm(_) => {}
        }
    }
    if let Some(lock) = state.lock {
        let order = &search.mover.plan.order;
        search.out.retain(|candidate| {
            let mut around = order.arrow(ArrowId(candidate.key.0)).inside;
            while let Some((fragment, _)) = around {
                if fragment == lock {
                    return true;
                }
                around = order.fragment(fragment).inside;
            }
            false
        });
    }
    (search.out, search.budget > 0)
}

impl Search<'_, '_> {
    fn offer(&mut self, key: Key, decisions: &Decisions) {
        let plan = self.mover.plan;
        let id = ArrowId(key.0);
        let Some(expectation) = plan.expectation(id) else { return };
        let Some((client, _)) = plan.client(id) else { return };
        let scopes = plan.scopes(id, key.1, self.mover.turns);
        let viewer = Viewer { lifeline: client.0, scopes: &scopes, arrow: key.0 };
        let Some(observed) = self.observed else {
            return self.out.push(Candidate { key, decisions: decisions.clone(), binds: Vec::new() });
        };
        match expectation.matches(observed, &self.config.memory, viewer) {
            Matched::Yes(binds) => self.out.push(Candidate { key, decisions: decisions.clone(), binds }),
            Matched::Conflict(_) | Matched::No => {}
        }
    }

    /// Follows one thread from a position to every expectation that may be its next, deciding what has to be decided.
    fn seek(&mut self, mut frames: Vec<Frame>, thread: u32, decisions: &mut Decisions) {
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
            let turn = frame.turn;
            match step {
                Step::Receive(id) => {
                    self.offer((id.0, turn), decisions);
                    return;
                }
                Step::Enter(_) | Step::Leave(_) | Step::Forbid(_) => frame.at += 1,
                Step::Choice(id, first) => {
                    frame.at += 1;
                    let key = (id.0, turn);
                    for (decision, operand) in self.operands(id, key, decisions) {
                        let mut inner = frames.clone();
                        inner.push(Frame { block: first + operand, at: 0, turn, count: 0 });
                        self.with(key, decision, decisions, |search, decisions| {
                            search.seek(inner, thread, decisions);
                        });
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
                    let Kind::Loop { max, .. } = plan.order.fragment(id).kind else { return };
                    let silent = decisions.iter().filter(|(known, _)| *known == key).count();
                    if !closed && silent <= SILENT_TURNS && max.is_none_or(|max| begun < max) {
                        let mut inside = frames.clone();
                        let inner = self.mover.turns.enter(turn, id, count);
                        if let Some(frame) = inside.last_mut() {
                            frame.count += 1;
                        }
                        inside.push(Frame { block: body, at: 0, turn: inner, count: 0 });
                        let decision = Decision::Turns { begun: begun + 1, closed: Some(begun + 1) == max };
                        self.with(key, Some(decision), decisions, |search, decisions| {
                            search.seek(inside, thread, decisions);
                        });
                    }
                    if let Some(frame) = frames.last_mut() {
                        frame.at += 1;
                        frame.count = 0;
                    }
                    let decision = (!closed).then_some(Decision::Turns { begun, closed: true });
                    self.with(key, decision, decisions, |search, decisions| {
                        search.seek(frames, thread, decisions);
                    });
                    return;
                }
                Step::Par(first, count) => {
                    frame.at += 1;
                    for block in first..first + count {
                        let child = vec![Frame { block, at: 0, turn, count: 0 }];
                        // What comes behind the `par` is looked for below, once.
                        self.seek(child, NONE, decisions);
                    }
                    let before = decisions.len();
                    let silent = (first..first + count)
                        .all(|block| self.silence(vec![Frame { block, at: 0, turn, count: 0 }], decisions));
                    if silent {
                        self.seek(frames, thread, decisions);
                    }
                    decisions.truncate(before);
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
        let before = decisions.len();
        let mut silent = 1;
        for &(wait, sibling) in &state.waiting {
            if sibling == thread || state.threads[sibling as usize].parent != parent {
                continue;
            }
            let quiet = matches!(wait, Wait::Choice(_) | Wait::Loop(_))
                && self.silence(state.threads[sibling as usize].frames.to_vec(), decisions);
            silent += u32::from(quiet);
        }
        if silent == state.threads[parent as usize].children {
            self.seek(state.threads[parent as usize].frames.to_vec(), parent, decisions);
        }
        decisions.truncate(before);
    }

    /// Whether a thread can run out without an expectation; adds what has to be decided for that.
    fn silence(&mut self, mut frames: Vec<Frame>, decisions: &mut Decisions) -> bool {
        let before = decisions.len();
        loop {
            if self.budget == 0 {
                return false;
            }
            self.budget -= 1;
            let plan = self.mover.plan;
            let Some(frame) = frames.last_mut() else { return true };
            let Some(&step) = plan.lanes.blocks[frame.block as usize].get(frame.at as usize) else {
                frames.pop();
                continue;
            };
            let turn = frame.turn;
            frame.at += 1;
            match step {
                Step::Enter(_) | Step::Leave(_) | Step::Forbid(_) => {}
                Step::Choice(id, first) => {
                    let key = (id.0, turn);
                    let mut found = false;
                    for (decision, operand) in self.operands(id, key, decisions) {
                        let length = decisions.len();
                        decisions.extend(decision.map(|decision| (key, decision)));
                        if self.silence(vec![Frame { block: first + operand, at: 0, turn, count: 0 }], decisions) {
                            found = true;
                            break;
                        }
                        decisions.truncate(length);
                    }
                    if !found {
                        decisions.truncate(before);
                        return false;
                    }
                }
                Step::Loop(id, body) => {
                    let key = (id.0, turn);
                    let (begun, closed) = self.turns(key, decisions);
                    let done = frame.count;
                    frame.count = 0;
                    let mut silent = true;
                    for count in done..begun {
                        let inner = self.mover.turns.enter(turn, id, count);
                        silent = silent
                            && self.silence(vec![Frame { block: body, at: 0, turn: inner, count: 0 }], decisions);
                    }
                    if !silent {
                        decisions.truncate(before);
                        return false;
                    }
                    if !closed {
                        decisions.push((key, Decision::Turns { begun, closed: true }));
                    }
                }
                Step::Par(first, count) => {
                    let silent = (first..first + count)
                        .all(|block| self.silence(vec![Frame { block, at: 0, turn, count: 0 }], decisions));
                    if !silent {
                        decisions.truncate(before);
                        return false;
                    }
                }
                Step::Receive(_)
                | Step::AwaitSent(_)
                | Step::AwaitReceived(_)
                | Step::Emit(_)
                | Step::Play(_)
                | Step::Free(_)
                | Step::Calm(_) => {
                    decisions.truncate(before);
                    return false;
                }
            }
        }
    }

    /// The operands that may be taken, each with the decision that takes it where that is open.
    fn operands(&self, id: FragmentId, key: Key, decisions: &Decisions) -> Vec<(Option<Decision>, u32)> {
        if let Some(Decision::Operand(operand)) = self.known(key, decisions) {
            return vec![(None, operand)];
        }
        let count = self.mover.plan.order.fragment(id).operands.len() as u32;
        (0..count).map(|operand| (Some(Decision::Operand(operand)), operand)).collect()
    }

    fn turns(&self, key: Key, decisions: &Decisions) -> (u32, bool) {
        match self.known(key, decisions) {
            Some(Decision::Turns { begun, closed }) => (begun, closed),
            Some(Decision::Operand(_)) | None => match self.mover.plan.order.fragment(FragmentId(key.0)).kind {
                Kind::Loop { min, max, .. } => (min, max == Some(min)),
                Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                    (0, true)
                }
            },
        }
    }

    fn known(&self, key: Key, decisions: &Decisions) -> Option<Decision> {
        let taken = decisions.iter().rev().find(|(known, _)| *known == key).map(|(_, decision)| *decision);
        taken.or_else(|| self.config.decided.get(&key).copied())
    }

    fn with(
        &mut self,
        key: Key,
        decision: Option<Decision>,
        decisions: &mut Decisions,
        then: impl FnOnce(&mut Self, &mut Decisions),
    ) {
        let before = decisions.len();
        decisions.extend(decision.map(|decision| (key, decision)));
        then(self, decisions);
        decisions.truncate(before);
    }
}
