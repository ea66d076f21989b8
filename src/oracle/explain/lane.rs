//! What one connection had to carry, as states: a state is what is still to come.
//!
//! States are made once and numbered. Two that differ only in which of several equal arrows are left, such as equal
//! operands of a `par`, have one class, and whoever searches looks at one of them. Choices stay open in a state; which
//! way one goes is decided when a message of that way is reached.

use super::laid_out;
use super::limits::{Limit, Limits};
use super::skeleton::{Causes, Status};
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::{LaneKind, Step};
use crate::order::{ArrowId, FragmentId, Kind};
use rustc_hash::FxHashMap;

/// A state by its number.
pub(super) type Id = u32;
/// Nothing is to come.
pub(super) const END: Id = 0;

/// What is still to come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    End,
    /// This message, then the rest.
    Item(Key, Id),
    /// One of these, each with what comes behind the choice. The first number is that of the operand.
    Choice(Key, Box<[(u32, Id)]>),
    /// The head of a loop, all turns that must be behind it: one more, or the rest.
    Loop {
        key: Key,
        body: u32,
        count: u32,
        next: Id,
    },
    /// All of these, interleaved, then the rest; ordered by class.
    Par(Box<[Id]>, Id),
}

/// What makes two states one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shape {
    End,
    Item(u32, u32),
    Choice(Option<Key>, Box<[u32]>),
    Loop(Key, u32, u32),
    Par(Box<[u32]>, u32),
}

/// What makes two messages one: the label, and whether and since when it may have come.
type Kindred = (u32, Status);

/// The states of one connection, made while they are looked at.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    pub oracle: &'a mut Oracle,
    pub causes: &'a Causes,
    pub limits: &'a Limits,
    pub lane: u32,
    nodes: Vec<Node>,
    ids: FxHashMap<Node, Id>,
    classes: Vec<u32>,
    shapes: FxHashMap<Shape, u32>,
    /// The least number of messages that must still come.
    least: Vec<u32>,
    kindred: FxHashMap<Kindred, u32>,
    labels: FxHashMap<std::sync::Arc<str>, u32>,
    statuses: FxHashMap<Key, Status>,
    /// So many turns of a loop are laid out, whatever it demands: more could not be told apart anyway.
    turns: u32,
    /// Loops in loops demand more than can be laid out, so that each is laid out with less.
    pub cut: bool,
    /// What the states that were made weigh.
    pub made: usize,
}

