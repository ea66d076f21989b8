//! What happens on a connection, told to the oracle.

use super::conn::{Asking, Conn, Pair, Phase, Polling, Purpose as For, Waiting};
use super::rest::Unfinished;
use super::{Driver, broken, unanswered, unwritten};
use crate::net::{DialError, Frame, HttpRequest, Response, Ticket, Torn, limit};
use crate::oracle::{Ready, Trouble};
use crate::run::links::LinkEvent;
use crate::source::Span;
use crate::trace::{Moment, Purpose};
use crate::wire::{BuiltRequest, Channel, Decoded, Memory, Observed, Raw, Session, UNREAD, read_json};
use serde_json::Value;
use std::sync::Arc;

impl Driver<'_> {
    /// Takes in one event.
    pub(super) fn hear(&mut self, ticket: Ticket, event: LinkEvent) -> Result<(), Trouble> {
        let now = self.line.now();
        let event = match event {
            LinkEvent::Asked { door, asked } => return self.knocked(ticket, door, asked),
            LinkEvent::End { how } if self.line.server_at(ticket).is_some() => return Err(shut(&how)),
            other => match self.name(ticket, other)? {
                Some(event) => event,
                None => return Ok(()),
            },
        };
        let Some((conn, channel)) = self.line.conns.of(ticket) else { return Ok(()) };
        let pair = conn.pair;
        if channel == Channel::Socket && conn.socket != Some(ticket) {
            // The last words of a connection that the client has left behind.
            return Ok(());
        }
        self.heard = now;
        self.line.keep_heads(self.oracle.log().len());
        if matches!(event, LinkEvent::Close { .. } | LinkEvent::End { .. }) {
            self.keep_awaited(pair);
        }
        let Some((conn, channel)) = self.line.conns.of(ticket) else { return Ok(()) };
        match event {
            LinkEvent::Opened { headers } => {
                self.accepted(now, pair, headers);
                self.observe_torn(now, pair, channel, self.line.links.link(ticket).torn().cloned());
                self.opened(now, pair)
            }
            LinkEvent::Frame(frame) => {
                let knowing = self.oracle.memory().map(|memory| (memory, conn.knower));
                let raw = raw(&frame);
                let all = conn.session.decode(raw.clone(), knowing);
                if matches!(all[..], [Decoded::Observed(Observed::Garbled { .. })]) && self.line.links.unread(ticket) {
                    return Ok(());
                }
                if let Some(purpose) = unjudged(&all) {
                    self.frame_beside(pair, purpose, raw);
                }
                all.into_iter().try_for_each(|decoded| self.decoded(now, ticket, pair, decoded))
            }
            LinkEvent::Status(response) => {
                self.status(now, ticket, pair, channel, response)?;
                self.observe_torn(now, pair, channel, self.line.links.link(ticket).torn().cloned());
                Ok(())
            }
            LinkEvent::Event(event) => {
                let observed = Observed::Event { event: event.event, id: event.id, data: event.data };
                let knowing = self.oracle.memory().map(|memory| (memory, conn.knower));
                if conn.session.ignores(&observed, knowing) {
                    self.received_beside(pair, channel, Purpose::Ignored, observed);
                } else {
                    self.tell(now, pair, channel, observed);
                }
                Ok(())
            }
            LinkEvent::Close { code, reason } => {
                let leaving = matches!(conn.phase, Phase::Leaving(_));
                let held = conn.begun().map(|begun| Torn::Cut(begun, "a Close"));
                let owed = conn.owes();
                let ready = conn.end();
                self.gone = true;
                self.left_owing(now, pair, owed);
                self.tell(now, pair, channel, Observed::Close { code, reason });
                if !leaving {
                    let torn = self.line.links.link(ticket).torn().cloned();
                    self.observe_torn(now, pair, channel, torn.or(held));
                }
                self.done(now, ready);
                Ok(())
            }
            LinkEvent::End { how } => self.ended(now, ticket, pair, channel, how),
            // What is wrong already stays what it is.
            LinkEvent::Failed(_) if self.oracle.failing() => {
                self.line.conn(pair)?.end();
                Ok(())
            }
            // What was said to him is for him to read.
            LinkEvent::Failed(DialError::Stuck) if self.stage.plan.order().serves(pair.0, pair.1) => {
                let why = format!("{UNREAD}: {}", limit::unread());
                self.tell(now, pair, channel, Observed::Garbled { raw: Raw::Binary([].into()), why });
                self.ended(now, ticket, pair, channel, "seqcheck ended it".to_owned())
            }
            LinkEvent::Failed(error) => {
                let span = self.opening_span(pair);
                Err(unanswered(&error, span))
            }
            // Taken out above.
            LinkEvent::Asked { .. } => Ok(()),
        }
    }

    fn decoded(&mut self, now: Moment, ticket: Ticket, pair: Pair, decoded: Decoded) -> Result<(), Trouble> {
        match decoded {
            Decoded::Observed(observed) => {
                if !self.is_echo(now, pair, &observed) && !self.answers(now, pair, &observed)? {
                    self.gone = false;
                    self.tell(now, pair, Channel::Socket, observed);
                    if self.stage.plan.order().serves(pair.0, pair.1) && !self.oracle.failing() {
                        self.pay(pair)?;
                    }
                }
            }
            // What an exchange waits for is no noise, whatever the binding ignores elsewhere.
            Decoded::Noise(observed) => {
                if !self.answers(now, pair, &observed)? {
                    self.received_beside(pair, Channel::Socket, Purpose::Ignored, observed);
                }
            }
            Decoded::Answered(answer) => {
                self.line.links.send(ticket, frame(&answer));
                self.sent_beside(pair, Purpose::Answer, &[answer]);
            }
            Decoded::Owed(owed) => self.answer(pair, &owed)?,
            Decoded::Aside(observed, owed) => {
                if self.is_drawn_next(pair, &observed) {
                    return self.decoded(now, ticket, pair, Decoded::Observed(observed));
                }
                if self.answers(now, pair, &observed)? {
                    return Ok(());
                }
                let purpose = if owed.is_some() { Purpose::Answer } else { Purpose::Ignored };
                self.received_beside(pair, Channel::Socket, purpose, observed);
                owed.map_or(Ok(()), |owed| self.answer(pair, &owed))?;
            }
            // What is wrong already stays what it is.
            Decoded::Broken(_) if self.oracle.failing() => {}
            Decoded::Broken(why) => return Err(broken(&why, self.opening_span(pair))),
        }
        Ok(())
    }

    /// Where an event stream was asked for and another body came, no event can come.
    fn no_stream(&mut self, pair: Pair, response: &Response) {
        let kind = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind = kind.map_or("without a content-type".to_owned(), |(_, value)| format!("as {value}"));
        let client = &self.stage.plan.order().lifeline(pair.0).name;
        self.no_stream = Some(format!(
            "{client} requested an event stream, but the answer was {} {kind}: an event stream must be \
             text/event-stream",
            response.code
        ));
    }

    fn status(
        &mut self,
        now: Moment,
        ticket: Ticket,
        pair: Pair,
        channel: Channel,
        response: Response,
    ) -> Result<(), Trouble> {
        let stays = self.line.links.link(ticket).is_stream();
        if channel == Channel::Events && !stays && (200..300).contains(&response.code) {
            self.no_stream(pair, &response);
        }
        let conn = self.line.conn(pair)?;
        let observed = status(response, &mut conn.session);
        if channel == Channel::Socket {
            let ready = conn.end();
            self.done(now, ready);
            self.tell(now, pair, channel, observed);
            return Ok(());
        }
        let asking = conn.asking.take_if(|asking| asking.ticket == ticket);
        let left = asking.as_ref().is_some_and(|asking| asking.left);
        if stays && !left {
            conn.streams.push(ticket);
        } else if stays {
            self.line.links.cut(ticket);
        }
        let conn = self.line.conn(pair)?;
        let Some(asking) = asking else { return Ok(()) };
        if matches!(asking.purpose, For::Echo) {
            // Another answer than the echo's is none; that there was none is told where it matters.
            if !self.is_echo(now, pair, &observed) {
                self.received_beside(pair, channel, Purpose::Echo, observed);
            }
            return self.ask_next(pair);
        }
        if let (For::Poll(poll), Some(request)) = (&asking.purpose, asking.again) {
            let memory = self.oracle.memory().unwrap_or(Memory::nothing());
            let due = now.plus(poll.every);
            if conn.matches(&poll.until, &observed, memory).is_none() && due <= poll.end {
                let purpose = For::Poll(Polling { last: Some(observed.clone()), ..poll.clone() });
                let left = asking.left;
                conn.again = Some((due, Waiting { request, channel, purpose, left }));
                self.line.conns.keep_alive();
                self.received_beside(pair, channel, Purpose::Http, observed);
                return Ok(());
            }
        }
        if let For::Login(expected) = asking.purpose {
            expected.hide(&observed);
            let memory = self.oracle.memory().unwrap_or(Memory::nothing());
            if let Some(binds) = conn.matches(&expected, &observed, memory) {
                self.received_beside(pair, channel, Purpose::Before, observed);
                self.oracle.learn(self.line.now(), binds);
                return self.next_errand(pair);
            }
            // The login failed: there is no connection to be had, and that is the server's answer.
            self.login_failed(pair, &expected, &observed);
            let conn = self.line.conn(pair)?;
            conn.errands.clear();
            let ready = conn.end();
            self.done(now, ready);
            self.tell(now, pair, Channel::Socket, observed);
            return self.ask_next(pair);
        }
        self.tell(now, pair, channel, observed);
        self.ask_next(pair)
    }

    /// What was no whole message on a connection that has ended is a fault also where the end itself is none, as is what came
    /// behind an answer. What is wrong already stays what it is: then it may be a part of what is missing.
    fn observe_torn(&mut self, now: Moment, pair: Pair, channel: Channel, torn: Option<Torn>) {
        let Some(torn) = torn else { return };
        if self.oracle.failing() {
            self.torn.push(Unfinished::torn(pair, channel, torn));
            return;
        }
        self.tell(now, pair, channel, Observed::Garbled { raw: Raw::Binary([].into()), why: torn.to_string() });
    }

    fn ended(&mut self, now: Moment, ticket: Ticket, pair: Pair, channel: Channel, how: String) -> Result<(), Trouble> {
        let (mut how, mut channel) = (how, channel);
        let serves = self.stage.plan.order().serves(pair.0, pair.1);
        let mut torn = self.line.links.link(ticket).torn().cloned();
        let conn = self.line.conn(pair)?;
        if serves && channel != Channel::Socket && !conn.streams.contains(&ticket) {
            // Nobody hears of it: it was answered, or the tool itself has ended it.
            return Ok(());
        }
        // Who has said that he leaves need not hear the rest.
        let leaving = channel == Channel::Socket && matches!(conn.phase, Phase::Leaving(_));
        if let Some(begun) = conn.begun().filter(|_| channel == Channel::Socket && torn.is_none()) {
            how = format!("{how}, in {begun}");
            torn = Some(Torn::Cut(begun, "the end of the connection"));
        }
        let owed = conn.owes().filter(|_| channel == Channel::Socket);
        let ready = if channel == Channel::Socket {
            self.gone = true;
            conn.end()
        } else {
            match conn.asking.take_if(|asking| asking.ticket == ticket) {
                // There is no connection to be had, and that is the server's answer.
                Some(Asking { purpose: For::Login(_), .. }) => {
                    conn.errands.clear();
                    how = format!("{how}, in {}", conn.errand);
                    channel = Channel::Socket;
                    conn.end()
                }
                Some(Asking { purpose: For::Echo, .. }) => return self.ask_next(pair),
                Some(Asking { purpose: For::Arrow | For::Poll(_), .. }) => None,
                None => {
                    conn.streams.retain(|stream| *stream != ticket);
                    None
                }
            }
        };
        self.left_owing(now, pair, owed);
        self.tell(now, pair, channel, Observed::End { how });
        if !leaving {
            self.observe_torn(now, pair, channel, torn);
        }
        self.done(now, ready);
        self.ask_next(pair)
    }

    pub(super) fn tell(&mut self, at: Moment, pair: Pair, channel: Channel, observed: Observed) {
        self.keep(observed.size());
        for (at, long) in self.line.stopped.drain(..) {
            self.oracle.stood_still(at, long);
        }
        self.stage.words.binding().hide(&observed);
        if self.oracle.received(at, pair.0, pair.1, channel, observed) {
            self.quiet.disturbed(at);
        }
        self.aftermath += u32::from(self.oracle.failing());
    }

    /// A client has left that had something to say; what is wrong already stays what it is.
    fn left_owing(&mut self, at: Moment, pair: Pair, owed: Option<(String, Moment)>) {
        if let Some((wants, _)) = owed.filter(|_| !self.oracle.failing()) {
            self.observe_owed(at, pair, &wants, "did not come before the connection ended");
        }
    }

    fn done(&mut self, at: Moment, ready: Option<Ready>) {
        if let Some(ready) = ready {
            self.oracle.done(at, &ready);
        }
    }
}

