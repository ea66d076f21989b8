//! After the verdict: the clients that are still connected leave, one after the other, and the server ends what is closed.

use super::conn::Phase;
use super::line::Line;
use crate::net::Ticket;
use crate::run::links::LinkEvent;
use crate::trace::{Entry, Event};
use std::time::Duration;

/// How long all of them together wait for the answers to their Close.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long all of them together wait, after the answers, for the server to end the connections.
const PARTING: Duration = Duration::from_millis(500);

/// How much of what comes after the verdict is recorded, in bytes, about.
const LAST_BYTES: usize = 1 << 20;

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
    }

    async fn leave(&mut self, record: &mut Record<'_>) {
        let until = self.last_words(FAREWELL);
        let tickets: Vec<Ticket> =
            self.conns.iter().filter(|conn| conn.phase != Phase::Closed).filter_map(|conn| conn.socket).collect();
        for ticket in tickets {
            // Who does not read can neither say that it leaves nor hear the answer.
            self.links.pause(ticket, false);
            if !self.links.close(ticket, 1000) {
                continue;
            }
            // A server that never stops sending leaves no moment in which nothing happens.
            while !self.links.link(ticket).is_over() && self.now() < until {
                let Some((other, event)) = self.next(until).await else { break };
                let answered = other == ticket && matches!(event, LinkEvent::Close { .. } | LinkEvent::End { .. });
                self.record(other, event, record);
                if answered {
                    break;
                }
            }
        }
    }

    /// Waits for the server to end what is closed on both sides, which it does first (RFC 6455, section 7.1.1) and when it
    /// has done with the client: the next play on it would else meet guests who are still leaving.
    async fn part(&mut self, record: &mut Record<'_>) {
        let until = self.last_words(PARTING);
        while self.now() < until {
            let Some((ticket, event)) = self.next_while_parting(until).await else { break };
            self.record(ticket, event, record);
        }
    }

    fn record(&mut self, ticket: Ticket, event: LinkEvent, record: &mut Record<'_>) {
        let at = self.now();
        let Some((conn, channel)) = self.conns.of(ticket) else { return };
        let (client, server) = conn.pair;
        for observed in super::hear::afterwards(conn, event) {
            let Some(left) = record.left.checked_sub(observed.size()) else { return };
            record.left = left;
            let event = Event::Received { lifeline: client.0, from: server.0, channel, observed };
            record.trace.push(Entry { at, event });
        }
    }
}
