use super::{Coding, Part, text_of};
use crate::wire::Raw;
use crate::wire::pattern::value_text;
use serde_json::Value;

/// A text message is a string.
pub(super) struct Text;

impl Coding for Text {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Message(Value::String(text_of(raw)?.to_string()), None)])
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        Ok(vec![Raw::Text(value_text(value).into())])
    }
}
