//! A diagram's tree → the edges of one order.

use super::{Point, Relation, SKIP, Which};
use crate::order::model::{Arrow, ArrowId, Block, Fragment, FragmentId, Kind, LifelineId, Node, Order, Role};
use crate::wire::Channel;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Lays one order out. `channel` says on which of a client's connections an arrow passes, `after` which arrows the tool
/// waits for before it plays one (`depends`, `strict`).
pub fn relate<'a>(
    order: &'a Order,
    which: Which,
    channel: &'a dyn Fn(ArrowId) -> Channel,
    after: &'a dyn Fn(ArrowId) -> &'a [ArrowId],
) -> Relation {
    let mut graph = DiGraph::with_capacity(order.arrows.len() * 2, order.arrows.len() * 5);
    let (mut sends, mut receives) = (Vec::new(), Vec::new());
    for (id, _) in order.arrow_ids() {
        let (send, receive) = (graph.add_node(Point::Send(id)), graph.add_node(Point::Receive(id)));
        graph.add_edge(send, receive, SKIP);
        sends.push(send);
        receives.push(receive);
    }
    let relation = Relation { graph, sends, receives };
    let (ids, fronts, changes) = (FxHashMap::default(), Vec::new(), Vec::new());
    let mut layout = Layout { order, which, channel, relation, ids, fronts, changes };
    layout.block(&order.root);
    for (id, _) in order.arrow_ids() {
        for on in after(id) {
            // What the tool sees of it: that it was sent, or that it came.
            let seen =
                if order.simulated(order.arrow(*on).to) { &layout.relation.receives } else { &layout.relation.sends };
            let (from, to) = (seen[on.0 as usize], layout.relation.sends[id.0 as usize]);
            layout.relation.graph.add_edge(from, to, SKIP);
        }
    }
    layout.relation
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

/// The threads that an operand changed, each with what it was before.
type Changes = BTreeMap<u32, Front>;

struct Layout<'a> {
    order: &'a Order,
    which: Which,
    channel: &'a dyn Fn(ArrowId) -> Channel,
    relation: Relation,
    ids: FxHashMap<Thread, u32>,
    fronts: Vec<Front>,
    /// One for each operand that is open, innermost last.
    changes: Vec<Changes>,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id),
                Node::Fragment(id) => self.fragment(*id),
            }
        }
    }

    fn arrow(&mut self, id: ArrowId) {
        let arrow: &Arrow = self.order.arrow(id);
        // What must not happen is no event.
        let (Some(from), Some(to), false) = (arrow.from.lifeline(), arrow.to.lifeline(), arrow.traits.never) else {
            return;
        };
        let (send, receive) = (self.relation.sends[id.0 as usize], self.relation.receives[id.0 as usize]);
        let connection = self.thread(Thread::Connection(to, from, (self.channel)(id)));
        let (sender, receiver) = (self.thread(Thread::Lifeline(from)), self.thread(Thread::Lifeline(to)));
        let is_tested = |id: LifelineId| self.order.lifeline(id).role == Role::Tested;
        let (from_tested, to_tested) = (is_tested(from), is_tested(to));
        if self.which == Which::Cause && from_tested {
            // Only the nearest receive above, and what went before on the same connection.
            for cause in self.fronts[sender as usize].last.clone() {
                self.edge(cause, send);
            }
        } else {
            self.after_all(sender, send);
        }
        if arrow.traits.lost {
            return;
        }
        match self.which {
            Which::Visual if to_tested => self.after_all(receiver, receive),
            // Receives on different connections of one client may come either way round.
            Which::Visual => {
                self.after_all(connection, receive);
                for last in self.fronts[receiver as usize].last.clone() {
                    self.edge(last, receive);
                }
                self.touch(receiver).since.push(receive);
            }
            Which::Enforceable => {
                self.after_all(connection, receive);
                self.touch(receiver).since.push(receive);
            }
            Which::Cause => {
                self.after_all(connection, receive);
                let front = self.touch(receiver);
                if to_tested {
                    front.last = vec![receive];
                } else {
                    front.since.push(receive);
                }
            }
        }
    }

    /// This event comes after everything so far on its thread, and everything later after it.
    fn after_all(&mut self, thread: u32, node: NodeIndex) {
        let front = std::mem::replace(self.touch(thread), Front { last: vec![node], since: Vec::new() });
        for before in front.last.into_iter().chain(front.since) {
            self.edge(before, node);
        }
    }

    fn edge(&mut self, from: NodeIndex, to: NodeIndex) {
        if from != to {
            self.relation.graph.add_edge(from, to, SKIP);
        }
    }

    fn thread(&mut self, thread: Thread) -> u32 {
        let next = self.fronts.len() as u32;
        let id = *self.ids.entry(thread).or_insert(next);
        if id == next {
            self.fronts.push(Front::default());
        }
        id
    }

    /// The front of a thread, to be changed: what it was is kept for the other operands.
    fn touch(&mut self, thread: u32) -> &mut Front {
        let known = self.changes.last().is_none_or(|changes| changes.contains_key(&thread));
        if !known {
            let mut front = std::mem::take(&mut self.fronts[thread as usize]);
            self.narrow(&mut front.last);
            self.narrow(&mut front.since);
            self.fronts[thread as usize] = front.clone();
            if let Some(changes) = self.changes.last_mut() {
                changes.insert(thread, front);
            }
        }
        &mut self.fronts[thread as usize]
    }

    /// Puts one node between many that came before and whatever comes now.
    fn narrow(&mut self, side: &mut Vec<NodeIndex>) {
        side.sort_unstable();
        side.dedup();
        if side.len() > 2 {
            let join = self.relation.graph.add_node(Point::Join);
            for before in side.drain(..) {
                self.relation.graph.add_edge(before, join, SKIP);
            }
            side.push(join);
        }
    }

    fn fragment(&mut self, id: FragmentId) {
        let order = self.order;
        let fragment: &Fragment = order.fragment(id);
        let skippable = match fragment.kind {
            Kind::Choice(_) | Kind::Par => false,
            Kind::Loop { min, .. } => min == 0,
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
        };
        let is_choice = skippable || matches!(fragment.kind, Kind::Choice(_));
        if !is_choice && fragment.kind != Kind::Par {
            fragment.operands.iter().for_each(|operand| self.block(&operand.body));
            return;
        }
        // For each thread: what it was, and what each operand that changed it made of it.
        let mut outs: BTreeMap<u32, (Front, Vec<(u32, Front)>)> = BTreeMap::new();
        for (index, operand) in fragment.operands.iter().enumerate() {
            self.changes.push(Changes::new());
            self.block(&operand.body);
            for (thread, before) in self.changes.pop().unwrap_or_default() {
                let out = std::mem::replace(&mut self.fronts[thread as usize], before.clone());
                outs.entry(thread).or_insert((before, Vec::new())).1.push((index as u32, out));
            }
        }
        let operands = fragment.operands.len() + usize::from(skippable);
        for (thread, (before, outs)) in outs {
            let front = if is_choice {
                let all = outs.len() == operands;
                self.meet(id, &before, &outs, all)
            } else {
                let mut front = Front::default();
                for (_, out) in outs {
                    front.last.extend(out.last);
                    front.since.extend(out.since);
                }
                self.narrow(&mut front.last);
                self.narrow(&mut front.since);
                front
            };
            *self.touch(thread) = front;
        }
    }

    /// Behind a choice: only what every operand knows is known.
    fn meet(&mut self, id: FragmentId, before: &Front, outs: &[(u32, Front)], all: bool) -> Front {
        let mut one = |side: &dyn Fn(&Front) -> Vec<NodeIndex>| {
            let meet = self.relation.graph.add_node(Point::Meet(id));
            let skipping = (!all).then_some((SKIP, before));
            for (operand, out) in outs.iter().map(|(operand, out)| (*operand, out)).chain(skipping) {
                let mut from = side(out);
                if from.is_empty() {
                    // An operand that knows nothing takes part as well.
                    from.push(self.relation.graph.add_node(Point::Join));
                }
                for from in from {
                    self.relation.graph.add_edge(from, meet, operand);
                }
            }
            meet
        };
        let last = one(&|front| front.last.clone());
        let since = outs.iter().any(|(_, out)| !out.since.is_empty()) || !all && !before.since.is_empty();
        // A later send comes after both sides, wherever an operand has put them.
        let since = since.then(|| one(&|front| front.last.iter().chain(&front.since).copied().collect()));
        Front { last: vec![last], since: since.into_iter().collect() }
    }
}
