//! What comes before what, for 256 arrows at a time.
//!
//! A sweep goes once over the graph in a topological order and keeps a row of 512 bits for each node: which of the sends
//! and receives of 256 arrows come before it. All pairs of a diagram of n arrows are n / 256 sweeps; no table of pairs is
//! ever kept.

use super::{Point, Relation, SKIP};
use crate::order::model::{ArrowId, Block, FragmentId, Node, Order};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

/// Arrows of one sweep.
pub const ARROWS: u32 = 256;
const WORDS: usize = ARROWS as usize * 2 / 64;

/// Which events of 256 arrows: the send of the i-th at 2i, its receive at 2i + 1.
pub type Row = [u64; WORDS];

/// An order ready for many questions.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The nodes in a topological order.
    points: Vec<Point>,
    /// Where the predecessors of each node begin.
    starts: Vec<u32>,
    /// Their places, with the operand where the node is a meet; operands together.
    befores: Vec<(u32, u32)>,
    sends: Vec<u32>,
    receives: Vec<u32>,
    /// The arrows of each operand of each fragment.
    operands: Vec<Vec<Range<u32>>>,
}

/// The rows of a sweep, kept to be used again.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    rows: Vec<Row>,
    /// From here on rows may hold something.
    dirty: usize,
}

impl Rows {
    /// The row of a place.
    pub fn at(&self, rank: usize) -> &Row {
        &self.rows[rank]
    }
}

/// The column of an event in the sweep that began at an arrow.
pub fn column(first: u32, point: Point) -> Option<u32> {
    let own = |id: ArrowId| id.0.checked_sub(first).filter(|at| *at < ARROWS).map(|at| at * 2);
    match point {
        Point::Send(id) => own(id),
        Point::Receive(id) => own(id).map(|at| at + 1),
        Point::Join | Point::Meet(_) => None,
    }
}

/// One bit of a row.
pub fn bit(row: &mut Row, column: u32) {
    row[column as usize / 64] |= 1 << (column % 64);
}

/// The columns of a range of arrows in a sweep that began at an arrow.
pub fn range(first: u32, arrows: &Range<u32>) -> Row {
    let mut row = Row::default();
    let (from, to) =
        (arrows.start.clamp(first, first + ARROWS) - first, arrows.end.clamp(first, first + ARROWS) - first);
    let (from, to) = (from as usize * 2, to as usize * 2);
    for (word, bits) in row.iter_mut().enumerate() {
        let (low, high) =
            (from.clamp(word * 64, word * 64 + 64) - word * 64, to.clamp(word * 64, word * 64 + 64) - word * 64);
        if low < high {
            *bits = (u64::MAX >> (64 - (high - low))) << low;
        }
    }
    row
}

fn or(row: &mut Row, other: &Row) {
    row.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
}

impl Relation {
    /// Ready for many questions.
    pub fn freeze(&self, order: &Order) -> Frozen {
        let sorted = self.sorted();
        let mut rank = vec![0u32; self.graph.node_count()];
        sorted.iter().enumerate().for_each(|(at, node)| rank[node.index()] = at as u32);
        let mut starts = Vec::with_capacity(sorted.len() + 1);
        let mut befores = Vec::with_capacity(self.graph.edge_count());
        let mut points = Vec::with_capacity(sorted.len());
        for node in &sorted {
            starts.push(befores.len() as u32);
            let start = befores.len();
            let incoming = self.graph.edges_directed(*node, Direction::Incoming);
            befores.extend(incoming.map(|edge| (rank[edge.source().index()], *edge.weight())));
            befores[start..].sort_unstable_by_key(|&(from, operand)| (operand, from));
            points.push(self.graph[*node]);
        }
        starts.push(befores.len() as u32);
        let place = |nodes: &[NodeIndex]| nodes.iter().map(|node| rank[node.index()]).collect();
        let (sends, receives) = (place(&self.sends), place(&self.receives));
        Frozen { points, starts, befores, sends, receives, operands: spans(order) }
    }
}

impl Relation {
    /// The nodes in the topological order that is nearest to the order of the text, so that a sweep may begin late and
    /// what belongs together lies together. Acyclic by construction: every edge goes down the page.
    fn sorted(&self) -> Vec<NodeIndex> {
        let count = |node| self.graph.edges_directed(node, Direction::Incoming).count();
        let mut open: Vec<usize> = self.graph.node_indices().map(count).collect();
        let text = |node: NodeIndex, above: (u32, u32)| match self.graph[node] {
            Point::Send(id) => (id.0, 0),
            Point::Receive(id) => (id.0, 1),
            Point::Join | Point::Meet(_) => above,
        };
        let free = self.graph.node_indices().filter(|node| open[node.index()] == 0);
        let mut heap: BinaryHeap<_> = free.map(|node| Reverse((text(node, (0, 0)), node))).collect();
        let mut sorted = Vec::with_capacity(open.len());
        while let Some(Reverse((at, node))) = heap.pop() {
            sorted.push(node);
            for next in self.graph.neighbors_directed(node, Direction::Outgoing) {
                open[next.index()] -= 1;
                if open[next.index()] == 0 {
                    heap.push(Reverse((text(next, at), next)));
                }
            }
        }
        sorted
    }
}

