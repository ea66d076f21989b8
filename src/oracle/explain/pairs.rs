//! Which of the tool's sends may have been handled in another order than drawn.

use super::cause;
use super::open::{Open, innermost};
use crate::diagram::OrderMode;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::{Part, People};
use crate::order::{ArrowId, LifelineId};
use crate::wire::Resolved;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The open pairs of a run.
pub(super) struct Pairs<'a> {
    pub(super) oracle: &'a Oracle,
    people: People,
    /// What was sent, in that order, with its entry.
    pub(super) sends: Vec<(Key, usize)>,
    /// The first and the last entry with which each arrow was sent.
    spans: FxHashMap<ArrowId, (usize, usize)>,
    /// The open pairs around a cause, once they were asked for.
    known: RefCell<FxHashMap<Option<ArrowId>, Rc<[Open]>>>,
    pub(super) open: BTreeSet<Open>,
    /// Since which entry what was sent is known to be handled.
    pub(super) handled: FxHashMap<ArrowId, usize>,
    /// Since which entry a connection is known to be accepted.
    pub(super) accepted: FxHashMap<ArrowId, usize>,
}

impl<'a> Pairs<'a> {
    pub fn new(oracle: &'a Oracle) -> Pairs<'a> {
        let people = People::of(&oracle.plan.order, &oracle.plan.planned);
        let mut pairs = Pairs {
            oracle,
            people,
            sends: Vec::new(),
            spans: FxHashMap::default(),
            known: RefCell::default(),
            open: BTreeSet::new(),
            handled: FxHashMap::default(),
            accepted: FxHashMap::default(),
        };
        pairs.find();
        pairs
    }

    /// Something was sent with an entry.
    pub(super) fn note(&mut self, key: Key, entry: usize) {
        self.sends.push((key, entry));
        self.spans.entry(ArrowId(key.0)).or_insert((entry, entry)).1 = entry;
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
    /// All where there is none. Of pairs one within the other, the inner one.
    pub fn around(&self, cause: Option<ArrowId>) -> Rc<[Open]> {
        let known = self.known.borrow().get(&cause).cloned();
        known.unwrap_or_else(|| {
            let found: Rc<[Open]> = innermost(self.all_around(cause)).into();
            self.known.borrow_mut().insert(cause, Rc::clone(&found));
            found
        })
    }

    /// The same, with those around others.
    pub fn all_around(&self, cause: Option<ArrowId>) -> Vec<Open> {
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
        self.spans.get(&id).map(|(first, _)| *first)
    }

    pub(super) fn connects(&self, id: ArrowId) -> bool {
        self.oracle.plan.planned(id).resolved.as_ref().is_some_and(|resolved| resolved.opens().is_some())
    }

    /// Whether something was known to be handled when another arrow was sent. Of two that were, one of which connects, it
    /// makes no difference which was first.
    fn is_behind(&self, id: ArrowId, sent: ArrowId) -> bool {
        let plan = &self.oracle.plan;
        if id == sent || !plan.is_stimulus(id) {
            return false;
        }
        let Some((_, last)) = self.spans.get(&sent) else { return false };
        (id < sent && plan.client(id) == plan.client(sent)) || self.handled_before(id, *last)
    }

    /// What a message follows from: as found, or what was last sent above it.
    pub fn cause(&self, id: ArrowId) -> Option<ArrowId> {
        let found = self.oracle.plan.planned(id).cause.map(|cause| cause.arrow);
        if self.oracle.plan.is_stimulus(id) {
            return Some(id);
        }
        found.or_else(|| cause::sent(self.oracle, (id.0, 0)).map(|cause| cause.arrow))
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
        let said = plan.planned(sent).hole_texts();
        if said.iter().any(|known| same_text(known, text)) {
            return Some(false);
        }
        let (client, _) = plan.client(sent)?;
        (self.people.find(text) == Some(client)).then_some(true)
    }

    /// Whether a send names a client.
    pub fn names(&self, sent: ArrowId, client: LifelineId) -> bool {
        let plan = &self.oracle.plan;
        let said = plan.planned(sent).hole_texts();
        said.iter().any(|text| self.people.find(text) == Some(client))
    }
}

/// Whether two texts say the same; numbers compare as numbers.
pub(super) fn same_text(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    one == other || matches!((number(one), number(other)), (Some(a), Some(b)) if a == b)
}
