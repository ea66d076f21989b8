use super::Reader;
use super::keys::{EVENT, HTTP_REQUEST, HTTP_RESPONSE};
use super::node::{Entry, Node, Shape};
use crate::wire::pattern::{Hole, Members, Narrow, Pattern, Slots, Template};
use serde_json::Value;

/// A request with holes.
#[derive(Clone, Debug)]
pub(in crate::wire) struct HttpPattern {
    /// `GET` and the like.
    pub method: Template,
    /// The whole address, or path and query at the target.
    pub address: Address,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Template)>,
    /// What it carries.
    pub body: Body,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Address {
    /// Path and query.
    Path(Template),
    /// All of it.
    Url(Template),
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Pattern),
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, Template)>),
    /// Text or bytes as they are.
    Plain(Pattern),
    /// A message of the codec.
    Message(Pattern),
}

impl HttpPattern {
    /// Every template and pattern in it, as holes.
    pub fn holes<'a>(&'a self, visit: &mut dyn FnMut(&'a Hole)) {
        let address = match &self.address {
            Address::Path(template) | Address::Url(template) => template,
        };
        let headers = self.headers.iter().map(|(_, template)| template);
        for template in [&self.method, address].into_iter().chain(headers) {
            template.holes().for_each(&mut *visit);
        }
        match &self.body {
            Body::Empty => {}
            Body::Json(pattern) | Body::Plain(pattern) | Body::Message(pattern) => pattern.holes(visit),
            Body::Form(fields) => fields.iter().for_each(|(_, template)| template.holes().for_each(&mut *visit)),
        }
    }
}

impl Reader {
    /// A request: `{ method, path, headers, json | form | body }`.
    pub fn request(&mut self, node: &Node, slots: &mut Slots) -> Option<HttpPattern> {
        let fields = self.fields(node, &HTTP_REQUEST);
        let method = match fields.get("method") {
            Some(node) => self.template(node, slots),
            None => Template::read("GET", slots).ok(),
        };
        let address = match (fields.get("path"), fields.get("url")) {
            (Some(path), None) => self.whole(path, slots).map(Address::Path),
            (None, Some(url)) => self.whole(url, slots).map(Address::Url),
            (Some(_), Some(url)) => {
                self.wrong(url.span, "a request has `path` or `url`, not both");
                None
            }
            (None, None) => {
                self.wrong_help(fields.span, "this request has no address", "add `path = \"/…\"`");
                None
            }
        };
        let headers = fields.get("headers").map_or_else(Vec::new, |node| self.templates(node, slots));
        let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let bodies = ["json", "form", "body", "message"].into_iter().filter_map(|key| Some((key, fields.get(key)?)));
        let bodies: Vec<(&str, &Node)> = bodies.collect();
        if let [_, (key, second), ..] = &bodies[..] {
            self.wrong(second.span, format!("a request has one body; `{key}` is a second one"));
        }
        let body = match bodies.first() {
            None => Body::Empty,
            Some(("json", node)) => Body::Json(self.patterns(slots, false, |reader| reader.pattern(node))),
            Some(("message", node)) => Body::Message(self.patterns(slots, false, |reader| reader.frame(node))),
            Some(("form", node)) => Body::Form(self.templates(node, slots)),
            Some((_, node)) => Body::Plain(self.plain(node, slots)?),
        };
        Some(HttpPattern { method: method?, address: address?, headers, body })
    }

    /// A body that is text or bytes: whatever pattern makes one of these.
    fn plain(&mut self, node: &Node, slots: &mut Slots) -> Option<Pattern> {
        let before = self.problems.len();
        let pattern = self.patterns(slots, false, |reader| reader.pattern(node));
        if self.problems.len() > before {
            return None;
        }
        match pattern {
            Pattern::Object(_) | Pattern::Array { .. } | Pattern::List(_) => {
                self.wrong_help(
                    node.span,
                    format!("the `body` of a request is text or bytes, not {}", node.kind()),
                    "write `json` instead of `body`; or `$json`, `$base64` or `$hex` inside the `body`",
                );
                None
            }
            Pattern::Literal(_)
            | Pattern::Hole(_)
            | Pattern::Text(_)
            | Pattern::Json(_)
            | Pattern::Base64(_)
            | Pattern::Bytes(_) => Some(pattern),
        }
    }

