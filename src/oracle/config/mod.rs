//! One configuration: a position in every lane, what was decided, what is known.

mod above;
mod events;
mod expected;
mod lane;
mod leave;
mod nearest;
mod reach;
mod rows;
mod run;
mod same;
mod search;
pub(super) mod silence;
pub(super) mod times;
mod twins;
mod ways;

pub(super) use above::{Count, delay};
pub(super) use lane::{Emission, Frame, LaneState, Stamp, Thread};
pub(super) use leave::{Leave, Left};
pub(super) use reach::{Reached, emitted, looked_up, open_above, reach};
pub(super) use search::{candidates, next};

use super::plan::{Drawn, NONE, Plan};
use super::timing::Fault;
use super::turns::Turns;
use crate::order::{Chooser, FragmentId, Kind, LifelineId};
use crate::trace::Moment;
use crate::wire::{Bind, Memory};
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

/// What one way to read an observation takes of a choice or loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Taken {
    /// All of it.
    Whole(Decision),
    /// That it is one of these operands, as bits.
    Among(u64),
}

/// Decisions that have to be taken for an expectation to be next.
pub(super) type Decisions = Vec<(Key, Taken)>;

/// One way to account for an observation.
#[derive(Debug)]
pub(super) struct Candidate {
    pub key: Key,
    pub decisions: Decisions,
    pub binds: Vec<Bind>,
}

/// A row that was passed over: its block, the first of its steps, how many they are, and the turn.
pub(super) type Passed = (u32, u32, u32, u32);

/// A choice or loop that some lane has still to pass: what is behind all lanes does not tell configurations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    /// What was decided.
    decision: Option<Decision>,
    /// The operands that it may still be, as bits; none where all are.
    among: Option<u64>,
    /// How many lanes have not passed it.
    left: u32,
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
    /// Loops that take no further turn in which the tool sends to a server: the first turn of which that is so.
    hushed: BTreeMap<(Key, LifelineId), u32>,
    /// Choices and loops that some lane has still to pass.
    live: Rc<BTreeMap<Key, Live>>,
    pub memory: Memory,
    pub due: BTreeSet<Due>,
    /// When arrows were complete, where something asks.
    pub times: Rc<BTreeMap<Key, Moment>>,
    /// When the tool sent what something is looked up for.
    pub sent: Rc<BTreeMap<Key, Moment>>,
    /// When each arrow can have left its sender, where times are drawn.
    pub left: Rc<BTreeMap<Key, Left>>,
    /// The earliest moment at which the last frame of a receive lane can have left.
    pub last_left: Rc<BTreeMap<u32, Moment>>,
    /// A message that came before it was known since when it was due, and that was late, as is known now.
    pub belated: Option<(Key, Fault)>,
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
                        stamp: Stamp::default(),
                        last: None,
                    };
                    Rc::new(LaneState::starting(thread))
                })
                .collect(),
            plays: BTreeMap::new(),
            flying: BTreeSet::new(),
            decided,
            hushed: BTreeMap::new(),
            live: Rc::default(),
            memory: Memory::nothing().clone(),
            due: BTreeSet::new(),
            times: Rc::default(),
            sent: Rc::default(),
            left: Rc::default(),
            last_left: Rc::default(),
            belated: None,
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
                thread_state.stamp = thread_state.stamp.max(Stamp::at(at));
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
        self.settle(mover, key, decision);
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
        self.settle(mover, key, Decision::Turns { begun, closed: true });
        self.wake_all(mover, key);
    }

    /// Takes what a way to read an observation takes.
    pub fn take(&mut self, mover: &mut Mover<'_>, key: Key, taken: Taken) {
        match taken {
            Taken::Whole(decision) => self.decide(mover, key, decision),
            Taken::Among(bits) => {
                let bits = bits & self.among(key).unwrap_or(u64::MAX);
                if bits.count_ones() == 1 {
                    self.decide(mover, key, Decision::Operand(bits.trailing_zeros()));
                } else {
                    self.live(mover, key).among = Some(bits);
                    self.wake_all(mover, key);
                }
            }
        }
    }

    /// Takes it where it is not decided; false where it is, and otherwise: by the tool, when its lanes came there.
    pub fn may_take(&mut self, mover: &mut Mover<'_>, key: Key, taken: Taken) -> bool {
        match (self.decided.get(&key), taken) {
            (Some(Decision::Turns { begun, closed: true }), Taken::Whole(Decision::Turns { begun: least, closed })) => {
                least <= *begun && (!closed || least == *begun)
            }
            (Some(known @ Decision::Operand(_)), Taken::Whole(decision)) => *known == decision,
            (Some(Decision::Operand(known)), Taken::Among(bits)) => *known < 64 && bits >> known & 1 == 1,
            (Some(Decision::Turns { .. }) | None, _) => {
                self.take(mover, key, taken);
                true
            }
        }
    }

    /// The operands that a choice may still be, as bits; none where all are.
    pub fn among(&self, key: Key) -> Option<u64> {
        self.live.get(&key).and_then(|live| live.among)
    }

    /// Whether a choice that is not decided may still be this operand.
    pub fn may_be(&self, key: Key, operand: u32) -> bool {
        self.among(key).is_none_or(|bits| operand < 64 && bits & (1 << operand) != 0)
    }

    /// Whether an operand (of a loop: a turn) is out of the question here: the tool sends in it to a server to which it sends
    /// no more in these turns.
    pub fn is_hushed(&self, drawn: &Drawn, turns: &Turns, (id, turn): Key, operand: u32) -> bool {
        self.hushed.iter().any(|((around, tested), from)| {
            let place = turns.of(turn, FragmentId(around.0));
            place.is_some_and(|(outer, count)| outer == around.1 && count >= *from)
                && drawn.musts.contains(&(FragmentId(id), operand, *tested))
        })
    }

    /// Whether nothing is known of the fragments from one to another.
    fn is_open(&self, (first, last): (u32, u32)) -> bool {
        let all = (first, 0)..=(last, u32::MAX);
        self.decided.range(all.clone()).next().is_none() && self.live.range(all).next().is_none()
    }

    /// How many turns of a loop have begun; so many where nothing is known of it.
    pub fn begun(&self, key: Key, unknown: u32) -> u32 {
        match self.decided.get(&key) {
            Some(Decision::Turns { begun, .. }) => *begun,
            Some(Decision::Operand(_)) | None => unknown,
        }
    }

    fn live(&mut self, mover: &Mover<'_>, key: Key) -> &mut Live {
        let holders = mover.plan.lanes.holders.get(&FragmentId(key.0)).map_or(0, Vec::len) as u32;
        let fresh = Live { decision: None, among: None, left: holders };
        Rc::make_mut(&mut self.live).entry(key).or_insert(fresh)
    }

    fn settle(&mut self, mover: &Mover<'_>, key: Key, decision: Decision) {
        Rc::make_mut(&mut self.decided).insert(key, decision);
        self.live(mover, key).decision = Some(decision);
    }

    /// A lane has passed a choice or loop.
    fn passed(&mut self, mover: &Mover<'_>, key: Key) {
        let live = self.live(mover, key);
        live.left = live.left.saturating_sub(1);
        if live.left == 0 {
            Rc::make_mut(&mut self.live).remove(&key);
        }
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
}

impl Mover<'_> {
    /// Whether the software under test may be the one who decides.
    pub fn may_decide(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Choice(chooser) | Kind::Loop { chooser, .. } => match chooser {
                Chooser::Server | Chooser::Mixed | Chooser::Nobody => true,
                Chooser::Tool => self.chooser.is_none(),
            },
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
        }
    }
}
