//! Runs threads of lanes until they wait.

use super::above::{Count, delay};
use super::{Config, Decision, Emission, Frame, Key, Mover, Wait, times};
use crate::oracle::plan::{NONE, Plan, Step};
use crate::oracle::timing::{self, Fault};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, Chooser, FragmentId, Kind};
use crate::trace::Moment;
use smallvec::SmallVec;
use std::rc::Rc;
use std::time::Duration;

/// Until when what is not due yet may take.
const NOT_DUE: Moment = Moment(u64::MAX);

impl Config {
    /// Runs one thread (and whatever it starts) until it waits.
    pub fn run(&mut self, mover: &mut Mover<'_>, lane: u32, thread: u32) {
        let mut ready: SmallVec<[u32; 4]> = SmallVec::from_slice(&[thread]);
        while let Some(thread) = ready.pop() {
            self.run_one(mover, lane, thread, &mut ready);
        }
    }

    fn run_one(&mut self, mover: &mut Mover<'_>, lane: u32, thread: u32, ready: &mut SmallVec<[u32; 4]>) {
        let lanes = &mover.plan.lanes;
        loop {
            let state = Rc::make_mut(&mut self.lanes[lane as usize]);
            let Some(frame) = state.threads[thread as usize].frames.last_mut() else {
                state.finish(thread, ready);
                return;
            };
            let Some(&step) = lanes.blocks[frame.block as usize].get(frame.at as usize) else {
                state.threads[thread as usize].frames.pop();
                continue;
            };
            let turn = frame.turn;
            match step {
                Step::AwaitSent(id) => {
                    if !state.take_or_wait(thread, Wait::Sent((id.0, turn))) {
                        return;
                    }
                    state.threads[thread as usize].last = Some((id.0, turn));
                }
                Step::AwaitReceived(id) => {
                    if !state.take_or_wait(thread, Wait::Received((id.0, turn))) {
                        if mover.plan.lanes.routes[id.0 as usize].tool == lane && mover.plan.serves(id) {
                            self.fall_due(mover, (id.0, turn));
                        }
                        return;
                    }
                }
                Step::Receive(id) => {
                    state.wait(thread, Wait::Receive((id.0, turn)));
                    return;
                }
                Step::Calm(id) => {
                    state.wait(thread, Wait::Calm((id.0, turn)));
                    return;
                }
                Step::Play(id) => {
                    state.wait(thread, Wait::Play((id.0, turn)));
                    let play = self.plays.entry((id.0, turn)).or_insert((0, mover.now));
                    play.0 += 1;
                    play.1 = mover.now;
                    return;
                }
                Step::Emit(id) => {
                    frame.at += 1;
                    self.emit(mover, lane, thread, (id.0, turn));
                }
                Step::Free(id) => {
                    frame.at += 1;
                    let stamp = state.threads[thread as usize].stamp;
                    for &receive in lanes.free.get(&id).into_iter().flatten() {
                        // What another server says in it waits for that one.
                        if lanes.is_from(receive, lane) {
                            self.lane(receive).passed.push(((id.0, turn), stamp));
                        }
                    }
                }
                Step::Enter(id) => {
                    frame.at += 1;
                    state.scopes.push((id, true));
                }
                Step::Leave(id) => {
                    frame.at += 1;
                    if let Some(scope) = state.scopes.iter_mut().rev().find(|(scope, inside)| *scope == id && *inside) {
                        scope.1 = false;
                    }
                    if state.lock == Some(id) {
                        state.lock = None;
                    }
                }
                Step::Forbid(id) => {
                    frame.at += 1;
                    state.forbidden.push((id, turn));
                }
                Step::Par(first, count) => {
                    frame.at += 1;
                    state.fork(thread, first, count, turn, ready);
                    if count > 0 {
                        return;
                    }
                }
                Step::Choice(id, first) => {
                    let key = (id.0, turn);
                    match self.decision(mover, key) {
                        Some(Decision::Operand(operand)) => {
                            self.passed(mover, key);
                            let state = self.lane(lane);
                            let frames = &mut state.threads[thread as usize].frames;
                            if let Some(frame) = frames.last_mut() {
                                frame.at += 1;
                            }
                            frames.push(Frame { block: first + operand, at: 0, turn, count: 0 });
                        }
                        Some(Decision::Turns { .. }) | None if self.is_empty_here(mover, key, first) => {
                            self.passed(mover, key);
                            if let Some(frame) = self.lane(lane).threads[thread as usize].frames.last_mut() {
                                frame.at += 1;
                            }
                        }
                        Some(Decision::Turns { .. }) | None => {
                            self.lane(lane).wait(thread, Wait::Choice(key));
                            return;
                        }
                    }
                }
                Step::Loop(id, body) => {
                    let key = (id.0, turn);
                    let count = frame.count;
                    match self.decision(mover, key) {
                        Some(Decision::Turns { begun, .. }) if count < begun => {
                            let inner = mover.turns.enter(turn, id, count);
                            let frames = &mut self.lane(lane).threads[thread as usize].frames;
                            if let Some(frame) = frames.last_mut() {
                                // Back here when the turn is over.
                                frame.count += 1;
                            }
                            frames.push(Frame { block: body, at: 0, turn: inner, count: 0 });
                        }
                        Some(Decision::Turns { closed: true, .. }) => {
                            self.passed(mover, key);
                            let frames = &mut self.lane(lane).threads[thread as usize].frames;
                            if let Some(frame) = frames.last_mut() {
                                frame.at += 1;
                                frame.count = 0;
                            }
                        }
                        Some(Decision::Turns { .. } | Decision::Operand(_)) | None => {
                            self.lane(lane).wait(thread, Wait::Loop(key));
                            return;
                        }
                    }
                }
            }
        }
    }

