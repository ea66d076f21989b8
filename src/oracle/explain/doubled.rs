//! What came twice and was taken for what is drawn below it, where names tell that the frame behind it is that: an order
//! of least cost does not know of names, and where what is drawn last was not due, it costs nothing.

use super::assign::{Aligned, Whole};
use super::cause;
use super::known::Known;
use super::pair::conflicts;
use super::same::same_content;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;

/// So many frames are looked at.
const TRIED: usize = 16;

/// Leaves over what came twice and has the name of the first, where fewer names disagree then.
pub(super) fn told_by_names(oracle: &Oracle, known: &Known, whole: &mut Whole) {
    if whole.fallback {
        return;
    }
    let at_odds = |whole: &Whole| -> Vec<(usize, u32)> {
        conflicts(oracle, whole, known).into_iter().filter_map(|pair| Some((pair.frame?, pair.lane))).collect()
    };
    let mut open = at_odds(whole);
    for (entry, lane) in open.clone().into_iter().take(TRIED) {
        let Some(place) = whole.lanes.iter().position(|aligned| aligned.lane == lane) else { continue };
        let before = whole.lanes[place].alignment.clone();
        let passed_on = pass_on(oracle, known, &mut whole.lanes[place], entry, &open);
        let left = if passed_on { at_odds(whole) } else { Vec::new() };
        if passed_on && left.len() < open.len() {
            whole.cost += 1;
            open = left;
        } else {
            whole.lanes[place].alignment = before;
        }
    }
}

/// Leaves a frame over that repeats one before it, and takes the next for what it was taken for, and so on as long as names
/// disagree.
fn pass_on(oracle: &Oracle, known: &Known, aligned: &mut Aligned, entry: usize, open: &[(usize, u32)]) -> bool {
    let (frames, alignment) = (&aligned.frames, &mut aligned.alignment);
    let at = |index: u32| frames[index as usize].0;
    let observed = |index: u32| oracle.frame(at(index)).map(|(_, observed)| observed);
    let Some(mut place) = alignment.synced.iter().position(|(_, index)| at(*index) == entry) else { return false };
    let (mut freed, twice): (Key, u32) = alignment.synced[place];
    let repeats = |(_, index): &(Key, u32)| {
        observed(*index).zip(observed(twice)).is_some_and(|(first, second)| same_content(first, second))
    };
    if !alignment.synced[..place].iter().any(repeats) {
        return false;
    }
    alignment.synced.remove(place);
    let mut from = twice + 1;
    let moved = loop {
        let next = alignment.synced.get(place).copied();
        let until = next.map_or(frames.len() as u32, |(_, index)| index + 1);
        let fits = |index: &u32| {
            observed(*index).is_some_and(|it| known.fits(oracle, crate::order::ArrowId(freed.0), at(*index), it))
        };
        let may = |index: &u32| {
            next.is_none_or(|(_, next)| next != *index) || from == twice + 1 || disagrees(open, at(*index))
        };
        let Some(index) = (from..until).filter(fits).find(may) else { break from > twice + 1 };
        alignment.synced.insert(place, (freed, index));
        place += 1;
        from = index + 1;
        match next {
            Some((key, taken)) if taken == index => {
                alignment.synced.remove(place);
                freed = key;
            }
            Some(_) | None => {
                alignment.extra.retain(|extra| *extra != index);
                alignment.extra.push(twice);
                alignment.extra.sort_unstable();
                return true;
            }
        }
    };
    alignment.extra.push(twice);
    alignment.extra.sort_unstable();
    // What is left was due, or not yet.
    let left = if cause::owing(oracle, freed).is_some() { &mut alignment.later } else { &mut alignment.missing };
    left.push(freed);
    left.sort_unstable();
    moved
}

fn disagrees(open: &[(usize, u32)], entry: usize) -> bool {
    open.iter().any(|(known, _)| *known == entry)
}
