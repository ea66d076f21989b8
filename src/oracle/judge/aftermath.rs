//! After a violation: what is still given its time, and what is told as open rather than missing.

use super::Oracle;
use crate::diagram::OrderMode;
use crate::oracle::config::Key;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Channel, Expectation, Expects as _, Kinship, Observed};
use std::collections::BTreeMap;
use std::time::Duration;

impl Oracle {
    /// Until when it is worth waiting after a violation: whatever was due is given its own deadline, and a connection that
    /// is being opened its time, for one timeout at most. What a frame that came stands for is waited for no more, nor what
    /// a connection that has ended would have carried.
    pub(super) fn aftermath_until(&mut self, now: Moment) -> Option<Moment> {
        let since = *self.failed.get_or_insert(now);
        if self.trouble.is_some() {
            return None;
        }
        let end = since.plus(self.options.timeout);
        let exchanges = self.talk.exchanges().filter(|(key, since)| {
            self.plan.client(ArrowId(key.0)).is_some_and(|pair| !self.is_disturbed(pair, *since))
        });
        let exchanges = exchanges.map(|(_, since)| since.plus(self.options.timeout));
        let owed = self.owed().into_iter().map(|(until, _)| until.plus(Duration::from_nanos(1)));
        owed.chain(exchanges).chain(self.unbegun_until()).map(|until| until.min(end)).filter(|until| *until > now).max()
    }

    /// Until when a side has time for what it has to begin, where nothing came so far that could stand for it.
    fn unbegun_until(&self) -> Option<Moment> {
        self.readings.unbegun_until(self.talk.progress).filter(|_| self.record.residue.is_empty())
    }

    /// Whether the play had stopped before an entry: something had come that nothing accounts for, or was overdue.
    pub(in crate::oracle) fn had_stopped(&self, entry: usize) -> bool {
        let at = self.record.entries[entry].at;
        let mut due = self.readings.configs.iter().flat_map(|config| &config.due);
        self.record.residue.iter().any(|residue| residue.entry < entry) || due.any(|(until, _)| *until < at)
    }

    /// Whether an expectation had not had its time when the verdict was frozen: nobody knows whether it would have come.
    /// On a connection that has ended nothing comes any more, which is known at once. `unsent` is [`Oracle::unsent`].
    pub(in crate::oracle) fn is_open(&self, key: Key, unsent: &[ArrowId]) -> bool {
        if self.is_cut_off(ArrowId(key.0)) {
            return false;
        }
        let Some(end) = self.record.entries.last().map(|entry| entry.at) else { return false };
        if self.options.order != OrderMode::Diagram && self.lacks_above(ArrowId(key.0), unsent) {
            return true;
        }
        if let Some(config) = self.readings.configs.first()
            && self.unanswerable(&config.due).contains(&key)
        {
            return false;
        }
        if self.unbegun_until().is_some_and(|until| until >= end) {
            return true;
        }
        let mut configs = self.readings.configs.iter();
        configs.any(|config| {
            // What a client has to say below what it has had no time for has had none either.
            let below = config.coming().any(|(_, known)| known == key);
            config.due.iter().any(|(until, known)| *until >= end && (below || *known == key))
        })
    }

    /// Whether something that the tool sends above a message, to the same server, was not sent: it has no deadline yet.
    fn lacks_above(&self, id: ArrowId, unsent: &[ArrowId]) -> bool {
        let order = &self.plan.order;
        let mut above = unsent.iter().take_while(|sent| **sent < id);
        above.any(|sent| order.arrow(*sent).to == order.arrow(id).from && self.plan.happens_before(*sent, id))
    }

    /// What the tool did not send, from the top of the diagram.
    pub(in crate::oracle) fn unsent(&self) -> impl Iterator<Item = ArrowId> {
        let sends = self.plan.order.arrow_ids().map(|(id, _)| id);
        sends.filter(|id| self.plan.is_stimulus(*id) && !self.record.has_sent(*id))
    }

