//! What silence means: open choices of the server that can be empty are, and what need not be judged is not.

use super::{Config, Decision, Key, Mover, Wait};
use crate::oracle::plan::{LaneKind, NONE, Part, Plan};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, Block, FragmentId, Kind, LifelineId, Node};
use crate::wire::{Channel, Expectation, Expects, Matched, Observed, Viewer};

/// Whether every lane has run to its end and nothing is owed.
pub(in crate::oracle) fn is_over(config: &Config) -> bool {
    config.plays.is_empty()
        && config.flying.is_empty()
        && config.due.is_empty()
        && config.lanes.iter().all(|state| state.is_over())
}

/// Takes open choices of the server as silence, where silence is one of their operands. True where anything moved.
///
/// Where one of them alone stands before something that the tool has to send, the others stay open: what the server may do
/// at any time beside it, it may still do afterwards. So does what may still come, since a time is drawn above it.
pub(in crate::oracle) fn conclude(
    config: &mut Config,
    mover: &mut Mover<'_>,
    may_come: &dyn Fn(ArrowId) -> bool,
) -> bool {
    let mut moved = calm(config, mover);
    let has_come_to =
        |config: &Config, mover: &Mover<'_>, key: Key| !passed_over(mover.plan, config, key).into_iter().any(may_come);
    let all: Vec<Silent> = open(config, mover).filter(|(key, ..)| has_come_to(config, mover, *key)).collect();
    if all.len() > 1
        && let Some(choice) = all.iter().find(|choice| lets_play(config, mover, choice))
    {
        take(config, mover, *choice);
        return true;
    }
    let mut all: Vec<Key> = all.into_iter().map(|(key, ..)| key).collect();
    while !all.is_empty() {
        for key in all {
            if let Some(choice) = silent(config, mover, key) {
                take(config, mover, choice);
                moved = true;
            }
        }
        let next = open(config, mover).map(|(key, ..)| key);
        all = next.filter(|key| has_come_to(config, mover, *key)).collect();
    }
    moved
}

/// What may come or not and silence would pass over now, and what must not come before it is quiet.
pub(in crate::oracle) fn awaited(config: &Config, mover: &Mover<'_>) -> Vec<ArrowId> {
    let mut awaited: Vec<ArrowId> =
        open(config, mover).flat_map(|(key, ..)| passed_over(mover.plan, config, key)).collect();
    let over = is_over(config);
    let inside = |id: ArrowId| mover.plan.order.arrow(id).inside.map(|(fragment, _)| fragment.0);
    let ends = |id: ArrowId, turn: u32| {
        over || inside(id)
            .is_some_and(|fragment| config.lanes.iter().any(|state| state.is_waiting(Wait::Calm((fragment, turn)))))
    };
    let forbidden = config.lanes.iter().flat_map(|state| &state.forbidden);
    awaited.extend(forbidden.filter(|(id, turn)| ends(*id, *turn)).map(|(id, _)| *id));
    awaited
}

/// The messages that the operands of a choice begin with, or the first turn of a loop. A further turn is up to the server:
/// between two of them it is as quiet as at the end.
fn passed_over(plan: &Plan, config: &Config, key: Key) -> Vec<ArrowId> {
    let fragment = plan.order.fragment(FragmentId(key.0));
    let mut first = Vec::new();
    if !matches!(fragment.kind, Kind::Loop { .. }) || config.begun(key, 0) == 0 {
        fragment.operands.iter().for_each(|operand| beginning(plan, &operand.body, &mut first));
    }
    first
}

fn take(config: &mut Config, mover: &mut Mover<'_>, (key, decision, collides): Silent) {
    if collides {
        config.taken_in_silence.push(key);
    }
    config.decide(mover, key, decision);
    calm(config, mover);
}

/// Nothing forbidden came: operands that end only when it is quiet, end.
fn calm(config: &mut Config, mover: &mut Mover<'_>) -> bool {
    let mut moved = false;
    for lane in 0..config.lanes.len() as u32 {
        let waits: Vec<Wait> = config.lanes[lane as usize]
            .waiting
            .iter()
            .map(|(wait, _)| *wait)
            .filter(|wait| matches!(wait, Wait::Calm(_)))
            .collect();
        for wait in waits {
            let state = config.lane(lane);
            if let Some(thread) = state.wake(wait) {
                state.step_over(thread, wait);
                config.run(mover, lane, thread);
                moved = true;
            }
        }
    }
    moved
}

/// A choice of the server that silence decides: which way, and whether the tool takes its own operand by it.
type Silent = (Key, Decision, bool);