impl<'a> Lane<'a> {
    pub fn new(oracle: &'a mut Oracle, causes: &'a Causes, limits: &'a Limits, lane: u32, frames: usize) -> Lane<'a> {
        let mut new = Lane {
            oracle,
            causes,
            limits,
            lane,
            nodes: vec![Node::End],
            ids: FxHashMap::default(),
            classes: vec![0],
            shapes: FxHashMap::from_iter([(Shape::End, 0)]),
            least: vec![0],
            kindred: FxHashMap::default(),
            labels: FxHashMap::default(),
            statuses: FxHashMap::default(),
            turns: frames as u32 + 64,
            cut: false,
            made: 0,
        };
        let drawn = new.turns;
        new.turns = laid_out::turns(&new.oracle.plan, lane, frames, drawn);
        new.cut = new.turns < drawn;
        new.ids.insert(Node::End, END);
        new
    }

    /// All of it.
    pub fn whole(&mut self) -> Id {
        match self.oracle.plan.lanes.roots.get(self.lane as usize) {
            Some(&root) => self.block(root, 0, END),
            None => END,
        }
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn class(&self, id: Id) -> u32 {
        self.classes[id as usize]
    }

    pub fn least(&self, id: Id) -> u32 {
        self.least[id as usize]
    }

    /// As if one message were not drawn.
    pub fn leave_out(&mut self, key: Key) {
        self.statuses.insert(key, Status::Later);
    }

    /// Whether and since when a message may have come.
    pub fn status(&mut self, key: Key) -> Status {
        if let Some(status) = self.statuses.get(&key) {
            return *status;
        }
        let status = self.causes.status(self.oracle, self.lane, key);
        self.statuses.insert(key, status);
        status
    }

    /// What it costs that a message did not come.
    pub fn cost(&mut self, key: Key) -> u32 {
        match self.status(key) {
            Status::Due(_) => 1,
            Status::May(_) | Status::Excused(_) | Status::Open | Status::Later => 0,
        }
    }

    /// The states of one more turn of a loop, and of none.
    pub fn turn(&mut self, key: Key, body: u32, count: u32, next: Id) -> (Option<Id>, Id) {
        let most = self.limits.turns(self.oracle, key).1;
        let more = most.is_none_or(|most| count < most).then(|| {
            let again = self.make(Node::Loop { key, body, count: count + 1, next });
            let inner = self.oracle.readings.turns.enter(key.1, FragmentId(key.0), count);
            self.block(body, inner, again)
        });
        (more, next)
    }

    /// A `par` of which one operand has become another state.
    pub fn with(&mut self, children: &[Id], place: usize, child: Id, next: Id) -> Id {
        let mut children = children.to_vec();
        if child == END {
            children.remove(place);
        } else {
            children[place] = child;
        }
        self.par(children, next)
    }

    fn par(&mut self, mut children: Vec<Id>, next: Id) -> Id {
        children.retain(|child| *child != END);
        if children.is_empty() {
            return next;
        }
        children.sort_unstable_by_key(|child| (self.classes[*child as usize], *child));
        self.make(Node::Par(children.into(), next))
    }

    /// What stands in a block, in one turn of the loops around it, and then the rest.
    fn block(&mut self, block: u32, turn: u32, mut next: Id) -> Id {
        let plan = std::sync::Arc::clone(&self.oracle.plan);
        for &step in plan.lanes.blocks[block as usize].iter().rev() {
            next = match step {
                Step::Receive(id) => self.make(Node::Item((id.0, turn), next)),
                Step::Choice(id, first) => {
                    let key = (id.0, turn);
                    let count = plan.order.fragment(id).operands.len() as u32;
                    let only = self.limits.operand(key);
                    let may = |operand: &u32| only.is_none_or(|only| only == *operand);
                    // Of ways that cost the same the first is taken: what did not have to come is not what is missing.
                    let silent = |operand: &u32| plan.order.fragment(id).operands[*operand as usize].begins.nothing;
                    let (silent, speaking): (Vec<u32>, Vec<u32>) = (0..count).filter(may).partition(silent);
                    let ways = silent
                        .into_iter()
                        .chain(speaking)
                        .map(|operand| (operand, self.block(first + operand, turn, next)));
                    let ways: Vec<(u32, Id)> = ways.collect();
                    if ways.is_empty() { next } else { self.make(Node::Choice(key, ways.into())) }
                }
                Step::Loop(id, body) => {
                    let key = (id.0, turn);
                    let (least, _) = self.limits.turns(self.oracle, key);
                    let least = least.min(self.turns);
                    let mut head = self.make(Node::Loop { key, body, count: least, next });
                    for count in (0..least).rev() {
                        let inner = self.oracle.readings.turns.enter(turn, id, count);
                        head = self.block(body, inner, head);
                    }
                    head
                }
                Step::Par(first, count) => {
                    let children = (first..first + count).map(|block| self.block(block, turn, END)).collect();
                    self.par(children, next)
                }
                Step::Enter(_)
                | Step::Leave(_)
                | Step::Forbid(_)
                | Step::Calm(_)
                | Step::AwaitSent(_)
                | Step::AwaitReceived(_)
                | Step::Emit(_)
                | Step::Play(_)
                | Step::Free(_) => next,
            };
        }
        next
    }

    fn make(&mut self, node: Node) -> Id {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let class = |id: &Id| self.classes[*id as usize];
        let least = |id: &Id| self.least[*id as usize];
        let (shape, least) = match &node {
            Node::End => (Shape::End, 0),
            Node::Item(key, next) => {
                let (key, next) = (*key, *next);
                let (kindred, cost) = (self.kindred(key), self.cost(key));
                (Shape::Item(kindred, self.class(next)), cost + self.least(next))
            }
            Node::Choice(key, ways) => {
                let own = (!self.is_local(*key)).then_some(*key);
                let shape = Shape::Choice(own, ways.iter().map(|(_, way)| class(way)).collect());
                (shape, ways.iter().map(|(_, way)| least(way)).min().unwrap_or(0))
            }
            Node::Loop { key, count, next, .. } => (Shape::Loop(*key, *count, class(next)), least(next)),
            Node::Par(children, next) => {
                let shape = Shape::Par(children.iter().map(class).collect(), class(next));
                (shape, children.iter().map(least).sum::<u32>() + least(next))
            }
        };
        let fresh = self.shapes.len() as u32;
        let class = *self.shapes.entry(shape).or_insert(fresh);
        self.made += 1 + match &node {
            Node::Choice(_, ways) => ways.len(),
            Node::Par(children, _) => children.len(),
            Node::End | Node::Item(..) | Node::Loop { .. } => 0,
        };
        let id = self.nodes.len() as Id;
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        self.classes.push(class);
        self.least.push(least);
        id
    }

    /// Whether nobody but this connection sees how a choice goes.
    fn is_local(&self, key: Key) -> bool {
        let holders = self.oracle.plan.lanes.holders.get(&FragmentId(key.0));
        holders.is_some_and(|lanes| lanes.iter().all(|lane| *lane == self.lane))
    }

    /// The kind of a message: those of one kind stand for one another.
    pub fn label(&mut self, id: ArrowId) -> u32 {
        let arrow = self.oracle.plan.order.arrow(id);
        if !arrow.traits.is_plain() {
            return u32::MAX - id.0;
        }
        let fresh = self.labels.len() as u32;
        *self.labels.entry(arrow.label.clone()).or_insert(fresh)
    }

    fn kindred(&mut self, key: Key) -> u32 {
        let kind = (self.label(ArrowId(key.0)), self.status(key));
        let fresh = self.kindred.len() as u32;
        *self.kindred.entry(kind).or_insert(fresh)
    }

    /// The client of this connection; none where nothing is drawn on it.
    pub fn client(&self) -> u32 {
        match self.oracle.plan.lanes.kinds.get(self.lane as usize) {
            Some(LaneKind::Receive { client, .. }) => client.0,
            Some(LaneKind::Cause(_) | LaneKind::Tool(_) | LaneKind::Gate(_)) | None => u32::MAX,
        }
    }
}

impl Limits {
    /// The only operand that a choice may take; none where all may be.
    pub fn operand(&self, key: Key) -> Option<u32> {
        match self.get(key) {
            Some(Limit::Operand(operand)) => Some(operand),
            Some(Limit::Turns { .. }) | None => None,
        }
    }

    /// The least and the most turns of a loop.
    pub fn turns(&self, oracle: &Oracle, key: Key) -> (u32, Option<u32>) {
        match (self.get(key), &oracle.plan.order.fragment(FragmentId(key.0)).kind) {
            // A loop that was begun, and not yet left, is drawn with a most all the same.
            (Some(Limit::Turns { least, most }), Kind::Loop { max, .. }) => {
                (least, most.into_iter().chain(max.map(|max| max.max(least))).min())
            }
            (Some(Limit::Operand(_)) | None, Kind::Loop { min, max, .. }) => (*min, *max),
            (
                Some(_) | None,
                Kind::Choice(_) | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame,
            ) => (0, Some(0)),
        }
    }
}
