use super::coming::within;
use super::{Begun, Frame, Part, Queued, SocketEvent, Stream, Torn, limit};
use crate::framing::{Cutter, Framing};
use bytes::{Buf as _, Bytes, BytesMut};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

/// How much is read at once, in bytes.
const PART: usize = 16 << 10;

/// How messages stand on a plain stream of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Where they end.
    pub framing: Framing,
    /// They are texts, as far as they are UTF-8; else they are bytes.
    pub text: bool,
}

/// A plain stream of bytes, on which messages are framed by the protocol: what a [`Socket`](super::Socket) is for
/// WebSockets, polled in the same way and with the same events.
///
/// Ending it is ending what is sent: the peer reads the end of its stream, and its own end is the answer.
#[derive(Debug)]
pub struct Framed {
    stream: Stream,
    frames: Frames,
    cutter: Cutter,
    out: BytesMut,
    /// How many bytes were written.
    written: u64,
    /// Written, and not flushed yet.
    unflushed: bool,
    /// Nothing more is said: behind what is queued the stream is shut down.
    closing: bool,
    shut: bool,
    paused: bool,
    /// The peer says nothing more; what it said last is still to be told.
    drained: bool,
    ended: bool,
    full: bool,
    /// Something that was to be sent has no place in the framing.
    refused: Option<String>,
    /// Writing told that the peer has reset the connection: then reading tells only that it has ended.
    reset: bool,
    /// How long the last message was, where nothing but the end of the stream has ended it, and whether it could be read.
    rest: Option<(usize, bool)>,
    /// What was no whole message when the connection ended.
    torn: Option<Torn>,
}

impl Framed {
    /// On a stream that is connected.
    pub fn new(stream: Stream, frames: Frames) -> Framed {
        Framed {
            stream,
            frames,
            cutter: Cutter::new(frames.framing),
            out: BytesMut::new(),
            written: 0,
            unflushed: false,
            closing: false,
            shut: false,
            paused: false,
            drained: false,
            ended: false,
            full: false,
            refused: None,
            reset: false,
            rest: None,
            torn: None,
        }
    }

    /// Whether the connection has ended.
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// How much has come of a message that is not whole; none where there is none. A line that has no end yet may be
    /// all that is meant, as a prompt is.
    pub fn begun(&self) -> Option<Part> {
        let ends_itself = matches!(self.frames.framing, Framing::Lines | Framing::Crlf | Framing::Unframed);
        let pending = self.cutter.pending();
        (pending > 0 && !ends_itself && !self.drained && !self.ended).then_some(Part { came: pending, of: None })
    }

    /// Queues a message. What cannot be written now is written by [`Framed::poll`]; what cannot be sent at all is told there.
    ///
    /// False where nobody will get it.
    pub fn send(&mut self, frame: &Frame) -> bool {
        if self.ended || self.closing {
            return false;
        }
        let message = match frame {
            Frame::Text(text) => text.as_bytes(),
            Frame::Binary(bytes) => bytes,
        };
        match self.frames.framing.wrap(message) {
            Ok(bytes) if self.out.len() + bytes.len() > limit::UNSENT => self.full = true,
            Ok(bytes) => self.out.extend_from_slice(&bytes),
            Err(why) => drop(self.refused.get_or_insert(why)),
        }
        !self.full && self.refused.is_none()
    }

    /// Says nothing more. The peer's own end is a [`SocketEvent::End`].
    pub fn close(&mut self) -> bool {
        self.closing = true;
        !self.ended
    }

    /// From now on neither reads nor writes, or does so again.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether all that was queued is written.
    pub fn is_flushed(&self) -> bool {
        self.out.is_empty() && !self.unflushed && self.shut == self.closing
    }

    /// What waits to be written.
    pub fn queued(&self) -> Queued {
        Queued { bytes: self.out.len(), taken: self.written }
    }

