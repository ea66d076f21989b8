//! A run as JSON, for programs. The form has a version and a schema (`docs/schema/report.json`); members are added
//! within a version, never changed or taken away.

pub mod lines;
mod model;
mod parts;

use super::run::{Run, ScenarioReport};
use crate::source::visible_json;
use model::RunJson;
use serde::Serialize;

/// The version of the form.
pub const VERSION: u32 = 1;

/// The whole run as one document.
pub fn render(run: &Run) -> String {
    let mut text = to_text(&RunJson::of(run), true);
    text.push('\n');
    text
}

/// Plain data with string keys always becomes JSON; the error is unreachable, and still not hidden.
fn to_text(value: &impl Serialize, pretty: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    visible_json(text.unwrap_or_else(|error| format!("{{\"error\":{:?}}}", error.to_string())))
}

/// One scenario as a JSON value.
pub fn scenario(report: &ScenarioReport) -> serde_json::Value {
    serde_json::to_value(model::ScenarioJson::of(report)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
