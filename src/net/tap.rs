//! What the library under [`Socket`](super::Socket) does not tell of a stream. Of a Close whose code must not be sent
//! (RFC 6455, section 7.4) it tells as of one with 1002, which is its own answer: the code that came is found here. And of a
//! message that has begun it says nothing until it is whole.

use super::coming::{Begun, Part};
use super::deflate::{Head, Plain};
use super::watched::{Watch, Watched};
use std::io;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// The body of a Close is no longer (RFC 6455, section 5.5).
const BODY: usize = 125;
/// The first byte of a Close.
const CLOSE: u8 = 0x88;
/// The bit of the first that says that a message ends with this frame, and the one that says that it is none of any.
const FINAL: u8 = 0x80;
const CONTROL: u8 = 0x08;

/// A stream whose frames are looked at as they come.
pub(super) type Tap = Watched<Plain, Frames>;

/// How far what has come is from the end of a message.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Of the head of a frame that is not whole.
    head: Vec<u8>,
    /// How much is still to come of a frame, and whether that is one that may stand within a message, or the last of one.
    left: usize,
    length: usize,
    control: bool,
    last: bool,
    /// How many bytes have come of the message that is not whole.
    open: Option<usize>,
    /// The same when the Close came last.
    cut: Option<usize>,
    /// The mask and the body of the Close that came last, as far as it has come.
    close: Option<([u8; 4], Vec<u8>)>,
    closing: bool,
    /// The rule that a frame broke of which the library says nothing.
    broken: Option<&'static str>,
}

/// What the length of a frame breaks that is written in more bytes than it needs.
const LONG: &str = "a violation of RFC 6455, section 5.2: the length of a frame uses more bytes than necessary";

impl Watch for Frames {
    fn take_in(&mut self, all: &[u8]) -> usize {
        let mut bytes = all;
        // Where the frame begins that is looked at.
        let mut begin = 0;
        while let Some((first, rest)) = bytes.split_first() {
            if self.left == 0 {
                if self.head.is_empty() {
                    begin = all.len() - bytes.len();
                }
                self.head.push(*first);
                bytes = rest;
                let Some(head) = Head::read(&self.head) else { continue };
                if !head.is_shortest() {
                    self.broken = Some(LONG);
                    return begin;
                }
                self.head.clear();
                (self.left, self.control, self.last) = (head.length, head.is_control(), head.first & FINAL != 0);
                self.length = head.length;
                self.closing = head.first == CLOSE && head.length <= BODY;
                if self.closing {
                    self.cut = self.open;
                    self.close = Some((head.mask.unwrap_or_default(), Vec::new()));
                }
            }
            let came = self.left.min(bytes.len());
            if let Some((_, body)) = self.close.as_mut().filter(|_| self.closing) {
                body.extend_from_slice(&bytes[..came]);
            }
            bytes = &bytes[came..];
            self.left -= came;
            if !self.control {
                let whole = self.last && self.left == 0;
                self.open = (!whole).then(|| self.open.unwrap_or_default() + came);
            }
        }
        all.len()
    }

    fn fault(&self) -> Option<io::Error> {
        self.broken.map(|rule| io::Error::new(io::ErrorKind::InvalidData, rule))
    }
}

impl Frames {
    fn begun(&self) -> Option<Begun> {
        if let Some(came) = self.open {
            // How long a message is tells the head of its last frame.
            let told = self.last && !self.control && self.head.is_empty();
            return Some(Begun::Message(Part { came, of: told.then(|| came.saturating_add(self.left)) }));
        }
        match self.head.first() {
            Some(first) if first & CONTROL == 0 => Some(Begun::Message(Part { came: self.head.len(), of: None })),
            Some(_) => Some(Begun::Control(Part { came: self.head.len(), of: None })),
            None if self.left == 0 => None,
            // Of a message something would be open.
            None => Some(Begun::Control(Part { came: self.length - self.left, of: Some(self.length) })),
        }
    }

