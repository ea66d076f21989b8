//! Which arrow causes a message.

use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::Part;
use crate::oracle::verdict::{By, Cause};
use crate::order::{ArrowId, FragmentId, Kind};
use crate::trace::{Event, Moment};
use crate::wire::Channel;
use std::time::Duration;

/// What a message follows from, and when that was sent in the same turn: what labels or its client tell, else the nearest
/// arrow above that the tool sent to the same lifeline; what stands beside it in a `par` is not above it.
pub(super) fn sent(oracle: &Oracle, key: Key) -> Option<Cause> {
    let id = ArrowId(key.0);
    let (_, tested) = oracle.plan.client(id)?;
    let found = oracle.plan.planned(id).cause.filter(|found| !is_behind_a_dial(oracle, found.arrow, id));
    let found = || found.and_then(|found| sends(oracle, key).find(|cause| cause.arrow == found.arrow));
    let to_same = |id: ArrowId| oracle.plan.client(id).is_some_and(|(_, to)| to == tested);
    let above = |sent: ArrowId| sent < id && !oracle.plan.beside(sent, id);
    let nearest = || sends(oracle, key).find(|cause| above(cause.arrow) && to_same(cause.arrow));
    let optional = || sends(oracle, key).find(|cause| oracle.plan.planned(id).optional.contains(&cause.arrow));
    beside(oracle, key).or_else(found).or_else(optional).or_else(nearest)
}

/// Whether a client that the tool serves has to dial between something that it is told and something that it says: then what it
/// is told on the new connection is nearer, and its time counts from that.
fn is_behind_a_dial(oracle: &Oracle, told: ArrowId, said: ArrowId) -> bool {
    let plan = &oracle.plan;
    let opens = |id: ArrowId| {
        let opened = plan.expectation(id).and_then(crate::wire::Expectation::opens);
        opened == Some(Channel::Socket) && plan.client(id) == plan.client(said)
    };
    plan.serves(said)
        && plan.planned(said).channel == Channel::Socket
        && (told.0 + 1..said.0).map(ArrowId).any(opens)
        && (told.0 + 1..said.0)
            .rev()
            .map(ArrowId)
            .take_while(|id| !opens(*id))
            .any(|id| plan.is_stimulus(id) && plan.client(id) == plan.client(said))
}

/// What the tool sent, the last first; before all of that, what it sent in the turns in which a message stands.
fn sends(oracle: &Oracle, of: Key) -> impl Iterator<Item = Cause> {
    let cause = |(key, at): &(Key, Moment)| Cause { arrow: ArrowId(key.0), complete: Some(*at), by: By::Drawn };
    let turns = &oracle.readings.turns;
    let in_turn = move |(key, _): &&(Key, Moment)| {
        let loops = oracle.plan.shared_loops(ArrowId(key.0), ArrowId(of.0));
        turns.outer(key.1, loops) == turns.outer(of.1, loops)
    };
    let all = || oracle.record.sends.iter().rev();
    all().filter(in_turn).chain(all()).map(cause)
}

/// From what the time of a message counts that its sender begins of its own accord, where that is no send: from what came
/// before it on its connection, as of each turn of a loop but the first.
pub(super) fn before(oracle: &Oracle, entry: usize, key: Key, measured: Duration) -> Option<Cause> {
    let (plan, record) = (&oracle.plan, &oracle.record);
    let routes = plan.lanes.routes[key.0 as usize];
    routes.free?;
    let on_lane = |at: usize| oracle.frame(at).is_some_and(|(lane, _)| lane == routes.receive);
    let (came, above) = record.matched.iter().rev().find(|(at, _)| *at < entry && on_lane(*at))?;
    let sent = sent(oracle, key).map(|cause| cause.arrow.0);
    let is_cause = |event: &Event| sent.is_some() && event.sent() == sent;
    let since = record.entries[*came].at;
    let counts = record.entries[entry].at.since(since) == measured
        && record.entries[..*came].iter().any(|entry| is_cause(&entry.event));
    counts.then_some(Cause { arrow: ArrowId(above.0), complete: Some(since), by: By::Drawn })
}

