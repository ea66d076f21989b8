//! Where a message begins and ends on a plain stream of bytes: a connection that has no frames of its own.
//!
//! [`Framing`] is how a protocol says it, as plain data; [`Cutter`] cuts what comes into messages, and
//! [`Framing::wrap`] puts around a message what the other side needs to do the same. Pure: no socket, no clock.

mod cut;

pub use cut::{Cutter, LARGEST, quoted};

/// How a protocol says where a message ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// At the end of its line: LF, or CRLF. What is sent ends with LF. Empty lines are none.
    #[default]
    Lines,
    /// At CRLF. Empty lines are none.
    Crlf,
    /// At a NUL. Empty messages are none.
    Nul,
    /// Where its length says that stands in two bytes before it, the high one first.
    U16,
    /// Where its length says that stands in four bytes before it, the highest first.
    U32,
    /// The same with the lowest byte first.
    U32Le,
    /// Where its length says that stands before it in groups of seven bits, the lowest first.
    Varint,
    /// Where the header `Content-Length` says, in a head as of HTTP before each message.
    ContentLength,
    /// What comes is handed on as it comes: the codec finds the ends.
    Unframed,
}

impl Framing {
    /// All with the words that binding files write, and what they are for.
    pub const ALL: [(Framing, &'static str, &'static str); 9] = [
        (Framing::Lines, "lines", "a message is a line that ends with LF or CRLF; seqcheck sends LF"),
        (Framing::Crlf, "crlf", "a message is a line that ends with CRLF"),
        (Framing::Nul, "nul", "a message ends with a NUL"),
        (Framing::U16, "u16", "the length of each message is in two bytes before it, the most significant byte first"),
        (Framing::U32, "u32", "the length of each message is in four bytes before it, the most significant byte first"),
        (Framing::U32Le, "u32le", "the same, with the least significant byte first"),
        (
            Framing::Varint,
            "varint",
            "the length of each message is before it in groups of seven bits, the least significant group first",
        ),
        (Framing::ContentLength, "content-length", "headers are before each message, and Content-Length is its length"),
        (Framing::Unframed, "none", "the codec itself finds the ends of messages"),
    ];

    /// The word that binding files write.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(framing, _, _)| framing == self).map_or("lines", |(_, word, _)| word)
    }

    /// A message with what shows where it ends.
    ///
    /// # Errors
    /// Why the message cannot stand in this framing.
    pub fn wrap(self, message: &[u8]) -> Result<Vec<u8>, String> {
        if message.len() > LARGEST {
            return Err(format!("a message of {} bytes is over the limit of {LARGEST} bytes", message.len()));
        }
        let ended = |message: &[u8], end: &[u8], what: &str| {
            if contains(message, end) {
                return Err(format!(
                    "a message that contains {what} cannot be sent with `framing = \"{}\"`",
                    self.word()
                ));
            }
            Ok([message, end].concat())
        };
        let counted = |length: &[u8]| [length, message].concat();
        match self {
            // Codecs for lines write the end of theirs themselves.
            Framing::Lines => {
                let line = message.strip_suffix(b"\n").unwrap_or(message);
                ended(line.strip_suffix(b"\r").unwrap_or(line), b"\n", "a line break")
            }
            Framing::Crlf => {
                let line = message.strip_suffix(b"\n").unwrap_or(message);
                ended(line.strip_suffix(b"\r").unwrap_or(line), b"\r\n", "a line break")
            }
            Framing::Nul => ended(message.strip_suffix(b"\0").unwrap_or(message), b"\0", "a NUL"),
            Framing::U16 => {
                let length = u16::try_from(message.len()).map_err(|_| {
                    format!("a message of {} bytes is too long for a length in two bytes", message.len())
                })?;
                Ok(counted(&length.to_be_bytes()))
            }
            // No message is longer than the limit above.
            Framing::U32 => Ok(counted(&(message.len() as u32).to_be_bytes())),
            Framing::U32Le => Ok(counted(&(message.len() as u32).to_le_bytes())),
            Framing::Varint => Ok(counted(&varint(message.len()))),
            Framing::ContentLength => Ok(counted(format!("Content-Length: {}\r\n\r\n", message.len()).as_bytes())),
            Framing::Unframed => Ok(message.to_vec()),
        }
    }
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

fn contains(message: &[u8], what: &[u8]) -> bool {
    message.windows(what.len()).any(|window| window == what)
}
