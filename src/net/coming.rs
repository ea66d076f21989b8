use super::watched::Watch;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of something has come that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// So many bytes.
    pub came: usize,
    /// Of so many; none where nothing has said how many there are.
    pub of: Option<usize>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.came, self.of) {
            (came, Some(of)) => write!(f, "{came} of {of} bytes"),
            (1, None) => f.write_str("1 byte"),
            (came, None) => write!(f, "{came} bytes"),
        }
    }
}

/// What has begun to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A message of a WebSocket or of a plain stream.
    Message(Part),
    /// A ping, a pong or a Close of a WebSocket.
    Control(Part),
    /// An event of an event stream.
    Event(Part),
    /// An answer over HTTP, of which the head is not whole. Where nothing of it came, only interim answers did.
    Head(Part),
    /// An answer over HTTP, of which the body is not whole.
    Body(Part),
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, part, of) = match self {
            Begun::Message(part) => ("message", part, ""),
            Begun::Control(part) => ("control frame", part, ""),
            Begun::Event(part) => ("event", part, ""),
            Begun::Head(Part { came: 0, .. }) => {
                return f.write_str("an incomplete answer (only interim answers, status 1xx)");
            }
            Begun::Head(part) => ("answer", part, " of its head"),
            Begun::Body(part) => ("answer", part, " of its body"),
        };
        match part.came {
            0 => write!(f, "an incomplete {what} (only its head)"),
            _ => write!(f, "an incomplete {what} ({part}{of})"),
        }
    }
}

/// What on a connection is a fault whatever is drawn of its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Torn {
    /// This was not whole when that came: `the end of the connection`.
    Cut(Begun, &'static str),
    /// A rule or a limit was broken.
    Broken(String),
    /// So many bytes came behind the end of an answer over HTTP, in one piece with it.
    Behind(usize),
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Torn::Cut(begun, by) => write!(f, "{begun}, and then {by}"),
            Torn::Broken(how) => f.write_str(how),
            Torn::Behind(came) => write!(f, "{} after the end of an answer", Part { came: *came, of: None }),
        }
    }
}

/// How a connection ended, with what had come by then: `end of stream, in an incomplete answer (11 of 40 bytes of its body)`.
pub(super) fn within(how: String, begun: Option<Begun>) -> String {
    begun.map(|begun| format!("{how}, in {begun}")).unwrap_or(how)
}

/// What has come of an answer over HTTP, for whoever looks while it is waited for, and what came behind it and behind those
/// that led to it.
#[derive(Clone, Debug, Default)]
pub struct Coming(Arc<Mutex<(Option<Begun>, usize)>>);

impl Coming {
    /// What has begun; none where nothing has come.
    pub fn begun(&self) -> Option<Begun> {
        self.it().0
    }

    /// Nothing has come: it begins anew.
    pub fn set_none(&self) {
        self.set(None);
    }

    /// The same, and nothing that came before counts.
    pub fn forget(&self) {
        *self.it() = (None, 0);
    }

    /// What came behind an answer and belongs to none; none where nothing did.
    pub fn torn(&self) -> Option<Torn> {
        let behind = self.it().1;
        (behind > 0).then_some(Torn::Behind(behind))
    }

    pub(super) fn set(&self, begun: Option<Begun>) {
        self.it().0 = begun;
    }

    pub(super) fn behind(&self, came: usize) {
        self.it().1 += came;
    }

    fn it(&self) -> MutexGuard<'_, (Option<Begun>, usize)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the three digits of a status stand in `HTTP/1.1 103`.
const STATUS: std::ops::Range<usize> = 9..12;

/// Counts what comes of the head of an answer. An interim one (RFC 9110, section 15.2) is none of it.
#[derive(Debug)]
pub struct Heads {
    coming: Coming,
    /// How much came of the head, and of its last line, but for its end.
    came: usize,
    line: usize,
    status: u32,
    whole: bool,
    /// What came last, of head or body.
    last: Option<u8>,
}

impl Heads {
    pub(super) fn new(coming: Coming) -> Heads {
        Heads { coming, came: 0, line: 0, status: 0, whole: false, last: None }
    }

    /// Whether what came last is the end of a line.
    pub(super) fn ends_a_line(&self) -> bool {
        self.last == Some(b'\n')
    }

    fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..200)
    }
}

impl Watch for Heads {
    fn take_in(&mut self, bytes: &[u8]) -> usize {
        self.last = bytes.last().copied().or(self.last);
        if self.whole {
            return bytes.len();
        }
        for byte in bytes {
            if STATUS.contains(&self.came) {
                self.status = self.status * 10 + u32::from(byte.wrapping_sub(b'0').min(9));
            }
            self.came += 1;
            match byte {
                b'\n' if self.line == 0 => {
                    // An empty line before a head is none of it either.
                    self.whole = !self.is_interim() && self.came > "\r\n".len();
                    if self.whole {
                        break;
                    }
                    (self.came, self.status) = (0, 0);
                }
                b'\n' => self.line = 0,
                b'\r' => {}
                _ => self.line += 1,
            }
        }
        let came = if self.is_interim() { 0 } else { self.came };
        self.coming.set(Some(Begun::Head(Part { came, of: None })));
        bytes.len()
    }
}
