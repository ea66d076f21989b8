//! When something is overdue, and what puts that off.

use super::Oracle;
use super::readings::Readings;
use crate::oracle::config::{Config, Key, silence};
use crate::oracle::timing::Fault;
use crate::order::ArrowId;
use crate::trace::{Moment, Stops};
use std::sync::Arc;
use std::time::Duration;

impl Oracle {
    /// Time has passed: what was due before `now` is overdue. [`Oracle::want`] does this; a record that is judged again
    /// needs nothing else between its entries.
    pub fn tick(&mut self, now: Moment) {
        if self.failing() || self.finished || self.talk.held {
            return;
        }
        self.skip_known_failures(now);
        self.overdue |= self.readings.drop_overdue(now, self.talk.progress);
    }

    /// A message is awaited that was overdue before this moment: how late it comes of a client that the tool serves, whose time
    /// is not judged where it is accounted for.
    pub(super) fn belated(&self, at: Moment) -> Vec<(Key, Fault)> {
        let Some(config) = self.readings.configs.first().filter(|_| self.overdue) else { return Vec::new() };
        let late = config.due.iter().take_while(|(until, _)| *until < at);
        let served = late.filter(|(_, key)| self.plan.serves(ArrowId(key.0)));
        let (places, timeout) = ((&*self.plan, &self.readings.turns), self.options.timeout);
        served.map(|(until, key)| (*key, config.overdue(places, timeout, *key, (at, *until)))).collect()
    }

    /// The time of the play stood still at a moment, and for so long: nobody read what came meanwhile.
    pub fn stood_still(&mut self, at: Moment, long: Duration) {
        self.readings.stops.add(at, long);
    }

    /// The same of a record, which says when it stood still.
    #[must_use]
    pub fn with_stops(mut self, stops: Stops) -> Oracle {
        self.readings.stops = stops;
        self
    }

    /// Whether a connection is being opened of which nothing has been heard yet. If nothing ever is, that is an error of the
    /// run, whatever else is due at that moment: so nothing is overdue meanwhile, and what is to be said on the connection
    /// has its time from when it is there.
    pub fn hold(&mut self, now: Moment, held: bool) {
        if self.talk.held && !held {
            let until = now.plus(self.options.timeout);
            let plan = Arc::clone(&self.plan);
            self.readings.configs.iter_mut().for_each(|config| config.put_off(&plan, until));
        }
        self.talk.hold(now, held);
    }
}

impl Readings {
    /// Configurations whose obligations are overdue are not the true ones while there are others; true where something
    /// is overdue in all. One of several that must still speak is overdue as a single arrow is.
    pub fn drop_overdue(&mut self, now: Moment, progress: Moment) -> bool {
        let late = |config: &Config| config.due.first().is_some_and(|(until, _)| *until < now);
        if self.configs.iter().all(late) {
            return true;
        }
        self.configs.retain(|config| !late(config));
        if self.configs.len() > 1 && self.spoken_until(progress) < now {
            let owes = |config: &Config| silence::must_come(&self.plan, config, &self.turns);
            let owing: Vec<bool> = self.configs.iter().map(owes).collect();
            if owing.contains(&false) {
                let mut owing = owing.into_iter();
                self.configs.retain(|_| owing.next() != Some(true));
            }
        }
        false
    }

    /// Whether something must still come whichever reading is the true one.
    pub fn all_owe(&self) -> bool {
        self.configs.iter().all(|config| silence::must_come(&self.plan, config, &self.turns))
    }

    /// Until when one of several that must still speak has its time.
    fn spoken_until(&self, progress: Moment) -> Moment {
        progress.plus(self.options.timeout + self.plan.longest)
    }

    /// Until when what has to come in the first reading, and has no deadline of its own before it begins (the next turn of a loop
    /// of the server's, the operand that it takes), has its time.
    pub fn unbegun_until(&self, progress: Moment) -> Option<Moment> {
        let config = self.configs.first().filter(|config| config.due.is_empty())?;
        silence::must_come(&self.plan, config, &self.turns).then(|| self.spoken_until(progress))
    }

    /// How long a configuration may still wait for something that has to come.
    fn patience(&self, config: &Config, progress: Moment) -> Option<Moment> {
        config
            .due
            .first()
            .map(|(until, _)| until.plus(Duration::from_nanos(1)))
            .or_else(|| silence::must_come(&self.plan, config, &self.turns).then(|| self.spoken_until(progress)))
    }

    /// While one reading of what came still owes something, it may yet prove to be the true one: until when.
    pub fn owing_until(&self, progress: Moment) -> Option<Moment> {
        self.configs.iter().filter_map(|config| self.patience(config, progress)).max()
    }
}
