//! The cheapest way to account for the frames and the expectations of one connection.
//!
//! A way through (frames consumed × what is still to come): an agreement costs nothing, leaving out a frame or a message
//! costs one. For each frame there are few ways on: to leave it out, or to take it as the nearest message of each part of
//! the drawing that it fits, leaving out what stands before that. Where it fits what is next and nothing else, that is
//! never worse than anything, so ways part only where something is wrong. The search is bounded by its steps
//! ([`Budget`]); what is left when they are used up, [`super::rest`] does.

use super::alignment::{Alignment, Budget, Frames, PARTS};
use super::known::Known;
use super::lane::{END, Id, Lane, Node};
use super::limits::Limit;
use super::path::{Edge, Move, Path, Reach};
use super::skeleton::Status;
use crate::oracle::config::Key;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

/// How many turns of one loop are begun for one frame of which nothing came. Those of each loop are counted by
/// themselves: that a loop inside ends says nothing of the one around it.
const SILENT_TURNS: u32 = 2;

/// Aligns frames with what a connection had to carry.
pub(super) struct Search<'s, 'l, 'f> {
    pub lane: &'s mut Lane<'l>,
    pub known: &'s Known,
    pub frames: &'s mut Frames<'f>,
    pub budget: &'s mut Budget,
    paths: Vec<Path>,
}

