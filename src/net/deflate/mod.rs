//! permessage-deflate (RFC 7692) under a WebSocket that does not know it.
//!
//! A layer between the bytes of a connection and the library: what comes compressed is handed on as plain frames, and what
//! goes out is compressed, so that everything above sees messages as they were meant. What cannot be inflated ends the
//! connection with the rule that it breaks.
//!
//! Why a layer of its own on `flate2`: `tungstenite`, on which all else stands (limits, the order of Close, back pressure,
//! what violates RFC 6455 and in which words), reads no compressed message in any of its versions. `yawc` and
//! `fastwebsockets` replace it as a whole. The first inflates within its own reading loop and closes the connection with a
//! code of its own where that fails, so that a finding could not say which rule was broken; the second has no extension
//! but a flag for one. Either would be a second WebSocket beside the one of the reference servers, with other errors for
//! the same fault. The layer is a parser of frame headers and two calls of a library that half of all Rust programs
//! contain already, and it can be left out where no compression is offered: then every byte passes as it is.

mod agreed;
mod frame;

pub(super) use agreed::{Agreed, OFFER};
pub(super) use frame::Head;

use super::{Stream, limit};
use bytes::{Buf as _, Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use frame::{begin, frame};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes of a connection, with the messages in them inflated and deflated where that was agreed upon.
#[derive(Debug)]
pub(super) struct Plain {
    stream: Stream,
    both: Option<Box<Both>>,
}

/// Both directions.
#[derive(Debug)]
struct Both {
    agreed: Agreed,
    inflate: Decompress,
    deflate: Compress,
    /// The end of what the server has said, where it agreed upon a window.
    said_before: Vec<u8>,
    /// What has come and is not looked at, what is read next, and the compressed message that is not whole.
    came: BytesMut,
    plain: VecDeque<Bytes>,
    /// How much is still to come of a frame that passes as it is.
    passing: usize,
    open: Option<(u8, Vec<u8>)>,
    /// What was written and is not looked at, and what is to go out.
    said: BytesMut,
    out: BytesMut,
}

/// What a message ends with that is not sent (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// So much is taken in while it cannot be written; the queue above is bounded by itself.
const TAKEN: usize = 64 << 10;
/// The sign of a compressed message, and of the last frame of one.
const COMPRESSED: u8 = 0x40;
const LAST: u8 = 0x80;
/// Last blocks of one message, behind each of which all begins anew: a server has no reason for more than one.
const LAST_BLOCKS: usize = 256;
/// So much is read at a time.
const READ: usize = 4 << 10;

impl Plain {
    pub(super) fn new(stream: Stream, agreed: Option<Agreed>, early: &[u8]) -> Plain {
        let both = agreed.map(|agreed| {
            Box::new(Both {
                agreed,
                inflate: Decompress::new(false),
                deflate: Compress::new(Compression::default(), false),
                said_before: Vec::new(),
                came: BytesMut::from(early),
                plain: VecDeque::new(),
                passing: 0,
                open: None,
                said: BytesMut::new(),
                out: BytesMut::new(),
            })
        });
        Plain { stream, both }
    }
}

fn violation(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a violation of RFC 7692: {what}"))
}

impl Both {
    /// Has this read next.
    fn hand_on(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        if !bytes.is_empty() {
            self.plain.push_back(bytes);
        }
    }

    /// Reads what was compressed. Not a part of every read, whose frame on the stack would be as large as the buffer.
    #[inline(never)]
    fn poll_read(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            self.take_in()?;
            if let Some(next) = self.plain.front_mut() {
                let size = next.len().min(buffer.remaining());
                buffer.put_slice(&next.split_to(size));
                if next.is_empty() {
                    self.plain.pop_front();
                }
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; READ];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.came.extend_from_slice(read.filled());
        }
    }

    /// Looks at what has come.
    fn take_in(&mut self) -> io::Result<()> {
        let passed = self.passing.min(self.came.len());
        let bytes = self.came.split_to(passed);
        self.hand_on(bytes);
        self.passing -= passed;
        if self.passing > 0 {
            return Ok(());
        }
        while let Some(head) = Head::read(&self.came) {
            let compressed = head.first & COMPRESSED != 0;
            // What is not compressed is the library's to judge, as are frames that no server may send.
            let passes = head.is_control() || head.mask.is_some() || !compressed && self.open.is_none();
            if !passes && head.length > limit::MESSAGE {
                let size = head.length;
                return Err(io::Error::other(format!(
                    "a message of {size} bytes is over the limit of {} bytes",
                    limit::MESSAGE
                )));
            }
            if passes && head.end() > self.came.len() {
                // It may be as large as it likes: the library has a limit, and says so.
                self.passing = head.end() - self.came.len();
                let bytes = self.came.split();
                self.hand_on(bytes);
                return Ok(());
            }
            if head.end() > self.came.len() {
                return Ok(());
            }
            let mut bytes = self.came.split_to(head.end());
            if passes {
                self.hand_on(bytes);
                continue;
            }
            bytes.advance(head.start);
            let (opcode, mut message) = match (head.first & 0x0f, self.open.take(), compressed) {
                (0, Some(open), false) => open,
                (0, Some(_), true) => {
                    return Err(violation("a continuation frame has the compression bit"));
                }
                (opcode @ 1..=7, None, true) => (opcode, Vec::new()),
                (0, None, _) => return Err(violation("a compressed frame that does not begin a message")),
                (_, _, _) => return Err(violation("a message begins within a compressed message")),
            };
            if message.len() + bytes.len() > limit::MESSAGE {
                return Err(io::Error::other(format!("a message is over the limit of {} bytes", limit::MESSAGE)));
            }
            message.extend_from_slice(&bytes);
            if head.first & LAST == 0 {
                self.open = Some((opcode, message));
                continue;
            }
            let inflated = self.inflated(message)?;
            let mut begins = BytesMut::new();
            begin(LAST | opcode, None, inflated.len(), &mut begins);
            self.hand_on(begins);
            // As it is: a copy of a long message would be one too many.
            self.hand_on(inflated);
        }
        Ok(())
    }

    /// A message of the server, which refers back as far as was agreed upon, and no farther: it is inflated by one who knows
    /// nothing else.
    fn inflated(&mut self, message: Vec<u8>) -> io::Result<Vec<u8>> {
        if self.agreed.server_alone {
            self.inflate.reset(false);
        }
        let Some(window) = self.agreed.window.filter(|_| !self.agreed.server_alone) else { return self.whole(message) };
        self.inflate = Decompress::new(false);
        self.know()?;
        let out = self.whole(message)?;
        self.said_before.extend_from_slice(&out);
        self.said_before.drain(..self.said_before.len().saturating_sub(window));
        Ok(out)
    }

    /// Tells the inflating side what was said before, as a block that is stored and not compressed (RFC 1951, section 3.2.4).
    fn know(&mut self) -> io::Result<()> {
        let known = &self.said_before;
        let length = u16::try_from(known.len()).unwrap_or_default();
        let mut block = vec![0];
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(&(!length).to_le_bytes());
        block.extend_from_slice(known);
        let mut out = Vec::with_capacity(known.len() + READ);
        let status = self.inflate.decompress_vec(&block, &mut out, FlushDecompress::Sync);
        status.map(|_| ()).map_err(io::Error::other)
    }

    fn whole(&mut self, mut message: Vec<u8>) -> io::Result<Vec<u8>> {
        message.extend_from_slice(&TAIL);
        let mut out = Vec::with_capacity(message.len().saturating_mul(4).clamp(256, READ));
        let (mut from, mut last) = (0, 0);
        loop {
            let (before, written) = (self.inflate.total_in(), out.len());
            if out.len() == out.capacity() {
                out.reserve(out.len().max(READ));
            }
            let status = self.inflate.decompress_vec(&message[from..], &mut out, FlushDecompress::Sync);
            let status = status.map_err(|_| violation("a compressed message that cannot be inflated"))?;
            let read = usize::try_from(self.inflate.total_in() - before).unwrap_or_default();
            from += read;
            if out.len() > limit::MESSAGE {
                return Err(io::Error::other(format!("a message is over the limit of {} bytes", limit::MESSAGE)));
            }
            match status {
                // A last block: what follows begins anew.
                Status::StreamEnd => {
                    self.inflate.reset(false);
                    last += 1;
                    if last > LAST_BLOCKS {
                        return Err(violation("a compressed message with too many last blocks"));
                    }
                    if from + TAIL.len() >= message.len() {
                        return Ok(out);
                    }
                }
                Status::Ok | Status::BufError => {
                    let full = out.len() == out.capacity();
                    if from == message.len() && !full {
                        return Ok(out);
                    }
                    if read == 0 && out.len() == written && !full {
                        return Err(violation("a compressed message that ends in the middle of a block"));
                    }
                }
            }
        }
    }

    /// Looks at what is to be said.
    fn take_out(&mut self) -> io::Result<()> {
        while let Some(head) = Head::read(&self.said).filter(|head| head.end() <= self.said.len()) {
            let mut bytes = self.said.split_to(head.end());
            // The library masks all, and says each message in one frame.
            let (Some(mask), 1 | 2, false) = (head.mask, head.first & 0x0f, head.length == 0) else {
                self.out.unsplit(bytes);
                continue;
            };
            bytes.advance(head.start);
            bytes.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            let deflated = self.deflated(&bytes)?;
            frame(head.first | COMPRESSED, Some(mask), &deflated, &mut self.out);
        }
        Ok(())
    }

    fn deflated(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        if self.agreed.client_alone {
            self.deflate.reset();
        }
        let mut out = Vec::with_capacity(message.len() / 2 + 64);
        let begun = self.deflate.total_in();
        loop {
            let from = usize::try_from(self.deflate.total_in() - begun).unwrap_or_default();
            if out.len() == out.capacity() {
                out.reserve(READ);
            }
            self.deflate.compress_vec(&message[from..], &mut out, FlushCompress::Sync).map_err(io::Error::other)?;
            let from = usize::try_from(self.deflate.total_in() - begun).unwrap_or_default();
            // There is room left only where all has been written.
            if from == message.len() && out.len() < out.capacity() {
                break;
            }
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        Ok(out)
    }
}

impl AsyncRead for Plain {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.both {
            None => Pin::new(&mut this.stream).poll_read(cx, buffer),
            Some(both) => both.poll_read(&mut this.stream, cx, buffer),
        }
    }
}

impl Plain {
    /// How many bytes of a compressed message have come that is not whole; none where there is none.
    pub(super) fn held(&self) -> Option<usize> {
        let both = self.both.as_ref()?;
        let open = both.open.as_ref().map(|(_, message)| message.len());
        (open.is_some() || !both.came.is_empty()).then(|| open.unwrap_or_default() + both.came.len())
    }

    /// Writes what is to go out, as far as the peer takes it.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(both) = &mut self.both else { return Poll::Ready(Ok(())) };
        while !both.out.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &both.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            both.out.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Plain {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.both.is_none() {
            return Pin::new(&mut this.stream).poll_write(cx, bytes);
        }
        let waiting = this.poll_out(cx)?.is_pending();
        let Some(both) = &mut this.both else { return Poll::Ready(Ok(0)) };
        if waiting && both.out.len() > TAKEN {
            return Poll::Pending;
        }
        both.said.extend_from_slice(bytes);
        both.take_out()?;
        // What is not written now is written with the next flush.
        let _ = this.poll_out(cx)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
