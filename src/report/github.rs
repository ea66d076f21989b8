//! Annotations of GitHub workflows (workflow commands): findings stand at their line in the file.

use super::junit::headline;
use super::run::{ScenarioReport, Status, decoded};
use crate::source::{Span, visible_lines};

/// The annotations of one scenario; none where it passed.
pub fn scenario(report: &ScenarioReport) -> String {
    let outcome = &report.outcome;
    let name = report.full_name();
    match report.status() {
        Status::Passed => String::new(),
        Status::Flaky => {
            let text = format!("{}\n{}", report.passed_at(), report.tries.join("\n"));
            command("warning", report, None, &format!("{name}: flaky"), &text)
        }
        Status::Skipped => command("notice", report, None, &format!("{name}: skipped"), &headline(report)),
        Status::Failed if !outcome.findings.is_empty() => {
            let one = |finding: &crate::oracle::Finding| {
                let arrow = finding.arrow.and_then(|arrow| report.order.arrows.get(arrow.0 as usize));
                let mut text = finding.what.clone();
                if let Some(raw) = &finding.raw {
                    text.push_str(&format!("\nframe: {raw}"));
                }
                if let Some(value) = decoded(report, finding) {
                    text.push_str(&format!("\ndecoded: {value}"));
                }
                for difference in &finding.diff {
                    text.push_str(&format!("\n{}", super::view::value_words(difference)));
                }
                text.push_str(&ended(report));
                text.push_str(&format!("\nagain: {}", report.again));
                let title = format!("{name}: {}", finding.class.word());
                command("error", report, arrow.map(|arrow| arrow.span), &title, &text)
            };
            outcome.findings.iter().take(10).map(one).collect()
        }
        Status::Failed => command("error", report, None, &format!("{name}: failed"), &headline(report)),
        Status::Inconclusive => {
            let span = outcome.doubts.first().and_then(|doubt| doubt.spans.first().copied());
            command("warning", report, span, &format!("{name}: inconclusive"), &headline(report))
        }
        Status::Error => {
            let span = outcome.trouble.as_ref().and_then(|trouble| trouble.spans.first().copied());
            command("error", report, span, &format!("{name}: error"), &(headline(report) + &ended(report)))
        }
    }
}

/// What became of launched servers that have ended, a line each.
fn ended(report: &ScenarioReport) -> String {
    let ended = report.servers.iter().filter(|server| server.ended.is_some());
    ended.map(|server| format!("\n{}", server.words())).collect()
}

fn command(level: &str, report: &ScenarioReport, span: Option<Span>, title: &str, text: &str) -> String {
    let source =
        span.and_then(|span| report.sources.iter().nth(span.source.0 as usize).map(|(_, source)| (source, span)));
    let (file, line) = match source {
        Some((source, span)) => (source.name(), format!(",line={}", source.line_of(span.start))),
        None => (report.path.as_str(), String::new()),
    };
    format!("::{level} file={}{line},title={}::{}\n", property(file), property(title), data(text))
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// The value of a property, which ends at `,` and `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{mixed, twice};

    #[test]
    fn findings_stand_at_their_line() {
        let text: String = mixed().scenarios.iter().map(scenario).collect();
        let heads: Vec<&str> = text.lines().map(|line| line.split("::").nth(1).unwrap_or_default()).collect();
        assert_eq!(
            heads,
            [
                "error file=scenarios/chat.seq,line=14,title=WebSocket Chat Flow%3A duplicate",
                "error file=scenarios/chat.seq,line=14,title=WebSocket Chat Flow%3A missing",
                "notice file=scenarios/chat.seq,title=WebSocket Chat Flow%3A skipped",
                "warning file=scenarios/chat.seq,line=11,title=WebSocket Chat Flow%3A inconclusive",
                "error file=scenarios/chat.seq,line=7,title=WebSocket Chat Flow%3A error",
            ]
        );
    }

    #[test]
    fn what_a_server_says_cannot_give_commands() {
        let mut report = twice();
        report.outcome.findings[0].what = "50%\n::stop-commands::x".to_owned();
        let text = scenario(&report);
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("50%25%0A::stop-commands"));
    }
}
