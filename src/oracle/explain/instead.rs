//! Whether a frame that nobody drew may have come instead of something that is drawn and did not come.

use super::pairs::Pairs;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::Part;
use crate::order::{ArrowId, LifelineId};
use crate::wire::{Channel, Expectation, Observed};

/// Whether it may have come instead of any of these, which another order of the sends excuses.
///
/// What is missing on a connection that has ended is missing because of that. So an end stands only for another end, or for
/// what its client was to be answered on its socket; or it came when the play had stopped for lack of something, and its
/// client was to say more and did not: a server need not wait for that.
pub(super) fn of_any(oracle: &Oracle, pairs: &Pairs<'_>, entry: usize, lacking: &[ArrowId]) -> bool {
    let Some(it) = oracle.record.entries[entry].event.received() else { return false };
    if !matches!(it.observed, Observed::Close { .. } | Observed::End { .. }) {
        return !lacking.is_empty();
    }
    let plan = &oracle.plan;
    let place = (LifelineId(it.lifeline), LifelineId(it.from));
    let answer = |id: ArrowId| {
        let asked = || pairs.cause(id).and_then(|cause| plan.client(cause));
        it.channel == Channel::Socket
            && plan.planned(id).channel == Channel::Socket
            && plan.client(id) == Some(place)
            && asked() == Some(place)
    };
    let stands_for = |id: &ArrowId| plan.expectation(*id).is_some_and(Expectation::is_end) || answer(*id);
    let was_to_speak = || {
        let mut stimuli =
            plan.order.arrow_ids().map(|(id, _)| id).filter(|id| plan.planned(*id).part == Part::Stimulus);
        stimuli.any(|id| plan.client(id) == Some(place) && !oracle.record.has_sent(id))
    };
    lacking.iter().any(stands_for) || (!lacking.is_empty() && oracle.had_stopped(entry) && was_to_speak())
}
