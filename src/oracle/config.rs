//! One configuration: a position in every lane, what was decided, what is known.

use super::program::{NONE, Step};
use super::{Plan, turns::Turns};
use crate::order::{ArrowId, Chooser, FragmentId, Kind};
use crate::trace::Moment;
use crate::wire::Memory;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// An arrow or a fragment in one turn of the loops around it.
pub(super) type Key = (u32, u32);

/// What is known of a choice or a loop in one turn of the loops around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Decision {
    /// This operand.
    Operand(u32),
    /// So many turns have begun; closed: and no more will.
    Turns { begun: u32, closed: bool },
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Wait {
    Sent(Key),
    Received(Key),
    Receive(Key),
    Play(Key),
    Choice(Key),
    Loop(Key),
    Calm(Key),
}

/// One frame of a thread: a position in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    pub block: u32,
    pub at: u32,
    /// The turn of the loops around it.
    pub turn: u32,
    /// Set where the block is the body of a loop: which turn of that loop this is.
    pub count: u32,
}

/// One thread of control in a lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Thread {
    pub frames: SmallVec<[Frame; 3]>,
    pub parent: u32,
    pub children: u32,
    /// When the last cause was complete.
    pub stamp: Moment,
    /// The last arrow on the way here.
    pub last: Option<Key>,
}

/// The state of one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LaneState {
    pub threads: Vec<Thread>,
    idle: Vec<u32>,
    /// What blocked threads wait for, sorted.
    pub waiting: Vec<(Wait, u32)>,
    /// What has happened and was not yet waited for.
    pub tokens: Vec<(Wait, Moment)>,
    /// Receive lanes: what may arrive.
    pub emitted: Vec<Emission>,
    /// Receive lanes: free fragments that the sender has passed.
    pub passed: Vec<(Key, Moment)>,
    /// Scopes that hold here; those left since the last frame still do.
    pub scopes: Vec<(FragmentId, bool)>,
    /// What must not arrive.
    pub forbidden: Vec<(ArrowId, u32)>,
    /// A `critical` block of which a frame has come.
    pub lock: Option<FragmentId>,
    /// When something last arrived as drawn.
    pub last_received: Option<Moment>,
}

/// A message that may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Emission {
    pub key: Key,
    /// Since when.
    pub since: Moment,
    /// What stood above it.
    pub above: Option<Key>,
    /// When it has to be here.
    pub until: Moment,
}

/// An obligation of the software under test: until when.
pub(super) type Due = (Moment, Key);

/// One configuration.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub lanes: Vec<Rc<LaneState>>,
    /// Arrows of the tool and how many of their lanes have come to them, and when the last did.
    pub plays: BTreeMap<Key, (u8, Moment)>,
    /// Exchanges of the tool that have begun and are not complete.
    pub flying: BTreeSet<Key>,
    pub decided: Rc<BTreeMap<Key, Decision>>,
    pub memory: Memory,
    pub due: BTreeSet<Due>,
    /// When arrows were complete, where something asks.
    pub times: Rc<BTreeMap<Key, Moment>>,
    /// Choices that the tool took in a mixed choice because nothing had come.
    pub taken_in_silence: Vec<Key>,
}

/// What moving a configuration on needs beside it.
pub(super) struct Mover<'a> {
    pub plan: &'a Plan,
    pub turns: &'a mut Turns,
    pub now: Moment,
    pub timeout: std::time::Duration,
    /// Makes the tool's choices; none where they are facts of a record, found out from what was sent.
    pub chooser: Option<&'a mut dyn FnMut(FragmentId, u32) -> Decision>,
}

impl Config {
    /// The beginning: every lane at its first step.
    pub fn start(mover: &mut Mover<'_>) -> Config {
        Config::start_with(mover, Rc::default())
    }

