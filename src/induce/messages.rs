//! A recording as a list of steps: messages as values, in one form whatever carried them.

use super::base::{Held, Reader};
use super::hidden;
use super::login::{self, Login};
use super::people::{self, People};
use super::tape::{Entry, Headers, Side, Tape, What};
use super::words;
use crate::wire::{Binding, Channel, Observed, Raw};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value, json};

/// What carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum On {
    Socket,
    Http,
    Events,
}

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub who: usize,
    pub side: Side,
    pub on: On,
    pub value: Value,
    pub at: u64,
    /// The connection.
    pub line: usize,
    /// Its label in the binding that is there already.
    pub known: Option<String>,
}

/// How frames are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Codec {
    #[default]
    Json,
    JsonRpc,
    Text,
    Bytes,
}

impl Codec {
    pub fn word(self) -> &'static str {
        match self {
            Codec::Json => "json",
            Codec::JsonRpc => "jsonrpc",
            Codec::Text => "text",
            Codec::Bytes => "bytes",
        }
    }
}

/// One step of the story.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A client opens its connection.
    Connect { who: usize },
    /// A message: an index of [`Story::items`].
    Message(usize),
    /// A word that every binding has.
    Word { who: usize, side: Side, label: String },
}

/// How a connection was asked for.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    pub who: usize,
    pub url: String,
    pub headers: Headers,
    pub login: Option<Login>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    pub people: People,
    pub codec: Codec,
    pub items: Vec<Item>,
    pub dials: Vec<Dial>,
    /// Steps with their times.
    pub steps: Vec<(u64, Step)>,
    /// Statuses after which clients tried again.
    pub retry: Vec<u16>,
    /// Values that logins have given, with their holes; and cookies, which a client sends by itself.
    pub given: FxHashMap<String, String>,
    pub cookies: FxHashSet<String>,
}

/// The codec that reads most of the frames.
fn codec(entries: &[&Entry]) -> Codec {
    let (mut json, mut rpc, mut text, mut bytes) = (0_usize, 0_usize, 0_usize, 0_usize);
    for entry in entries {
        let What::Frame { raw, .. } = &entry.what else { continue };
        match (raw, words::json(raw)) {
            (Raw::Text(_), Some(value @ (Value::Object(_) | Value::Array(_)))) => {
                json += 1;
                rpc += usize::from(value.get("jsonrpc").is_some_and(|version| version == "2.0"));
            }
            (Raw::Text(_), _) => text += 1,
            (Raw::Binary(_), _) => bytes += 1,
        }
    }
    match () {
        () if json + text + bytes == 0 => Codec::Json,
        () if rpc > 0 && rpc * 10 >= (json + text + bytes) * 9 => Codec::JsonRpc,
        () if json >= text && json > 0 => Codec::Json,
        () if text > 0 => Codec::Text,
        () => Codec::Bytes,
    }
}

fn hex(bytes: &[u8]) -> Value {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "$hex": digits })
}

/// So many letters may stand in front of JSON.
const PREFIX: usize = 24;

/// A line of text: its first word names what it is.
pub(super) fn line(text: &str) -> Value {
    // Letters in front of JSON, as in `42["hello"]`.
    let json = text.find(['{', '[']).filter(|at| (1..=PREFIX).contains(at));
    let json = json.and_then(|at| Some((&text[..at], serde_json::from_str::<Value>(&text[at..]).ok()?)));
    if let Some((before, json)) = json.filter(|(before, _)| !before.contains(char::is_whitespace)) {
        return json!({ "$before": before, "$json": json });
    }
    match text.split_once(' ') {
        Some((head, rest)) if !head.is_empty() && !rest.trim().is_empty() => json!({ "$head": head, "rest": rest }),
        Some(_) | None => json!({ "$head": text }),
    }
}

/// Requests of JSON-RPC that have no answer yet, by connection, side and id.
pub(super) type Open = FxHashMap<(usize, Side, String), Value>;

/// A message of JSON-RPC as its codec has it; of the request that an answer is for the method, or the `whole`.
pub(super) fn rpc(value: Value, at: (usize, Side), open: &mut Open, whole: bool) -> Value {
    let Value::Object(mut map) = value else { return value };
    map.shift_remove("jsonrpc");
    let id = map.shift_remove("id").map(|id| id.to_string());
    let (line, side) = at;
    let request = map.get("method").map(|method| match map.get("params").filter(|_| whole) {
        Some(params) => json!({ "method": method, "params": params }),
        None => json!({ "method": method }),
    });
    match (request, id) {
        (Some(request), Some(id)) => drop(open.insert((line, side, id), request)),
        (Some(_), None) => drop(map.insert("notification".into(), true.into())),
        (None, Some(id)) => {
            let asker = if side == Side::Client { Side::Server } else { Side::Client };
            if let Some(request) = open.remove(&(line, asker, id)) {
                map.insert("request".into(), request);
            }
        }
        (None, None) => {}
    }
    map.into()
}

