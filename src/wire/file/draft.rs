use super::keys::{ACCEPT, AUTO, ENVELOPE, FILE, IGNORE};
use super::node::{Node, Shape};
use super::{ConnectDraft, Every, Follow, HttpStep, On, Reader, RuleDraft};
use crate::framing::Framing;
use crate::source::Span;
use crate::wire::codec::Codec;
use crate::wire::envelope::{Envelope, Holds, Within};
use crate::wire::file::connect::SendPattern;
use crate::wire::pattern::{Pattern, Recipes, Slots};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A binding file as written.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Draft {
    pub name: Option<String>,
    pub about: Option<String>,
    pub extends: Option<(String, Span)>,
    pub codec: Option<Codec>,
    pub framing: Option<Framing>,
    pub envelope: Option<Envelope>,
    /// `labels = "ignore-case"`
    pub any_case: Option<bool>,
    pub provides: Vec<String>,
    pub lasting: Vec<(String, Span)>,
    pub secret: Vec<(String, Span)>,
    pub vars: BTreeMap<String, Value>,
    /// The variables that are made of other values, and where they are.
    pub recipes: Recipes,
    pub made_at: BTreeMap<String, Span>,
    pub participants: BTreeMap<String, BTreeMap<String, Value>>,
    /// `[participants] server = [ … ]`
    pub server: Option<Vec<String>>,
    /// `[participants] silent = [ … ]`
    pub silent: Option<Vec<String>>,
    pub connect: Option<ConnectDraft>,
    /// `[accept] origins`
    pub origins: Option<Vec<String>>,
    /// `[participants.NAME.connect]`
    pub connect_of: BTreeMap<String, ConnectDraft>,
    pub auto: Vec<AutoDraft>,
    pub every: Vec<Every>,
    pub ignore: Vec<IgnoreDraft>,
    pub follow: Vec<Follow>,
    /// Ends of connections that are never an event.
    pub ends: Vec<IgnoredEnd>,
    /// `echo = false` is none, also where there is one to extend.
    pub echo: Option<Option<EchoDraft>>,
    /// `[participants.NAME.echo]`, and where it is.
    pub echo_of: BTreeMap<String, (EchoDraft, Span)>,
    pub setup: Vec<HttpStep>,
    pub teardown: Vec<HttpStep>,
    pub rules: Vec<RuleDraft>,
}

/// How the labels of rules are compared with those of a diagram, and whether in any case of their letters.
const LABELS: [(&str, bool); 2] = [("exact", false), ("ignore-case", true)];

/// `[[auto]]`
#[derive(Clone, Debug)]
pub(in crate::wire) struct AutoDraft {
    pub slots: Slots,
    pub receive: Pattern,
    pub send: SendPattern,
    /// Only where the diagram draws no such frame.
    pub undrawn: bool,
    pub span: Span,
}

/// `[[ignore]]`
#[derive(Clone, Debug)]
pub(in crate::wire) struct IgnoreDraft {
    pub slots: Slots,
    pub on: On,
    pub frame: Pattern,
    /// What is no noise, although it fits.
    pub unless: Option<Pattern>,
    /// Only where the diagram draws no such frame.
    pub undrawn: bool,
}

/// One of `[[ignore]]` with `close`: how a connection may end although nobody drew it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum IgnoredEnd {
    /// A Close with this code.
    Code(u16),
    /// A Close without a code, or no Close at all.
    Bare,
    /// Whatever ends a socket.
    Any,
    /// The end of an event stream.
    Stream,
}

/// `[echo]`
#[derive(Clone, Debug)]
pub(in crate::wire) enum EchoDraft {
    /// A frame, and what comes back.
    Frame { slots: Slots, client: SendPattern, server: Arc<Pattern> },
    /// A request, and its answer.
    Http(HttpStep),
}

impl EchoDraft {
    /// Its names.
    pub fn slots(&self) -> &Slots {
        match self {
            EchoDraft::Frame { slots, .. } => slots,
            EchoDraft::Http(step) => &step.slots,
        }
    }

    /// The same, to be changed.
    pub fn slots_mut(&mut self) -> &mut Slots {
        match self {
            EchoDraft::Frame { slots, .. } => slots,
            EchoDraft::Http(step) => Arc::make_mut(&mut step.slots),
        }
    }
}

