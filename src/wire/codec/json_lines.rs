use super::{Coding, Part, bounds, text_of};
use crate::wire::Raw;
use serde_json::Value;

/// A text message is JSON values, one a line; empty lines mean nothing.
pub(super) struct JsonLines;

impl Coding for JsonLines {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let lines = text_of(raw)?.lines().filter(|line| !line.trim().is_empty());
        bounds::messages(lines.clone().count())?;
        lines.map(|line| Ok(Part::Message(bounds::json(line)?, Some(Raw::Text(line.into()))))).collect()
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        Ok(vec![Raw::Text(format!("{value}\n").into())])
    }
}
