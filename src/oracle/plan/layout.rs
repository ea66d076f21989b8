//! Lays an order out as lanes.

use super::lanes::{LaneKind, Lanes, NONE, Routes, Step};
use super::planned::{Part, Planned};
use crate::diagram::OrderMode;
use crate::order::{ArrowId, Block, FragmentId, Kind, Node, Order};
use crate::wire::{Channel, Resolved};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// Steps by lane.
type Parts = FxHashMap<u32, Vec<Step>>;
/// The steps of one lane in the operands in which it has any.
type Bodies = Vec<(u32, Vec<Step>)>;

struct Layout<'a> {
    order: &'a Order,
    planned: &'a [Planned],
    mode: OrderMode,
    lanes: Lanes,
    ids: FxHashMap<LaneKind, u32>,
    free: FxHashSet<(u32, FragmentId)>,
    /// Of each loop that a `break` ends: the lanes that have part in it and cannot run through it.
    ended: FxHashMap<FragmentId, BTreeSet<LaneKind>>,
}

/// Lays the order out for one mode.
pub(super) fn lay_out(order: &Order, planned: &[Planned], mode: OrderMode) -> Lanes {
    let lanes = Lanes {
        routes: vec![Routes { cause: NONE, receive: NONE, tool: NONE, gate: NONE, free: None }; order.arrows.len()],
        depth: loop_depths(order),
        ..Lanes::default()
    };
    let ended = ended(order, planned, mode);
    let mut layout =
        Layout { order, planned, mode, lanes, ids: FxHashMap::default(), free: FxHashSet::default(), ended };
    let mut parts = layout.block(&order.root);
    for lane in 0..layout.lanes.kinds.len() as u32 {
        let steps = parts.remove(&lane).unwrap_or_default();
        let root = layout.store(steps);
        layout.lanes.roots.push(root);
    }
    layout.mark_free();
    super::looks::find(order, planned, mode, &mut layout.lanes);
    layout.lanes
}

/// The lanes that have part in each loop that a `break` ends; a cause lane where it waits for something in it.
fn ended(order: &Order, planned: &[Planned], mode: OrderMode) -> FxHashMap<FragmentId, BTreeSet<LaneKind>> {
    let mut ended: FxHashMap<FragmentId, BTreeSet<LaneKind>> = FxHashMap::default();
    ended.extend(order.fragments.iter().filter_map(|fragment| Some((fragment.leaves?, BTreeSet::new()))));
    if ended.is_empty() {
        return ended;
    }
    let gated = mode == OrderMode::Diagram;
    for (id, arrow) in order.arrow_ids() {
        let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
        let plan = &planned[id.0 as usize];
        let mut kinds = match plan.part {
            Part::Stimulus => vec![LaneKind::Cause(to), LaneKind::Tool(from)],
            Part::Observation => {
                let receive = LaneKind::Receive { client: to, tested: from, channel: plan.channel };
                let awaits = (mode != OrderMode::Burst || plan.needed).then_some(LaneKind::Tool(to));
                std::iter::once(receive).chain(awaits).collect()
            }
            Part::Local => vec![LaneKind::Tool(from), LaneKind::Tool(to)],
            Part::Hidden if gated => vec![LaneKind::Cause(from), LaneKind::Cause(to)],
            Part::Hidden => Vec::new(),
        };
        match plan.part {
            Part::Stimulus if gated => kinds.push(LaneKind::Gate(to)),
            Part::Observation if gated => kinds.push(LaneKind::Gate(from)),
            Part::Stimulus | Part::Observation | Part::Local | Part::Hidden => {}
        }
        for (around, _) in order.around(arrow) {
            if let Some(lanes) = ended.get_mut(&around) {
                lanes.extend(kinds.iter().copied());
            }
        }
    }
    ended
}

fn loop_depths(order: &Order) -> Vec<u32> {
    let mut depths = Vec::with_capacity(order.fragments.len());
    for fragment in &order.fragments {
        let depth = fragment.inside.map_or(0, |(around, _)| {
            let is_loop = matches!(order.fragment(around).kind, Kind::Loop { .. });
            depths[around.0 as usize] + u32::from(is_loop)
        });
        depths.push(depth);
    }
    depths
}

