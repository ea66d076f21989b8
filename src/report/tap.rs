//! Test Anything Protocol, version 14 (<https://testanything.org/tap-version-14-specification.html>): a test point a
//! scenario, with a YAML block of what went wrong.

use super::junit::{headline, kind};
use super::run::{ScenarioReport, Status};
use super::text::{Style, scenario as told};
use crate::source::{visible, visible_json};

/// The version. The plan comes behind the points: how many plays there are is known only then.
pub fn begin() -> &'static str {
    "TAP version 14\n"
}

/// The plan.
pub fn end(points: usize) -> String {
    format!("1..{points}\n")
}

/// One test point.
pub fn scenario(report: &ScenarioReport, number: usize) -> String {
    let name = escape(&report.full_name());
    match report.status() {
        Status::Passed => format!("ok {number} - {name}\n"),
        Status::Flaky => {
            let tries = visible_json(serde_json::Value::from(report.tries.clone()).to_string());
            format!("ok {number} - {name}\n  ---\n  flaky: true\n  tries: {tries}\n  ...\n")
        }
        Status::Skipped => {
            let reason = escape(report.skipped.as_deref().unwrap_or_default());
            format!("ok {number} - {name} # SKIP {reason}\n")
        }
        status @ (Status::Failed | Status::Inconclusive | Status::Error) => {
            let mut out = format!("not ok {number} - {name}\n  ---\n");
            let fields = [
                ("message", headline(report)),
                ("severity", status.key().to_owned()),
                ("kind", kind(report)),
                ("file", report.path.clone()),
                ("report", told(report, &Style::default())),
            ];
            for (key, value) in fields {
                // A JSON string is a YAML string, on one line whatever it holds.
                out.push_str(&format!("  {key}: {}\n", visible_json(serde_json::Value::from(value).to_string())));
            }
            out.push_str("  ...\n");
            out
        }
    }
}

/// `#` would begin a directive; a line break would end the line.
fn escape(text: &str) -> String {
    let line = text.replace(['\n', '\r'], " ");
    visible(&line).replace('\\', "\\\\").replace('#', "\\#").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{mixed, passed};

    #[test]
    fn points_plan_and_blocks() {
        let run = mixed();
        let points = run.scenarios.iter().enumerate().map(|(index, each)| scenario(each, index + 1));
        let text = begin().to_owned() + &points.collect::<String>() + &end(6);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("TAP version 14"));
        let (mut points, mut block) = (Vec::new(), false);
        for line in lines {
            match line {
                "  ---" => block = true,
                "  ..." => block = false,
                line if block => {
                    let (key, value) = line.trim_start().split_once(": ").expect("a member");
                    assert!(serde_json::from_str::<String>(value).is_ok(), "{key}");
                }
                line => points.push(line),
            }
        }
        assert!(!block);
        assert_eq!(
            points,
            [
                "ok 1 - WebSocket Chat Flow",
                "not ok 2 - WebSocket Chat Flow",
                "not ok 3 - WebSocket Chat Flow",
                "ok 4 - WebSocket Chat Flow # SKIP needs auth=required",
                "not ok 5 - WebSocket Chat Flow",
                "not ok 6 - WebSocket Chat Flow",
                "1..6",
            ]
        );
    }

    #[test]
    fn a_name_cannot_skip_itself() {
        let mut report = passed("A->B: WS connect\n");
        report.name = "x # SKIP y\nok 2".to_owned();
        assert_eq!(scenario(&report, 1), "ok 1 - x \\# SKIP y ok 2\n");
    }
}
