//! What stands right above an arrow in its turn, on the way that was taken.

use super::{Config, Decision, Key};
use crate::oracle::plan::{Part, Plan};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, Block, FragmentId, Kind, Node};

/// So many fragments that were passed over may stand between.
const STEPS: usize = 64;

/// A place between two arrows: before this arrow, in this turn.
type Place = (u32, u32);

/// The arrow right above another: in a further turn of a loop that begins with it, the last of the turn before. None where
/// nothing is, or where a choice that is open says what.
pub(super) fn above(config: &Config, plan: &Plan, turns: &Turns, key: Key) -> Option<Key> {
    let walk = Walk { config, plan, turns, key };
    let mut place = key;
    for _ in 0..STEPS {
        match walk.back(place)? {
            Ok(found) => return walk.is_told(found).then_some(found),
            Err(further) => place = further,
        }
    }
    None
}

struct Walk<'a> {
    config: &'a Config,
    plan: &'a Plan,
    turns: &'a Turns,
    /// Below what.
    key: Key,
}

impl Walk<'_> {
    /// The arrow before a place, or a place further above where that was not on the way; none where nobody can tell.
    fn back(&self, (arrow, mut turn): Place) -> Option<Result<Key, Place>> {
        let mut before = arrow.checked_sub(1);
        while let Some((outer, around, count)) = self.turns.innermost(turn) {
            let (first, last) = *self.plan.extents.get(&around)?;
            if first.0 < arrow {
                break;
            }
            if let Some(count) = count.checked_sub(1) {
                before = Some(last.0);
                turn = self.turns.known(outer, around, count)?;
                break;
            }
            turn = outer;
        }
        let before = before?;
        if self.plan.order.arrow(ArrowId(before)).traits.never {
            return Some(Err((before, turn)));
        }
        self.into(before, turn)
    }

    /// From a turn down to an arrow in it, through the fragments around that.
    fn into(&self, arrow: u32, mut turn: u32) -> Option<Result<Key, Place>> {
        let order = &self.plan.order;
        let loops = self.turns.innermost(turn).map(|(_, around, _)| around);
        let all = around(self.plan, arrow);
        let mut around: Vec<(FragmentId, u32)> = all.take_while(|(id, _)| Some(*id) != loops).collect();
        around.reverse();
        for (id, operand) in around {
            let fragment = order.fragment(id);
            let head = self.plan.extents.get(&id)?.0.0;
            if let Some(own) = self.own_operand(id, turn) {
                if own != operand {
                    return Some(Err((head, turn)));
                }
                continue;
            }
            let decided = self.config.decided.get(&(id.0, turn));
            match (&fragment.kind, decided) {
                (Kind::Choice(_), Some(Decision::Operand(taken))) if *taken == operand => {}
                (Kind::Choice(_), Some(Decision::Operand(_))) => {
                    let first = first_of(self.plan, &fragment.operands[operand as usize].body)?;
                    return Some(Err((first.0, turn)));
                }
                (Kind::Loop { .. }, Some(Decision::Turns { begun: 0, closed: true })) => {
                    return Some(Err((head, turn)));
                }
                (Kind::Loop { .. }, Some(Decision::Turns { begun, .. })) => {
                    turn = self.turns.known(turn, id, begun.checked_sub(1)?)?;
                }
                (Kind::Choice(_) | Kind::Loop { .. }, _) => return None,
                (Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame, _) => {}
            }
        }
        Some(Ok((arrow, turn)))
    }

    /// The operand in which the arrow itself stands of a fragment in a turn; none where it is not in it.
    fn own_operand(&self, id: FragmentId, turn: u32) -> Option<u32> {
        let same = self.turns.outer(self.key.1, self.plan.lanes.depth[id.0 as usize]) == turn;
        around(self.plan, self.key.0).find(|(around, _)| *around == id && same).map(|(_, operand)| operand)
    }

    /// Whether it is seen when it happens.
    fn is_told(&self, (arrow, _): Key) -> bool {
        matches!(self.plan.planned(ArrowId(arrow)).part, Part::Stimulus | Part::Observation)
    }
}

/// The fragments around an arrow and the operands that it stands in, from the inside.
fn around(plan: &Plan, arrow: u32) -> impl Iterator<Item = (FragmentId, u32)> {
    let order = &plan.order;
    std::iter::successors(order.arrow(ArrowId(arrow)).inside, |(id, _)| order.fragment(*id).inside)
}

/// The first arrow of a block.
fn first_of(plan: &Plan, body: &Block) -> Option<ArrowId> {
    body.iter().find_map(|node| match node {
        Node::Arrow(id) => Some(*id),
        Node::Fragment(id) => plan.extents.get(id).map(|(first, _)| *first),
    })
}
