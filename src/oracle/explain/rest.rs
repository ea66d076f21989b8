//! What is done where a search has used up its steps: the choices go as they did on the farthest way, the messages are
//! put in one order that the drawing allows, and of all pairs of a message and a frame that it fits the longest row is
//! taken that runs forward in both (a longest common subsequence, after Hunt and Szymanski). Where the drawing allows
//! one order only and leaves nothing open, that is the cheapest way; else it is one way, and is told as such.

use super::align::Search;
use super::alignment::Alignment;
use super::lane::{Id, Node};
use super::limits::Limit;
use super::skeleton::Status;
use crate::oracle::config::Key;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::rc::Rc;

/// So many frames are tried for one message: those nearest to its own.
const NEAR: usize = 400;

/// A message and those right before it.
#[derive(Debug)]
struct Item {
    key: Key,
    before: Vec<usize>,
}

/// What a walk through the states finds.
struct Walk {
    items: Vec<Item>,
    taken: FxHashMap<Key, Limit>,
    told: Vec<(Key, Limit)>,
    /// Nothing was left open, and nothing is beside anything.
    strict: bool,
}

/// Aligns everything, with the choices of one way.
pub(super) fn finish(search: &mut Search<'_, '_, '_>, root: Id, way: u32) -> Alignment {
    let taken = search.taken(way).into_iter().collect();
    let mut walk = Walk { items: Vec::new(), taken, told: Vec::new(), strict: true };
    walk.go(search, root, Vec::new());
    let (due, later): (Vec<usize>, Vec<usize>) = (0..walk.items.len()).partition(|item| {
        matches!(
            search.lane.status(walk.items[*item].key),
            Status::Due(_) | Status::May(_) | Status::Excused(_) | Status::Open
        )
    });
    let own = frames_of(search, &walk.items, &due);
    let mut orders = vec![order(&walk.items, &own, false)];
    if !walk.strict {
        orders.push(order(&walk.items, &own, true));
    }
    let rows = orders.into_iter().map(|order| row(search, &walk.items, &order, &own));
    let best = rows.max_by_key(Vec::len).unwrap_or_default();
    let synced: FxHashMap<usize, u32> = best.iter().copied().collect();
    let met: BTreeSet<u32> = best.iter().map(|(_, frame)| *frame).collect();
    let mut alignment = Alignment {
        synced: best.iter().map(|(item, frame)| (walk.items[*item].key, *frame)).collect(),
        missing: Vec::new(),
        excused: Vec::new(),
        may: Vec::new(),
        later: later.iter().map(|item| walk.items[*item].key).collect(),
        extra: (0..search.frames.len())
            .filter(|frame| !met.contains(frame) && !search.frames.free[*frame as usize])
            .collect(),
        taken: walk.told,
        partial: !walk.strict || search.budget.comparisons == 0 || own.iter().any(|frames| frames.len() > NEAR),
    };
    for item in due.into_iter().filter(|item| !synced.contains_key(item)) {
        let key = walk.items[item].key;
        match search.lane.status(key) {
            Status::Due(_) => alignment.missing.push(key),
            Status::Excused(_) => alignment.excused.push(key),
            Status::May(_) => alignment.may.push(key),
            Status::Open | Status::Later => alignment.later.push(key),
        }
    }
    alignment.synced.sort_unstable_by_key(|(_, frame)| *frame);
    alignment
}

impl Walk {
    /// Walks a state; gives what the next one stands behind.
    fn go(&mut self, search: &mut Search<'_, '_, '_>, mut node: Id, mut behind: Vec<usize>) -> Vec<usize> {
        loop {
            match search.lane.node(node).clone() {
                Node::End => return behind,
                Node::Item(key, next) => {
                    self.items.push(Item { key, before: behind });
                    behind = vec![self.items.len() - 1];
                    node = next;
                }
                Node::Choice(key, ways) => {
                    let least = ways.iter().min_by_key(|(_, way)| search.lane.least(*way));
                    let taken = match self.taken.get(&key) {
                        Some(Limit::Operand(taken)) => ways.iter().find(|(operand, _)| operand == taken),
                        Some(Limit::Turns { .. }) | None => None,
                    };
                    let Some(&(operand, way)) = taken.or(least) else { return behind };
                    self.strict &= ways.len() == 1;
                    self.told.push((key, Limit::Operand(operand)));
                    node = way;
                }
                Node::Loop { key, body, count, next } => {
                    let turns = match self.taken.get(&key) {
                        Some(Limit::Turns { least, .. }) => *least,
                        Some(Limit::Operand(_)) | None => count,
                    };
                    let (more, rest) = search.lane.turn(key, body, count, next);
                    self.strict &= more.is_none();
                    match more.filter(|_| count < turns) {
                        Some(more) => node = more,
                        None => {
                            self.told.push((key, Limit::exactly(count)));
                            node = rest;
                        }
                    }
                }
                Node::Par(children, next) => {
                    self.strict = false;
                    let mut ends = Vec::new();
                    for child in children.iter() {
                        ends.extend(self.go(search, *child, behind.clone()));
                    }
                    behind = ends;
                    node = next;
                }
            }
        }
    }
}

