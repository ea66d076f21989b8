use super::hosted::{Hosted, Hosting};
use super::posts::Posts;
use crate::listen::{Asked, Door, Hearing};
use crate::net::{
    Answer, Begun, Coming, DialError, EventStream, Frame, Framed, Frames, Opened, Queued, Response, Socket,
    SocketEvent, Stream, StreamEvent, Ticket, Torn, sse,
};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// What happens on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkEvent {
    /// The handshake was accepted: HTTP 101.
    Opened {
        /// Header names in lower case.
        headers: Vec<(String, String)>,
    },
    /// An HTTP response: to a request, or to a handshake that is refused.
    Status(Response),
    /// A data message.
    Frame(Frame),
    /// A Server-Sent Event.
    Event(sse::Event),
    /// The server's Close.
    Close {
        /// Its code; none where the frame was empty.
        code: Option<u16>,
        /// Its reason.
        reason: String,
    },
    /// The connection ended where it should not have, or without a word.
    End {
        /// What happened.
        how: String,
    },
    /// Nothing answered.
    Failed(DialError),
    /// Somebody knocks at this door and asks this.
    Asked {
        /// The ticket of the door.
        door: Ticket,
        /// What.
        asked: Asked,
    },
}

type Dialling<T> = Pin<Box<dyn Future<Output = Result<T, DialError>>>>;

/// One connection.
pub struct Link {
    state: State,
    /// Somebody who has knocked.
    caller: bool,
    /// What on it is a fault whatever is drawn of its end.
    torn: Option<Torn>,
}

enum State {
    /// A handshake, and what came behind the answers that led to its own.
    Opening(Dialling<Opened>, Coming),
    /// A request, whether it is connected, and what has come of the answer.
    Asking(Dialling<Answer>, Rc<Cell<bool>>, Coming),
    Socket(Box<Socket>),
    /// A plain stream of bytes that is dialled.
    Dialling(Dialling<Stream>, Frames),
    /// A plain stream of bytes.
    Framed(Box<Framed>),
    /// Messages that are requests.
    Posts(Box<Posts>),
    Events(Box<EventStream>),
    /// Where clients knock.
    Door(Rc<RefCell<Door>>, Option<Frames>),
    /// One of them, until he is a WebSocket or gone.
    Hosted(Box<Hosted>),
    Over,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Opening(..) => "Opening",
            State::Asking(..) => "Asking",
            State::Socket(_) => "Socket",
            State::Dialling(..) => "Dialling",
            State::Framed(_) => "Framed",
            State::Posts(_) => "Posts",
            State::Events(_) => "Events",
            State::Door(..) => "Door",
            State::Hosted(_) => "Hosted",
            State::Over => "Over",
        })
    }
}

impl Link {
    fn at(state: State) -> Self {
        Link { state, caller: false, torn: None }
    }

    pub(super) fn opening(future: impl Future<Output = Result<Opened, DialError>> + 'static, coming: Coming) -> Self {
        Link::at(State::Opening(Box::pin(future), coming))
    }

    pub(super) fn dialling(future: impl Future<Output = Result<Stream, DialError>> + 'static, frames: Frames) -> Self {
        Link::at(State::Dialling(Box::pin(future), frames))
    }

    pub(super) fn posting(posts: Posts) -> Self {
        Link::at(State::Posts(Box::new(posts)))
    }

    pub(super) fn asking(
        future: impl Future<Output = Result<Answer, DialError>> + 'static,
        there: Rc<Cell<bool>>,
        coming: Coming,
    ) -> Self {
        Link::at(State::Asking(Box::pin(future), there, coming))
    }

    /// Whether it is a WebSocket on which the server has not said its last word.
    pub fn is_open(&self) -> bool {
        matches!(&self.state, State::Socket(socket) if !socket.is_over())
            || matches!(&self.state, State::Framed(framed) if !framed.is_over())
            || matches!(&self.state, State::Posts(posts) if !posts.is_left())
    }

