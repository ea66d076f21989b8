//! What happens to a configuration from outside: an arrow of the tool was played, a message was received.

use super::search::Candidate;
use super::{Config, Held, Key, Leave, Mover, Wait, times};
use crate::oracle::plan::NONE;
use crate::order::ArrowId;
use crate::trace::Moment;
use std::rc::Rc;

impl Config {
    /// The tool sends an arrow: what follows from it may come.
    pub(in crate::oracle) fn send(&mut self, mover: &mut Mover<'_>, key: Key, at: Moment) {
        if mover.plan.timed {
            Rc::make_mut(&mut self.left).insert(key, at);
        }
        if mover.plan.lanes.watched.contains(&key.0) {
            Rc::make_mut(&mut self.sent).insert(key, at);
            for held in std::mem::take(&mut self.held) {
                self.owe(mover, Held { since: held.since.max(at), ..held });
            }
        }
        self.post(mover, mover.plan.lanes.routes[key.0 as usize].cause, Wait::Sent(key), at);
    }

    /// The tool has played an arrow: past it on every lane that admits it.
    pub(in crate::oracle) fn pass_play(&mut self, mover: &mut Mover<'_>, key: Key, at: Moment) {
        self.plays.remove(&key);
        self.flying.remove(&key);
        self.note_time(mover, key, at);
        let routes = mover.plan.lanes.routes[key.0 as usize];
        for lane in [routes.tool, routes.gate].into_iter().filter(|lane| *lane != NONE) {
            let state = self.lane(lane);
            if let Some(thread) = state.wake(Wait::Play(key)) {
                state.step_over(thread, Wait::Play(key));
                self.run(mover, lane, thread);
            }
        }
    }

    /// A message came as drawn, at this moment; `leave` is none where it is passed over.
    pub(in crate::oracle) fn receive(
        &mut self,
        mover: &mut Mover<'_>,
        lane: u32,
        candidate: &Candidate,
        (at, leave): (Moment, Option<Leave>),
    ) {
        let key = candidate.key;
        let plan = mover.plan;
        if let Some(leave) = leave.filter(|_| plan.timed) {
            let left = times::left(plan, self, key, leave);
            Rc::make_mut(&mut self.left).insert(key, left);
        }
        self.memory.learn(candidate.binds.clone());
        let state = self.lane(lane);
        if let Some(place) = state.emitted.iter().position(|emission| emission.key == key) {
            let emission = state.emitted.remove(place);
            self.due.remove(&(emission.until, key));
        } else if plan.lanes.routes[key.0 as usize].free.is_none() {
            let held = self.held.len();
            self.held.retain(|held| held.key != key);
            if self.held.len() == held {
                self.lane(lane).ahead.push(key);
            }
        }
        self.note_time(mover, key, at);
        let state = self.lane(lane);
        state.last_received = Some(at);
        state.scopes.retain(|(_, inside)| *inside);
        if let Some(critical) = plan.critical(ArrowId(key.0)) {
            state.lock.get_or_insert(critical);
        }
        if let Some(thread) = state.wake(Wait::Receive(key)) {
            state.step_over(thread, Wait::Receive(key));
            self.run(mover, lane, thread);
        }
        let routes = plan.lanes.routes[key.0 as usize];
        self.post(mover, routes.tool, Wait::Received(key), at);
        self.post(mover, routes.gate, Wait::Received(key), at);
    }

    fn note_time(&mut self, mover: &Mover<'_>, key: Key, at: Moment) {
        if mover.plan.timed || mover.plan.awaited.contains(&ArrowId(key.0)) {
            Rc::make_mut(&mut self.times).insert(key, at);
        }
    }

    /// Whether an arrow can have left its sender: for one that the server sends, it may be on its way still.
    pub(in crate::oracle) fn may_have_left(&self, mover: &Mover<'_>, id: ArrowId) -> bool {
        let lane = mover.plan.lanes.routes[id.0 as usize].receive;
        let emitted = lane != NONE && self.lanes[lane as usize].emitted.iter().any(|emission| emission.key.0 == id.0);
        let sent = || self.sent.range((id.0, 0)..=(id.0, u32::MAX)).next().is_some();
        emitted || self.is_complete(id) || sent()
    }

    /// Whether an arrow was complete in some turn.
    pub(in crate::oracle) fn is_complete(&self, id: ArrowId) -> bool {
        self.times.range((id.0, 0)..=(id.0, u32::MAX)).next().is_some()
    }
}
