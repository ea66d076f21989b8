//! What happens to a configuration from outside: an arrow of the tool was played, a message was received.

use super::search::Candidate;
use super::{Config, Key, Mover, Wait};
use crate::oracle::plan::NONE;
use crate::order::ArrowId;
use crate::trace::Moment;
use std::rc::Rc;

impl Config {
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

    pub(in crate::oracle) fn receive(&mut self, mover: &mut Mover<'_>, lane: u32, candidate: &Candidate, at: Moment) {
        let key = candidate.key;
        let plan = mover.plan;
        self.memory.learn(candidate.binds.clone());
        let state = self.lane(lane);
        if let Some(place) = state.emitted.iter().position(|emission| emission.key == key) {
            let emission = state.emitted.remove(place);
            self.due.remove(&(emission.until, key));
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

    /// Whether an arrow was complete in some turn.
    pub(in crate::oracle) fn is_complete(&self, id: ArrowId) -> bool {
        self.times.range((id.0, 0)..=(id.0, u32::MAX)).next().is_some()
    }
}
