//! Times that cannot all be kept: a negative cycle of the time constraints (SQ116).
//!
//! An arrow that was drawn behind another is no earlier ([`Which::Enforceable`]); a delay, `after` and `between` put more
//! between them; `within`, `between` and bounds say how late it may be at most. Earliest times are the longest paths. A
//! bound is contradicted where its two ends are farther apart on a path of lower bounds, or where several bounds
//! together leave no time. What stands in an operand that may be left out binds nothing outside.

use super::Plan;
use super::planned::Part;
use crate::order::overlay::Overlay;
use crate::order::relation::{Frozen, Point, SKIP, Which};
use crate::order::{ArrowId, Block, Kind, LifelineId, Node, Order};
use crate::source::{Diagnostic, Span, elapsed_words};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// At most so many rounds of going through all bounds together.
const ROUNDS: usize = 64;

/// Nanoseconds, signed; nothing drawn comes near the limits.
type Time = i128;
const NEVER: Time = Time::MIN / 4;

/// One end at most so long after another.
struct Upper {
    from: usize,
    to: usize,
    most: Duration,
    ends: (ArrowId, ArrowId),
    span: Span,
    /// It holds in every run.
    always: bool,
}

/// Every time that cannot be kept.
pub(super) fn contradictions(plan: &Plan) -> Vec<Diagnostic> {
    let order = plan.order();
    let traits = || order.arrows.iter().map(|arrow| &arrow.traits);
    let bounded = !order.bounds.is_empty() || traits().any(|traits| traits.within.is_some());
    let delayed = traits().any(|traits| traits.delay.is_some() || traits.after.is_some());
    if !bounded || !delayed {
        return Vec::new();
    }
    let frozen = plan.relate(Which::Enforceable).freeze(order);
    let schedule = Schedule::new(plan, &frozen);
    let mut found: Vec<Diagnostic> = schedule.uppers.iter().filter_map(|upper| schedule.alone(upper)).collect();
    if found.is_empty() {
        found.extend(schedule.together());
    }
    found
}

struct Schedule<'a> {
    order: &'a Order,
    frozen: &'a Frozen,
    /// Lower bounds beside the order: place → places before it, with the time between and the arrow that says so.
    lowers: FxHashMap<usize, Vec<(usize, Time, ArrowId)>>,
    uppers: Vec<Upper>,
}

impl<'a> Schedule<'a> {
    fn new(plan: &'a Plan, frozen: &'a Frozen) -> Self {
        let order = plan.order();
        let causes = causes(plan);
        // When an arrow is complete, as far as the tool sees: sent, or received.
        let complete = |id: ArrowId| {
            let point = if plan.planned(id).part == Part::Stimulus { Point::Send(id) } else { Point::Receive(id) };
            frozen.rank(point)
        };
        let mut lowers: FxHashMap<usize, Vec<(usize, Time, ArrowId)>> = FxHashMap::default();
        let mut uppers = Vec::new();
        for (id, arrow) in order.arrow_ids().filter(|(_, arrow)| !arrow.traits.never) {
            let Some(own) = complete(id) else { continue };
            let mut lower = |from: Option<ArrowId>, least: Option<Duration>| {
                if let (Some(from), Some(least)) = (from.and_then(complete), least) {
                    lowers.entry(own).or_default().push((from, nanos(least), id));
                }
            };
            lower(plan.planned(id).above, arrow.traits.delay);
            let cause = causes.get(&id).copied();
            lower(cause, arrow.traits.after);
            if let (Some(cause), Some(most)) = (cause, arrow.traits.within)
                && let Some(from) = complete(cause)
            {
                let (ends, always) = ((cause, id), always(order, id));
                uppers.push(Upper { from, to: own, most, ends, span: arrow.span, always });
            }
        }
        for bound in &order.bounds {
            if let (Some(from), Some(to)) = (complete(bound.from), complete(bound.to)) {
                let always = always(order, bound.from) && always(order, bound.to);
                let ends = (bound.from, bound.to);
                uppers.push(Upper { from, to, most: bound.at_most, ends, span: bound.span, always });
            }
        }
        Schedule { order, frozen, lowers, uppers }
    }

    /// Whether the lower bounds between its own ends contradict one upper bound.
    fn alone(&self, upper: &Upper) -> Option<Diagnostic> {
        if upper.from >= upper.to {
            return None;
        }
        let mut times = vec![(NEVER, None); upper.to - upper.from + 1];
        times[0].0 = 0;
        for rank in upper.from + 1..=upper.to {
            let at =
                |from: usize| from.checked_sub(upper.from).and_then(|at| times.get(at)).map_or(NEVER, |known| known.0);
            times[rank - upper.from] = self.earliest(rank, &at);
        }
        let least = times[upper.to - upper.from].0;
        if least <= nanos(upper.most) {
            return None;
        }
        // The delays on the way, for pointing at them.
        let (mut rank, mut delays) = (upper.to, Vec::new());
        while let Some((from, lower)) = times[rank - upper.from].1.filter(|(from, _)| *from >= upper.from) {
            delays.extend(lower);
            if from == upper.from {
                break;
            }
            rank = from;
        }
        Some(self.conflict(upper, Some(least), &delays))
    }