/// Whether deciding one choice lets the tool play something.
fn lets_play(config: &Config, mover: &mut Mover<'_>, (key, decision, _): &Silent) -> bool {
    let ready = |config: &Config, mover: &Mover<'_>| {
        config.plays.iter().filter(|((id, _), (count, _))| *count >= mover.plan.lanes_of(ArrowId(*id))).count()
    };
    let before = ready(config, mover);
    let mut tried = config.clone();
    tried.decide(mover, *key, *decision);
    ready(&tried, mover) > before
}

/// The choices that are open and stand before some lane.
fn open(config: &Config, mover: &Mover<'_>) -> impl Iterator<Item = Silent> {
    let mut open: Vec<(u32, u32)> = config
        .lanes
        .iter()
        .flat_map(|state| &state.waiting)
        .filter_map(|(wait, _)| match wait {
            Wait::Choice(key) | Wait::Loop(key) => Some(*key),
            Wait::Sent(_) | Wait::Received(_) | Wait::Receive(_) | Wait::Play(_) | Wait::Calm(_) => None,
        })
        .collect();
    open.sort_unstable();
    open.dedup();
    open.into_iter().filter_map(move |key| silent(config, mover, key))
}

/// What silence makes of a choice; none where that says nothing of it, or where it is decided.
fn silent(config: &Config, mover: &Mover<'_>, key: Key) -> Option<Silent> {
    let fragment = mover.plan.order.fragment(FragmentId(key.0));
    if matches!(config.decided.get(&key), Some(Decision::Operand(_))) {
        return None;
    }
    if !mover.may_decide(&fragment.kind) || !reached(mover.plan, &*mover.turns, config, key) {
        return None;
    }
    if let Kind::Loop { min, .. } = fragment.kind {
        if matches!(config.decided.get(&key), Some(Decision::Turns { closed: true, .. })) {
            return None;
        }
        return Some((key, Decision::Turns { begun: config.begun(key, min), closed: true }, false));
    }
    // The tool's own operand comes first: the author drew it to be played when the server says nothing.
    let drawn = &mover.plan.lanes.drawn;
    let may_be = |index: u32| config.may_be(key, index) && !config.is_hushed(drawn, mover.turns, key, index);
    let operands = || fragment.operands.iter().enumerate().filter(|(index, _)| may_be(*index as u32));
    let tool = operands().find(|(_, operand)| operand.begins.tool && !operand.begins.server);
    let empty = operands().find(|(_, operand)| operand.begins.nothing);
    let (index, collides) = match (tool, empty) {
        (Some((index, _)), _) => (index, true),
        (None, Some((index, _))) => (index, false),
        // Both may begin it: what is open in it is decided next.
        (None, None) => (operands().find(|(_, operand)| operand.begins.tool)?.0, true),
    };
    Some((key, Decision::Operand(index as u32), collides))
}

/// Whether a choice is the server's to make by now: the cause lanes of all that it begins with stand before it, or have
/// passed it freely. Silence about what the server cannot yet have begun says nothing, and neither does an operand that it
/// cannot be any more: a lane that has no part in the others may have gone on.
fn reached(plan: &Plan, turns: &Turns, config: &Config, key: Key) -> bool {
    let is_before = |lane: u32| {
        let state = &config.lanes[lane as usize];
        state.is_waiting(Wait::Choice(key)) || state.is_waiting(Wait::Loop(key))
    };
    let is_behind = |lane: u32, fragment: FragmentId| {
        let place = (fragment.0, turns.outer(key.1, plan.lanes.depth[fragment.0 as usize]));
        config.lanes[lane as usize].passed.iter().any(|(known, _)| *known == place)
    };
    let mut first = Vec::new();
    let operands = plan.order.fragment(FragmentId(key.0)).operands.iter().enumerate();
    let may_be = |index: usize| config.may_be(key, index as u32);
    operands.filter(|(index, _)| may_be(*index)).for_each(|(_, it)| beginning(plan, &it.body, &mut first));
    if !first.is_empty() {
        return first.into_iter().all(|id| {
            let routes = plan.lanes.routes[id.0 as usize];
            // What is passed freely only inside the choice is no sooner there than the choice is decided.
            let free = routes.free.filter(|fragment| !is_within(plan, *fragment, FragmentId(key.0)));
            free.map_or_else(|| is_before(routes.cause), |fragment| is_behind(routes.receive, fragment))
        });
    }
    let holders = plan.lanes.holders.get(&FragmentId(key.0)).into_iter().flatten();
    let mut causes = holders.filter(|lane| matches!(plan.lanes.kinds[**lane as usize], LaneKind::Cause(_))).peekable();
    if causes.peek().is_some() {
        return causes.any(|lane| is_before(*lane));
    }
    let around = std::iter::successors(Some(FragmentId(key.0)), |id| plan.order.fragment(*id).inside.map(|(id, _)| id));
    let mut free = around.filter_map(|id| Some((id, plan.lanes.free.get(&id)?))).peekable();
    free.peek().is_none() || free.any(|(id, lanes)| lanes.iter().any(|lane| is_behind(*lane, id)))
}

