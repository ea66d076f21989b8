//! Which responses are drawn: the others need only be no refusal.

use super::Oracle;
use crate::oracle::config::{self, Config};
use crate::oracle::plan::NONE;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Channel, Expectation};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many requests each client has made of each server, on either channel, that are not answered.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Requests(BTreeMap<(LifelineId, LifelineId, Channel), usize>);

impl Requests {
    /// A request was made.
    pub fn asked(&mut self, client: LifelineId, server: LifelineId, channel: Channel) {
        *self.0.entry((client, server, channel)).or_default() += 1;
    }

    /// One was answered. How many were open until then: at least this one.
    pub fn answered(&mut self, client: LifelineId, server: LifelineId, channel: Channel) -> usize {
        let open = self.0.entry((client, server, channel)).or_default();
        let before = (*open).max(1);
        *open = open.saturating_sub(1);
        before
    }
}

impl Oracle {
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
