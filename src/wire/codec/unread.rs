use super::bounds;
use crate::wire::Raw;

/// What came of a stream of messages that begin with a line (RESP, NATS), and is not read yet. Frames cut such a stream
/// anywhere; what has been looked through for the end of a line is not looked through again.
#[derive(Default)]
pub(super) struct Unread {
    bytes: Vec<u8>,
    /// Where what is not read begins.
    start: usize,
    /// From `start` to here no line ends.
    looked: usize,
}

impl Unread {
    /// Adds what came.
    pub(super) fn extend(&mut self, raw: &Raw) {
        self.bytes.drain(..std::mem::take(&mut self.start));
        self.bytes.extend_from_slice(match raw {
            Raw::Text(text) => text.as_bytes(),
            Raw::Binary(bytes) => bytes,
        });
    }

    /// How many bytes are not read.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// What is not read, and where its first line ends; none where no line has ended. A line has [`bounds::HEAD`] bytes at
    /// most, `protocol` names it where it has more.
    pub(super) fn line(&mut self, protocol: &str) -> Result<Option<(&[u8], usize)>, String> {
        let rest = &self.bytes[self.start..];
        let end = rest[self.looked..].windows(2).position(|pair| pair == b"\r\n").map(|at| self.looked + at);
        if end.unwrap_or(rest.len()) > bounds::HEAD {
            return Err(format!("a {protocol} line of more than {} bytes", bounds::HEAD));
        }
        // The first half of its end may have come.
        self.looked = end.unwrap_or(rest.len().saturating_sub(1));
        Ok(end.map(|end| (rest, end)))
    }

    /// So many bytes are read.
    pub(super) fn pass(&mut self, read: usize) {
        self.start += read;
        self.looked = 0;
    }
}
