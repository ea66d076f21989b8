use super::Stream;
use super::body::{Body, Cut, how};
use super::coming::{Begun, Heads, Part, Torn, within};
use super::sse::{Event, Parser};
use super::watched::Watched;
use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll, ready};

/// What an event stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// One event.
    Event(Event),
    /// The stream ended.
    End {
        /// What happened.
        how: String,
    },
}

/// A response that stays open and carries Server-Sent Events.
pub struct EventStream {
    /// None where it has ended.
    body: Option<Body<Watched<Stream, Heads>>>,
    parser: Parser,
    queue: VecDeque<Event>,
    /// Why it ended, until that is told.
    end: Option<String>,
    /// What was not whole when it ended, or came behind it.
    torn: Option<Torn>,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("ended", &self.body.is_none()).finish_non_exhaustive()
    }
}

impl EventStream {
    pub(super) fn new(body: Body<Watched<Stream, Heads>>) -> Self {
        EventStream { body: Some(body), parser: Parser::default(), queue: VecDeque::new(), end: None, torn: None }
    }

    /// The id of the last event, for `Last-Event-ID` on the next connection; none before the first.
    pub fn last_id(&self) -> Option<&str> {
        self.parser.last_id()
    }

    /// How much has come of an event that is not whole; none where there is none.
    pub fn begun(&self) -> Option<Part> {
        self.body.as_ref().and_then(|_| self.parser.begun())
    }

    /// What is a fault although the stream has ended; none where all was whole, or where that is still to be told.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref().filter(|_| self.body.is_none() && self.end.is_none())
    }

    /// The next event. After [`StreamEvent::End`] it is pending for ever.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<StreamEvent> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(StreamEvent::Event(event));
            }
            let Some(body) = &mut self.body else {
                return self.end.take().map_or(Poll::Pending, |how| Poll::Ready(StreamEvent::End { how }));
            };
            let end = match ready!(body.poll(cx)) {
                Some(Ok(piece)) => match self.parser.feed(&piece, &mut self.queue) {
                    Ok(()) => continue,
                    Err(how) => {
                        self.torn = Some(Torn::Broken(how.clone()));
                        how
                    }
                },
                Some(Err(error)) => self.ended(how(&error), Some(Cut::of(&error))),
                None => self.ended("end of stream".to_owned(), None),
            };
            // Events that came before the end are told before it.
            self.end = Some(end);
            self.body = None;
        }
    }

    /// How it ended, with what of an event or of its body was not whole by then. That the last chunk is missing is no fault where the
    /// end is drawn: many servers end so, between chunks, and no event was cut.
    fn ended(&mut self, how: String, cut: Option<Cut>) -> String {
        let Some(body) = self.body.take() else { return how };
        let event = self.parser.cut().map(Begun::Event);
        let begun = event.or_else(|| (cut.is_some() && body.ends_itself()).then(|| body.begun()));
        let measured = body.is_measured();
        let (behind, in_line) = match cut {
            None => (body.behind(), false),
            Some(cut) => (0, cut == Cut::Between && body.stops_within_line()),
        };
        let fault = begun.filter(|_| event.is_some() || measured || in_line || cut == Some(Cut::Within));
        self.torn = match fault {
            _ if cut == Some(Cut::Broken) => Some(Torn::Broken(how.clone())),
            Some(begun) => Some(Torn::Cut(begun, "the end of the stream")),
            None => (behind > 0).then_some(Torn::Behind(behind)),
        };
        within(how, begun)
    }
}