/// The arrows of each operand of each fragment: they are numbered in the order of the text, so each is a range.
fn spans(order: &Order) -> Vec<Vec<Range<u32>>> {
    fn walk(order: &Order, block: &Block, next: &mut u32, spans: &mut [Vec<Range<u32>>]) {
        for node in block {
            match node {
                Node::Arrow(id) => *next = id.0 + 1,
                Node::Fragment(id) => {
                    for operand in &order.fragment(*id).operands {
                        let start = *next;
                        walk(order, &operand.body, next, spans);
                        spans[id.0 as usize].push(start..*next);
                    }
                }
            }
        }
    }
    let mut spans = vec![Vec::new(); order.fragments.len()];
    walk(order, &order.root, &mut 0, &mut spans);
    spans
}

impl Frozen {
    /// The place of an event in the topological order.
    pub fn rank(&self, point: Point) -> Option<usize> {
        let at = |ranks: &[u32], id: ArrowId| ranks.get(id.0 as usize).map(|rank| *rank as usize);
        match point {
            Point::Send(id) => at(&self.sends, id),
            Point::Receive(id) => at(&self.receives, id),
            Point::Join | Point::Meet(_) => None,
        }
    }

    /// The nodes in a topological order, each with the places of those right before it and their operands.
    pub fn nodes(&self) -> impl Iterator<Item = (Point, &[(u32, u32)])> {
        self.points.iter().enumerate().map(|(at, point)| (*point, self.before(at)))
    }

    /// The places right before a place, with their operands.
    pub fn before(&self, rank: usize) -> &[(u32, u32)] {
        &self.befores[self.starts[rank] as usize..self.starts[rank + 1] as usize]
    }

    /// The node of a place.
    pub fn point(&self, rank: usize) -> Point {
        self.points[rank]
    }

    /// The arrows of each operand of a fragment.
    pub fn operands(&self, fragment: FragmentId) -> &[Range<u32>] {
        &self.operands[fragment.0 as usize]
    }

    /// Fills the rows: which events of the 256 arrows from `first` on come before each node, an event itself included.
    pub fn sweep(&self, first: u32, rows: &mut Rows) {
        rows.rows.resize(self.points.len(), Row::default());
        let until = (first + ARROWS).min(self.sends.len() as u32);
        let mine = first as usize..until as usize;
        let start = self.sends[mine.clone()].iter().chain(&self.receives[mine]).min().map_or(0, |rank| *rank as usize);
        if rows.dirty < start {
            rows.rows[rows.dirty..start].fill(Row::default());
        }
        rows.dirty = start;
        for at in start..self.points.len() {
            let befores = self.before(at);
            let mut row = Row::default();
            match self.points[at] {
                Point::Meet(id) => row = self.meet(id, befores, first, rows),
                point @ (Point::Send(_) | Point::Receive(_) | Point::Join) => {
                    befores.iter().for_each(|(from, _)| or(&mut row, &rows.rows[*from as usize]));
                    match point {
                        Point::Send(id) if (first..until).contains(&id.0) => bit(&mut row, (id.0 - first) * 2),
                        Point::Receive(id) if (first..until).contains(&id.0) => bit(&mut row, (id.0 - first) * 2 + 1),
                        Point::Send(_) | Point::Receive(_) | Point::Join | Point::Meet(_) => {}
                    }
                }
            }
            rows.rows[at] = row;
        }
    }

    /// For each pair whether the first comes before the second in every run that has both.
    pub fn ordered(&self, pairs: &[(Point, Point)]) -> Vec<bool> {
        let mut answers = vec![false; pairs.len()];
        let mut by_sweep: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, (a, _)) in pairs.iter().enumerate() {
            let first = a.arrow().map(|id| id.0 / ARROWS * ARROWS);
            first.into_iter().for_each(|first| by_sweep.entry(first).or_default().push(at));
        }
        let mut rows = Rows::default();
        for (first, mine) in by_sweep {
            self.sweep(first, &mut rows);
            for at in mine {
                let (a, b) = pairs[at];
                if let (Some(column), Some(rank)) = (column(first, a), self.rank(b)) {
                    answers[at] = a != b && rows.at(rank)[column as usize / 64] >> (column % 64) & 1 == 1;
                }
            }
        }
        answers
    }

    /// What all operands know; of what stands in one of them, what that one knows.
    fn meet(&self, id: FragmentId, befores: &[(u32, u32)], first: u32, rows: &Rows) -> Row {
        let operands = &self.operands[id.0 as usize];
        let whole = operands.first().map_or(0, |first| first.start)..operands.last().map_or(0, |last| last.end);
        let near = whole.start < first + ARROWS && first < whole.end;
        let groups = || befores.chunk_by(|a, b| a.1 == b.1);
        let own = |group: &[(u32, u32)]| group.first().map(|(_, operand)| *operand).filter(|operand| *operand != SKIP);
        let arrows = |operand: u32| range(first, &operands[operand as usize]);
        // Operands stand one behind the other: what is not in one of them is in another.
        let inside = range(first, &whole);
        let mut touched = Row::default();
        if near {
            groups().filter_map(own).for_each(|operand| or(&mut touched, &arrows(operand)));
        }
        let mut all = [u64::MAX; WORDS];
        for group in groups() {
            let mut known = Row::default();
            group.iter().for_each(|(from, _)| or(&mut known, &rows.rows[*from as usize]));
            if near {
                // What stands in another operand is not for this one to know.
                match own(group) {
                    Some(operand) => {
                        let others = inside.iter().zip(arrows(operand)).map(|(inside, own)| inside & !own);
                        known.iter_mut().zip(others).for_each(|(word, others)| *word |= others);
                    }
                    None => or(&mut known, &touched),
                }
            }
            all.iter_mut().zip(&known).for_each(|(all, known)| *all &= known);
        }
        if befores.is_empty() { Row::default() } else { all }
    }
}
