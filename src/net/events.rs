use super::coming::{Begun, Part};
use super::http::{Connection, how};
use super::sse::{Event, Parser};
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::task::coop::poll_proceed;

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
    connection: Option<Connection>,
    body: Incoming,
    parser: Parser,
    queue: VecDeque<Event>,
    /// Why it ended, until that is told.
    end: Option<String>,
    ended: bool,
    /// What was no whole event when it ended.
    torn: Option<String>,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl EventStream {
    pub(super) fn new(connection: Option<Connection>, body: Incoming) -> Self {
        EventStream {
            connection,
            body,
            parser: Parser::default(),
            queue: VecDeque::new(),
            end: None,
            ended: false,
            torn: None,
        }
    }

    /// The id of the last event, for `Last-Event-ID` on the next connection; none before the first.
    pub fn last_id(&self) -> Option<&str> {
        self.parser.last_id()
    }

    /// How much has come of an event that is not whole; none where there is none.
    pub fn begun(&self) -> Option<Part> {
        if self.ended { None } else { self.parser.begun() }
    }

    /// What was no whole event although the stream has ended; none where all was whole, or where that is still to be told.
    pub fn torn(&self) -> Option<&str> {
        self.torn.as_deref().filter(|_| self.ended && self.end.is_none())
    }

    /// The next event. After [`StreamEvent::End`] it is pending for ever.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<StreamEvent> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(StreamEvent::Event(event));
            }
            if self.ended {
                return self.end.take().map_or(Poll::Pending, |how| Poll::Ready(StreamEvent::End { how }));
            }
            // One read may hold 100,000 small pieces: each counts, so that others have their turn between them.
            let turn = ready!(poll_proceed(cx));
            if let Some(connection) = &mut self.connection
                && connection.as_mut().poll(cx).is_ready()
            {
                self.connection = None;
            }
            let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
            turn.made_progress();
            let ended = match frame {
                Some(Ok(frame)) => {
                    let data: Bytes = frame.into_data().unwrap_or_default();
                    match self.parser.feed(&data, &mut self.queue) {
                        Ok(()) => continue,
                        Err(how) => {
                            self.torn = Some(how.clone());
                            how
                        }
                    }
                }
                Some(Err(error)) => self.cut(how(&error)),
                None => self.cut("end of stream".to_owned()),
            };
            // Events that came before the end are told before it.
            self.end = Some(ended);
            self.ended = true;
        }
    }

    /// How it ended, with what had come of an event by then.
    fn cut(&mut self, how: String) -> String {
        let Some(begun) = self.parser.begun().map(Begun::Event) else { return how };
        self.torn = Some(format!("{begun}, and then the end of the stream"));
        format!("{how}, in {begun}")
    }
}
