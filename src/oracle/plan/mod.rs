//! What one scenario asks for, ready to be judged: the order, every arrow resolved, and the lanes.

mod alike;
mod cause;
mod delays;
mod hollow;
mod lanes;
mod layout;
mod looks;
mod needs;
mod planned;
mod resolve;
mod schedule;
mod surroundings;
mod telling;
mod unconnected;
mod witness;

pub(in crate::oracle) use cause::{Drawn, People};
pub(in crate::oracle) use lanes::{LaneKind, Lanes, Look, NONE, Step};
pub use planned::{Basis, Origin, Part, Planned, Resolver};
pub(in crate::oracle) use telling::{Distinctive, FEW};

use super::turns::Turns;
use crate::order::relation::{Relation, Which, relate};
use crate::order::{ArrowId, FragmentId, Kind, LifelineId, Order};
use crate::source::Diagnostic;
use crate::wire::{Channel, Expectation, Resolved};
use alike::Alike;
use delays::{Extents, Places};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A scope in which some frames are not judged.
#[derive(Debug)]
pub(in crate::oracle) struct Region {
    pub consider: bool,
    /// The clients and frames; no client is every client.
    pub frames: Vec<(Vec<LifelineId>, Expectation)>,
}

/// One scenario, ready to be judged.
#[derive(Debug)]
pub struct Plan {
    pub(in crate::oracle) order: Arc<Order>,
    pub(in crate::oracle) planned: Vec<Planned>,
    pub(in crate::oracle) regions: FxHashMap<FragmentId, Region>,
    /// Lanes under the default order, where the whole drawn order of a tested lifeline counts.
    pub(in crate::oracle) lanes: Lanes,
    /// Of receive lanes on which many messages may be next: which of them one that comes can be.
    pub(in crate::oracle) telling: FxHashMap<u32, Distinctive>,
    /// Some arrow or bound asks when others were complete.
    pub(in crate::oracle) timed: bool,
    /// Where so: the first and the last arrow of each fragment.
    pub(in crate::oracle) extents: Extents,
    /// Where so: where in its block each arrow and fragment stands.
    pub(in crate::oracle) places: Places,
    /// Arrows that others wait for by name.
    pub(in crate::oracle) awaited: BTreeSet<ArrowId>,
    /// Frames that are not judged anywhere.
    pub(in crate::oracle) ignored: Vec<Expectation>,
    /// Names that are bound inside loops, by arrow: the name and the innermost loop that holds all its uses.
    scoped: FxHashMap<ArrowId, Vec<(Arc<str>, FragmentId)>>,
    /// Operands of choices and bodies of loops that nobody can tell apart have the same number.
    pub(in crate::oracle) shapes: FxHashMap<(FragmentId, u32), u32>,
    /// Plain sends that are the same on the wire, where there are several.
    pub(in crate::oracle) same_sends: FxHashMap<ArrowId, Arc<[ArrowId]>>,
    /// The longest time after its cause before which some arrow may not come.
    pub(in crate::oracle) longest: Duration,
    /// The innermost `critical` around each arrow, where there is any.
    critical: FxHashMap<ArrowId, FragmentId>,
}

impl Plan {
    /// Resolves every arrow and lays out the lanes.
    ///
    /// # Errors
    /// Everything that stands against a run, all together: labels without a rule, arrows that nobody can play or see.
    pub fn new(
        order: Arc<Order>,
        mode: crate::diagram::OrderMode,
        resolver: &dyn Resolver,
    ) -> Result<Plan, Vec<Diagnostic>> {
        let (plan, problems) = Plan::survey(order, mode, resolver);
        if problems.is_empty() { Ok(plan) } else { Err(problems) }
    }

