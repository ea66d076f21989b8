//! Messages that are requests: each that a client sends is a POST of its own, and what the server says comes in the answers, as
//! a body or as an event stream, or on a stream that the client has asked for with GET.
//!
//! What is one connection for those who speak on it is many for HTTP. The server names it in a header of its first answer,
//! and the client says that name with everything else that it sends; a DELETE ends it.

use super::dial::{self, Request};
use super::heads::Heads;
use super::{Jar, LinkEvent};
use crate::net::{Answer, Begun, Coming, DialError, EventStream, Frame, HttpRequest, Response, Route, StreamEvent};
use crate::net::{Torn, sse};
use bytes::Bytes;
use http::Uri;
use serde_json::Value;
use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long a message waits for the head of the answer to the one before it, at most: a server that takes them in at once
/// takes them in their order.
const IN_ORDER: Duration = Duration::from_millis(250);
/// After how long a stream that has ended is asked for again, where the server does not say it.
const AGAIN: Duration = Duration::from_secs(1);
/// The name of the last event that has come, for a server that is to go on behind it.
const LAST_EVENT: &str = "last-event-id";
/// What was taken in, and has no answer.
const ACCEPTED: u16 = 202;

/// Where messages are posted.
#[derive(Clone, Debug)]
pub struct Posting {
    /// The address of all requests.
    pub url: Uri,
    /// The header in which the server names the connection, in lower case.
    pub session: Option<String>,
    /// For each TCP connection.
    pub deadline: Duration,
    /// The client's cookies.
    pub jar: Jar,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// A message of the client.
    Message,
    /// What the server says of its own accord.
    Listening,
    /// The rest of an answer whose stream has broken off.
    Rest,
    /// The end.
    End,
}

enum State {
    Asking(Pin<Box<dyn Future<Output = Result<Answer, DialError>>>>, Rc<Cell<bool>>, Coming),
    Events(Box<EventStream>),
    /// It is asked for again after a while, behind this event.
    Pausing(Pin<Box<Sleep>>, Option<String>),
    Over,
}

struct Exchange {
    purpose: For,
    state: State,
    /// The answer that it is for has come on it.
    answered: bool,
    /// After how long the server wants to be asked again.
    again: Duration,
}

/// A connection whose messages are requests.
pub(super) struct Posts {
    route: Route,
    posting: Posting,
    heads: Heads,
    /// Further headers, as they are now.
    headers: Vec<(String, String)>,
    /// What the server calls this connection.
    name: Option<String>,
    /// Messages that are not posted yet.
    queue: VecDeque<Bytes>,
    exchanges: Vec<Exchange>,
    /// Until when the next message waits, where the one before it is not answered.
    held: Option<Pin<Box<Sleep>>>,
    /// What has happened and is not told.
    told: VecDeque<LinkEvent>,
    /// A server has answered on it.
    met: bool,
    listening: bool,
    closing: bool,
    /// The client has gone: what it has said before is still posted, and nothing is heard.
    leaving: bool,
    paused: bool,
    over: bool,
    torn: Option<Torn>,
}

impl Posts {
    pub(super) fn new(route: Route, posting: Posting, heads: Heads) -> Posts {
        Posts {
            route,
            posting,
            heads,
            headers: Vec::new(),
            name: None,
            queue: VecDeque::new(),
            exchanges: Vec::new(),
            held: None,
            // There is nothing to open: the first message is the first that the server hears.
            told: [LinkEvent::Opened { headers: Vec::new() }].into(),
            met: false,
            listening: false,
            closing: false,
            leaving: false,
            paused: false,
            over: false,
            torn: None,
        }
    }

    /// Whether it has ended, and all of it is told.
    pub(super) fn is_over(&self) -> bool {
        self.over && self.told.is_empty()
    }

    /// Whether all that was sent is on its way.
    pub(super) fn is_flushed(&self) -> bool {
        let there = |exchange: &Exchange| match &exchange.state {
            State::Asking(_, there, _) => there.get(),
            State::Events(_) | State::Pausing(..) | State::Over => true,
        };
        self.queue.is_empty() && self.exchanges.iter().all(there)
    }

    pub(super) fn begun(&self) -> Option<Begun> {
        self.exchanges.iter().find_map(|exchange| match &exchange.state {
            State::Asking(_, _, coming) => coming.begun(),
            State::Events(events) => events.begun().map(Begun::Event),
            State::Pausing(..) | State::Over => None,
        })
    }

