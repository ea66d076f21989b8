use super::{Coding, Part, binary_of, bounds};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use rmpv::Value as Pack;
use serde_json::{Number, Value, json};

/// A binary message is one MessagePack value. Binary is `{ "$hex" = "…" }`, an extension `{ ext, data }`; keys that are
/// no strings are their JSON text.
pub(super) struct MsgPack;

impl Coding for MsgPack {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let mut bytes = &**binary_of(raw)?;
        bounds::msgpack(bytes)?;
        let value = rmpv::decode::read_value_with_max_depth(&mut bytes, bounds::DEPTH)
            .map_err(|error| format!("not MessagePack: {error}"))?;
        if !bytes.is_empty() {
            return Err(format!("{} bytes after the MessagePack value", bytes.len()));
        }
        Ok(vec![Part::Message(from_pack(value), None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &to_pack(value)).map_err(|error| error.to_string())?;
        Ok(vec![Raw::Binary(bytes.into())])
    }
}

fn from_pack(value: Pack) -> Value {
    match value {
        Pack::Nil => Value::Null,
        Pack::Boolean(flag) => Value::Bool(flag),
        Pack::Integer(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => Value::Null,
        },
        Pack::F32(number) => Number::from_f64(number.into()).map_or(Value::Null, Value::Number),
        Pack::F64(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Pack::String(text) => String::from_utf8_lossy(text.as_bytes()).into_owned().into(),
        Pack::Binary(bytes) => from_bytes(&bytes),
        Pack::Array(list) => list.into_iter().map(from_pack).collect(),
        Pack::Map(members) => members
            .into_iter()
            .map(|(key, value)| (crate::wire::pattern::value_text(&from_pack(key)), from_pack(value)))
            .collect(),
        Pack::Ext(kind, bytes) => json!({ "ext": kind, "data": from_bytes(&bytes) }),
    }
}

fn to_pack(value: &Value) -> Pack {
    if let Some(bytes) = to_bytes(value) {
        return Pack::Binary(bytes);
    }
    match value {
        Value::Null => Pack::Nil,
        Value::Bool(flag) => Pack::Boolean(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Pack::from(number),
            (None, Some(number), _) => Pack::from(number),
            (None, None, number) => Pack::from(number.unwrap_or(0.0)),
        },
        Value::String(text) => Pack::from(text.as_str()),
        Value::Array(list) => Pack::Array(list.iter().map(to_pack).collect()),
        Value::Object(map) => match (map.get("ext").and_then(Value::as_i64), map.get("data").and_then(to_bytes)) {
            (Some(kind), Some(bytes)) if map.len() == 2 => Pack::Ext(kind as i8, bytes),
            _ => Pack::Map(map.iter().map(|(key, value)| (Pack::from(key.as_str()), to_pack(value))).collect()),
        },
    }
}
