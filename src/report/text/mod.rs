//! The report for people: a line a scenario, a block a finding, a summary.
//!
//! [`render`] is the whole of a run; [`scenario`] and [`summary`] are its parts, for a command that reports while it
//! runs. [`finding`] is the block of one finding, [`diff`] the expected trace against the observed one.

mod diff;
mod expected;
mod finding;
mod words;

use super::paint::{Painted, Tone, fit};
use super::run::{Run, ScenarioReport, Status};
use crate::source::{Span, elapsed_words};
use unicode_width::UnicodeWidthStr;

/// How the text report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With the escape sequences of a terminal.
    pub color: bool,
    /// How many columns the reader has.
    pub width: usize,
    /// Drawings in ASCII alone.
    pub ascii: bool,
    /// How much is said.
    pub verbosity: Verbosity,
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// What is not good, and the summary.
    Quiet,
    /// A line a scenario as well.
    #[default]
    Normal,
    /// Every frame and every consequence as well.
    Verbose,
}

impl Default for Style {
    fn default() -> Self {
        Style { color: false, width: 100, ascii: false, verbosity: Verbosity::Normal }
    }
}

/// The whole report of a run.
pub fn render(run: &Run, style: &Style) -> String {
    let mut out = String::new();
    for each in &run.scenarios {
        out.push_str(&scenario(each, style));
    }
    out.push_str(&summary(run, style));
    out
}

/// What is said of one scenario; empty where nothing is.
pub fn scenario(report: &ScenarioReport, style: &Style) -> String {
    let status = report.status();
    let quiet = style.verbosity == Verbosity::Quiet && matches!(status, Status::Passed | Status::Skipped);
    if quiet {
        return String::new();
    }
    let mut painted = Painted::new();
    heading(&mut painted, report, status, style);
    match status {
        Status::Skipped => {}
        Status::Passed => {
            for finding in &report.outcome.excused {
                let text = format!("known failure: {}", finding.what);
                note(&mut painted, Tone::Warn, &text);
            }
            notes(&mut painted, report);
            if style.verbosity == Verbosity::Verbose {
                finding::frames(&mut painted, report, style);
            }
        }
        Status::Failed | Status::Inconclusive | Status::Error => {
            finding::all(&mut painted, report, style);
            notes(&mut painted, report);
            painted.line();
        }
    }
    painted.render(style.color)
}

/// The last line: how many scenarios came to what, where, and in how much time.
pub fn summary(run: &Run, style: &Style) -> String {
    let mut painted = Painted::new();
    let total = run.scenarios.len();
    let bad = run.scenarios.last().is_some_and(|last| !matches!(last.status(), Status::Passed | Status::Skipped));
    let quiet = style.verbosity == Verbosity::Quiet;
    if total > 0 && !bad && !quiet {
        painted.line().line();
    }
    let noun = if total == 1 { "scenario" } else { "scenarios" };
    painted.put(Tone::Strong, &format!("{total} {noun}:"));
    let mut first = true;
    for (status, count) in run.tally() {
        if count > 0 {
            painted.put(Tone::Plain, if first { " " } else { ", " });
            painted.put(tone(status), &format!("{count} {}", status.counted(count)));
            first = false;
        }
    }
    if first {
        painted.put(Tone::Plain, " nothing to run");
    }
    let mut aside: Vec<String> = Vec::new();
    aside.extend(run.interrupted.as_ref().map(|why| format!("interrupted by {why}")));
    if !run.place.is_empty() {
        aside.push(run.place.clone());
    }
    aside.extend(run.elapsed.map(elapsed_words));
    if !aside.is_empty() {
        painted.put(Tone::Dim, &format!(" ({})", aside.join(", ")));
    }
    painted.render(style.color)
}

/// `PASS  name      12 arrows`
fn heading(painted: &mut Painted, report: &ScenarioReport, status: Status, style: &Style) {
    let right = match status {
        Status::Passed => match report.arrow_count() {
            1 => "1 arrow".to_owned(),
            count => format!("{count} arrows"),
        },
        Status::Skipped => report.skipped.clone().unwrap_or_default(),
        Status::Failed | Status::Inconclusive | Status::Error => report.path.clone(),
    };
    let cut = if style.ascii { ".." } else { "…" };
    // The path of what went wrong stands at the right edge, the rest in a column of its own.
    let column = match status {
        Status::Passed | Status::Skipped => 48,
        Status::Failed | Status::Inconclusive | Status::Error => 80usize.saturating_sub(right.width()).max(40),
    };
    painted.line().put(tone(status), status.word()).put(Tone::Plain, "  ");
    let room = style.width.saturating_sub(painted.column() + right.width() + 2).max(20);
    painted.put(Tone::Strong, &fit(&report.full_name(), room, cut));
    let gap = column.saturating_sub(painted.column() + 1).max(2);
    painted.put(Tone::Plain, &" ".repeat(gap)).put(Tone::Dim, &right);
}

fn notes(painted: &mut Painted, report: &ScenarioReport) {
    for text in &report.notes {
        note(painted, Tone::Plain, text);
    }
    for &(fragment, operand) in &report.outcome.unplayed {
        let Some(fragment) = report.order.fragments.get(fragment.0 as usize) else { continue };
        let guard = fragment.operands.get(operand as usize).map_or("", |operand| &operand.guard);
        let guard = if guard.is_empty() { format!("operand {}", operand + 1) } else { format!("`{guard}`") };
        let text = format!(
            "not played: {guard} of the {} at line {}; --repeat plays the operands in turn",
            fragment.keyword, fragment.line
        );
        note(painted, Tone::Plain, &text);
    }
    for server in report.servers_told() {
        let tone = if server.ended.is_some() { Tone::Warn } else { Tone::Plain };
        note(painted, tone, &server.words());
        for line in server.last_lines() {
            painted.line().put(Tone::Dim, "        ").put(Tone::Plain, &line);
        }
    }
    if let Some(kept) = &report.kept {
        note(painted, Tone::Plain, &format!("kept in {kept}"));
    }
}

fn note(painted: &mut Painted, tone: Tone, text: &str) {
    painted.line().put(Tone::Dim, "    = ").put(tone, text);
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Passed => Tone::Good,
        Status::Failed | Status::Error => Tone::Bad,
        Status::Inconclusive | Status::Skipped => Tone::Warn,
    }
}

/// A place as `file:line`, and the text of its line; the file alone where it is not known.
fn place(report: &ScenarioReport, span: Span) -> (String, u32, String) {
    match report.sources.iter().nth(span.source.0 as usize) {
        Some((_, source)) => {
            let line = source.line_of(span.start);
            (source.name().to_owned(), line, source.line(line).to_owned())
        }
        None => (report.path.clone(), 0, String::new()),
    }
}

#[cfg(test)]
mod tests;
