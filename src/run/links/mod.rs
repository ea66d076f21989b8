//! The connections of one play, multiplexed in one task.
//!
//! [`Links`] holds every connection that a simulated client has or had; [`Links::poll`] says what comes next on any of
//! them, in the order in which they woke, at a cost that does not depend on their number. Each [`Link`] is one
//! connection: being opened, a WebSocket, a request under way, an event stream, or over.

mod cookies;
mod dial;
mod heads;
mod hosted;
mod link;
mod posts;

pub use cookies::Jar;
pub use dial::{Opening, Request};
pub use heads::{Passed, first_line, head_of};
pub use link::{Link, LinkEvent};
pub use posts::Posting;

use crate::listen::{CALLERS, Door, Half, Hearing};
use crate::net::{Coming, Frame, Frames, ReadySet, Response, Route, Ticket};
use heads::Heads;
use http::Uri;
use posts::Posts;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::coop::has_budget_remaining;

/// All connections of a play; a [`Ticket`] names one, and stays its name when it is over.
#[derive(Debug, Default)]
pub struct Links {
    ready: ReadySet,
    links: Vec<Link>,
    /// How many are being opened, of which nothing has been heard yet.
    dialled: usize,
    /// How many WebSockets are closed on both sides, and not ended by the server yet.
    parting: usize,
    /// The heads of requests and answers that have passed.
    heads: Rc<RefCell<Vec<Passed>>>,
    /// How many have knocked and are still there.
    callers: usize,
    /// What callers share while they are heard.
    hearing: Hearing,
}

impl Links {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins to open a WebSocket. [`LinkEvent::Opened`], [`LinkEvent::Status`], [`LinkEvent::End`] or
    /// [`LinkEvent::Failed`] tells what came of it.
    pub fn open(&mut self, route: &Route, opening: Opening) -> Ticket {
        let (heads, coming) = (self.heads(), Coming::default());
        self.add(Link::opening(dial::open(route.clone(), opening, coming.clone(), heads), coming))
    }

    /// Begins to open a plain stream of bytes, with messages framed like this. [`LinkEvent::Opened`] or
    /// [`LinkEvent::Failed`] tells what came of it; it is spoken on as on a WebSocket, and a Close is its end.
    pub fn stream_to(&mut self, route: &Route, url: Uri, frames: Frames, deadline: Duration) -> Ticket {
        self.add(Link::dialling(dial::stream(route.clone(), url, deadline), frames))
    }

    /// A connection whose messages are requests: [`LinkEvent::Opened`] at once, since nothing is said before the first of them.
    pub fn post_to(&mut self, route: &Route, posting: Posting) -> Ticket {
        let heads = self.heads();
        self.add(Link::posting(Posts::new(route.clone(), posting, heads)))
    }

    /// What each request says beside its message from now on, where messages are requests.
    pub fn set_headers(&mut self, ticket: Ticket, headers: Vec<(String, String)>) {
        self.links[ticket].set_headers(headers);
    }

    /// Begins an HTTP request. [`LinkEvent::Status`], [`LinkEvent::End`] or [`LinkEvent::Failed`] tells what came of
    /// it; a response that stays open goes on with [`LinkEvent::Event`].
    pub fn request(&mut self, route: &Route, request: Request) -> Ticket {
        let there = Rc::new(Cell::new(false));
        let (heads, coming) = (self.heads(), Coming::default());
        let asking = dial::request(route.clone(), request, Rc::clone(&there), coming.clone(), heads);
        self.add(Link::asking(asking, there, coming))
    }

    /// Those of the connection that is added next.
    fn heads(&self) -> Heads {
        Heads { ticket: self.links.len(), list: Rc::clone(&self.heads) }
    }

    /// The heads that have passed since this was asked last.
    pub fn passed(&mut self) -> Vec<Passed> {
        self.heads.take()
    }

    fn add(&mut self, link: Link) -> Ticket {
        self.dialled += usize::from(link.is_dialled());
        self.callers += usize::from(link.is_caller());
        self.links.push(link);
        self.ready.add()
    }

    /// Opens a door: whoever knocks there is told as [`LinkEvent::Asked`], on a ticket of its own. With frames it is one for
    /// plain streams of bytes, on which to come is to dial.
    pub fn listen(&mut self, door: Rc<RefCell<Door>>, frames: Option<Frames>) -> Ticket {
        self.add(Link::door(door, frames))
    }

