//! In which orders the clients could send, were each of them on its own: as a real server sees them.
//!
//! A client sends when its own events above have happened, and no sooner than that. The server handles a message when it
//! comes and gives the answers that are drawn below it; one to a client that has not connected yet is lost. An order in
//! which somebody then waits for ever is a deadlock.

use super::facts::Facts;
use super::words::quoted_label;
use crate::oracle::Part;
use crate::order::{ArrowId, Kind, LifelineId, Word};
use rustc_hash::FxHashMap;
use std::fmt::Write as _;

/// More stimuli than this are not tried.
const STIMULI: usize = 200;
/// At most so many states are visited.
const STATES: usize = 20_000;

/// The orders in which the clients could send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StimulusOrders {
    /// All of them.
    Counted {
        /// How many.
        orders: u64,
        /// In how many of them somebody waits for ever.
        deadlocks: u64,
        /// One of those.
        example: Option<Deadlock>,
    },
    /// More than can be counted in a reasonable time.
    Many,
    /// The diagram has choices, loops or blocks side by side.
    NotPlain,
}

/// An order of stimuli after which somebody waits for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// What the clients send, in this order.
    pub sent: Vec<ArrowId>,
    /// Who waits for which arrow.
    pub waits: Vec<(LifelineId, ArrowId)>,
    /// What happens, as a diagram.
    pub scenario: String,
}

/// How far each client is, and which arrows are lost.
type State = (Vec<u32>, Vec<ArrowId>);

struct Search<'a> {
    facts: &'a Facts<'a>,
    clients: Vec<LifelineId>,
    /// What each client does, in its order.
    lanes: Vec<Vec<ArrowId>>,
    /// Where in its client's lane each arrow stands.
    place: FxHashMap<ArrowId, (usize, u32)>,
    /// What the server answers to each stimulus.
    answers: FxHashMap<ArrowId, Vec<ArrowId>>,
    /// The stimulus behind which each answer comes.
    asked: FxHashMap<ArrowId, ArrowId>,
    known: FxHashMap<State, (u64, u64)>,
}

pub(super) fn count(facts: &Facts<'_>) -> StimulusOrders {
    let plain = |kind: &Kind| matches!(kind, Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame);
    if !facts.order.fragments.iter().all(|fragment| plain(&fragment.kind)) {
        return StimulusOrders::NotPlain;
    }
    let Some(mut search) = Search::new(facts) else { return StimulusOrders::Many };
    let start: State = (vec![0; search.clients.len()], Vec::new());
    let Some((orders, deadlocks)) = search.count(search.settled(start.clone())) else { return StimulusOrders::Many };
    let example = (deadlocks > 0).then(|| search.example(search.settled(start)));
    StimulusOrders::Counted { orders, deadlocks, example }
}

