//! What may be sent: ready in every reading, whatever it is called there.

use super::readings::Readings;
use crate::oracle::api::Ready;
use crate::oracle::config::{Config, Key};
use crate::order::ArrowId;

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
                        && self.plan.planned(id).after.iter().all(|on| config.is_complete(*on))
                })
            });
            let Some((lifeline, to)) = self.plan.client(id).filter(|_| everywhere) else { continue };
            let traits = &self.plan.order.arrow(id).traits;
            let wait = traits.delay.unwrap_or_default() + traits.after.unwrap_or_default() + planned.wait;
            ready.push(Ready { arrow: id, turn, lifeline, to, channel: planned.channel, not_before: since.plus(wait) });
        }
        ready
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
        let lanes = self.plan.lanes_of(arrow);
        let (&(_, turn), &(_, since)) = open.into_iter().find(|(_, (count, _))| *count >= lanes)?;
        let (lifeline, to) = self.plan.client(arrow)?;
        Some(Ready { arrow, turn, lifeline, to, channel: self.plan.planned(arrow).channel, not_before: since })
    }

    /// What playing an arrow is in each configuration, in their order.
    pub fn twins(&self, key: Key) -> std::vec::IntoIter<Option<Key>> {
        self.configs.iter().map(|config| self.twin(config, key)).collect::<Vec<_>>().into_iter()
    }

    /// What the exchange of an arrow is in each configuration, in their order.
    pub fn flying_twins(&self, key: Key) -> std::vec::IntoIter<Option<Key>> {
        let twins: Vec<_> = self.configs.iter().map(|config| self.alike(config.flying.iter(), key)).collect();
        twins.into_iter()
    }
}
