use super::{Coding, Part};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use serde_json::Value;

/// A binary message is bytes, `{ "$hex" = "…" }`; a text message is a string.
pub(super) struct Bytes;

impl Coding for Bytes {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let value = match raw {
            Raw::Text(text) => Value::String(text.to_string()),
            Raw::Binary(bytes) => from_bytes(bytes),
        };
        Ok(vec![Part::Message(value, None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        if let Some(text) = value.as_str() {
            return Ok(vec![Raw::Text(text.into())]);
        }
        let bytes = to_bytes(value).ok_or("write bytes as `{ \"$hex\" = \"…\" }`, and text as a string")?;
        Ok(vec![Raw::Binary(bytes.into())])
    }
}