impl<'a> Search<'a> {
    fn new(facts: &'a Facts<'a>) -> Option<Search<'a>> {
        let mut search = Search {
            facts,
            clients: Vec::new(),
            lanes: Vec::new(),
            place: FxHashMap::default(),
            answers: FxHashMap::default(),
            asked: FxHashMap::default(),
            known: FxHashMap::default(),
        };
        let mut last: FxHashMap<LifelineId, ArrowId> = FxHashMap::default();
        let mut stimuli = 0;
        for (id, arrow) in facts.visible() {
            let (client, server) = facts.plan.client(id)?;
            let lane = match search.clients.iter().position(|known| *known == client) {
                Some(at) => at,
                None => {
                    search.clients.push(client);
                    search.lanes.push(Vec::new());
                    search.clients.len() - 1
                }
            };
            search.place.insert(id, (lane, search.lanes[lane].len() as u32));
            search.lanes[lane].push(id);
            if facts.part(id) == Part::Stimulus {
                stimuli += 1;
                last.insert(server, id);
            } else if let Some(asked) = last.get(&server).filter(|_| !arrow.traits.never) {
                search.answers.entry(*asked).or_default().push(id);
                search.asked.insert(id, *asked);
            }
        }
        (stimuli <= STIMULI).then_some(search)
    }

    fn is_sent(&self, state: &State, id: ArrowId) -> bool {
        self.place.get(&id).is_some_and(|(lane, at)| state.0[*lane] > *at)
    }

    /// Every client takes what has come to it.
    fn settled(&self, mut state: State) -> State {
        loop {
            let mut moved = false;
            for lane in 0..self.lanes.len() {
                while let Some(id) = self.lanes[lane].get(state.0[lane] as usize).copied() {
                    // What no message asks for comes by itself.
                    let asked = self.asked.get(&id).is_none_or(|asked| self.is_sent(&state, *asked));
                    if self.facts.is_stimulus(id) || !asked || state.1.contains(&id) {
                        break;
                    }
                    state.0[lane] += 1;
                    moved = true;
                }
            }
            if !moved {
                return state;
            }
        }
    }

    /// The messages that may be sent next.
    fn ready(&self, state: &State) -> Vec<ArrowId> {
        let next = self.lanes.iter().zip(&state.0).filter_map(|(lane, at)| lane.get(*at as usize).copied());
        next.filter(|id| self.facts.is_stimulus(*id)).collect()
    }

    fn after(&self, state: &State, id: ArrowId) -> State {
        let mut next = state.clone();
        for answer in self.answers.get(&id).into_iter().flatten() {
            if !self.is_connected(state, *answer, id) {
                next.1.push(*answer);
            }
        }
        next.1.sort_unstable();
        if let Some((lane, _)) = self.place.get(&id) {
            next.0[*lane] += 1;
        }
        self.settled(next)
    }

    /// Whether the client of an answer has made the connections that are drawn above it.
    fn is_connected(&self, state: &State, answer: ArrowId, now: ArrowId) -> bool {
        let Some((lane, at)) = self.place.get(&answer) else { return true };
        let above = &self.lanes[*lane][..*at as usize];
        let connects = |id: &&ArrowId| self.facts.is_stimulus(**id) && self.facts.word(**id) == Word::Connect;
        above.iter().filter(connects).all(|id| *id == now || self.is_sent(state, *id))
    }

    fn count(&mut self, state: State) -> Option<(u64, u64)> {
        if let Some(known) = self.known.get(&state) {
            return Some(*known);
        }
        if self.known.len() >= STATES {
            return None;
        }
        let ready = self.ready(&state);
        let mut all = (0u64, 0u64);
        for id in &ready {
            let (orders, deadlocks) = self.count(self.after(&state, *id))?;
            all = (all.0.checked_add(orders)?, all.1.checked_add(deadlocks)?);
        }
        if ready.is_empty() {
            all = (1, u64::from(!self.waits(&state).is_empty()));
        }
        self.known.insert(state, all);
        Some(all)
    }

    fn waits(&self, state: &State) -> Vec<(LifelineId, ArrowId)> {
        let next = self.lanes.iter().zip(&state.0).zip(&self.clients);
        next.filter_map(|((lane, at), client)| Some((*client, *lane.get(*at as usize)?))).collect()
    }

    fn example(&mut self, mut state: State) -> Deadlock {
        let facts = self.facts;
        let hand = facts.subject.hand;
        let (mut sent, mut scenario) = (Vec::new(), String::new());
        loop {
            let bad = |next: &State, this: &Self| this.known.get(next).is_some_and(|(_, deadlocks)| *deadlocks > 0);
            let step = self.ready(&state).into_iter().map(|id| (id, self.after(&state, id)));
            let Some((id, next)) = step.into_iter().find(|(_, next)| bad(next, self)) else { break };
            sent.push(id);
            let draw =
                |id: ArrowId| hand.arrow(facts.sender(id), facts.receiver(id), facts.order.arrow(id).label.trim());
            let _ = writeln!(scenario, "{}", draw(id));
            for answer in self.answers.get(&id).into_iter().flatten() {
                if next.1.contains(answer) {
                    let text = format!(
                        "lost, because {} is not connected: {}",
                        facts.receiver(*answer),
                        quoted_label(facts.order.arrow(*answer))
                    );
                    let _ = writeln!(scenario, "{}", hand.comment(&text));
                } else {
                    let _ = writeln!(scenario, "{}", draw(*answer));
                }
            }
            state = next;
        }
        let waits = self.waits(&state);
        for (client, id) in &waits {
            let arrow = facts.order.arrow(*id);
            let text =
                format!("{} waits for ever for line {}: {}", facts.name(*client), arrow.line, quoted_label(arrow));
            let _ = writeln!(scenario, "{}", hand.comment(&text));
        }
        Deadlock { sent, waits, scenario }
    }
}
