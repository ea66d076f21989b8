//! The side that is dialled: what whoever knocks is let in with, and what he is answered.

use super::conn::{Exchange, Pair, Phase};
use super::{Driver, unbuilt};
use crate::listen::event;
use crate::net::{Response, Ticket};
use crate::oracle::{Ready, Trouble};
use crate::order::LifelineId;
use crate::trace::{Moment, Purpose};
use crate::wire::{Built, Channel, Observed, Outgoing, Payload, Step, Viewer};
use bytes::Bytes;
use serde_json::Value;
use std::collections::VecDeque;

/// The status of a handshake that is accepted (RFC 6455, section 4.2.2).
const ACCEPTED: u16 = 101;

/// A handshake that is not answered yet.
pub(super) struct Knock {
    pub ticket: Ticket,
    /// What the answer has beside what is drawn.
    pub headers: Vec<(String, String)>,
    /// It was answered before it was known whose it is.
    pub accepted: bool,
}

/// A request of a client that is not answered yet.
pub(super) struct Asker {
    pub ticket: Ticket,
    pub channel: Channel,
    /// What a page of another origin must be told beside the answer.
    pub beside: Vec<(String, String)>,
}

/// What a connection has of the tool's being its server.
#[derive(Default)]
pub(super) struct Hosting {
    pub knock: Option<Knock>,
    pub askers: VecDeque<Asker>,
    /// Since when the preamble is under way.
    pub greeting: Option<Moment>,
}

