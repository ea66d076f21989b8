//! What passes beside what is drawn, kept for people who look at the wire: handshakes, preambles, echoes. Nothing is judged
//! by it.

use super::Driver;
use super::conn::{Conn, Pair, Purpose as For};
use super::line::Line;
use crate::net::{HeadLines, Response};
use crate::run::links::{Passed, head_of};
use crate::trace::{Aside, Content, Head, Moment, Purpose};
use crate::wire::{Channel, Observed, Raw};

/// How much of it is kept, in bytes.
const KEPT: usize = 8 << 20;
/// What one of them takes beside its content, about.
const EACH: usize = 160;
/// Who is not drawn.
const NOBODY: u32 = u32::MAX;

/// All of it, as far as it is kept.
#[derive(Debug, Default)]
pub(super) struct Beside {
    all: Vec<Aside>,
    size: usize,
    left: u64,
}

impl Beside {
    fn keep(&mut self, aside: Aside) {
        self.size = self.size.saturating_add(EACH + aside.content.size());
        if self.size > KEPT {
            self.left += 1;
        } else {
            self.all.push(aside);
        }
    }

    /// Keeps a frame that was received and is nothing to judge.
    pub(super) fn frame(&mut self, after: usize, at: Moment, (from, to): (u32, u32), frame: Raw) {
        let (purpose, content) = (Purpose::Ignored, Content::Frame(frame));
        self.keep(Aside { after, at, from, to, sent: false, channel: Channel::Socket, purpose, content });
    }

    /// Keeps something that was received and is nothing to judge.
    pub(super) fn observed(
        &mut self,
        after: usize,
        at: Moment,
        (from, to): (u32, u32),
        channel: Channel,
        observed: Observed,
    ) {
        let (purpose, content) = (Purpose::Ignored, Content::Observed(observed));
        self.keep(Aside { after, at, from, to, sent: false, channel, purpose, content });
    }

    /// What was kept, and how much was not.
    pub(super) fn over(mut self) -> Vec<Aside> {
        if let (left @ 1.., Some(last)) = (self.left, self.all.last().cloned()) {
            self.all.push(Aside { purpose: Purpose::Ignored, content: Content::Left(left), ..last });
        }
        self.all
    }
}

/// A head as it is kept.
fn kept((line, fields): HeadLines) -> Head {
    Head { line, fields }
}

fn text(bytes: &[u8]) -> Option<Raw> {
    if bytes.is_empty() {
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Raw::Text(text.into()),
        Err(_) => Raw::Binary(bytes.into()),
    })
}

/// What a request is for, where the client has made it.
fn purpose(conn: &Conn, passed: &Passed, channel: Channel) -> Purpose {
    if channel == Channel::Socket {
        return Purpose::Handshake;
    }
    let asking = conn.asking.as_ref().filter(|asking| asking.ticket == passed.ticket);
    match asking.map(|asking| &asking.purpose) {
        Some(For::Login(_)) => Purpose::Before,
        Some(For::Echo) => Purpose::Echo,
        Some(For::Arrow | For::Poll(_)) | None => Purpose::Http,
    }
}

impl Line<'_> {
    /// Keeps the heads that have passed since this was done last, behind so many entries of the trace.
    pub(super) fn keep_heads(&mut self, after: usize) {
        for mut passed in self.links.passed() {
            let at = self.moment(self.clock.moment(passed.at));
            let Some((conn, channel)) = self.conns.of(passed.ticket) else { continue };
            let purpose = purpose(conn, &passed, channel);
            let (client, server) = (conn.pair.0.0, conn.pair.1.0);
            let (from, to) = if passed.sent { (client, server) } else { (server, client) };
            // The body of a request that is drawn stands with its arrow.
            let body = passed.body.take().filter(|_| purpose != Purpose::Http);
            let content = Content::Head(kept(passed.head), body.and_then(|body| text(&body)));
            self.beside.keep(Aside { after, at, from, to, sent: passed.sent, channel, purpose, content });
        }
    }
}

impl Driver<'_> {
    fn aside(&mut self, sent: bool, (from, to): (u32, u32), channel: Channel, purpose: Purpose, content: Content) {
        let after = self.oracle.log().len();
        self.line.keep_heads(after);
        let at: Moment = self.line.now();
        self.line.beside.keep(Aside { after, at, from, to, sent, channel, purpose, content });
    }

    /// Frames that the tool has sent.
    pub(super) fn sent_beside(&mut self, pair: Pair, purpose: Purpose, frames: &[Raw]) {
        for raw in frames {
            self.aside(true, (pair.0.0, pair.1.0), Channel::Socket, purpose, Content::Frame(raw.clone()));
        }
    }

    /// Something that was received.
    pub(super) fn received_beside(&mut self, pair: Pair, channel: Channel, purpose: Purpose, observed: Observed) {
        self.stage.words.binding().hide(&observed);
        self.aside(false, (pair.1.0, pair.0.0), channel, purpose, Content::Observed(observed));
    }

    /// A frame that was received and is nothing to judge.
    pub(super) fn frame_beside(&mut self, pair: Pair, purpose: Purpose, raw: Raw) {
        self.aside(false, (pair.1.0, pair.0.0), Channel::Socket, purpose, Content::Frame(raw));
    }

    /// The head of an answer that the tool gives.
    pub(super) fn answered_beside(&mut self, pair: Pair, channel: Channel, response: &Response) {
        let purpose = if channel == Channel::Socket { Purpose::Handshake } else { Purpose::Http };
        let content = Content::Head(kept(head_of(response)), text(&response.body));
        self.aside(true, (pair.0.0, pair.1.0), channel, purpose, content);
    }

    /// Somebody asks who is not drawn, and is answered by the tool itself.
    pub(super) fn stranger_beside(&mut self, server: u32, asked: &Observed, response: &Response) {
        let (asking, answering) = (Content::Observed(asked.clone()), text(&response.body));
        self.aside(false, (NOBODY, server), Channel::Http, Purpose::Http, asking);
        let content = Content::Head(kept(head_of(response)), answering);
        self.aside(true, (server, NOBODY), Channel::Http, Purpose::Http, content);
    }
}