    /// Whether it is being opened, and nothing has been heard of the other end, or a request is not on its way.
    pub fn is_dialled(&self) -> bool {
        match &self.state {
            State::Opening(..) | State::Dialling(..) => true,
            State::Asking(_, there, _) => !there.get(),
            State::Socket(_) | State::Framed(_) | State::Posts(_) | State::Events(_) => false,
            State::Door(..) | State::Hosted(_) | State::Over => false,
        }
    }

    /// Whether it is an event stream that has not ended.
    pub fn is_stream(&self) -> bool {
        matches!(self.state, State::Events(_))
    }

    /// Whether it is a WebSocket that is closed on both sides, and that the server has not ended yet.
    pub fn is_parting(&self) -> bool {
        matches!(&self.state, State::Socket(socket) if socket.is_over())
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Whether all that was sent is written.
    pub fn is_flushed(&self) -> bool {
        match &self.state {
            State::Socket(socket) => socket.is_flushed(),
            State::Framed(framed) => framed.is_flushed(),
            State::Posts(posts) => posts.is_flushed(),
            State::Opening(..) | State::Asking(..) | State::Dialling(..) | State::Events(_) => true,
            State::Door(..) | State::Hosted(_) | State::Over => true,
        }
    }

    /// What waits to be written on it.
    pub fn queued(&self) -> Queued {
        match &self.state {
            State::Socket(socket) => socket.queued(),
            State::Framed(framed) => framed.queued(),
            State::Hosted(hosted) => hosted.queued(),
            State::Opening(..) | State::Asking(..) | State::Dialling(..) | State::Posts(_) => Queued::default(),
            State::Events(_) | State::Door(..) | State::Over => Queued::default(),
        }
    }

    /// What of a message, an event or an answer has come that is not whole; none where there is none.
    pub fn begun(&self) -> Option<Begun> {
        match &self.state {
            State::Socket(socket) => socket.begun(),
            State::Framed(framed) => framed.begun().map(Begun::Message),
            State::Posts(posts) => posts.begun(),
            State::Events(events) => events.begun().map(Begun::Event),
            State::Asking(_, _, coming) => coming.begun(),
            State::Opening(..) | State::Dialling(..) | State::Door(..) | State::Hosted(_) | State::Over => None,
        }
    }

    /// Whether something that was sent on it is not written: the peer does not take it.
    pub fn is_unsent(&self) -> bool {
        match &self.state {
            State::Socket(socket) => !socket.is_over() && !socket.is_flushed(),
            State::Framed(framed) => !framed.is_flushed(),
            State::Hosted(hosted) => !hosted.is_flushed(),
            State::Opening(..) | State::Dialling(..) | State::Door(..) => false,
            State::Asking(..) | State::Posts(_) | State::Events(_) | State::Over => false,
        }
    }

    /// What on it is a fault whatever is drawn of its end: it was no whole message then, or came behind an answer.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// The message that came last could not be read. Whether it was cut, which the end of the connection tells.
    pub(super) fn unread(&mut self) -> bool {
        if let State::Framed(framed) = &mut self.state { framed.unread() } else { false }
    }

    /// The id of the last event of an event stream.
    pub fn last_event_id(&self) -> Option<&str> {
        match &self.state {
            State::Events(events) => events.last_id(),
            State::Opening(..) | State::Asking(..) | State::Dialling(..) | State::Socket(_) => None,
            State::Framed(_) | State::Posts(_) | State::Door(..) | State::Hosted(_) | State::Over => None,
        }
    }

    pub(super) fn send(&mut self, frame: Frame) -> bool {
        match &mut self.state {
            State::Socket(socket) => socket.send(frame),
            State::Framed(framed) => framed.send(&frame),
            State::Posts(posts) => posts.send(frame),
            State::Hosted(hosted) => hosted.send(frame),
            State::Opening(..) | State::Asking(..) | State::Dialling(..) | State::Events(_) => false,
            State::Door(..) | State::Over => false,
        }
    }

    pub(super) fn close(&mut self, code: Option<u16>, reason: &str) -> bool {
        match &mut self.state {
            State::Socket(socket) => socket.close_with(code, reason),
            State::Framed(framed) => framed.close(),
            State::Posts(posts) => posts.close(),
            State::Hosted(hosted) => hosted.close(code, reason),
            State::Opening(..) | State::Asking(..) | State::Dialling(..) | State::Events(_) => false,
            State::Door(..) | State::Over => false,
        }
    }

    /// What each request says beside its message from now on, where messages are requests.
    pub(super) fn set_headers(&mut self, headers: Vec<(String, String)>) {
        if let State::Posts(posts) = &mut self.state {
            posts.set_headers(headers);
        }
    }

    pub(super) fn door(door: Rc<RefCell<Door>>, frames: Option<Frames>) -> Self {
        Link::at(State::Door(door, frames))
    }

    pub(super) fn hosting(door: Ticket, stream: Stream, frames: Option<Frames>, hearing: &Hearing) -> Self {
        let hosted = match frames {
            Some(frames) => Hosted::on_stream(door, stream, frames),
            None => Hosted::new(door, stream, hearing),
        };
        Link { caller: true, ..Link::at(State::Hosted(Box::new(hosted))) }
    }

    /// Whether somebody who has knocked is still there.
    pub(super) fn is_caller(&self) -> bool {
        self.caller && !self.is_over()
    }

    /// Where it is a door, who knocks now.
    pub(super) fn knock(&mut self, cx: &mut Context<'_>) -> Option<Result<(Stream, Option<Frames>), String>> {
        let State::Door(door, frames) = &mut self.state else { return None };
        let frames = *frames;
        let knocked = door.borrow_mut().poll(cx);
        match knocked {
            Poll::Pending => None,
            Poll::Ready(Ok(Some(stream))) => Some(Ok((stream, frames))),
            Poll::Ready(Ok(None)) => {
                self.state = State::Over;
                None
            }
            Poll::Ready(Err(error)) => {
                self.state = State::Over;
                Some(Err(format!("seqcheck cannot accept more connections: {error}")))
            }
        }
    }

    pub(super) fn hosted(&mut self) -> Option<&mut Hosted> {
        if let State::Hosted(hosted) = &mut self.state { Some(hosted) } else { None }
    }

    pub(super) fn accept(&mut self, headers: Vec<(String, String)>) -> bool {
        self.hosted().is_some_and(|hosted| hosted.accept(headers))
    }

    pub(super) fn answer(&mut self, response: Response) -> bool {
        self.hosted().is_some_and(|hosted| hosted.answer(response))
    }

    pub(super) fn stream(&mut self, head: &Response) -> bool {
        self.hosted().is_some_and(|hosted| hosted.stream(head))
    }

    pub(super) fn push(&mut self, text: &str) -> bool {
        self.hosted().is_some_and(|hosted| hosted.push(text))
    }

    pub(super) fn end_stream(&mut self) {
        if let Some(hosted) = self.hosted() {
            hosted.end();
        }
    }

    pub(super) fn cut(&mut self, cx: &mut Context<'_>) {
        if let State::Socket(socket) = &mut self.state {
            let _ = socket.poll_flush(cx);
        }
        if let State::Framed(framed) = &mut self.state {
            let _ = framed.poll_flush(cx);
        }
        if let State::Posts(posts) = &mut self.state {
            // Nobody hears of it any more; it ends by itself.
            return posts.leave();
        }
        self.state = State::Over;
    }

    pub(super) fn pause(&mut self, paused: bool) {
        if let State::Socket(socket) = &mut self.state {
            socket.pause(paused);
        }
        if let State::Framed(framed) = &mut self.state {
            framed.pause(paused);
        }
        if let State::Posts(posts) = &mut self.state {
            posts.pause(paused);
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<LinkEvent> {
        match &mut self.state {
            State::Door(..) | State::Over => Poll::Pending,
            State::Hosted(hosted) => {
                let Poll::Ready(hosting) = hosted.poll(cx) else { return Poll::Pending };
                match hosting {
                    Hosting::Event(event) => Poll::Ready(event),
                    Hosting::Socket(socket) => {
                        self.state = State::Socket(socket);
                        self.poll(cx)
                    }
                    Hosting::Framed(framed) => {
                        self.state = State::Framed(framed);
                        self.poll(cx)
                    }
                    Hosting::Gone => {
                        self.state = State::Over;
                        Poll::Pending
                    }
                    Hosting::Ended(how) => self.end(how),
                    Hosting::Failed(error) => self.fail(error),
                }
            }
            State::Socket(socket) => {
                let Poll::Ready(event) = socket.poll(cx) else { return Poll::Pending };
                self.torn = socket.torn().cloned();
                self.read_socket(event)
            }
            State::Framed(framed) => {
                let Poll::Ready(event) = framed.poll(cx) else { return Poll::Pending };
                self.torn = framed.torn().cloned();
                self.read_socket(event)
            }
            State::Posts(posts) => {
                let event = posts.poll(cx);
                self.torn = posts.torn().cloned();
                if posts.is_over() {
                    self.state = State::Over;
                }
                event
            }
            State::Dialling(dialling, frames) => {
                let Poll::Ready(dialled) = dialling.as_mut().poll(cx) else { return Poll::Pending };
                match dialled {
                    Ok(stream) => {
                        self.state = State::Framed(Box::new(Framed::new(stream, *frames)));
                        Poll::Ready(LinkEvent::Opened { headers: Vec::new() })
                    }
                    Err(error) => self.fail(error),
                }
            }
            State::Events(events) => {
                let Poll::Ready(event) = events.poll(cx) else { return Poll::Pending };
                self.torn = events.torn().cloned();
                match event {
                    StreamEvent::Event(event) => Poll::Ready(LinkEvent::Event(event)),
                    StreamEvent::End { how } => self.end(how),
                }
            }
            State::Opening(dialling, coming) => {
                let Poll::Ready(opened) = dialling.as_mut().poll(cx) else { return Poll::Pending };
                self.torn = coming.torn();
                match opened {
                    Ok(Opened::Socket { socket, headers }) => {
                        self.state = State::Socket(socket);
                        Poll::Ready(LinkEvent::Opened { headers })
                    }
                    Ok(Opened::Refused { cut: Some(how), .. } | Opened::Ended { how }) => self.end(how),
                    Ok(Opened::Refused { code, headers, body, cut: None }) => {
                        self.state = State::Over;
                        Poll::Ready(LinkEvent::Status(Response { code, headers, body }))
                    }
                    Err(error) => self.fail(error),
                }
            }
            State::Asking(dialling, _, coming) => {
                let Poll::Ready(answer) = dialling.as_mut().poll(cx) else { return Poll::Pending };
                self.torn = coming.torn();
                match answer {
                    Ok(Answer::Response(response)) => {
                        self.state = State::Over;
                        Poll::Ready(LinkEvent::Status(response))
                    }
                    Ok(Answer::Events(response, events)) => {
                        self.state = State::Events(events);
                        Poll::Ready(LinkEvent::Status(response))
                    }
                    Ok(Answer::Ended { how }) => self.end(how),
                    Err(error) => self.fail(error),
                }
            }
        }
    }

    /// What a WebSocket says, or a plain stream.
    fn read_socket(&mut self, event: SocketEvent) -> Poll<LinkEvent> {
        match event {
            SocketEvent::Frame(frame) => Poll::Ready(LinkEvent::Frame(frame)),
            SocketEvent::Close { code, reason } => Poll::Ready(LinkEvent::Close { code, reason }),
            SocketEvent::End { how } => self.end(how),
            SocketEvent::Stuck => self.fail(DialError::Stuck),
            SocketEvent::Unframed { why } => self.fail(DialError::Unframed { why }),
            SocketEvent::Gone => {
                self.state = State::Over;
                Poll::Pending
            }
        }
    }

    fn end(&mut self, how: String) -> Poll<LinkEvent> {
        self.state = State::Over;
        Poll::Ready(LinkEvent::End { how })
    }

    fn fail(&mut self, error: DialError) -> Poll<LinkEvent> {
        self.state = State::Over;
        Poll::Ready(LinkEvent::Failed(error))
    }
}