    /// The earliest time of a place, and over which place and which lower bound that is.
    fn earliest(&self, rank: usize, at: &dyn Fn(usize) -> Time) -> (Time, Option<(usize, Option<ArrowId>)>) {
        let best = |befores: &[(u32, u32)]| {
            let best = befores.iter().map(|(from, _)| (at(*from as usize), *from as usize)).max();
            best.map_or((NEVER, None), |(time, from)| (time, Some((from, None))))
        };
        let befores = self.frozen.before(rank);
        let own = match self.frozen.point(rank) {
            // Whatever operand is taken: the least that any of them asks.
            Point::Meet(_) => {
                let skip = befores.iter().position(|(_, operand)| *operand == SKIP);
                match skip {
                    Some(first) => best(&befores[first..]),
                    None => befores
                        .chunk_by(|a, b| a.1 == b.1)
                        .map(best)
                        .min_by_key(|(time, _)| *time)
                        .unwrap_or((NEVER, None)),
                }
            }
            Point::Send(_) | Point::Receive(_) | Point::Join => best(befores),
        };
        let lowers = self.lowers.get(&rank).into_iter().flatten();
        let lowers = lowers.filter(|(from, ..)| at(*from) > NEVER);
        let lowers = lowers.map(|(from, least, id)| (at(*from) + least, Some((*from, Some(*id)))));
        lowers.fold(own, |best, other| if other.0 > best.0 { other } else { best })
    }

    /// Whether bounds that hold in every run leave no time together.
    fn together(&self) -> Option<Diagnostic> {
        let count = self.frozen.nodes().count();
        let mut times = vec![0; count];
        let mut back: Vec<(usize, &Upper)> =
            self.uppers.iter().filter(|upper| upper.always).map(|upper| (upper.from, upper)).collect();
        back.sort_unstable_by_key(|(from, upper)| (*from, upper.to));
        let mut last = None;
        for _ in 0..back.len().saturating_add(2).min(ROUNDS) {
            for rank in 0..count {
                let earliest = self.earliest(rank, &|from| times[from]).0;
                times[rank] = times[rank].max(earliest);
            }
            last = None;
            for (from, upper) in &back {
                let least = times[upper.to] - nanos(upper.most);
                if least > times[*from] {
                    times[*from] = least;
                    last = Some(*upper);
                }
            }
            last?;
        }
        // The earliest times still grow after as many rounds as there are bounds: some round trip never ends.
        (back.len().saturating_add(2) <= ROUNDS).then_some(last).flatten().map(|upper| self.conflict(upper, None, &[]))
    }

    fn conflict(&self, upper: &Upper, least: Option<Time>, delays: &[ArrowId]) -> Diagnostic {
        let (from, to) = (self.order.arrow(upper.ends.0), self.order.arrow(upper.ends.1));
        let most = elapsed_words(upper.most);
        let message = match least {
            Some(least) => format!(
                "line {} must come within {most} of line {}, but at least {} are drawn between them",
                to.line,
                from.line,
                elapsed_words(Duration::from_nanos(u64::try_from(least).unwrap_or(u64::MAX)))
            ),
            None => format!("the times around line {} leave no time at which it could come", to.line),
        };
        let mut told = Diagnostic::error("SQ116", message)
            .at(upper.span, format!("at most {most} after line {}", from.line))
            .see(from.span, "the time counts from here");
        for id in delays {
            let arrow = self.order.arrow(*id);
            let least = arrow.traits.delay.unwrap_or_default() + arrow.traits.after.unwrap_or_default();
            told = told.see(arrow.span, format!("no earlier than {} after the message above", elapsed_words(least)));
        }
        told.with_help("raise the upper limit, or shorten the delay")
            .with_note("time constraints that form a negative cycle; see seqcheck explain SQ116")
    }
}

fn nanos(duration: Duration) -> Time {
    Time::try_from(duration.as_nanos()).unwrap_or(Time::MAX / 4)
}

/// Whether an arrow happens in every run.
fn always(order: &Order, id: ArrowId) -> bool {
    let mut inside = order.arrow(id).inside;
    while let Some((fragment, _)) = inside {
        let fragment = order.fragment(fragment);
        if matches!(fragment.kind, Kind::Choice(_) | Kind::Loop { .. }) {
            return false;
        }
        inside = fragment.inside;
    }
    true
}

/// The cause of each arrow of a server: the nearest stimulus above it on its lifeline, where there is one in every run.
fn causes(plan: &Plan) -> FxHashMap<ArrowId, ArrowId> {
    type Last<'a> = Overlay<'a, LifelineId, ArrowId>;
    fn walk(plan: &Plan, block: &Block, last: &mut Last<'_>, causes: &mut FxHashMap<ArrowId, ArrowId>) {
        let order = plan.order();
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let arrow = order.arrow(*id);
                    let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
                    match plan.planned(*id).part {
                        Part::Stimulus => last.set(to, *id),
                        Part::Observation => drop(last.get(&from).map(|cause| causes.insert(*id, *cause))),
                        Part::Local | Part::Hidden => {}
                    }
                }
                Node::Fragment(id) => {
                    let fragment = order.fragment(*id);
                    let mut way = |block: &Block| {
                        let mut own = last.on_top();
                        walk(plan, block, &mut own, causes);
                        own.into_changes()
                    };
                    let outs: Vec<_> = fragment.operands.iter().map(|operand| way(&operand.body)).collect();
                    match fragment.kind {
                        Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                            for (server, id) in outs.into_iter().next_back().into_iter().flatten() {
                                match id {
                                    Some(id) => last.set(server, id),
                                    None => last.remove(server),
                                }
                            }
                        }
                        // Whoever was told something on one way has no cause in every run.
                        Kind::Choice(_) | Kind::Loop { .. } | Kind::Par => {
                            outs.into_iter().flatten().for_each(|(server, _)| last.remove(server));
                        }
                    }
                }
            }
        }
    }
    let mut causes = FxHashMap::default();
    walk(plan, &plan.order().root, &mut Last::new(), &mut causes);
    causes
}