/// A send that is drawn beside a message in a `par` and says what that says, and what it follows from by the drawing does
/// not.
fn beside(oracle: &Oracle, key: Key) -> Option<Cause> {
    let (plan, id) = (&oracle.plan, ArrowId(key.0));
    if plan
        .order()
        .around(plan.order().arrow(id))
        .all(|(fragment, _)| plan.order().fragment(fragment).kind != Kind::Par)
    {
        return None;
    }
    let said = |id: ArrowId| plan.planned(id).hole_texts();
    let known = plan.planned(id).cause.map(|cause| said(cause.arrow)).unwrap_or_default();
    let wanted: Vec<&str> = said(id).into_iter().filter(|text| !known.contains(text)).collect();
    let says = |sent: ArrowId| said(sent).iter().any(|text| wanted.contains(text));
    sends(oracle, key).find(|cause| !wanted.is_empty() && plan.beside(cause.arrow, id) && says(cause.arrow))
}

/// Whether the last that a client sent above what it gets says some of the same, or something that it sends beside that: then
/// the server may have computed all of it for that.
pub(super) fn asked(oracle: &Oracle, id: ArrowId) -> bool {
    let plan = &oracle.plan;
    let said = |id: ArrowId| plan.planned(id).hole_texts();
    let own = |other: &ArrowId| plan.is_stimulus(*other) && plan.client(*other) == plan.client(id);
    let says = |own: ArrowId| said(own).iter().any(|text| said(id).contains(text));
    let above = (0..id.0).rev().map(ArrowId).find(|other| own(other) && !plan.beside(*other, id));
    let mut beside =
        plan.order.arrow_ids().map(|(other, _)| other).filter(|other| own(other) && plan.beside(*other, id));
    above.is_some_and(says) || beside.any(says)
}

/// The nearest arrow above that this message has to wait for and that was never sent; none where only a choice would
/// tell whether there is one.
pub(super) fn owing(oracle: &Oracle, key: Key) -> Option<Cause> {
    let (plan, order) = (&oracle.plan, oracle.plan.order());
    let never_sent = |id: ArrowId| !oracle.record.has_sent(id);
    if let Some(found) = plan.planned(ArrowId(key.0)).cause.filter(|found| never_sent(found.arrow)) {
        return Some(Cause { arrow: found.arrow, complete: None, by: By::Drawn });
    }
    let lane = plan.lanes.routes[key.0 as usize].cause;
    let around: Vec<(FragmentId, u32)> = order.around(order.arrow(ArrowId(key.0))).collect();
    let owed = |above: &ArrowId| {
        let awaited = plan.planned(*above).part == Part::Stimulus && plan.lanes.routes[above.0 as usize].cause == lane;
        let turn = if awaited { turn_of(oracle, key.1, &around, *above) } else { None };
        turn.is_some_and(|turn| oracle.record.sends.iter().all(|(sent, _)| *sent != (above.0, turn)))
    };
    let arrow = (0..key.0).rev().map(ArrowId).find(owed)?;
    Some(Cause { arrow, complete: None, by: By::Drawn })
}

/// The turn of an arrow above that something in this turn and inside these fragments has to wait for; none where the
/// arrow is beside it, or need not happen.
fn turn_of(oracle: &Oracle, turn: u32, around: &[(FragmentId, u32)], above: ArrowId) -> Option<u32> {
    let order = oracle.plan.order();
    let mut shared: &[(FragmentId, u32)] = &[];
    for (fragment, operand) in order.around(order.arrow(above)) {
        if let Some(place) = around.iter().position(|(known, _)| *known == fragment) {
            if around[place].1 != operand {
                return None;
            }
            shared = &around[place..];
            break;
        }
        if matches!(order.fragment(fragment).kind, Kind::Choice(_) | Kind::Loop { .. }) {
            return None;
        }
    }
    let loops = shared.iter().filter(|(fragment, _)| matches!(order.fragment(*fragment).kind, Kind::Loop { .. }));
    Some(oracle.readings.turns.outer(turn, loops.count() as u32))
}
