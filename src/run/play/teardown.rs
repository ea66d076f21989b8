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

impl Line<'_> {
    /// Closes what is open and records what comes of it.
    pub(super) async fn teardown(&mut self, trace: &mut Vec<Entry>) {
        let until = self.now().plus(FAREWELL);
        let tickets: Vec<Ticket> =
            self.conns.iter().filter(|conn| conn.phase != Phase::Closed).filter_map(|conn| conn.socket).collect();
        for ticket in tickets {
            if !self.links.close(ticket, 1000) {
                continue;
            }
            while !self.links.link(ticket).is_over() {
                let Some((other, event)) = self.next(until).await else { break };
                let answered = other == ticket && matches!(event, LinkEvent::Close { .. } | LinkEvent::End { .. });
                self.record(other, event, trace);
                if answered {
                    break;
                }
            }
        }
        self.part(trace).await;
    }

    /// Waits for the server to end what is closed on both sides, which it does first (RFC 6455, section 7.1.1) and when it
    /// has done with the client: the next play on it would else meet guests who are still leaving.
    async fn part(&mut self, trace: &mut Vec<Entry>) {
        let until = self.now().plus(PARTING);
        while let Some((ticket, event)) = self.next_while_parting(until).await {
            self.record(ticket, event, trace);
        }
    }

    fn record(&mut self, ticket: Ticket, event: LinkEvent, trace: &mut Vec<Entry>) {
        let at = self.now();
        let Some((conn, channel)) = self.conns.of(ticket) else { return };
        let (client, server) = conn.pair;
        for observed in super::hear::afterwards(conn, event) {
            let event = Event::Received { lifeline: client.0, from: server.0, channel, observed };
            trace.push(Entry { at, event });
        }
    }
}
