use super::{Coding, Part, Side, bounds};
use crate::framing::quoted;
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use serde_json::{Map, Value, json};

/// Engine.IO 4 and Socket.IO 5 packets. An event is `{ event, args, id, nsp }`, an acknowledgement `{ ack, args, nsp }`
/// (`id` and `nsp` where there are any); every other packet is its text (`0{…}`, `40{…}`, `41`, `44{…}`). The server's
/// ping (`2`) is answered by the codec; a client's answer to it (`3`) is no message. Binary attachments are put in their
/// places as `{ "$hex" = "…" }`.
#[derive(Default)]
pub(super) struct SocketIo {
    side: Side,
    /// An event whose attachments have not all come: itself, those that came, and how many are wanted.
    open: Option<(Value, Vec<Option<Value>>, usize)>,
    /// Bytes that came of it.
    held: usize,
}

impl SocketIo {
    pub(super) fn at(side: Side) -> Self {
        SocketIo { side, ..SocketIo::default() }
    }

    /// What was begun is over.
    fn reset(&mut self) {
        *self = SocketIo::at(self.side);
    }
}

/// How many attachments an event may have.
const MAX_ATTACHMENTS: usize = 1024;

impl Coding for SocketIo {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let text = match raw {
            Raw::Text(text) => text,
            Raw::Binary(bytes) => {
                self.held = self.held.saturating_add(bytes.len());
                if self.held > bounds::PENDING {
                    self.reset();
                    return Err(format!("attachments of more than {} bytes", bounds::PENDING));
                }
                return self.attachment(from_bytes(bytes));
            }
        };
        if let Some(rest) = text.strip_prefix('2') {
            return Ok(vec![Part::Answer(Raw::Text(format!("3{rest}").into()))]);
        }
        if self.side == Side::Server && text.starts_with('3') {
            return Ok(Vec::new());
        }
        let Some(packet) = text.strip_prefix('4') else {
            return Ok(vec![Part::Message(Value::String(text.to_string()), None)]);
        };
        // Attachments follow their event at once.
        if self.open.is_some() {
            self.reset();
            return Err("a packet where an attachment of the event before it is expected".to_owned());
        }
        match packet.chars().next() {
            Some(kind @ ('2' | '3' | '5' | '6')) => self.packet(kind, &packet[1..]),
            Some(_) | None => Ok(vec![Part::Message(Value::String(text.to_string()), None)]),
        }
    }

    fn begun(&self) -> usize {
        if self.open.is_some() { self.held } else { 0 }
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if let Some(text) = value.as_str() {
            return Ok(vec![Raw::Text(text.into())]);
        }
        let event = value.get("event");
        let (id, kind) = match (event, value.get("ack")) {
            (Some(_), _) => (value.get("id"), ['2', '5']),
            (None, Some(ack)) => (Some(ack), ['3', '6']),
            (None, None) => {
                return Err("a Socket.IO message is `{ event, args }`, `{ ack, args }`, or a packet as text".to_owned());
            }
        };
        let mut attachments = Vec::new();
        let args = value.get("args").cloned().unwrap_or_else(|| json!([]));
        let args =
            detach(args.as_array().cloned().ok_or("`args` of a Socket.IO event is a list")?.into(), &mut attachments);
        let mut list: Vec<Value> = event.into_iter().cloned().collect();
        list.extend(args.as_array().cloned().unwrap_or_default());
        let mut text = format!("4{}", if attachments.is_empty() { kind[0] } else { kind[1] });
        if !attachments.is_empty() {
            text.push_str(&format!("{}-", attachments.len()));
        }
        if let Some(nsp) = value.get("nsp").and_then(Value::as_str).filter(|nsp| *nsp != "/") {
            text.push_str(&format!("{nsp},"));
        }
        if let Some(id) = id {
            text.push_str(&crate::wire::pattern::value_text(id));
        }
        text.push_str(&Value::Array(list).to_string());
        let mut raws = vec![Raw::Text(text.into())];
        raws.extend(attachments.into_iter().map(|bytes| Raw::Binary(bytes.into())));
        Ok(raws)
    }
}

impl SocketIo {
    fn packet(&mut self, kind: char, text: &str) -> Result<Vec<Part>, String> {
        let mut rest = text;
        let mut wanted = 0;
        if matches!(kind, '5' | '6') {
            let (count, after) = rest.split_once('-').ok_or("a binary packet without its number of attachments")?;
            wanted = count.parse().map_err(|_| format!("{} is not a number of attachments", quoted(count)))?;
            if wanted > MAX_ATTACHMENTS {
                return Err(format!("more than {MAX_ATTACHMENTS} attachments"));
            }
            rest = after;
        }
        let mut map = Map::new();
        if rest.starts_with('/') {
            let (nsp, after) = rest.split_once(',').ok_or("a namespace without a comma after it")?;
            map.insert("nsp".to_owned(), nsp.into());
            rest = after;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let id = (digits > 0).then(|| rest[..digits].parse::<u64>()).transpose().map_err(|error| error.to_string())?;
        let Value::Array(list) = bounds::json(&rest[digits..])? else { return Err("not a list".to_owned()) };
        let mut list = list.into_iter();
        if matches!(kind, '2' | '5') {
            map.insert("event".to_owned(), list.next().ok_or("an event without a name")?);
            map.extend(id.map(|id| ("id".to_owned(), id.into())));
        } else {
            map.insert("ack".to_owned(), id.ok_or("an acknowledgement without an id")?.into());
        }
        map.insert("args".to_owned(), list.collect());
        let value = Value::Object(map);
        if wanted > 0 {
            (self.open, self.held) = (Some((value, Vec::new(), wanted)), "45".len() + text.len());
            return Ok(Vec::new());
        }
        Ok(vec![Part::Message(value, None)])
    }

    fn attachment(&mut self, bytes: Value) -> Result<Vec<Part>, String> {
        let (value, mut got, wanted) = self.open.take().ok_or("a binary message that belongs to no event")?;
        got.push(Some(bytes));
        if got.len() < wanted {
            self.open = Some((value, got, wanted));
            return Ok(Vec::new());
        }
        Ok(vec![Part::Message(attach(value, &mut got), None)])
    }
}

/// Attachments in the places that are kept for them, each in one.
fn attach(value: Value, attachments: &mut [Option<Value>]) -> Value {
    match value {
        Value::Object(map) if map.get("_placeholder") == Some(&Value::Bool(true)) => {
            let number = map.get("num").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
            number.and_then(|number| attachments.get_mut(number)?.take()).unwrap_or(Value::Object(map))
        }
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, attach(value, attachments))).collect(),
        Value::Array(list) => list.into_iter().map(|value| attach(value, attachments)).collect(),
        scalar => scalar,
    }
}

/// Bytes out of a value, a place kept for each.
fn detach(value: Value, attachments: &mut Vec<Vec<u8>>) -> Value {
    if let Some(bytes) = to_bytes(&value) {
        attachments.push(bytes);
        return json!({ "_placeholder": true, "num": attachments.len() - 1 });
    }
    match value {
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, detach(value, attachments))).collect(),
        Value::Array(list) => list.into_iter().map(|value| detach(value, attachments)).collect(),
        scalar => scalar,
    }
}