/// An origin as browsers write it (RFC 6454, section 6.2); none where the text is none.
fn origin(text: &str) -> Option<String> {
    if matches!(text, "*" | "null") {
        return Some(text.to_owned());
    }
    let uri: http::Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?.to_ascii_lowercase(), uri.authority()?.as_str().to_ascii_lowercase());
    let bare = text.len() == scheme.len() + "://".len() + authority.len() && !authority.contains('@');
    let implied = if scheme == "https" { ":443" } else { ":80" };
    bare.then(|| format!("{scheme}://{}", authority.strip_suffix(implied).unwrap_or(&authority)))
}

/// Reads the tree of a file. What is wrong stays in the reader.
pub(in crate::wire) fn read_draft(reader: &mut Reader, root: &Node) -> Draft {
    let fields = reader.fields(root, &FILE);
    let mut draft = Draft::default();
    reader.closed = fields.get("closed").and_then(|node| reader.flag(node)).unwrap_or(false);
    draft.name = fields.get("name").and_then(|node| reader.string(node));
    draft.about = fields.get("about").and_then(|node| reader.string(node));
    draft.extends = fields.get("extends").and_then(|node| Some((reader.string(node)?, node.span)));
    draft.codec = fields.get("codec").and_then(|node| reader.codec(node));
    draft.framing = fields.get("framing").and_then(|node| reader.framing(node));
    draft.envelope = fields.get("envelope").and_then(|node| reader.envelope(node));
    draft.any_case = fields.get("labels").and_then(|node| reader.word(node, &LABELS));
    if let Some(node) = fields.get("provides") {
        draft.provides = reader.strings(node).into_iter().map(|(word, _)| word).collect();
    }
    if let Some(node) = fields.get("lasting") {
        draft.lasting = reader.strings(node);
    }
    if let Some(node) = fields.get("secret") {
        draft.secret = reader.strings(node);
    }
    for (key, whole) in [("vars", false), ("let", true)] {
        if let Some(node) = fields.get(key) {
            reader.vars(node, whole, &mut draft);
        }
    }
    if let Some(node) = fields.get("participants") {
        reader.participants(node, &mut draft);
    }
    draft.connect = fields.get("connect").map(|node| reader.connect(node));
    draft.origins = fields.get("accept").and_then(|node| reader.accept(node));
    for node in fields.get("auto").map_or(&[][..], |node| reader.list(node)) {
        draft.auto.extend(reader.auto(node));
    }
    for node in fields.get("every").map_or(&[][..], |node| reader.list(node)) {
        draft.every.extend(reader.every(node));
    }
    for node in fields.get("ignore").map_or(&[][..], |node| reader.list(node)) {
        draft.ignore.extend(reader.ignore(node, &mut draft.ends));
    }
    for node in fields.get("follow").map_or(&[][..], |node| reader.list(node)) {
        draft.follow.extend(reader.follow(node));
    }
    draft.echo = fields.get("echo").and_then(|node| reader.echo(node));
    draft.setup = fields.get("setup").map_or_else(Vec::new, |node| reader.http_steps(node, true));
    draft.teardown = fields.get("teardown").map_or_else(Vec::new, |node| reader.http_steps(node, true));
    for node in fields.get("rule").map_or(&[][..], |node| reader.list(node)) {
        draft.rules.extend(reader.rule(node));
    }
    draft
}

impl Reader {
    /// `[accept]`
    fn accept(&mut self, node: &Node) -> Option<Vec<String>> {
        let fields = self.fields(node, &ACCEPT);
        let origins = self.strings(fields.get("origins")?);
        let read = origins.into_iter().filter_map(|(text, at)| {
            let origin = origin(&text);
            if origin.is_none() {
                let help = "an origin is a scheme, a host and, if necessary, a port: `https://app.example`, \
                            `http://10.0.0.7:5173`; `*` is every origin, and `null` is the origin of files";
                self.wrong_help(at, format!("`{text}` is not an origin of a page"), help);
            }
            origin
        });
        Some(read.collect())
    }

    fn auto(&mut self, node: &Node) -> Option<AutoDraft> {
        let fields = self.fields(node, &AUTO);
        let mut slots = Slots::default();
        let receive = fields.get("receive").map(|node| self.frame(node, &mut slots, false));
        let send = fields.get("send").map(|node| self.send(node, &mut slots));
        if receive.is_none() || send.is_none() {
            self.wrong(node.span, "`auto` needs both `receive` and `send`");
        }
        slots.0.iter_mut().for_each(|slot| slot.keep = true);
        let undrawn = fields.get("undrawn").and_then(|node| self.flag(node)).unwrap_or(false);
        Some(AutoDraft { slots, receive: receive?, send: send?, undrawn, span: node.span })
    }

