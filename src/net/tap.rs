//! What the library under [`Socket`](super::Socket) does not tell of a stream. Of a Close whose code must not be sent
//! (RFC 6455, section 7.4) it tells as of one with 1002, which is its own answer: the code that came is found here. And of a
//! message that has begun it says nothing until it is whole.

use super::deflate::{Head, Plain};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// A Close is no longer: two bytes of head, four of mask, 125 of body (RFC 6455, section 5.5).
const KEPT: usize = 131;
/// The first byte of a Close.
const CLOSE: u8 = 0x88;

/// The bit of the first that says that a message ends with this frame.
const FINAL: u8 = 0x80;

/// A stream of which the last bytes that were read are kept.
#[derive(Debug)]
pub(super) struct Tap {
    stream: Plain,
    last: Vec<u8>,
    begun: Begun,
}

/// How far what has come is from the end of a message.
#[derive(Debug, Default)]
struct Begun {
    /// Of the head of a frame that is not whole.
    head: Vec<u8>,
    /// How much is still to come of a frame, and whether that is one that may stand within a message, or the last of one.
    left: usize,
    control: bool,
    last: bool,
    /// How many bytes have come of the message that is not whole.
    open: Option<usize>,
}

impl Begun {
    fn take_in(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left == 0 {
                self.head.push(*first);
                bytes = rest;
                let Some(head) = Head::read(&self.head) else { continue };
                self.head.clear();
                (self.left, self.control, self.last) = (head.length, head.is_control(), head.first & FINAL != 0);
            }
            let came = self.left.min(bytes.len());
            bytes = &bytes[came..];
            self.left -= came;
            if !self.control {
                let whole = self.last && self.left == 0;
                self.open = (!whole).then(|| self.open.unwrap_or_default() + came);
            }
        }
    }

    fn bytes(&self) -> Option<usize> {
        let within = !self.head.is_empty() || self.left > 0;
        self.open.or(within.then_some(self.head.len()))
    }
}

impl Tap {
    /// Of which these bytes were read before.
    pub(super) fn new(stream: Plain, early: &[u8]) -> Tap {
        let mut tap = Tap { stream, last: Vec::new(), begun: Begun::default() };
        tap.keep(early);
        tap
    }

    fn keep(&mut self, read: &[u8]) {
        self.begun.take_in(read);
        let read = &read[read.len().saturating_sub(KEPT)..];
        let over = (self.last.len() + read.len()).saturating_sub(KEPT);
        self.last.drain(..over);
        self.last.extend_from_slice(read);
    }

    /// How many bytes have come of a message that is not whole; none where there is none.
    pub(super) fn begun(&self) -> Option<usize> {
        self.begun.bytes().or_else(|| self.stream.held())
    }

    /// Code and reason of the Close that came last, where its code is one that must not be sent.
    pub(super) fn forbidden_close(&self) -> Option<(u16, String)> {
        (0..self.last.len()).rev().find_map(|at| forbidden(&self.last[at..]))
    }
}

/// Reads a Close at the beginning of these bytes, whose code must not be sent.
fn forbidden(bytes: &[u8]) -> Option<(u16, String)> {
    let head = Head::read(bytes).filter(|head| head.first == CLOSE)?;
    let body = bytes.get(head.start..head.end())?.iter().zip(head.mask.unwrap_or_default().into_iter().cycle());
    let body: Vec<u8> = body.map(|(byte, mask)| byte ^ mask).collect();
    let (code, reason) = body.split_first_chunk()?;
    let code = u16::from_be_bytes(*code);
    (!CloseCode::from(code).is_allowed()).then(|| (code, String::from_utf8_lossy(reason).into_owned()))
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        let before = into.filled().len();
        let read = Pin::new(&mut tap.stream).poll_read(cx, into);
        if into.filled().len() > before {
            tap.keep(&into.filled()[before..]);
        }
        read
    }
}

impl AsyncWrite for Tap {
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

#[cfg(test)]
mod tests {
    use super::{Begun, forbidden};

    #[test]
    fn what_has_begun_and_is_not_whole_is_counted() {
        // A message in two frames with a ping between them, and an empty one.
        let frames = [0x01, 3, b'a', b'b', b'c', 0x89, 1, b'!', 0x80, 2, b'd', b'e', 0x81, 0];
        let open = [None, Some(1), Some(0), Some(1), Some(2), Some(3), Some(3), Some(3), Some(3), Some(3), Some(3)];
        let open = open.into_iter().chain([Some(4), None, Some(1), None]);
        for (cut, open) in open.enumerate() {
            let mut begun = Begun::default();
            begun.take_in(&frames[..cut]);
            assert_eq!(begun.bytes(), open, "cut at {cut}");
            begun.take_in(&frames[cut..]);
            assert_eq!(begun.bytes(), None, "cut at {cut}");
        }
    }

    #[test]
    fn a_close_that_must_not_be_sent_is_read() {
        assert_eq!(forbidden(&[0x88, 5, 3, 0xe7, b'b', b'y', b'e', 0x81]), Some((999, "bye".to_owned())));
        assert_eq!(forbidden(&[0x88, 0x82, 1, 2, 3, 4, 1 ^ 0x03, 2 ^ 0xed]), Some((1005, String::new())));
        // One that may be sent, one that is not whole, and none.
        for bytes in [&[0x88, 2, 3, 0xe8][..], &[0x88, 4, 3, 0xe7], &[0x88, 0], &[0x88, 1, 3], &[0x81, 2, 3, 0xe7]] {
            assert_eq!(forbidden(bytes), None, "{bytes:?}");
        }
    }
}