    /// Accepts the handshake of a caller, with further headers.
    pub fn accept(&mut self, ticket: Ticket, headers: Vec<(String, String)>) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].accept(headers)
    }

    /// Answers a caller, and that is the end of it.
    pub fn answer(&mut self, ticket: Ticket, response: Response) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].answer(response)
    }

    /// Answers a caller with an event stream.
    pub fn stream(&mut self, ticket: Ticket, head: &Response) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].stream(head)
    }

    /// Pushes text on an event stream to a caller.
    pub fn push(&mut self, ticket: Ticket, text: &str) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].push(text)
    }

    /// Ends an event stream to a caller behind what is queued for it.
    pub fn end(&mut self, ticket: Ticket) {
        self.ready.mark(ticket);
        self.links[ticket].end_stream();
    }

    /// Whether something may have come on it that was said before anything that is sent now: it is open, or its caller has said
    /// something behind his handshake already.
    pub fn has_spoken(&mut self, ticket: Ticket) -> bool {
        let link = &mut self.links[ticket];
        link.is_open() || link.hosted().is_some_and(|hosted| hosted.has_spoken())
    }

    /// Who has knocked, and of whom no whole request has come; a few of many.
    pub fn halves(&self) -> Vec<Half> {
        self.hearing.halves()
    }

    /// Whether any caller is still there.
    pub fn is_any_caller(&self) -> bool {
        self.callers > 0
    }

    /// Hands a frame to a WebSocket. False where it is none (any more): nobody will get it.
    pub fn send(&mut self, ticket: Ticket, frame: Frame) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].send(frame)
    }

    /// Begins the closing handshake of a WebSocket. False where it is none (any more).
    pub fn close(&mut self, ticket: Ticket, code: u16) -> bool {
        self.close_with(ticket, Some(code), "")
    }

    /// The same with a reason, or without a code.
    pub fn close_with(&mut self, ticket: Ticket, code: Option<u16>, reason: &str) -> bool {
        self.ready.mark(ticket);
        self.links[ticket].close(code, reason)
    }

    /// Ends a connection as it is, without a word; what is queued for it is written first as far as the peer takes it.
    pub fn cut(&mut self, ticket: Ticket) {
        self.ready.mark(ticket);
        self.change(ticket, Link::cut);
    }

    /// From now on neither reads nor writes on it, or does so again.
    pub fn pause(&mut self, ticket: Ticket, paused: bool) {
        self.ready.mark(ticket);
        self.links[ticket].pause(paused);
    }

    /// The message that came last on it could not be read. Whether it was cut, which the end of the connection tells.
    pub fn unread(&mut self, ticket: Ticket) -> bool {
        self.links[ticket].unread()
    }

    /// The connection of a ticket.
    pub fn link(&self, ticket: Ticket) -> &Link {
        &self.links[ticket]
    }

    /// How many there are or were.
    pub fn count(&self) -> usize {
        self.links.len()
    }

    /// Whether there is a WebSocket that is closed on both sides, and that the server has not ended yet.
    pub fn is_any_parting(&self) -> bool {
        self.parting > 0
    }

    /// Whether there is a connection being opened of which nothing has been heard yet.
    pub fn is_any_dialled(&self) -> bool {
        self.dialled > 0
    }

    /// Does what may change what a connection is at, and counts it again.
    fn change<T>(&mut self, ticket: Ticket, act: impl FnOnce(&mut Link, &mut Context<'_>) -> T) -> T {
        let waker = self.ready.waker(ticket);
        let link = &mut self.links[ticket];
        let (dialled, parting, caller) = (link.is_dialled(), link.is_parting(), link.is_caller());
        let done = act(link, &mut Context::from_waker(&waker));
        self.dialled = self.dialled + usize::from(link.is_dialled()) - usize::from(dialled);
        self.parting = self.parting + usize::from(link.is_parting()) - usize::from(parting);
        self.callers = self.callers + usize::from(link.is_caller()) - usize::from(caller);
        done
    }

    /// What comes next; pending until something does. Cancel safe: it is only polled, never awaited.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Ticket, LinkEvent)> {
        loop {
            let Poll::Ready(ticket) = self.ready.poll_next(cx) else { return Poll::Pending };
            match self.change(ticket, Link::knock) {
                Some(Ok((stream, frames))) => {
                    self.ready.mark(ticket);
                    // One too many is dropped, which he sees.
                    if self.callers < CALLERS {
                        self.add(Link::hosting(ticket, stream, frames, &self.hearing));
                    }
                    continue;
                }
                Some(Err(how)) => return Poll::Ready((ticket, LinkEvent::End { how })),
                None => {}
            }
            if let Poll::Ready(event) = self.change(ticket, Link::poll) {
                // There may be more to come, which wakes nobody a second time.
                self.ready.mark(ticket);
                return Poll::Ready((ticket, event));
            }
            // A connection on which there is always more stops only where the runtime says so: then timers have their turn.
            if !has_budget_remaining() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}