/// Whether a fragment stands in another, and is not that.
fn is_within(plan: &Plan, inner: FragmentId, outer: FragmentId) -> bool {
    let around = |id: &FragmentId| plan.order.fragment(*id).inside.map(|(id, _)| id);
    std::iter::successors(around(&inner), around).any(|id| id == outer)
}

/// The messages of the server that a block may begin with.
fn beginning(plan: &Plan, block: &Block, first: &mut Vec<ArrowId>) {
    for node in block {
        match node {
            Node::Arrow(id) => match plan.planned(*id).part {
                Part::Observation if plan.order.arrow(*id).traits.never => {}
                Part::Observation => return first.push(*id),
                Part::Stimulus => return,
                Part::Local | Part::Hidden => {}
            },
            Node::Fragment(id) => {
                plan.order.fragment(*id).operands.iter().for_each(|it| beginning(plan, &it.body, first));
            }
        }
    }
}

/// Whether something has to come although no single arrow is due: every operand of an open choice of the server has
/// something in it, or a message that is on its way in a fragment that its sender may have passed.
pub(in crate::oracle) fn must_come(plan: &Plan, config: &Config, turns: &Turns) -> bool {
    config.lanes.iter().enumerate().any(|(lane, state)| {
        matches!(plan.lanes.kinds[lane], LaneKind::Receive { .. })
            && state.waiting.iter().any(|(wait, _)| match wait {
                Wait::Choice(key) => {
                    let fragment = plan.order.fragment(FragmentId(key.0));
                    let operands = fragment.operands.iter().enumerate();
                    let hushed = |index: u32| config.is_hushed(&plan.lanes.drawn, turns, *key, index);
                    let may_be = |index: u32| config.may_be(*key, index) && !hushed(index);
                    let mut open = operands.filter(|(index, _)| may_be(*index as u32));
                    reached(plan, turns, config, *key)
                        && open.all(|(_, operand)| !operand.begins.nothing && !operand.begins.tool)
                }
                Wait::Receive(key) => {
                    let Some(fragment) = plan.lanes.routes[key.0 as usize].free else { return false };
                    let place = (fragment.0, turns.outer(key.1, plan.lanes.depth[fragment.0 as usize]));
                    state.passed.iter().any(|(known, _)| *known == place)
                }
                Wait::Sent(_) | Wait::Received(_) | Wait::Play(_) | Wait::Loop(_) | Wait::Calm(_) => false,
            })
    })
}

/// Whether a frame that no arrow accounts for is one that is not judged here.
pub(in crate::oracle) fn ignored(
    plan: &Plan,
    config: &Config,
    (client, from, channel): (LifelineId, LifelineId, Channel),
    lane: u32,
    observed: &Observed,
) -> bool {
    let viewer = Viewer { lifeline: plan.knower(client, from), scopes: &[], arrow: 0 };
    // The end of a connection is no frame: only what speaks of ends takes it.
    let ends = matches!(observed, Observed::Close { .. } | Observed::End { .. });
    let fits = |expectation: &Expectation| {
        let place = expectation.channel();
        let speaks = if ends { place == Some(channel) } else { place.is_none_or(|place| place == channel) };
        speaks && !matches!(expectation.matches(observed, &config.memory, viewer), Matched::No)
    };
    let here: &[(FragmentId, bool)] = if lane == NONE { &[] } else { &config.lanes[lane as usize].scopes };
    let forbidden = lane != NONE
        && config.lanes[lane as usize].forbidden.iter().any(|(id, _)| plan.expectation(*id).is_some_and(fits));
    if forbidden {
        return false;
    }
    plan.regions.iter().any(|(id, region)| {
        let active = plan.order.fragment(*id).inside.is_none() || here.iter().any(|(scope, _)| scope == id);
        let spoken_of = || {
            region.frames.iter().any(|(at, expectation)| (at.is_empty() || at.contains(&client)) && fits(expectation))
        };
        // `consider` leaves out the other frames, not the ends.
        active && (if ends { !region.consider && spoken_of() } else { spoken_of() != region.consider })
    }) || plan.ignored.iter().any(fits)
}