/// What a frame is that has nothing to judge in it; none where it has.
fn unjudged(all: &[Decoded]) -> Option<Purpose> {
    let mut purpose = Purpose::Ignored;
    for decoded in all {
        match decoded {
            Decoded::Observed(_) | Decoded::Noise(_) | Decoded::Aside(..) | Decoded::Broken(_) => return None,
            Decoded::Answered(_) | Decoded::Owed(_) => purpose = Purpose::Answer,
        }
    }
    Some(purpose)
}

/// The trouble of a door at which nobody can come in any more.
fn shut(how: &str) -> Trouble {
    Trouble {
        kind: "listen",
        message: how.to_owned(),
        help: vec!["check the limit on open files: ulimit -n".to_owned()],
        spans: Vec::new(),
    }
}

/// What a connection says after the verdict, for the record.
pub(super) fn afterwards(conn: &mut Conn, event: LinkEvent) -> Vec<Observed> {
    match event {
        LinkEvent::Opened { .. } | LinkEvent::Failed(_) | LinkEvent::Asked { .. } => Vec::new(),
        LinkEvent::Frame(frame) => {
            let told = conn.session.decode(raw(&frame), None).into_iter().filter_map(|decoded| match decoded {
                Decoded::Observed(observed) => Some(observed),
                Decoded::Noise(_) | Decoded::Answered(_) | Decoded::Owed(_) => None,
                Decoded::Aside(..) | Decoded::Broken(_) => None,
            });
            told.collect()
        }
        LinkEvent::Status(response) => vec![status(response, &mut conn.session)],
        LinkEvent::Event(event) => {
            let observed = Observed::Event { event: event.event, id: event.id, data: event.data };
            if observed.is_comment() || observed.is_retry() { Vec::new() } else { vec![observed] }
        }
        LinkEvent::Close { code, reason } => vec![Observed::Close { code, reason }],
        LinkEvent::End { how } => vec![Observed::End { how }],
    }
}