    /// The beginning, with decisions that are known beforehand.
    pub fn start_with(mover: &mut Mover<'_>, decided: Rc<BTreeMap<Key, Decision>>) -> Config {
        let lanes = &mover.plan.lanes;
        let mut config = Config {
            lanes: lanes
                .roots
                .iter()
                .map(|&block| {
                    let frame = Frame { block, at: 0, turn: 0, count: 0 };
                    let thread = Thread {
                        frames: SmallVec::from_slice(&[frame]),
                        parent: NONE,
                        children: 0,
                        stamp: Moment(0),
                        last: None,
                    };
                    Rc::new(LaneState { threads: vec![thread], ..LaneState::default() })
                })
                .collect(),
            plays: BTreeMap::new(),
            flying: BTreeSet::new(),
            decided,
            memory: Memory::nothing().clone(),
            due: BTreeSet::new(),
            times: Rc::default(),
            taken_in_silence: Vec::new(),
        };
        for lane in 0..config.lanes.len() as u32 {
            config.run(mover, lane, 0);
        }
        config
    }

    pub fn lane(&mut self, lane: u32) -> &mut LaneState {
        Rc::make_mut(&mut self.lanes[lane as usize])
    }

    /// Something happened that a lane may be waiting for.
    pub fn post(&mut self, mover: &mut Mover<'_>, lane: u32, what: Wait, at: Moment) {
        if lane == NONE {
            return;
        }
        let state = self.lane(lane);
        match state.wake(what) {
            Some(thread) => {
                let thread_state = &mut state.threads[thread as usize];
                thread_state.stamp = thread_state.stamp.max(at);
                state.step_over(thread, what);
                self.run(mover, lane, thread);
            }
            None => {
                let place = state.tokens.partition_point(|(known, _)| *known < what);
                state.tokens.insert(place, (what, at));
            }
        }
    }

    /// Takes a decision and moves every lane on that was waiting for it.
    pub fn decide(&mut self, mover: &mut Mover<'_>, key: Key, decision: Decision) {
        Rc::make_mut(&mut self.decided).insert(key, decision);
        if let Decision::Operand(0) = decision
            && let Some(left) = mover.plan.order.fragment(FragmentId(key.0)).leaves
        {
            self.close_loop(mover, left, key.1);
        }
        self.wake_all(mover, key);
    }

    /// A `break` was taken: the loop around it begins no further turn.
    fn close_loop(&mut self, mover: &mut Mover<'_>, left: FragmentId, inside: u32) {
        let Some((outer, turn)) = mover.turns.of(inside, left) else { return };
        let key = (left.0, outer);
        let begun = turn + 1;
        Rc::make_mut(&mut self.decided).insert(key, Decision::Turns { begun, closed: true });
        self.wake_all(mover, key);
    }

    fn wake_all(&mut self, mover: &mut Mover<'_>, key: Key) {
        let plan = mover.plan;
        for &lane in plan.lanes.holders.get(&FragmentId(key.0)).into_iter().flatten() {
            for what in [Wait::Choice(key), Wait::Loop(key)] {
                if self.lanes[lane as usize].is_waiting(what)
                    && let Some(thread) = self.lane(lane).wake(what)
                {
                    self.run(mover, lane, thread);
                }
            }
        }
    }

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
                        self.lane(receive).passed.push(((id.0, turn), stamp));
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
                            let state = self.lane(lane);
                            let frames = &mut state.threads[thread as usize].frames;
                            if let Some(frame) = frames.last_mut() {
                                frame.at += 1;
                            }
                            frames.push(Frame { block: first + operand, at: 0, turn, count: 0 });
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

