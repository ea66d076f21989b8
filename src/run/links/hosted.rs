//! A caller: a connection that the tool did not open.

use super::LinkEvent;
use crate::listen::{Asked, Events, Hearing, Line, hear};
use crate::net::{DialError, Frame, Framed, Frames, Queued, Response, Socket, Stream, Ticket};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

type Work<T> = Pin<Box<dyn Future<Output = T>>>;

/// What is said before the handshake is through.
enum Out {
    Frame(Frame),
    Close(Option<u16>, String),
}

enum Stage {
    /// The request is being read.
    Hearing(Work<Result<(Asked, Line), String>>),
    /// A plain stream of bytes, on which nothing is asked: to come is to dial. Whether that is told already.
    Called(Box<Framed>, bool),
    /// A plain stream of bytes that is accepted.
    Taken(Box<Framed>),
    /// It is read and not answered; the key of a handshake.
    Waiting(Line, Option<String>),
    /// The handshake is being accepted; whether something was said behind it before.
    Accepting(Work<Result<Box<Socket>, String>>, bool),
    /// The answer is being written.
    Answering(Work<()>),
    /// An event stream.
    Streaming(Events),
    Gone,
}

/// A caller, until he is a WebSocket or gone.
pub(super) struct Hosted {
    door: Ticket,
    stage: Stage,
    out: Vec<Out>,
}

/// What a caller comes to.
pub(super) enum Hosting {
    Event(LinkEvent),
    /// From now on he is this.
    Socket(Box<Socket>),
    /// From now on he is this.
    Framed(Box<Framed>),
    /// He was answered, and has gone.
    Gone,
    /// What is sent to him is not taken.
    Failed(DialError),
    /// The connection ended.
    Ended(String),
}

impl Hosted {
    pub(super) fn new(door: Ticket, stream: Stream, hearing: &Hearing) -> Self {
        Hosted { door, stage: Stage::Hearing(Box::pin(hear(stream, hearing.clone()))), out: Vec::new() }
    }

    /// On a plain stream of bytes.
    pub(super) fn on_stream(door: Ticket, stream: Stream, frames: Frames) -> Self {
        Hosted { door, stage: Stage::Called(Box::new(Framed::new(stream, frames)), false), out: Vec::new() }
    }