fn frame(raw: &Raw, codec: Codec) -> Value {
    match (raw, codec) {
        (Raw::Binary(bytes), _) => hex(bytes),
        (Raw::Text(text), Codec::Text | Codec::Bytes) => line(text),
        (Raw::Text(text), Codec::Json | Codec::JsonRpc) => match words::json(raw) {
            Some(value) => value,
            None => json!({ "$text": &**text }),
        },
    }
}

/// What of the head of a request is part of it: the rest says nothing of this server, or is made anew every time.
fn telling(name: &str, value: &str) -> bool {
    match name {
        "authorization" | "last-event-id" | "if-match" | "if-none-match" | "idempotency-key" => true,
        "accept" => value.contains("event-stream"),
        "content-type" => false,
        _ => name.starts_with("x-") && !name.starts_with("x-forwarded") && name != "x-real-ip",
    }
}

fn text(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => text.to_string(),
        Raw::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn body(raw: &Raw, headers: &Headers, into: &mut Map<String, Value>) {
    let kind = headers.iter().find(|(name, _)| name == "content-type").map_or("", |(_, value)| value.as_str());
    let empty = match raw {
        Raw::Text(text) => text.is_empty(),
        Raw::Binary(bytes) => bytes.is_empty(),
    };
    if empty {
        return;
    }
    match (raw, words::json(raw)) {
        (_, Some(value @ (Value::Object(_) | Value::Array(_)))) => drop(into.insert("json".into(), value)),
        (Raw::Text(text), _) if kind.starts_with("application/x-www-form-urlencoded") => {
            let form: Map<String, Value> = words::pairs(text).into_iter().map(|(k, v)| (k, v.into())).collect();
            into.insert("form".into(), form.into());
        }
        (Raw::Text(text), _) => drop(into.insert("body".into(), Value::from(&**text))),
        (Raw::Binary(bytes), _) => drop(into.insert("body".into(), hex(bytes))),
    }
}

/// The pairs of a header that holds cookies.
pub(super) fn pairs_of_cookies(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').filter_map(|pair| pair.trim().split_once('='))
}

/// A request as a message.
pub(super) fn asked(method: &str, url: &str, headers: &Headers, raw: &Raw) -> Value {
    let mut value = Map::new();
    value.insert("method".into(), method.into());
    value.insert("path".into(), url.split('?').next().unwrap_or("/").into());
    let query: Map<String, Value> = words::query(url).into_iter().map(|(k, v)| (k, v.into())).collect();
    if !query.is_empty() {
        value.insert("query".into(), query.into());
    }
    let kept = headers.iter().filter(|(name, value)| telling(name, value));
    let kept: Map<String, Value> = kept.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    if !kept.is_empty() {
        value.insert("headers".into(), kept.into());
    }
    body(raw, headers, &mut value);
    value.into()
}

/// An event as a message.
pub(super) fn event(event: &str, id: Option<&str>, data: &str) -> Value {
    let mut value = Map::new();
    value.insert("event".into(), event.into());
    if let Some(id) = id {
        value.insert("id".into(), id.into());
    }
    let json = serde_json::from_str::<Value>(data).ok();
    let json = json.filter(|value| value.is_object() || value.is_array());
    value.insert("data".into(), json.unwrap_or_else(|| data.into()));
    value.into()
}

/// The lines of requests that are answered by a stream of events, by the index of the request in the story.
fn streams(entries: &[&Entry]) -> FxHashMap<usize, bool> {
    let mut open: FxHashMap<usize, usize> = FxHashMap::default();
    let mut found = FxHashMap::default();
    for (at, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Asked { headers, .. } => {
                let wanted = headers.iter().any(|(name, value)| name == "accept" && value.contains("event-stream"));
                found.insert(at, wanted);
                open.insert(entry.line, at);
            }
            What::Answered { headers, .. } => {
                let is = headers.iter().any(|(name, value)| name == "content-type" && value.contains("event-stream"));
                if let (true, Some(asked)) = (is, open.get(&entry.line)) {
                    found.insert(*asked, true);
                }
            }
            What::Dial { .. }
            | What::Accepted { .. }
            | What::Frame { .. }
            | What::Event { .. }
            | What::Close { .. }
            | What::End { .. } => {}
        }
    }
    found
}

