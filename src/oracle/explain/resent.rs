//! What is said once more where a connection is drawn anew: whoever comes back and repeats what was said last before has
//! said it twice, as has whoever repeats on a connection what is drawn again on a later one. Neither has moved what is drawn
//! further down: a message keeps its connection.

use super::assign::{Aligned, Whole};
use super::known::Known;
use super::same::same_content;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::order::ArrowId;
use crate::trace::{Entry, Event};
use crate::wire::{Channel, Observed, Resolved};
use rustc_hash::FxHashMap;

/// Where the connections of each lane begin.
pub(super) struct Resent {
    /// The entries with which they did.
    began: FxHashMap<u32, Vec<usize>>,
    /// What the tool sent to open one, with its entry.
    opened: FxHashMap<Key, usize>,
    /// The arrows that open one, from the top.
    opening: FxHashMap<u32, Vec<ArrowId>>,
}

impl Resent {
    pub fn of(oracle: &Oracle) -> Resent {
        let plan = &oracle.plan;
        let mut resent =
            Resent { began: FxHashMap::default(), opened: FxHashMap::default(), opening: FxHashMap::default() };
        let lane_of = |id: ArrowId| match plan.planned(id).resolved.as_ref()? {
            Resolved::Expect(expectation) => expectation.opens().map(|_| plan.lanes.routes[id.0 as usize].receive),
            other => other.opens().zip(plan.client(id)).map(|(channel, (own, to))| oracle.lane_of(own, to, channel)),
        };
        for (id, _) in plan.order.arrow_ids() {
            if let Some(lane) = lane_of(id) {
                resent.opening.entry(lane).or_default().push(id);
            }
        }
        let mut sent = oracle.record.sends.iter();
        for (index, entry) in oracle.record.entries.iter().enumerate() {
            let key = if matches!(entry.event, Event::Sent { .. }) { sent.next().map(|(key, _)| *key) } else { None };
            let lane = match (oracle.frame(index), key) {
                (Some((lane, Observed::Dialled { .. })), _) => Some(lane),
                (_, key) => key.and_then(|key| lane_of(ArrowId(key.0))),
            };
            if let Some(lane) = lane {
                resent.began.entry(lane).or_default().push(index);
                resent.opened.extend(key.map(|key| (key, index)));
            }
        }
        resent
    }

    /// Whether a frame repeats what came as drawn before it on its own connection, and a message is drawn on a later one,
    /// that had not begun: the frame is no such message that was moved, since what is said on a connection stays there. What is
    /// `owed` and has no connection but its own, as a request, may have changed places.
    pub fn is_of_later(
        &self,
        oracle: &Oracle,
        whole: &Whole,
        (lane, index): (usize, u32),
        key: Key,
        owed: bool,
    ) -> bool {
        let aligned = &whole.lanes[lane];
        let Some((at, ..)) = aligned.frames.get(index as usize) else { return false };
        let Some((_, observed)) = oracle.frame(*at) else { return false };
        if !is_said(observed) && (owed || !matches!(observed, Observed::Asked { .. })) {
            return false;
        }
        let began = self.began_with(aligned.lane, *at);
        let same = |(key_of, before): &(Key, u32)| {
            let before = aligned.frames[*before as usize].0;
            let own = before < *at && began.is_none_or(|began| before > began);
            own && *key_of != key && oracle.frame(before).is_some_and(|(_, known)| same_content(known, observed))
        };
        aligned.alignment.synced.iter().any(same) && self.has_to_begin(oracle, aligned, key, *at)
    }

    /// The dial that a client repeats with a frame while its connection is open, where the end of that is drawn above what the
    /// frame may be taken for: nobody waits for an end by dialling.
    pub fn dialled_again(
        &self,
        oracle: &Oracle,
        known: &Known,
        aligned: &Aligned,
        index: u32,
        key: Key,
    ) -> Option<Key> {
        let (plan, at) = (&oracle.plan, aligned.frames.get(index as usize)?.0);
        let dials = |at: usize| oracle.frame(at).filter(|(_, it)| matches!(it, Observed::Dialled { .. }));
        let (_, observed) = dials(at).filter(|_| !is_over(oracle, at))?;
        let before =
            aligned.alignment.synced.iter().rev().map(|(key, index)| (*key, aligned.frames[*index as usize].0));
        let (open, _) = before.into_iter().find(|(_, before)| *before < at && dials(*before).is_some())?;
        let ends = |id: ArrowId| {
            plan.client(id) == plan.client(ArrowId(key.0))
                && plan.planned(id).channel == Channel::Socket
                && match &plan.planned(id).resolved {
                    Some(Resolved::Expect(expectation)) => expectation.is_end(),
                    Some(Resolved::Close(_) | Resolved::Drop) => true,
                    Some(_) | None => false,
                }
        };
        let (first, last) = (open.0, key.0);
        // In a further turn of a loop it stands above.
        let between =
            |id: ArrowId| if first < last { first < id.0 && id.0 < last } else { id.0 > first || id.0 < last };
        let ended = plan.order.arrow_ids().any(|(id, _)| between(id) && ends(id));
        (ended && known.fits(oracle, ArrowId(open.0), at, observed)).then_some(open)
    }

