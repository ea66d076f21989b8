//! The visual, enforceable and cause orders of an [`Order`], as graphs.
//!
//! [`relate`] lays an order out (`layout`); [`Relation::freeze`] makes it ready for many questions (`past`): what comes
//! before what, for 256 arrows at a time, so that a diagram of 100,000 arrows needs no table of their pairs.
//! [`components`] and [`width`] are two more questions to graphs that lint asks.
//!
//! Edges are those that generate an order, not its closure: a chain of n events has n − 1. Where many threads meet, a
//! [`Point::Join`] stands between them, so that the graph stays linear in the diagram. Operands of a choice are laid side
//! by side: events of different operands are unordered here, and [`conflict`] says that they exclude one another. Behind
//! a choice stands a [`Point::Meet`]: what comes before it in one operand alone does not come before it in every run. The
//! body of a loop stands once.

mod graphs;
mod layout;
mod past;
#[cfg(test)]
mod tests;

pub use graphs::{components, width};
pub use layout::relate;
pub use past::{ARROWS, Frozen, Row, Rows, bit, column, range};

use super::model::{ArrowId, FragmentId, Kind, Order};
use petgraph::graph::{DiGraph, NodeIndex};

/// One node of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// An arrow leaves its sender.
    Send(ArrowId),
    /// An arrow reaches its receiver.
    Receive(ArrowId),
    /// Nothing happens here: threads meet.
    Join,
    /// Nothing happens here: the operands of a choice come together. Each edge to it bears the operand from which it
    /// comes, or [`SKIP`]; only what comes before it in all of them comes before it.
    Meet(FragmentId),
}

impl Point {
    /// The arrow of an event.
    pub fn arrow(self) -> Option<ArrowId> {
        match self {
            Point::Send(id) | Point::Receive(id) => Some(id),
            Point::Join | Point::Meet(_) => None,
        }
    }
}

/// An edge to a [`Point::Meet`] from what stands before the choice, for the operands that add nothing to this thread.
pub const SKIP: u32 = u32::MAX;

/// Which order (see `docs/semantics.md`, "Order").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// What is drawn: a send before its receive, each lifeline from top to bottom.
    Visual,
    /// What somebody can keep: a send before its receive, anything before a later send of the same lifeline, receives on
    /// one connection in the order of their sends.
    Enforceable,
    /// What a server can be held to when clients run ahead: a message after the nearest receive above it.
    Cause,
}

/// An order as a graph.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Nodes and generating edges; acyclic. The weight of an edge to a [`Point::Meet`] is its operand.
    pub graph: DiGraph<Point, u32>,
    /// The send of every arrow.
    pub sends: Vec<NodeIndex>,
    /// The receive of every arrow.
    pub receives: Vec<NodeIndex>,
}

impl Relation {
    /// Whether `a` comes before `b` in every run that has both. For a question or two; see [`Relation::freeze`].
    pub fn before(&self, order: &Order, a: Point, b: Point) -> bool {
        self.causes(order, b).binary_search(&a).is_ok()
    }

    /// Everything that comes before an event, sorted. For a question or two; see [`Relation::freeze`].
    pub fn causes(&self, order: &Order, of: Point) -> Vec<Point> {
        let frozen = self.freeze(order);
        let mut rows = Rows::default();
        let mut found = Vec::new();
        let Some(rank) = frozen.rank(of) else { return found };
        for first in (0..order.arrows.len() as u32).step_by(ARROWS as usize) {
            frozen.sweep(first, &mut rows);
            found.extend(bits(rows.at(rank)).map(|column| event(first, column)).filter(|point| *point != of));
        }
        found.sort_unstable();
        found
    }

    /// The node of an event.
    pub fn node(&self, point: Point) -> Option<NodeIndex> {
        match point {
            Point::Send(id) => self.sends.get(id.0 as usize).copied(),
            Point::Receive(id) => self.receives.get(id.0 as usize).copied(),
            Point::Join | Point::Meet(_) => None,
        }
    }
}

/// The event of a column of a sweep that began at an arrow.
pub fn event(first: u32, column: u32) -> Point {
    let id = ArrowId(first + column / 2);
    if column.is_multiple_of(2) { Point::Send(id) } else { Point::Receive(id) }
}

/// The columns that are set in a row, lowest first.
pub fn bits(row: &Row) -> impl Iterator<Item = u32> + '_ {
    row.iter().enumerate().flat_map(|(word, bits)| {
        let mut left = *bits;
        std::iter::from_fn(move || {
            let at = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (at < 64).then_some(word as u32 * 64 + at)
        })
    })
}

/// Whether two arrows stand in different operands of one choice, so that no run has both (loops aside).
pub fn conflict(order: &Order, a: ArrowId, b: ArrowId) -> bool {
    let around = |id: ArrowId| {
        let mut all = Vec::new();
        let mut inside = order.arrow(id).inside;
        while let Some((fragment, operand)) = inside {
            all.push((fragment, operand));
            inside = order.fragment(fragment).inside;
        }
        all
    };
    let (a, b) = (around(a), around(b));
    a.iter().any(|(fragment, operand)| {
        matches!(order.fragment(*fragment).kind, Kind::Choice(_))
            && b.iter().any(|(other, at)| other == fragment && at != operand)
    })
}
