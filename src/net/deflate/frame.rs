//! Frames (RFC 6455, section 5.2), as far as a layer below a WebSocket has to know of them.

use bytes::BytesMut;

/// The head of a frame.
pub(in crate::net) struct Head {
    pub(in crate::net) first: u8,
    pub(in crate::net) mask: Option<[u8; 4]>,
    /// Where its payload begins, and how long that is.
    pub(in crate::net) start: usize,
    pub(in crate::net) length: usize,
}

impl Head {
    /// None where it is not there as a whole.
    pub(in crate::net) fn read(bytes: &[u8]) -> Option<Head> {
        let (&first, &second) = (bytes.first()?, bytes.get(1)?);
        let (mut start, length) = match second & 0x7f {
            126 => (4, u64::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)),
            short => (2, u64::from(short)),
        };
        let mask = if second & 0x80 == 0 {
            None
        } else {
            let mask = *bytes.get(start..)?.first_chunk()?;
            start += 4;
            Some(mask)
        };
        Some(Head { first, mask, start, length: usize::try_from(length).unwrap_or(usize::MAX) })
    }

    pub(in crate::net) fn end(&self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// Whether its length is written in no more bytes than it needs.
    pub(in crate::net) fn is_shortest(&self) -> bool {
        match self.start - if self.mask.is_some() { 4 } else { 0 } {
            2 => true,
            4 => self.length >= 126,
            _ => self.length > 0xffff,
        }
    }

    pub(in crate::net) fn is_control(&self) -> bool {
        self.first & 0x08 != 0
    }
}

/// Writes a frame.
pub(in crate::net) fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8], out: &mut BytesMut) {
    begin(first, mask, payload.len(), out);
    match mask {
        Some(mask) => out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask)),
        None => out.extend_from_slice(payload),
    }
}

/// Writes the head of a frame whose payload is so long.
pub(in crate::net) fn begin(first: u8, mask: Option<[u8; 4]>, length: usize, out: &mut BytesMut) {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    out.extend_from_slice(&[first]);
    match length {
        short @ 0..126 => out.extend_from_slice(&[masked | short as u8]),
        middle @ 126..0x1_0000 => {
            out.extend_from_slice(&[masked | 126]);
            out.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            out.extend_from_slice(&[masked | 127]);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(mask.as_ref().map_or(&[], |mask| mask));
}
