use super::{Coding, Part, binary_of, bounds};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::pattern::value_text;
use ciborium::Value as Cbor;
use serde_json::{Number, Value, json};

/// A binary message is one CBOR item (RFC 8949). A byte string is `{ "$hex" = "…" }`, a tagged item `{ tag, item }`;
/// keys that are no strings are their JSON text.
pub(super) struct CborCoding;

impl Coding for CborCoding {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let bytes = binary_of(raw)?;
        bounds::cbor(bytes)?;
        let value: Cbor = ciborium::de::from_reader_with_recursion_limit(&**bytes, bounds::DEPTH)
            .map_err(|error| format!("not CBOR: {error}"))?;
        Ok(vec![Part::Message(from_cbor(value), None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&to_cbor(value), &mut bytes).map_err(|error| error.to_string())?;
        Ok(vec![Raw::Binary(bytes.into())])
    }
}

fn from_cbor(value: Cbor) -> Value {
    match value {
        Cbor::Integer(number) => match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => number.into(),
            (Err(_), Ok(number)) => number.into(),
            (Err(_), Err(_)) => i128::from(number).to_string().into(),
        },
        Cbor::Bytes(bytes) => from_bytes(&bytes),
        Cbor::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Cbor::Text(text) => text.into(),
        Cbor::Bool(flag) => flag.into(),
        Cbor::Null => Value::Null,
        Cbor::Tag(tag, item) => json!({ "tag": tag, "item": from_cbor(*item) }),
        Cbor::Array(list) => list.into_iter().map(from_cbor).collect(),
        Cbor::Map(members) => {
            members.into_iter().map(|(key, value)| (value_text(&from_cbor(key)), from_cbor(value))).collect()
        }
        // The crate may learn further kinds of items.
        _ => Value::Null,
    }
}

fn to_cbor(value: &Value) -> Cbor {
    if let Some(bytes) = to_bytes(value) {
        return Cbor::Bytes(bytes);
    }
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Cbor::Integer(number.into()),
            (None, Some(number), _) => Cbor::Integer(number.into()),
            (None, None, number) => Cbor::Float(number.unwrap_or(0.0)),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(list) => Cbor::Array(list.iter().map(to_cbor).collect()),
        Value::Object(map) => match (map.get("tag").and_then(Value::as_u64), map.get("item")) {
            (Some(tag), Some(item)) if map.len() == 2 => Cbor::Tag(tag, Box::new(to_cbor(item))),
            _ => Cbor::Map(map.iter().map(|(key, value)| (Cbor::Text(key.clone()), to_cbor(value))).collect()),
        },
    }
}