    /// A response: `{ status, headers, json | body }`, as the pattern of what was observed.
    pub fn response(&mut self, node: &Node, slots: &mut Slots, closed: bool) -> Pattern {
        let fields = self.fields(node, &HTTP_RESPONSE);
        let get = |key: &str| fields.get(key);
        self.response_of(&get, slots, closed)
    }

    /// The same from its parts.
    pub fn response_of<'n>(
        &mut self,
        get: &dyn Fn(&str) -> Option<&'n Node>,
        slots: &mut Slots,
        closed: bool,
    ) -> Pattern {
        let mut list: Vec<(Box<str>, Pattern)> = Vec::new();
        self.bodies |= get("message").is_some();
        if let Some(status) = get("status") {
            list.push(("status".into(), self.statuses(status, slots)));
        }
        if let Some(headers) = get("headers") {
            let lower = lower_keys(headers);
            let headers = match self.patterns(slots, false, |reader| reader.pattern(&lower)) {
                Pattern::Object(mut members) => {
                    members.list = members.list.into_iter().map(|(name, value)| (name, value.of_text())).collect();
                    members.named = members.named.into_iter().map(|(name, value)| (name, value.of_text())).collect();
                    Pattern::Object(members)
                }
                other => other,
            };
            list.push(("headers".into(), headers));
        }
        match (get("json").or(get("message")), get("body")) {
            (Some(_), Some(body)) => self.wrong(body.span, "a response has `json`, `body` or `message`, one of them"),
            (Some(json), None) => {
                let pattern = self.patterns(slots, closed, |reader| reader.pattern(json));
                // What a codec writes is no JSON.
                let pattern = if get("message").is_some() { pattern.of_letters() } else { pattern };
                list.push(("body".into(), pattern));
            }
            (None, Some(body)) => {
                let pattern = self.patterns(slots, closed, |reader| reader.pattern(body));
                list.push(("body".into(), pattern.of_body()));
            }
            (None, None) => {}
        }
        Pattern::Object(Members { list, named: Vec::new(), closed: false })
    }

    /// What the status of a response may be: a number, a hole, or a list of numbers.
    fn statuses(&mut self, node: &Node, slots: &mut Slots) -> Pattern {
        let Shape::List(items) = &node.shape else {
            return self.patterns(slots, false, |reader| reader.pattern(node));
        };
        let codes: Vec<Value> = items.iter().filter_map(|item| self.status(item)).map(Value::from).collect();
        if items.is_empty() {
            self.wrong_help(node.span, "an empty list fits no status", "remove `status`: then every 2xx or 3xx fits");
        }
        Pattern::Hole(Hole { narrow: Narrow::OneOf(codes.into()), ..Hole::default() })
    }

    /// A Server-Sent Event: `{ event, id, data }`, as the pattern of what was observed.
    pub fn event(&mut self, node: &Node, slots: &mut Slots, closed: bool) -> Pattern {
        let fields = self.fields(node, &EVENT);
        for key in ["comment", "retry"] {
            if let (Some(at), true) = (fields.key(key), fields.count() > 1) {
                self.wrong(at, format!("`{key}` cannot be combined with the other keys of an event"));
            }
        }
        let list = EVENT.keys.iter().filter_map(|&(key, _)| {
            let node = fields.get(key)?;
            let pattern = self.patterns(slots, closed, |reader| reader.pattern(node));
            Some((key.into(), if key == "retry" { pattern } else { pattern.of_text() }))
        });
        Pattern::Object(Members { list: list.collect(), named: Vec::new(), closed: false })
    }
}

fn lower_keys(node: &Node) -> Node {
    match &node.shape {
        Shape::Table(entries) => {
            let lower = |entry: &Entry| Entry { key: entry.key.to_ascii_lowercase(), ..entry.clone() };
            Node { span: node.span, shape: Shape::Table(entries.iter().map(lower).collect()) }
        }
        Shape::Scalar(_) | Shape::List(_) => node.clone(),
    }
}
