use super::keys::{CONNECT, EVERY, HTTP_STEP, STEP};
use super::node::Node;
use super::{HttpPattern, Reader};
use crate::source::Span;
use crate::wire::pattern::bytes::BytePiece;
use crate::wire::pattern::{Pattern, Slots, Template};
use std::sync::Arc;
use std::time::Duration;

/// What is sent.
#[derive(Clone, Debug)]
pub(in crate::wire) enum SendPattern {
    /// A message of the codec.
    Message(Pattern),
    /// `$text`: this very text message.
    Text(Template),
    /// `$hex`: this very binary message.
    Binary(Vec<BytePiece>),
}

/// One step of an exchange.
#[derive(Clone, Debug)]
pub(in crate::wire) enum ExchangeStep {
    /// The client sends.
    Send(SendPattern),
    /// The server must answer.
    Receive(Arc<Pattern>),
}

/// A request outside the diagram and what must come back.
#[derive(Clone, Debug)]
pub(in crate::wire) struct HttpStep {
    pub slots: Arc<Slots>,
    pub action: HttpAction,
    /// The expected response; an empty one is any 2xx or 3xx.
    pub expect: Arc<Pattern>,
}

/// What is done.
#[derive(Clone, Debug)]
pub(in crate::wire) enum HttpAction {
    Request(Arc<HttpPattern>),
    Command(Vec<Template>),
}

/// `[connect]` as written.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct ConnectDraft {
    pub slots: Slots,
    pub url: Option<Template>,
    pub query: Option<Vec<(String, Template)>>,
    pub headers: Option<Vec<(String, Template)>>,
    pub subprotocols: Option<Vec<Template>>,
    /// Messages are requests, and the server names the session in this header.
    pub posts: Option<String>,
    pub compress: Option<bool>,
    pub retry: Option<Vec<u16>>,
    pub before: Option<Vec<HttpStep>>,
    pub after: Option<(Slots, Vec<ExchangeStep>)>,
    /// Labels that say what `after` says, and where they are.
    pub unless: Option<Vec<(String, Span)>>,
    pub implicit: Option<bool>,
    pub session: Option<Template>,
}

/// A keep-alive.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Every {
    pub slots: Slots,
    pub interval: Duration,
    pub send: SendPattern,
}

impl SendPattern {
    /// Every hole in it.
    pub fn holes<'a>(&'a self, visit: &mut dyn FnMut(&'a crate::wire::pattern::Hole)) {
        match self {
            SendPattern::Message(pattern) => pattern.holes(visit),
            SendPattern::Text(template) => template.holes().for_each(visit),
            SendPattern::Binary(pieces) => pieces.iter().for_each(|piece| match piece {
                BytePiece::Literal(_) => {}
                BytePiece::Hole(hole) => visit(hole),
            }),
        }
    }
}

impl Reader {
    /// A frame that a client sends: of the codec, or by itself with `$text` and `$hex`.
    pub fn send(&mut self, node: &Node, slots: &mut Slots) -> SendPattern {
        use super::node::{Entry, Shape};
        if let Shape::Table(entries) = &node.shape
            && let [Entry { key, value, .. }] = &entries[..]
            && key == "$text"
        {
            let template = self.template(value, slots);
            return SendPattern::Text(template.unwrap_or(Template { pieces: Vec::new() }));
        }
        match self.frame(node, slots, false) {
            Pattern::Bytes(pieces) => SendPattern::Binary(pieces),
            other => SendPattern::Message(other),
        }
    }

    /// `[connect]`
    pub fn connect(&mut self, node: &Node) -> ConnectDraft {
        let fields = self.fields(node, &CONNECT);
        let mut slots = Slots::default();
        let url = fields.get("url").and_then(|node| self.whole(node, &mut slots));
        let query = fields.get("query").map(|node| self.templates(node, &mut slots));
        let headers = fields.get("headers").map(|node| self.templates(node, &mut slots));
        if let Some(Node { shape: super::node::Shape::Table(entries), .. }) = fields.get("headers") {
            entries.iter().for_each(|entry| self.own_header(&entry.key, entry.at));
        }
        let subprotocols = fields.get("subprotocols").map(|node| {
            let items = self.list(node);
            items.iter().filter_map(|item| self.whole(item, &mut slots)).collect()
        });
        let retry = fields.get("retry").map(|node| {
            let items = self.list(node);
            items.iter().filter_map(|item| self.status(item)).collect()
        });
        let posts = fields.get("posts").and_then(|node| self.header_name(node));
        let compress = fields.get("compress").and_then(|node| self.flag(node));
        let before = fields.get("before").map(|node| self.http_steps(node, false));
        let after = fields.get("after").map(|node| {
            let mut slots = Slots::default();
            let steps = self.steps(node, &mut slots);
            (slots, steps)
        });
        let unless = fields.get("unless").map(|node| self.strings(node));
        let implicit = fields.get("implicit").and_then(|node| self.flag(node));
        let session = fields.get("session").and_then(|node| self.whole(node, &mut slots));
        ConnectDraft {
            slots,
            url,
            query,
            headers,
            subprotocols,
            posts,
            compress,
            retry,
            before,
            after,
            unless,
            implicit,
            session,
        }
    }

