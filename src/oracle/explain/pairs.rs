//! Which of the tool's sends may have been handled in another order than drawn.

use super::cause;
use super::open::Open;
use crate::diagram::OrderMode;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::{Part, People};
use crate::order::{ArrowId, LifelineId};
use crate::trace::Event;
use crate::wire::{Channel, Resolved};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// At most so many open pairs are told apart.
const LIMIT: usize = 20_000;

/// The open pairs of a run.
pub(super) struct Pairs<'a> {
    oracle: &'a Oracle,
    people: People,
    /// What was sent, in that order, with its entry.
    sends: Vec<(Key, usize)>,
    open: BTreeSet<Open>,
    /// Since which entry what was sent is known to be handled.
    handled: FxHashMap<ArrowId, usize>,
    /// Since which entry a connection is known to be accepted.
    accepted: FxHashMap<ArrowId, usize>,
}

/// What one client sent to one lifeline.
#[derive(Debug, Default)]
struct Sender {
    sent: Vec<Key>,
    /// Of the first of them: since which entry they are known to be handled.
    handled: Vec<usize>,
}

impl Sender {
    /// From an entry on so many are known to be handled.
    fn handled(&mut self, count: usize, entry: usize) {
        let count = self.handled.len().max(count);
        self.handled.resize(count, entry);
    }
}

/// Who sent what to whom.
type Senders = FxHashMap<(LifelineId, LifelineId), Sender>;

