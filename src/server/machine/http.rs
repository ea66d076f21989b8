use super::{Data, Effect, Id, Machine, ServerMessage};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The largest number of Unicode scalar values in a display name.
const NAME_LIMIT: usize = 64;

/// A request method, as far as the protocol tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// Any other.
    Other,
}

/// What the machine wants to know of a request before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The parameters of the query in their order, form-decoded.
    pub query: Vec<(String, String)>,
    /// Whether it asks for a WebSocket, correctly.
    pub upgrade: bool,
    /// The token of an `Authorization: Bearer` header.
    pub bearer: Option<String>,
    /// The `Last-Event-ID` header.
    pub last_event_id: Option<String>,
    /// Whether `Content-Type` says that the body is JSON.
    pub json: bool,
}

impl Head {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 101: it is a WebSocket from now on.
    Upgrade,
    /// 200, and an event stream.
    Events,
    /// Its body is wanted first, up to this many bytes.
    Body {
        /// The limit.
        limit: usize,
    },
    /// A complete response.
    Page(Page),
}

impl Answer {
    /// The status of the response, where this is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Answer::Upgrade => Some(101),
            Answer::Events => Some(200),
            Answer::Body { .. } => None,
            Answer::Page(page) => Some(page.status),
        }
    }
}

/// A complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The value of `allow` (405), `upgrade` (426), `www-authenticate` (401) or `location` (307).
    pub header: Option<(&'static str, String)>,
    /// What a person reads.
    pub text: &'static str,
}

impl Page {
    pub(in crate::server) fn new(status: u16, text: &'static str) -> Self {
        Page { status, header: None, text }
    }

    fn with(status: u16, text: &'static str, name: &'static str, value: impl Into<String>) -> Self {
        Page { status, header: Some((name, value.into())), text }
    }
}

/// The largest body of a `publish`, in bytes.
const PUBLISH_LIMIT: usize = 1 << 20;

/// Where a server that redirects has its endpoints.
const MOVED: &str = "/v1";

/// The endpoints.
enum Endpoint {
    WebSocket,
    Events,
    Publish,
}

impl Endpoint {
    fn of(path: &str) -> Option<Endpoint> {
        match path {
            "/ws" => Some(Endpoint::WebSocket),
            "/events" => Some(Endpoint::Events),
            "/publish" => Some(Endpoint::Publish),
            _ => None,
        }
    }

    fn method(&self) -> (Method, &'static str) {
        match self {
            Endpoint::WebSocket | Endpoint::Events => (Method::Get, "GET"),
            Endpoint::Publish => (Method::Post, "POST"),
        }
    }
}

impl Machine {
    pub(super) fn request(&mut self, on: Id, head: &Head) {
        let answer = self.answer(on, head);
        self.effects.push(Effect::Answer { to: on, answer: answer.clone(), after: Duration::ZERO });
        match answer {
            Answer::Upgrade => self.begin(on),
            Answer::Events => self.follow(on, head),
            Answer::Body { .. } | Answer::Page(_) => {}
        }
    }

    /// The order of the checks is the protocol's: path, method, token, then what the request says.
    fn answer(&mut self, on: Id, head: &Head) -> Answer {
        let path = if self.policy.redirect { head.path.strip_prefix(MOVED).unwrap_or(&head.path) } else { &head.path };
        let Some(endpoint) = Endpoint::of(path) else {
            return Answer::Page(Page::new(404, "not found: the paths are /ws, /events and /publish"));
        };
        if self.policy.redirect && path.len() == head.path.len() {
            let query: Vec<String> =
                head.query.iter().map(|(key, value)| format!("{}={}", form(key), form(value))).collect();
            let location = format!("{MOVED}{path}?{}", query.join("&"));
            return Answer::Page(Page::with(307, "the page is at another path", "location", location));
        }
        let (method, allowed) = endpoint.method();
        if head.method != method {
            return Answer::Page(Page::with(405, "a different method is required", "allow", allowed));
        }
        match endpoint {
            Endpoint::WebSocket => self.connect(on, head),
            Endpoint::Events | Endpoint::Publish if !self.may_use_http(head) => {
                Answer::Page(Page::with(401, "a valid token is required", "www-authenticate", "Bearer"))
            }
            Endpoint::Events if head.parameter("topic").is_none() => {
                Answer::Page(Page::new(400, "a topic is required: /events?topic=T"))
            }
            Endpoint::Events => Answer::Events,
            // A page of somebody else can have a browser send anything here but this: it would have to ask first.
            Endpoint::Publish if !head.json => {
                Answer::Page(Page::new(415, "the body is JSON, and needs the header content-type: application/json"))
            }
            Endpoint::Publish => Answer::Body { limit: PUBLISH_LIMIT },
        }
    }

    fn may_use_http(&self, head: &Head) -> bool {
        !self.rules.authentication_required || head.bearer.as_deref().is_some_and(|token| self.is_valid(token))
    }

    fn connect(&mut self, on: Id, head: &Head) -> Answer {
        if !head.upgrade {
            return Answer::Page(Page::with(426, "this is a WebSocket endpoint (RFC 6455)", "upgrade", "websocket"));
        }
        let name = head.parameter("name").filter(|name| name.chars().count() <= NAME_LIMIT);
        let Some(name) = name else {
            return Answer::Page(Page::new(400, "a name of 1 to 64 characters is required: /ws?name=N"));
        };
        let user: Arc<str> = Arc::from(name.to_lowercase());
        if let Some(holder) = self.people.holder(&user) {
            if self.policy.refuse_taken {
                return Answer::Page(Page::new(409, "this user is already connected"));
            }
            self.cut(holder);
        }
        self.people.enter(on, Arc::from(name), user, !self.rules.authentication_required);
        Answer::Upgrade
    }

    /// A WebSocket begins.
    fn begin(&mut self, on: Id) {
        let Some(person) = self.people.get(on) else { return };
        let (user, authenticated) = (person.user.clone(), person.authenticated);
        self.reply(on, ServerMessage::Connected { user: user.clone() });
        if authenticated || !self.policy.hide_unauthenticated {
            self.enter_general(on);
        }
        if !authenticated {
            self.authentication_is_awaited(on);
        }
        self.heartbeat_begins(on);
        for (room, explicit) in self.remembered.remove(&user).unwrap_or_default() {
            self.people.join(on, &room, explicit);
        }
    }

    pub(super) fn publish(&mut self, on: Id, body: Option<&[u8]>) {
        let page = match body.map(parse_publish) {
            None => Page::new(413, "the body is larger than 1 MiB"),
            Some(None) => Page::new(400, "{\"topic\":T,\"event\":E,\"data\":any JSON} is required"),
            Some(Some((topic, event, data))) => {
                self.emit(&topic, event.into(), data);
                Page::new(202, "accepted")
            }
        };
        let after = self.policy.publish_delay;
        self.effects.push(Effect::Answer { to: on, answer: Answer::Page(page), after });
    }
}

/// Topic, event and data of a `publish`; nothing where it is malformed. Neither topic nor event is empty, and an event
/// is not broken into lines, since no event stream could carry it.
fn parse_publish(body: &[u8]) -> Option<(Arc<str>, String, Data)> {
    let Value::Object(mut members) = serde_json::from_slice(body).ok()? else { return None };
    let mut text = |name: &str| match members.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        Some(_) | None => None,
    };
    let (topic, event) = (text("topic")?, text("event")?);
    if event.contains(['\r', '\n']) {
        return None;
    }
    let data = members.remove("data")?;
    Some((topic.into(), event, Data::Json(data.to_string().into())))
}

/// Form-encodes a name or value of a query.
fn form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