    /// As far as it can be laid out, and everything that stands against a run: for what can be said without one.
    pub fn survey(
        order: Arc<Order>,
        mode: crate::diagram::OrderMode,
        resolver: &dyn Resolver,
    ) -> (Plan, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let mut planned = Vec::with_capacity(order.arrows.len());
        let mut open: FxHashMap<(LifelineId, LifelineId), Channel> = FxHashMap::default();
        let mut above: Option<ArrowId> = None;
        let mut behind: FxHashMap<LifelineId, Duration> = FxHashMap::default();
        for (id, arrow) in order.arrow_ids() {
            let plan = resolve::resolve(&order, id, arrow, resolver, &mut open, &mut problems);
            let previous = (id.0 > 0).then(|| ArrowId(id.0 - 1));
            if previous.is_none_or(|previous| order.arrow(previous).number != arrow.number) {
                above = previous;
            }
            let tested = arrow.from.lifeline().filter(|_| plan.part == Part::Observation);
            let behind = tested.map(|tested| behind.entry(tested).or_default());
            let before = behind.as_deref().copied().unwrap_or_default();
            if let (Some(behind), Some(after)) = (behind, arrow.traits.after) {
                *behind = (*behind).max(after);
            }
            planned.push(Planned { above, behind: before, ..plan });
        }
        let mut regions = FxHashMap::default();
        for (index, fragment) in order.fragments.iter().enumerate() {
            let id = FragmentId(index as u32);
            match &fragment.kind {
                Kind::Region { consider, frames } => {
                    regions.insert(id, resolve::region(&order, fragment, *consider, frames, resolver, &mut problems));
                }
                Kind::Par => surroundings::mark_alone(id, fragment, &mut planned),
                Kind::Strict => fragment.operands.iter().for_each(|operand| {
                    surroundings::strict(&order, &operand.body, &mut planned, &mut Vec::new());
                }),
                Kind::Choice(_) | Kind::Loop { .. } | Kind::Critical | Kind::Frame => {}
            }
        }
        problems.extend(unconnected::find(&order, &planned));
        if mode != crate::diagram::OrderMode::Diagram {
            needs::wait(&order, &mut planned);
        }
        cause::attribute(&order, &mut planned);
        witness::confirmations(&order, &mut planned);
        let mut lanes = layout::lay_out(&order, &planned, mode);
        let longest = delays::longest(&order);
        let bounded = !order.bounds.is_empty() || order.arrows.iter().any(|arrow| arrow.traits.within.is_some());
        let timed = bounded || !longest.is_zero();
        let extents = if timed { delays::extents(&order) } else { Extents::default() };
        let places = if timed { Places::of(&order) } else { Places::default() };
        let awaited = planned.iter().flat_map(|plan| plan.after.iter().copied()).collect();
        let alike = Alike { order: &order, planned: &planned, awaited: &awaited, resolver };
        let (shapes, same_sends) = (alike.shapes(), alike.sends());
        alike.kin(&mut lanes);
        alike::rows(&order, &shapes, &mut lanes);
        hollow::find(&order, &planned, &mut lanes);
        let telling = telling::find(&order, &planned, &lanes);
        alike::chains(&order, &shapes, &mut planned);
        let scoped = surroundings::scoped_names(&order, &planned, resolver);
        let critical = surroundings::criticals(&order);
        let ignored = resolver.ignored();
        let plan = Plan {
            order,
            planned,
            regions,
            lanes,
            telling,
            timed,
            extents,
            places,
            awaited,
            ignored,
            scoped,
            shapes,
            same_sends,
            longest,
            critical,
        };
        problems.extend(schedule::contradictions(&plan));
        problems.sort_by_key(|problem: &Diagnostic| problem.primary());
        (plan, problems)
    }

    /// The names that an arrow uses and that are fresh in each turn of a loop, with the number of this turn.
    pub(in crate::oracle) fn scopes(&self, arrow: ArrowId, turn: u32, turns: &Turns) -> Vec<(Arc<str>, u32)> {
        let Some(names) = self.scoped.get(&arrow) else { return Vec::new() };
        names
            .iter()
            .map(|(name, around)| (name.clone(), turns.outer(turn, self.lanes.depth[around.0 as usize] + 1)))
            .collect()
    }

    /// Whether two arrows are drawn one after the other: neither beside each other in a `par` nor instead of each other.
    pub(in crate::oracle) fn in_sequence(&self, one: ArrowId, other: ArrowId) -> bool {
        cause::in_sequence(&self.order, one, other)
    }

    /// Whether two arrows stand beside each other in a `par`.
    pub(in crate::oracle) fn beside(&self, one: ArrowId, other: ArrowId) -> bool {
        cause::beside(&self.order, one, other)
    }

    /// Whether one arrow happens, and before another, whenever the other does.
    pub(in crate::oracle) fn happens_before(&self, one: ArrowId, other: ArrowId) -> bool {
        cause::happens_before(&self.order, one, other)
    }

