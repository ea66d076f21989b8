//! After the verdict: the clients that are still connected leave, one after the other, and the server ends what is closed.
//! Nothing of it is judged.

use super::conn::Phase;
use super::line::Line;
use crate::net::Ticket;
use crate::run::links::LinkEvent;
use crate::trace::{Entry, Event};
use rustc_hash::FxHashSet;
use std::time::Duration;

/// How long all of them together wait for the answers to their Close.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long all of them together wait, after the answers, for the server to end the connections.
const PARTING: Duration = Duration::from_millis(500);

/// How much of what comes after the verdict is recorded, in bytes, about.
const LAST_BYTES: usize = 1 << 20;

/// What an event takes of that at least: whoever sends nothing worth a record, without end, comes to the end of it too.
const LEAST_BYTES: usize = 64;

/// The end of the record, and how much still goes into it.
struct Record<'t> {
    trace: &'t mut Vec<Entry>,
    left: usize,
}

impl Line<'_> {
    /// Closes what is open and records what comes of it.
    pub(super) async fn teardown(&mut self, trace: &mut Vec<Entry>) {
        let mut record = Record { trace, left: LAST_BYTES };
        self.leave(&mut record).await;
        self.part(&mut record).await;
        let after = record.trace.len();
        self.keep_heads(after);
    }

    /// One after the other, for as long as that is recorded. Where many are told of each that goes, the rest would be told
    /// of one another in a square of messages, of which nobody reads any: they go all at once.
    async fn leave(&mut self, record: &mut Record<'_>) {
        let until = self.last_words(FAREWELL);
        let open = self.conns.iter().filter(|conn| conn.phase != Phase::Closed);
        let tickets: Vec<Ticket> = open.filter_map(|conn| conn.socket).collect();
        // Who dialled leaves; a server sends away.
        let code = if self.doors.is_empty() { 1000 } else { 1001 };
        let mut rest = tickets.into_iter();
        while record.left > 0
            && let Some(ticket) = rest.next()
        {
            // Who does not read can neither say that it leaves nor hear the answer.
            self.links.pause(ticket, false);
            if !self.links.close(ticket, code) {
                continue;
            }
            // A server that never stops sending leaves no moment in which nothing happens: virtual time stands still.
            while record.left > 0 && !self.links.link(ticket).is_over() && self.goes_on(until) {
                let Some((other, event)) = self.next(until).await else { break };
                let answered = other == ticket && is_end(&event);
                self.record(other, event, record);
                if answered {
                    break;
                }
            }
        }
        // The server in this process ends with its last play.
        if self.stage.last && self.stage.virtual_time {
            return;
        }
        let mut open = FxHashSet::default();
        for ticket in rest {
            self.links.pause(ticket, false);
            if self.links.close(ticket, 1000) {
                open.insert(ticket);
            }
        }
        while !open.is_empty() && self.goes_on(until) {
            let Some((ticket, event)) = self.next(until).await else { break };
            if is_end(&event) {
                open.remove(&ticket);
            }
        }
    }

    /// Waits for the server to end what is closed on both sides, which it does first (RFC 6455, section 7.1.1) and when it
    /// has done with the client: the next play on it would else meet guests who are still leaving.
    async fn part(&mut self, record: &mut Record<'_>) {
        let until = self.last_words(PARTING);
        while self.goes_on(until) && (record.left > 0 || !self.stage.virtual_time) {
            let Some((ticket, event)) = self.next_while_parting(until).await else { break };
            self.record(ticket, event, record);
        }
    }

    fn record(&mut self, ticket: Ticket, event: LinkEvent, record: &mut Record<'_>) {
        if record.left == 0 {
            return;
        }
        record.left = record.left.saturating_sub(LEAST_BYTES);
        let at = self.now();
        let Some((conn, channel)) = self.conns.of(ticket) else { return };
        let (client, server) = conn.pair;
        let frame = if let LinkEvent::Frame(frame) = &event { Some(super::hear::raw(frame)) } else { None };
        let told = super::hear::afterwards(conn, event);
        if let Some(frame) = frame.filter(|_| told.is_empty()) {
            self.beside.frame(record.trace.len(), at, (server.0, client.0), frame);
        }
        for observed in told {
            record.left = record.left.saturating_sub(observed.size());
            if record.left == 0 {
                return;
            }
            let event = Event::Received { lifeline: client.0, from: server.0, channel, observed };
            record.trace.push(Entry { at, event });
        }
    }
}

/// Whether it is the last that a connection says.
fn is_end(event: &LinkEvent) -> bool {
    matches!(event, LinkEvent::Close { .. } | LinkEvent::End { .. })
}