    /// What is known of a choice or loop; where it is the tool's to decide, it is decided now.
    fn decision(&mut self, mover: &mut Mover<'_>, key: Key) -> Option<Decision> {
        if let Some(known) = self.decided.get(&key) {
            return Some(*known);
        }
        let id = FragmentId(key.0);
        let decision = match (&mover.plan.order.fragment(id).kind, &mut mover.chooser) {
            (Kind::Choice(Chooser::Nobody), _) => Decision::Operand(0),
            (Kind::Loop { chooser: Chooser::Nobody, .. }, _) => Decision::Turns { begun: 0, closed: true },
            (Kind::Choice(Chooser::Tool) | Kind::Loop { chooser: Chooser::Tool, .. }, Some(choose)) => {
                choose(id, key.1)
            }
            (Kind::Loop { min, max, .. }, _) => Decision::Turns { begun: *min, closed: *max == Some(*min) },
            (Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame, _) => {
                return None;
            }
        };
        Rc::make_mut(&mut self.decided).insert(key, decision);
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
            self.post(mover, routes.cause, Wait::Sent(key), stamp);
            return;
        }
        let traits = &mover.plan.order.arrow(id).traits;
        let allowed = match traits.within {
            Some(within) => within + super::timing::tolerance(within),
            None => traits.delay.unwrap_or_default() + traits.after.unwrap_or_default() + mover.timeout,
        };
        // What is drawn later on one thread cannot be due before a delay that is drawn above it is over.
        if let Some(delay) = traits.delay {
            let thread = &mut self.lane(lane).threads;
            thread.iter_mut().filter(|thread| thread.last == Some(key)).for_each(|thread| {
                thread.stamp = thread.stamp.plus(delay);
            });
        }
        let until = stamp.plus(allowed);
        self.due.insert((until, key));
        self.lane(routes.receive).emitted.push(Emission { key, since: stamp, above: last, until });
    }

    /// Whether two configurations say the same of everything to come.
    pub fn same(&self, other: &Config) -> bool {
        self.plays.keys().eq(other.plays.keys())
            && self.memory == other.memory
            && self.decided == other.decided
            && self.lanes.len() == other.lanes.len()
            && self.lanes.iter().zip(&other.lanes).all(|(a, b)| Rc::ptr_eq(a, b) || a == b)
    }
}

impl LaneState {
    fn place(&self, what: Wait) -> Result<usize, usize> {
        self.waiting.binary_search_by(|(known, _)| known.cmp(&what))
    }

    pub fn is_waiting(&self, what: Wait) -> bool {
        self.place(what).is_ok()
    }

    fn wait(&mut self, thread: u32, what: Wait) {
        let place = self.waiting.partition_point(|(known, _)| *known <= what);
        self.waiting.insert(place, (what, thread));
    }

    /// The thread that waits for this, waiting no more.
    pub fn wake(&mut self, what: Wait) -> Option<u32> {
        let place = self.place(what).ok()?;
        Some(self.waiting.remove(place).1)
    }

    /// True where it has happened already; else the thread waits.
    fn take_or_wait(&mut self, thread: u32, what: Wait) -> bool {
        match self.tokens.binary_search_by(|(known, _)| known.cmp(&what)) {
            Ok(place) => {
                let at = self.tokens.remove(place).1;
                let state = &mut self.threads[thread as usize];
                state.stamp = state.stamp.max(at);
                if let Some(frame) = state.frames.last_mut() {
                    frame.at += 1;
                }
                true
            }
            Err(_) => {
                self.wait(thread, what);
                false
            }
        }
    }

    /// Past the step that a thread was waiting at.
    pub fn step_over(&mut self, thread: u32, what: Wait) {
        let state = &mut self.threads[thread as usize];
        if let Some(frame) = state.frames.last_mut() {
            frame.at += 1;
        }
        if let Wait::Sent(key) = what {
            state.last = Some(key);
        }
    }

    fn fork(&mut self, parent: u32, first: u32, count: u32, turn: u32, ready: &mut SmallVec<[u32; 4]>) {
        self.threads[parent as usize].children = count;
        let (stamp, last) = (self.threads[parent as usize].stamp, self.threads[parent as usize].last);
        for block in (first..first + count).rev() {
            let frame = Frame { block, at: 0, turn, count: 0 };
            let thread = Thread { frames: SmallVec::from_slice(&[frame]), parent, children: 0, stamp, last };
            let id = match self.idle.pop() {
                Some(id) => {
                    self.threads[id as usize] = thread;
                    id
                }
                None => {
                    self.threads.push(thread);
                    self.threads.len() as u32 - 1
                }
            };
            ready.push(id);
        }
    }

    fn finish(&mut self, thread: u32, ready: &mut SmallVec<[u32; 4]>) {
        let (parent, stamp, last) = {
            let thread = &self.threads[thread as usize];
            (thread.parent, thread.stamp, thread.last)
        };
        if parent == NONE {
            return;
        }
        self.idle.push(thread);
        let parent_state = &mut self.threads[parent as usize];
        parent_state.stamp = parent_state.stamp.max(stamp);
        parent_state.last = last;
        parent_state.children -= 1;
        if parent_state.children == 0 {
            ready.push(parent);
        }
    }

    /// Whether the lane has run to its end.
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }
}
