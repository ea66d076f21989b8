use super::{Coding, Part, bounds, text_of};
use crate::wire::Raw;
use serde_json::Value;

/// A text message is one JSON value (RFC 8259).
pub(super) struct Json;

impl Coding for Json {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Message(bounds::json(text_of(raw)?)?, None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        // Not through the formatter of `Display`, which takes three times as long.
        let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
        Ok(vec![Raw::Text(text.into())])
    }
}
