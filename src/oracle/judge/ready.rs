//! What may be sent: ready in every reading, whatever it is called there.

use super::Oracle;
use super::readings::Readings;
use crate::oracle::api::Ready;
use crate::oracle::config::{Config, Count, Key, delay};
use crate::order::{ArrowId, Block, Kind, Node, Order};

impl Readings {
    /// What may be played now: ready in every reading.
    pub fn ready(&self) -> Vec<Ready> {
        let Some(first) = self.configs.first() else { return Vec::new() };
        let mut ready = Vec::new();
        for (&(arrow, turn), &(count, since)) in &first.plays {
            let key = (arrow, turn);
            let id = ArrowId(arrow);
            let planned = self.plan.planned(id);
            if count < self.plan.lanes_of(id) {
                continue;
            }
            let everywhere = self.configs.iter().all(|config| {
                self.twin(config, key).is_some_and(|twin| {
                    let id = ArrowId(twin.0);
                    config.plays.get(&twin).is_some_and(|(count, _)| *count >= self.plan.lanes_of(id))
                        && self.is_ready(config, twin)
                })
            });
            let Some((lifeline, to)) = self.plan.client(id).filter(|_| everywhere) else { continue };
            let traits = &self.plan.order.arrow(id).traits;
            let delay = delay(first, &self.plan, &self.turns, key, Count::Wait).unwrap_or_default();
            let wait = delay + traits.after.unwrap_or_default() + planned.wait;
            ready.push(Ready { arrow: id, turn, lifeline, to, channel: planned.channel, not_before: since.plus(wait) });
        }
        ready
    }

    /// Whether all is complete that a send waits for by name.
    fn is_ready(&self, config: &Config, key: Key) -> bool {
        let after = &self.plan.planned(ArrowId(key.0)).after;
        after.iter().all(|on| config.is_complete(&self.plan, &self.turns, *on, key))
    }

    /// What playing an arrow is in one configuration: this very turn of it, another turn, or an arrow that is the same on
    /// the wire. Where branches look alike, the tool may go on without knowing which it is in.
    fn twin(&self, config: &Config, key: Key) -> Option<Key> {
        if config.plays.contains_key(&key) { Some(key) } else { self.alike(config.plays.keys(), key) }
    }