/// The frames that each message fits, of those that are due. Messages that fit the same frames share them.
fn frames_of(search: &mut Search<'_, '_, '_>, items: &[Item], due: &[usize]) -> Vec<Rc<[u32]>> {
    let none: Rc<[u32]> = Rc::default();
    let mut own = vec![Rc::clone(&none); items.len()];
    let mut kinds: FxHashMap<(u32, Status), Rc<[u32]>> = FxHashMap::default();
    let mut all: FxHashSet<Rc<[u32]>> = FxHashSet::from_iter([none]);
    for &item in due {
        let key = items[item].key;
        let kind = (search.lane.label(crate::order::ArrowId(key.0)), search.lane.status(key));
        let fitting = kinds.entry(kind).or_insert_with(|| {
            let frames = 0..search.frames.len();
            let fits = |frame: &u32| search.frames.fit(search.lane, search.known, key, *frame, search.budget);
            let fitting: Rc<[u32]> = frames.filter(fits).collect();
            all.get(&fitting).cloned().unwrap_or_else(|| {
                all.insert(Rc::clone(&fitting));
                fitting
            })
        });
        own[item] = Rc::clone(fitting);
    }
    own
}

/// An order that the drawing allows: always that message first whose frame comes first. Of several of one kind, the first
/// has the first frame. `ahead`: a message counts by the earliest frame of all that stand behind it.
fn order(items: &[Item], own: &[Rc<[u32]>], ahead: bool) -> Vec<usize> {
    let mut counts: FxHashMap<*const u32, usize> = FxHashMap::default();
    let mut target: Vec<u32> = Vec::with_capacity(items.len());
    for frames in own {
        let count = counts.entry(frames.as_ptr()).or_default();
        target.push(frames.get(*count).copied().unwrap_or(u32::MAX));
        *count += 1;
    }
    if ahead {
        for item in (0..items.len()).rev() {
            for &before in &items[item].before {
                target[before] = target[before].min(target[item]);
            }
        }
    }
    let mut open: Vec<usize> = items.iter().map(|item| item.before.len()).collect();
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (item, drawn) in items.iter().enumerate() {
        drawn.before.iter().for_each(|before| behind[*before].push(item));
    }
    let mut ready: BTreeSet<(u32, usize)> =
        (0..items.len()).filter(|item| open[*item] == 0).map(|item| (target[item], item)).collect();
    let mut order = Vec::with_capacity(items.len());
    while let Some((_, item)) = ready.pop_first() {
        order.push(item);
        for &next in &behind[item] {
            open[next] -= 1;
            if open[next] == 0 {
                ready.insert((target[next], next));
            }
        }
    }
    order
}

/// The longest row of messages and frames that runs forward in both.
fn row(search: &Search<'_, '_, '_>, items: &[Item], order: &[usize], own: &[Rc<[u32]>]) -> Vec<(usize, u32)> {
    // The least frame in which a row of each length ends, and the links by which it came there.
    let mut ends: Vec<(u32, usize)> = Vec::new();
    let mut links: Vec<(usize, u32, usize)> = Vec::new();
    let frames = search.frames.len() as usize;
    for (place, &item) in order.iter().enumerate() {
        let near = place * frames / items.len().max(1);
        let all = &own[item];
        let middle = all.partition_point(|frame| (*frame as usize) < near);
        let from = middle.saturating_sub(NEAR / 2);
        let to = (from + NEAR).min(all.len());
        for &frame in all[from..to].iter().rev() {
            let length = ends.partition_point(|(end, _)| *end < frame);
            if ends.get(length).is_some_and(|(end, _)| *end <= frame) {
                continue;
            }
            let link = length.checked_sub(1).map_or(usize::MAX, |before| ends[before].1);
            links.push((item, frame, link));
            let end = (frame, links.len() - 1);
            if length == ends.len() { ends.push(end) } else { ends[length] = end }
        }
    }
    let mut row = Vec::with_capacity(ends.len());
    let mut at = ends.last().map_or(usize::MAX, |(_, link)| *link);
    while at != usize::MAX {
        let (item, frame, before) = links[at];
        row.push((item, frame));
        at = before;
    }
    row.reverse();
    row
}
