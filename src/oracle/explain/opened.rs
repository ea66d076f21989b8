//! How the open pairs of a run are found: what each entry of its log tells to be handled, and what is open when something
//! is sent.

use super::extents::Extents;
use super::open::Open;
use super::pairs::Pairs;
use super::senders::Senders;
use crate::diagram::OrderMode;
use crate::oracle::config::Key;
use crate::oracle::plan::Part;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Event;
use crate::wire::{Channel, Observed, Resolved};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

/// At most so many open pairs are told apart.
const LIMIT: usize = 20_000;

impl Pairs<'_> {
    /// Finds them.
    pub fn find(&mut self) {
        let extents = Extents::of(&self.oracle.plan.order);
        self.run(&extents);
        if self.oracle.options.order != OrderMode::Diagram {
            self.unsent(&extents);
        }
    }

    fn run(&mut self, extents: &Extents<'_>) {
        let oracle = self.oracle;
        let plan = &oracle.plan;
        let mut senders = Senders::default();
        // Requests under way, with their place among what their client sent.
        let mut asked: BTreeMap<(LifelineId, LifelineId), VecDeque<usize>> = BTreeMap::new();
        // What has not come, for those who do not wait for it.
        let awaited = |id: &ArrowId| {
            oracle.options.order != OrderMode::Diagram
                && plan.planned(*id).part == Part::Observation
                && !plan.order.arrow(*id).traits.never
        };
        let mut ahead: BTreeSet<ArrowId> = plan.order.arrow_ids().map(|(id, _)| id).filter(awaited).collect();
        let mut sent = oracle.record.sends.iter();
        let mut matched = oracle.record.matched.iter().peekable();
        for (index, entry) in oracle.record.entries.iter().enumerate() {
            match &entry.event {
                Event::Sent { .. } => {
                    let Some((key, _)) = sent.next() else { continue };
                    self.note(*key, index);
                    let later = ArrowId(key.0);
                    let resolved = &plan.planned(later).resolved;
                    // What a client does by itself reaches no server.
                    let by_itself = matches!(resolved, Some(Resolved::Pause | Resolved::Resume));
                    // Nor does this, and what was sent before it may have been heard still.
                    let stops_reading = matches!(resolved, Some(Resolved::DropEvents));
                    if plan.planned(later).part != Part::Stimulus || by_itself {
                        continue;
                    }
                    let Some((client, tested)) = plan.client(later) else { continue };
                    let related = extents.related(later);
                    self.sent(&senders, *key, stops_reading, &related);
                    if stops_reading {
                        continue;
                    }
                    senders.send(client, tested, *key);
                    if matches!(resolved, Some(Resolved::Request(_))) && plan.planned(later).channel == Channel::Http {
                        let place = senders.of(client, tested).map_or(0, |sender| sender.sent.len() - 1);
                        asked.entry((client, tested)).or_default().push_back(place);
                    }
                    // Whoever runs ahead did not wait for what others get either.
                    let above = related.iter().flat_map(|arrows| {
                        let end = arrows.end.min(key.0).max(arrows.start);
                        ahead.range(ArrowId(arrows.start)..ArrowId(end)).copied()
                    });
                    let above = above.filter(|id| {
                        plan.client(*id).is_some_and(|(_, from)| from == tested) && plan.happens_before(*id, later)
                    });
                    let room = LIMIT.saturating_sub(self.open.len());
                    self.open.extend(above.take(room).map(|earlier| Open { earlier, later, gone: false }));
                }
                Event::Received { lifeline, from, channel, observed } => {
                    let (client, tested) = (LifelineId(*lifeline), LifelineId(*from));
                    let over = *channel == Channel::Http && !matches!(observed, Observed::Asked { .. });
                    let answered =
                        if over { asked.get_mut(&(client, tested)).and_then(VecDeque::pop_front) } else { None };
                    if let Some((_, key)) = matched.next_if(|(at, _)| *at == index) {
                        ahead.remove(&ArrowId(key.0));
                        self.witnessed(&mut senders, extents, *key, index);
                    } else if let (Some(place), Observed::Status { .. }) = (answered, observed) {
                        // Nobody drew it, and it tells what one that is drawn would.
                        senders.handled(client, tested, place + 1, index);
                    }
                }
                Event::Done { arrow, .. } => {
                    let id = ArrowId(*arrow);
                    if self.connects(id) {
                        self.accepted.entry(id).or_insert(index);
                    }
                    let told = plan.planned(id).resolved.as_ref().is_some_and(Resolved::is_answered);
                    if told && let Some((client, to)) = plan.client(id) {
                        let sender = senders.of(client, to);
                        let place = sender.and_then(|sender| sender.sent.iter().rposition(|key| key.0 == *arrow));
                        senders.handled(client, to, place.map_or(0, |place| place + 1), index);
                    }
                }
                Event::Echoed { lifeline } => senders.echoed(LifelineId(*lifeline), index),
                Event::Quiet { .. } | Event::Chose { .. } | Event::Learned { .. } | Event::Frozen => {}
            }
        }
        self.handled.extend(senders.known());
    }

    /// Something is sent: what others sent before it may be handled behind it, and what they sent although it is drawn
    /// below was sent too early.
    fn sent(&mut self, senders: &Senders, key: Key, stops_reading: bool, related: &[Range<u32>]) {
        let plan = &self.oracle.plan;
        let Some((client, tested)) = plan.client(ArrowId(key.0)) else { return };
        let room = LIMIT.saturating_sub(self.open.len());
        if room == 0 {
            return;
        }
        let mut found: Vec<(Key, Key)> = Vec::new();
        for arrows in related {
            for before in senders.open_of_others(tested, client, arrows.clone()) {
                if !self.comes_first(before, key) {
                    found.extend(self.comes_first(key, before).then_some((key, before)));
                } else if !stops_reading {
                    found.push((before, key));
                }
            }
            // Where nobody runs ahead, what is handled is in its place; outside all loops, what is drawn above is.
            if self.oracle.options.order != OrderMode::Diagram {
                let below = if key.1 == 0 { key.0.max(arrows.start) } else { arrows.start };
                let before = senders.settled_of_others(tested, client, below..arrows.end);
                found.extend(before.filter(|before| self.comes_first(key, *before)).map(|before| (key, before)));
            }
        }
        let open = |(one, other): (Key, Key)| Open { earlier: ArrowId(one.0), later: ArrowId(other.0), gone: false };
        self.open.extend(found.into_iter().take(room).map(open));
    }

    /// What is drawn above something that was sent and was not sent itself, since the play had failed by then, is handled
    /// later than drawn: in the same turn of the loops around both, or in the turn before.
    fn unsent(&mut self, extents: &Extents<'_>) {
        let plan = &self.oracle.plan;
        let turns = &self.oracle.readings.turns;
        let mut sent: BTreeMap<ArrowId, Vec<u32>> = BTreeMap::new();
        for (key, _) in &self.sends {
            sent.entry(ArrowId(key.0)).or_default().push(key.1);
        }
        for earlier in plan.order.arrow_ids().map(|(id, _)| id).filter(|id| plan.is_stimulus(*id)) {
            let own = sent.get(&earlier).map_or(&[][..], Vec::as_slice);
            // Outside all loops it is sent once.
            if own.contains(&0) {
                continue;
            }
            let Some((client, tested)) = plan.client(earlier) else { continue };
            let first = extents.loops_from(earlier).unwrap_or(earlier.0);
            let related = extents.related(earlier).into_iter();
            let related = related.map(|arrows| arrows.start.max(first)..arrows.end).filter(|arrows| !arrows.is_empty());
            for (later, theirs) in related.flat_map(|arrows| sent.range(ArrowId(arrows.start)..ArrowId(arrows.end))) {
                let other = plan.client(*later).is_some_and(|(from, to)| from != client && to == tested);
                if !other || self.open.len() >= LIMIT {
                    continue;
                }
                let shared = plan.shared_loops(earlier, *later);
                let lacks = |turn: u32| own.iter().all(|sent| turns.outer(*sent, shared) != turn);
                let (above, recurs) = (plan.happens_before(earlier, *later), plan.recurs(earlier, *later));
                let mut around = theirs.iter().map(|turn| turns.outer(*turn, shared));
                if around.any(|turn| (above && lacks(turn)) || (recurs && turns.before(turn).is_some_and(lacks))) {
                    self.open.insert(Open { earlier, later: *later, gone: false });
                }
            }
        }
    }

    /// A message came: what it follows from is handled, what it has to wait for by name, and what their senders sent before
    /// that; where only the drawing tells, all that is drawn above it.
    fn witnessed(&self, senders: &mut Senders, extents: &Extents<'_>, key: Key, entry: usize) {
        let plan = &self.oracle.plan;
        let id = ArrowId(key.0);
        let Some((client, tested)) = plan.client(id) else { return };
        let planned = plan.planned(id);
        let optional =
            || self.sends.iter().rev().map(|(key, _)| ArrowId(key.0)).find(|it| planned.optional.contains(it));
        let optional = || if planned.optional.is_empty() { None } else { optional() };
        let cause = planned.cause.map(|cause| cause.arrow).or_else(optional);
        // Of each sender the last that is handled.
        let mut known: BTreeMap<LifelineId, usize> = BTreeMap::new();
        let own = cause.map(|cause| cause.0..cause.0 + 1);
        let related = if own.is_none() { extents.related(id) } else { Vec::new() };
        // And what the author says that it has to wait for.
        let named = planned.after.iter().filter(|on| plan.is_stimulus(**on)).map(|on| on.0..on.0 + 1);
        for arrows in own.into_iter().chain(related).chain(named) {
            // Outside all loops, what is drawn below was not handled for it.
            let end = if key.1 == 0 && cause.is_none() { arrows.end.min(key.0) } else { arrows.end };
            for (sent, place) in senders.open(tested, arrows.start..end) {
                let seen = if cause.is_some() { !self.comes_first(key, sent) } else { self.comes_first(sent, key) };
                if seen && let Some((sender, _)) = plan.client(ArrowId(sent.0)) {
                    let count = known.entry(sender).or_default();
                    *count = place.max(*count);
                }
            }
        }
        for (sender, place) in known {
            senders.handled(sender, tested, place + 1, entry);
        }
        // Where the server speaks on a connection, whatever of, the opening of it is handled.
        let Some(sender) = senders.of(client, tested) else { return };
        let next = sender.handled.len();
        let opens = |sent: &Key| plan.opens_for(ArrowId(sent.0), id);
        if !sender.sent.get(next).is_some_and(opens) {
            return;
        }
        // Of several event streams nobody can tell on which it came.
        let only = planned.channel == Channel::Socket || sender.sent.iter().filter(|sent| opens(sent)).count() == 1;
        if only && sender.sent.iter().rposition(opens) == Some(next) {
            senders.handled(client, tested, next + 1, entry);
        }
    }

    /// Whether one arrow is drawn before another: in an earlier turn of a loop around both, or above it.
    fn comes_first(&self, one: Key, other: Key) -> bool {
        let plan = &self.oracle.plan;
        let turns = &self.oracle.readings.turns;
        let shared = plan.shared_loops(ArrowId(one.0), ArrowId(other.0));
        let (a, b) = (turns.outer(one.1, shared), turns.outer(other.1, shared));
        if a == b { one.0 < other.0 && plan.in_sequence(ArrowId(one.0), ArrowId(other.0)) } else { a < b }
    }
}
