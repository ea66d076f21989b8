use super::{Expectation, Watch};
use crate::wire::pattern::bytes::from_bytes as from_bytes_of;
use crate::wire::{COMMENT, Message, Observed, RETRY, Raw};
use serde_json::{Map, Value};
use std::borrow::Cow;

impl Expectation {
    /// What a frame is, in the form of the pattern; none where it is of another kind.
    pub(super) fn view<'o>(&self, observed: &'o Observed) -> Option<Cow<'o, Value>> {
        match (&self.0.watch, observed) {
            (Watch::Message | Watch::Raw(_), Observed::Message(message)) => Some(Cow::Borrowed(&*message.value)),
            (Watch::Status, Observed::Status { .. }) | (Watch::Event, Observed::Event { .. }) => {
                Some(Cow::Owned(view(observed)))
            }
            (Watch::Close, Observed::Close { code: Some(_), .. }) => Some(Cow::Owned(view(observed))),
            (Watch::Closed, Observed::Close { code: None, .. } | Observed::End { .. })
            | (Watch::Ended, Observed::Close { .. } | Observed::End { .. })
            | (Watch::StreamEnd, Observed::End { .. })
            | (Watch::Left, Observed::Close { code: None | Some(1000 | 1001 | 1005), .. })
            | (Watch::Anything, _) => Some(Cow::Owned(Value::Null)),
            (Watch::Dialled, Observed::Dialled { .. }) | (Watch::Asked(_), Observed::Asked { .. }) => {
                Some(Cow::Owned(view(observed)))
            }
            (Watch::Bare, Observed::Message(Message { raw, .. }) | Observed::Garbled { raw, .. }) => {
                Some(Cow::Owned(bare(raw)))
            }
            (Watch::Message | Watch::Raw(_) | Watch::Status | Watch::Event | Watch::Dialled | Watch::Asked(_), _)
            | (Watch::Close | Watch::Closed | Watch::Ended | Watch::StreamEnd | Watch::Left | Watch::Bare, _) => None,
        }
    }
}

/// An observation in the form that patterns of its kind have.
pub(in crate::wire) fn view(observed: &Observed) -> Value {
    let mut map = Map::new();
    let all = |headers: &[(String, String)]| {
        Value::Object(headers.iter().map(|(name, value)| (name.clone(), Value::from(&**value))).collect())
    };
    match observed {
        Observed::Message(message) => return (*message.value).clone(),
        Observed::Garbled { raw, .. } => return Value::String(raw.to_string()),
        Observed::Status { code, headers, body } => {
            map.insert("status".to_owned(), (*code).into());
            map.insert("headers".to_owned(), all(headers));
            map.insert("body".to_owned(), (**body).clone());
        }
        Observed::Event { event, data, .. } if event == COMMENT => {
            map.insert("comment".to_owned(), (&**data).into());
        }
        Observed::Event { event, data, .. } if event == RETRY => {
            map.insert("retry".to_owned(), data.parse::<u64>().map_or_else(|_| (&**data).into(), Value::from));
        }
        Observed::Event { event, id, data } => {
            map.insert("event".to_owned(), (&**event).into());
            if let Some(id) = id {
                map.insert("id".to_owned(), (&**id).into());
            }
            map.insert("data".to_owned(), (&**data).into());
        }
        Observed::Close { code, reason } => {
            if let Some(code) = code {
                map.insert("code".to_owned(), (*code).into());
            }
            map.insert("reason".to_owned(), (&**reason).into());
        }
        Observed::Dialled { url, headers } => {
            map.insert("url".to_owned(), (&**url).into());
            map.insert("headers".to_owned(), all(headers));
            // A list, also where it stands in several headers (RFC 6455, section 11.3.4).
            let lists = headers.iter().filter(|(name, _)| name == "sec-websocket-protocol");
            let offered = lists.flat_map(|(_, list)| list.split(',')).map(str::trim).filter(|one| !one.is_empty());
            let offered: Vec<Value> = offered.map(Value::from).collect();
            if !offered.is_empty() {
                map.insert("subprotocols".to_owned(), offered.into());
            }
        }
        Observed::Asked { method, url, headers, body } => {
            map.insert("method".to_owned(), (&**method).into());
            map.insert("url".to_owned(), (&**url).into());
            map.insert("headers".to_owned(), all(headers));
            map.insert("body".to_owned(), (**body).clone());
        }
        Observed::End { how } => return Value::String(how.clone()),
    }
    Value::Object(map)
}

/// A frame past its codec, in the form of the patterns `$text` and `$hex`.
fn bare(raw: &Raw) -> Value {
    match raw {
        Raw::Text(text) => Value::String(text.to_string()),
        Raw::Binary(bytes) => from_bytes_of(bytes),
    }
}

/// An observation as one value for a report.
pub(super) fn whole(observed: &Observed) -> Value {
    match observed {
        Observed::Message(message) => (*message.value).clone(),
        Observed::Garbled { raw, .. } => Value::String(raw.to_string()),
        Observed::Status { code, .. } => Value::String(format!("HTTP {code}")),
        Observed::Event { .. } => view(observed),
        Observed::Close { code: Some(code), .. } => Value::String(format!("Close {code}")),
        Observed::Close { code: None, .. } => Value::String("Close without a code".to_owned()),
        Observed::Dialled { url, .. } => Value::String(format!("WS connect {url}")),
        Observed::Asked { method, url, .. } => Value::String(format!("{method} {url}")),
        Observed::End { how } => Value::String(how.clone()),
    }
}
