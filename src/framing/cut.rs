use super::Framing;
use bytes::{Buf as _, Bytes, BytesMut};

/// The longest message, in bytes: that of a WebSocket.
pub const LARGEST: usize = 16 << 20;
/// The longest head before a message, in bytes.
const HEAD: usize = 64 << 10;
/// So many bytes a length in groups of seven bits may take: all that a number of 64 bits needs.
const GROUPS: usize = 10;

/// Cuts what comes on one connection into messages.
#[derive(Debug)]
pub struct Cutter {
    framing: Framing,
    pending: BytesMut,
    /// Before here in what is pending nothing ends.
    looked: usize,
    /// Nothing can be cut any more.
    lost: bool,
}

/// A message in what is pending: where it begins, its length, and where the next one begins.
struct Found {
    start: usize,
    length: usize,
    end: usize,
}

impl Cutter {
    /// For a new connection.
    pub fn new(framing: Framing) -> Cutter {
        Cutter { framing, pending: BytesMut::new(), looked: 0, lost: false }
    }

    /// Takes what has come. [`Cutter::cut`] is to be asked until it has none before more is taken, so that what is
    /// pending is bounded by the longest message.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// How many bytes have come of what is not cut yet.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The next message that is complete.
    ///
    /// # Errors
    /// What has come is no message, or one that is too long. Nothing can be cut any more then.
    pub fn cut(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            if self.lost || self.pending.is_empty() {
                return Ok(None);
            }
            let found = self.find().inspect_err(|_| self.lost = true)?;
            let Some(Found { start, length, end }) = found else { return Ok(None) };
            self.looked = 0;
            let mut message = self.pending.split_to(end);
            message.advance(start);
            message.truncate(length);
            // Nobody means anything by a line that is empty; a length of nothing is an empty message.
            let is_ended = matches!(self.framing, Framing::Lines | Framing::Crlf | Framing::Nul);
            if !(message.is_empty() && is_ended) {
                return Ok(Some(message.freeze()));
            }
        }
    }

    /// What is left where nothing more comes: a last line without its end is a message. Anything else is a part of one, and
    /// stays pending.
    pub fn rest(&mut self) -> Option<Bytes> {
        match self.framing {
            _ if self.lost => None,
            Framing::Lines | Framing::Crlf => {
                let rest = std::mem::take(&mut self.pending);
                let line = rest.strip_suffix(b"\r").unwrap_or(&rest);
                (!line.is_empty()).then(|| Bytes::copy_from_slice(line))
            }
            Framing::Nul | Framing::U16 | Framing::U32 | Framing::U32Le | Framing::Varint | Framing::ContentLength => {
                None
            }
            // What comes is cut at once.
            Framing::Unframed => None,
        }
    }

    fn find(&mut self) -> Result<Option<Found>, String> {
        match self.framing {
            Framing::Lines => Ok(self.ended(b"\n", "a line")?.map(|found| match self.pending[..found.length] {
                [.., b'\r'] => Found { length: found.length - 1, ..found },
                _ => found,
            })),
            Framing::Crlf => self.ended(b"\r\n", "a line"),
            Framing::Nul => self.ended(b"\0", "a message"),
            Framing::U16 => self.counted(2, |bytes| u64::from(u16::from_be_bytes([bytes[0], bytes[1]]))),
            Framing::U32 => self.counted(4, |bytes| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte))),
            Framing::U32Le => {
                self.counted(4, |bytes| bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
            }
            Framing::Varint => {
                let last = self.pending.iter().take(GROUPS).position(|byte| byte & 0x80 == 0);
                match last {
                    Some(last) => self.counted(last + 1, |bytes| {
                        let groups = bytes.iter().rev();
                        groups.fold(0, |all: u64, byte| all.wrapping_shl(7) | u64::from(byte & 0x7f))
                    }),
                    None if self.pending.len() >= GROUPS => {
                        Err(format!("a length of more than {GROUPS} bytes, with `framing = \"varint\"`"))
                    }
                    None => Ok(None),
                }
            }
            Framing::ContentLength => self.headed(),
            Framing::Unframed => {
                let length = self.pending.len();
                Ok(Some(Found { start: 0, length, end: length }))
            }
        }
    }

    /// A message that is ended by something.
    fn ended(&mut self, end: &[u8], what: &str) -> Result<Option<Found>, String> {
        let from = self.looked.min(self.pending.len());
        let at = find(&self.pending[from..], end).map(|at| from + at);
        if at.unwrap_or(self.pending.len()) > LARGEST {
            return Err(over(what));
        }
        // The first part of its end may have come.
        self.looked = (self.pending.len() + 1).saturating_sub(end.len());
        Ok(at.map(|at| Found { start: 0, length: at, end: at + end.len() }))
    }

    /// A message whose length stands in so many bytes before it.
    fn counted(&self, size: usize, length: impl Fn(&[u8]) -> u64) -> Result<Option<Found>, String> {
        let Some(bytes) = self.pending.get(..size) else { return Ok(None) };
        let length = length(bytes);
        let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST).ok_or_else(|| {
            let word = self.framing.word();
            format!("a message of {length} bytes is over the limit of {LARGEST} bytes, with `framing = \"{word}\"`")
        })?;
        let end = size + length;
        Ok((self.pending.len() >= end).then_some(Found { start: size, length, end }))
    }

    /// A message behind a head.
    fn headed(&mut self) -> Result<Option<Found>, String> {
        let head = self.ended(b"\r\n\r\n", "the head of a message")?;
        if head.as_ref().map_or(self.pending.len(), |head| head.length) > HEAD && head.is_none() {
            return Err(format!("the head of a message is over {HEAD} bytes"));
        }
        let Some(Found { length: head, end: start, .. }) = head else { return Ok(None) };
        // The body may be long in coming: the end of the head is found at once then.
        self.looked = head;
        let text = std::str::from_utf8(&self.pending[..head]).map_err(|_| no_head(&self.pending[..head]))?;
        let mut length = None;
        for line in text.split("\r\n") {
            let (name, value) = line.split_once(':').ok_or_else(|| no_head(line.as_bytes()))?;
            if name.trim().eq_ignore_ascii_case("content-length") {
                length = Some(value.trim());
            }
        }
        let length = length.ok_or("the head of a message has no Content-Length")?;
        let number: usize = length.parse().map_err(|_| format!("{} is not a Content-Length", quoted(length)))?;
        if number > LARGEST {
            return Err(format!("a message of {number} bytes is over the limit of {LARGEST} bytes"));
        }
        let end = start + number;
        Ok((self.pending.len() >= end).then_some(Found { start, length: number, end }))
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn over(what: &str) -> String {
    format!("{what} is over the limit of {LARGEST} bytes")
}

fn no_head(line: &[u8]) -> String {
    let line = quoted(&String::from_utf8_lossy(line));
    format!("{line} is not a header before a message, with `framing = \"content-length\"`")
}

/// So many characters of somebody else's text stand in an error.
const QUOTED: usize = 80;

/// A text of somebody else's for an error: whole, or as how long it is. Of a longer one no part is told, since whoever hides
/// what an error must not show would not find what stands where it is cut.
pub fn quoted(text: &str) -> String {
    match text.chars().nth(QUOTED) {
        None => format!("`{text}`"),
        Some(_) => format!("a text of {} characters", text.chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a stream is cut into when it comes in parts of this size, and how it ends.
    fn cut(framing: Framing, bytes: &[u8], part: usize) -> (Vec<Vec<u8>>, Result<(), String>) {
        let mut cutter = Cutter::new(framing);
        let mut all = Vec::new();
        for part in bytes.chunks(part) {
            cutter.feed(part);
            loop {
                match cutter.cut() {
                    Ok(Some(message)) => all.push(message.to_vec()),
                    Ok(None) => break,
                    Err(why) => return (all, Err(why)),
                }
            }
        }
        all.extend(cutter.rest().map(|rest| rest.to_vec()));
        let left = cutter.pending();
        (
            all,
            if left == 0 { Ok(()) } else { Err(format!("end of stream within a message, of which {left} bytes came")) },
        )
    }

    #[test]
    fn what_is_wrapped_is_cut_again_however_it_comes() {
        let messages: [&[u8]; 4] = [b"{\"a\":1}", b"x", b"caf\xc3\xa9 \xff", &[b'y'; 300]];
        for (framing, word, _) in Framing::ALL.into_iter().filter(|(framing, ..)| *framing != Framing::Unframed) {
            let wrapped: Vec<u8> = messages.iter().flat_map(|message| framing.wrap(message).expect(word)).collect();
            for part in [1, 2, 3, 7, 10_000] {
                let (all, end) = cut(framing, &wrapped, part);
                assert_eq!((all.as_slice(), end), (&messages.map(<[u8]>::to_vec)[..], Ok(())), "{word} by {part}");
            }
        }
        assert_eq!(cut(Framing::Unframed, b"abcd", 2).0, [b"ab", b"cd"]);
    }

    /// What stands where a text is cut would not be found by who hides it.
    #[test]
    fn a_text_is_quoted_whole_or_not_at_all() {
        assert_eq!(quoted(&"é".repeat(QUOTED)), format!("`{}`", "é".repeat(QUOTED)));
        assert_eq!(quoted(&"é".repeat(QUOTED + 1)), "a text of 81 characters");
        let (_, end) = cut(Framing::ContentLength, format!("{}\r\n\r\n", "x".repeat(90)).as_bytes(), 7);
        let why = end.expect_err("not a header");
        assert!(why.starts_with("a text of 90 characters is not a header before a message"), "{why}");
    }

    #[test]
    fn lines_end_as_people_end_them_and_the_last_need_not() {
        let (all, _) = cut(Framing::Lines, b"a\r\n\n\r\nb\nlast", 3);
        assert_eq!(all, [&b"a"[..], b"b", b"last"]);
        let (all, _) = cut(Framing::Crlf, b"a\nb\r\n\r\nlast\r", 1);
        assert_eq!(all, [&b"a\nb"[..], b"last"]);
        // Codecs for lines end them themselves.
        assert_eq!(Framing::Lines.wrap(b"a\r\n"), Framing::Lines.wrap(b"a"));
        assert_eq!(Framing::Crlf.wrap(b"a\n"), Ok(b"a\r\n".to_vec()));
    }

    #[test]
    fn headers_are_read_as_those_of_http_are() {
        let (all, end) = cut(
            Framing::ContentLength,
            b"content-length:2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}Content-Length: 0\r\n\r\n",
            5,
        );
        assert_eq!((all, end), (vec![b"{}".to_vec(), Vec::new()], Ok(())));
    }

    #[test]
    fn what_is_no_message_is_told_and_nothing_is_read_behind_it() {
        let long = vec![b'x'; HEAD + 10];
        let cases: [(Framing, &[u8], &str); 9] = [
            (Framing::ContentLength, b"{\"a\":1}\r\n\r\n", "has no Content-Length"),
            (Framing::ContentLength, b"hello\r\n\r\n", "`hello` is not a header before a message"),
            (Framing::ContentLength, b"A: b\r\n\r\n", "has no Content-Length"),
            (Framing::ContentLength, b"Content-Length: -1\r\n\r\n", "`-1` is not a Content-Length"),
            (Framing::ContentLength, b"Content-Length: 99999999\r\n\r\n", "over the limit of 16777216 bytes"),
            (Framing::ContentLength, &long, "the head of a message is over 65536 bytes"),
            (Framing::U32, b"GET / HTTP/1.1\r\n", "a message of 1195725856 bytes is over the limit"),
            (Framing::Varint, &[0xff; 11], "a length of more than 10 bytes"),
            (Framing::U16, &[0, 9, 1], "end of stream within a message, of which 3 bytes came"),
        ];
        for (framing, bytes, told) in cases {
            let (all, end) = cut(framing, bytes, 4096);
            let why = end.expect_err(framing.word());
            assert!(why.contains(told), "{why}");
            assert!(all.is_empty(), "{all:?}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_no_longer_than_a_message_may_be_and_is_looked_through_once() {
        let mut cutter = Cutter::new(Framing::Lines);
        let part = vec![b'x'; 16 << 10];
        let mut fed = 0;
        let why = loop {
            cutter.feed(&part);
            fed += part.len();
            assert!(cutter.looked <= fed && cutter.pending.len() - cutter.looked <= part.len());
            match cutter.cut() {
                Ok(found) => assert!(found.is_none()),
                Err(why) => break why,
            }
        };
        assert_eq!(why, "a line is over the limit of 16777216 bytes");
        assert!(fed <= LARGEST + part.len());
        cutter.feed(b"\nnext\n");
        assert_eq!((cutter.cut(), cutter.rest()), (Ok(None), None));
    }

    #[test]
    fn what_has_no_place_in_a_framing_is_refused() {
        for (framing, message) in [
            (Framing::Lines, &b"a\nb"[..]),
            (Framing::Crlf, b"a\r\nb"),
            (Framing::Nul, b"a\0b"),
            (Framing::U16, &[0; 70_000]),
            (Framing::Varint, &vec![0; LARGEST + 1]),
        ] {
            assert!(framing.wrap(message).is_err(), "{framing:?}");
        }
    }
}