    /// What is due in the first reading and may still come. Each frame that is left over stands for one thing that was due:
    /// on its own connection for the first that is akin, on another only for the very same. What is the very same as something
    /// that may come on its connection, and is not due yet, was only moved ahead, and stands for nothing else.
    fn owed(&self) -> Vec<(Moment, Key)> {
        let Some(config) = self.readings.configs.first() else { return Vec::new() };
        let routes = &self.plan.lanes.routes;
        let mut owed: Vec<(Moment, Key)> = config.due.iter().copied().collect();
        owed.retain(|(_, key)| !self.is_cut_off(ArrowId(key.0)));
        let mut coming: Vec<(u32, Key)> = config.coming().collect();
        for residue in &self.record.residue {
            let Some((lane, observed)) = self.frame(residue.entry) else { continue };
            let akin = |key: &Key, least: Kinship| {
                self.plan.expectation(ArrowId(key.0)).is_some_and(|expected| expected.kinship(observed) >= least)
            };
            let own = |(_, key): &(Moment, Key)| routes[key.0 as usize].receive == lane;
            let garbled = matches!(observed, Observed::Garbled { .. });
            let due = owed.iter().any(|due| own(due) && akin(&due.1, Kinship::SameContent));
            let moved = coming.iter().position(|(on, key)| *on == lane && akin(key, Kinship::SameContent));
            if let Some(place) = moved.filter(|_| !due && !garbled) {
                coming.remove(place);
                continue;
            }
            let stands = [Kinship::SameContent, Kinship::SameLiterals, Kinship::SameType]
                .into_iter()
                .find_map(|least| owed.iter().position(|due| own(due) && (garbled || akin(&due.1, least))));
            let stands = stands.or_else(|| owed.iter().position(|due| akin(&due.1, Kinship::SameContent)));
            if let Some(place) = stands {
                owed.remove(place);
            }
        }
        for key in self.unanswerable(&owed) {
            owed.retain(|(_, due)| *due != key);
        }
        owed
    }

    /// Of what is due, the answers to requests whose connections have ended: no more can come than requests are under way.
    fn unanswerable<'a>(&self, due: impl IntoIterator<Item = &'a (Moment, Key)>) -> Vec<Key> {
        let mut answers: BTreeMap<(LifelineId, LifelineId), Vec<Key>> = BTreeMap::new();
        for (_, key) in due {
            let id = ArrowId(key.0);
            let is_answer = self.plan.planned(id).channel == Channel::Http
                && self.plan.expectation(id).is_some_and(Expectation::is_answer);
            if let Some(pair) = self.plan.client(id).filter(|_| is_answer) {
                answers.entry(pair).or_default().push(*key);
            }
        }
        let cut = answers.into_iter().flat_map(|((client, server), keys)| {
            let open = self.talk.requests.open(client, server, Channel::Http);
            let cut = keys.len().saturating_sub(open);
            keys.into_iter().take(cut)
        });
        cut.collect()
    }

    /// Whether the connection on which an arrow would come has ended.
    fn is_cut_off(&self, id: ArrowId) -> bool {
        let Some((client, from)) = self.plan.client(id) else { return false };
        match self.plan.planned(id).channel {
            Channel::Socket => self.talk.has_ended(client, from),
            Channel::Http => false,
            Channel::Events => {
                let lane = self.plan.lanes.routes[id.0 as usize].receive;
                let last = (0..self.record.entries.len())
                    .rev()
                    .find_map(|entry| self.frame(entry).filter(|(on, _)| *on == lane));
                last.is_some_and(|(_, observed)| matches!(observed, Observed::End { .. }))
            }
        }
    }

    /// Whether something that nothing accounts for came on a connection since then: what is under way there may have been
    /// answered by it.
    fn is_disturbed(&self, (client, server): (LifelineId, LifelineId), since: Moment) -> bool {
        self.record.residue.iter().map(|residue| &self.record.entries[residue.entry]).any(|entry| {
            let received = entry.event.received().filter(|_| entry.at >= since);
            received.is_some_and(|it| (it.lifeline, it.from) == (client.0, server.0))
        })
    }
}