pub(super) fn raw(frame: &Frame) -> Raw {
    match frame {
        Frame::Text(text) => Raw::Text(Arc::from(text.as_str())),
        Frame::Binary(bytes) => Raw::Binary(Arc::from(&bytes[..])),
    }
}

pub(super) fn frame(raw: &Raw) -> Frame {
    match raw {
        Raw::Text(text) => Frame::Text((&**text).into()),
        Raw::Binary(bytes) => Frame::Binary(bytes.to_vec().into()),
    }
}

/// A built request as the network takes it, and its body as the trace keeps it.
pub(in crate::run) fn request(
    mut built: BuiltRequest,
    session: &mut Session,
    span: Option<Span>,
) -> Result<(HttpRequest, Vec<Raw>), Trouble> {
    if let Some(message) = &built.message {
        built.body = Some(session.body(message).map_err(|why| unwritten("the body", &why, span))?);
    }
    let url = built.url.parse().map_err(|why: http::uri::InvalidUri| {
        unanswered(&DialError::Address { address: built.url.clone(), why: why.to_string() }, span)
    })?;
    let raw = built.body.as_ref().map(|body| match std::str::from_utf8(body) {
        Ok(text) => Raw::Text(text.into()),
        Err(_) => Raw::Binary(body.as_slice().into()),
    });
    let body = built.body.map(Into::into);
    Ok((
        HttpRequest { method: built.method, url, headers: built.headers, body, events: false },
        raw.into_iter().collect(),
    ))
}

