//! What happens to a configuration from outside: an arrow of the tool was played, a message was received.

use super::{Candidate, Config, Key, Leave, Left, Mover, Wait, times};
use crate::oracle::plan::{NONE, Plan};
use crate::oracle::turns::Turns;
use crate::order::ArrowId;
use crate::trace::Moment;
use crate::wire::Channel;
use std::rc::Rc;

impl Config {
    /// The tool sends an arrow: what follows from it may come.
    pub(in crate::oracle) fn send(&mut self, mover: &mut Mover<'_>, key: Key, at: Moment) {
        if mover.plan.timed {
            Rc::make_mut(&mut self.left).insert(key, Left::sent(at));
        }
        if mover.plan.lanes.watched.contains(&key.0) {
            Rc::make_mut(&mut self.sent).insert(key, at);
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
            let left = times::left(plan, leave, key, at);
            Rc::make_mut(&mut self.left).insert(key, left);
            if plan.planned(ArrowId(key.0)).channel != Channel::Http {
                Rc::make_mut(&mut self.last_left).insert(lane, left.at);
            }
        }
        self.memory.learn(candidate.binds.clone());
        let state = self.lane(lane);
        if let Some(place) = state.emitted.iter().position(|emission| emission.key == key) {
            let emission = state.emitted.remove(place);
            self.due.remove(&(emission.until, key));
        } else if plan.lanes.routes[key.0 as usize].free.is_none() {
            self.lane(lane).ahead.push(key);
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

    /// What clients that the tool serves owe has its time from now on: nobody could say it before.
    pub(in crate::oracle) fn put_off(&mut self, plan: &Plan, until: Moment) {
        let early: Vec<(Moment, Key)> =
            self.due.iter().copied().filter(|(due, key)| *due < until && plan.serves(ArrowId(key.0))).collect();
        for (due, key) in early {
            self.due.remove(&(due, key));
            self.due.insert((until, key));
            let receive = plan.lanes.routes[key.0 as usize].receive;
            if let Some(emission) = self.lane(receive).emitted.iter_mut().find(|emission| emission.key == key) {
                emission.until = until;
            }
        }
    }

    fn note_time(&mut self, mover: &Mover<'_>, key: Key, at: Moment) {
        if mover.plan.timed || mover.plan.awaited.contains(&ArrowId(key.0)) {
            Rc::make_mut(&mut self.times).insert(key, at);
        }
    }

    /// Whether an arrow can have left its sender in the turns in which another stands: for one that the server sends, it
    /// may be on its way still.
    pub(in crate::oracle) fn may_have_left(&self, plan: &Plan, turns: &Turns, id: ArrowId, of: Key) -> bool {
        let lane = plan.lanes.routes[id.0 as usize].receive;
        let in_turn = |turn| is_in_turn(plan, turns, (id.0, turn), of);
        let emitted = || {
            let mut emitted = self.lanes[lane as usize].emitted.iter().map(|emission| emission.key);
            emitted.any(|key| key.0 == id.0 && in_turn(key.1))
        };
        let sent = || self.sent.range((id.0, 0)..=(id.0, u32::MAX)).any(|((_, turn), _)| in_turn(*turn));
        self.is_complete(plan, turns, id, of) || sent() || (lane != NONE && emitted())
    }

    /// Whether an arrow was complete in the turns in which another stands.
    pub(in crate::oracle) fn is_complete(&self, plan: &Plan, turns: &Turns, id: ArrowId, of: Key) -> bool {
        let mut times = self.times.range((id.0, 0)..=(id.0, u32::MAX));
        times.any(|((_, turn), _)| is_in_turn(plan, turns, (id.0, *turn), of))
    }
}

/// Whether two arrows stand in the same turn of each loop that is around both.
fn is_in_turn(plan: &Plan, turns: &Turns, one: Key, other: Key) -> bool {
    let loops = plan.shared_loops(ArrowId(one.0), ArrowId(other.0));
    turns.outer(one.1, loops) == turns.outer(other.1, loops)
}