    /// Of an order in which what was said twice, or dialled twice, is taken for a message of a connection that had not begun,
    /// as costs nothing where what is drawn between was not due: it is left over.
    pub fn unmove(&self, oracle: &Oracle, known: &Known, whole: &mut Whole) {
        for lane in
            (0..whole.lanes.len()).filter(|lane| self.began.contains_key(&whole.lanes[*lane].lane)).collect::<Vec<_>>()
        {
            let mut from = 0;
            while let Some(&(key, index)) = whole.lanes[lane].alignment.synced.get(from) {
                if self.dialled_again(oracle, known, &whole.lanes[lane], index, key).is_none()
                    && !self.is_of_later(oracle, whole, (lane, index), key, true)
                {
                    from += 1;
                    continue;
                }
                let alignment = &mut whole.lanes[lane].alignment;
                alignment.synced.remove(from);
                alignment.extra.push(index);
                alignment.extra.sort_unstable();
                alignment.later.push(key);
                alignment.later.sort_unstable();
                whole.cost += 1;
            }
        }
    }

    /// Whether the connection on which a message is drawn had not begun by an entry.
    fn has_to_begin(&self, oracle: &Oracle, aligned: &Aligned, key: Key, at: usize) -> bool {
        let (plan, order) = (&oracle.plan, &oracle.plan.order);
        let id = ArrowId(key.0);
        // What may not be taken opens nothing for certain.
        let around = |opens: &ArrowId| {
            let mut own = order.around(order.arrow(*opens));
            own.all(|place| order.around(order.arrow(id)).any(|other| other == place))
        };
        let openings = self.opening.get(&aligned.lane).map_or(&[][..], Vec::as_slice);
        let Some(opens) = openings.iter().rev().filter(|opens| **opens <= id).find(|opens| around(opens)) else {
            return false;
        };
        let turn = oracle.readings.turns.outer(key.1, plan.shared_loops(*opens, id));
        let came = |(known, index): &(Key, u32)| *known == (opens.0, turn) && aligned.frames[*index as usize].0 < at;
        let sent = self.opened.get(&(opens.0, turn)).is_some_and(|sent| *sent < at);
        !sent && !aligned.alignment.synced.iter().any(came)
    }

    /// The entry with which the connection of an entry began.
    pub fn began_with(&self, lane: u32, at: usize) -> Option<usize> {
        let began = self.began.get(&lane).map_or(&[][..], Vec::as_slice);
        began.partition_point(|begin| *begin < at).checked_sub(1).map(|last| began[last])
    }

    /// Whether a frame repeats what came as drawn and last on the connection before its own. Where it is `first`, nothing
    /// else came on its own before.
    pub fn is(&self, oracle: &Oracle, whole: &Whole, (lane, index): (usize, u32), first: bool) -> bool {
        let aligned = &whole.lanes[lane];
        let Some((at, ..)) = aligned.frames.get(index as usize) else { return false };
        let Some(began) = self.began_with(aligned.lane, *at) else { return false };
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
            .filter(|(_, aligned)| self.began.contains_key(&aligned.lane))
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
pub(super) fn is_said(observed: &Observed) -> bool {
    match observed {
        Observed::Message(_) | Observed::Garbled { .. } | Observed::Event { .. } => true,
        Observed::Status { .. } | Observed::Asked { .. } | Observed::Dialled { .. } => false,
        Observed::Close { .. } | Observed::End { .. } => false,
    }
}

/// Whether the last connection of a client has ended before it dialled with this entry.
pub(super) fn is_over(oracle: &Oracle, entry: usize) -> bool {
    let Some(dial) = oracle.record.entries[entry].event.received() else { return false };
    let (own, client) = (dial.lifeline, dial.from);
    let ended = |entry: &Entry| match &entry.event {
        Event::Received { lifeline, from, channel: Channel::Socket, observed }
            if (*lifeline, *from) == (own, client) =>
        {
            match observed {
                Observed::Close { .. } | Observed::End { .. } => Some(true),
                Observed::Message(_) | Observed::Garbled { .. } => Some(false),
                // He was turned away, or let in.
                Observed::Dialled { .. }
                | Observed::Asked { .. }
                | Observed::Status { .. }
                | Observed::Event { .. } => None,
            }
        }
        Event::Sent { lifeline, to, arrow, .. } if (*lifeline, *to) == (own, client) => {
            Some(matches!(oracle.plan.planned(ArrowId(*arrow)).resolved, Some(Resolved::Close(_) | Resolved::Drop)))
        }
        Event::Received { .. } | Event::Sent { .. } => None,
        Event::Done { .. } | Event::Echoed { .. } | Event::Quiet { .. } => None,
        Event::Chose { .. } | Event::Learned { .. } | Event::Frozen => None,
    };
    oracle.record.entries[..entry].iter().rev().find_map(ended).unwrap_or(false)
}
