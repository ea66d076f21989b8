//! What each client knew when a frame came: values that were learned when it connected, by an exchange, or from frames
//! that were observed as drawn. Without them a frame that names the client otherwise than the drawing would look wrong.

use super::Namer;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Difference;
use crate::order::ArrowId;
use crate::trace::Event;
use crate::wire::{Bind, Expects, Matched, Memory, Observed, Reach, Resolved, Viewer};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Of so many clients it is held what they knew; of more it is found out again, as each is explained by itself.
const HELD: usize = 256;

/// What changed at an entry of the log.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Learned(Bind),
    /// A client connects anew.
    Forgot(u32),
}

/// Who learns of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Learner {
    Everyone,
    Client(u32),
}

/// The values of a record in the order in which they became known. Names of the diagram are not among them: whether
/// these agree is judged apart.
#[derive(Debug, Default)]
pub(super) struct Known {
    changes: Vec<(usize, Change)>,
    /// The places among the changes of what somebody learned.
    learned: FxHashMap<Learner, Vec<usize>>,
    /// The messages that need not have come, for an explanation that blames the server as little as may be.
    pub excusable: Rc<FxHashSet<ArrowId>>,
    /// What one client knew from an entry on, made when it is asked for.
    clients: RefCell<FxHashMap<u32, Vec<(usize, Memory)>>>,
}

impl Known {
    pub fn of(oracle: &Oracle) -> Known {
        let mut changes = Vec::new();
        let mut memory = Memory::default();
        let mut matched = oracle.record.matched.iter().peekable();
        for (entry, logged) in oracle.record.entries.iter().enumerate() {
            match &logged.event {
                Event::Sent { lifeline, arrow, .. } => {
                    let resolved = &oracle.plan.planned(ArrowId(*arrow)).resolved;
                    if matches!(resolved, Some(Resolved::Connect { .. })) {
                        memory.forget(*lifeline);
                        changes.push((entry, Change::Forgot(*lifeline)));
                    }
                }
                Event::Learned { lifeline, hole, value, reach } => {
                    let (lifeline, hole, value, reach) = (*lifeline, hole.clone(), value.clone(), *reach);
                    let bind = Bind::Hole { lifeline, hole, value, reach };
                    memory.learn(vec![bind.clone()]);
                    changes.push((entry, Change::Learned(bind)));
                }
                Event::Received { observed, .. } => {
                    let Some((_, key)) = matched.next_if(|(at, _)| *at == entry) else { continue };
                    let id = ArrowId(key.0);
                    let Some(expectation) = oracle.plan.expectation(id) else { continue };
                    let viewer = Viewer { lifeline: oracle.plan.knower_at(id), scopes: &[], arrow: id.0 };
                    let Matched::Yes(binds) = expectation.matches(observed, &memory, viewer) else { continue };
                    let holes = binds.into_iter().filter(|bind| matches!(bind, Bind::Hole { .. } | Bind::Anew { .. }));
                    for bind in holes {
                        memory.learn(vec![bind.clone()]);
                        changes.push((entry + 1, Change::Learned(bind)));
                    }
                }
                Event::Done { .. }
                | Event::Echoed { .. }
                | Event::Quiet { .. }
                | Event::Chose { .. }
                | Event::Frozen => {}
            }
        }
        let mut learned: FxHashMap<Learner, Vec<usize>> = FxHashMap::default();
        for (place, (_, change)) in changes.iter().enumerate() {
            if let Some(learner) = change.learner() {
                learned.entry(learner).or_default().push(place);
            }
        }
        Known { changes, learned, excusable: Rc::default(), clients: RefCell::default() }
    }

    /// What was learned up to an entry and not yet told: takes it into a memory.
    pub fn learn_up_to(&self, from: &mut usize, entry: usize, memory: &mut Memory) {
        while let Some((_, change)) = self.changes.get(*from).filter(|(at, _)| *at <= entry) {
            change.apply(memory);
            *from += 1;
        }
    }

