//! Expectations that nobody can tell apart.

use super::{Candidate, Config, Mover, emitted};
use crate::order::ArrowId;

/// Expectations that are alone in their operands of one `par`, or equally far in operands that say the same, stand for one
/// another: the first is taken. Where they follow from different sends, it is the first that may have come by now. True
/// where such a one was left out with `prune`; without it, each is a way of its own.
pub(super) fn drop_twins(
    candidates: &mut Vec<Candidate>,
    config: &Config,
    mover: &Mover<'_>,
    lane: u32,
    prune: bool,
) -> bool {
    if candidates.len() < 2 {
        return false;
    }
    let plan = mover.plan;
    let mut pruned = false;
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates.drain(..) {
        let planned = plan.planned(ArrowId(candidate.key.0));
        let is_twin = |known: &Candidate| {
            let other = plan.planned(ArrowId(known.key.0));
            let same = planned.follows() == other.follows();
            let here = candidate.decisions == known.decisions && candidate.key.1 == known.key.1;
            here && (candidate.key == known.key
                || (planned.chain.is_some() && planned.chain == other.chain)
                || (are_alone_alike(mover, &candidate, known) && (prune || same)))
        };
        let Some(place) = kept.iter().position(is_twin) else {
            kept.push(candidate);
            continue;
        };
        let known = kept[place].key;
        if planned.follows() != plan.planned(ArrowId(known.0)).follows() {
            pruned = true;
            let may_come = |key| emitted(config, mover, lane, key).is_some();
            if !may_come(known) && may_come(candidate.key) {
                kept[place] = candidate;
            }
        }
    }
    *candidates = kept;
    pruned
}

/// Whether two expectations that say the same are alone in their operands of one `par`.
fn are_alone_alike(mover: &Mover<'_>, one: &Candidate, other: &Candidate) -> bool {
    let plan = mover.plan;
    let (one, other) = (ArrowId(one.key.0), ArrowId(other.key.0));
    let (a, b) = (plan.order.arrow(one), plan.order.arrow(other));
    let alone = plan.planned(one).alone;
    alone.is_some()
        && alone == plan.planned(other).alone
        && a.label == b.label
        && (a.from, a.to) == (b.from, b.to)
        && a.traits.is_plain()
        && b.traits.is_plain()
}