    /// Whether a lane has nothing to do in any operand that a choice may still be, so that it need not know which.
    fn is_empty_here(&self, mover: &Mover<'_>, key: Key, first: u32) -> bool {
        let Some(bits) = self.among(key) else { return false };
        let blocks = &mover.plan.lanes.blocks;
        (0..64)
            .filter(|operand| bits & (1 << operand) != 0)
            .all(|operand| blocks[(first + operand) as usize].is_empty())
    }

    /// What is known of a choice or loop; where it is the tool's to decide, it is decided now.
    pub(super) fn decision(&mut self, mover: &mut Mover<'_>, key: Key) -> Option<Decision> {
        if let Some(known) = self.decided.get(&key) {
            return Some(*known);
        }
        let id = FragmentId(key.0);
        let decision = match (&mover.plan.order.fragment(id).kind, &mut mover.chooser) {
            (Kind::Choice(Chooser::Nobody), _) => Decision::Operand(0),
            // Nobody sees anything in it. What must never come in one turn must not in any.
            (Kind::Loop { min, chooser: Chooser::Nobody, .. }, _) => {
                Decision::Turns { begun: (*min).min(1), closed: true }
            }
            (Kind::Choice(Chooser::Tool) | Kind::Loop { chooser: Chooser::Tool, .. }, Some(choose)) => {
                choose(id, key.1)
            }
            (Kind::Loop { min, max, .. }, _) => Decision::Turns { begun: *min, closed: *max == Some(*min) },
            (Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame, _) => {
                return None;
            }
        };
        self.settle(mover, key, decision);
        if decision == Decision::Operand(0)
            && let Some(left) = mover.plan.order.fragment(id).leaves
        {
            self.close_loop(mover, left, key.1);
        }
        Some(decision)
    }

