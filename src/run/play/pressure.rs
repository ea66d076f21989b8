//! Back pressure: nothing more is said on a connection while much of what was said before waits to be read.

use super::Driver;
use crate::net::Ticket;
use crate::oracle::Ready;
use crate::trace::Moment;
use crate::wire::Resolved;
use std::time::Duration;

/// So many bytes may wait to be written before anything more is said: far below what a peer may leave unread at all
/// ([`limit::UNSENT`](crate::net::limit::UNSENT)).
const HELD: usize = 1 << 20;

/// How soon it is looked again whether there is room: what is written raises no event. Later the longer nothing was taken.
const LOOK: Duration = Duration::from_millis(2);

/// A connection on which something is held back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    ticket: Ticket,
    /// How much its peer had taken, and since when that has not changed.
    taken: u64,
    since: Moment,
}

impl Driver<'_> {
    /// Until when something is not said yet, since its connection is full of what was said before: as long as the peer
    /// takes any of that within the timeout. Of a peer that takes nothing, what is said then is kept as far as there is room,
    /// and it is told that it does not read.
    pub(super) fn waits_for_room(&mut self, ready: &Ready, now: Moment) -> Option<Moment> {
        let resolved = self.stage.plan.planned(ready.arrow).resolved.as_ref()?;
        if !matches!(resolved, Resolved::Send(_) | Resolved::Push(_)) {
            return None;
        }
        let conn = self.line.conns.get((ready.lifeline, ready.to))?;
        let tickets = conn.socket.iter().chain(&conn.streams).copied();
        let full = tickets.map(|ticket| (ticket, self.line.links.link(ticket).queued()));
        let (ticket, queued) = full.filter(|(_, queued)| queued.bytes > HELD).max_by_key(|(_, queued)| queued.bytes)?;
        let known = self.held.iter_mut().find(|held| held.ticket == ticket);
        let since = match known {
            Some(held) if held.taken == queued.taken => held.since,
            Some(held) => {
                (held.taken, held.since) = (queued.taken, now);
                now
            }
            None => {
                self.held.push(Held { ticket, taken: queued.taken, since: now });
                now
            }
        };
        let silent = now.since(since);
        (silent < self.stage.settled.timeout).then(|| now.plus(LOOK.max(silent / 4)))
    }
}