impl<'s, 'l, 'f> Search<'s, 'l, 'f> {
    pub fn new(
        lane: &'s mut Lane<'l>,
        known: &'s Known,
        frames: &'s mut Frames<'f>,
        budget: &'s mut Budget,
    ) -> Search<'s, 'l, 'f> {
        Search { lane, known, frames, budget, paths: Vec::new() }
    }

    /// The cheapest way from there; where the steps are used up, the farthest or best of those that were begun.
    pub fn run(&mut self, root: Id) -> Result<Alignment, u32> {
        let count = self.frames.len();
        let mut heap: BinaryHeap<Reverse<(u32, Reverse<u32>, u32)>> = BinaryHeap::new();
        let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
        self.paths.push(Path { frame: 0, node: root, cost: 0, from: 0, last: Move::Begin });
        heap.push(Reverse((self.bound(0), Reverse(0), 0)));
        let mut best: Option<(u32, u32)> = None;
        let mut farthest = 0;
        while let Some(Reverse((bound, _, index))) = heap.pop() {
            if best.is_some_and(|(known, _)| bound >= known) {
                break;
            }
            if self.budget.steps == 0 {
                return Err(best.map_or(farthest, |(_, index)| index));
            }
            self.budget.steps -= 1;
            let index = self.slide(index);
            let Path { frame, node, cost, .. } = self.paths[index as usize];
            if !seen.insert((frame, self.lane.class(node))) {
                continue;
            }
            if frame > self.paths[farthest as usize].frame {
                farthest = index;
            }
            if frame == count {
                let total = cost + self.lane.least(node);
                if best.is_none_or(|(known, _)| total < known) {
                    best = Some((total, index));
                }
                continue;
            }
            for next in self.next(index) {
                heap.push(Reverse((self.bound(next), Reverse(self.paths[next as usize].frame), next)));
            }
        }
        match best {
            Some((_, index)) => Ok(self.alignment(index)),
            None => Err(farthest),
        }
    }

    /// What a way costs at least: of the messages that must still come, no more than there are frames can be met.
    fn bound(&self, index: u32) -> u32 {
        let path = &self.paths[index as usize];
        path.cost + self.lane.least(path.node).saturating_sub(self.frames.len() - path.frame)
    }

    /// Goes on as long as a frame fits what is next and nothing else.
    fn slide(&mut self, from: u32) -> u32 {
        let index = self.slid(from);
        self.budget.spend((self.paths[index as usize].frame - self.paths[from as usize].frame) as usize);
        index
    }

    fn slid(&mut self, mut index: u32) -> u32 {
        loop {
            let Path { frame, node, cost, .. } = self.paths[index as usize];
            if frame == self.frames.len() || self.frames.free[frame as usize] {
                return index;
            }
            // A message at the head is the commonest case by far, and needs no search.
            let Node::Item(key, rest) = *self.lane.node(node) else { return index };
            if !self.frames.fit(self.lane, self.known, key, frame, self.budget) {
                return index;
            }
            self.paths.push(Path {
                frame: frame + 1,
                node: rest,
                cost,
                from: index,
                last: Move::Sync(key, Rc::default()),
            });
            index = self.paths.len() as u32 - 1;
        }
    }

    /// The ways on from a state, the rather taken first.
    fn next(&mut self, index: u32) -> Vec<u32> {
        let Path { frame, node, cost, .. } = self.paths[index as usize];
        let free = self.frames.free[frame as usize];
        let mut found = self.reach(node, frame, 0);
        found.sort_by_key(|reach| reach.cost);
        let forced = !free && matches!(found.as_slice(), [only] if only.cost == 0 && only.edges.is_empty());
        let mut next = Vec::with_capacity(found.len() + 1);
        for reach in found {
            let last = Move::Sync(reach.item, reach.edges);
            self.paths.push(Path { frame: frame + 1, node: reach.rest, cost: cost + reach.cost, from: index, last });
            next.push(self.paths.len() as u32 - 1);
        }
        if !forced {
            let cost = cost + u32::from(!free);
            self.paths.push(Path { frame: frame + 1, node, cost, from: index, last: Move::Skip });
            next.push(self.paths.len() as u32 - 1);
        }
        next
    }

    /// The messages as which a frame can be taken next: the nearest on every way through what is to come.
    fn reach(&mut self, from: Id, frame: u32, depth: u32) -> Vec<Reach> {
        struct Place {
            node: Id,
            cost: u32,
            from: usize,
            edge: Option<Edge>,
        }
        let mut out: Vec<Reach> = Vec::new();
        let mut places = vec![Place { node: from, cost: 0, from: 0, edge: None }];
        let mut queue = VecDeque::from([0usize]);
        let mut seen: FxHashSet<Id> = FxHashSet::default();
        // How many turns of a loop had been begun where it was come to: all its later turns are behind that.
        let mut begun: FxHashMap<Key, u32> = FxHashMap::default();
        while let Some(at) = queue.pop_front() {
            let (node, cost) = (places[at].node, places[at].cost);
            if !seen.insert(node) || self.budget.steps == 0 {
                continue;
            }
            self.budget.steps -= 1;
            let edges = |places: &[Place]| {
                let mut edges = Vec::new();
                let mut at = at;
                while at != 0 {
                    edges.extend(places[at].edge);
                    at = places[at].from;
                }
                edges.reverse();
                edges
            };
            let mut go = |places: &mut Vec<Place>, node: Id, more: u32, edge: Option<Edge>| {
                places.push(Place { node, cost: cost + more, from: at, edge });
                if more == 0 { queue.push_front(places.len() - 1) } else { queue.push_back(places.len() - 1) }
            };
            match self.lane.node(node).clone() {
                Node::End => {}
                Node::Item(key, rest) => {
                    if self.frames.fit(self.lane, self.known, key, frame, self.budget) {
                        let edges = edges(&places);
                        self.budget.spend(edges.len());
                        out.push(Reach { cost, item: key, rest, edges: Rc::new(edges) });
                    } else {
                        let more = self.lane.cost(key);
                        go(&mut places, rest, more, Some(Edge::Leave(key)));
                    }
                }
                Node::Choice(key, ways) => {
                    // The first way is looked at first.
                    for (operand, way) in ways.iter().rev() {
                        go(&mut places, *way, 0, Some(Edge::Take(key, *operand)));
                    }
                }
                Node::Loop { key, body, count, next } => {
                    go(&mut places, next, 0, Some(Edge::Close(key, count)));
                    let first = *begun.entry(key).or_insert(count);
                    if count < first + SILENT_TURNS {
                        let made = self.lane.made;
                        let (more, _) = self.lane.turn(key, body, count, next);
                        self.budget.spend(self.lane.made - made);
                        more.into_iter().for_each(|more| go(&mut places, more, 0, None));
                    }
                }
                Node::Par(children, next) => {
                    let mut tried: Vec<u32> = Vec::new();
                    let mut taken = false;
                    for (place, child) in children.iter().enumerate() {
                        let class = self.lane.class(*child);
                        if tried.contains(&class) || depth > 32 {
                            continue;
                        }
                        tried.push(class);
                        for inner in self.reach(*child, frame, depth + 1) {
                            let made = self.lane.made;
                            let rest = self.lane.with(&children, place, inner.rest, next);
                            let mut all = edges(&places);
                            taken |= inner.edges.is_empty();
                            all.extend(inner.edges.iter().copied());
                            self.budget.spend(PARTS + all.len() + self.lane.made - made);
                            let cost = cost + inner.cost;
                            out.push(Reach { cost, item: inner.item, rest, edges: Rc::new(all) });
                        }
                    }
                    // What is next in one of its operands is never worse than what is behind all.
                    if !taken && next != END {
                        let more = self.lane.least(node) - self.lane.least(next);
                        places.push(Place { node: next, cost: cost + more, from: at, edge: Some(Edge::Drop(node)) });
                        let last = places.len() - 1;
                        if more == 0 { queue.push_front(last) } else { queue.push_back(last) }
                    }
                }
            }
        }
        out
    }

    /// How the choices of a way go.
    pub fn taken(&mut self, index: u32) -> Vec<(Key, Limit)> {
        let mut told = Alignment::default();
        self.walk(index, &mut told);
        told.taken
    }

    fn walk(&mut self, index: u32, told: &mut Alignment) {
        let mut way = Vec::new();
        let mut at = index;
        while at != 0 {
            way.push(at);
            at = self.paths[at as usize].from;
        }
        for at in way.into_iter().rev() {
            let (frame, last) = (self.paths[at as usize].frame - 1, self.paths[at as usize].last.clone());
            match last {
                Move::Begin => {}
                Move::Skip if self.frames.free[frame as usize] => {}
                Move::Skip => told.extra.push(frame),
                Move::Sync(key, edges) => {
                    edges.iter().for_each(|edge| self.edge(*edge, told));
                    told.synced.push((key, frame));
                }
            }
        }
    }

    fn edge(&mut self, edge: Edge, told: &mut Alignment) {
        match edge {
            Edge::Leave(key) => match self.lane.status(key) {
                Status::Due(_) => told.missing.push(key),
                Status::Excused(_) => told.excused.push(key),
                Status::May(_) => told.may.push(key),
                Status::Open | Status::Later => told.later.push(key),
            },
            Edge::Take(key, operand) => told.taken.push((key, Limit::Operand(operand))),
            Edge::Close(key, count) => told.taken.push((key, Limit::exactly(count))),
            Edge::Drop(node) => {
                let Node::Par(children, _) = self.lane.node(node).clone() else { return };
                children.iter().for_each(|child| self.leave(*child, told));
            }
        }
    }

    /// Leaves out all of a state, by the way on which least is missing.
    pub fn leave(&mut self, mut node: Id, told: &mut Alignment) {
        loop {
            match self.lane.node(node).clone() {
                Node::End => return,
                Node::Item(key, next) => {
                    self.edge(Edge::Leave(key), told);
                    node = next;
                }
                Node::Choice(key, ways) => {
                    let least = ways.iter().min_by_key(|(_, way)| self.lane.least(*way));
                    let Some(&(operand, way)) = least else { return };
                    told.taken.push((key, Limit::Operand(operand)));
                    node = way;
                }
                Node::Loop { key, count, next, .. } => {
                    told.taken.push((key, Limit::exactly(count)));
                    node = next;
                }
                Node::Par(children, next) => {
                    children.iter().for_each(|child| self.leave(*child, told));
                    node = next;
                }
            }
        }
    }

    /// What it has kept, for the tests: states and ways, and what each is made of.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        let edges = self.paths.iter().map(|path| match &path.last {
            Move::Begin | Move::Skip => 0,
            Move::Sync(_, edges) => edges.len(),
        });
        self.lane.made + self.paths.len() + edges.sum::<usize>()
    }

    fn alignment(&mut self, index: u32) -> Alignment {
        let mut told = Alignment::default();
        self.walk(index, &mut told);
        let node = self.paths[index as usize].node;
        self.leave(node, &mut told);
        told.missing.sort_unstable();
        told.excused.sort_unstable();
        told.may.sort_unstable();
        told.later.sort_unstable();
        told
    }
}
