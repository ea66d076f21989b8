//! JSON lines: the same data as events, each written when it happens.

use super::model::{ScenarioJson, SummaryJson};
use super::{VERSION, to_text};
use crate::report::run::{Run, ScenarioReport};
use serde::Serialize;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    Begin { seqcheck: u32, scenarios: usize },
    Started { name: &'a str, path: &'a str },
    Scenario(Box<ScenarioJson>),
    End(SummaryJson),
}

/// Before the first scenario.
pub fn begin(scenarios: usize) -> String {
    line(&Line::Begin { seqcheck: VERSION, scenarios })
}

/// Whether a line is what [`begin`] says.
pub fn is_begin(line: &str) -> bool {
    line.starts_with("{\"event\":\"begin\",\"seqcheck\":")
}

/// When a scenario starts.
pub fn started(name: &str, path: &str) -> String {
    line(&Line::Started { name, path })
}

/// When a scenario is over.
pub fn scenario(report: &ScenarioReport) -> String {
    line(&Line::Scenario(Box::new(ScenarioJson::of(report))))
}

/// Behind the last scenario.
pub fn end(run: &Run) -> String {
    line(&Line::End(SummaryJson::of(run)))
}

fn line(line: &Line<'_>) -> String {
    to_text(line, false) + "\n"
}
