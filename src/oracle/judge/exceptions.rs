//! Exceptions: what need not be drawn, what must never come, and arrows that are known to fail.

use super::Oracle;
use crate::oracle::config::{Candidate, Config, Key, Wait, silence};
use crate::oracle::plan::{LaneKind, NONE};
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Channel, Expects, Kinship, Matched, Observed, Viewer};
use std::sync::Arc;

/// Something that went wrong where the diagram says that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) struct Excuse {
    /// The arrow.
    pub key: Key,
    /// The frame, where there is one.
    pub entry: Option<usize>,
}

impl Oracle {
    /// What need not be drawn: what an `ignore` speaks of. The end of a connection only where nothing was expected of its
    /// client any more: what is missing then is missing because of it.
    /// So is the end of a client that the tool serves: when nothing is drawn of it any more it may go.
    pub(super) fn excused(
        &mut self,
        place: (LifelineId, Channel),
        from: LifelineId,
        lane: u32,
        observed: &Observed,
    ) -> bool {
        let plan = Arc::clone(&self.plan);
        let before = self.readings.configs.len();
        let ends = matches!(observed, Observed::Close { .. } | Observed::End { .. });
        let served = ends && plan.order.serves(place.0, from);
        let ignored = |config: &Config| {
            if served {
                return self.is_done_with(config, from, lane);
            }
            silence::ignored(&plan, config, (place.0, from, place.1), lane, observed)
                && (!ends || self.idle(config, place.0, lane))
        };
        let live: Vec<bool> = self.readings.configs.iter().map(ignored).collect();
        if !live.contains(&true) {
            return false;
        }
        let mut live = live.into_iter();
        self.readings.configs.retain(|_| live.next().unwrap_or(false));
        before >= self.readings.configs.len()
    }

    /// Whether nothing is expected of a client that the tool serves, nor to be said to it any more.
    fn is_done_with(&self, config: &Config, client: LifelineId, lane: u32) -> bool {
        let kinds = self.plan.lanes.kinds.iter().zip(&config.lanes);
        let mut gates = kinds.filter(|(kind, _)| **kind == LaneKind::Gate(client)).peekable();
        let gated = gates.peek().is_some();
        let over = gates.all(|(_, state)| state.is_over());
        gated && over && (lane == NONE || config.lanes[lane as usize].is_over())
    }

    /// Whether nothing is expected of a client or to be sent by it any more.
    fn idle(&self, config: &Config, client: LifelineId, lane: u32) -> bool {
        let kinds = &self.plan.lanes.kinds;
        let tool_over = kinds
            .iter()
            .zip(&config.lanes)
            .filter(|(kind, _)| **kind == LaneKind::Tool(client))
            .all(|(_, state)| state.is_over());
        tool_over && (lane == NONE || config.lanes[lane as usize].is_over())
    }

    pub(super) fn forbidden(&self, lane: u32, observed: &Observed) -> Option<ArrowId> {
        let config = self.readings.configs.first()?;
        let state = config.lanes.get(lane as usize)?;
        let found = state.forbidden.iter().find(|(id, turn)| {
            self.plan.expectation(*id).is_some_and(|expectation| {
                let scopes = self.plan.scopes(*id, *turn, &self.readings.turns);
                let viewer = Viewer { lifeline: self.plan.knower_at(*id), scopes: &scopes, arrow: id.0 };
                matches!(expectation.matches(observed, &config.memory, viewer), Matched::Yes(_))
            })
        });
        found.map(|(id, _)| *id)
    }

    /// A frame at an arrow that is known to fail: of its type while it is expected, or once more after it.
    pub(super) fn known_failure(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        let plan = Arc::clone(&self.plan);
        let known = |id: ArrowId| plan.order.arrow(id).traits.known_failure.is_some();
        if self.behind_known_failures(at, entry, lane, observed) {
            return true;
        }
        let Some(config) = self.readings.configs.first() else { return false };
        let state = &config.lanes[lane as usize];
        let expected = state.emitted.iter().map(|emission| emission.key).find(|key| {
            known(ArrowId(key.0))
                && plan
                    .expectation(ArrowId(key.0))
                    .is_some_and(|expectation| expectation.kinship(observed) >= Kinship::SameType)
        });
        if let Some(key) = expected.filter(|key| state.is_waiting(Wait::Receive(*key))) {
            self.excuses.push(Excuse { key, entry: Some(entry) });
            self.skip(at, lane, key);
            return true;
        }
        let last = self.record.matched.iter().rev().find(|(at, _)| self.frame(*at).is_some_and(|(on, _)| on == lane));
        match last {
            Some((_, key)) if known(ArrowId(key.0)) => {
                self.excuses.push(Excuse { key: *key, entry: Some(entry) });
                true
            }
            Some(_) | None => false,
        }
    }

    /// Whether a frame is as drawn once the known failures before it are passed over: then they did not come.
    fn behind_known_failures(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        let plan = Arc::clone(&self.plan);
        let mut before = None;
        let mut passed: Vec<Key> = Vec::new();
        while let Some(config) = self.readings.configs.first() {
            let state = &config.lanes[lane as usize];
            let waits = |key: &Key| {
                plan.order.arrow(ArrowId(key.0)).traits.known_failure.is_some() && state.is_waiting(Wait::Receive(*key))
            };
            let Some(key) = state.emitted.iter().map(|emission| emission.key).find(waits) else { break };
            before.get_or_insert_with(|| self.readings.configs.clone());
            self.skip(at, lane, key);
            passed.push(key);
            if self.account(at, entry, lane, observed) {
                self.excuses.extend(passed.into_iter().map(|key| Excuse { key, entry: None }));
                return true;
            }
        }
        if let Some(before) = before {
            self.readings.configs = before;
        }
        false
    }

    /// Goes on as if an expectation had been met.
    fn skip(&mut self, at: Moment, lane: u32, key: Key) {
        let candidate = Candidate { key, decisions: Vec::new(), binds: Vec::new() };
        self.readings.each_config(at, |config, mover| config.receive(mover, lane, &candidate, (at, None)));
        self.readings.merge();
        self.take_notes();
    }

    /// Expectations that are overdue and known to fail are passed over.
    pub fn skip_known_failures(&mut self, now: Moment) {
        let plan = Arc::clone(&self.plan);
        let Some(config) = self.readings.configs.first() else { return };
        let overdue = config.due.iter().take_while(|(until, _)| *until < now);
        let known: Vec<Key> = overdue
            .map(|(_, key)| *key)
            .filter(|key| plan.order.arrow(ArrowId(key.0)).traits.known_failure.is_some())
            .collect();
        for key in &known {
            self.excuses.push(Excuse { key: *key, entry: None });
            self.skip(now, plan.lanes.routes[key.0 as usize].receive, *key);
        }
    }
}
