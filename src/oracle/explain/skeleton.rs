//! What each connection had to carry, given what was sent and what was decided.

use super::Item;
use crate::oracle::config::{Config, Decision, Key, Mover, Wait};
use crate::oracle::judge::Oracle;
use crate::oracle::plan::{NONE, Step};
use crate::oracle::{config, turns::Turns};
use crate::order::{FragmentId, Kind};
use crate::trace::{Event, Moment};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Decisions, of whoever.
pub(super) type Decided = Rc<BTreeMap<Key, Decision>>;

/// When the cause of every message was complete, given the sends of the log.
#[derive(Debug)]
pub(super) struct Causes {
    config: Config,
    emitted: FxHashMap<Key, Moment>,
}

impl Causes {
    /// Plays the sends of the log against the cause lanes.
    pub fn new(oracle: &mut Oracle, decided: &Decided) -> Causes {
        let sends: Vec<(Key, Moment)> = oracle.record.sends.clone();
        let mut config = oracle.readings.moving_with(|mover| Config::start_with(mover, Rc::clone(decided)));
        for (key, at) in sends {
            let routes = oracle.plan.lanes.routes[key.0 as usize];
            if routes.cause != NONE {
                oracle.readings.moving_with(|mover| config.post(mover, routes.cause, Wait::Sent(key), at));
            }
        }
        let emitted = config
            .lanes
            .iter()
            .flat_map(|state| &state.emitted)
            .map(|emission| (emission.key, emission.since))
            .collect();
        Causes { config, emitted }
    }

    /// Since when a message may have been on its way; none where its cause was never complete.
    pub fn of(&self, oracle: &mut Oracle, lane: u32, key: Key) -> Option<Moment> {
        if let Some(at) = self.emitted.get(&key) {
            return Some(*at);
        }
        oracle.plan.lanes.routes[key.0 as usize].free?;
        oracle
            .readings
            .moving_with(|mover: &mut Mover<'_>| config::emitted(&self.config, mover, lane, key))
            .map(|(at, _)| at)
    }
}

/// The expectations of one lane in drawn order, and the choices that are open on the way.
pub(super) fn items(oracle: &mut Oracle, lane: u32, decided: &Decided) -> (Vec<Item>, Vec<Key>) {
    let plan = std::sync::Arc::clone(&oracle.plan);
    let mut walk =
        Walk { plan: &plan, turns: &mut oracle.readings.turns, decided, items: Vec::new(), open: Vec::new() };
    walk.block(plan.lanes.roots[lane as usize], 0, Vec::new());
    (walk.items, walk.open)
}

struct Walk<'a> {
    plan: &'a crate::oracle::Plan,
    turns: &'a mut Turns,
    decided: &'a Decided,
    items: Vec<Item>,
    open: Vec<Key>,
}

impl Walk<'_> {
    /// Walks a block from behind the given items; gives the items behind which the next step stands.
    fn block(&mut self, block: u32, turn: u32, mut behind: Vec<u32>) -> Vec<u32> {
        let plan = self.plan;
        for &step in &plan.lanes.blocks[block as usize] {
            match step {
                Step::Receive(id) => {
                    let index = self.items.len() as u32;
                    self.items.push(Item { key: (id.0, turn), before: behind });
                    behind = vec![index];
                }
                Step::Choice(id, first) => match self.decided.get(&(id.0, turn)) {
                    Some(Decision::Operand(operand)) => behind = self.block(first + operand, turn, behind),
                    Some(Decision::Turns { .. }) | None => self.open.push((id.0, turn)),
                },
                Step::Loop(id, body) => behind = self.repeat(id, body, turn, behind),
                Step::Par(first, count) => {
                    let mut ends = Vec::new();
                    for block in first..first + count {
                        let end = self.block(block, turn, behind.clone());
                        if end != behind {
                            ends.extend(end);
                        }
                    }
                    if !ends.is_empty() {
                        behind = ends;
                    }
                }
                Step::Enter(_)
                | Step::Leave(_)
                | Step::Forbid(_)
                | Step::Calm(_)
                | Step::AwaitSent(_)
                | Step::AwaitReceived(_)
                | Step::Emit(_)
                | Step::Play(_)
                | Step::Free(_) => {}
            }
        }
        behind
    }

    fn repeat(&mut self, id: FragmentId, body: u32, turn: u32, mut behind: Vec<u32>) -> Vec<u32> {
        let key = (id.0, turn);
        let (begun, closed) = match self.decided.get(&key) {
            Some(Decision::Turns { begun, closed }) => (*begun, *closed),
            Some(Decision::Operand(_)) | None => match self.plan.order.fragment(id).kind {
                Kind::Loop { min, max, .. } => (min, max == Some(min)),
                Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                    (0, true)
                }
            },
        };
        for count in 0..begun {
            let inner = self.turns.enter(turn, id, count);
            behind = self.block(body, inner, behind);
        }
        if !closed {
            self.open.push(key);
        }
        behind
    }
}

/// The frames of the log by lane: entry and moment.
pub(super) fn frames(oracle: &Oracle) -> FxHashMap<u32, Vec<(usize, Moment)>> {
    let mut frames: FxHashMap<u32, Vec<(usize, Moment)>> = FxHashMap::default();
    for (index, entry) in oracle.record.entries.iter().enumerate() {
        if !matches!(entry.event, Event::Received { .. }) || oracle.record.skipped.contains(&index) {
            continue;
        }
        if let Some((lane, _)) = oracle.frame(index) {
            frames.entry(lane).or_default().push((index, entry.at));
        }
    }
    frames
}