    fn ignore(&mut self, node: &Node, ends: &mut Vec<IgnoredEnd>) -> Option<IgnoreDraft> {
        let fields = self.fields(node, &IGNORE);
        let mut slots = Slots::default();
        let (on, frame) = match (fields.get("frame"), fields.get("event"), fields.get("close")) {
            (Some(frame), None, None) => (On::Socket, self.frame(frame, &mut slots, false)),
            (None, Some(event), None) => (On::Sse, self.event(event, &mut slots, false)),
            (None, None, Some(close)) => {
                ends.extend(self.list(close).iter().filter_map(|node| self.end(node)));
                return None;
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) | (None, None, None) => {
                self.wrong(node.span, "`ignore` needs exactly one of `frame = …`, `event = { … }` and `close = …`");
                return None;
            }
        };
        let unless = fields.get("unless").map(|node| match on {
            On::Socket | On::Http => self.frame(node, &mut slots, false),
            On::Sse => self.event(node, &mut slots, false),
        });
        let undrawn = fields.get("undrawn").and_then(|node| self.flag(node)).unwrap_or(false);
        Some(IgnoreDraft { slots, on, frame, unless, undrawn })
    }

    /// A code of RFC 6455, section 7.4, or a word.
    fn end(&mut self, node: &Node) -> Option<IgnoredEnd> {
        if let Shape::Scalar(Value::Number(code)) = &node.shape {
            let code = code.as_u64().and_then(|code| u16::try_from(code).ok());
            let code = code.filter(|code| (1000..5000).contains(code));
            if code.is_none() {
                self.wrong_help(
                    node.span,
                    "this is not a code of a Close",
                    "codes are 1000 to 4999 (RFC 6455, section 7.4)",
                );
            }
            return code.map(IgnoredEnd::Code);
        }
        let words = [("none", IgnoredEnd::Bare), ("any", IgnoredEnd::Any), ("stream", IgnoredEnd::Stream)];
        self.word(node, &words)
    }

    fn envelope(&mut self, node: &Node) -> Option<Envelope> {
        let fields = self.fields(node, &ENVELOPE);
        let holds = match (fields.get("frame"), fields.get("separator")) {
            (Some(frame), None) => self.within(frame, "messages").map(Holds::List),
            (None, Some(end)) => match self.string(end) {
                Some(text) if text.is_empty() => {
                    self.wrong(end.span, "an empty separator separates nothing");
                    None
                }
                text => text.map(Holds::Parted),
            },
            (Some(_), Some(_)) | (None, None) => {
                let help = "`frame` is for a list of messages, `separator` is for texts that follow each other";
                self.wrong_help(node.span, "`envelope` needs exactly one of `frame` and `separator`", help);
                None
            }
        };
        let message = fields.get("message").map(|node| self.within(node, "message"));
        let client = fields.get("client").map(|node| {
            let within = self.within(node, "message");
            let mut open = false;
            within.iter().for_each(|within| within.pattern.holes(&mut |hole| open |= hole.slot.is_none()));
            if open {
                self.wrong(node.span, "`{_}` matches any value, so a client cannot send it");
            }
            within
        });
        Some(Envelope { holds: holds?, message: message.flatten(), client: client.flatten() })
    }

    /// A pattern of an envelope: this hole, and no other but `{_}`.
    fn within(&mut self, node: &Node, hole: &str) -> Option<Within> {
        let mut slots = Slots::default();
        let pattern = self.frame(node, &mut slots, false);
        let other = slots.0.iter().find(|slot| *slot.name != *hole).map(|slot| slot.name.clone());
        if let Some(other) = other {
            self.wrong_help(
                node.span,
                format!("`{{{other}}}` has no value in an envelope"),
                format!("only the holes `{{{hole}}}` and `{{_}}` are allowed here"),
            );
            return None;
        }
        let Some(at) = slots.find(hole) else {
            self.wrong_help(
                node.span,
                format!("`{{{hole}}}` is missing here"),
                "it is the place of the content of the frame",
            );
            return None;
        };
        Some(Within { slots, hole: at, pattern })
    }
}
