use super::coming::{Begun, Torn, within};
use super::deflate::{Agreed, Plain};
use super::tap::Tap;
use super::{Queued, Stream, limit};
use bytes::Bytes;
use futures_util::{Sink, Stream as _};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// One data message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

/// What a WebSocket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// A data message, put together from its fragments.
    Frame(Frame),
    /// The peer's Close.
    Close {
        /// Its code; none where the frame was empty.
        code: Option<u16>,
        /// Its reason.
        reason: String,
    },
    /// The connection ended without the peer's Close, or was ended because a rule or a limit was broken.
    End {
        /// What happened.
        how: String,
    },
    /// So much waits to be sent that no more is taken: the peer does not read.
    Stuck,
    /// What was to be sent has no place in the framing of a plain stream of bytes.
    Unframed {
        /// Why.
        why: String,
    },
    /// The connection ended after the peer's Close: nothing more comes, and nothing is to be said about it.
    Gone,
}

/// The longest head of a frame (RFC 6455, section 5.2).
const HEAD: usize = 14;

/// One end of one WebSocket: the client's, or, of one that was accepted, the server's.
///
/// It is polled by the driver, never awaited: writing queues, [`Socket::poll`] flushes what is queued and reads.
/// Pings are answered by the library at the next poll.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocketStream<Tap>,
    unflushed: bool,
    /// How many bytes there are or were to be written.
    given: u64,
    paused: bool,
    peer_closed: bool,
    ended: bool,
    /// Something that was to be sent did not find room.
    full: bool,
    /// Writing told that the peer has reset the connection: then reading tells only that it has ended.
    reset: bool,
    /// What was no whole message when the connection ended.
    torn: Option<Torn>,
}

impl Socket {
    /// A WebSocket on a stream whose handshake is done; `early` is what was read behind it.
    pub(super) async fn new(stream: Stream, early: Vec<u8>, agreed: Option<Agreed>) -> Self {
        Self::in_role(stream, early, agreed, Role::Client).await
    }

    /// The server's end, of a handshake that is done.
    pub async fn accepted(stream: Stream, early: Vec<u8>) -> Self {
        Self::in_role(stream, early, None, Role::Server).await
    }

    async fn in_role(stream: Stream, mut early: Vec<u8>, agreed: Option<Agreed>, role: Role) -> Self {
        // Small buffers: a scenario has small frames and may have thousands of clients. They are cleared before each read, which costs
        // more than another read where no system is asked for it.
        let read = if matches!(stream, Stream::Memory(_)) { 1 << 10 } else { 4 << 10 };
        let config = WebSocketConfig::default()
            .read_buffer_size(read)
            .write_buffer_size(0)
            .max_write_buffer_size(limit::UNSENT)
            .max_message_size(Some(limit::MESSAGE))
            .max_frame_size(Some(limit::MESSAGE));
        let first = if agreed.is_some() { std::mem::take(&mut early) } else { Vec::new() };
        let stream = Tap::new(Plain::new(stream, agreed, &first), &mut early);
        let inner = if early.is_empty() {
            WebSocketStream::from_raw_socket(stream, role, Some(config)).await
        } else {
            WebSocketStream::from_partially_read(stream, early, role, Some(config)).await
        };
        Socket {
            inner,
            unflushed: false,
            given: 0,
            paused: false,
            peer_closed: false,
            ended: false,
            full: false,
            reset: false,
            torn: None,
        }
    }

    /// Whether the peer has sent its Close, or the connection has ended.
    pub fn is_over(&self) -> bool {
        self.peer_closed || self.ended
    }

    /// How much has come of a message or a frame that is not whole; none where there is none.
    pub fn begun(&self) -> Option<Begun> {
        if self.is_over() { None } else { self.inner.get_ref().begun() }
    }

    /// Queues a message. What cannot be written now is written by [`Socket::poll`].
    ///
    /// False where the connection is over already, so that nobody will get it.
    pub fn send(&mut self, frame: Frame) -> bool {
        let message = match frame {
            Frame::Text(text) => Message::Text(text),
            Frame::Binary(bytes) => Message::Binary(bytes),
        };
        if self.ended {
            return false;
        }
        let length = (message.len() + HEAD) as u64;
        let queued = Pin::new(&mut self.inner).start_send(message);
        self.full |= matches!(queued, Err(Error::WriteBufferFull(_)));
        self.reset |= queued.as_ref().is_err_and(is_reset);
        self.unflushed |= queued.is_ok();
        self.given += if queued.is_ok() { length } else { 0 };
        queued.is_ok()
    }

    /// Queues a Close. The peer's answer is a [`SocketEvent::Close`].
    pub fn close(&mut self, code: u16) -> bool {
        self.close_with(Some(code), "")
    }

    /// The same with a reason, or without a code.
    pub fn close_with(&mut self, code: Option<u16>, reason: &str) -> bool {
        let close = code.map(|code| CloseFrame { code: CloseCode::from(code), reason: reason.into() });
        if self.ended || Pin::new(&mut self.inner).start_send(Message::Close(close)).is_err() {
            return false;
        }
        self.unflushed = true;
        true
    }

