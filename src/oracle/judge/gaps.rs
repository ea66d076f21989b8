//! What a record that is judged again may lack, or have beside what the diagram draws.

use super::Oracle;
use crate::oracle::api::Ready;
use crate::oracle::config::Wait;
use crate::oracle::plan::{LaneKind, NONE, Part};
use crate::oracle::verdict::{Class, Doubt};
use crate::order::{ArrowId, Kind, LifelineId};
use crate::trace::Moment;
use crate::wire::{Channel, Expects as _, Matched, Memory, Observed, Resolved, Viewer};
use rustc_hash::FxHashSet;

impl Oracle {
    /// The record departs here from what the tool would have played of this diagram: from here on it decides nothing, and
    /// what has not come by now may have come. Where it is void, what came before decides nothing either.
    pub fn depart(&mut self, doubt: Doubt, void: bool) {
        self.departure.get_or_insert((doubt, void));
        self.finished = true;
    }

    /// What was told is not the whole of a play of this diagram: what has not come may have come.
    pub(in crate::oracle) fn is_cut(&self) -> bool {
        self.departure.is_some() || !self.is_finished()
    }

    /// Whether something has come that no continuation makes right.
    pub fn has_violation(&self) -> bool {
        !self.record.residue.is_empty() || self.record.mistimed.iter().any(|(.., fault)| fault.class == Class::Early)
    }

    /// What the tool is to send by this moment, whoever has to echo before it.
    pub fn due(&self, at: Moment) -> Vec<Ready> {
        let mut due = self.readings.ready();
        due.retain(|ready| ready.not_before <= at);
        due
    }

    /// Whether an observation is what some arrow that has not come yet draws, wherever it stands: on this connection, or,
    /// where the client is to leave now, on that of another. Who is to leave may also have left.
    pub fn may_come(&self, client: LifelineId, from: LifelineId, channel: Channel, observed: &Observed) -> bool {
        let own = self.lane_of(client, from, channel);
        let leaves = self.readings.ready().iter().any(|ready| {
            let resolved = self.plan.planned(ready.arrow).resolved.as_ref();
            ready.lifeline == client
                && matches!(resolved, Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents))
        });
        if leaves && matches!(observed, Observed::Close { .. } | Observed::End { .. }) {
            return true;
        }
        self.still_drawn(observed).any(|(lane, _)| lane == own || leaves)
    }

    /// What the tool has not sent and would have, had it played this diagram, before an observation could be what an arrow of
    /// its connection draws that has not come yet.
    pub fn unsent_above(
        &self,
        client: LifelineId,
        from: LifelineId,
        channel: Channel,
        observed: &Observed,
    ) -> Vec<ArrowId> {
        let own = self.lane_of(client, from, channel);
        let unsent = |id: &ArrowId| self.plan.planned(*id).part == Part::Stimulus && !self.record.has_sent(*id);
        let drawn = self.still_drawn(observed).filter(|(lane, _)| *lane == own).map(|(_, id)| id);
        let unsent: Vec<ArrowId> = self.plan.order.arrow_ids().map(|(id, _)| id).filter(unsent).collect();
        let is_above = |sent: &ArrowId, id: ArrowId| *sent < id && self.plan.happens_before(*sent, id);
        let above = drawn.flat_map(|id| unsent.iter().copied().filter(move |sent| is_above(sent, id)));
        let mut above: Vec<ArrowId> = above.collect();
        above.sort_unstable();
        above.dedup();
        above
    }

    /// The arrows that draw an observation and have not come yet, or may come again, each with its connection.
    fn still_drawn<'o>(&'o self, observed: &'o Observed) -> impl Iterator<Item = (u32, ArrowId)> + 'o {
        let memory = self.memory().unwrap_or(Memory::nothing());
        let came: FxHashSet<u32> = self.record.matched.iter().map(|(_, key)| key.0).collect();
        let again = |id: ArrowId| {
            let mut around = self.plan.order.arrow(id).inside;
            std::iter::from_fn(|| {
                let fragment = self.plan.order.fragment(around?.0);
                around = fragment.inside;
                Some(matches!(fragment.kind, Kind::Loop { .. }))
            })
            .any(|is_loop| is_loop)
        };
        let fits = move |id: ArrowId| {
            let viewer = Viewer { lifeline: self.plan.knower_at(id), scopes: &[], arrow: id.0 };
            self.plan
                .expectation(id)
                .is_some_and(|expectation| !matches!(expectation.matches(observed, memory, viewer), Matched::No))
        };
        let lanes = self.plan.order.arrow_ids().map(|(id, _)| (self.plan.lanes.routes[id.0 as usize].receive, id));
        lanes.filter(move |(lane, id)| *lane != NONE && (again(*id) || !came.contains(&id.0)) && fits(*id))
    }

    /// Whether an exchange has been begun and is not complete.
    pub fn is_under_way(&self, ready: &Ready) -> bool {
        self.talk.is_under_way((ready.arrow.0, ready.turn))
    }

    /// What is next in this diagram: what the tool has to send, and what each client waits for, in the order of the
    /// drawing.
    pub fn awaited(&self) -> Vec<ArrowId> {
        let Some(config) = self.readings.configs.first() else { return Vec::new() };
        let lanes = self.plan.lanes.kinds.iter().zip(&config.lanes);
        let receives = lanes.filter(|(kind, _)| matches!(kind, LaneKind::Receive { .. }));
        let received = receives.flat_map(|(_, state)| &state.waiting).filter_map(|(wait, _)| match wait {
            Wait::Receive(key) => Some(ArrowId(key.0)),
            Wait::Sent(_) | Wait::Received(_) | Wait::Play(_) | Wait::Choice(_) | Wait::Loop(_) | Wait::Calm(_) => None,
        });
        let mut awaited: Vec<ArrowId> = config.plays.keys().map(|key| ArrowId(key.0)).chain(received).collect();
        awaited.sort_unstable();
        awaited.dedup();
        awaited
    }
}
