//! The visual, enforceable and cause orders of an [`Order`], as graphs.
//!
//! Edges are those that generate an order, not its closure: a chain of n events has n − 1. Where many threads meet, a
//! [`Point::Join`] stands between them, so that the graph stays linear in the diagram. Operands of a choice are laid side
//! by side: events of different operands are unordered here, and [`conflict`] says that they exclude one another. The
//! body of a loop stands once.

use super::model::{ArrowId, Block, Kind, LifelineId, Node, Order, Role};
use crate::wire::Channel;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};
use std::collections::BTreeMap;

/// One node of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// An arrow leaves its sender.
    Send(ArrowId),
    /// An arrow reaches its receiver.
    Receive(ArrowId),
    /// Nothing happens here: threads meet.
    Join,
}

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
    /// Nodes and generating edges; acyclic.
    pub graph: DiGraph<Point, ()>,
    /// The send of every arrow.
    pub sends: Vec<NodeIndex>,
    /// The receive of every arrow.
    pub receives: Vec<NodeIndex>,
}

impl Relation {
    /// Whether `a` comes before `b` in every run that has both.
    pub fn before(&self, a: Point, b: Point) -> bool {
        let (Some(a), Some(b)) = (self.node(a), self.node(b)) else { return false };
        let mut search = Dfs::new(&self.graph, a);
        while let Some(node) = search.next(&self.graph) {
            if node == b {
                return a != b;
            }
        }
        false
    }

    /// Everything that comes before an event.
    pub fn causes(&self, of: Point) -> Vec<Point> {
        let Some(start) = self.node(of) else { return Vec::new() };
        let reversed = Reversed(&self.graph);
        let mut search = Dfs::new(reversed, start);
        let mut found = Vec::new();
        while let Some(node) = search.next(reversed) {
            if node != start && self.graph[node] != Point::Join {
                found.push(self.graph[node]);
            }
        }
        found.sort_unstable();
        found
    }

    /// The node of an event.
    pub fn node(&self, point: Point) -> Option<NodeIndex> {
        match point {
            Point::Send(id) => self.sends.get(id.0 as usize).copied(),
            Point::Receive(id) => self.receives.get(id.0 as usize).copied(),
            Point::Join => None,
        }
    }
}

/// Lays one order out. `channel` says on which of a client's connections an arrow passes.
pub fn relate(order: &Order, which: Which, channel: &dyn Fn(ArrowId) -> Channel) -> Relation {
    let mut graph = DiGraph::with_capacity(order.arrows.len() * 2, order.arrows.len() * 4);
    let ids = (0..order.arrows.len() as u32).map(ArrowId);
    let (mut sends, mut receives) = (Vec::new(), Vec::new());
    for id in ids {
        let (send, receive) = (graph.add_node(Point::Send(id)), graph.add_node(Point::Receive(id)));
        graph.add_edge(send, receive, ());
        sends.push(send);
        receives.push(receive);
    }
    let mut layout = Layout { order, which, channel, relation: Relation { graph, sends, receives } };
    layout.block(&order.root, Fronts::default());
    layout.depends();
    layout.relation
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

/// A thread of one lifeline or one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Thread {
    Lifeline(LifelineId),
    Connection(LifelineId, LifelineId, Channel),
}

/// The last events of a thread.
#[derive(Clone, Debug, Default)]
struct Front {
    /// What everything later comes after.
    last: Vec<NodeIndex>,
    /// Receives that only later sends come after.
    since: Vec<NodeIndex>,
}

type Fronts = BTreeMap<Thread, Front>;

