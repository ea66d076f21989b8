//! `--report FORMAT[=FILE]`: what is told, and where.
//!
//! Every report goes through [`Reports::scenario`], which takes the secrets out before any format sees it.

use super::bug::caught;
use super::scenarios::Ready;
use super::settings::Settings;
use super::world::{Screen, World};
use crate::files;
use crate::report::text::{Columns, Style, Verbosity};
use crate::report::{Format, Run, ScenarioReport, Status, json};
use crate::source::Diagnostic;
use crate::wire::Secrets;
use std::path::PathBuf;
use std::time::Duration;

/// From when on a scenario is slow, where nobody says otherwise.
const SLOW: Duration = Duration::from_secs(10);

/// Where reports go. One format may stand on standard output; each of the others has a file.
pub struct Reports {
    screen: Format,
    files: Vec<(Format, PathBuf, String)>,
    style: Style,
    secrets: Secrets,
    /// Every frame of a scenario was shown as it passed.
    live: bool,
}

impl Reports {
    /// What the settings ask for; text on standard output where they say nothing about that.
    ///
    /// # Errors
    /// Unknown formats, two for standard output, and pixels for a terminal.
    pub fn new(settings: &Settings, world: &World) -> Result<Reports, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (mut screens, mut files) = (Vec::new(), Vec::new());
        for wanted in &settings.report {
            let (name, file) =
                wanted.split_once('=').map_or((wanted.as_str(), None), |(name, file)| (name, Some(file)));
            match (Format::from_name(name), file) {
                (Some(format), None) if !format.is_text() && world.out.terminal => problems.push(
                    Diagnostic::error(
                        "usage",
                        format!("--report {name} needs a file, but standard output is a terminal"),
                    )
                    .with_help(format!("name the file: --report {name}=FILE")),
                ),
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
                Diagnostic::error("usage", "two reports go to standard output")
                    .with_help("name a file for all reports except one: --report FORMAT=FILE"),
            );
        }
        let verbosity = match (settings.quiet, settings.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let style = Style { color: world.out.color, width: world.out.width, verbosity, ..Style::default() };
        let screen = screens.first().copied().unwrap_or(Format::Text);
        if problems.is_empty() {
            // What no screen shows stands in no report, be it of a run or of why there was none.
            Ok(Reports { screen, files, style, secrets: world.err.hidden(), live: false })
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

    /// Whether people read along.
    pub fn is_for_people(&self) -> bool {
        self.screen == Format::Text
    }

    /// How text looks.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// The values that no report may show.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Every frame is shown as it passes, and not again.
    pub fn shown_live(&mut self) {
        self.live = true;
    }

    /// What is good stands in columns, where several scenarios are told of.
    pub fn align(&mut self, ready: &[Ready], settings: &Settings, times: bool, screen: &Screen) {
        if ready.len() < 2 {
            return;
        }
        let rows = ready.iter().map(|one| (one.prepared.name(), one.piece.place.as_str()));
        let columns = Columns { times, slow: settings.slow.unwrap_or(SLOW), ..Columns::of(rows) };
        // A file or another program takes names as long as they are.
        self.style.columns = Some(if screen.terminal { columns.within(screen.width) } else { columns });
    }

    /// Tells in every form that is for programs what stood against a run; people are told on standard error.
    pub fn refused(&self, run: Run, screen: &mut Screen) {
        let drawings = |format: &Format| !format.is_of_one();
        let asked = self.screen != Format::Text && drawings(&self.screen);
        let told = Reports {
            screen: self.screen,
            files: self.files.iter().filter(|(format, ..)| drawings(format)).cloned().collect(),
            secrets: self.secrets.clone(),
            ..*self
        };
        if asked {
            told.begin(run.scenarios.len(), screen);
            for (number, report) in (1..).zip(&run.scenarios) {
                told.scenario(report.clone(), number, screen);
            }
            drop(told.end(run, screen));
        } else {
            drop(told.write_files(&run.redacted(&told.secrets)));
        }
    }

    /// Before the first of so many scenarios.
    pub fn begin(&self, scenarios: usize, screen: &mut Screen) {
        if self.screen.streams() {
            screen.write(&self.screen.begin(scenarios));
            screen.flush();
        }
    }

    /// When a scenario starts, for programs that read along.
    pub fn started(&self, name: &str, path: &str, screen: &mut Screen) {
        if self.screen == Format::Jsonl {
            let (name, path) = (self.secrets.redact(name), self.secrets.redact(path));
            screen.write(&json::lines::started(&name, &path));
            screen.flush();
        }
    }

    /// Tells of one scenario (from 1) while others still run, where the format can. What it gives back has no secrets.
    ///
    /// What passed is not kept of one that passed, where no report says it later.
    pub fn scenario(&self, report: ScenarioReport, number: usize, screen: &mut Screen) -> ScenarioReport {
        let mut report = report.redacted(&self.secrets);
        if self.screen.streams() {
            let told = self.live && report.status() == Status::Passed;
            let verbosity = if told { Verbosity::Normal } else { self.style.verbosity };
            screen.write(&self.screen.scenario(&report, number, &Style { verbosity, ..self.style }));
            screen.flush();
            if self.files.is_empty() && report.status() == Status::Passed {
                (report.trace, report.asides) = Default::default();
            }
        }
        report
    }

    /// Tells the rest once all have run.
    ///
    /// # Errors
    /// Reports that cannot be made, and files that cannot be written.
    pub fn end(&self, run: Run, screen: &mut Screen) -> Result<(), Vec<Diagnostic>> {
        let run = run.redacted(&self.secrets);
        let plain = Style { color: false, ..self.style };
        let mut problems = Vec::new();
        if self.screen.streams() {
            screen.write(&self.screen.end(&run, &self.style));
        } else {
            match self.screen.render(&run, &plain) {
                Ok(bytes) => screen.write_bytes(&bytes),
                Err(why) => problems.push(Diagnostic::error("output", format!("the report cannot be created: {why}"))),
            }
        }
        problems.extend(self.write_files(&run));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn write_files(&self, run: &Run) -> Vec<Diagnostic> {
        let plain = Style { color: false, ..self.style };
        let mut problems = Vec::new();
        for (format, path, name) in &self.files {
            let made = caught(|| format.render(run, &plain)).map_err(|bug| bug.diagnostic(name));
            let written = made
                .and_then(|made| {
                    made.map_err(|why| {
                        Diagnostic::error(
                            "output",
                            format!(
                                "{name}: the report cannot be created: \
                                                                            {why}"
                            ),
                        )
                    })
                })
                .and_then(|bytes| write(path, &bytes, name));
            problems.extend(written.err());
        }
        problems
    }
}

/// Writes a file that a person asked for, and the folders above it.
pub fn write(path: &std::path::Path, bytes: &[u8], name: &str) -> Result<(), Diagnostic> {
    files::write(path, bytes).map_err(|error| unwritten(name, &error))
}

/// A file that could not be written.
pub fn unwritten(name: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("output", format!("{name}: cannot be written: {}", files::why(error)))
}

fn unknown(name: &str) -> Diagnostic {
    let names = || Format::ALL.iter().map(|&(_, name, _)| name);
    let problem = Diagnostic::error("usage", format!("there is no report format {name}"));
    match crate::source::nearest(name, names()) {
        Some(near) => problem.with_help(format!("did you mean {near}?")),
        None => problem.with_help(format!("the formats are {}", names().collect::<Vec<_>>().join(", "))),
    }
}
