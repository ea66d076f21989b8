//! What excuses that messages changed places on one connection.

use super::open::{Excuse, some};
use super::pair::Pair;
use super::pairs::Pairs;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::Basis;
use crate::order::ArrowId;
use crate::wire::{Channel, Expects as _, Kinship, Resolved};
use std::collections::BTreeSet;

/// So many frames are looked at for what changed places with one.
const LOOKED_AT: usize = 64;

/// What changed places on one connection: what it follows from may have done so as well, also with the end of the
/// connection on which it came. Where values tell what that is, it is sure; else it may be whatever was sent above.
pub(super) fn excuse(oracle: &Oracle, pairs: &Pairs<'_>, pair: &Pair) -> Excuse {
    let (id, came, plan) = (ArrowId(pair.item?.0), pair.frame?, &oracle.plan);
    let here = plan.lanes.routes[id.0 as usize].receive;
    let is_here = |other: &ArrowId| plan.lanes.routes[other.0 as usize].receive == here;
    let lane: Vec<ArrowId> = plan.order.arrow_ids().map(|(id, _)| id).filter(is_here).collect();
    // What came on the other side of it than is drawn; what had come as drawn before changed places with nothing.
    let matched = &oracle.record.matched;
    let settled: BTreeSet<u32> = matched.iter().map(|(_, key)| key.0).collect();
    let open = |entry: &usize| matched.binary_search_by_key(entry, |(at, _)| *at).is_err();
    let frame =
        |entry: usize| oracle.frame(entry).filter(|(lane, _)| *lane == here).map(|(_, observed)| (entry, observed));
    let frames: Vec<_> = (0..oracle.record.entries.len()).filter(open).filter_map(frame).take(LOOKED_AT).collect();
    let passed = |other: &&ArrowId| {
        let fits = |observed| plan.expectation(**other).is_some_and(|it| it.kinship(observed) == Kinship::SameContent);
        let side = |entry: usize| if **other < id { entry > came } else { entry < came };
        !settled.contains(&other.0) && frames.iter().any(|(entry, observed)| side(*entry) && fits(observed))
    };
    let is_told = |id: ArrowId| plan.planned(id).cause.is_some_and(|it| it.by == Basis::Values);
    let told = is_told(id) && lane.iter().filter(passed).all(|other| is_told(*other));
    let Some(cause) = plan.planned(id).cause.filter(|_| told) else { return some(pairs.around(None).to_vec()) };
    let follows = |arrow: ArrowId| lane.iter().any(|other| pairs.cause(*other) == Some(arrow));
    // It came on a connection that its client was to have ended by then.
    let ends = |arrow: ArrowId| {
        let on = match plan.planned(id).channel {
            Channel::Socket => {
                matches!(plan.planned(arrow).resolved, Some(Resolved::Disconnect | Resolved::Drop))
            }
            Channel::Events => matches!(plan.planned(arrow).resolved, Some(Resolved::DropEvents)),
            Channel::Http => false,
        };
        let later = pairs.sent_before(came).all(|sent| sent != arrow);
        on && later && arrow < id && plan.client(arrow) == plan.client(id)
    };
    let open = pairs.of(cause.arrow).filter(|open| {
        let other = open.other(cause.arrow);
        follows(other) || (other == open.earlier && ends(other))
    });
    some(open.collect())
}
