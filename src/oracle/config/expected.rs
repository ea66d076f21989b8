//! What a lane waits for that an observation can be.

use super::{LaneState, Wait};
use crate::oracle::plan::{FEW, Plan};
use crate::wire::Observed;
use std::borrow::Cow;

/// What a lane waits for, without the messages that the observation cannot be where that is known without holding it
/// against each.
pub(super) fn expected<'s>(
    plan: &Plan,
    lane: u32,
    state: &'s LaneState,
    observed: Option<&Observed>,
) -> Cow<'s, [(Wait, u32)]> {
    let all = state.waiting.as_slice();
    let telling = plan.telling.get(&lane).filter(|_| all.len() > FEW);
    let (Some(telling), Some(observed)) = (telling, observed) else { return Cow::Borrowed(all) };
    let before = |wait: Wait| all.partition_point(|(known, _)| *known < wait);
    let (from, to) = (before(Wait::Receive((0, 0))), before(Wait::Play((0, 0))));
    let may_be = telling.may_be(observed);
    if may_be.len() >= to - from {
        return Cow::Borrowed(all);
    }
    let mut left = all[..from].to_vec();
    for id in may_be {
        let first = before(Wait::Receive((id.0, 0)));
        let own =
            all[first..].iter().take_while(|(wait, _)| matches!(wait, Wait::Receive((known, _)) if *known == id.0));
        left.extend(own);
    }
    left.extend(&all[to..]);
    Cow::Owned(left)
}