    pub(super) fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// What requests say beside the message from now on.
    pub(super) fn set_headers(&mut self, headers: Vec<(String, String)>) {
        self.headers = headers;
    }

    pub(super) fn send(&mut self, frame: Frame) -> bool {
        if self.is_left() || self.closing {
            return false;
        }
        self.queue.push_back(match frame {
            Frame::Text(text) => Bytes::from(text.as_str().to_owned()),
            Frame::Binary(bytes) => bytes,
        });
        true
    }

    /// Says nothing more, and that it is the end.
    pub(super) fn close(&mut self) -> bool {
        self.closing = true;
        !self.over
    }

    /// Ends it without a word, behind what has been said.
    pub(super) fn leave(&mut self) {
        (self.leaving, self.paused) = (true, false);
    }

    /// Whether nobody hears or says anything on it any more.
    pub(super) fn is_left(&self) -> bool {
        self.over || self.leaving
    }

    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// What comes next. After the end it is pending for ever.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        loop {
            if self.leaving {
                self.told.clear();
                self.over |= self.queue.is_empty() && self.held.is_none();
            }
            if let Some(event) = self.told.pop_front() {
                return Poll::Ready(event);
            }
            if self.over {
                self.exchanges.clear();
            }
            if self.over || self.paused {
                return Poll::Pending;
            }
            let mut moved = self.say_next(cx);
            for index in 0..self.exchanges.len() {
                if !self.over {
                    moved |= self.hear(index, cx);
                }
            }
            self.exchanges.retain(|exchange| !matches!(exchange.state, State::Over));
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Posts the next message, where it need not wait; behind the last one, the end.
    fn say_next(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(held) = &mut self.held {
            let asking = |exchange: &Exchange| matches!(exchange.state, State::Asking(..));
            if self.exchanges.iter().any(asking) && held.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.held = None;
            return true;
        }
        if let Some(message) = self.queue.pop_front() {
            self.ask(For::Message, "POST", Some(message), None);
            return true;
        }
        let ending = self.exchanges.iter().any(|exchange| exchange.purpose == For::End);
        if self.closing && !ending {
            match self.name {
                Some(_) => self.ask(For::End, "DELETE", None, None),
                None => self.end("end of session".to_owned()),
            }
            return true;
        }
        false
    }

    fn ask(&mut self, purpose: For, method: &str, body: Option<Bytes>, behind: Option<String>) {
        let state = self.asking(purpose, method, body, behind);
        self.exchanges.push(Exchange { purpose, state, answered: false, again: AGAIN });
        self.held = Some(Box::pin(sleep(IN_ORDER)));
    }

    fn asking(&self, purpose: For, method: &str, body: Option<Bytes>, behind: Option<String>) -> State {
        let mut headers = self.headers.clone();
        let mut add = |name: &str, value: &str| {
            if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        };
        match purpose {
            For::Message => {
                add("accept", "application/json, text/event-stream");
                add("content-type", "application/json");
            }
            For::Listening | For::Rest => add("accept", "text/event-stream"),
            For::End => {}
        }
        if let (Some(header), Some(name)) = (&self.posting.session, &self.name) {
            add(header, name);
        }
        if let Some(behind) = behind {
            add(LAST_EVENT, &behind);
        }
        let events = matches!(purpose, For::Listening | For::Rest);
        let request = HttpRequest { method: method.to_owned(), url: self.posting.url.clone(), headers, body, events };
        let request = Request { request, follow: true, deadline: self.posting.deadline, jar: self.posting.jar.clone() };
        let (there, coming) = (Rc::new(Cell::new(false)), Coming::default());
        let (route, heads) = (self.route.clone(), self.heads.clone());
        let asking = dial::request(route, request, Rc::clone(&there), coming.clone(), heads);
        State::Asking(Box::pin(asking), there, coming)
    }

