use super::Stream;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much of something has come that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// So many bytes.
    pub came: usize,
    /// Of so many; none where nothing has said how many there are.
    pub of: Option<usize>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.came, self.of) {
            (came, Some(of)) => write!(f, "{came} of {of} bytes"),
            (1, None) => f.write_str("1 byte"),
            (came, None) => write!(f, "{came} bytes"),
        }
    }
}

/// What has begun to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A message of a WebSocket or of a plain stream.
    Message(Part),
    /// An event of an event stream.
    Event(Part),
    /// An answer over HTTP, of which the head is not whole.
    Head(Part),
    /// An answer over HTTP, of which the body is not whole.
    Body(Part),
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Begun::Message(part) => write!(f, "a message of which {part} came"),
            Begun::Event(part) => write!(f, "an event of which {part} came"),
            Begun::Head(part) => write!(f, "an answer of whose head {part} came"),
            Begun::Body(Part { came: 0, .. }) => f.write_str("an answer of which only the head came"),
            Begun::Body(part) => write!(f, "an answer of whose body {part} came"),
        }
    }
}

/// What has come of an answer over HTTP, for whoever looks while it is waited for.
#[derive(Clone, Debug, Default)]
pub struct Coming(Arc<Mutex<Option<Begun>>>);

impl Coming {
    /// What has begun; none where nothing has come.
    pub fn begun(&self) -> Option<Begun> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing has come: it begins anew.
    pub fn set_none(&self) {
        self.set(None);
    }

    pub(super) fn set(&self, begun: Option<Begun>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }

    /// So many bytes more came, whatever they are.
    fn came(&self, bytes: usize) {
        match self.begun() {
            None => self.set(Some(Begun::Head(Part { came: bytes, of: None }))),
            Some(Begun::Head(Part { came, of })) => self.set(Some(Begun::Head(Part { came: came + bytes, of }))),
            Some(Begun::Body(_) | Begun::Message(_) | Begun::Event(_)) => {}
        }
    }
}

/// A stream of which is counted what comes.
#[derive(Debug)]
pub struct Counted {
    stream: Stream,
    coming: Coming,
}

impl Counted {
    pub(super) fn new(stream: Stream, coming: Coming) -> Counted {
        Counted { stream, coming }
    }
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let counted = self.get_mut();
        let before = into.filled().len();
        let read = Pin::new(&mut counted.stream).poll_read(cx, into);
        if into.filled().len() > before {
            counted.coming.came(into.filled().len() - before);
        }
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
