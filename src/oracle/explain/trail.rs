//! From which send a frame follows that nobody drew.
//!
//! The values of the frame tell it where they can: a text, an id, a name that one send has in common with it and others
//! have not. An id that the server chose leads over the frame that brought it. Where no value tells it, it is the last
//! send that can have caused the frame, as the drawing has it: what others received meanwhile does not count, since in
//! which order that came is chance, and the place of a finding must not be.

use super::assign::Whole;
use super::values::{holds, kind_words, texts, values, words};
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::{By, Cause};
use crate::order::{ArrowId, LifelineId};
use crate::trace::{Event, Moment};
use crate::wire::{Channel, Observed, Resolved};
use rustc_hash::FxHashMap;

/// For so many frames values are compared; a record in disorder has no causes worth the time.
const FRAMES: usize = 64;
/// One send of the record.
#[derive(Debug)]
struct Send {
    entry: usize,
    at: Moment,
    arrow: ArrowId,
    from: LifelineId,
    to: LifelineId,
    /// Its frames, its label and its sender, in small letters: what values are looked up in.
    says: Vec<String>,
}

/// The sends of a record, and what is known of the frames that they caused.
#[derive(Debug, Default)]
pub(super) struct Trails {
    sends: Vec<Send>,
    /// The frames that were observed as drawn, by lane, with the place of their cause among the sends.
    drawn: FxHashMap<u32, Vec<(usize, usize)>>,
    /// Ids and the like that came with what one send caused, and with nothing else.
    brought: FxHashMap<String, Option<usize>>,
    /// By each word the places of the sends that say it.
    words: FxHashMap<String, Vec<usize>>,
    /// How many frames were looked at for their values.
    looked_at: std::cell::Cell<usize>,
}

