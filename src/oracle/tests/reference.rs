//! What a diagram says of a trace, by every way through it.

use super::frames::said;
use super::ways::{Happening, Way};
use crate::oracle::Options;
use crate::trace::{Entry, Event, Moment};
use crate::wire::Channel;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A name of the diagram within its turn, and the value that it has.
type Named = ((Arc<str>, u32), String);

/// What the diagram says of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Pass,
    Fail,
    /// The tool has something to send.
    Goes,
    /// Ways that differ in what the tool is to do now.
    Open,
}

/// A place on one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    way: usize,
    done: u64,
    /// When each message of it was, where times are drawn.
    at: Vec<Moment>,
    /// What stands for the names so far.
    names: Vec<((Arc<str>, u32), String)>,
}

/// What a measured time may miss a drawn one by.
fn tolerance(drawn: Duration) -> Duration {
    (drawn / 20).max(Duration::from_millis(10))
}

/// A deadline is over so much sooner than drawn: all that comes comes within milliseconds.
const SOONER: Duration = Duration::from_millis(100);

struct Judge<'a> {
    all: &'a [Way],
    options: &'a Options,
    timed: bool,
}

impl Judge<'_> {
    /// When all that is drawn above a message was sent; none where it was not.
    fn owed(&self, state: &State, event: &Happening) -> Option<Moment> {
        (event.above & !state.done == 0).then(|| Way::latest(event.above, &state.at))
    }

    fn in_time(&self, state: &State, at: usize, now: Moment) -> bool {
        let way = &self.all[state.way];
        let event = &way.events[at];
        let since = way.since(at, state.done, &state.at).unwrap_or(Moment(0));
        if event.after.is_some_and(|after| now.since(since) + tolerance(after) < after) {
            return false;
        }
        let Some(owed) = self.owed(state, event).filter(|_| self.timed) else { return true };
        let most = event.within.map(|within| within + tolerance(within));
        now.since(owed) <= most.unwrap_or(self.options.timeout + event.after.unwrap_or_default().max(event.behind))
    }

    /// Whether something that had to come by then has not.
    fn is_overdue(&self, state: &State, last: Moment, now: Moment) -> bool {
        let way = &self.all[state.way];
        way.events.iter().enumerate().any(|(at, event)| {
            let allowed = event.after.unwrap_or_default().max(event.behind) + self.options.timeout;
            let allowed = event.within.map_or(allowed, |within| allowed.max(within + tolerance(within)));
            let owed = self.owed(state, event).map(|owed| if self.timed { owed } else { last });
            !event.sent && state.done >> at & 1 == 0 && owed.is_some_and(|owed| now.plus(SOONER) > owed.plus(allowed))
        })
    }

    /// What a name stands for behind a frame that says `said`; none where that is not what is drawn.
    fn named(&self, state: &State, event: &Happening, said: &str) -> Option<Vec<Named>> {
        let mut names = state.names.clone();
        let Some(name) = &event.name else { return (*event.label == *said).then_some(names) };
        let value = said.strip_prefix("id ")?;
        match names.iter().find(|(known, _)| known == name) {
            Some((_, known)) => (known == value).then_some(names),
            None => {
                let taken = names.iter().any(|((other, _), known)| *other != name.0 && known == value);
                names.push((name.clone(), value.to_owned()));
                names.sort();
                (!taken).then_some(names)
            }
        }
    }
}

/// Holds a trace against every way.
pub fn reference(all: &[Way], log: &[Entry], options: &Options) -> Right {
    let timed = all.iter().flat_map(|way| &way.events).any(|event| event.after.is_some() || event.within.is_some());
    let judge = Judge { all, options, timed };
    let begin = |way: usize| State { way, done: 0, at: vec![Moment(0); all[way].events.len()], names: Vec::new() };
    let mut states: BTreeSet<State> = (0..all.len()).map(begin).collect();
    let mut last = Moment(0);
    for entry in log {
        states.retain(|state| !judge.is_overdue(state, last, entry.at));
        let (client, server, channel, label, sent) = match &entry.event {
            Event::Sent { lifeline, to, channel, label, .. } => (*lifeline, *to, *channel, label.to_string(), true),
            Event::Received { lifeline, from, channel, observed } => {
                (*lifeline, *from, *channel, said(observed), false)
            }
            _ => continue,
        };
        last = entry.at;
        let mut next = BTreeSet::new();
        for state in states {
            let way = &all[state.way];
            let place = (client, server, channel);
            if !sent && label == "z" && channel == Channel::Socket && way.ignores_at(state.done, place) {
                next.insert(state.clone());
            }
            for (at, event) in way.events.iter().enumerate() {
                let here = event.sent == sent && (sent || event.channel == channel);
                if !here || (event.client, event.server) != (client, server) || !way.may(state.done, at) {
                    continue;
                }
                let Some(names) = judge.named(&state, event, &label) else { continue };
                if !sent && !judge.in_time(&state, at, entry.at) {
                    continue;
                }
                let mut when = state.at.clone();
                if timed {
                    when[at] = entry.at;
                }
                next.insert(State { way: state.way, done: state.done | 1 << at, at: when, names });
            }
        }
        states = next;
    }
    states.retain(|state| !all[state.way].owes(state.done));
    let whole = states.iter().any(|state| state.done == all[state.way].all());
    let sends: BTreeSet<_> = states.iter().map(|state| all[state.way].sends(state.done)).collect();
    match (states.is_empty(), sends.len()) {
        (true, _) => Right::Fail,
        (false, 2..) => Right::Open,
        (false, _) if whole => Right::Pass,
        (false, _) => Right::Goes,
    }
}
