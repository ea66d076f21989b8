//! What a label of a generated diagram is on the wire, and what a frame says, for diagrams with more than text on sockets.

use crate::oracle::Resolver;
use crate::order::{ArrowId, Vocabulary, Word};
use crate::order::{Fragment, Order, Point};
use crate::source::{Diagnostic, Source, Sources};
use crate::wire::{Binding, Channel, Expectation, Message, Observed, Party, Raw, Resolved, Sender};
use serde_json::{Value, json};
use std::sync::Arc;

/// Messages that are told by their labels, ids that the server chooses, requests and their responses, and events.
const BINDING: &str = r#"
name = "trial"
[connect]
url = "{target}/{self}"
[[rule]]
label  = "m{n}"
client = { m = "{n}" }
server = { m = "{n}" }
[[rule]]
label  = "id {id}"
opaque = ["id"]
server = { id = "{id}" }
[[rule]]
label  = "n"
server = { strange = true }
[[rule]]
label  = "z"
server = { noise = true }
[[rule]]
label  = "ask {n}"
on     = "http"
client = { path = "/{n}" }
[[rule]]
label  = "told {n}"
on     = "http"
server = { status = 200, json = { told = "{n}" } }
[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/events" }
[[rule]]
label  = "event {n}"
on     = "sse"
server = { data = "{n}" }
"#;

/// The binding as a resolver.
#[derive(Debug)]
pub struct Trial(Binding);

impl Trial {
    pub fn new() -> Trial {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("trial.toml", BINDING));
        Trial(Binding::parse(&mut sources, id).unwrap_or_else(|problems| panic!("{problems:?}")))
    }
}

impl Vocabulary for Trial {
    fn word(&self, _: &str) -> Word {
        Word::Message
    }
}

impl Resolver for Trial {
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic> {
        let arrow = order.arrow(id);
        let sender = if order.simulated(arrow.from) { Sender::Client } else { Sender::Server };
        let party = |point: Point| Party::new(point.lifeline().map_or("", |id| &*order.lifeline(id).name));
        let resolved = self.0.resolve(&arrow.label, sender, &party(arrow.from), &party(arrow.to));
        resolved.map_err(|why| why.diagnostic(arrow.span, "trial"))
    }

    fn frames(&self, pattern: &str, fragment: &Fragment) -> Result<Vec<Expectation>, Diagnostic> {
        self.0.frames(pattern).map_err(|why| Diagnostic::error("SQ118", why.to_string()).at(fragment.span, "here"))
    }

    fn names(&self, resolved: &Resolved) -> Vec<Arc<str>> {
        match resolved {
            Resolved::Expect(expectation) => expectation.names().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

fn message(value: Value) -> Observed {
    let raw = Raw::Text(value.to_string().into());
    Observed::Message(Message { value: Arc::new(value), raw })
}

/// The frame of a label in which values stand for names.
pub fn observed(label: &str) -> Observed {
    let status = |code, body| Observed::Status { code, headers: Vec::new(), body: Arc::new(body) };
    match label.split_once(' ') {
        Some(("id", value)) => message(json!({"id": value})),
        Some(("told", number)) => status(200, json!({"told": number})),
        Some(("refused", _)) => status(500, Value::Null),
        Some(("event", data)) => Observed::Event { event: "message".to_owned(), id: None, data: data.to_owned() },
        Some(_) => panic!("{label} is no frame of a server"),
        None if label == "n" => message(json!({"strange": true})),
        None if label == "z" => message(json!({"noise": true})),
        None => message(json!({"m": label.trim_start_matches('m')})),
    }
}

/// On which connection the frame of a label comes; none where the drawing tells.
pub fn channel(label: &str) -> Channel {
    match label.split(' ').next() {
        Some("event" | "listen") => Channel::Events,
        Some("told" | "ask" | "refused") => Channel::Http,
        _ => Channel::Socket,
    }
}

/// The label of a frame, with values for names.
pub fn said(observed: &Observed) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match observed {
        Observed::Message(message) if message.value.get("id").is_some() => format!("id {}", text(&message.value["id"])),
        Observed::Message(message) if message.value.get("m").is_some() => format!("m{}", text(&message.value["m"])),
        Observed::Message(message) if message.value.get("strange").is_some() => "n".to_owned(),
        Observed::Message(message) if message.value.get("noise").is_some() => "z".to_owned(),
        // Where labels are the frames.
        Observed::Message(message) => message.raw.to_string(),
        Observed::Status { code: 200, body, .. } => format!("told {}", text(&body["told"])),
        Observed::Status { code, .. } => format!("refused {code}"),
        Observed::Event { data, .. } => format!("event {data}"),
        Observed::Garbled { .. } | Observed::Close { .. } | Observed::End { .. } => String::new(),
        Observed::Dialled { url, .. } | Observed::Asked { url, .. } => url.clone(),
    }
}
