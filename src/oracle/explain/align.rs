//! The cheapest way to account for the frames and the expectations of one connection.
//!
//! A path through (expectations taken × frames consumed): sync costs nothing, leaving out a frame or an expectation costs
//! one. Where a frame fits the next expectation, taking it is never worse, so paths branch only where nothing fits: the
//! cost is that of the differences, not of the length.

use super::Item;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::hash::BuildHasherDefault;

/// How many states one connection may take before the rest is paired greedily.
const BUDGET: usize = 40_000;

/// What became of the frames and expectations of one connection; indices into what was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::oracle) struct Alignment {
    /// Expectation and frame that go together.
    pub synced: Vec<(u32, u32)>,
    /// Expectations that no frame met.
    pub missing: Vec<u32>,
    /// Frames that met no expectation.
    pub extra: Vec<u32>,
    /// Set where the budget ran out and the rest was paired greedily.
    pub greedy: bool,
}

impl Alignment {
    /// What it costs.
    pub fn cost(&self) -> usize {
        self.missing.len() + self.extra.len()
    }
}

/// One path so far.
#[derive(Clone, Debug)]
struct Path {
    cost: usize,
    frame: u32,
    /// Expectations from here on are untouched, and those before are all settled, but for `open`.
    floor: u32,
    /// Settled expectations at or above the floor, sorted.
    settled: Vec<u32>,
    /// The moves that were not plain syncs, shared tail first.
    moves: Option<std::rc::Rc<Move>>,
}

#[derive(Debug)]
enum Kind {
    Sync(u32, u32),
    SkipFrame(u32),
    SkipItem(u32),
}

#[derive(Debug)]
struct Move {
    kind: Kind,
    rest: Option<std::rc::Rc<Move>>,
}

impl Drop for Move {
    // Paths are long lists; dropping them link by link must not recurse.
    fn drop(&mut self) {
        let mut next = self.rest.take();
        while let Some(link) = next {
            next = std::rc::Rc::into_inner(link).and_then(|mut link| link.rest.take());
        }
    }
}

/// Aligns `frames` frames with the items; `fits(item, frame)` says whether they go together, `free(frame)` whether leaving
/// a frame out costs nothing.
pub(in crate::oracle) fn align(
    items: &[Item],
    frames: u32,
    fits: &mut dyn FnMut(u32, u32) -> bool,
    free: &mut dyn FnMut(u32) -> bool,
) -> Alignment {
    let followed = followed(items);
    let start = Path { cost: 0, frame: 0, floor: 0, settled: Vec::new(), moves: None };
    let mut heap: BinaryHeap<Reverse<(usize, Reverse<u32>, usize)>> = BinaryHeap::new();
    let mut paths = vec![Some(start)];
    let mut seen: HashSet<(u32, u32, Vec<u32>), BuildHasherDefault<rustc_hash::FxHasher>> = HashSet::default();
    heap.push(Reverse((0, Reverse(0), 0)));
    let mut budget = BUDGET;
    let mut best: Option<(usize, Path)> = None;
    while let Some(Reverse((cost, _, index))) = heap.pop() {
        if best.as_ref().is_some_and(|(known, _)| cost >= *known) {
            break;
        }
        let Some(mut path) = paths[index].take() else { continue };
        path.slide(items, frames, fits);
        if !seen.insert((path.frame, path.floor, path.settled.clone())) {
            continue;
        }
        let total = path.cost + path.unsettled(items);
        if path.frame == frames {
            if best.as_ref().is_none_or(|(known, _)| total < *known) {
                best = Some((total, path));
            }
            continue;
        }
        let exhausted = budget == 0;
        budget = budget.saturating_sub(1);
        let mut next = Vec::new();
        let mut skip = path.clone();
        skip.cost += usize::from(!free(path.frame));
        skip.push(Kind::SkipFrame(path.frame));
        skip.frame += 1;
        next.push(skip);
        if !exhausted {
            for item in path.enabled(items).into_iter().filter(|item| followed[*item as usize]) {
                let mut skip = path.clone();
                skip.cost += 1;
                skip.push(Kind::SkipItem(item));
                skip.settle(item);
                next.push(skip);
            }
        } else if best.is_none() {
            heap.clear();
        }
        for path in next {
            heap.push(Reverse((path.cost, Reverse(path.frame), paths.len())));
            paths.push(Some(path));
        }
    }
    let Some((_, path)) = best else { return Alignment::default() };
    path.finish(items, budget == 0)
}

/// Which items another one follows: leaving out one that none follows can wait until the end.
fn followed(items: &[Item]) -> Vec<bool> {
    let mut followed = vec![false; items.len()];
    items.iter().flat_map(|item| &item.before).for_each(|before| followed[*before as usize] = true);
    followed
}

impl Path {
    fn is_settled(&self, item: u32) -> bool {
        item < self.floor || self.settled.binary_search(&item).is_ok()
    }

    fn settle(&mut self, item: u32) {
        if let Err(place) = self.settled.binary_search(&item) {
            self.settled.insert(place, item);
        }
        let run = self.settled.iter().zip(self.floor..).take_while(|(item, floor)| **item == *floor).count();
        self.settled.drain(..run);
        self.floor += run as u32;
    }

    /// Items that may come next: unsettled, and all before them settled.
    fn enabled(&self, items: &[Item]) -> Vec<u32> {
        let mut enabled = Vec::new();
        let mut blocked = 0;
        for item in self.floor..items.len() as u32 {
            if self.is_settled(item) {
                continue;
            }
            if items[item as usize].before.iter().all(|before| self.is_settled(*before)) {
                enabled.push(item);
                blocked = 0;
            } else {
                blocked += 1;
                // In a chain only the first is enabled; a wide `par` lists its operands' first items close together.
                if blocked > 64 {
                    break;
                }
            }
        }
        enabled
    }

    /// Takes syncs as long as a frame fits what is next.
    fn slide(&mut self, items: &[Item], frames: u32, fits: &mut dyn FnMut(u32, u32) -> bool) {
        while self.frame < frames {
            let Some(item) = self.enabled(items).into_iter().find(|item| fits(*item, self.frame)) else { return };
            self.push(Kind::Sync(item, self.frame));
            self.settle(item);
            self.frame += 1;
        }
    }

    fn unsettled(&self, items: &[Item]) -> usize {
        items.len() - self.floor as usize - self.settled.len()
    }

    fn push(&mut self, kind: Kind) {
        self.moves = Some(std::rc::Rc::new(Move { kind, rest: self.moves.take() }));
    }

    fn finish(self, items: &[Item], greedy: bool) -> Alignment {
        let mut alignment = Alignment { greedy, ..Alignment::default() };
        let mut next = self.moves.as_ref();
        while let Some(link) = next {
            match link.kind {
                Kind::Sync(item, frame) => alignment.synced.push((item, frame)),
                Kind::SkipFrame(frame) => alignment.extra.push(frame),
                Kind::SkipItem(item) => alignment.missing.push(item),
            }
            next = link.rest.as_ref();
        }
        alignment.missing.extend((0..items.len() as u32).filter(|item| !self.is_settled(*item)));
        alignment.synced.reverse();
        alignment.extra.reverse();
        alignment.missing.sort_unstable();
        alignment
    }
}