impl<'a> Pairs<'a> {
    pub fn new(oracle: &'a Oracle) -> Pairs<'a> {
        let people = People::of(&oracle.plan.order, &oracle.plan.planned);
        let (handled, accepted) = (FxHashMap::default(), FxHashMap::default());
        let mut pairs = Pairs { oracle, people, sends: Vec::new(), open: BTreeSet::new(), handled, accepted };
        pairs.run();
        if oracle.options.order != OrderMode::Diagram {
            pairs.unsent();
        }
        pairs
    }

    /// Goes through the log: what each entry tells to be handled, and what is open when something is sent.
    fn run(&mut self) {
        let oracle = self.oracle;
        let plan = &oracle.plan;
        let mut senders = Senders::default();
        // What has not come, for those who do not wait for it.
        let awaited = |id: &ArrowId| {
            oracle.options.order != OrderMode::Diagram
                && plan.planned(*id).part == Part::Observation
                && !plan.order.arrow(*id).traits.never
        };
        let mut ahead: BTreeSet<ArrowId> = plan.order.arrow_ids().map(|(id, _)| id).filter(awaited).collect();
        let mut sent = oracle.record.sends.iter();
        let mut matched = oracle.record.matched.iter().peekable();
        for (index, entry) in oracle.record.entries.iter().enumerate() {
            match &entry.event {
                Event::Sent { .. } => {
                    let Some((key, _)) = sent.next() else { continue };
                    self.sends.push((*key, index));
                    let resolved = &plan.planned(ArrowId(key.0)).resolved;
                    // What a client does by itself reaches no server.
                    let by_itself = matches!(resolved, Some(Resolved::Pause | Resolved::Resume));
                    // Nor does this, and what was sent before it may have been heard still.
                    let stops_reading = matches!(resolved, Some(Resolved::DropEvents));
                    if plan.planned(ArrowId(key.0)).part != Part::Stimulus || by_itself {
                        continue;
                    }
                    let Some((client, tested)) = plan.client(ArrowId(key.0)) else { continue };
                    let in_order = oracle.options.order == OrderMode::Diagram;
                    for ((other, to), Sender { sent: theirs, handled }) in &senders {
                        if *other == client || *to != tested || self.open.len() >= LIMIT {
                            continue;
                        }
                        // Where nobody runs ahead, what is handled is in its place.
                        let first = if in_order { handled.len() } else { 0 };
                        for (at, before) in theirs.iter().enumerate().skip(first) {
                            let open = if self.comes_first(*before, *key) {
                                (at >= handled.len() && !stops_reading).then_some((*before, *key))
                            } else {
                                self.comes_first(*key, *before).then_some((*key, *before))
                            };
                            if let Some((earlier, later)) = open {
                                let (earlier, later) = (ArrowId(earlier.0), ArrowId(later.0));
                                self.open.insert(Open { earlier, later, gone: false });
                            }
                        }
                    }
                    if stops_reading {
                        continue;
                    }
                    senders.entry((client, tested)).or_default().sent.push(*key);
                    // Whoever runs ahead did not wait for what others get either.
                    let above = ahead.range(..ArrowId(key.0)).copied();
                    let later = ArrowId(key.0);
                    let above = above.filter(|id| {
                        plan.client(*id).is_some_and(|(_, from)| from == tested) && plan.happens_before(*id, later)
                    });
                    let room = LIMIT.saturating_sub(self.open.len());
                    self.open.extend(above.take(room).map(|earlier| Open { earlier, later, gone: false }));
                }
                Event::Received { .. } => {
                    if let Some((_, key)) = matched.next_if(|(at, _)| *at == index) {
                        ahead.remove(&ArrowId(key.0));
                        self.witnessed(&mut senders, *key, index);
                    }
                }
                Event::Done { arrow, .. } => {
                    let id = ArrowId(*arrow);
                    if self.connects(id) {
                        self.accepted.entry(id).or_insert(index);
                    }
                    let told = plan.planned(id).resolved.as_ref().is_some_and(Resolved::is_told);
                    if told && let Some(sender) = plan.client(id).and_then(|pair| senders.get_mut(&pair)) {
                        let place = sender.sent.iter().rposition(|key| key.0 == *arrow);
                        sender.handled(place.map_or(0, |place| place + 1), index);
                    }
                }
                Event::Echoed { lifeline } => {
                    for ((client, _), sender) in &mut senders {
                        if client.0 == *lifeline {
                            sender.handled(sender.sent.len(), index);
                        }
                    }
                }
                Event::Quiet { .. } | Event::Chose { .. } | Event::Learned { .. } | Event::Frozen => {}
            }
        }
        for Sender { sent, handled } in senders.into_values() {
            self.handled.extend(sent.iter().zip(handled).map(|(key, since)| (ArrowId(key.0), since)));
        }
    }

    /// What is drawn above something that was sent and was not sent itself, since the play had failed by then, is handled
    /// later than drawn: in the same turn of the loops around both, or in the turn before.
    fn unsent(&mut self) {
        let plan = &self.oracle.plan;
        let turns = &self.oracle.readings.turns;
        let mut sent: BTreeMap<ArrowId, Vec<u32>> = BTreeMap::new();
        for (key, _) in &self.sends {
            sent.entry(ArrowId(key.0)).or_default().push(key.1);
        }
        for earlier in plan.order.arrow_ids().map(|(id, _)| id).filter(|id| plan.is_stimulus(*id)) {
            let own = sent.get(&earlier).map_or(&[][..], Vec::as_slice);
            // Outside all loops it is sent once.
            if own.contains(&0) {
                continue;
            }
            let Some((client, tested)) = plan.client(earlier) else { continue };
            for (later, theirs) in &sent {
                let other = plan.client(*later).is_some_and(|(from, to)| from != client && to == tested);
                if !other || self.open.len() >= LIMIT {
                    continue;
                }
                let shared = plan.shared_loops(earlier, *later);
                let lacks = |turn: u32| own.iter().all(|sent| turns.outer(*sent, shared) != turn);
                let (above, recurs) = (plan.happens_before(earlier, *later), plan.recurs(earlier, *later));
                let mut around = theirs.iter().map(|turn| turns.outer(*turn, shared));
                if around.any(|turn| (above && lacks(turn)) || (recurs && turns.before(turn).is_some_and(lacks))) {
                    self.open.insert(Open { earlier, later: *later, gone: false });
                }
            }
        }
    }

    /// A message came: what it follows from is handled, and what its sender sent before that; where only the drawing
    /// tells, all that is drawn above it.
    fn witnessed(&self, senders: &mut Senders, key: Key, entry: usize) {
        let plan = &self.oracle.plan;
        let id = ArrowId(key.0);
        let Some((client, tested)) = plan.client(id) else { return };
        let planned = plan.planned(id);
        let optional =
            || self.sends.iter().rev().map(|(key, _)| ArrowId(key.0)).find(|it| planned.optional.contains(it));
        let cause = planned.cause.map(|cause| cause.arrow).or_else(optional);
        for ((_, to), sender) in senders.iter_mut() {
            if *to != tested {
                continue;
            }
            let seen = |sent: &Key| match cause {
                Some(cause) => sent.0 == cause.0 && !self.comes_first(key, *sent),
                None => self.comes_first(*sent, key),
            };
            let place = sender.sent.iter().rposition(seen);
            sender.handled(place.map_or(0, |place| place + 1), entry);
        }
        // Where the server speaks on a connection, whatever of, the opening of it is handled.
        if let Some(sender) = senders.get_mut(&(client, tested)) {
            let next = sender.handled.len();
            let opens = |sent: &Key| plan.opens_for(ArrowId(sent.0), id);
            // Of several event streams nobody can tell on which it came.
            let only = planned.channel == Channel::Socket || sender.sent.iter().filter(|sent| opens(sent)).count() == 1;
            if only && sender.sent.iter().rposition(opens) == Some(next) {
                sender.handled(next + 1, entry);
            }
        }
    }

    /// Whether one arrow is drawn before another: in an earlier turn of a loop around both, or above it.
    fn comes_first(&self, one: Key, other: Key) -> bool {
        let plan = &self.oracle.plan;
        let turns = &self.oracle.readings.turns;
        let shared = plan.shared_loops(ArrowId(one.0), ArrowId(other.0));
        let (a, b) = (turns.outer(one.1, shared), turns.outer(other.1, shared));
        if a == b { one.0 < other.0 && plan.in_sequence(ArrowId(one.0), ArrowId(other.0)) } else { a < b }
    }

    pub fn is_empty(&self) -> bool {
        // Whoever runs ahead of what comes may be alone.
        self.open.is_empty() && self.oracle.options.order == OrderMode::Diagram
    }

    /// The open pairs that an arrow is in.
    pub fn of(&self, arrow: ArrowId) -> impl Iterator<Item = Open> {
        self.open.iter().copied().filter(move |open| open.earlier == arrow || open.later == arrow)
    }

    /// The open pairs of which the one or the other may have been handled before a cause: not those that are drawn below it.
    /// All where there is none.
    pub fn around(&self, cause: Option<ArrowId>) -> Vec<Open> {
        let matters = |open: &&Open| {
            cause.is_none_or(|cause| {
                let connects = [open.earlier, open.later].into_iter().any(|id| self.connects(id));
                let behind = connects && self.is_behind(open.earlier, cause) && self.is_behind(open.later, cause);
                let below = open.earlier > cause && !self.oracle.plan.beside(open.earlier, cause);
                !(below || behind || open.later == cause && self.is_let_in(open.earlier, cause))
            })
        };
        self.open.iter().filter(matters).copied().collect()
    }

    /// Whether a send is known to have been handled before an entry.
    pub fn handled_before(&self, id: ArrowId, entry: usize) -> bool {
        self.handled.get(&id).is_some_and(|since| *since < entry)
    }

    /// Whether a connection was accepted before another was asked for: whether that one is let in is decided knowing of it.
    fn is_let_in(&self, id: ArrowId, other: ArrowId) -> bool {
        let accepted = self.accepted.get(&id).copied();
        self.connects(other) && accepted.zip(self.sent_at(other)).is_some_and(|(accepted, sent)| accepted < sent)
    }

    /// The entry with which it was sent first.
    pub fn sent_at(&self, id: ArrowId) -> Option<usize> {
        self.sends.iter().find(|(key, _)| key.0 == id.0).map(|(_, entry)| *entry)
    }

    fn connects(&self, id: ArrowId) -> bool {
        self.oracle.plan.planned(id).resolved.as_ref().is_some_and(|resolved| resolved.opens().is_some())
    }

    /// Whether something was known to be handled when another arrow was sent. Of two that were, one of which connects, it
    /// makes no difference which was first.
    fn is_behind(&self, id: ArrowId, sent: ArrowId) -> bool {
        let plan = &self.oracle.plan;
        if id == sent || !plan.is_stimulus(id) {
            return false;
        }
        let Some((_, entry)) = self.sends.iter().rev().find(|(key, _)| key.0 == sent.0) else { return false };
        (id < sent && plan.client(id) == plan.client(sent)) || self.handled_before(id, *entry)
    }

    /// What a message follows from: as found, or what was last sent above it.
    pub fn cause(&self, id: ArrowId) -> Option<ArrowId> {
        let found = self.oracle.plan.planned(id).cause.map(|cause| cause.arrow);
        if self.oracle.plan.is_stimulus(id) {
            return Some(id);
        }
        found.or_else(|| cause::sent(self.oracle, id).map(|cause| cause.arrow))
    }

    /// What was sent before an entry.
    pub fn sent_before(&self, entry: usize) -> impl Iterator<Item = ArrowId> {
        self.sends.iter().take_while(move |(_, at)| *at < entry).map(|(key, _)| ArrowId(key.0))
    }

    /// Whether a client ended its connection although something that it was to get is drawn above that.
    pub fn ended_before(&self, id: ArrowId, client: LifelineId) -> Option<Open> {
        let plan = &self.oracle.plan;
        let ended = |key: &Key| {
            let arrow = ArrowId(key.0);
            let lost = plan.order.arrow(arrow).traits.lost;
            let ends = matches!(
                plan.planned(arrow).resolved,
                Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents)
            );
            let goes = (lost || ends) && plan.client(arrow).is_some_and(|(from, _)| from == client);
            goes && (arrow > id || plan.beside(arrow, id))
        };
        let last = self.sends.iter().map(|(key, _)| key).find(|key| ended(key))?;
        Some(Open { earlier: id, later: ArrowId(last.0), gone: true })
    }