    /// The key itself where it is among these, else one that is the same on the wire.
    pub fn alike<'k>(&self, keys: impl Iterator<Item = &'k Key>, key: Key) -> Option<Key> {
        let order = &self.plan.order;
        let arrow = order.arrow(ArrowId(key.0));
        let mut found = None;
        for other in keys {
            if *other == key {
                return Some(key);
            }
            let twin = order.arrow(ArrowId(other.0));
            let alike = other.0 == key.0
                || (twin.label == arrow.label
                    && twin.from == arrow.from
                    && twin.to == arrow.to
                    && twin.traits.is_plain()
                    && arrow.traits.is_plain());
            if alike && found.is_none() {
                found = Some(*other);
            }
        }
        found
    }

    /// The turn in which an arrow of the tool is due; none where the diagram does not have it here.
    pub fn expecting(&self, arrow: ArrowId) -> Option<Ready> {
        let config = self.configs.first()?;
        let open = config.plays.range((arrow.0, 0)..=(arrow.0, u32::MAX));
        let ready = |count: u8| count >= self.plan.lanes_of(arrow);
        let (&(_, turn), &(_, since)) = open.into_iter().find(|(_, (count, _))| ready(*count))?;
        let (lifeline, to) = self.plan.client(arrow)?;
        Some(Ready { arrow, turn, lifeline, to, channel: self.plan.planned(arrow).channel, not_before: since })
    }

    /// What playing an arrow is in each configuration, in their order. Where another send of the same `par` is the same on
    /// the wire and something else follows from it, nobody can tell which of them it was: each is a reading of its own.
    pub fn sending(&mut self, key: Key) -> Vec<Key> {
        let mut keys = Vec::with_capacity(self.configs.len());
        let configs = std::mem::take(&mut self.configs);
        let mut room = TWINS.saturating_sub(configs.len());
        for config in configs {
            let own = self.twin(&config, key).unwrap_or(key);
            let others = self.others(&config, own);
            for other in others.into_iter().take(room) {
                room -= 1;
                self.configs.push(config.clone());
                keys.push(other);
            }
            self.configs.push(config);
            keys.push(own);
        }
        keys
    }

    /// Sends that may be played as well as this one, in other operands of one `par`, one for each kind of operand.
    fn others(&self, config: &Config, own: Key) -> Vec<Key> {
        let order = &self.plan.order;
        let mut kinds = Vec::new();
        let mut others = Vec::new();
        let same = self.plan.same_sends.get(&ArrowId(own.0)).map_or(&[][..], |same| same);
        for id in same.iter().copied().filter(|id| id.0 != own.0) {
            // In a loop in its operand it is in a turn of its own.
            let mut plays = config.plays.range((id.0, 0)..=(id.0, u32::MAX));
            let Some((&key, (count, _))) = plays.next() else { continue };
            let Some((here, there)) = apart(order, ArrowId(own.0), id) else { continue };
            let ready = *count >= self.plan.lanes_of(id) && self.is_ready(config, key);
            if kinds.is_empty() {
                kinds.push(here);
            }
            if ready && kinds.iter().all(|known| !are_alike(order, known, there)) {
                kinds.push(there);
                others.push(key);
            }
        }
        others
    }

    /// What the exchange of an arrow is in each configuration, in their order.
    pub fn flying_twins(&self, key: Key) -> std::vec::IntoIter<Option<Key>> {
        let twins: Vec<_> = self.configs.iter().map(|config| self.alike(config.flying.iter(), key)).collect();
        twins.into_iter()
    }
}

/// How many readings there may be because nobody can tell which of several equal sends was played.
const TWINS: usize = 64;

impl Oracle {
    /// Whether nobody can tell two sends apart: they are the same on the wire, in operands of one `par`.
    pub fn are_interchangeable(&self, one: ArrowId, other: ArrowId) -> bool {
        let order = self.plan.order();
        let (a, b) = (order.arrow(one), order.arrow(other));
        let plain = a.traits.is_plain() && b.traits.is_plain();
        plain && a.label == b.label && a.from == b.from && a.to == b.to && apart(order, one, other).is_some()
    }
}

/// The operands of the innermost fragment around both arrows in which each stands, where that is a `par`.
fn apart(order: &Order, own: ArrowId, other: ArrowId) -> Option<(&Block, &Block)> {
    let around = |id: ArrowId| order.around(order.arrow(id));
    let (fragment, here, there) = around(own).find_map(|(fragment, here)| {
        let (_, there) = around(other).find(|(known, _)| *known == fragment)?;
        Some((fragment, here, there))
    })?;
    let fragment = order.fragment(fragment);
    let body = |operand: u32| &fragment.operands[operand as usize].body;
    (fragment.kind == Kind::Par && here != there).then(|| (body(here), body(there)))
}

/// Whether two blocks say the same.
fn are_alike(order: &Order, a: &Block, b: &Block) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Node::Arrow(a), Node::Arrow(b)) => {
                let (a, b) = (order.arrow(*a), order.arrow(*b));
                a.label == b.label && a.from == b.from && a.to == b.to && a.traits.is_plain() && b.traits.is_plain()
            }
            (Node::Fragment(a), Node::Fragment(b)) => {
                let (a, b) = (order.fragment(*a), order.fragment(*b));
                a.kind == b.kind
                    && a.operands.len() == b.operands.len()
                    && a.operands.iter().zip(&b.operands).all(|(a, b)| are_alike(order, &a.body, &b.body))
            }
            (Node::Arrow(_), Node::Fragment(_)) | (Node::Fragment(_), Node::Arrow(_)) => false,
        })
}
