//! What is said once more behind a new connection: whoever comes back and repeats what was said last before has said it
//! twice, and has not moved what is drawn further down.

use super::assign::Whole;
use super::known::Known;
use super::same::same_content;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Event;
use crate::wire::Observed;
use rustc_hash::FxHashMap;

/// The entries with which the connections of each lane begin.
pub(super) struct Resent(FxHashMap<u32, Vec<usize>>);

impl Resent {
    pub fn of(oracle: &Oracle) -> Resent {
        let mut begins: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (index, entry) in oracle.record.entries.iter().enumerate() {
            let lane = match (oracle.frame(index), &entry.event) {
                (Some((lane, Observed::Dialled { .. })), _) => Some(lane),
                (None, Event::Sent { lifeline, to, arrow, .. }) => {
                    let resolved = oracle.plan.planned(ArrowId(*arrow)).resolved.as_ref();
                    let opened = resolved.and_then(crate::wire::Resolved::opens);
                    opened.map(|channel| oracle.lane_of(LifelineId(*lifeline), LifelineId(*to), channel))
                }
                (_, _) => None,
            };
            if let Some(lane) = lane {
                begins.entry(lane).or_default().push(index);
            }
        }
        Resent(begins)
    }

    /// Whether a frame repeats what came as drawn and last on the connection before its own. Where it is `first`, nothing
    /// else came on its own before.
    pub fn is(&self, oracle: &Oracle, whole: &Whole, (lane, index): (usize, u32), first: bool) -> bool {
        let aligned = &whole.lanes[lane];
        let Some((at, ..)) = aligned.frames.get(index as usize) else { return false };
        let begins = self.0.get(&aligned.lane).map_or(&[][..], Vec::as_slice);
        let Some(began) = begins.partition_point(|begin| begin < at).checked_sub(1).map(|last| begins[last]) else {
            return false;
        };
        let said = |index: &u32| {
            let observed = oracle.frame(aligned.frames[*index as usize].0).map(|(_, observed)| observed);
            observed.filter(|observed| is_said(observed)).map(|observed| (*index, observed))
        };
        let mut before = (0..index).rev().filter_map(|index| said(&index));
        let before =
            if first { before.next() } else { before.find(|(index, _)| aligned.frames[*index as usize].0 < began) };
        let Some((last, known)) = before.filter(|(index, _)| aligned.frames[*index as usize].0 < began) else {
            return false;
        };
        let as_drawn = aligned.alignment.synced.iter().any(|(_, index)| *index == last);
        as_drawn && oracle.frame(*at).is_some_and(|(_, observed)| same_content(known, observed))
    }

    /// Of an order in which the first that was said on a connection, which repeats what was said before, is taken for what is
    /// drawn further down, and what is drawn above that came behind it: that it was repeated costs as much, and moves nothing.
    pub fn untwist(&self, oracle: &Oracle, known: &Known, whole: &mut Whole) {
        let twists: Vec<(usize, Twist)> = whole
            .lanes
            .iter()
            .enumerate()
            .filter(|(_, aligned)| self.0.contains_key(&aligned.lane))
            .filter_map(|(lane, _)| Some((lane, self.twist(oracle, known, whole, lane)?)))
            .collect();
        for (lane, Twist { repeats, taken_for, moved, drawn }) in twists {
            let alignment = &mut whole.lanes[lane].alignment;
            alignment.synced.retain(|(_, index)| *index != repeats);
            alignment.synced.push((drawn, moved));
            alignment.synced.sort_unstable_by_key(|(_, index)| *index);
            alignment.extra.retain(|index| *index != moved);
            alignment.extra.push(repeats);
            alignment.extra.sort_unstable();
            alignment.missing.retain(|key| *key != drawn);
            alignment.missing.push(taken_for);
            alignment.missing.sort_unstable();
        }
    }

    fn twist(&self, oracle: &Oracle, known: &Known, whole: &Whole, lane: usize) -> Option<Twist> {
        let aligned = &whole.lanes[lane];
        let alignment = &aligned.alignment;
        let entry = |index: u32| aligned.frames[index as usize].0;
        alignment.extra.iter().find_map(|moved| {
            let (_, observed) = oracle.frame(entry(*moved)).filter(|(_, observed)| is_said(observed))?;
            let fits = |key: &&Key| known.fits(oracle, ArrowId(key.0), entry(*moved), observed);
            let drawn = *alignment.missing.iter().find(fits)?;
            let above = alignment.synced.iter().rev().filter(|(key, index)| index < moved && *key > drawn);
            let mut above = above.filter(|(_, index)| self.is(oracle, whole, (lane, *index), true));
            let (taken_for, repeats) = above.next().copied()?;
            // All else must stay in its order.
            let crossed = alignment.synced.iter().any(|(key, index)| {
                *index != repeats && ((*index < *moved && *key > drawn) || (*index > *moved && *key < drawn))
            });
            (!crossed).then_some(Twist { repeats, taken_for, moved: *moved, drawn })
        })
    }
}

/// What was taken for something else.
struct Twist {
    /// The frame that was said once more, and the message for which it was taken.
    repeats: u32,
    taken_for: Key,
    /// The frame that came behind it, and the message that it is.
    moved: u32,
    drawn: Key,
}

/// Neither the beginning nor the end of a connection.
fn is_said(observed: &Observed) -> bool {
    match observed {
        Observed::Message(_) | Observed::Garbled { .. } | Observed::Event { .. } => true,
        Observed::Status { .. } | Observed::Asked { .. } | Observed::Dialled { .. } => false,
        Observed::Close { .. } | Observed::End { .. } => false,
    }
}
