//! The messages in the bytes of a WebSocket (RFC 6455, section 5), read beside what passes.

use crate::induce::{Side, What};
use crate::wire::Raw;
use bytes::{Buf as _, BytesMut};

/// So long a message may be that is kept; a longer one passes, and is kept as its beginning.
pub const MESSAGE: usize = 16 << 20;

/// One direction of a socket.
#[derive(Debug)]
pub(super) struct Frames {
    from: Side,
    came: BytesMut,
    /// What came of a message in several frames, and whether it is text.
    begun: Option<(bool, Vec<u8>)>,
    /// What follows is no WebSocket, or nothing.
    over: bool,
}

/// The head of a frame.
struct Head {
    last: bool,
    opcode: u8,
    mask: Option<[u8; 4]>,
    length: usize,
    /// How long the head itself is.
    own: usize,
}

fn head(bytes: &[u8]) -> Option<Head> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (length, mut own) = match second & 0x7f {
        126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
        short => (u64::from(short), 2),
    };
    let mask = if second & 0x80 == 0 {
        None
    } else {
        own += 4;
        Some(bytes.get(own - 4..own)?.try_into().ok()?)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Some(Head { last: first & 0x80 != 0, opcode: first & 0x0f, mask, length, own })
}

impl Frames {
    /// Whose they are.
    pub fn from(&self) -> Side {
        self.from
    }

    pub fn new(from: Side) -> Frames {
        Frames { from, came: BytesMut::new(), begun: None, over: false }
    }

    /// Takes in what has passed, and tells what is whole.
    pub fn feed(&mut self, bytes: &[u8], tell: &mut (dyn FnMut(What) + Send)) {
        if self.over {
            return;
        }
        self.came.extend_from_slice(bytes);
        while let Some(head) = head(&self.came) {
            let Some(whole) = head.own.checked_add(head.length).filter(|whole| *whole <= MESSAGE) else {
                // Nobody could keep it: what follows is not read any more.
                self.over = true;
                self.came.clear();
                return;
            };
            if self.came.len() < whole {
                return;
            }
            self.came.advance(head.own);
            let mut payload = self.came.split_to(head.length);
            if let Some(mask) = head.mask {
                payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            }
            self.frame(&head, &payload, tell);
        }
    }

    fn frame(&mut self, head: &Head, payload: &[u8], tell: &mut (dyn FnMut(What) + Send)) {
        match head.opcode {
            0 => {
                let Some((_, begun)) = &mut self.begun else { return };
                if begun.len() + payload.len() <= MESSAGE {
                    begun.extend_from_slice(payload);
                }
            }
            1 | 2 => self.begun = Some((head.opcode == 1, payload.to_vec())),
            8 => {
                let code = payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
                tell(What::Close { from: self.from, code });
                self.over = true;
                return;
            }
            // Pings, pongs and what nobody has defined are no messages.
            _ => return,
        }
        if head.last
            && let Some((text, bytes)) = self.begun.take()
        {
            let raw = match String::from_utf8(bytes) {
                Ok(string) if text => Raw::Text(string.into()),
                Ok(string) => Raw::Binary(string.into_bytes().into()),
                Err(error) => Raw::Binary(error.into_bytes().into()),
            };
            tell(What::Frame { from: self.from, raw });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<What> {
        let mut frames = Frames::new(Side::Client);
        let mut told = Vec::new();
        pieces.iter().for_each(|piece| frames.feed(piece, &mut |what| told.push(what)));
        told
    }

    fn text(text: &str) -> What {
        What::Frame { from: Side::Client, raw: Raw::Text(text.into()) }
    }

    #[test]
    fn messages_are_read_however_they_are_cut() {
        // "Hello" masked (RFC 6455, section 5.7), a ping, then "Hel" and "lo" in two frames, then Close 1000.
        let bytes: &[u8] = &[
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, // Hello
            0x89, 0x00, 0x01, 0x03, 0x48, 0x65, 0x6c, 0x89, 0x00, 0x80, 0x02, 0x6c, 0x6f, 0x88, 0x02, 0x03, 0xe8,
        ];
        let all = [text("Hello"), text("Hello"), What::Close { from: Side::Client, code: Some(1000) }];
        assert_eq!(read(&[bytes]), all);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single), all);
    }

    #[test]
    fn what_is_too_long_or_no_text_is_no_panic() {
        assert_eq!(read(&[&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]]), []);
        let bytes = What::Frame { from: Side::Client, raw: Raw::Binary([0xff][..].into()) };
        assert_eq!(read(&[&[0x81, 0x01, 0xff]]), [bytes]);
        assert_eq!(read(&[&[0x80, 0x01, 0x41], &[0x83, 0x00]]), [], "a continuation of nothing, an unknown opcode");
    }
}