/// What a request asks for, as messages show it: without the host, which is the target's.
pub(super) struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
}

pub(super) fn asked(request: &HttpRequest) -> Asked<'_> {
    Asked { method: &request.method, path: request.url.path() }
}

/// A body that no codec reads: JSON within what a frame may hold, else a text.
pub(super) fn plain_body(bytes: &[u8]) -> Value {
    let json = std::str::from_utf8(bytes).ok().and_then(read_json);
    json.unwrap_or_else(|| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// A response as an observation.
pub(in crate::run) fn status(response: Response, session: &mut Session) -> Observed {
    let body = session.read_body(&response.body).unwrap_or_else(|| plain_body(&response.body));
    Observed::Status { code: response.code, headers: response.headers, body: Arc::new(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As of a frame: more values than one may hold are not made of it.
    #[test]
    fn a_body_is_json_within_what_a_frame_may_hold_and_else_a_text() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(plain_body(list(400_000).as_bytes()).is_array());
        let many = list(1_000_000);
        assert_eq!(plain_body(many.as_bytes()), Value::String(many.clone()));
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
        assert_eq!(plain_body(deep.as_bytes()), Value::String(deep.clone()));
        assert_eq!(plain_body(b" {\"a\": 1}\n"), serde_json::json!({ "a": 1 }));
        assert_eq!(plain_body(b"\"\xff\""), Value::String("\"\u{fffd}\"".to_owned()));
    }
}
