//! The ways past choices and loops: which operands may be taken, and how a thread can be silent.

use super::search::Search;
use super::{Config, Decision, Decisions, Frame, Key, Taken};
use crate::oracle::plan::{Drawn, Step};
use crate::oracle::turns::Turns;
use crate::order::{Chooser, Fragment, FragmentId, Kind, Operand};

impl Search<'_, '_> {
    /// Every way in which a block of a `par` can be silent too.
    pub(super) fn silent_too(&mut self, ways: Vec<Decisions>, block: u32, turn: u32) -> Vec<Decisions> {
        let frames = vec![Frame { block, at: 0, turn, count: 0 }];
        ways.into_iter().flat_map(|way| self.silences(frames.clone(), way)).collect()
    }

    /// Every way in which a thread can run out without an expectation: what has to be decided for each, behind what was.
    pub(super) fn silences(&mut self, frames: Vec<Frame>, decisions: Decisions) -> Vec<Decisions> {
        let mut ways = Vec::new();
        let mut open = vec![(frames, decisions)];
        while let Some((mut frames, mut decisions)) = open.pop() {
            loop {
                if self.budget == 0 {
                    return ways;
                }
                self.budget -= 1;
                let plan = self.mover.plan;
                let Some(frame) = frames.last_mut() else {
                    ways.push(decisions);
                    break;
                };
                let Some(&step) = plan.lanes.blocks[frame.block as usize].get(frame.at as usize) else {
                    frames.pop();
                    continue;
                };
                let turn = frame.turn;
                match step {
                    Step::Enter(_) | Step::Leave(_) | Step::Forbid(_) => frame.at += 1,
                    Step::Choice(id, first) => {
                        frame.at += 1;
                        let key = (id.0, turn);
                        for (taken, operand) in self.operands(id, key, first, &decisions).into_iter().rev() {
                            let mut inner = frames.clone();
                            inner.push(Frame { block: first + operand, at: 0, turn, count: 0 });
                            let mut with = decisions.clone();
                            with.extend(taken.map(|taken| (key, taken)));
                            open.push((inner, with));
                        }
                        break;
                    }
                    Step::Loop(id, body) => {
                        let key = (id.0, turn);
                        let (begun, closed) = self.turns(key, &decisions);
                        let count = frame.count;
                        if count < begun {
                            frame.count += 1;
                            let inner = self.mover.turns.enter(turn, id, count);
                            frames.push(Frame { block: body, at: 0, turn: inner, count: 0 });
                            continue;
                        }
                        frame.at += 1;
                        frame.count = 0;
                        if !closed {
                            decisions.push((key, Taken::Whole(Decision::Turns { begun, closed: true })));
                        }
                    }
                    Step::Par(first, count) => {
                        frame.at += 1;
                        let blocks = first..first + count;
                        let all = blocks.fold(vec![decisions], |ways, block| self.silent_too(ways, block, turn));
                        open.extend(all.into_iter().rev().map(|way| (frames.clone(), way)));
                        break;
                    }
                    Step::Receive(_)
                    | Step::AwaitSent(_)
                    | Step::AwaitReceived(_)
                    | Step::Emit(_)
                    | Step::Play(_)
                    | Step::Free(_)
                    | Step::Calm(_) => break,
                }
            }
        }
        ways
    }

    /// The operands that may be taken, each with what takes it where that is open. Those in which this lane has nothing to
    /// do are one: which of them it is, another lane tells. A `break` tells it whether there is another turn.
    pub(super) fn operands(
        &self,
        id: FragmentId,
        key: Key,
        first: u32,
        decisions: &Decisions,
    ) -> Vec<(Option<Taken>, u32)> {
        let bits = match self.known(key, decisions) {
            Some(Taken::Whole(Decision::Operand(operand))) => return vec![(None, operand)],
            Some(Taken::Among(bits)) => bits,
            Some(Taken::Whole(Decision::Turns { .. })) | None => self.config.among(key).unwrap_or(u64::MAX),
        };
        let plan = self.mover.plan;
        let count = plan.order.fragment(id).operands.len() as u32;
        let whole = |operand: u32| (Some(Taken::Whole(Decision::Operand(operand))), operand);
        let is_hushed = |operand: u32| self.config.is_hushed(&plan.lanes.drawn, self.mover.turns, key, operand);
        if count > 64 {
            return (0..count).filter(|operand| !is_hushed(*operand)).map(whole).collect();
        }
        let (empty, rest): (Vec<u32>, Vec<u32>) = (0..count)
            .filter(|operand| bits & (1 << operand) != 0 && is_possible(plan.order.fragment(id), *operand))
            .filter(|operand| !is_hushed(*operand))
            .partition(|operand| plan.lanes.blocks[(first + operand) as usize].is_empty());
        let leaves = plan.order.fragment(id).leaves.is_some();
        let (alone, empty) = if leaves { (empty, Vec::new()) } else { (Vec::new(), empty) };
        let together = match empty.as_slice() {
            [] => None,
            [only] => Some(whole(*only)),
            [one, ..] => Some((Some(Taken::Among(empty.iter().fold(0, |bits, operand| bits | 1 << operand))), *one)),
        };
        let mut all: Vec<_> = rest.into_iter().chain(alone).map(whole).chain(together).collect();
        all.sort_by_key(|(_, operand)| *operand);
        all
    }

    pub(super) fn turns(&self, key: Key, decisions: &Decisions) -> (u32, bool) {
        match self.known(key, decisions) {
            Some(Taken::Whole(Decision::Turns { begun, closed })) => (begun, closed),
            Some(Taken::Whole(Decision::Operand(_)) | Taken::Among(_)) | None => {
                match self.mover.plan.order.fragment(FragmentId(key.0)).kind {
                    Kind::Loop { min, chooser: Chooser::Nobody, .. } => (min.min(1), true),
                    Kind::Loop { min, max, .. } => (min, max == Some(min)),
                    Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                        (0, true)
                    }
                }
            }
        }
    }

    pub(super) fn known(&self, key: Key, decisions: &Decisions) -> Option<Taken> {
        let taken = decisions.iter().rev().find(|(known, _)| *known == key).map(|(_, taken)| *taken);
        taken.or_else(|| self.config.decided.get(&key).copied().map(Taken::Whole))
    }
}

/// Whether an operand can happen: of those that only the tool may begin in a choice that the server may begin as well, it
/// begins the first.
fn is_possible(fragment: &Fragment, operand: u32) -> bool {
    let only_tool = |operand: &Operand| operand.begins.tool && !operand.begins.server && !operand.begins.nothing;
    let own = &fragment.operands[operand as usize];
    let others = || fragment.operands[..operand as usize].iter().any(only_tool);
    fragment.kind != Kind::Choice(Chooser::Mixed) || !only_tool(own) || !others()
}

/// The operands that an open choice may still be.
pub(super) fn possible<'a>(
    config: &'a Config,
    fragment: &'a Fragment,
    key: Key,
    (drawn, turns): (&'a Drawn, &'a Turns),
) -> impl Iterator<Item = u32> + use<'a> {
    let all = 0..fragment.operands.len() as u32;
    let all = all.filter(move |operand| config.may_be(key, *operand) && is_possible(fragment, *operand));
    all.filter(move |operand| !config.is_hushed(drawn, turns, key, *operand))
}
