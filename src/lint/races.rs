//! What is drawn in an order that nobody keeps: pairs of one lifeline in the visual order and not in the enforceable one.

use super::Subject;
use crate::oracle::{Part, Plan};
use crate::order::relation::{ARROWS, Frozen, Point, Row, Rows, bit, bits, event};
use crate::order::{ArrowId, LifelineId};
use rustc_hash::FxHashMap;

/// So many of the events before a receive are kept by name.
const NEAREST: usize = 8;

/// A message that may come before what is drawn above it.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The message whose receive nothing holds back. Of arrows unfolded from one, the first.
    pub late: ArrowId,
    /// With how many events above it.
    pub pairs: u64,
    /// The nearest of them, nearest first.
    pub nearest: Vec<Point>,
}

/// All of them, and what else a sweep over the orders counts.
#[derive(Clone, Debug, Default)]
pub struct Races {
    /// One for each drawn arrow, in the order of the text.
    pub causes: Vec<Cause>,
    /// All pairs.
    pub pairs: u64,
    /// Pairs of events that the tool sees and that are ordered as drawn.
    pub ordered: u64,
}

/// What the tool sees of an arrow: that it sends it, or that it receives it.
pub fn visible(plan: &Plan, id: ArrowId) -> Option<Point> {
    if plan.order().arrow(id).traits.never {
        return None;
    }
    match plan.planned(id).part {
        Part::Stimulus => Some(Point::Send(id)),
        Part::Observation => Some(Point::Receive(id)),
        Part::Local | Part::Hidden => None,
    }
}

/// Finds them, 256 arrows at a time.
pub fn find(subject: &Subject<'_>, visual: &Frozen, kept: &Frozen) -> Races {
    let plan = subject.plan;
    let order = plan.order();
    let mut found: Vec<Cause> =
        order.arrow_ids().map(|(late, _)| Cause { late, pairs: 0, nearest: Vec::new() }).collect();
    let mut ordered = 0;
    let (mut drawn, mut held) = (Rows::default(), Rows::default());
    let count = order.arrows.len() as u32;
    // From below: the nearest come first.
    for first in (0..count).step_by(ARROWS as usize).rev() {
        visual.sweep(first, &mut drawn);
        kept.sweep(first, &mut held);
        let mut on: FxHashMap<LifelineId, Row> = FxHashMap::default();
        let mut seen = Row::default();
        for id in (first..count.min(first + ARROWS)).map(ArrowId) {
            let arrow = order.arrow(id);
            if arrow.traits.never || !matches!(plan.planned(id).part, Part::Stimulus | Part::Observation) {
                continue;
            }
            let column = (id.0 - first) * 2;
            let ends = [(arrow.from.lifeline(), column), (arrow.to.lifeline(), column + 1)];
            for (lifeline, column) in ends.into_iter().filter_map(|(lifeline, column)| Some((lifeline?, column))) {
                bit(on.entry(lifeline).or_default(), column);
            }
            match visible(plan, id) {
                Some(Point::Send(_)) => bit(&mut seen, column),
                Some(Point::Receive(_)) => bit(&mut seen, column + 1),
                Some(Point::Join | Point::Meet(_)) | None => {}
            }
        }
        for cause in &mut found[first as usize..] {
            let id = cause.late;
            let arrow = order.arrow(id);
            let Some(point) = visible(plan, id) else { continue };
            if let Some(rank) = visual.rank(point) {
                let above: u32 = drawn.at(rank).iter().zip(&seen).map(|(row, seen)| (row & seen).count_ones()).sum();
                let own = (first..first + ARROWS).contains(&id.0);
                ordered += u64::from(above - u32::from(own));
            }
            let Some(mask) = arrow.to.lifeline().and_then(|to| on.get(&to)).filter(|_| !arrow.traits.lost) else {
                continue;
            };
            let late = Point::Receive(id);
            let (Some(in_drawn), Some(in_kept)) = (visual.rank(late), kept.rank(late)) else { continue };
            let mut row = Row::default();
            let mut any = 0;
            for (at, word) in row.iter_mut().enumerate() {
                *word = drawn.at(in_drawn)[at] & !held.at(in_kept)[at] & mask[at];
                any += u64::from(word.count_ones());
            }
            if any == 0 {
                continue;
            }
            cause.pairs += any;
            if cause.nearest.len() < NEAREST {
                let mut near: Vec<u32> = bits(&row).collect();
                near.reverse();
                near.truncate(NEAREST - cause.nearest.len());
                cause.nearest.extend(near.into_iter().map(|column| event(first, column)));
            }
        }
    }
    found.retain(|cause| cause.pairs > 0);
    // Arrows unfolded from one are one cause.
    let mut causes: Vec<Cause> = Vec::new();
    for cause in found {
        match causes.last_mut().filter(|last| order.arrow(last.late).number == order.arrow(cause.late).number) {
            Some(last) => last.pairs += cause.pairs,
            None => causes.push(cause),
        }
    }
    Races { pairs: causes.iter().map(|cause| cause.pairs).sum(), causes, ordered }
}
