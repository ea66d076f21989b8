//! After the verdict: the clients that are still connected leave, one after the other.

use super::conn::Phase;
use super::line::Line;
use crate::net::Ticket;
use crate::run::links::LinkEvent;
use crate::trace::{Entry, Event};
use std::time::Duration;

/// How long all of them together wait for the answers to their Close.
const FAREWELL: Duration = Duration::from_secs(1);

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