impl Layout<'_> {
    fn lane(&mut self, kind: LaneKind) -> u32 {
        let next = self.lanes.kinds.len() as u32;
        *self.ids.entry(kind).or_insert_with(|| {
            self.lanes.kinds.push(kind);
            if let LaneKind::Receive { client, tested, channel } = kind {
                self.lanes.receive.insert((client, tested, channel), next);
            }
            next
        })
    }

    fn store(&mut self, steps: Vec<Step>) -> u32 {
        self.lanes.blocks.push(steps.into_boxed_slice());
        self.lanes.blocks.len() as u32 - 1
    }

    fn block(&mut self, nodes: &Block) -> Parts {
        let mut parts = Parts::default();
        for node in nodes {
            match node {
                Node::Arrow(id) => self.arrow(*id, &mut parts),
                Node::Fragment(id) => self.fragment(*id, &mut parts),
            }
        }
        parts
    }

    fn arrow(&mut self, id: ArrowId, parts: &mut Parts) {
        let arrow = self.order.arrow(id);
        let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { return };
        let plan = &self.planned[id.0 as usize];
        let connects = matches!(plan.resolved, Some(Resolved::Connect { .. }));
        let gated = self.mode == OrderMode::Diagram;
        let channel = plan.channel;
        let mut put = |lane: u32, step: Step| parts.entry(lane).or_default().push(step);
        match plan.part {
            Part::Stimulus => {
                let cause = self.lane(LaneKind::Cause(to));
                let tool = self.lane(LaneKind::Tool(from));
                put(cause, Step::AwaitSent(id));
                put(tool, Step::Play(id));
                let gate = if gated { self.lane(LaneKind::Gate(to)) } else { NONE };
                if gated {
                    put(gate, Step::Play(id));
                }
                if connects {
                    // So that whatever comes on the connection has a lane, drawn or not.
                    self.lane(LaneKind::Receive { client: from, tested: to, channel: Channel::Socket });
                }
                self.lanes.routes[id.0 as usize] = Routes { cause, receive: NONE, tool, gate, free: None };
            }
            Part::Observation => {
                let receive = self.lane(LaneKind::Receive { client: to, tested: from, channel });
                if arrow.traits.never {
                    put(receive, Step::Forbid(id));
                    self.lanes.routes[id.0 as usize].receive = receive;
                    return;
                }
                let cause = self.lane(LaneKind::Cause(from));
                let tool = self.lane(LaneKind::Tool(to));
                let gate = if gated { self.lane(LaneKind::Gate(from)) } else { NONE };
                put(cause, Step::Emit(id));
                put(receive, Step::Receive(id));
                let awaits = self.mode != OrderMode::Burst || plan.needed;
                if awaits {
                    put(tool, Step::AwaitReceived(id));
                }
                if gated {
                    put(gate, Step::AwaitReceived(id));
                }
                let tool = if awaits { tool } else { NONE };
                self.lanes.routes[id.0 as usize] = Routes { cause, receive, tool, gate, free: None };
            }
            Part::Local => {
                let tool = self.lane(LaneKind::Tool(from));
                put(tool, Step::Play(id));
                let cause = if from == to { NONE } else { self.lane(LaneKind::Tool(to)) };
                if from != to {
                    put(cause, Step::AwaitSent(id));
                }
                self.lanes.routes[id.0 as usize] = Routes { cause, receive: NONE, tool, gate: NONE, free: None };
            }
            Part::Hidden if from != to && gated => {
                let sender = self.lane(LaneKind::Cause(from));
                let receiver = self.lane(LaneKind::Cause(to));
                put(sender, Step::Emit(id));
                put(receiver, Step::AwaitSent(id));
                self.lanes.routes[id.0 as usize] =
                    Routes { cause: receiver, receive: NONE, tool: NONE, gate: NONE, free: None };
            }
            // Without the drawn order of the tested lifelines, what they say to one another constrains nothing.
            Part::Hidden => {}
        }
    }

    fn fragment(&mut self, id: FragmentId, parts: &mut Parts) {
        let fragment = self.order.fragment(id);
        let mut operands = Vec::with_capacity(fragment.operands.len());
        for operand in &fragment.operands {
            let mut part = self.block(&operand.body);
            self.calm(id, &operand.body, &mut part);
            operands.push(part);
        }
        // Lane → the operands in which it has steps.
        let mut per_lane: FxHashMap<u32, Bodies> = FxHashMap::default();
        for (index, part) in operands.into_iter().enumerate() {
            for (lane, steps) in part {
                per_lane.entry(lane).or_default().push((index as u32, steps));
            }
        }
        // Whoever has part in a loop has to know whether it is left before going on to the next turn.
        let held = fragment.leaves.and_then(|left| self.ended.get(&left)).cloned().unwrap_or_default();
        for kind in &held {
            per_lane.entry(self.lane(*kind)).or_default();
        }
        let mut per_lane: Vec<(u32, Bodies)> = per_lane.into_iter().collect();
        per_lane.sort_unstable_by_key(|(lane, _)| *lane);
        for (lane, bodies) in per_lane {
            let count = fragment.operands.len() as u32;
            let steps = parts.entry(lane).or_default();
            match &fragment.kind {
                Kind::Choice(_) | Kind::Loop { .. }
                    if matches!(self.lanes.kinds[lane as usize], LaneKind::Cause(_))
                        && !held.contains(&self.lanes.kinds[lane as usize])
                        && bodies.iter().all(|(_, body)| self.is_free(body)) =>
                {
                    self.free.insert((lane, id));
                    steps.push(Step::Free(id));
                }
                Kind::Choice(_) => {
                    let first = self.lanes.blocks.len() as u32;
                    let mut bodies = bodies.into_iter().peekable();
                    for index in 0..count {
                        let body = bodies.next_if(|(at, _)| *at == index).map(|(_, body)| body).unwrap_or_default();
                        self.lanes.blocks.push(body.into_boxed_slice());
                    }
                    steps.push(Step::Choice(id, first));
                    self.lanes.holders.entry(id).or_default().push(lane);
                }
                Kind::Loop { .. } => {
                    let first = self.lanes.blocks.len() as u32;
                    let body = bodies.into_iter().next().map(|(_, body)| body).unwrap_or_default();
                    self.lanes.blocks.push(body.into_boxed_slice());
                    steps.push(Step::Loop(id, first));
                    self.lanes.holders.entry(id).or_default().push(lane);
                }
                Kind::Par if bodies.len() == 1 => steps.extend(bodies.into_iter().flat_map(|(_, body)| body)),
                Kind::Par => {
                    let first = self.lanes.blocks.len() as u32;
                    let count = bodies.len() as u32;
                    if matches!(self.lanes.kinds[lane as usize], LaneKind::Receive { .. }) {
                        let operands = bodies.iter().map(|(operand, _)| (id, *operand));
                        self.lanes.operands.extend((first..).zip(operands));
                    }
                    self.lanes.blocks.extend(bodies.into_iter().map(|(_, body)| body.into_boxed_slice()));
                    steps.push(Step::Par(first, count));
                }
                Kind::Region { .. } | Kind::Critical => {
                    let receives = matches!(self.lanes.kinds[lane as usize], LaneKind::Receive { .. });
                    if receives {
                        steps.push(Step::Enter(id));
                    }
                    steps.extend(bodies.into_iter().flat_map(|(_, body)| body));
                    if receives {
                        steps.push(Step::Leave(id));
                    }
                }
                Kind::Strict | Kind::Frame => steps.extend(bodies.into_iter().flat_map(|(_, body)| body)),
            }
        }
    }

    /// An operand with a `never` in it ends only when it is quiet.
    fn calm(&mut self, id: FragmentId, body: &Block, part: &mut Parts) {
        for node in body {
            let Node::Arrow(arrow) = node else { continue };
            let drawn = self.order.arrow(*arrow);
            if !drawn.traits.never {
                continue;
            }
            let (Some(from), Some(to)) = (drawn.from.lifeline(), drawn.to.lifeline()) else { continue };
            let mut lanes = vec![self.lane(LaneKind::Tool(to))];
            if self.mode == OrderMode::Diagram {
                lanes.push(self.lane(LaneKind::Gate(from)));
            }
            for lane in lanes {
                let steps = part.entry(lane).or_default();
                if steps.last() != Some(&Step::Calm(id)) {
                    steps.push(Step::Calm(id));
                }
            }
        }
    }

    fn mark_free(&mut self) {
        if self.free.is_empty() {
            return;
        }
        for index in 0..self.order.arrows.len() {
            let Routes { cause, receive, .. } = self.lanes.routes[index];
            if receive == NONE || cause == NONE {
                continue;
            }
            let mut around = self.order.arrows[index].inside;
            let mut outermost = None;
            while let Some((fragment, _)) = around {
                if self.free.contains(&(cause, fragment)) {
                    outermost = Some(fragment);
                }
                around = self.order.fragment(fragment).inside;
            }
            self.lanes.routes[index].free = outermost;
            if let Some(fragment) = outermost {
                self.lanes.free.entry(fragment).or_default().push(receive);
            }
        }
        for lanes in self.lanes.free.values_mut() {
            lanes.sort_unstable();
            lanes.dedup();
        }
    }

    /// Whether a cause lane can run through these steps without waiting for anything.
    fn is_free(&self, steps: &[Step]) -> bool {
        steps.iter().all(|step| match step {
            Step::Emit(id) => self.planned[id.0 as usize].part == Part::Observation,
            Step::Free(_) => true,
            Step::Par(first, count) => {
                self.lanes.blocks[*first as usize..(first + count) as usize].iter().all(|block| self.is_free(block))
            }
            Step::AwaitSent(_)
            | Step::AwaitReceived(_)
            | Step::Receive(_)
            | Step::Forbid(_)
            | Step::Play(_)
            | Step::Choice(..)
            | Step::Loop(..)
            | Step::Enter(_)
            | Step::Leave(_)
            | Step::Calm(_) => false,
        })
    }
}