impl Driver<'_> {
    /// Accepts the handshake that waits, where there is one.
    pub(super) fn admit(&mut self, pair: Pair, mut headers: Vec<(String, String)>) -> Result<(), Trouble> {
        let now = self.line.now();
        let binding = self.stage.words.binding();
        let conn = self.line.conn(pair)?;
        let Some(Knock { ticket, headers: own, accepted }) = conn.hosting.knock.take() else { return Ok(()) };
        let drawn = headers.iter().any(|(name, _)| name == "sec-websocket-protocol");
        headers.extend(own.into_iter().filter(|_| !drawn));
        conn.end();
        conn.session = binding.session_served(&conn.own, &conn.peer, &self.stage.run);
        conn.seq = 0;
        conn.paused = false;
        conn.socket = Some(ticket);
        conn.came = true;
        conn.phase = Phase::Open;
        let preamble = binding.preamble_served(&conn.own, &conn.peer);
        let response = Response { code: ACCEPTED, headers, body: Bytes::new() };
        self.answered_beside(pair, Channel::Socket, &response);
        if !accepted {
            self.line.links.accept(ticket, response.headers);
        }
        let Some(preamble) = preamble else { return Ok(()) };
        let exchange = self.owed(pair, &preamble, Purpose::Preamble)?;
        if !super::exchange::is_over(&exchange) {
            let conn = self.line.conn(pair)?;
            conn.hosting.greeting = Some(now);
            conn.exchanges.push(exchange);
        }
        Ok(())
    }

    /// Begins what the tool owes a client without its being drawn.
    fn owed(&mut self, pair: Pair, outgoing: &Outgoing, purpose: Purpose) -> Result<Exchange, Trouble> {
        let viewer = self.viewer(pair);
        let built = self.building(pair, |_, memory, context| outgoing.build(memory, viewer, context))?;
        let built = built.map_err(|why| unbuilt("the answer of the server", &why, None))?;
        self.oracle.learn(self.line.now(), built.binds);
        let exchange =
            Exchange { ready: None, steps: built.steps.into(), reply: built.reply, through: 0, since: self.line.now() };
        let (exchange, sent) = self.send_first(pair, exchange, None)?;
        self.sent_beside(pair, purpose, &sent);
        Ok(exchange)
    }

    /// What is owed for the message that was just taken in.
    pub(super) fn pay(&mut self, pair: Pair) -> Result<(), Trouble> {
        let duty = self.oracle.last_matched().and_then(|arrow| self.stage.plan.expectation(arrow)?.duty());
        let Some(duty) = duty else { return Ok(()) };
        let exchange = self.owed(pair, &duty.clone(), Purpose::Reply)?;
        if !super::exchange::is_over(&exchange) {
            self.line.conn(pair)?.exchanges.push(exchange);
        }
        Ok(())
    }

    /// Whether the tool may not say this yet: the preamble of the connection is under way.
    pub(super) fn is_greeting(&mut self, ready: &Ready) -> bool {
        let conn = self.line.conns.get((ready.lifeline, ready.to));
        conn.is_some_and(|conn| conn.hosting.greeting.is_some())
    }

    /// The servers that say nothing now: of an arrow to them more has to come, and all that is drawn behind it may follow from
    /// it.
    pub(super) fn listening(&self) -> Vec<LifelineId> {
        if self.line.doors.is_empty() {
            return Vec::new();
        }
        let mut servers: Vec<LifelineId> =
            self.line.conns.iter().filter(|conn| conn.owes().is_some()).map(|conn| conn.pair.0).collect();
        servers.dedup();
        servers
    }

    /// Preambles that have had their time: whoever does not say what he owes is sent away.
    pub(super) fn end_greetings(&mut self, now: Moment) -> Result<(), Trouble> {
        if self.line.doors.is_empty() {
            return Ok(());
        }
        self.end_owed(now)?;
        let timeout = self.stage.settled.timeout;
        let over = |conn: &&super::conn::Conn| {
            conn.hosting.greeting.is_some_and(|since| since.plus(timeout) <= now) && conn.phase == Phase::Open
        };
        let pairs: Vec<Pair> = self.line.conns.iter().filter(over).map(|conn| conn.pair).collect();
        for pair in pairs {
            self.keep_awaited(pair);
            let Some(conn) = self.line.conns.get(pair) else { continue };
            conn.hosting.greeting = None;
            conn.end();
            if let Some(ticket) = conn.socket.take() {
                self.line.links.close_with(ticket, Some(1008), "the preamble did not come");
            }
            let how = format!(
                "the messages of a client after its handshake (`after` in [connect]) did not come within {}",
                crate::source::elapsed_words(timeout)
            );
            self.tell(now, pair, Channel::Socket, Observed::End { how });
        }
        Ok(())
    }

    /// Whether nobody has come yet where somebody is waited for, and until when that is done.
    pub(super) fn unvisited_until(&self) -> Option<Moment> {
        let waits = !self.visited && !self.line.doors.is_empty() && self.stage.routes.is_empty();
        waits.then(|| Moment::after(self.stage.wait))
    }

    /// An answer that is drawn: to a handshake, or to a request.
    pub(super) fn reply(&mut self, at: Moment, ready: &Ready, outgoing: &Outgoing) -> Result<(), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let (built, value) = self.made(ready, outgoing, "the answer")?;
        let code = value.get("status").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let mut headers: Vec<(String, String)> = match value.get("headers").and_then(Value::as_object) {
            Some(all) => all.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            None => Vec::new(),
        };
        let body = match value.get("body") {
            None | Some(Value::Null) => Bytes::new(),
            Some(Value::String(text)) => Bytes::from(text.clone()),
            Some(json) => {
                if !headers.iter().any(|(name, _)| name == "content-type") {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                Bytes::from(json.to_string())
            }
        };
        self.oracle.sent(at, ready, Vec::new(), built.binds);
        if ready.channel != Channel::Socket {
            return self.respond(pair, ready.channel, (code.unwrap_or(200), headers, body));
        }
        match code {
            Some(ACCEPTED) | None => self.admit(pair, headers),
            Some(code) => {
                let conn = self.line.conn(pair)?;
                if let Some(Knock { ticket, .. }) = conn.hosting.knock.take() {
                    let response = Response { code, headers, body };
                    self.answered_beside(pair, Channel::Socket, &response);
                    self.line.links.answer(ticket, response);
                }
                Ok(())
            }
        }
    }

    /// Answers the request that has waited longest on this channel.
    pub(super) fn respond(
        &mut self,
        pair: Pair,
        channel: Channel,
        (code, mut headers, body): (u16, Vec<(String, String)>, Bytes),
    ) -> Result<(), Trouble> {
        let conn = self.line.conn(pair)?;
        let Some(place) = conn.hosting.askers.iter().position(|asker| asker.channel == channel) else { return Ok(()) };
        let Some(Asker { ticket, beside, .. }) = conn.hosting.askers.remove(place) else { return Ok(()) };
        if !beside.is_empty() && !headers.is_empty() {
            // Of all others a browser shows its page but a few.
            let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
            headers.push(("access-control-expose-headers".to_owned(), names.join(", ")));
        }
        headers.extend(beside);
        if channel == Channel::Events && (200..300).contains(&code) {
            conn.streams.push(ticket);
            for (name, value) in [("content-type", "text/event-stream"), ("cache-control", "no-store")] {
                if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
            let response = Response { code, headers, body };
            self.answered_beside(pair, channel, &response);
            self.line.links.stream(ticket, &response);
        } else {
            let response = Response { code, headers, body };
            self.answered_beside(pair, channel, &response);
            self.line.links.answer(ticket, response);
        }
        Ok(())
    }

    /// An event that is drawn.
    pub(super) fn push(&mut self, at: Moment, ready: &Ready, outgoing: &Outgoing) -> Result<(), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let (built, value) = self.made(ready, outgoing, "the event")?;
        // A stream whose answer is drawn in another operand has to be there first.
        self.respond(pair, Channel::Events, (200, Vec::new(), Bytes::new()))?;
        let part = |name: &str| value.get(name).map(text);
        let written = event(part("event").as_deref(), part("id").as_deref(), &part("data").unwrap_or_default());
        self.oracle.sent(at, ready, vec![crate::wire::Raw::Text(written.as_str().into())], built.binds);
        if let Some(ticket) = self.line.conn(pair)?.streams.last().copied() {
            self.line.links.push(ticket, &written);
        }
        Ok(())
    }

    /// The end of an event stream that is drawn: behind what was pushed on it.
    pub(super) fn end_streams(&mut self, pair: Pair) {
        let Some(conn) = self.line.conns.get(pair) else { return };
        for ticket in std::mem::take(&mut conn.streams) {
            self.line.links.end(ticket);
        }
    }

    /// A Close that is drawn.
    pub(super) fn close(&mut self, at: Moment, ready: &Ready, outgoing: Option<&Outgoing>) -> Result<(), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let (binds, code, reason) = match outgoing {
            Some(outgoing) => {
                let (built, value) = self.made(ready, outgoing, "the Close")?;
                let code = value.get("code").and_then(|code| text(code).parse().ok());
                (built.binds, code, value.get("reason").map(text).unwrap_or_default())
            }
            None => (Vec::new(), None, String::new()),
        };
        self.admit(pair, Vec::new())?;
        self.oracle.sent(at, ready, Vec::new(), binds);
        let Some(conn) = self.line.conns.get(pair) else { return Ok(()) };
        // What a client says without its being drawn may be on its way.
        let owed: Vec<Exchange> = conn.exchanges.extract_if(.., |exchange| exchange.ready.is_none()).collect();
        conn.end();
        conn.exchanges = owed;
        self.gone = true;
        if let Some(ticket) = conn.socket {
            self.line.links.close_with(ticket, code, &reason);
        }
        Ok(())
    }

    /// What an arrow of the server says, built: as one value.
    fn made(&mut self, ready: &Ready, outgoing: &Outgoing, what: &str) -> Result<(Built, Value), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let span = self.stage.plan.order().arrow(ready.arrow).span;
        let scopes = self.oracle.scopes(ready);
        let viewer = Viewer { lifeline: ready.to.0, scopes: &scopes, arrow: ready.arrow.0 };
        let built = self.building(pair, |_, memory, context| outgoing.build(memory, viewer, context))?;
        let built = built.map_err(|why| unbuilt(what, &why, Some(span)))?;
        let value = built.steps.iter().find_map(|step| match step {
            Step::Send(Payload::Message(value)) => Some(value.clone()),
            Step::Send(Payload::Raw(_)) | Step::Receive(_) | Step::Then(_) => None,
        });
        Ok((built, value.unwrap_or_default()))
    }

    /// Who looks on a pair's connection, outside any arrow.
    pub(super) fn viewer(&self, pair: Pair) -> Viewer<'static> {
        Viewer { lifeline: self.stage.plan.knower(pair.0, pair.1), scopes: &[], arrow: 0 }
    }

    /// Lets in whoever is still waiting although nothing is to be said to him any more.
    pub(super) fn admit_all(&mut self) -> Result<bool, Trouble> {
        // Nobody comes where there is no door: this is asked at every step, of all connections.
        if self.line.doors.is_empty() {
            return Ok(false);
        }
        let waiting = |conn: &&super::conn::Conn| conn.hosting.knock.is_some();
        let pairs: Vec<Pair> = self.line.conns.iter().filter(waiting).map(|conn| conn.pair).collect();
        pairs.iter().try_for_each(|pair| self.admit(*pair, Vec::new()))?;
        let asking: Vec<(Pair, Channel)> = self
            .line
            .conns
            .iter()
            .flat_map(|conn| conn.hosting.askers.iter().map(|asker| (conn.pair, asker.channel)))
            .collect();
        for (pair, channel) in &asking {
            self.respond(*pair, *channel, (200, Vec::new(), Bytes::new()))?;
        }
        Ok(!pairs.is_empty() || !asking.is_empty())
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