    /// The name of a header, in lower case.
    fn header_name(&mut self, node: &Node) -> Option<String> {
        let name = self.string(node)?.to_ascii_lowercase();
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            self.wrong_help(node.span, format!("`{name}` is not the name of a header"), "write it as `mcp-session-id`");
            return None;
        }
        Some(name)
    }

    /// Headers that make a request a handshake are the tool's.
    fn own_header(&mut self, name: &str, at: Span) {
        let help = match &*name.to_ascii_lowercase() {
            "sec-websocket-protocol" => "write `subprotocols = [\"…\"]`",
            "sec-websocket-extensions" => "write `compress = true`",
            "sec-websocket-key" | "sec-websocket-version" | "sec-websocket-accept" | "connection" | "upgrade" => {
                "remove it: seqcheck sends it as RFC 6455 requires"
            }
            _ => return,
        };
        self.wrong_help(at, format!("the header `{name}` belongs to the handshake itself"), help);
    }

    /// `[{ send = … }, { receive = … }]`
    pub fn steps(&mut self, node: &Node, slots: &mut Slots) -> Vec<ExchangeStep> {
        let mut steps = Vec::new();
        for item in self.list(node) {
            let fields = self.fields(item, &STEP);
            let closed = self.closed;
            match (fields.get("send"), fields.get("receive")) {
                (Some(send), None) => steps.push(ExchangeStep::Send(self.send(send, slots))),
                (None, Some(receive)) => {
                    steps.push(ExchangeStep::Receive(Arc::new(self.frame(receive, slots, closed))));
                }
                (Some(_), Some(_)) | (None, None) => {
                    self.wrong(item.span, "a step is `{ send = … }` or `{ receive = … }`, one of them");
                }
            }
        }
        steps
    }

    /// Requests (or commands) outside the diagram.
    pub fn http_steps(&mut self, node: &Node, commands: bool) -> Vec<HttpStep> {
        let items = self.list(node);
        items.iter().filter_map(|item| self.http_step(item, commands)).collect()
    }

    fn http_step(&mut self, item: &Node, commands: bool) -> Option<HttpStep> {
        let fields = self.fields(item, &HTTP_STEP);
        let mut slots = Slots::default();
        let action = match (fields.get("http"), fields.get("command").filter(|_| commands)) {
            (Some(http), None) => self.request(http, &mut slots).map(|http| HttpAction::Request(Arc::new(http))),
            (None, Some(command)) => {
                let words = self.list(command);
                let words = words.iter().filter_map(|word| self.template(word, &mut slots)).collect();
                Some(HttpAction::Command(words))
            }
            (Some(_), Some(_)) | (None, None) => {
                let wanted = if commands { "`http = { … }` or `command = [ … ]`" } else { "`http = { … }`" };
                self.wrong(item.span, format!("this step does nothing: it needs {wanted}"));
                None
            }
        };
        self.http_answer(action, &fields, slots)
    }

    /// A request with the answer that it must have.
    pub fn http_answer(
        &mut self,
        action: Option<HttpAction>,
        fields: &super::reader::Fields<'_>,
        mut slots: Slots,
    ) -> Option<HttpStep> {
        let get = |key: &str| fields.get(key);
        let closed = self.closed;
        let expect = self.response_of(&get, &mut slots, closed);
        slots.0.iter_mut().for_each(|slot| slot.keep = true);
        Some(HttpStep { slots: Arc::new(slots), action: action?, expect: Arc::new(expect) })
    }

    /// How often something is done.
    pub fn interval(&mut self, node: &Node) -> Option<Duration> {
        let text = self.string(node)?;
        let read = crate::diagram::parse_duration(&text).filter(|duration| !duration.is_zero());
        if read.is_none() {
            self.wrong_help(node.span, format!("`{text}` is not an interval"), "write it like `20s` or `500ms`");
        }
        read
    }

    /// `[[every]]`
    pub fn every(&mut self, node: &Node) -> Option<Every> {
        let fields = self.fields(node, &EVERY);
        let mut slots = Slots::default();
        let interval = fields.get("interval").and_then(|node| self.interval(node));
        let send = fields.get("send").map(|node| self.send(node, &mut slots));
        if fields.get("interval").is_none() || fields.get("send").is_none() {
            self.wrong(node.span, "`every` needs both `interval` and `send`");
        }
        Some(Every { slots, interval: interval?, send: send? })
    }
}
