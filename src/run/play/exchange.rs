//! Frames that belong together: an arrow of several steps, an acknowledgement, the preamble of a connection.

use super::conn::{Exchange, Pair, Phase};
use super::{Driver, hear, unbuilt, unwritten};
use crate::oracle::Trouble;
use crate::source::Span;
use crate::trace::{Moment, Purpose};
use crate::wire::{Channel, Memory, Observed, Raw, Step, Viewer};

/// Whether all of it is through.
pub(super) fn is_over(exchange: &Exchange) -> bool {
    exchange.steps.is_empty() && exchange.reply.is_none()
}

impl Driver<'_> {
    /// Sends what may be sent before anything has to come back.
    pub(super) fn send_first(
        &mut self,
        pair: Pair,
        mut exchange: Exchange,
        span: Option<Span>,
    ) -> Result<(Exchange, Vec<Raw>), Trouble> {
        let mut sent = Vec::new();
        loop {
            match exchange.steps.pop_front() {
                Some(Step::Send(payload)) => {
                    exchange.through += 1;
                    let conn = self.line.conn(pair)?;
                    let frames = conn.session.encode(&payload).map_err(|why| unwritten("the frame", &why, span))?;
                    self.say(pair, &frames)?;
                    sent.extend(frames);
                }
                Some(Step::Then(rest)) => {
                    let scopes = exchange.ready.as_ref().map(|ready| self.oracle.scopes(ready)).unwrap_or_default();
                    let arrow = exchange.ready.as_ref().map_or(0, |ready| ready.arrow.0);
                    let viewer = Viewer { scopes: &scopes, arrow, ..self.viewer(pair) };
                    let built = self.building(pair, |_, memory, context| rest.build(memory, viewer, context))?;
                    let built = built.map_err(|why| unbuilt("the next frame", &why, span))?;
                    self.oracle.learn(self.line.now(), built.binds);
                    exchange.steps = built.steps.into();
                    exchange.reply = built.reply;
                }
                Some(receive @ Step::Receive(_)) => {
                    exchange.steps.push_front(receive);
                    return Ok((exchange, sent));
                }
                None => return Ok((exchange, sent)),
            }
        }
    }

    /// Sends frames on a connection; where each is a request, with its headers as they are now.
    pub(super) fn say(&mut self, pair: Pair, frames: &[Raw]) -> Result<(), Trouble> {
        let conn = self.line.conn(pair)?;
        let (Some(ticket), posts) = (conn.socket, conn.posts) else { return Ok(()) };
        if posts {
            let (stage, viewer) = (self.stage, self.viewer(pair));
            let dial = self.building(pair, |conn, memory, context| {
                stage.words.binding().dial(conn.way, (&conn.own, &conn.peer), memory, viewer, context)
            })?;
            let dial = dial.map_err(|why| unbuilt("the headers of the request", &why, None))?;
            self.line.links.set_headers(ticket, dial.headers);
        }
        for raw in frames {
            self.line.links.send(ticket, hear::frame(raw));
        }
        Ok(())
    }

    /// Whether a message is what some exchange of this connection waits for; then it is taken, and what follows is sent.
    pub(super) fn answers(&mut self, at: Moment, pair: Pair, observed: &Observed) -> Result<bool, Trouble> {
        let Some(conn) = self.line.conns.get(pair).filter(|conn| !conn.exchanges.is_empty()) else { return Ok(false) };
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        let found = conn.exchanges.iter().enumerate().find_map(|(index, exchange)| {
            if let Some(Step::Receive(expected)) = exchange.steps.front()
                && let Some(binds) = conn.matches(expected, observed, memory)
            {
                return Some((index, false, binds));
            }
            let reply = exchange.reply.as_ref()?;
            conn.matches(reply, observed, memory).map(|binds| (index, true, binds))
        });
        let Some((index, reply, binds)) = found else { return Ok(false) };
        let mut exchange = conn.exchanges.remove(index);
        let preamble = exchange.ready.is_none() && matches!(conn.phase, Phase::Opening(_));
        let greeting = exchange.ready.is_none() && conn.hosting.greeting.is_some();
        if reply {
            exchange.reply = None;
        } else {
            exchange.steps.pop_front();
            exchange.through += 1;
        }
        let purpose = match exchange.ready {
            _ if preamble || greeting => Purpose::Preamble,
            Some(_) if !reply => Purpose::Step,
            Some(_) | None => Purpose::Reply,
        };
        self.received_beside(pair, Channel::Socket, purpose, observed.clone());
        self.oracle.learn(self.line.now(), binds);
        let (exchange, sent) = self.send_first(pair, exchange, None)?;
        self.sent_beside(pair, purpose, &sent);
        if !is_over(&exchange) {
            self.line.conn(pair)?.exchanges.insert(index, exchange);
        } else if preamble {
            self.admitted(at, pair)?;
        } else if greeting {
            self.line.conn(pair)?.hosting.greeting = None;
        } else if let Some(ready) = exchange.ready {
            self.oracle.done(at, &ready);
        }
        Ok(true)
    }
}