impl Trails {
    /// What the record says of sends.
    pub fn of(oracle: &Oracle, whole: &Whole) -> Trails {
        let mut trails = Trails::default();
        for (entry, logged) in oracle.record.entries.iter().enumerate() {
            if let Event::Sent { lifeline, to, arrow, raw, label, .. } = &logged.event {
                let mut says: Vec<String> = raw.iter().flat_map(texts).collect();
                says.push(label.to_lowercase());
                let from = LifelineId(*lifeline);
                says.push(oracle.plan.order.lifeline(from).name.to_lowercase());
                let (arrow, to) = (ArrowId(*arrow), LifelineId(*to));
                trails.sends.push(Send { entry, at: logged.at, arrow, from, to, says });
            }
        }
        let few = trails.sends.len() <= 4096;
        for (place, send) in trails.sends.iter().enumerate() {
            for word in send.says.iter().flat_map(|text| words(text)) {
                let places = trails.words.entry(word.to_owned()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let mut synced: Vec<(usize, u32, Key)> = whole.synced().collect();
        synced.sort_unstable();
        for (entry, lane, key) in synced {
            let values = if few { values(oracle.frame(entry).map(|(_, observed)| observed)) } else { Vec::new() };
            let id = ArrowId(key.0);
            let before = trails.sends.partition_point(|send| send.entry < entry);
            let above = |send: &Send| send.entry < entry && send.arrow < id;
            let last = || trails.sends[..before].iter().rposition(above);
            let Some(cause) = trails.shares(&values, &above).or_else(last) else { continue };
            trails.drawn.entry(lane).or_default().push((entry, cause));
            // An id is what nobody drew and nobody sent.
            let label = oracle.plan.order.arrow(id).label.to_lowercase();
            let fresh =
                values.into_iter().filter(|value| !holds(&label, value) && trails.saying(value).next().is_none());
            for value in fresh.collect::<Vec<String>>() {
                let by = trails.brought.entry(value).or_insert(Some(cause));
                *by = by.filter(|by| *by == cause);
            }
        }
        trails
    }

    /// The send from which the frame of an entry follows.
    pub fn cause(&self, oracle: &Oracle, entry: usize) -> Option<Cause> {
        let (lane, observed) = oracle.frame(entry)?;
        let Event::Received { from, lifeline, channel, .. } = &oracle.record.entries[entry].event else { return None };
        let opened = self.opened(oracle, entry, LifelineId(*lifeline), *channel).max(dialled(oracle, lane, entry));
        // What could be: sent to that server, on this connection or while it was open.
        let could = |send: &Send| send.entry < entry && send.entry >= opened && send.to == LifelineId(*from);
        let (least, most) = self.between(lane, entry);
        let inside = |send: &Send| could(send) && (least..=most).contains(&send.entry);
        self.looked_at.set(self.looked_at.get() + 1);
        let mut values = if self.looked_at.get() <= FRAMES { values(Some(observed)) } else { Vec::new() };
        let kinds = if values.is_empty() { Vec::new() } else { kind_words(oracle, lane, observed) };
        values.retain(|value| !kinds.contains(value));
        let told = self.shares_best(&values, &could, &|place, send| (inside(send), !self.has_drawn(lane, place)));
        if let Some(place) = told {
            return Some(self.cause_at(place, By::Values));
        }
        if let Some(place) = self.asked(oracle, entry) {
            return Some(self.cause_at(place, By::Drawn));
        }
        let unseen = |place: usize, send: &Send| inside(send) && !self.has_drawn(lane, place);
        let places = || self.sends.iter().enumerate().rev();
        let last = places().find(|(place, send)| unseen(*place, send));
        let last =
            last.or_else(|| places().find(|(_, send)| inside(send))).or_else(|| places().find(|(_, send)| could(send)));
        last.map(|(place, _)| self.cause_at(place, By::Last))
    }

    /// The request over HTTP that an entry answers or leaves without an answer: each client has one under way at a time.
    fn asked(&self, oracle: &Oracle, entry: usize) -> Option<usize> {
        let entries = &oracle.record.entries;
        let received = |at: usize| entries[at].event.received().filter(|it| it.channel == Channel::Http);
        let it = received(entry).filter(|it| !matches!(it.observed, Observed::Asked { .. }))?;
        let over = |at: &usize| {
            received(*at).is_some_and(|other| {
                let ends = matches!(other.observed, Observed::Status { .. } | Observed::End { .. });
                ends && (other.lifeline, other.from) == (it.lifeline, it.from)
            })
        };
        // What is neither stood behind the last answer.
        let behind = !over(&entry);
        let number = (0..entry).filter(over).count().checked_sub(usize::from(behind))?;
        let made = |(_, send): &(usize, &Send)| {
            let planned = oracle.plan.planned(send.arrow);
            (send.from.0, send.to.0) == (it.lifeline, it.from)
                && matches!(&planned.resolved, Some(Resolved::Request(request)) if request.channel() == Channel::Http)
        };
        let (place, send) = self.sends.iter().enumerate().filter(made).nth(number)?;
        (send.entry < entry).then_some(place)
    }

    /// Whether what one send caused can have come to a client in this entry: its connection was open when that was sent.
    pub fn may_follow(&self, oracle: &Oracle, entry: usize, other: usize) -> bool {
        let Event::Received { lifeline, channel, .. } = &oracle.record.entries[entry].event else { return true };
        let opened = self.opened(oracle, entry, LifelineId(*lifeline), *channel);
        let cause = self.drawn.values().flatten().find(|(known, _)| *known == other).map(|(_, place)| *place);
        cause.is_none_or(|place| self.sends[place].entry >= opened)
    }

    /// Who sent what caused a frame that came as drawn.
    pub fn sender(&self, entry: usize) -> Option<LifelineId> {
        let frames = self.drawn.values().flatten();
        frames.into_iter().find(|(known, _)| *known == entry).map(|(_, place)| self.sends[*place].from)
    }

    fn cause_at(&self, place: usize, by: By) -> Cause {
        let send = &self.sends[place];
        Cause { arrow: send.arrow, complete: Some(send.at), by }
    }

    /// Whether something drawn that this send caused came on that lane.
    fn has_drawn(&self, lane: u32, place: usize) -> bool {
        self.drawn.get(&lane).is_some_and(|frames| frames.iter().any(|(_, cause)| *cause == place))
    }

    /// The entries of the sends that caused the drawn frames before and behind an entry on its lane: a server that takes
    /// one thing after the other was told the cause between them.
    fn between(&self, lane: u32, entry: usize) -> (usize, usize) {
        let frames = self.drawn.get(&lane).map_or(&[][..], Vec::as_slice);
        let entry_of = |(_, place): &(usize, usize)| self.sends[*place].entry;
        let before = frames.iter().rev().find(|(known, _)| *known < entry).map_or(0, entry_of);
        let behind = frames.iter().find(|(known, _)| *known > entry).map_or(usize::MAX, entry_of);
        (before, behind.max(before))
    }

    /// The entry of the send that opened the connection of a frame.
    fn opened(&self, oracle: &Oracle, entry: usize, client: LifelineId, channel: Channel) -> usize {
        let opens = |send: &&Send| {
            send.entry < entry
                && send.from == client
                && match &oracle.plan.planned(send.arrow).resolved {
                    Some(Resolved::Connect { .. }) => channel == Channel::Socket,
                    Some(Resolved::Request(request)) => request.channel() == channel,
                    Some(
                        Resolved::Disconnect
                        | Resolved::Drop
                        | Resolved::DropEvents
                        | Resolved::Pause
                        | Resolved::Resume
                        | Resolved::Send(_)
                        | Resolved::Answer(_)
                        | Resolved::Push(_)
                        | Resolved::Close(_)
                        | Resolved::Expect(_),
                    )
                    | None => false,
                }
        };
        // Of several requests under way at once the first may be the one that is answered.
        let mut opening = self.sends.iter().rev().filter(opens);
        match channel {
            Channel::Http => opening.next_back(),
            Channel::Socket | Channel::Events => opening.next(),
        }
        .map_or(0, |send| send.entry)
    }

    /// The places of the sends that say a value, the first first.
    fn saying(&self, value: &str) -> impl Iterator<Item = usize> {
        let known = |word: &str| self.words.get(word).map_or(&[][..], Vec::as_slice);
        // Whoever says it says each of its words.
        let rarest = words(value).map(known).min_by_key(|places| places.len());
        let all = rarest.is_none().then_some(0..self.sends.len()).into_iter().flatten();
        let says = move |place: &usize| self.sends[*place].says(value);
        rarest.into_iter().flatten().copied().chain(all).filter(says)
    }

    fn shares(&self, values: &[String], may: &dyn Fn(&Send) -> bool) -> Option<usize> {
        self.shares_best(values, may, &|_, _| (true, true))
    }

    /// The send that has most in common with these values; a value that many sends have weighs little. Of equals the one
    /// that `rather` names, then the last.
    fn shares_best(
        &self,
        values: &[String],
        may: &dyn Fn(&Send) -> bool,
        rather: &dyn Fn(usize, &Send) -> (bool, bool),
    ) -> Option<usize> {
        if values.is_empty() {
            return None;
        }
        let mut weights: FxHashMap<usize, f64> = FxHashMap::default();
        let candidates = self.sends.iter().filter(|send| may(send)).count();
        for value in values {
            let brought = self.brought.get(value).copied().flatten();
            let others = self.saying(value).filter(|place| brought != Some(*place));
            let has = brought.into_iter().chain(others).filter(|place| may(&self.sends[*place]));
            let has: Vec<usize> = has.collect();
            // What all have tells nothing.
            if has.is_empty() || (has.len() == candidates && has.len() > 1) {
                continue;
            }
            // An id says more than a name, and a name or text more than a number that anything may be.
            let worth = match (brought, value.parse::<f64>()) {
                (Some(_), _) => 1.5,
                (None, Ok(_)) => 0.5,
                (None, Err(_)) => 1.0,
            };
            let weight = worth * ((candidates as f64 + 1.0) / (has.len() as f64 + 0.5)).ln();
            has.into_iter().for_each(|place| *weights.entry(place).or_default() += weight);
        }
        let best = weights.values().copied().fold(0.0, f64::max);
        let best = weights.iter().filter(|(_, weight)| **weight > best - 1e-9).map(|(place, _)| *place);
        best.max_by_key(|place| (rather(*place, &self.sends[*place]), *place))
    }
}

impl Send {
    fn says(&self, value: &str) -> bool {
        self.says.iter().any(|text| holds(text, value))
    }
}

/// The entry with which a client that the tool serves opened the connection of a frame: what it was told on an earlier one
/// is over.
fn dialled(oracle: &Oracle, lane: u32, entry: usize) -> usize {
    let dials =
        |at: usize| oracle.frame(at).is_some_and(|(on, it)| on == lane && matches!(it, Observed::Dialled { .. }));
    let matched = oracle.record.matched.iter().rev().map(|(at, _)| *at);
    matched.filter(|at| *at < entry).find(|at| dials(*at)).unwrap_or(0)
}
