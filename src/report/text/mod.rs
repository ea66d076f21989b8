//! The report for people: a line a scenario, a block a finding, a summary.
//!
//! [`render`] is the whole of a run; [`scenario`] and [`summary`] are its parts, for a command that reports while it
//! runs. [`finding`] is the block of one finding, [`diff`] the expected trace against the observed one.

mod diff;
mod expected;
mod finding;
mod words;

pub(super) use finding::row_of;

use super::paint::{Painted, Tone, fit};
use super::run::{Run, ScenarioReport, Status};
use crate::source::{Span, elapsed_words, visible};
use std::time::Duration;
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
    /// The columns of the lines of what is good, where there are several.
    pub columns: Option<Columns>,
}

/// The columns of the lines of scenarios that are good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Of the name.
    pub name: usize,
    /// Of the file; 0 where no name but the file's is known.
    pub path: usize,
    /// Whether the time is told: of plays in real time.
    pub times: bool,
    /// From when on a scenario is slow.
    pub slow: Duration,
}

impl Columns {
    /// No column is wider.
    const MOST: usize = 48;
    /// None is cut below this.
    const LEAST: usize = 12;

    /// For scenarios of these names and files.
    pub fn of<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Columns {
        let wide = |text: &str| visible(text).width().min(Self::MOST);
        rows.fold(Columns::default(), |columns, (name, path)| Columns {
            name: columns.name.max(wide(name)),
            path: columns.path.max(if name == path { 0 } else { wide(path) }),
            ..columns
        })
    }

    /// Cut down to a screen of so many columns: the name first, since the file says it as well.
    #[must_use]
    pub fn within(mut self, width: usize) -> Columns {
        let gaps = if self.path > 0 { 6 } else { 4 };
        let rest = 4 + 10 + if self.times { 10 } else { 0 } + gaps;
        let over = |columns: &Columns| (rest + columns.name + columns.path).saturating_sub(width);
        self.name = self.name.saturating_sub(over(&self)).max(self.name.min(Self::LEAST));
        self.path = self.path.saturating_sub(over(&self)).max(self.path.min(Self::LEAST));
        self
    }
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
        Style { color: false, width: 100, ascii: false, verbosity: Verbosity::Normal, columns: None }
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
    write_scenario(&mut painted, report, style);
    painted.render(style.color)
}

/// What is said of one scenario below its line, for a reader who has that already.
pub fn below(report: &ScenarioReport, style: &Style) -> String {
    let mut painted = Painted::new();
    write_scenario(&mut painted, report, style);
    painted.render(style.color)
}

fn write_scenario(painted: &mut Painted, report: &ScenarioReport, style: &Style) {
    match report.status() {
        Status::Skipped => {}
        Status::Passed | Status::Flaky => {
            for (number, text) in (1..).zip(&report.tries) {
                note(painted, Tone::Warn, &format!("try {number}: {text}"));
            }
            for finding in &report.outcome.excused {
                let text = format!("known failure: {}", finding.what);
                note(painted, Tone::Warn, &text);
            }
            notes(painted, report);
            if style.verbosity == Verbosity::Verbose {
                finding::frames(painted, report, style);
                if let Some(evidence) = finding::evidence(report) {
                    note(painted, Tone::Plain, &evidence);
                }
            }
        }
        Status::Failed | Status::Inconclusive | Status::Error => {
            finding::all(painted, report, style);
            for (number, text) in (1..).zip(&report.tries) {
                note(painted, Tone::Plain, &format!("try {number} before it: {text}"));
            }
            notes(painted, report);
            if style.verbosity == Verbosity::Verbose {
                painted.line();
                finding::frames(painted, report, style);
            }
            painted.line();
        }
    }
}

