//! `seqcheck judge FILE TRACE`: a recorded trace against a diagram, no server needed.

use super::check;
use crate::cli::args::Judge;
use crate::cli::load::{self, Piece};
use crate::cli::reports::Reports;
use crate::cli::results::Outputs;
use crate::cli::scenarios::Cast;
use crate::cli::settings::{Layer, Look, Settings};
use crate::cli::trust::Purpose;
use crate::cli::{Exit, Refusal, World, config, paths, results};
use crate::files::{self, Kind};
use crate::report::{Run, ScenarioReport};
use crate::source::{Diagnostic, Sources};
use crate::trace::Entry;
use crate::trace::file::{self, Header};

/// What is read as a trace.
const TRACE: Kind = Kind { name: "a trace", most: 1 << 30, named: |_| true };

/// Judges the trace as a play would have been judged.
pub fn run(args: Judge, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings(), look }.over(below);
    let mut reports = Reports::new(&all.settings, world).map_err(Refusal::usage)?;
    let mut run = Run::default();
    let judged = verdicts(&args, look, &mut reports, world, sources)?;
    reports.begin(judged.len(), &mut world.out);
    for report in judged {
        let report = reports.scenario(report, run.scenarios.len() + 1, &mut world.out);
        run.scenarios.push(report);
    }
    run.place = format!("from {}", args.trace.display());
    check::finish(run, &all.settings, &reports, world)
}

/// What a trace comes to, without telling of it. It must be of those whom the diagram has.
pub fn judged(
    args: &Judge,
    look: Look,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Vec<ScenarioReport>, Refusal> {
    let mut reports = Reports::new(&args.settings(), world).map_err(Refusal::usage)?;
    let judged = verdicts(args, look, &mut reports, world, sources)?;
    let (header, _) = read_trace(args, world)?;
    let strange = |name: &&String| judged.iter().any(|report| report.order.find(name).is_none());
    match header.lifelines.iter().find(strange) {
        None => Ok(judged),
        Some(name) => {
            Err(Diagnostic::error("trace", format!("the trace speaks of {name}, whom the diagram does not have"))
                .with_help("give the diagram from which it was recorded")
                .into())
        }
    }
}

fn verdicts(
    args: &Judge,
    look: Look,
    reports: &mut Reports,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Vec<ScenarioReport>, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings(), look }.over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let cast = Cast::new(args.settings(), below.settings, Purpose::Judge, world, sources).map_err(Refusal::usage)?;
    let (header, entries) = read_trace(args, world)?;
    let piece = read_diagram(args, &all.settings, &header, world, sources)?;
    let mut lost = Vec::new();
    let (ready, sources) = check::prepare(vec![piece], &cast, world, sources, &mut lost)?;
    if !lost.is_empty() {
        return Ok(lost);
    }
    ready.iter().for_each(|one| reports.hide(&one.prepared.secrets()));
    let again = format!("seqcheck judge {} {}", args.path.display(), args.trace.display());
    let mut judged = Vec::new();
    for one in &ready {
        let verdict = one.prepared.judge(&header, &entries);
        let verdict =
            verdict.map_err(|error| Refusal { sources: Some(sources.clone()), ..Refusal::usage(error.diagnostics) })?;
        let told = results::reports(one, verdict, &[], reports, &mut Outputs::default(), ("", None));
        judged.extend(told.into_iter().map(|report| ScenarioReport { again: again.clone(), duration: None, ..report }));
    }
    Ok(judged)
}

fn read_trace(args: &Judge, world: &World) -> Result<(Header, Vec<Entry>), Refusal> {
    let name = args.trace.display();
    let text = files::text(&world.locate(&args.trace), &TRACE).map_err(|why| {
        Diagnostic::error("trace", format!("{name}: cannot be read: {why}"))
            .with_help("a trace is what seqcheck --out FOLDER writes: FOLDER/…/trace.jsonl")
    })?;
    file::read(&text).map_err(|errors| {
        let problem = |error: &file::ReadError| {
            Diagnostic::error("trace", format!("{name}: {error}"))
                .with_help("a trace is what seqcheck --out FOLDER writes: FOLDER/…/trace.jsonl")
        };
        Refusal::usage(errors.iter().map(problem).collect())
    })
}

/// The diagram of the file; where it holds several, the one from which the trace was recorded.
fn read_diagram(
    args: &Judge,
    settings: &Settings,
    header: &Header,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Piece, Refusal> {
    let (found, mut problems) = paths::find(world, std::slice::from_ref(&args.path), settings.dialect);
    let loaded = load::load(&found, world, sources);
    if loaded.is_broken() || !problems.is_empty() {
        problems.extend(loaded.diagnostics);
        return Err(Refusal::usage(problems));
    }
    let mut pieces = loaded.pieces;
    let same = |piece: &Piece| file::fingerprint(sources.slice(piece.diagram.span)) == header.fingerprint;
    let at = pieces.iter().position(same).or_else(|| pieces.iter().position(|piece| piece.place == header.scenario));
    match (at, pieces.len()) {
        (Some(at), _) => Ok(pieces.swap_remove(at)),
        (None, 1) => Ok(pieces.swap_remove(0)),
        (None, _) => {
            let places: Vec<&str> = pieces.iter().map(|piece| piece.place.as_str()).collect();
            Err(Diagnostic::error("trace", format!("none of these diagrams is {}", header.scenario))
                .with_note(format!("there are {}", places.join(", ")))
                .with_help("give the file from which the trace was recorded")
                .into())
        }
    }
}
