//! What one scenario asks for, ready to be judged: the order, every arrow resolved, and the lanes.

use super::program::{self, Lanes, NONE};
use super::turns::Turns;
use crate::order::relation::{Relation, Which, relate};
use crate::order::{Arrow, ArrowId, Fragment, FragmentId, Kind, LifelineId, Node, Order, Point};
use crate::source::Diagnostic;
use crate::wire::{Channel, Expectation, Expects, Resolved};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What binds the labels of an order to frames; the driver implements it over its binding.
pub trait Resolver {
    /// What one arrow is on the wire.
    ///
    /// # Errors
    /// A label without a rule, or with two; with the nearest rules as help.
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic>;
    /// The frames that a pattern of `ignore` or `consider` speaks of.
    ///
    /// # Errors
    /// A pattern that fits no rule.
    fn frames(&self, pattern: &str, fragment: &Fragment) -> Result<Vec<Expectation>, Diagnostic>;
    /// Frames that are not judged anywhere in this run (`--ignore`).
    fn ignored(&self) -> Vec<Expectation> {
        Vec::new()
    }
    /// The names of the diagram that an arrow uses: its opaque holes.
    fn names(&self, resolved: &Resolved) -> Vec<Arc<str>>;
}

/// How one arrow takes part in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The tool sends it to the software under test.
    Stimulus,
    /// The software under test sends it to the tool.
    Observation,
    /// Between two simulated lifelines: a synchronisation.
    Local,
    /// Between lifelines under test: it contributes order.
    Hidden,
}

/// One arrow, ready to be played or checked.
#[derive(Debug)]
pub struct Planned {
    /// How it takes part.
    pub part: Part,
    /// What it is on the wire; none for arrows that nobody plays or checks.
    pub resolved: Option<Resolved>,
    /// On which of the client's connections.
    pub channel: Channel,
    /// It is complete only when it was answered: a handshake, a Close, several frames for one arrow.
    pub exchange: bool,
    /// Clients whose echo has to be answered before this is sent: nothing else tells that the server has handled what
    /// they sent.
    pub confirm: Vec<LifelineId>,
    /// What nothing can confirm before this is sent (a connection dropped without a word).
    pub blind: Vec<ArrowId>,
    /// What those clients have sent last, and no frame above tells to be handled.
    pub unconfirmed: Vec<ArrowId>,
    /// Not before these are complete: `depends`, and `strict` around it.
    pub after: Vec<ArrowId>,
    /// A wait that is drawn as a message to oneself: `wait 3s`.
    pub wait: Duration,
    /// The nearest arrow above with another number: what a drawn delay is measured from.
    pub above: Option<ArrowId>,
    /// Alone in its operand of a `par`: it may stand for its equal twin there.
    pub alone: Option<FragmentId>,
}

/// A scope in which some frames are not judged.
#[derive(Debug)]
pub(super) struct Region {
    pub consider: bool,
    /// The clients and frames; no client is every client.
    pub frames: Vec<(Vec<LifelineId>, Expectation)>,
}