/// The last line: how many scenarios came to what, where, and in how much time.
pub fn summary(run: &Run, style: &Style) -> String {
    let mut painted = Painted::new();
    let total = run.scenarios.len();
    let bad = run.scenarios.last().is_some_and(|last| !last.status().is_good());
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

/// Whether a line begins as [`summary`] does.
pub fn is_summary(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && [" scenario: ", " scenarios: "].iter().any(|word| rest.starts_with(word))
}

/// `PASS  name      12 arrows`
fn heading(painted: &mut Painted, report: &ScenarioReport, status: Status, style: &Style) {
    if let Some(columns) = style.columns.filter(|_| status.is_good()) {
        return aligned(painted, report, status, style, &columns);
    }
    let right = match status {
        Status::Flaky => report.passed_at(),
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
        Status::Passed | Status::Flaky | Status::Skipped => 48,
        Status::Failed | Status::Inconclusive | Status::Error => {
            style.width.min(80).saturating_sub(right.width()).max(24)
        }
    };
    painted.line().put(tone(status), status.word()).put(Tone::Plain, "  ");
    let room = style.width.saturating_sub(painted.column() + right.width() + 2).max(20);
    painted.put(Tone::Strong, &fit(&report.full_name(), room, cut));
    let gap = column.saturating_sub(painted.column() + 1).max(2);
    painted.put(Tone::Plain, &" ".repeat(gap)).put(Tone::Dim, &right);
}

/// `PASS  name      file      12 arrows  1.2 s`, one below the other.
fn aligned(painted: &mut Painted, report: &ScenarioReport, status: Status, style: &Style, columns: &Columns) {
    let cut = if style.ascii { ".." } else { "…" };
    painted.line();
    let mut cell = |tone: Tone, text: &str, width: usize| {
        let text = fit(text, width, cut);
        let pad = " ".repeat(width.saturating_sub(text.width()));
        painted.put(tone, &text).put(Tone::Plain, &pad).put(Tone::Plain, "  ");
    };
    let word = if status == Status::Flaky { 5 } else { 4 };
    cell(tone(status), status.word(), word);
    cell(Tone::Strong, &report.full_name(), (columns.name + 4).saturating_sub(word));
    if columns.path > 0 {
        cell(Tone::Dim, &end_of(&report.path, columns.path, cut), columns.path);
    }
    let arrows = match report.arrow_count() {
        1 => "1 arrow".to_owned(),
        count => format!("{count} arrows"),
    };
    match status {
        Status::Skipped => drop(painted.put(Tone::Dim, report.skipped.as_deref().unwrap_or_default())),
        Status::Passed | Status::Flaky | Status::Failed | Status::Inconclusive | Status::Error => {
            let time = report.duration.filter(|_| columns.times);
            let slow = time.is_some_and(|time| time >= columns.slow);
            painted.put(Tone::Dim, &format!("{arrows:>10}"));
            if let Some(time) = time {
                let tone = if slow { Tone::Warn } else { Tone::Dim };
                painted.put(tone, &format!("  {:>8}{}", elapsed_words(time), if slow { "  slow" } else { "" }));
            }
            if status == Status::Flaky {
                painted.put(Tone::Warn, &format!("  {}", report.passed_at()));
            }
        }
    }
}

/// The end of a path, which tells it from others, where it is too wide.
fn end_of(path: &str, columns: usize, mark: &str) -> String {
    if path.width() <= columns {
        return path.to_owned();
    }
    let room = columns.saturating_sub(mark.width());
    let fits = |&(at, _): &(usize, char)| path[at..].width() <= room;
    let from = path.char_indices().find(fits).map_or(path.len(), |(at, _)| at);
    format!("{mark}{}", &path[from..])
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
            "not played: {guard} of the {} at line {}; --repeat plays each operand in turn",
            fragment.keyword, fragment.line
        );
        note(painted, Tone::Plain, &text);
    }
    for server in report.shown_servers() {
        let tone = if server.ended.is_some() { Tone::Warn } else { Tone::Plain };
        note(painted, tone, &server.words());
        painted.put(Tone::Plain, &format!("\n{}", server.last_lines().join("\n")));
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
        Status::Flaky | Status::Inconclusive | Status::Skipped => Tone::Warn,
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