    /// From now on neither reads nor writes, or does so again.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether all that was queued is written.
    pub fn is_flushed(&self) -> bool {
        !self.unflushed
    }

    /// What waits to be written.
    pub fn queued(&self) -> Queued {
        let taken = self.inner.get_ref().written;
        let bytes = if self.unflushed { self.given.saturating_sub(taken) as usize } else { 0 };
        Queued { bytes, taken }
    }

    /// Writes what is queued; pending where the peer does not read.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.paused {
            return Poll::Pending;
        }
        if self.unflushed && !self.ended {
            match Pin::new(&mut self.inner).poll_flush(cx) {
                // What else is wrong with the connection is told by reading.
                Poll::Ready(flushed) => {
                    self.unflushed = false;
                    // Heads are counted as if each were the longest, and what the library says by itself is not counted.
                    self.given = self.inner.get_ref().written;
                    self.reset |= flushed.as_ref().is_err_and(is_reset);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    /// Writes what is queued and reads: the next event. After [`SocketEvent::End`] and [`SocketEvent::Gone`] it is
    /// pending for ever.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent> {
        if std::mem::take(&mut self.full) {
            self.ended = true;
            return Poll::Ready(SocketEvent::Stuck);
        }
        if self.paused || self.ended {
            return Poll::Pending;
        }
        let _ = self.poll_flush(cx);
        loop {
            let message = match Pin::new(&mut self.inner).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(message) => message,
            };
            let event = match message {
                Some(Ok(Message::Text(text))) => SocketEvent::Frame(Frame::Text(text)),
                Some(Ok(Message::Binary(bytes))) => SocketEvent::Frame(Frame::Binary(bytes)),
                Some(Ok(Message::Close(close))) => {
                    self.peer_closed = true;
                    let cut = self.inner.get_ref().cut_by_close();
                    self.torn = cut.map(|begun| Torn::Cut(begun, "a Close"));
                    match close {
                        Some(frame) => {
                            let (code, reason) = self.as_sent(&frame);
                            if !may_be_sent(code) {
                                let why =
                                    format!("a Close with code {code}, which must not be sent (RFC 6455, section 7.4)");
                                self.torn.get_or_insert(Torn::Broken(why));
                            }
                            SocketEvent::Close { code: Some(code), reason }
                        }
                        None => SocketEvent::Close { code: None, reason: String::new() },
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(error)) => {
                    self.ended = true;
                    if self.peer_closed && matches!(error, Error::Io(_)) {
                        SocketEvent::Gone
                    } else {
                        SocketEvent::End { how: self.how(&error) }
                    }
                }
                None => {
                    self.ended = true;
                    if self.peer_closed {
                        SocketEvent::Gone
                    } else {
                        SocketEvent::End { how: self.how(&Error::ConnectionClosed) }
                    }
                }
            };
            return Poll::Ready(event);
        }
    }
}

impl Socket {
    /// Code and reason as the peer sent them.
    fn as_sent(&self, frame: &CloseFrame) -> (u16, String) {
        let told = (u16::from(frame.code), frame.reason.as_str().to_owned());
        let is_own = frame.code == CloseCode::Protocol || !frame.code.is_allowed();
        if is_own { self.inner.get_ref().forbidden_close().unwrap_or(told) } else { told }
    }
}

impl Socket {
    /// What was no whole message although the connection has ended; none where all was whole.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// What a person would call the error of a connection that ended, in memory as on TCP; notes what was torn by it.
    fn how(&mut self, error: &Error) -> String {
        let tap = self.inner.get_ref();
        let how = match error {
            Error::Io(_) if tap.broken().is_some() => tap.broken().unwrap_or_default().to_owned(),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::ConnectionClosed | Error::Io(_) => {
                let how = match error {
                    Error::Io(error) => io_words(error),
                    _ if self.reset => "connection reset".to_owned(),
                    _ => "end of stream".to_owned(),
                };
                let begun = tap.begun();
                self.torn = begun.map(|begun| Torn::Cut(begun, "the end of the connection"));
                return within(how, begun);
            }
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                format!("a message of {size} bytes is over the limit of {max_size} bytes")
            }
            Error::Utf8(_) if tap.is_closing() => "its reason is not valid UTF-8 (RFC 6455, section 5.5.1)".to_owned(),
            Error::Utf8(_) => "a text message that is not valid UTF-8 (RFC 6455, section 8.1)".to_owned(),
            Error::Protocol(rule) => format!("a violation of RFC 6455: {rule}"),
            other => other.to_string(),
        };
        self.torn = Some(Torn::Broken(how.clone()));
        how
    }
}

/// Whether a Close may have this code: those of RFC 6455, section 7.4, but for the three that stand for what was not sent, those that
/// are registered since, and those of libraries and applications.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn is_reset(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::ConnectionReset)
}

fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "connection reset".to_owned(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => "end of stream".to_owned(),
        _ => error.to_string(),
    }
}
