//! Which responses are drawn: the others need only be no refusal.

use super::Oracle;
use crate::oracle::config::{self, Config};
use crate::oracle::plan::NONE;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Channel, Expectation};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The requests that each client has made of each server, on either channel, and that are not answered: since when, and
/// whether the answer is drawn.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Requests(BTreeMap<(LifelineId, LifelineId, Channel), VecDeque<(Moment, bool)>>);

impl Requests {
    /// A request was made.
    pub fn asked(&mut self, at: Moment, (client, server): (LifelineId, LifelineId), channel: Channel, drawn: bool) {
        self.0.entry((client, server, channel)).or_default().push_back((at, drawn));
    }

    /// How many are not answered.
    pub fn open(&self, client: LifelineId, server: LifelineId, channel: Channel) -> usize {
        self.0.get(&(client, server, channel)).map_or(0, VecDeque::len)
    }

    /// One was answered, or its connection has ended. How many were open until then: at least this one.
    pub fn answered(&mut self, client: LifelineId, server: LifelineId, channel: Channel) -> usize {
        let open = self.0.entry((client, server, channel)).or_default();
        let before = open.len().max(1);
        open.pop_front();
        before
    }

    /// Since when the last is under way whose answer nobody drew.
    pub fn undrawn_since(&self, client: LifelineId, server: LifelineId) -> Option<Moment> {
        let open = self.0.get(&(client, server, Channel::Http))?;
        open.iter().rev().find(|(_, drawn)| !drawn).map(|(since, _)| *since)
    }
}

impl Oracle {
    /// A client that was to ask its echo has no way to: answers have to do.
    pub fn cannot_echo(&mut self, client: LifelineId) {
        self.talk.cannot_echo(client);
    }

    /// Whether the answer to a request is drawn, so that another one is no answer: as many drawn answers are due on this
    /// connection as `open` requests wait for one. Where fewer are, it may answer a request whose answer nobody drew.
    pub(super) fn answer_is_drawn(&mut self, at: Moment, lane: u32, open: usize) -> bool {
        if lane == NONE {
            return false;
        }
        let configs = std::mem::take(&mut self.readings.configs);
        let drawn = configs.iter().all(|config| self.answers_due(at, lane, config) >= open);
        self.readings.configs = configs;
        drawn
    }

    fn answers_due(&mut self, at: Moment, lane: u32, reading: &Config) -> usize {
        let plan = self.plan.clone();
        let is_answer = |arrow: u32| plan.expectation(ArrowId(arrow)).is_some_and(Expectation::is_answer);
        let state = Rc::clone(&reading.lanes[lane as usize]);
        let due = state.emitted.iter().filter(|emission| is_answer(emission.key.0)).count();
        if due > 0 {
            return due;
        }
        // Where the server still has to choose, an answer may be next in what it chooses.
        let next = self.readings.moving(at, |mover| config::next(reading, mover, lane));
        let mut next = next.iter().filter(|candidate| is_answer(candidate.key.0));
        usize::from(next.any(|candidate| !self.readings.taken(at, lane, reading, candidate).configs.is_empty()))
    }
}
