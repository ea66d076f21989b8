use super::editing::Op;
use super::{ErrorCode, Refusal, TypingState};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a client asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    Auth { token: String },
    Join { room: Arc<str> },
    Leave { room: Arc<str> },
    Message { room: Option<Arc<str>>, text: Arc<str> },
    Direct { to: String, text: Arc<str> },
    Typing { state: TypingState },
    Read { id: u64 },
    Open { doc: Arc<str> },
    Edit { doc: Arc<str>, rev: u64, op: Op },
    Ping { nonce: Value },
}

/// A message that is an object with a `type`; its other members are not looked at yet.
pub(super) struct Envelope {
    kind: String,
    members: Map<String, Value>,
}

impl Envelope {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let value = serde_json::from_str(text)
            .map_err(|error| Refusal::new(ErrorCode::BadJson, format!("not JSON: {error}")))?;
        let Value::Object(mut members) = value else {
            return Err(Refusal::new(ErrorCode::BadJson, "not a JSON object"));
        };
        match members.remove("type") {
            Some(Value::String(kind)) => Ok(Envelope { kind, members }),
            Some(_) | None => Err(Refusal::field("type", "a string")),
        }
    }

    /// Whether it may come before authentication.
    pub(super) fn needs_no_authentication(&self) -> bool {
        matches!(self.kind.as_str(), "auth" | "ping")
    }

    pub(super) fn open(mut self) -> Result<Request, Refusal> {
        Ok(match self.kind.as_str() {
            "auth" => Request::Auth { token: self.text("token")? },
            "join" => Request::Join { room: self.name("room")? },
            "leave" => Request::Leave { room: self.name("room")? },
            "message" => Request::Message {
                room: if self.members.contains_key("room") { Some(self.name("room")?) } else { None },
                text: self.text("text")?.into(),
            },
            "direct" => Request::Direct { to: self.text("to")?, text: self.text("text")?.into() },
            "typing" => Request::Typing {
                state: match self.text("state")?.as_str() {
                    "start" => TypingState::Start,
                    "stop" => TypingState::Stop,
                    _ => return Err(Refusal::field("state", "\"start\" or \"stop\"")),
                },
            },
            "read" => Request::Read { id: self.number("id")? },
            "open" => Request::Open { doc: self.name("doc")? },
            "edit" => Request::Edit { doc: self.name("doc")?, rev: self.number("rev")?, op: self.op()? },
            "ping" => Request::Ping {
                nonce: self
                    .members
                    .remove("nonce")
                    .ok_or_else(|| Refusal::field("nonce", "present, with any value"))?,
            },
            other => return Err(Refusal::new(ErrorCode::UnknownType, format!("no request of type {other:?}"))),
        })
    }

    fn text(&mut self, name: &str) -> Result<String, Refusal> {
        text(&mut self.members, name)
    }

    /// A text that is not empty.
    fn name(&mut self, name: &str) -> Result<Arc<str>, Refusal> {
        match self.text(name) {
            Ok(text) if !text.is_empty() => Ok(text.into()),
            Ok(_) | Err(_) => Err(Refusal::field(name, "a string that is not empty")),
        }
    }

    fn number(&mut self, name: &str) -> Result<u64, Refusal> {
        number(&mut self.members, name)
    }

    fn op(&mut self) -> Result<Op, Refusal> {
        let wrong = || Refusal::field("op", "{\"insert\":POS,\"text\":X} or {\"delete\":POS,\"count\":N}");
        let Some(Value::Object(mut op)) = self.members.remove("op") else {
            return Err(wrong());
        };
        match (op.contains_key("insert"), op.contains_key("delete")) {
            (true, false) => Ok(Op::Insert { insert: number(&mut op, "insert")?, text: text(&mut op, "text")?.into() }),
            (false, true) => Ok(Op::Delete { delete: number(&mut op, "delete")?, count: number(&mut op, "count")? }),
            (true, true) | (false, false) => Err(wrong()),
        }
    }
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<String, Refusal> {
    match members.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) | None => Err(Refusal::field(name, "a string")),
    }
}

/// A whole number from 0; `1.0` is one too, since JSON does not tell them apart.
fn number(members: &mut Map<String, Value>, name: &str) -> Result<u64, Refusal> {
    // The largest number up to which every double is exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let found = members.remove(name);
    let number = found.as_ref().and_then(|value| {
        value.as_u64().or_else(|| {
            value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=EXACT).contains(n)).map(|whole| whole as u64)
        })
    });
    number.ok_or_else(|| Refusal::field(name, "a whole number from 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<ErrorCode> {
        Envelope::parse(text).and_then(Envelope::open).err().map(|refusal| refusal.code)
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        for (text, want) in [
            ("", Some(ErrorCode::BadJson)),
            ("hello", Some(ErrorCode::BadJson)),
            ("[1]", Some(ErrorCode::BadJson)),
            ("null", Some(ErrorCode::BadJson)),
            ("{}", Some(ErrorCode::BadField)),
            (r#"{"type":1}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"dance"}"#, Some(ErrorCode::UnknownType)),
            (r#"{"type":"join"}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"join","room":""}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"join","room":"a","more":true}"#, None),
            (r#"{"type":"message","text":""}"#, None),
            (r#"{"type":"message","text":"x","room":null}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"typing","state":"maybe"}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"read","id":-1}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"read","id":1.5}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"read","id":1.0}"#, None),
            (r#"{"type":"read","id":"1"}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"ping"}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"ping","nonce":null}"#, None),
            (r#"{"type":"edit","doc":"d","rev":0,"op":{"insert":0,"text":"x","delete":1}}"#, Some(ErrorCode::BadField)),
            (r#"{"type":"edit","doc":"d","rev":0,"op":{"delete":0,"count":0}}"#, None),
        ] {
            assert_eq!(code(text), want, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{{\"type\":\"ping\",\"nonce\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(code(&deep), Some(ErrorCode::BadJson));
    }
}
