//! Since when a message may be on its way, and what its sender must have decided for that.

use super::leave::{Leave, leaving};
use super::nearest::{self, Nearest, narrowed};
use super::ways::possible;
use super::{Config, Decision, Key, Mover, Wait};
use crate::oracle::plan::{Look, NONE};
use crate::order::{ArrowId, FragmentId, Kind};
use crate::trace::Moment;

/// How many further turns of the sender's loops may stand before one message.
const TURNS: usize = 64;
/// How many ways to decide the sender's choices before one message are tried.
const WAYS: usize = 4_096;

/// The configurations in which a message may be on its way.
#[derive(Debug)]
pub(in crate::oracle) struct Reached {
    /// Every one.
    pub configs: Vec<Config>,
    /// False where there are more ways than are tried.
    pub complete: bool,
    /// Nothing was found within the turns that are tried.
    pub cut: bool,
    /// How many ways were tried.
    pub ways: usize,
}

/// Since when a message may have been on its way; none where its cause is not complete.
pub(in crate::oracle) fn emitted(config: &Config, mover: &Mover<'_>, lane: u32, key: Key) -> Option<Leave> {
    let state = &config.lanes[lane as usize];
    let looked = looked_up(config, mover, key);
    if looked == Some(None) {
        return None;
    }
    let looked = looked.flatten();
    if let Some(emission) = state.emitted.iter().find(|emission| emission.key == key) {
        let (since, owed) = (looked.unwrap_or(emission.since.sent), Some(emission.since.over));
        return Some(leaving(config, mover, (lane, key), (since, owed), emission.above));
    }
    let passed = mover.plan.lanes.routes[key.0 as usize].free.and_then(|fragment| {
        let depth = mover.plan.lanes.depth[fragment.0 as usize];
        let place = (fragment.0, mover.turns.outer(key.1, depth));
        let (_, stamp) = state.passed.iter().rev().find(|(known, _)| *known == place)?;
        // Only a further turn has its time from the turn before.
        let id = ArrowId(key.0);
        let turn = state.last_received.filter(|_| mover.plan.shared_loops(id, id) > depth);
        Some((stamp.sent, turn.map_or(stamp.over, |last| last.max(stamp.over))))
    });
    let owed = passed.map(|(_, over)| over);
    let since = looked.or(passed.map(|(sent, _)| sent));
    since.map(|since| leaving(config, mover, (lane, key), (since, owed), None))
}

/// When the cause of a message that is looked up was sent, or that it was not; none where its lane tells. Where something
/// was sent that it may follow from and that need not have been sent, it is that.
pub(in crate::oracle) fn looked_up(config: &Config, mover: &Mover<'_>, key: Key) -> Option<Option<Moment>> {
    match (certain(config, mover, key), optional(config, mover, key)) {
        (certain, None) => certain,
        (Some(Some(since)), Some(at)) => Some(Some(since.min(at))),
        (Some(None) | None, Some(at)) => Some(Some(at)),
    }
}

/// Choices and loops that are open and of which one has to be decided before a message may come; none where it may come
/// whichever way.
pub(in crate::oracle) fn open_above(config: &Config, mover: &Mover<'_>, key: Key) -> Vec<Key> {
    if optional(config, mover, key).is_some() { Vec::new() } else { nearest::open_above(config, mover, key) }
}

/// When the first was sent that a message may follow from and that need not have been sent; none where none was.
fn optional(config: &Config, mover: &Mover<'_>, key: Key) -> Option<Moment> {
    let optional = mover.plan.lanes.optional.get(&key.0)?;
    let sent = optional.iter().flat_map(|(arrow, shared)| {
        let all = config.sent.range((arrow.0, 0)..=(arrow.0, u32::MAX));
        let above = |turn: u32| mover.turns.is_no_later(turn, key.1, *shared);
        all.filter(move |((_, turn), _)| above(*turn)).map(|(_, at)| *at)
    });
    sent.min()
}

/// The same, of what has to be sent before the message is due.
fn certain(config: &Config, mover: &Mover<'_>, key: Key) -> Option<Option<Moment>> {
    let lanes = &mover.plan.lanes;
    Some(match *lanes.looks.get(&key.0)? {
        Look::Sent(arrow, depth) => config.sent.get(&(arrow.0, mover.turns.outer(key.1, depth))).copied(),
        Look::Nearest(tested) => Nearest::new(config, mover, tested).since(key),
    })
}

/// Every configuration in which this message may be on its way, after the sender's open choices before it are decided.
pub(in crate::oracle) fn reach(config: Config, mover: &mut Mover<'_>, lane: u32, key: Key) -> Reached {
    let mut reached = Reached { configs: Vec::new(), complete: true, cut: false, ways: 1 };
    let mut open = vec![(config, 0usize)];
    let cause = mover.plan.lanes.routes[key.0 as usize].cause;
    while let Some((config, turns)) = open.pop() {
        let leave = emitted(&config, mover, lane, key);
        let above = leave.map(|_| open_above(&config, mover, key)).unwrap_or_default();
        if leave.is_some() && above.is_empty() {
            reached.configs.push(config);
            continue;
        }
        reached.ways += 1;
        if reached.ways > WAYS {
            reached.complete = false;
            break;
        }
        let look = mover.plan.lanes.looks.get(&key.0);
        if let (false, Some(Look::Nearest(tested))) = (above.is_empty(), look) {
            for above in above {
                let ways = narrowed(config.clone(), mover, *tested, above);
                open.extend(ways.into_iter().map(|config| (config, turns)));
            }
            continue;
        }
        // What is looked up is not there sooner for anything that is decided.
        if cause == NONE || look.is_some() {
            continue;
        }
        let waiting: Vec<Wait> = config.lanes[cause as usize].waiting.iter().map(|(wait, _)| *wait).collect();
        for wait in waiting {
            match wait {
                Wait::Choice(at) => {
                    let fragment = mover.plan.order.fragment(FragmentId(at.0));
                    if !mover.may_decide(&fragment.kind) {
                        continue;
                    }
                    let open_to = (&mover.plan.lanes.drawn, &*mover.turns);
                    let operands: Vec<u32> = possible(&config, fragment, at, open_to).collect();
                    for operand in operands {
                        let mut next = config.clone();
                        next.decide(mover, at, Decision::Operand(operand));
                        open.push((next, turns));
                    }
                    break;
                }
                Wait::Loop(at) => {
                    let fragment = mover.plan.order.fragment(FragmentId(at.0));
                    let Kind::Loop { max, .. } = fragment.kind else { continue };
                    if !mover.may_decide(&fragment.kind) {
                        continue;
                    }
                    let begun = config.begun(at, 0);
                    let mut exit = config.clone();
                    exit.decide(mover, at, Decision::Turns { begun, closed: true });
                    open.push((exit, turns));
                    let hushed = config.is_hushed(&mover.plan.lanes.drawn, mover.turns, at, 0);
                    if max.is_none_or(|max| begun < max) && !hushed {
                        reached.cut |= turns >= TURNS;
                        if turns < TURNS {
                            let mut enter = config.clone();
                            let decision = Decision::Turns { begun: begun + 1, closed: Some(begun + 1) == max };
                            enter.decide(mover, at, decision);
                            open.push((enter, turns + 1));
                        }
                    }
                    break;
                }
                Wait::Sent(_) | Wait::Received(_) | Wait::Receive(_) | Wait::Play(_) | Wait::Calm(_) => {}
            }
        }
    }
    reached.cut &= reached.configs.is_empty();
    reached
}