    /// What has come of one request. False where that is nothing new.
    fn hear(&mut self, index: usize, cx: &mut Context<'_>) -> bool {
        let exchange = &mut self.exchanges[index];
        match &mut exchange.state {
            State::Asking(asking, ..) => match asking.as_mut().poll(cx) {
                Poll::Ready(answer) => self.answered(index, answer),
                Poll::Pending => return false,
            },
            State::Events(events) => match events.poll(cx) {
                Poll::Ready(StreamEvent::Event(event)) => self.event(index, event),
                Poll::Ready(StreamEvent::End { how }) => self.stream_ended(index, how),
                Poll::Pending => return false,
            },
            State::Pausing(pause, behind) => {
                if pause.as_mut().poll(cx).is_pending() {
                    return false;
                }
                let (purpose, behind) = (exchange.purpose, behind.take());
                self.exchanges[index].state = self.asking(purpose, "GET", None, behind);
            }
            State::Over => return false,
        }
        true
    }

    fn answered(&mut self, index: usize, answer: Result<Answer, DialError>) {
        let purpose = self.exchanges[index].purpose;
        self.exchanges[index].state = State::Over;
        match (purpose, answer) {
            (For::End, _) => self.end("end of session".to_owned()),
            (For::Message | For::Rest | For::Listening, Ok(Answer::Events(response, events))) => {
                self.met(&response);
                self.exchanges[index].state = State::Events(events);
            }
            (For::Message, Ok(Answer::Response(response))) if (200..300).contains(&response.code) => {
                self.met(&response);
                if !response.body.is_empty() {
                    self.told.push_back(LinkEvent::Frame(frame(response.body)));
                }
                // The server knows the client now, and may have something to say to it.
                if response.code == ACCEPTED && !std::mem::replace(&mut self.listening, true) {
                    self.ask(For::Listening, "GET", None, None);
                }
            }
            (For::Message, Ok(Answer::Response(response))) => {
                self.over = true;
                self.told.push_back(LinkEvent::Status(response));
            }
            // A server need not have such a stream, nor an old event.
            (For::Listening | For::Rest, _) => {}
            (For::Message, Ok(Answer::Ended { how })) => self.end(how),
            (For::Message, Err(error)) if self.met && error.is_absence() => self.end(error.to_string()),
            (For::Message, Err(error)) => {
                self.over = true;
                self.told.push_back(LinkEvent::Failed(error));
            }
        }
    }

    /// A server has answered, and perhaps named the connection.
    fn met(&mut self, response: &Response) {
        self.met = true;
        let named = self.posting.session.as_ref();
        let named = named.and_then(|header| response.headers.iter().find(|(name, _)| name == header));
        if let Some((_, name)) = named {
            self.name = Some(name.clone());
        }
    }

    fn event(&mut self, index: usize, event: sse::Event) {
        let exchange = &mut self.exchanges[index];
        if event.event == sse::RETRY {
            if let Ok(millis) = event.data.parse() {
                exchange.again = Duration::from_millis(millis);
            }
        } else if event.event != sse::COMMENT && !event.data.is_empty() {
            exchange.answered |= is_answer(&event.data);
            self.told.push_back(LinkEvent::Frame(frame(event.data.into())));
        }
    }

    /// The end of a stream is none of the connection. What is missing then is missing; where the server has named what it sent, it
    /// is asked to go on behind that.
    fn stream_ended(&mut self, index: usize, how: String) {
        let exchange = &mut self.exchanges[index];
        let State::Events(events) = std::mem::replace(&mut exchange.state, State::Over) else { return };
        let behind = events.last_id().map(str::to_owned);
        let goes_on = match exchange.purpose {
            For::Listening => true,
            For::Message | For::Rest => !exchange.answered && behind.is_some(),
            For::End => false,
        };
        match events.torn() {
            Some(torn) if behind.is_none() => {
                self.torn = Some(torn.clone());
                self.end(how);
            }
            _ if goes_on && !self.closing => {
                exchange.purpose = if exchange.purpose == For::Message { For::Rest } else { exchange.purpose };
                exchange.state = State::Pausing(Box::pin(sleep(exchange.again)), behind);
            }
            _ => {}
        }
    }

    fn end(&mut self, how: String) {
        self.over = true;
        self.exchanges.clear();
        self.told.push_back(LinkEvent::End { how });
    }
}

/// Whether a message answers a request: it has an id and no method, as in JSON-RPC.
fn is_answer(text: &str) -> bool {
    let message: Result<Value, _> = serde_json::from_str(text);
    message.is_ok_and(|message| message.get("id").is_some() && message.get("method").is_none())
}

fn frame(bytes: Bytes) -> Frame {
    match bytes.clone().try_into() {
        Ok(text) => Frame::Text(text),
        Err(_) => Frame::Binary(bytes),
    }
}
