//! What stands against a run, in the reports that were asked for: a program that reads them must not take silence for a
//! pass. Each problem is a scenario that ended with an error.

use super::reports::Reports;
use super::settings::Settings;
use super::world::World;
use crate::oracle::{Outcome, Trouble, Verdict};
use crate::report::{Run, ScenarioReport};
use crate::source::{Diagnostic, Severity, Sources};
use std::sync::Arc;

/// Tells it in the reports that the settings ask for. What is wrong with these themselves is told elsewhere.
pub fn tell(problems: &[Diagnostic], settings: &Settings, sources: &Sources, world: &mut World) {
    if settings.report.is_empty() {
        return;
    }
    let Ok(reports) = Reports::new(settings, world) else { return };
    let shared = Arc::new(sources.clone());
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let scenarios = errors.map(|problem| report(problem, &shared)).collect();
    reports.refused(Run { scenarios, place: "nothing ran".to_owned(), ..Run::default() }, &mut world.out);
}

/// The same of flags that cannot be read: those that name reports are looked for among the words.
pub fn print_flag_error(message: &str, world: &mut World) {
    let words: Vec<String> = world.args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let behind = words.iter().zip(words.iter().skip(1)).filter(|(flag, _)| *flag == "--report").map(|(_, word)| word);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--report="));
    let report = behind.map(String::as_str).chain(joined).map(str::to_owned).collect();
    let problem = Diagnostic::error("usage", message);
    tell(&[problem], &Settings { report, ..Settings::default() }, &Sources::new(), world);
}

fn report(problem: &Diagnostic, sources: &Arc<Sources>) -> ScenarioReport {
    let primary = problem.labels.iter().find(|label| label.primary);
    let path = primary.map_or_else(String::new, |label| sources.get(label.span.source).name().to_owned());
    let line = primary.map(|label| sources.position(label.span).line);
    let name = match line {
        Some(line) => format!("{path}:{line}"),
        None => "seqcheck".to_owned(),
    };
    let beside = primary.filter(|label| !label.text.is_empty()).map(|label| label.text.as_str());
    let message = beside.into_iter().fold(problem.message.clone(), |message, text| format!("{message}: {text}"));
    let trouble = Trouble {
        kind: problem.code,
        message,
        help: problem.help.clone(),
        spans: primary.map(|label| label.span).into_iter().collect(),
    };
    ScenarioReport {
        path: if path.is_empty() { name.clone() } else { path },
        name,
        sources: Arc::clone(sources),
        outcome: Outcome { trouble: Some(trouble), ..Outcome::default() },
        verdict: Verdict::Error,
        play: (1, 1),
        ..ScenarioReport::default()
    }
}