    /// Writes what is queued; pending where the peer does not read.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.paused {
            return Poll::Pending;
        }
        while !self.out.is_empty() && !self.ended {
            match Pin::new(&mut self.stream).poll_write(cx, &self.out) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(written @ 1..)) => {
                    self.out.advance(written);
                    self.written += written as u64;
                    self.unflushed = true;
                }
                // What else is wrong with the connection is told by reading.
                Poll::Ready(written) => {
                    self.reset |= written.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
                    self.out.clear();
                }
            }
        }
        if self.unflushed {
            let Poll::Ready(_) = Pin::new(&mut self.stream).poll_flush(cx) else { return Poll::Pending };
            self.unflushed = false;
        }
        if self.closing && !self.shut {
            let Poll::Ready(_) = Pin::new(&mut self.stream).poll_shutdown(cx) else { return Poll::Pending };
            self.shut = true;
        }
        Poll::Ready(())
    }

    /// Writes what is queued and reads: the next event. After [`SocketEvent::End`] it is pending for ever.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent> {
        if std::mem::take(&mut self.full) {
            self.ended = true;
            return Poll::Ready(SocketEvent::Stuck);
        }
        if let Some(why) = self.refused.take() {
            self.ended = true;
            return Poll::Ready(SocketEvent::Unframed { why });
        }
        if self.paused || self.ended {
            return Poll::Pending;
        }
        let _ = self.poll_flush(cx);
        loop {
            match self.cutter.cut() {
                Ok(Some(message)) => return Poll::Ready(SocketEvent::Frame(self.frame(message))),
                Ok(None) if self.drained => {
                    let unread = self.rest.map_or(0, |(came, read)| if read { 0 } else { came });
                    let how = if self.reset { "connection reset" } else { "end of stream" };
                    return self.cut(how.to_owned(), self.cutter.pending() + unread);
                }
                Ok(None) => {}
                Err(how) => {
                    self.torn = Some(Torn::Broken(how.clone()));
                    return self.end(how);
                }
            }
            let mut part = [0; PART];
            let mut part = ReadBuf::new(&mut part);
            match Pin::new(&mut self.stream).poll_read(cx, &mut part) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !part.filled().is_empty() => self.cutter.feed(part.filled()),
                Poll::Ready(Ok(())) => {
                    self.drained = true;
                    if let Some(message) = self.cutter.rest() {
                        self.rest = Some((message.len(), true));
                        return Poll::Ready(SocketEvent::Frame(self.frame(message)));
                    }
                }
                Poll::Ready(Err(error)) => {
                    // Only an end that is no fault makes whole what has none of its own.
                    let how = how(&error);
                    return self.cut(how, self.cutter.pending());
                }
            }
        }
    }

    /// What came last could not be read. Where nothing but the end of the stream has ended it, it was cut, and the end tells: true.
    pub fn unread(&mut self) -> bool {
        self.rest.as_mut().is_some_and(|(_, read)| {
            *read = false;
            true
        })
    }

    fn frame(&self, message: Bytes) -> Frame {
        // Over a stream nothing says which of the two it is: the codec does.
        match message.clone().try_into() {
            Ok(text) if self.frames.text => Frame::Text(text),
            Ok(_) | Err(_) => Frame::Binary(message),
        }
    }

    /// What was no whole message although the connection has ended; none where all was whole.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// The end, with so many bytes of a message that is not whole.
    fn cut(&mut self, how: String, came: usize) -> Poll<SocketEvent> {
        let begun = (came > 0).then_some(Begun::Message(Part { came, of: None }));
        self.torn = begun.map(|begun| Torn::Cut(begun, "the end of the connection"));
        self.end(within(how, begun))
    }

    fn end(&mut self, how: String) -> Poll<SocketEvent> {
        self.ended = true;
        Poll::Ready(SocketEvent::End { how })
    }
}

/// What a person would call the error of a connection that ended: the same words as of a WebSocket.
fn how(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "connection reset".to_owned(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => "end of stream".to_owned(),
        _ => error.to_string(),
    }
}
