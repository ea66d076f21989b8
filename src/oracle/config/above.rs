//! What stands right above an arrow in its turn on the way that was taken, and the delays that are drawn in between.

use super::{Config, Decision, Key};
use crate::oracle::plan::{Part, Plan};
use crate::oracle::turns::Turns;
use crate::order::{ArrowId, Chooser, Fragment, FragmentId, Kind, Node};
use std::time::Duration;

/// So many nodes that were passed over may stand between.
const STEPS: usize = 256;

/// Which of the delays above an arrow count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Count {
    /// Those that stand there on every way that is still possible.
    Least,
    /// Also those above what is open and may be left out.
    Most,
    /// The same, of what is to be waited for from now on: where silence told that something was left out, it was listened
    /// through the delays above that.
    Wait,
}

/// What stands above an arrow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above {
    /// The arrow: in a further turn of a loop that begins with the other, one of the turn before. None where nothing is, or
    /// where a choice that is open says what.
    pub key: Option<Key>,
    /// The delays that are drawn from there.
    pub delay: Duration,
}

/// What stands right above an arrow. A fragment of which nothing was taken is as one that is not drawn, and what is above it
/// is above what follows it.
pub(super) fn above(config: &Config, plan: &Plan, turns: &Turns, key: Key, count: Count) -> Above {
    let mut walk = Walk { config, plan, turns, count, delay: Duration::ZERO, steps: STEPS };
    let found = if plan.timed { walk.from(key) } else { Found::Unknown };
    let key = match found {
        Found::Arrow(key) if walk.is_visible(key) => Some(key),
        Found::Arrow(_) | Found::Nothing | Found::Unknown => None,
    };
    Above { key, delay: walk.delay }
}

/// The delays that are drawn above an arrow on the way that was taken; none where there are none.
pub(in crate::oracle) fn delay(
    config: &Config,
    plan: &Plan,
    turns: &Turns,
    key: Key,
    count: Count,
) -> Option<Duration> {
    Some(above(config, plan, turns, key, count).delay).filter(|delay| !delay.is_zero())
}

/// What the way up through a block meets.
enum Found {
    Arrow(Key),
    /// Its top.
    Nothing,
    /// What is open, or too far away.
    Unknown,
}

struct Walk<'a> {
    config: &'a Config,
    plan: &'a Plan,
    turns: &'a Turns,
    count: Count,
    /// What was met so far.
    delay: Duration,
    steps: usize,
}

impl Walk<'_> {
    /// Up from an arrow, out of the fragments around it.
    fn from(&mut self, (arrow, mut turn): Key) -> Found {
        let plan = self.plan;
        let own = plan.order.arrow(ArrowId(arrow));
        self.delay += own.traits.drawn;
        let (mut inside, mut place) = (own.inside, plan.places.arrows[arrow as usize]);
        loop {
            let body = match inside {
                Some((id, operand)) => &plan.order.fragment(id).operands[operand as usize].body,
                None => &plan.order.root,
            };
            let found = self.body(&body[..place as usize], turn);
            let (Found::Nothing, Some((id, _))) = (&found, inside) else { return found };
            let fragment = plan.order.fragment(id);
            if let Kind::Loop { .. } = fragment.kind {
                let Some((outer, _, count)) = self.turns.innermost(turn) else { return Found::Unknown };
                let found = self.turns_before((id, outer), count);
                if !matches!(found, Found::Nothing) {
                    return found;
                }
                turn = outer;
            }
            self.delay += fragment.delay;
            (inside, place) = (fragment.inside, plan.places.fragments[id.0 as usize]);
        }
    }

    /// Up through nodes of one block.
    fn body(&mut self, nodes: &[Node], turn: u32) -> Found {
        for node in nodes.iter().rev() {
            let Some(steps) = self.steps.checked_sub(1) else { return Found::Unknown };
            self.steps = steps;
            let above = match *node {
                Node::Arrow(id) => {
                    let traits = &self.plan.order.arrow(id).traits;
                    if !traits.never {
                        return Found::Arrow((id.0, turn));
                    }
                    traits.drawn
                }
                Node::Fragment(id) => match self.fragment(id, turn) {
                    Found::Nothing => self.plan.order.fragment(id).delay,
                    found => return found,
                },
            };
            self.delay += above;
        }
        Found::Nothing
    }

    fn operand(&mut self, fragment: &Fragment, operand: u32, turn: u32) -> Found {
        let Some(operand) = fragment.operands.get(operand as usize) else { return Found::Nothing };
        self.delay += operand.below;
        self.body(&operand.body, turn)
    }

    /// Up through a fragment, from its end.
    fn fragment(&mut self, id: FragmentId, turn: u32) -> Found {
        let fragment = self.plan.order.fragment(id);
        let decided = self.config.decided.get(&(id.0, turn)).copied();
        let before = self.delay;
        match (&fragment.kind, decided) {
            (Kind::Choice(chooser), Some(Decision::Operand(taken))) => {
                let found = self.operand(fragment, taken, turn);
                let mut others = fragment.operands.iter().enumerate().filter(|(index, _)| *index as u32 != taken);
                self.left_out(*chooser, others.any(|(_, other)| other.begins.nothing).then_some(before), found)
            }
            (Kind::Loop { min, chooser, .. }, Some(Decision::Turns { begun, closed })) if closed || begun > 0 => {
                let found = self.turns_before((id, turn), begun);
                self.left_out(*chooser, (*min == 0).then_some(before), found)
            }
            (Kind::Choice(_), _) => self.open(fragment.operands.iter().any(|operand| operand.begins.nothing)),
            (Kind::Loop { min, .. }, _) => self.open(*min == 0),
            (Kind::Par, _) => {
                for operand in (0..fragment.operands.len() as u32).rev() {
                    let found = self.operand(fragment, operand, turn);
                    if !matches!(found, Found::Nothing) {
                        return found;
                    }
                    // It is not below the other operands.
                    self.delay = before;
                }
                Found::Nothing
            }
            (Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame, _) => self.operand(fragment, 0, turn),
        }
    }

    /// Up through turns of a loop, from the last before this one.
    fn turns_before(&mut self, (id, outer): (FragmentId, u32), count: u32) -> Found {
        for count in (0..count).rev() {
            let Some(turn) = self.turns.known(outer, id, count) else { return Found::Unknown };
            let found = self.operand(self.plan.order.fragment(id), 0, turn);
            if !matches!(found, Found::Nothing) {
                return found;
            }
        }
        Found::Nothing
    }

    /// Past a choice or loop in which nothing was said. Where it may as well be left out as a whole, what is drawn in it is
    /// not certain.
    fn left_out(&mut self, chooser: Chooser, outside: Option<Duration>, found: Found) -> Found {
        if !matches!(found, Found::Nothing) {
            return found;
        }
        self.delay = outside.unwrap_or(self.delay);
        let listened = matches!(chooser, Chooser::Server | Chooser::Mixed) && self.count == Count::Wait;
        if listened { Found::Unknown } else { Found::Nothing }
    }

    /// Past a choice or loop that is not decided.
    fn open(&self, may_be_nothing: bool) -> Found {
        if may_be_nothing && self.count != Count::Least { Found::Nothing } else { Found::Unknown }
    }

    /// Whether it is seen when it happens.
    fn is_visible(&self, (arrow, _): Key) -> bool {
        matches!(self.plan.planned(ArrowId(arrow)).part, Part::Stimulus | Part::Observation)
    }
}
