//! What all connections of a play come to together, kept as they change: whoever looked at each of them at every step
//! would make the cost of a play grow as the square of its clients.

use super::conn::{Asking, Conn, Purpose};
use crate::trace::Moment;
use crate::wire::Channel;
use std::collections::BTreeSet;
use std::time::Duration;

/// A number of a connection with a moment that belongs to it, so that the earliest comes first.
type Due = BTreeSet<(Moment, usize)>;

/// What counts of one connection.
#[derive(Clone, Copy, Default, PartialEq)]
struct Seen {
    /// Anything of the diagram may come on it.
    listens: bool,
    /// It would answer an echo, where the binding has one.
    echoes: bool,
    /// Something may come on it of which no echo tells.
    silent: bool,
    /// Since when an answer to a request is awaited.
    asking: Option<Moment>,
    /// Since when the answer that opens an event stream is awaited.
    opening: Option<Moment>,
    /// Since when the oldest echo is awaited, where it is not mute.
    echoing: Option<Moment>,
    /// When the next keep-alive, or a request that is made again, is due, or the last of these is waited for no more.
    due: Option<Moment>,
}

impl Seen {
    fn of(conn: &Conn) -> Self {
        // What only tells that it is quiet is not waited for by itself; what is made again is waited for in between.
        let is_own = |asking: &&Asking| asking.channel == Channel::Http && !matches!(asking.purpose, Purpose::Echo);
        let asking = conn.asking.as_ref().filter(is_own);
        let again = conn.again.as_ref().and_then(|(_, waiting)| match &waiting.purpose {
            Purpose::Poll(poll) => Some(poll.since),
            Purpose::Arrow | Purpose::Login(_) | Purpose::Echo => None,
        });
        let opening = conn.asking.as_ref().filter(|asking| asking.channel == Channel::Events);
        let next = conn.again.as_ref().map(|(due, _)| *due);
        let given_up = conn.asking.as_ref().and_then(Asking::given_up);
        Seen {
            listens: conn.listens(),
            echoes: conn.can_echo(),
            silent: conn.is_silent(),
            asking: asking.map(|asking| asking.since).or(again),
            opening: opening.map(|asking| asking.since),
            echoing: conn.echoing_since().filter(|_| !conn.mute),
            due: conn.due.iter().copied().chain(next).chain(given_up).min(),
        }
    }
}

/// The sums. They are right once the connections that were changed since are looked at.
#[derive(Default)]
pub(super) struct Tally {
    seen: Vec<Seen>,
    /// What was handed out to be changed since the last look, and of which each is told once.
    changed: Vec<usize>,
    is_changed: Vec<bool>,
    echoes: usize,
    silent: usize,
    asking: Due,
    opening: Due,
    echoing: Due,
    due: Due,
    /// Whose echo of this round is not answered.
    owing: BTreeSet<usize>,
}

impl Tally {
    pub(super) fn add(&mut self) {
        self.seen.push(Seen::default());
        self.is_changed.push(false);
    }

    /// This connection is about to be changed.
    pub(super) fn touch(&mut self, index: usize) {
        if let Some(is_changed) = self.is_changed.get_mut(index)
            && !std::mem::replace(is_changed, true)
        {
            self.changed.push(index);
        }
    }

    /// Takes in what was changed.
    pub(super) fn look(&mut self, all: &[Conn]) {
        for index in self.changed.drain(..) {
            self.is_changed[index] = false;
            let (before, now) = (self.seen[index], Seen::of(&all[index]));
            if before == now {
                continue;
            }
            self.seen[index] = now;
            self.echoes = self.echoes + usize::from(now.echoes) - usize::from(before.echoes);
            self.silent = self.silent + usize::from(now.silent) - usize::from(before.silent);
            moved(&mut self.asking, index, before.asking, now.asking);
            moved(&mut self.opening, index, before.opening, now.opening);
            moved(&mut self.echoing, index, before.echoing, now.echoing);
            moved(&mut self.due, index, before.due, now.due);
            // Who is not connected any more need not answer.
            if !now.listens {
                self.owing.remove(&index);
            }
        }
    }

    /// How many would answer an echo.
    pub(super) fn echoes(&self) -> usize {
        self.echoes
    }

    /// On how many something may come of which no echo tells.
    pub(super) fn silent(&self) -> usize {
        self.silent
    }

    /// Since when an answer is awaited, of those requests for which the time is not over.
    pub(super) fn asked_within(&self, now: Moment, timeout: Duration) -> Option<Moment> {
        let is_over = |since: &Moment| since.plus(timeout) <= now;
        let first = Moment(now.0.saturating_sub(Moment::after(timeout).0));
        let mut later = self.asking.range((first, 0)..).map(|(since, _)| *since);
        later.find(|since| !is_over(since))
    }

    /// Since when the stream that was asked for last is being opened, of connections other than these.
    pub(super) fn opening_beside(&self, own: impl Fn(usize) -> bool) -> Option<Moment> {
        self.opening.iter().rev().find(|(_, index)| !own(*index)).map(|(since, _)| *since)
    }

    /// Those whose oldest echo has been awaited for so long, in the order in which they were first used.
    pub(super) fn overdue(&self, now: Moment, timeout: Duration) -> Vec<usize> {
        let over = self.echoing.iter().take_while(|(since, _)| since.plus(timeout) <= now);
        let mut over: Vec<usize> = over.map(|(_, index)| *index).collect();
        over.sort_unstable();
        over
    }

    /// Since when the oldest echo is awaited of those that owe one in this round.
    pub(super) fn owed_since(&self) -> Option<Moment> {
        self.echoing.iter().find(|(_, index)| self.owing.contains(index)).map(|(since, _)| *since)
    }

    /// Who owes an echo in this round.
    pub(super) fn owing(&mut self) -> &mut BTreeSet<usize> {
        &mut self.owing
    }

    /// When the next keep-alive is due.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Those with a keep-alive that is due by now, in the order in which they were first used.
    pub(super) fn due(&self, now: Moment) -> Vec<usize> {
        let due = self.due.range(..(now, usize::MAX));
        let mut due: Vec<usize> = due.map(|(_, index)| *index).collect();
        due.sort_unstable();
        due
    }
}

fn moved(all: &mut Due, index: usize, before: Option<Moment>, now: Option<Moment>) {
    if before == now {
        return;
    }
    if let Some(before) = before {
        all.remove(&(before, index));
    }
    if let Some(now) = now {
        all.insert((now, index));
    }
}
