use super::limit;
use super::link::End;
use super::seat::Seat;
use crate::server::machine::Input;
use bytes::Bytes;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

/// A buffer that grew beyond this for a slow reader is given back.
const KEPT_CAPACITY: usize = 64 << 10;

/// Serves one WebSocket to its end. `early` is what the client sent behind its handshake.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, early: Bytes, seat: Seat) {
    let mut socket = Socket::new(stream, early, seat);
    poll_fn(|cx| socket.poll(cx)).await;
}

/// What a client that has not ended its side yet may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Everything.
    Open,
    /// It was sent a Close: its answer, or its end, is awaited, and what it still says is not heard.
    Closing,
    /// It broke the framing, so that nothing more can be read from it: its end is awaited.
    Deaf,
    /// It has said all that it may: what is queued is written, and that is the end.
    Finishing,
}

/// One WebSocket. tungstenite reads it; what is written is encoded by the state that all connections share, so that one
/// broadcast is serialised once, a Close stands behind all that was queued before it, and a reader that does not read
/// costs its queue and nothing else.
struct Socket<S> {
    stream: S,
    reader: WebSocketContext,
    seat: Seat,
    out: Vec<u8>,
    written: usize,
    stage: Stage,
    shut: bool,
    stalled: bool,
    alarm: Option<Pin<Box<Sleep>>>,
    deadline: Option<Instant>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    fn new(stream: S, early: Bytes, seat: Seat) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(4 << 10)
            .write_buffer_size(0)
            .max_message_size(Some(limit::MESSAGE))
            .max_frame_size(Some(limit::MESSAGE));
        let reader = if early.is_empty() {
            WebSocketContext::new(Role::Server, Some(config))
        } else {
            WebSocketContext::from_partially_read(early.into(), Role::Server, Some(config))
        };
        Socket {
            stream,
            reader,
            seat,
            out: Vec::new(),
            written: 0,
            stage: Stage::Open,
            shut: false,
            stalled: false,
            alarm: None,
            deadline: None,
        }
    }

    /// Runs until there is nothing to do; ready when the connection is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut budget = limit::TURN;
        let mut dry = false;
        loop {
            let left = self.out.len() - self.written;
            let turn = self.seat.shared.turn(self.seat.id, &mut self.out, left, cx.waker());
            if let Some(timer) = turn.due {
                self.handle(&Input::Fired { on: self.seat.id, timer });
                continue;
            }
            let flushed = match self.write(cx) {
                Poll::Ready(Ok(())) => true,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => false,
            };
            if self.stalled == flushed {
                self.stalled = !flushed;
                self.handle(&Input::Stalled { on: self.seat.id, now: self.stalled });
                continue;
            }
            if flushed && left > 0 {
                // There was no room yet for what has been queued meanwhile.
                continue;
            }
            let over = match turn.end {
                None => false,
                Some(End::Cut) => true,
                Some(End::Flushed) => self.close(cx, flushed),
            };
            if over {
                return Poll::Ready(());
            }
            if dry {
                ready!(self.alarm(cx, turn.next));
                dry = false;
            } else if budget == 0 {
                // Others have their turn.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            } else {
                match self.read(cx, &mut budget) {
                    Batch::Over => return Poll::Ready(()),
                    Batch::Dry => dry = true,
                    Batch::Spent => {}
                }
            }
        }
    }

    fn handle(&self, input: &Input<'_>) {
        self.seat.shared.handle(input);
    }

    /// Writes what was taken from the queue.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.out.len() {
            let some = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.out[self.written..]))?;
            if some == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += some;
        }
        self.out.clear();
        self.written = 0;
        if self.out.capacity() > KEPT_CAPACITY {
            self.out = Vec::new();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// The server has said its last word; true when the connection is over.
    fn close(&mut self, cx: &mut Context<'_>, flushed: bool) -> bool {
        if self.stage == Stage::Open {
            self.stage = Stage::Closing;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + limit::CLOSE_DEADLINE);
        if Instant::now() >= deadline {
            return true;
        }
        let last = match self.stage {
            Stage::Open | Stage::Closing => false,
            Stage::Deaf | Stage::Finishing => true,
        };
        if flushed && last && !self.shut {
            self.shut = Pin::new(&mut self.stream).poll_shutdown(cx).is_ready();
        }
        self.shut && self.stage == Stage::Finishing
    }

    /// Waits for the next timer or deadline; ready when it is due.
    fn alarm(&mut self, cx: &mut Context<'_>, timer: Option<Instant>) -> Poll<()> {
        let at = match (timer, self.deadline) {
            (Some(timer), Some(deadline)) => timer.min(deadline),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => {
                self.alarm = None;
                return Poll::Pending;
            }
        };
        let alarm = match &mut self.alarm {
            Some(alarm) => {
                if alarm.deadline() != at {
                    alarm.as_mut().reset(at);
                }
                alarm
            }
            empty => empty.insert(Box::pin(sleep_until(at))),
        };
        alarm.as_mut().poll(cx)
    }

    /// Handles what has come, as far as the budget allows.
    fn read(&mut self, cx: &mut Context<'_>, budget: &mut usize) -> Batch {
        let on = self.seat.id;
        let mut pong = None;
        let batch = loop {
            match self.stage {
                Stage::Open | Stage::Closing => {}
                Stage::Deaf | Stage::Finishing => break self.discard(cx),
            }
            if *budget == 0 {
                break Batch::Spent;
            }
            *budget -= 1;
            let read = self.reader.read(&mut Inbound { stream: &mut self.stream, cx });
            match read {
                Ok(Message::Text(text)) => self.handle(&Input::Text { on, text: &text }),
                Ok(Message::Binary(_)) => self.handle(&Input::Binary { on }),
                Ok(Message::Ping(payload)) => {
                    if let Some(before) = pong.replace(payload)
                        && !self.seat.shared.style.newest_pong_only
                    {
                        self.seat.shared.pong(on, &before);
                    }
                }
                Ok(Message::Pong(_)) => self.handle(&Input::Pong { on }),
                Ok(Message::Close(frame)) => {
                    // What came before it is answered before the Close is.
                    if let Some(payload) = pong.take() {
                        self.seat.shared.pong(on, &payload);
                    }
                    self.stage = Stage::Finishing;
                    self.handle(&Input::Closed { on, code: frame.map(|frame| frame.code.into()) });
                    break Batch::Spent;
                }
                Ok(Message::Frame(_)) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break Batch::Dry,
                Err(error) => match violation(&error) {
                    None => break Batch::Over,
                    Some(code) => {
                        self.stage = Stage::Deaf;
                        self.handle(&Input::Broken { on, code });
                        break Batch::Spent;
                    }
                },
            }
        };
        if let Some(payload) = pong {
            self.seat.shared.pong(on, &payload);
        }
        batch
    }

    /// Reads on without understanding, so that the end of the connection is seen, and so that what lies unread does not
    /// turn the end into a reset that overtakes the Close.
    fn discard(&mut self, cx: &mut Context<'_>) -> Batch {
        let mut buffer = [0; 4 << 10];
        for _ in 0..limit::TURN {
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Batch::Dry,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(Ok(()) | Err(_)) => return Batch::Over,
            }
        }
        cx.waker().wake_by_ref();
        Batch::Dry
    }
}

/// What reading came to.
enum Batch {
    /// The connection is over.
    Over,
    /// Nothing more is there; the task will be woken.
    Dry,
    /// There may be more.
    Spent,
}

/// The close code for what the client did wrong; none where the connection has simply ended.
fn violation(error: &Error) -> Option<u16> {
    match error {
        Error::Capacity(_) => Some(1009),
        Error::Utf8(_) => Some(1007),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(1002),
        _ => None,
    }
}

/// The stream as tungstenite's reader wants it. What the reader writes by itself (answers to Ping and Close) goes
/// nowhere: the host answers, since only it knows what is queued before the answer.
struct Inbound<'a, 'b, S> {
    stream: &'a mut S,
    cx: &'a mut Context<'b>,
}

impl<S: AsyncRead + Unpin> Read for Inbound<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer) {
            Poll::Ready(Ok(())) => Ok(buffer.filled().len()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S> Write for Inbound<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