    fn emit(&mut self, mover: &mut Mover<'_>, lane: u32, thread: u32, key: Key) {
        let id = ArrowId(key.0);
        let routes = mover.plan.lanes.routes[key.0 as usize];
        let thread = &mut self.lane(lane).threads[thread as usize];
        let stamp = thread.stamp;
        let last = thread.last.replace(key);
        if routes.receive == NONE {
            // Between two lifelines under test: seen by nobody, and done when it can be.
            self.post(mover, routes.cause, Wait::Sent(key), stamp.over);
            return;
        }
        let delay = delay(self, mover.plan, mover.turns, key, Count::Most);
        // What is drawn later on one thread cannot be due before a delay that is drawn above it is over.
        if let Some(delay) = delay {
            let thread = &mut self.lane(lane).threads;
            thread.iter_mut().filter(|thread| thread.last == Some(key)).for_each(|thread| {
                thread.stamp.over = thread.stamp.over.plus(delay);
            });
        }
        let ahead = &self.lanes[routes.receive as usize].ahead;
        if let Some(place) = ahead.iter().position(|known| *known == key) {
            self.lane(routes.receive).ahead.remove(place);
            // What was passed over has not left, and cannot be late.
            if let Some(at) = self.times.get(&key).filter(|_| self.left.contains_key(&key)) {
                let owed = (stamp.over, delay.unwrap_or_default());
                let late = times::late(mover.plan, self, mover.timeout, (key, *at), owed);
                self.belated = self.belated.or(late.map(|fault| (key, fault)));
            }
            return;
        }
        // A client whom the tool serves has its time from when all that is drawn above on the tool's own lifeline is done.
        let served = mover.plan.serves(id);
        let until = if served { NOT_DUE } else { stamp.over.plus(allowed(mover, id, delay)) };
        if !served {
            self.due.insert((until, key));
        }
        self.lane(routes.receive).emitted.push(Emission { key, since: stamp, above: last, until });
        if served && routes.tool != NONE && self.lanes[routes.tool as usize].is_waiting(Wait::Received(key)) {
            self.fall_due(mover, key);
        }
    }

    /// What may come and is not due yet, with its receive lane.
    pub(in crate::oracle) fn coming(&self) -> impl Iterator<Item = (u32, Key)> {
        self.lanes.iter().enumerate().flat_map(|(lane, state)| {
            let coming = state.emitted.iter().filter(|emission| emission.until == NOT_DUE);
            coming.map(move |emission| (lane as u32, emission.key))
        })
    }

    /// What is wrong with something of a client that the tool serves and that comes when its time is over.
    pub(in crate::oracle) fn overdue(
        &self,
        (plan, turns): (&Plan, &Turns),
        timeout: Duration,
        key: Key,
        (at, until): (Moment, Moment),
    ) -> Fault {
        let delay = delay(self, plan, turns, key, Count::Most).unwrap_or_default();
        times::overdue(times::usual(plan, ArrowId(key.0), delay, timeout), at, until)
    }

    /// The tool's lane waits for something of a client that it serves: it is due from now on.
    fn fall_due(&mut self, mover: &Mover<'_>, key: Key) {
        let receive = mover.plan.lanes.routes[key.0 as usize].receive;
        if receive == NONE {
            return;
        }
        let delay = delay(self, mover.plan, mover.turns, key, Count::Most);
        let until = mover.now.plus(allowed(mover, ArrowId(key.0), delay));
        let emitted = self.lane(receive).emitted.iter_mut().find(|emission| emission.key == key);
        if let Some(emission) = emitted.filter(|emission| emission.until == NOT_DUE) {
            emission.until = until;
            self.due.insert((until, key));
        }
    }
}

/// How long a message may take below a delay. What is too late is waited for all the same: that it was late is a finding, and
/// says more than that it is missing.
fn allowed(mover: &Mover<'_>, id: ArrowId, delay: Option<Duration>) -> Duration {
    let allowed = times::usual(mover.plan, id, delay.unwrap_or_default(), mover.timeout);
    mover.plan.order.arrow(id).traits.within.map_or(allowed, |within| allowed.max(within + timing::tolerance(within)))
}
