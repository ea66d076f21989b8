//! What need not be looked at one by one: rows of equal options and loops, and equal chains of a `par`.

use super::search::Search;
use super::{Decision, Decisions, Frame, Key, Taken};
use crate::oracle::plan::Step;
use crate::order::{ArrowId, Kind};

impl Search<'_, '_> {
    /// Whether an equal chain has been offered that has come equally far.
    pub(super) fn is_offered(&mut self, (arrow, turn): Key) -> bool {
        let Some((par, shape, place)) = self.mover.plan.planned(ArrowId(arrow)).chain else { return false };
        !self.chains.insert((par, shape, place, turn))
    }

    /// Whether an operand of a `par` that is drawn alike was looked through, and nothing of either has begun.
    pub(super) fn is_looked_through(&mut self, frames: &[Frame]) -> bool {
        let [frame] = frames else { return false };
        let kin = self.mover.plan.lanes.kin.get(&frame.block).filter(|_| frame.at == 0 && frame.count == 0);
        let Some((number, _)) = kin.filter(|(_, inside)| self.config.is_open(*inside)) else { return false };
        let known = self.kin.contains(&(*number, frame.turn));
        self.kin.extend((!known).then_some((*number, frame.turn)));
        known
    }

    /// How many equal options or loops stand here in a row of which nothing is decided; none where that is one.
    pub(super) fn row(&self, frame: &Frame, decisions: &Decisions) -> Option<u32> {
        let lanes = &self.mover.plan.lanes;
        let length = *lanes.rows.get(&(frame.block, frame.at)).filter(|_| self.prune && frame.count == 0)?;
        let steps = &lanes.blocks[frame.block as usize];
        let fragment = |at: u32| match steps[at as usize] {
            Step::Choice(id, _) | Step::Loop(id, _) => Some(id.0),
            _ => None,
        };
        let ends = (fragment(frame.at)?, fragment(frame.at + length - 1)?);
        let open = decisions.iter().all(|((id, _), _)| !(ends.0..=ends.1).contains(id));
        (open && self.config.is_open(ends)).then_some(length)
    }

    /// Takes the first of a row, and then goes on behind it: what the others could do, the first does.
    pub(super) fn along(&mut self, length: u32, mut frames: Vec<Frame>, thread: u32, decisions: &mut Decisions) {
        let Some(frame) = frames.last().copied() else { return };
        let plan = self.mover.plan;
        let step = plan.lanes.blocks[frame.block as usize][frame.at as usize];
        let (Step::Choice(id, _) | Step::Loop(id, _)) = step else { return };
        let key = (id.0, frame.turn);
        if !self.is_seen(id, 0) {
            match (step, &plan.order.fragment(id).kind) {
                (Step::Choice(_, first), _) => {
                    let seen = self.seen.clone();
                    let mut inner = frames.clone();
                    if let Some(frame) = inner.last_mut() {
                        frame.at += 1;
                    }
                    inner.push(Frame { block: first, at: 0, turn: frame.turn, count: 0 });
                    let taken = Some(Taken::Whole(Decision::Operand(0)));
                    self.with(key, taken, decisions, |search, decisions| search.seek(inner, thread, decisions));
                    self.seen = seen;
                }
                (_, Kind::Loop { max, .. }) => self.another_turn(id, key, (0, *max), &frames, thread, decisions),
                _ => {}
            }
        }
        let seen = self.seen.clone();
        self.see(id, &[0]);
        self.pruned = true;
        self.passed.push((frame.block, frame.at, length, frame.turn));
        if let Some(frame) = frames.last_mut() {
            frame.at += length;
        }
        self.seek(frames, thread, decisions);
        self.passed.pop();
        self.seen = seen;
    }

    /// Decisions, and that nothing was taken of the rows that were passed over.
    pub(super) fn with_passed(&self, decisions: &Decisions) -> Decisions {
        let mut all = decisions.clone();
        for (block, from, length, turn) in &self.passed {
            let steps = &self.mover.plan.lanes.blocks[*block as usize];
            for step in &steps[*from as usize..(from + length) as usize] {
                match step {
                    Step::Choice(id, _) => all.push(((id.0, *turn), Taken::Whole(Decision::Operand(1)))),
                    Step::Loop(id, _) => {
                        all.push(((id.0, *turn), Taken::Whole(Decision::Turns { begun: 0, closed: true })));
                    }
                    _ => {}
                }
            }
        }
        all
    }
}