/// One scenario, ready to be judged.
#[derive(Debug)]
pub struct Plan {
    pub(super) order: Arc<Order>,
    pub(super) planned: Vec<Planned>,
    pub(super) regions: FxHashMap<FragmentId, Region>,
    /// Lanes under the default order, where the whole drawn order of a tested lifeline counts.
    pub(super) lanes: Lanes,
    /// Some arrow or bound asks when others were complete.
    pub(super) timed: bool,
    /// Arrows that others wait for by name.
    pub(super) awaited: BTreeSet<ArrowId>,
    /// Frames that are not judged anywhere.
    pub(super) ignored: Vec<Expectation>,
    /// Names that are bound inside loops, by arrow: the name and the innermost loop that holds all its uses.
    scoped: FxHashMap<ArrowId, Vec<(Arc<str>, FragmentId)>>,
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
        for (id, arrow) in order.arrow_ids() {
            let plan = resolve(&order, id, arrow, resolver, &mut open, &mut problems);
            let previous = (id.0 > 0).then(|| ArrowId(id.0 - 1));
            if previous.is_none_or(|previous| order.arrow(previous).number != arrow.number) {
                above = previous;
            }
            planned.push(Planned { above, ..plan });
        }
        let mut regions = FxHashMap::default();
        for (index, fragment) in order.fragments.iter().enumerate() {
            let id = FragmentId(index as u32);
            match &fragment.kind {
                Kind::Region { consider, frames } => {
                    regions.insert(id, region(&order, fragment, *consider, frames, resolver, &mut problems));
                }
                Kind::Par => mark_alone(id, fragment, &mut planned),
                Kind::Strict => fragment.operands.iter().for_each(|operand| {
                    strict(&order, &operand.body, &mut planned, &mut Vec::new());
                }),
                Kind::Choice(_) | Kind::Loop { .. } | Kind::Critical | Kind::Frame => {}
            }
        }
        problems.extend(super::unconnected::find(&order, &planned));
        super::witness::confirmations(&order, &mut planned);
        let lanes = program::lay_out(&order, &planned, mode);
        let timed = !order.bounds.is_empty() || order.arrows.iter().any(|arrow| arrow.traits.delay.is_some());
        let awaited = planned.iter().flat_map(|plan| plan.after.iter().copied()).collect();
        let scoped = scoped_names(&order, &planned, resolver);
        let critical = criticals(&order);
        let ignored = resolver.ignored();
        let plan = Plan { order, planned, regions, lanes, timed, awaited, ignored, scoped, critical };
        problems.extend(super::schedule::contradictions(&plan));
        problems.sort_by_key(|problem: &Diagnostic| problem.primary());
        (plan, problems)
    }

    /// The names that an arrow uses and that are fresh in each turn of a loop, with the number of this turn.
    pub(super) fn scopes(&self, arrow: ArrowId, turn: u32, turns: &Turns) -> Vec<(Arc<str>, u32)> {
        let Some(names) = self.scoped.get(&arrow) else { return Vec::new() };
        names
            .iter()
            .map(|(name, around)| (name.clone(), turns.outer(turn, self.lanes.depth[around.0 as usize] + 1)))
            .collect()
    }

    /// The innermost `critical` around an arrow.
    pub(super) fn critical(&self, arrow: ArrowId) -> Option<FragmentId> {
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
    pub(super) fn lanes_of(&self, arrow: ArrowId) -> u8 {
        if self.lanes.routes[arrow.0 as usize].gate == NONE { 1 } else { 2 }
    }

    /// Whether some send needs the echo of another client.
    pub fn needs_echo(&self) -> bool {
        self.planned.iter().any(|planned| !planned.confirm.is_empty())
    }

    /// One order of this plan as a graph, with the waits that the tool keeps.
    pub fn relate(&self, which: Which) -> Relation {
        relate(&self.order, which, &|id| self.planned(id).channel, &|id| &self.planned(id).after)
    }

    /// Whether the tool plays an arrow.
    pub fn is_stimulus(&self, arrow: ArrowId) -> bool {
        matches!(self.planned(arrow).part, Part::Stimulus | Part::Local)
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

fn resolve(
    order: &Order,
    id: ArrowId,
    arrow: &Arrow,
    resolver: &dyn Resolver,
    open: &mut FxHashMap<(LifelineId, LifelineId), Channel>,
    problems: &mut Vec<Diagnostic>,
) -> Planned {
    let mut plan = Planned {
        part: Part::Hidden,
        resolved: None,
        channel: Channel::Socket,
        exchange: false,
        confirm: Vec::new(),
        blind: Vec::new(),
        unconfirmed: Vec::new(),
        after: arrow.traits.depends.clone(),
        wait: Duration::ZERO,
        above: None,
        alone: None,
    };
    let (from, to) = (order.simulated(arrow.from), order.simulated(arrow.to));
    let (Point::Lifeline(sender), Point::Lifeline(receiver)) = (arrow.from, arrow.to) else {
        if from || to {
            problems.push(
                Diagnostic::error("outside", "this arrow crosses the edge of the drawing, so nobody can play it")
                    .at(arrow.span, "its other end is not named")
                    .with_help("name the lifeline at the other end; a message that gets lost is Alice->x Server: …"),
            );
        }
        return plan;
    };
    plan.part = match (from, to) {
        (true, false) | (false, true) if order.unseen(arrow) => Part::Hidden,
        (true, true) => Part::Local,
        (true, false) => Part::Stimulus,
        (false, true) => Part::Observation,
        (false, false) => Part::Hidden,
    };
    if plan.part == Part::Local {
        let label = arrow.label.trim();
        let text = label.strip_prefix("wait ").unwrap_or(label);
        if sender == receiver {
            plan.wait = crate::diagram::parse_duration(text).unwrap_or_default();
        }
    }
    if matches!(plan.part, Part::Local | Part::Hidden) {
        return plan;
    }
    if arrow.traits.never && plan.part == Part::Stimulus {
        problems.push(
            Diagnostic::error("never", "the tool itself sends this, so it cannot be forbidden")
                .at(arrow.span, "sent by a simulated lifeline")
                .with_help("never is for what the server must not send; leave this arrow out"),
        );
    }
    match resolver.arrow(order, id) {
        Err(problem) => problems.push(problem),
        Ok(resolved) => {
            let pair = if from { (sender, receiver) } else { (receiver, sender) };
            plan.channel = match &resolved {
                Resolved::Connect { .. } => *open.entry(pair).insert_entry(Channel::Socket).get(),
                Resolved::Request(request) => *open.entry(pair).insert_entry(request.channel()).get(),
                // A status answers whatever request of this client stands nearest above.
                Resolved::Expect(expectation) => {
                    expectation.channel().unwrap_or_else(|| open.get(&pair).copied().unwrap_or(Channel::Http))
                }
                Resolved::DropEvents => Channel::Events,
                Resolved::Disconnect | Resolved::Drop | Resolved::Pause | Resolved::Resume | Resolved::Send(_) => {
                    Channel::Socket
                }
            };
            plan.exchange = match &resolved {
                Resolved::Connect { .. } | Resolved::Disconnect => true,
                Resolved::Send(outgoing) => outgoing.is_exchange(),
                Resolved::Drop
                | Resolved::DropEvents
                | Resolved::Pause
                | Resolved::Resume
                | Resolved::Request(_)
                | Resolved::Expect(_) => false,
            };
            plan.resolved = Some(resolved);
        }
    }
    plan
}

fn region(
    order: &Order,
    fragment: &Fragment,
    consider: bool,
    frames: &[crate::diagram::Frames],
    resolver: &dyn Resolver,
    problems: &mut Vec<Diagnostic>,
) -> Region {
    let mut all = Vec::new();
    for frames in frames {
        let at: Vec<LifelineId> = (0..order.lifelines.len() as u32)
            .map(LifelineId)
            .filter(|id| frames.at.contains(&order.lifeline(*id).participant))
            .collect();
        match resolver.frames(&frames.pattern, fragment) {
            Ok(expectations) => all.extend(expectations.into_iter().map(|expectation| (at.clone(), expectation))),
            Err(problem) => problems.push(problem),
        }
    }
    Region { consider, frames: all }
}

fn mark_alone(id: FragmentId, fragment: &Fragment, planned: &mut [Planned]) {
    for operand in &fragment.operands {
        if let [Node::Arrow(arrow)] = operand.body.as_slice() {
            planned[arrow.0 as usize].alone = Some(id);
        }
    }
}

/// In a `strict` block the tool's sends wait for every arrow above them in it, back to the send before.
fn strict(order: &Order, body: &[Node], planned: &mut [Planned], since: &mut Vec<ArrowId>) {
    for node in body {
        match node {
            Node::Arrow(id) => {
                if matches!(planned[id.0 as usize].part, Part::Stimulus | Part::Local) {
                    planned[id.0 as usize].after.append(since);
                }
                since.push(*id);
            }
            Node::Fragment(fragment) => {
                for operand in &order.fragment(*fragment).operands {
                    let mut inside = since.clone();
                    strict(order, &operand.body, planned, &mut inside);
                }
            }
        }
    }
}

/// Loops around a place, outermost first.
fn loops(order: &Order, mut inside: Option<(FragmentId, u32)>) -> Vec<FragmentId> {
    let mut around = Vec::new();
    while let Some((fragment, _)) = inside {
        if matches!(order.fragment(fragment).kind, Kind::Loop { .. }) {
            around.push(fragment);
        }
        inside = order.fragment(fragment).inside;
    }
    around.reverse();
    around
}

/// A name lives in the innermost loop that holds all its uses; names used outside all loops are not listed.
fn scoped_names(
    order: &Order,
    planned: &[Planned],
    resolver: &dyn Resolver,
) -> FxHashMap<ArrowId, Vec<(Arc<str>, FragmentId)>> {
    let mut scoped = FxHashMap::default();
    if !order.fragments.iter().any(|fragment| matches!(fragment.kind, Kind::Loop { .. })) {
        return scoped;
    }
    let mut homes: FxHashMap<Arc<str>, Vec<FragmentId>> = FxHashMap::default();
    let mut uses: Vec<(ArrowId, Vec<Arc<str>>)> = Vec::new();
    for (index, plan) in planned.iter().enumerate() {
        let Some(resolved) = &plan.resolved else { continue };
        let names = resolver.names(resolved);
        if names.is_empty() {
            continue;
        }
        let around = loops(order, order.arrows[index].inside);
        for name in &names {
            let home = homes.entry(name.clone()).or_insert_with(|| around.clone());
            let shared = home.iter().zip(&around).take_while(|(a, b)| a == b).count();
            home.truncate(shared);
        }
        uses.push((ArrowId(index as u32), names));
    }
    for (arrow, names) in uses {
        let inner: Vec<(Arc<str>, FragmentId)> = names
            .into_iter()
            .filter_map(|name| homes.get(&name).and_then(|home| home.last()).map(|home| (name, *home)))
            .collect();
        if !inner.is_empty() {
            scoped.insert(arrow, inner);
        }
    }
    scoped
}

fn criticals(order: &Order) -> FxHashMap<ArrowId, FragmentId> {
    let mut found = FxHashMap::default();
    if !order.fragments.iter().any(|fragment| fragment.kind == Kind::Critical) {
        return found;
    }
    for (id, arrow) in order.arrow_ids() {
        let mut inside = arrow.inside;
        while let Some((fragment, _)) = inside {
            if order.fragment(fragment).kind == Kind::Critical {
                found.insert(id, fragment);
                break;
            }
            inside = order.fragment(fragment).inside;
        }
    }
    found
}
