//! How much a connection had to carry at least, and how many turns of its loops are laid out for that.

use crate::oracle::plan::{Plan, Step};
use crate::order::Kind;

/// So many states are laid out at most, beside some for each frame: loops in loops multiply.
const LAID_OUT: usize = 100_000;

/// How many turns of each loop are laid out where it demands more: `wanted`, or as few as fit what may be laid out.
pub(super) fn turns(plan: &Plan, lane: u32, frames: usize, wanted: u32) -> u32 {
    let Some(&root) = plan.lanes.roots.get(lane as usize) else { return wanted };
    let most = LAID_OUT + 4 * frames;
    let mut turns = wanted;
    while turns > 1 && states(plan, root, turns, most) > most {
        turns /= 2;
    }
    turns
}

/// How many states a block has with so many turns of each loop; what is beyond `most` is not counted.
fn states(plan: &Plan, block: u32, turns: u32, most: usize) -> usize {
    let mut all = 0usize;
    for step in &plan.lanes.blocks[block as usize] {
        let blocks = |first: u32, count: u32| {
            (first..first + count).map(|block| states(plan, block, turns, most)).fold(0, usize::saturating_add)
        };
        let more = match *step {
            Step::Receive(_) => 1,
            Step::Choice(id, first) => blocks(first, plan.order.fragment(id).operands.len() as u32),
            Step::Loop(id, body) => match plan.order.fragment(id).kind {
                // A turn that need not be is laid out when it is come to.
                Kind::Loop { min, .. } => blocks(body, 1).saturating_mul(min.clamp(1, turns) as usize),
                Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => 0,
            },
            Step::Par(first, count) => blocks(first, count),
            Step::Enter(_)
            | Step::Leave(_)
            | Step::Forbid(_)
            | Step::Calm(_)
            | Step::AwaitSent(_)
            | Step::AwaitReceived(_)
            | Step::Emit(_)
            | Step::Play(_)
            | Step::Free(_) => 0,
        };
        // Choices, loops and operands side by side are states as well.
        all = all.saturating_add(more).saturating_add(1);
        if all > most {
            break;
        }
    }
    all
}
