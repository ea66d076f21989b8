//! Expectations that nobody can tell apart.

use super::{Candidate, Mover};
use crate::order::ArrowId;

/// Expectations that are alone in their operands of one `par`, or equally far in operands that say the same, stand for one
/// another: the first is taken.
pub(super) fn drop_twins(candidates: &mut Vec<Candidate>, mover: &Mover<'_>) {
    if candidates.len() < 2 {
        return;
    }
    let plan = mover.plan;
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates.drain(..) {
        let id = ArrowId(candidate.key.0);
        let arrow = plan.order.arrow(id);
        let twin = kept.iter().any(|known| {
            if known.key == candidate.key && known.decisions == candidate.decisions {
                return true;
            }
            let other = plan.order.arrow(ArrowId(known.key.0));
            let (a, b) = (plan.planned(id), plan.planned(ArrowId(known.key.0)));
            let here = candidate.key.1 == known.key.1 && candidate.decisions == known.decisions;
            if here && a.chain.is_some() && a.chain == b.chain {
                return true;
            }
            a.alone.is_some()
                && a.alone == b.alone
                && candidate.key.1 == known.key.1
                && candidate.decisions == known.decisions
                && arrow.label == other.label
                && arrow.from == other.from
                && arrow.to == other.to
                && arrow.traits.is_plain()
                && other.traits.is_plain()
        });
        if !twin {
            kept.push(candidate);
        }
    }
    *candidates = kept;
}