/// The story of a recording.
pub(super) fn read(tape: &Tape, people: People, base: Option<&Binding>) -> Story {
    let mut reader = base.map(Reader::new);
    let (entries, retry) = people::story(tape, &people);
    let codec = codec(&entries);
    let streams = streams(&entries);
    let mut logins = login::of(&entries);
    let mut story = Story { codec, retry, ..Story::default() };
    // Lines that are sockets, and those whose request has a stream for its answer.
    let mut dialled: FxHashMap<usize, bool> = FxHashMap::default();
    let mut streaming: FxHashMap<usize, bool> = FxHashMap::default();
    let mut open = Open::default();
    for (index, entry) in entries.into_iter().enumerate() {
        let Some(who) = people.of_line[entry.line].filter(|_| !logins.undrawn.contains(&index)) else { continue };
        let mut told = |side: Side, on: On, value: Value, known: Option<String>| {
            // A rule of one's own says it without the secret.
            let known = known.filter(|label| !hidden::shows(label, &value));
            story.items.push(Item { who, side, on, value, at: entry.at, line: entry.line, known });
            Step::Message(story.items.len() - 1)
        };
        let named = |reader: Option<&Reader<'_>>, side: Side, observed: Observed| {
            let channel = if matches!(observed, Observed::Event { .. }) { Channel::Events } else { Channel::Socket };
            reader.and_then(|reader| reader.name(side, &observed, channel))
        };
        let word = |side: Side, label: String| Step::Word { who, side, label };
        let step = match &entry.what {
            What::Dial { url, headers } => {
                dialled.insert(entry.line, true);
                let login = logins.of.remove(&index);
                story.dials.push(Dial { who, url: url.clone(), headers: headers.clone(), login });
                Step::Connect { who }
            }
            What::Accepted { .. } => continue,
            What::Asked { method, url, headers, body } => {
                let stream = streams.get(&index).copied().unwrap_or_default();
                streaming.insert(entry.line, stream);
                let on = if stream { On::Events } else { On::Http };
                told(Side::Client, on, asked(method, url, headers, body), None)
            }
            What::Answered { status, .. } if dialled.contains_key(&entry.line) => {
                word(Side::Server, format!("HTTP {status}"))
            }
            // What it answers was not recorded: a trace has no requests.
            What::Answered { .. } if !streaming.contains_key(&entry.line) => continue,
            What::Answered { status, headers, body: raw } => {
                let mut value = Map::new();
                value.insert("status".into(), (*status).into());
                body(raw, headers, &mut value);
                let json = words::json(raw).unwrap_or_else(|| text(raw).into());
                let seen = Observed::Status { code: *status, headers: headers.clone(), body: json.into() };
                told(Side::Server, On::Http, value.into(), named(reader.as_ref(), Side::Server, seen))
            }
            What::Frame { from, raw } => {
                if let Some(reader) = &mut reader {
                    for held in reader.read(entry.line, &people.all[who].name, *from, raw) {
                        if let Held::Message(value, known) = held {
                            let step = told(*from, On::Socket, value, known);
                            story.steps.push((entry.at, step));
                        }
                    }
                    continue;
                }
                let value = frame(raw, codec);
                let value =
                    if codec == Codec::JsonRpc { rpc(value, (entry.line, *from), &mut open, false) } else { value };
                told(*from, On::Socket, value, None)
            }
            What::Event { .. } if !streaming.contains_key(&entry.line) => continue,
            What::Event { event: name, id, data } => {
                let seen = Observed::Event { event: name.clone(), id: id.clone(), data: data.clone() };
                let known = named(reader.as_ref(), Side::Server, seen);
                told(Side::Server, On::Events, event(name, id.as_deref(), data), known)
            }
            What::Close { from: Side::Client, .. } => word(Side::Client, "WS disconnect".to_owned()),
            What::Close { from: Side::Server, code: Some(code) } => word(Side::Server, format!("WS close {code}")),
            What::Close { from: Side::Server, code: None } => word(Side::Server, "WS closed".to_owned()),
            What::End { from } => {
                let stream = streaming.get(&entry.line).copied();
                match (from, dialled.contains_key(&entry.line), stream) {
                    (Side::Client, true, _) => word(Side::Client, "WS drop".to_owned()),
                    (Side::Server, true, _) => word(Side::Server, "WS closed".to_owned()),
                    (Side::Client, false, Some(true)) => word(Side::Client, "SSE drop".to_owned()),
                    (Side::Server, false, Some(true)) => word(Side::Server, "SSE closed".to_owned()),
                    // A connection of HTTP that is not used any more.
                    (_, false, Some(false) | None) => continue,
                }
            }
        };
        story.steps.push((entry.at, step));
    }
    story.people = people;
    (story.given, story.cookies) = (logins.given, logins.cookies);
    story
}
