//! `--report FORMAT[=FILE]`: what is told, and where.

use super::settings::Settings;
use super::world::{Screen, World};
use crate::report::text::{self, Style, Verbosity};
use crate::report::{Run, ScenarioReport, github, html, json, junit, markdown, tap};
use crate::source::Diagnostic;
use crate::wire::Secrets;
use std::path::PathBuf;

/// The forms in which a run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// JSON, a line an event.
    JsonLines,
    /// JUnit XML.
    Junit,
    /// Test Anything Protocol.
    Tap,
    /// Annotations of a GitHub workflow.
    Github,
    /// A summary in Markdown.
    Markdown,
    /// One page for a browser.
    Html,
}

impl Format {
    /// All, with the words that name them and what they are for.
    pub const ALL: [(Format, &'static str, &'static str); 8] = [
        (Format::Text, "text", "for people"),
        (Format::Json, "json", "one JSON document: docs/schema/report.json"),
        (Format::JsonLines, "jsonl", "the same data, a line an event"),
        (Format::Junit, "junit", "JUnit XML, for most CI systems"),
        (Format::Tap, "tap", "Test Anything Protocol 14"),
        (Format::Github, "github", "annotations of a GitHub workflow"),
        (Format::Markdown, "markdown", "a summary, for a job page or a comment"),
        (Format::Html, "html", "one page with everything, opens from disk"),
    ];

    /// The format of a word.
    pub fn from_name(name: &str) -> Option<Format> {
        Self::ALL.into_iter().find(|&(_, known, _)| known == name).map(|(format, ..)| format)
    }

    /// The whole of a run.
    ///
    /// # Errors
    /// What the writer of the format says.
    fn render(self, run: &Run, style: &Style, secrets: &Secrets) -> Result<String, String> {
        let text = match self {
            Format::Text => text::render(run, style),
            Format::Json => json::render(run),
            Format::JsonLines => {
                let scenarios: String = run.scenarios.iter().map(json::lines::scenario).collect();
                json::lines::begin(run.scenarios.len()) + &scenarios + &json::lines::end(run)
            }
            Format::Junit => junit::render(run)?,
            Format::Tap => {
                let point = |(index, report): (usize, &ScenarioReport)| tap::scenario(report, index + 1);
                let points: String = run.scenarios.iter().enumerate().map(point).collect();
                tap::begin(run.scenarios.len()) + &points
            }
            Format::Github => run.scenarios.iter().map(github::scenario).collect(),
            Format::Markdown => markdown::render(run),
            Format::Html => html::render(run),
        };
        Ok(secrets.redact(&text).into_owned())
    }
}

/// Where reports go. One format may stand on standard output; each of the others has a file.
pub struct Reports {
    screen: Format,
    files: Vec<(Format, PathBuf, String)>,
    style: Style,
    secrets: Secrets,
}

impl Reports {
    /// What the settings ask for; text on standard output where they say nothing about that.
    ///
    /// # Errors
    /// Unknown formats, and two for standard output.
    pub fn new(settings: &Settings, world: &World) -> Result<Reports, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (mut screens, mut files) = (Vec::new(), Vec::new());
        for wanted in &settings.report {
            let (name, file) =
                wanted.split_once('=').map_or((wanted.as_str(), None), |(name, file)| (name, Some(file)));
            match (Format::from_name(name), file) {
                (Some(format), None) => screens.push(format),
                (Some(format), Some(file)) if !file.is_empty() => {
                    files.push((format, world.locate(file.as_ref()), file.to_owned()));
                }
                (Some(_), Some(_)) => {
                    problems.push(Diagnostic::error("usage", format!("--report {wanted}: the file has no name")));
                }
                (None, _) => problems.push(unknown(name)),
            }
        }
        if screens.len() > 1 {
            problems.push(
                Diagnostic::error("usage", "two reports are for standard output")
                    .with_help("give all but one a file: --report FORMAT=FILE"),
            );
        }
        let verbosity = match (settings.quiet, settings.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let style = Style { color: world.out.color, width: world.out.width, ascii: false, verbosity };
        let screen = screens.first().copied().unwrap_or(Format::Text);
        if problems.is_empty() {
            Ok(Reports { screen, files, style, secrets: Secrets::default() })
        } else {
            Err(problems)
        }
    }

    /// Values that no report may show.
    pub fn hide(&mut self, secrets: &Secrets) {
        if !secrets.is_empty() {
            self.secrets.merge(secrets);
        }
    }

    /// Tells of one scenario while others still run, where that is for people.
    pub fn scenario(&self, report: &ScenarioReport, screen: &mut Screen) {
        if self.screen == Format::Text {
            screen.write(&self.secrets.redact(&text::scenario(report, &self.style)));
            screen.flush();
        }
    }

    /// Tells the rest once all have run.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub fn end(&self, run: &Run, screen: &mut Screen) -> Result<(), Vec<Diagnostic>> {
        let plain = Style { color: false, ..self.style };
        let mut problems = Vec::new();
        if self.screen == Format::Text {
            screen.write(&self.secrets.redact(&text::summary(run, &self.style)));
        } else {
            match self.screen.render(run, &plain, &self.secrets) {
                Ok(text) => screen.write(&text),
                Err(why) => problems.push(Diagnostic::error("output", format!("the report cannot be made: {why}"))),
            }
        }
        for (format, path, name) in &self.files {
            let rendered = format.render(run, &plain, &self.secrets);
            let written = rendered
                .map_err(|why| Diagnostic::error("output", format!("{name}: the report cannot be made: {why}")))
                .and_then(|text| write(path, text.as_bytes(), name));
            problems.extend(written.err());
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// Writes a file that a person asked for, and the folders above it.
pub fn write(path: &std::path::Path, bytes: &[u8], name: &str) -> Result<(), Diagnostic> {
    let folders = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folders.and_then(|()| std::fs::write(path, bytes)).map_err(|error| {
        Diagnostic::error("output", format!("{name}: cannot be written: {}", super::paths::why(&error)))
    })
}

fn unknown(name: &str) -> Diagnostic {
    let names = Format::ALL.map(|(_, name, _)| name);
    let problem = Diagnostic::error("usage", format!("there is no report format {name}"));
    match super::paths::nearest(name, names.into_iter()) {
        Some(near) => problem.with_help(format!("did you mean {near}")),
        None => problem.with_help(format!("formats are {}", names.join(", "))),
    }
}