    fn line(&mut self) -> Option<(Line, Option<String>)> {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Waiting(line, key) => Some((line, key)),
            other @ (Stage::Hearing(_)
            | Stage::Called(..)
            | Stage::Taken(_)
            | Stage::Accepting(..)
            | Stage::Answering(_)
            | Stage::Streaming(_)
            | Stage::Gone) => {
                self.stage = other;
                None
            }
        }
    }

    pub(super) fn accept(&mut self, headers: Vec<(String, String)>) -> bool {
        if let Some(framed) = self.called() {
            self.stage = Stage::Taken(framed);
            return true;
        }
        let Some((mut line, key)) = self.line() else { return false };
        let key = key.unwrap_or_default();
        let followed = line.is_followed();
        self.stage = Stage::Accepting(Box::pin(async move { line.accept(&key, &headers).await }), followed);
        true
    }

    /// A plain stream that is not accepted yet.
    fn called(&mut self) -> Option<Box<Framed>> {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Called(framed, _) => Some(framed),
            other @ (Stage::Hearing(_)
            | Stage::Taken(_)
            | Stage::Waiting(..)
            | Stage::Accepting(..)
            | Stage::Answering(_)
            | Stage::Streaming(_)
            | Stage::Gone) => {
                self.stage = other;
                None
            }
        }
    }

    /// Whether the caller has said something before he was answered.
    pub(super) fn has_spoken(&self) -> bool {
        match &self.stage {
            Stage::Accepting(_, followed) => *followed,
            Stage::Taken(_) => true,
            Stage::Hearing(_) | Stage::Called(..) | Stage::Waiting(..) | Stage::Answering(_) => false,
            Stage::Streaming(_) | Stage::Gone => false,
        }
    }

    pub(super) fn answer(&mut self, response: Response) -> bool {
        // There is nothing to answer with but the end.
        if self.called().is_some() {
            return true;
        }
        let Some((line, _)) = self.line() else { return false };
        self.stage = Stage::Answering(Box::pin(line.answer(response)));
        true
    }

    pub(super) fn stream(&mut self, head: &Response) -> bool {
        let Some((line, _)) = self.line() else { return false };
        self.stage = Stage::Streaming(line.events(head));
        true
    }

    pub(super) fn push(&mut self, text: &str) -> bool {
        let Stage::Streaming(events) = &mut self.stage else { return false };
        events.push(text);
        true
    }

    pub(super) fn end(&mut self) {
        if let Stage::Streaming(events) = &mut self.stage {
            events.end();
        }
    }

    /// Whether all that was sent to him on an event stream is written.
    pub(super) fn is_flushed(&self) -> bool {
        if let Stage::Streaming(events) = &self.stage { events.is_flushed() } else { true }
    }

    /// What waits to be written to him.
    pub(super) fn queued(&self) -> Queued {
        match &self.stage {
            Stage::Streaming(events) => events.queued(),
            Stage::Called(framed, _) | Stage::Taken(framed) => framed.queued(),
            Stage::Hearing(_) | Stage::Waiting(..) | Stage::Answering(_) | Stage::Gone => Queued::default(),
            Stage::Accepting(..) => {
                let length = |out: &Out| match out {
                    Out::Frame(Frame::Text(text)) => text.len(),
                    Out::Frame(Frame::Binary(bytes)) => bytes.len(),
                    Out::Close(..) => 0,
                };
                Queued { bytes: self.out.iter().map(length).sum(), taken: 0 }
            }
        }
    }

    pub(super) fn send(&mut self, frame: Frame) -> bool {
        if let Stage::Taken(framed) = &mut self.stage {
            return framed.send(&frame);
        }
        let accepting = matches!(self.stage, Stage::Accepting(..));
        if accepting {
            self.out.push(Out::Frame(frame));
        }
        accepting
    }

    pub(super) fn close(&mut self, code: Option<u16>, reason: &str) -> bool {
        if let Stage::Taken(framed) = &mut self.stage {
            return framed.close();
        }
        let accepting = matches!(self.stage, Stage::Accepting(..));
        if accepting {
            self.out.push(Out::Close(code, reason.to_owned()));
        }
        accepting
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Hosting> {
        match &mut self.stage {
            Stage::Hearing(hearing) => {
                let Poll::Ready(heard) = hearing.as_mut().poll(cx) else { return Poll::Pending };
                Poll::Ready(match heard {
                    Ok((asked, line)) => {
                        self.stage = Stage::Waiting(line, asked.key.clone());
                        Hosting::Event(LinkEvent::Asked { door: self.door, asked })
                    }
                    // Whoever says nothing, or nothing that can be read, has not been here: a probe of a port, say.
                    Err(_) => Hosting::Gone,
                })
            }
            Stage::Called(_, told) if !*told => {
                *told = true;
                Poll::Ready(Hosting::Event(LinkEvent::Asked { door: self.door, asked: Asked::nothing() }))
            }
            Stage::Taken(_) => {
                let Stage::Taken(framed) = std::mem::replace(&mut self.stage, Stage::Gone) else {
                    return Poll::Pending;
                };
                Poll::Ready(Hosting::Framed(framed))
            }
            Stage::Accepting(accepting, _) => {
                let Poll::Ready(accepted) = accepting.as_mut().poll(cx) else { return Poll::Pending };
                Poll::Ready(match accepted {
                    Ok(mut socket) => {
                        for out in std::mem::take(&mut self.out) {
                            match out {
                                Out::Frame(frame) => drop(socket.send(frame)),
                                Out::Close(code, reason) => drop(socket.close_with(code, &reason)),
                            }
                        }
                        Hosting::Socket(socket)
                    }
                    Err(how) => Hosting::Ended(how),
                })
            }
            Stage::Answering(answering) => answering.as_mut().poll(cx).map(|()| Hosting::Gone),
            Stage::Streaming(events) => events.poll(cx).map(|ended| ended.map_or_else(Hosting::Failed, Hosting::Ended)),
            Stage::Called(..) | Stage::Waiting(..) | Stage::Gone => Poll::Pending,
        }
    }
}