    fn forbidden_close(&self) -> Option<(u16, String)> {
        let (mask, body) = self.close.as_ref().filter(|_| self.head.is_empty() && self.left == 0)?;
        let body: Vec<u8> = body.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let (code, reason) = body.split_first_chunk()?;
        let code = u16::from_be_bytes(*code);
        (!CloseCode::from(code).is_allowed()).then(|| (code, String::from_utf8_lossy(reason).into_owned()))
    }
}

impl Tap {
    /// Of which these bytes were read before: cut off where they break a rule.
    pub(super) fn new(stream: Plain, early: &mut Vec<u8>) -> Tap {
        let mut watch = Frames::default();
        early.truncate(watch.take_in(early));
        Tap { stream, watch, written: 0 }
    }

    /// How much has come of a message or a frame that is not whole; none where there is none.
    pub(super) fn begun(&self) -> Option<Begun> {
        self.watch.begun().or_else(|| self.stream.held().map(|came| Begun::Message(Part { came, of: None })))
    }

    /// The rule that was broken of which the library says nothing.
    pub(super) fn broken(&self) -> Option<&'static str> {
        self.watch.broken
    }

    /// How much had come of a message that was not whole when the Close came that came last.
    pub(super) fn cut_by_close(&self) -> Option<Begun> {
        self.watch.cut.map(|came| Begun::Message(Part { came, of: None }))
    }

    /// Whether the frame that came last is a Close.
    pub(super) fn is_closing(&self) -> bool {
        self.watch.closing
    }

    /// Code and reason of the Close that came last, where its code is one that must not be sent.
    pub(super) fn forbidden_close(&self) -> Option<(u16, String)> {
        self.watch.forbidden_close()
    }
}

#[cfg(test)]
mod tests {
    use super::{Begun, Frames, Watch as _};

    #[test]
    fn what_has_begun_and_is_not_whole_is_counted() {
        // A message in two frames with a ping between them, and an empty one.
        let frames = [0x01, 3, b'a', b'b', b'c', 0x89, 1, b'!', 0x80, 2, b'd', b'e', 0x81, 0];
        let open = [None, Some(1), Some(0), Some(1), Some(2), Some(3), Some(3), Some(3), Some(3), Some(3), Some(3)];
        let open = open.into_iter().chain([Some(4), None, Some(1), None]);
        for (cut, open) in open.enumerate() {
            let mut begun = Frames::default();
            begun.take_in(&frames[..cut]);
            let came = begun.begun().map(|begun| match begun {
                Begun::Message(part) | Begun::Control(part) => part.came,
                other => panic!("{other}"),
            });
            assert_eq!(came, open, "cut at {cut}");
            begun.take_in(&frames[cut..]);
            assert_eq!(begun.begun(), None, "cut at {cut}");
        }
    }

    #[test]
    fn a_close_that_must_not_be_sent_is_read() {
        let forbidden = |bytes: &[u8]| {
            let mut begun = Frames::default();
            assert!(bytes.iter().all(|byte| begun.take_in(&[*byte]) == 1));
            begun.forbidden_close()
        };
        assert_eq!(forbidden(&[0x88, 5, 3, 0xe7, b'b', b'y', b'e']), Some((999, "bye".to_owned())));
        assert_eq!(forbidden(&[0x88, 0x82, 1, 2, 3, 4, 1 ^ 0x03, 2 ^ 0xed]), Some((1005, String::new())));
        assert_eq!(forbidden(&[0x81, 4, 0x88, 2, 3, 0xe7, 0x88, 2, 3, 0xe7]), Some((999, String::new())));
        // One that may be sent, one that is not whole, none, and what only looks like one.
        for bytes in [
            &[0x88, 2, 3, 0xe8][..],
            &[0x88, 4, 3, 0xe7],
            &[0x88, 0],
            &[0x88, 1, 3],
            &[0x81, 2, 3, 0xe7],
            &[0x82, 4, 0x88, 2, 3, 0xe7],
        ] {
            assert_eq!(forbidden(bytes), None, "{bytes:?}");
        }
    }
}