struct Layout<'a> {
    order: &'a Order,
    which: Which,
    channel: &'a dyn Fn(ArrowId) -> Channel,
    relation: Relation,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block, mut fronts: Fronts) -> Fronts {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, &mut fronts),
                Node::Fragment(id) => {
                    let fragment = self.order.fragment(*id);
                    if fragment.operands.len() > 1 {
                        self.join(&mut fronts);
                    }
                    let outs: Vec<Fronts> =
                        fragment.operands.iter().map(|operand| self.block(&operand.body, fronts.clone())).collect();
                    fronts = self.meet(fronts, outs);
                }
            }
        }
        fronts
    }

    fn arrow(&mut self, id: ArrowId, fronts: &mut Fronts) {
        let arrow = self.order.arrow(id);
        let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { return };
        let (send, receive) = (self.relation.sends[id.0 as usize], self.relation.receives[id.0 as usize]);
        let connection = Thread::Connection(to, from, (self.channel)(id));
        let tested = |id: LifelineId| self.order.lifeline(id).role == Role::Tested;
        match self.which {
            Which::Visual => {
                self.after_all(Thread::Lifeline(from), send, fronts);
                // Receives on different connections of one client may come either way round.
                let client = !tested(to);
                if client {
                    self.after_all(connection, receive, fronts);
                    let front = fronts.entry(Thread::Lifeline(to)).or_default();
                    front.last.iter().for_each(|last| {
                        if !matches!(self.relation.graph[*last], Point::Receive(_)) {
                            self.relation.graph.update_edge(*last, receive, ());
                        }
                    });
                    front.since.push(receive);
                } else {
                    self.after_all(Thread::Lifeline(to), receive, fronts);
                }
            }
            Which::Enforceable => {
                self.after_all(Thread::Lifeline(from), send, fronts);
                fronts.entry(Thread::Lifeline(to)).or_default().since.push(receive);
                self.after_all(connection, receive, fronts);
            }
            Which::Cause => {
                if tested(from) {
                    // Only the nearest receive above, and what went before on the same connection.
                    let front = fronts.entry(Thread::Lifeline(from)).or_default();
                    for cause in front.last.clone() {
                        self.relation.graph.update_edge(cause, send, ());
                    }
                } else {
                    self.after_all(Thread::Lifeline(from), send, fronts);
                }
                self.after_all(connection, receive, fronts);
                let front = fronts.entry(Thread::Lifeline(to)).or_default();
                if tested(to) {
                    front.last = vec![receive];
                } else {
                    front.since.push(receive);
                }
            }
        }
    }

    /// This event comes after everything so far on its thread, and everything later after it.
    fn after_all(&mut self, thread: Thread, node: NodeIndex, fronts: &mut Fronts) {
        let front = fronts.entry(thread).or_default();
        for before in front.last.iter().chain(&front.since) {
            if *before != node {
                self.relation.graph.update_edge(*before, node, ());
            }
        }
        *front = Front { last: vec![node], since: Vec::new() };
    }

    /// Puts one node between many that came before and whatever comes now.
    fn join(&mut self, fronts: &mut Fronts) {
        for front in fronts.values_mut() {
            for side in [&mut front.last, &mut front.since] {
                if side.len() > 2 {
                    let join = self.relation.graph.add_node(Point::Join);
                    for before in side.drain(..) {
                        self.relation.graph.update_edge(before, join, ());
                    }
                    side.push(join);
                }
            }
        }
    }

    fn meet(&mut self, before: Fronts, outs: Vec<Fronts>) -> Fronts {
        if outs.is_empty() {
            return before;
        }
        let mut all = Fronts::new();
        for out in outs {
            for (thread, front) in out {
                let known = all.entry(thread).or_default();
                known.last.extend(front.last);
                known.since.extend(front.since);
            }
        }
        for front in all.values_mut() {
            for side in [&mut front.last, &mut front.since] {
                side.sort_unstable();
                side.dedup();
            }
        }
        self.join(&mut all);
        all
    }

    fn depends(&mut self) {
        for (id, arrow) in self.order.arrow_ids() {
            for on in &arrow.traits.depends {
                let (from, to) = (self.relation.receives[on.0 as usize], self.relation.sends[id.0 as usize]);
                self.relation.graph.update_edge(from, to, ());
            }
        }
    }
}
