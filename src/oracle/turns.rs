//! Turns of loops, numbered: one number says in which turn of every loop around it something is.

use crate::order::FragmentId;
use rustc_hash::FxHashMap;

/// The numbers given so far; 0 is outside all loops.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    known: Vec<(u32, FragmentId, u32)>,
    numbers: FxHashMap<(u32, FragmentId, u32), u32>,
}

impl Default for Turns {
    fn default() -> Self {
        Turns { known: vec![(0, FragmentId(u32::MAX), 0)], numbers: FxHashMap::default() }
    }
}

impl Turns {
    /// The number of turn `count` (from 0) of a loop that stands in turn `outer` of the loops around it.
    pub fn enter(&mut self, outer: u32, fragment: FragmentId, count: u32) -> u32 {
        let next = self.known.len() as u32;
        *self.numbers.entry((outer, fragment, count)).or_insert_with(|| {
            self.known.push((outer, fragment, count));
            next
        })
    }

    /// The number of a turn that was begun; none where it was not.
    pub fn known(&self, outer: u32, fragment: FragmentId, count: u32) -> Option<u32> {
        self.numbers.get(&(outer, fragment, count)).copied()
    }

    /// The turn of the same loop before this one.
    pub fn before(&self, turn: u32) -> Option<u32> {
        let (outer, fragment, count) = self.known[turn as usize];
        self.known(outer, fragment, count.checked_sub(1)?)
    }

    /// Of a turn: the innermost loop, in which turn of the loops around that loop, and which of its turns; none outside
    /// all loops.
    pub fn innermost(&self, turn: u32) -> Option<(u32, FragmentId, u32)> {
        (turn != 0).then(|| self.known[turn as usize])
    }

    /// Which turn of this loop it is, and in which turn of the loops around it; none where another loop is nearer.
    pub fn of_innermost(&self, turn: u32, fragment: FragmentId) -> Option<(u32, u32)> {
        let (outer, around, count) = self.known[turn as usize];
        (turn != 0 && around == fragment).then_some((outer, count))
    }

    /// The turn of the outermost `depth` loops around something in this turn.
    pub fn outer(&self, mut turn: u32, depth: u32) -> u32 {
        let mut loops = 0;
        let mut at = turn;
        while at != 0 {
            loops += 1;
            at = self.known[at as usize].0;
        }
        while loops > depth {
            turn = self.known[turn as usize].0;
            loops -= 1;
        }
        turn
    }

    /// Whether a turn is no later than another, by the outermost `depth` loops around both.
    pub fn is_no_later(&self, one: u32, other: u32, depth: u32) -> bool {
        let turns = (1..=depth).map(|depth| (self.outer(one, depth), self.outer(other, depth)));
        let count = |turn: u32| self.known[turn as usize].2;
        turns.into_iter().find(|(one, other)| one != other).is_none_or(|(one, other)| count(one) < count(other))
    }

    /// In which turn of this loop something is, and in which turn of the loops around that loop; none where it is not
    /// inside it.
    pub fn of(&self, mut turn: u32, fragment: FragmentId) -> Option<(u32, u32)> {
        while turn != 0 {
            let (outer, around, count) = self.known[turn as usize];
            if around == fragment {
                return Some((outer, count));
            }
            turn = outer;
        }
        None
    }
}
