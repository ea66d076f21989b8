use super::{Coding, Part, bounds, text_of};
use crate::wire::Raw;
use crate::wire::pattern::value_text;
use serde_json::Value;

/// A text message is strings, one a line: LF or CRLF, the last with or without its end.
pub(super) struct Lines;

impl Coding for Lines {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let part = |line: &str| Part::Message(Value::String(line.to_owned()), Some(Raw::Text(line.into())));
        let lines = text_of(raw)?.lines();
        bounds::messages(lines.clone().count())?;
        Ok(lines.map(part).collect())
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        Ok(vec![Raw::Text(format!("{}\n", value_text(value)).into())])
    }
}