    /// How often something became known to a client before an entry: frames between two such moments are judged alike.
    pub fn version(&self, client: u32, entry: usize) -> usize {
        if self.changes.is_empty() {
            return 0;
        }
        self.at(client, entry, |place, _| place)
    }

    /// Whether a frame fits what an arrow expects, names of the diagram aside.
    pub fn fits(&self, oracle: &Oracle, id: ArrowId, entry: usize, observed: &Observed) -> bool {
        let Some(expectation) = oracle.plan.expectation(id) else { return false };
        let client = oracle.plan.knower_at(id);
        let viewer = Viewer { lifeline: client, scopes: &[], arrow: id.0 };
        if self.changes.is_empty() {
            return !matches!(expectation.matches(observed, Memory::nothing(), viewer), Matched::No);
        }
        self.at(client, entry, |_, memory| !matches!(expectation.matches(observed, memory, viewer), Matched::No))
    }

    /// Where a frame differs from what an arrow expects: an echoed value from what its client had sent or heard by then.
    pub fn differences(
        &self,
        oracle: &Oracle,
        namer: &dyn Namer,
        id: ArrowId,
        entry: usize,
        observed: &Observed,
    ) -> Vec<Difference> {
        let Some(expectation) = oracle.plan.expectation(id) else { return Vec::new() };
        let client = oracle.plan.knower_at(id);
        self.at(client, entry, |_, memory| namer.differences(expectation, observed, (memory, client)))
    }

    /// What one client knew at an entry, and how often something had become known to it by then.
    fn at<T>(&self, client: u32, entry: usize, then: impl FnOnce(usize, &Memory) -> T) -> T {
        let mut clients = self.clients.borrow_mut();
        if clients.len() >= HELD && !clients.contains_key(&client) {
            clients.clear();
        }
        let steps = clients.entry(client).or_insert_with(|| self.steps(client));
        let place = steps.partition_point(|(at, _)| *at <= entry);
        then(place, place.checked_sub(1).map_or(Memory::nothing(), |place| &steps[place].1))
    }

    fn steps(&self, client: u32) -> Vec<(usize, Memory)> {
        let mut memory = Memory::nothing().clone();
        let mut steps: Vec<(usize, Memory)> = Vec::new();
        let of = |learner: Learner| self.learned.get(&learner).map_or(&[][..], Vec::as_slice);
        let mut places = [of(Learner::Client(client)), of(Learner::Everyone)].concat();
        places.sort_unstable();
        for (entry, change) in places.into_iter().map(|place| &self.changes[place]) {
            change.apply(&mut memory);
            match steps.last_mut() {
                Some((at, last)) if at == entry => *last = memory.clone(),
                Some(_) | None => steps.push((*entry, memory.clone())),
            }
        }
        steps
    }

    /// What the tool fixed by sending: names of the diagram that it bound.
    pub fn names(oracle: &Oracle) -> Memory {
        let plan = Arc::clone(&oracle.plan);
        let bound = |config: &crate::oracle::config::Config| {
            config.memory.names_bound_by(|arrow| plan.is_stimulus(ArrowId(arrow)))
        };
        oracle.readings.configs.first().map_or_else(Memory::default, bound)
    }
}

impl Change {
    fn apply(&self, memory: &mut Memory) {
        match self {
            Change::Learned(bind) => memory.learn(vec![bind.clone()]),
            Change::Forgot(lifeline) => memory.forget(*lifeline),
        }
    }

    /// Who learns of it; nobody of what is judged apart.
    fn learner(&self) -> Option<Learner> {
        match self {
            Change::Learned(Bind::Hole { reach: Reach::Everyone, .. }) => Some(Learner::Everyone),
            Change::Learned(Bind::Hole { lifeline, .. } | Bind::Anew { lifeline }) | Change::Forgot(lifeline) => {
                Some(Learner::Client(*lifeline))
            }
            Change::Learned(Bind::Name { .. }) => None,
        }
    }
}