    /// Something that is drawn below a message and was sent before it came.
    pub fn sent_ahead(&self, id: ArrowId, entry: usize) -> Option<Open> {
        let plan = &self.oracle.plan;
        let ahead = self
            .sent_before(entry)
            .find(|sent| *sent > id && plan.planned(*sent).part == Part::Stimulus && plan.in_sequence(id, *sent))?;
        Some(Open { earlier: id, later: ahead, gone: false })
    }

    /// Whether a send says a text (false), or the text is its sender (true).
    pub fn says(&self, sent: ArrowId, text: &str) -> Option<bool> {
        let plan = &self.oracle.plan;
        let said = plan.planned(sent).said();
        if said.iter().any(|known| same_text(known, text)) {
            return Some(false);
        }
        let (client, _) = plan.client(sent)?;
        (self.people.find(text) == Some(client)).then_some(true)
    }

    /// Whether a send names a client.
    pub fn names(&self, sent: ArrowId, client: LifelineId) -> bool {
        let plan = &self.oracle.plan;
        let said = plan.planned(sent).said();
        said.iter().any(|text| self.people.find(text) == Some(client))
    }
}

/// Whether two texts say the same; numbers compare as numbers.
pub(super) fn same_text(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || matches!((number(one), number(other)), (Some(a), Some(b)) if a == b)
}
