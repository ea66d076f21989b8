use super::Moment;
use crate::wire::{Channel, Observed, Raw};

/// Something that passed on the wire and that no arrow draws: a handshake, a preamble, an echo. It is recorded for people who
/// look at the wire, and never judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Aside {
    /// So many entries of the trace were recorded before it.
    pub after: usize,
    /// When.
    pub at: Moment,
    /// Who said it, as an index of the order; a number that no lifeline has where nobody is drawn for it.
    pub from: u32,
    /// To whom.
    pub to: u32,
    /// The tool said it.
    pub sent: bool,
    /// On which connection.
    pub channel: Channel,
    /// What it is for.
    pub purpose: Purpose,
    /// What it is.
    pub content: Content,
}

/// What something that no arrow draws is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The handshake of a WebSocket, with the redirects and the tries before it.
    Handshake,
    /// A request before the handshake, and its answer.
    Before,
    /// What is exchanged behind the handshake before anything that is drawn.
    Preamble,
    /// A further frame of an arrow that is more than one.
    Step,
    /// The acknowledgement of an arrow's frames.
    Reply,
    /// Said from time to time, so that the connection stays.
    KeepAlive,
    /// Asked to know that all that was sent before is handled, and its answer.
    Echo,
    /// What the binding or its codec answers by itself, and what it answers.
    Answer,
    /// What the binding ignores.
    Ignored,
    /// The head of a request, or of its answer.
    Http,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 10] = [
        Purpose::Handshake,
        Purpose::Before,
        Purpose::Preamble,
        Purpose::Step,
        Purpose::Reply,
        Purpose::KeepAlive,
        Purpose::Echo,
        Purpose::Answer,
        Purpose::Ignored,
        Purpose::Http,
    ];

    /// The word by which logs mark it.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Handshake => "handshake",
            Purpose::Before => "before",
            Purpose::Preamble => "preamble",
            Purpose::Step => "step",
            Purpose::Reply => "reply",
            Purpose::KeepAlive => "keep-alive",
            Purpose::Echo => "echo",
            Purpose::Answer => "answer",
            Purpose::Ignored => "ignored",
            Purpose::Http => "http",
        }
    }
}

/// What passed.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The head of a request or of an answer, and the body of a request that no arrow draws.
    Head(Head, Option<Raw>),
    /// A frame.
    Frame(Raw),
    /// Something received, as the binding reads it.
    Observed(Observed),
    /// So many more of them were not kept.
    Left(u64),
}

/// The head of a request, or of an answer, in HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its first line.
    pub line: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

impl Content {
    /// How many bytes it has, about.
    pub fn size(&self) -> usize {
        let raw = |raw: &Raw| match raw {
            Raw::Text(text) => text.len(),
            Raw::Binary(bytes) => bytes.len(),
        };
        match self {
            Content::Head(head, body) => {
                let fields: usize = head.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
                head.line.len() + fields + body.as_ref().map_or(0, raw)
            }
            Content::Frame(frame) => raw(frame),
            Content::Observed(observed) => observed.size(),
            Content::Left(_) => 0,
        }
    }
}