    /// Whether one arrow happens in every turn of the innermost loop around it and another.
    pub(in crate::oracle) fn recurs(&self, one: ArrowId, other: ArrowId) -> bool {
        cause::recurs(&self.order, one, other)
    }

    /// How many loops stand around both of two arrows.
    pub(in crate::oracle) fn shared_loops(&self, one: ArrowId, other: ArrowId) -> u32 {
        cause::shared_loops(&self.order, one, other)
    }

    /// The innermost `critical` around an arrow.
    pub(in crate::oracle) fn critical(&self, arrow: ArrowId) -> Option<FragmentId> {
        self.critical.get(&arrow).copied()
    }

    /// The order that is judged.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The same, shared: for whoever keeps it longer than the plan.
    pub fn shared_order(&self) -> Arc<Order> {
        self.order.clone()
    }

    /// How one arrow takes part.
    pub fn planned(&self, arrow: ArrowId) -> &Planned {
        &self.planned[arrow.0 as usize]
    }

    /// How many lanes come to an arrow of the tool before it may be played: its client's, and the gate where it has one.
    pub(in crate::oracle) fn lanes_of(&self, arrow: ArrowId) -> u8 {
        if self.lanes.routes[arrow.0 as usize].gate == NONE { 1 } else { 2 }
    }

    /// Whether it draws something that must never come.
    pub fn forbids(&self) -> bool {
        self.order.arrow_ids().any(|(_, arrow)| arrow.traits.never)
    }

    /// Whether some send needs the echo of another client.
    pub fn needs_echo(&self) -> bool {
        self.planned.iter().any(|planned| !planned.confirm.is_empty())
    }

    /// One order of this plan as a graph, with the waits that the tool keeps.
    pub fn relate(&self, which: Which) -> Relation {
        relate(&self.order, which, &|id| self.planned(id).channel, &|id| &self.planned(id).after)
    }

    /// Whose connection is remembered where the tool's lifeline and another speak: that of the one who dials.
    pub fn knower(&self, own: LifelineId, other: LifelineId) -> u32 {
        if self.order.serves(own, other) { other.0 } else { own.0 }
    }

    /// The same for an arrow that is played or observed.
    pub(in crate::oracle) fn knower_at(&self, arrow: ArrowId) -> u32 {
        self.client(arrow).map_or(u32::MAX, |(own, other)| self.knower(own, other))
    }

    /// Whether the tool is the server at an arrow that is played or observed.
    pub fn serves(&self, arrow: ArrowId) -> bool {
        self.client(arrow).is_some_and(|(own, other)| self.order.serves(own, other))
    }

    /// Whether the tool plays an arrow.
    pub fn is_stimulus(&self, arrow: ArrowId) -> bool {
        matches!(self.planned(arrow).part, Part::Stimulus | Part::Local)
    }

    /// Whether a send opens the connection of its client on which the server says something.
    pub(in crate::oracle) fn opens_for(&self, sent: ArrowId, said: ArrowId) -> bool {
        witness::opens_for(&self.order, &self.planned, sent, said)
    }

    /// The expectation of an observed arrow.
    pub fn expectation(&self, arrow: ArrowId) -> Option<&Expectation> {
        match &self.planned(arrow).resolved {
            Some(Resolved::Expect(expectation)) => Some(expectation),
            Some(
                Resolved::Connect { .. }
                | Resolved::Disconnect
                | Resolved::Drop
                | Resolved::DropEvents
                | Resolved::Pause
                | Resolved::Resume
                | Resolved::Send(_)
                | Resolved::Answer(_)
                | Resolved::Push(_)
                | Resolved::Close(_)
                | Resolved::Request(_),
            )
            | None => None,
        }
    }

    /// The simulated end and the other end of an arrow that is played or observed.
    pub fn client(&self, arrow: ArrowId) -> Option<(LifelineId, LifelineId)> {
        let drawn = self.order.arrow(arrow);
        let (from, to) = (drawn.from.lifeline()?, drawn.to.lifeline()?);
        match self.planned(arrow).part {
            Part::Stimulus | Part::Local => Some((from, to)),
            Part::Observation => Some((to, from)),
            Part::Hidden => None,
        }
    }
}
