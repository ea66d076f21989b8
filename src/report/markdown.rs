//! A summary in Markdown, for the job page of a CI system and for comments.

use super::junit::headline;
use super::run::{Run, ScenarioReport, Status};
use super::text::{Style, scenario, summary};
use crate::source::{elapsed_words, visible};

/// So many scenarios that are good are listed.
const LISTED: usize = 200;
/// So many reports are told in full.
const TOLD: usize = 50;

/// The whole run.
pub fn render(run: &Run) -> String {
    let plain = Style::default();
    let bad = |report: &&ScenarioReport| !report.status().is_good();
    let mut out = format!("## {}\n", line(summary(run, &plain).trim()));
    if run.scenarios.is_empty() {
        return out;
    }
    out.push_str("\n| | scenario | file | |\n| --- | --- | --- | --- |\n");
    let (first, rest): (Vec<_>, Vec<_>) = run.scenarios.iter().partition(bad);
    for report in first.iter().chain(rest.iter().take(LISTED)) {
        let aside = match report.status() {
            Status::Flaky => report.passed_at(),
            Status::Passed => report.duration.map_or(String::new(), elapsed_words),
            Status::Failed | Status::Inconclusive | Status::Error | Status::Skipped => headline(report),
        };
        out.push_str(&format!(
            "| {} {} | {} | {} | {} |\n",
            sign(report.status()),
            report.status().key(),
            line(&report.full_name()),
            line(&report.path),
            line(&aside)
        ));
    }
    if rest.len() > LISTED {
        out.push_str(&format!("\nand {} more that passed or were skipped.\n", rest.len() - LISTED));
    }
    for report in first.iter().take(TOLD) {
        let text = scenario(report, &plain);
        let fence = fence(&text);
        out.push_str(&format!(
            "\n<details><summary>{} {}</summary>\n\n{fence}text\n{}\n{fence}\n\n</details>\n",
            sign(report.status()),
            super::svg::escape(&visible(&report.full_name())),
            text.trim_end()
        ));
    }
    if first.len() > TOLD {
        out.push_str(&format!("\nand {} more that did not pass.\n", first.len() - TOLD));
    }
    out
}

fn sign(status: Status) -> &'static str {
    match status {
        Status::Passed => "✅",
        Status::Flaky => "🔁",
        Status::Failed => "❌",
        Status::Inconclusive => "❔",
        Status::Error => "💥",
        Status::Skipped => "⏭️",
    }
}

/// Text that is text in a cell of a table.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(&text.replace(['\n', '\r'], " ")).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '#' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A fence that no line of the text can end.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::mixed;

    #[test]
    fn what_is_not_good_comes_first_and_is_told() {
        let text = render(&mixed());
        assert!(
            text.starts_with("## 6 scenarios: 1 passed, 2 failed, 1 inconclusive, 1 error, 1 skipped (in memory)\n")
        );
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.contains("---")).collect();
        assert_eq!(rows.len(), 7);
        assert!(
            rows[1].starts_with("| ❌ fail | WebSocket Chat Flow | scenarios/chat.seq | line 14: duplicate"),
            "{}",
            rows[1]
        );
        assert_eq!(text.matches("<details>").count(), 4);
    }

    #[test]
    fn text_cannot_leave_its_cell_or_its_fence() {
        assert_eq!(line("a|b\n<x>`"), "a\\|b &lt;x>\\`");
        assert_eq!(fence("a ```` b"), "`````");
    }
}
