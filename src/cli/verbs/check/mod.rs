//! `seqcheck check`, and the bare command.

mod bearing;
mod play;
mod room;

use crate::cli::args::{Check, Cli};
use crate::cli::bug::caught;
use crate::cli::exit::Signal;
use crate::cli::load::{self, Loaded, Piece};
use crate::cli::reports::Reports;
use crate::cli::scenarios::{Layers, Ready};
use crate::cli::settings::{Layer, LintLevel, Look, Settings};
use crate::cli::trust::Purpose;
use crate::cli::{
    Exit, Refusal, World, config, diagnostics, drawn, linting, paths, places, pool, refused, results, select, signals,
    watch,
};
use crate::files::{self, Shelf};
use crate::lint::Finding;
use crate::oracle::Verdict;
use crate::order::{Fragment, Kind, Order};
use crate::report::{Format, Run, ScenarioReport, Status};
use crate::run::Error;
use crate::source::{Diagnostic, Severity, Sources};
use bearing::Bearing;
use clap::CommandFactory as _;
use play::play;
use room::room_for;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Where diagrams are looked for when no path is given.
pub const FOLDER: &str = "scenarios";
/// What a refusal means: problems are told before anything is played.
const NOTHING_RAN: &str = "nothing ran";

/// Loads everything, then plays and judges it.
pub fn run(args: Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    if args.watch {
        return watch::run(&args, &look, world);
    }
    once(args, look, world, sources, &mut BTreeSet::new())
}

/// One run. The names of the files that it reads are added to `read`.
pub fn once(
    args: Check,
    look: Look,
    world: &mut World,
    sources: &mut Sources,
    read: &mut BTreeSet<String>,
) -> Result<Exit, Refusal> {
    once_as((args, look), &|layers| layers, world, sources, read)
}

/// The same with another layers.
pub fn once_as(
    (args, look): (Check, Look),
    listening_layers: &dyn Fn(Layers) -> Layers,
    world: &mut World,
    sources: &mut Sources,
    read: &mut BTreeSet<String>,
) -> Result<Exit, Refusal> {
    let flags = args.settings.clone();
    let result = load_and_play((args, look), listening_layers, world, sources, read);
    read.extend(sources.iter().map(|(_, source)| source.name().to_owned()));
    if let Err(refusal) = &result {
        let texts = refusal.sources.as_deref().unwrap_or(sources);
        read.extend(texts.iter().map(|(_, source)| source.name().to_owned()));
        if refusal.closing == NOTHING_RAN {
            let mut below = config::below(world, &mut Sources::new()).unwrap_or_default();
            // Nobody may have allowed yet what a file asks for.
            if below.settings.permissions.iter().any(|permission| permission.key == "report") {
                below.settings.report.clear();
            }
            refused::tell(&refusal.problems, &flags.over(below.settings), texts, world);
        }
    }
    result
}

fn load_and_play(
    (args, look): (Check, Look),
    listening_layers: &dyn Fn(Layers) -> Layers,
    world: &mut World,
    sources: &mut Sources,
    seen: &mut BTreeSet<String>,
) -> Result<Exit, Refusal> {
    let began = Instant::now();
    let (settings, layers) = settle(&args, look, world, sources).map_err(not_run)?;
    let layers = listening_layers(layers);
    let mut reports = Reports::new(&settings, world).map_err(Refusal::usage).map_err(not_run)?;
    snapshots_have_a_folder(&settings).map_err(not_run)?;
    let loaded = read(args.paths.clone(), &settings, world, sources).map_err(not_run)?;
    let broken = loaded.broken;
    let mut lost: Vec<ScenarioReport> = loaded.lost.iter().map(|(place, bug)| bug.report(place, place)).collect();
    let (ready, sources) = prepare(loaded.pieces, &layers, world, sources, &mut lost).map_err(not_run)?;
    seen.extend(sources.iter().map(|(_, source)| source.name().to_owned()));
    choices(&settings.choose, &ready).map_err(Refusal::usage).map_err(not_run)?;
    one_play(&ready, &settings, &layers).map_err(not_run)?;
    let linted = lint(&ready, &settings, &loaded.diagnostics, &sources)?;
    print_warnings(&loaded.diagnostics, &loaded.left_alone, &settings, &sources, world);
    if args.list {
        let as_json = settings.report.iter().any(|format| format == Format::Json.name());
        select::list(&ready, as_json, world);
        return Ok(Exit::Pass);
    }
    ready.iter().for_each(|one| reports.hide(&one.prepared.secrets()));
    if let Some(folder) = &settings.out {
        can_be_kept(folder, world).map_err(not_run)?;
    }
    let bearing = Bearing { linted, sources };
    let told = Arc::clone(&bearing.sources);
    let jobs = room_for(&ready, &settings, &layers)?;
    if world.signals {
        signals::listen(&world.stop);
    }
    let run = play(&ready, lost, &args.again, (&layers, jobs), &settings, (&mut reports, &bearing), world)?;
    let about = Some(results::about(world));
    let exit = finish(Run { elapsed: Some(began.elapsed()), about, ..run }, &settings, &reports, world);
    with_broken(&broken, exit, &told, world)
}

/// Tells of blocks that cannot be read, of pages whose other blocks were played, and how that ends.
fn with_broken(
    broken: &[Diagnostic],
    exit: Result<Exit, Refusal>,
    sources: &Sources,
    world: &mut World,
) -> Result<Exit, Refusal> {
    if broken.is_empty() {
        return exit;
    }
    crate::cli::show_problems(broken, sources, world);
    let tally = diagnostics::tally(broken).unwrap_or_default();
    world.err.line(&format!("{tally}; the other blocks of the page ran"));
    Ok(match exit? {
        Exit::Pass | Exit::Inconclusive => Exit::Usage,
        worse @ (Exit::Usage | Exit::Fail | Exit::Error | Exit::Interrupted(_)) => worse,
    })
}

/// `--update` by itself says nothing: of all layers together one has to name the folder.
fn snapshots_have_a_folder(settings: &Settings) -> Result<(), Refusal> {
    if !settings.update || settings.snapshots.is_some() {
        return Ok(());
    }
    let problem = Diagnostic::error("usage", "--update writes snapshots, but there is no folder for them");
    Err(problem.with_help("name one: --snapshots FOLDER, SEQCHECK_SNAPSHOTS, or `snapshots` in seqcheck.toml").into())
}

/// The folder of `--out`, before anything is played for it.
fn can_be_kept(folder: &Path, world: &World) -> Result<(), Refusal> {
    Shelf::new(world.locate(folder)).make().map_err(|error| {
        let name = folder.display();
        let problem = match world.locate(folder).is_file() {
            true => format!("--out {name}: {name} is a file, not a folder"),
            false => format!("--out {name}: the folder cannot be created: {}", files::why(&error)),
        };
        Refusal::error(Diagnostic::error("output", problem).with_help("name another folder, or remove the file"))
    })
}

/// Whether every `--choose` is about a fragment that there is.
fn choices(asked: &[(u32, u32)], ready: &[Ready]) -> Result<(), Vec<Diagnostic>> {
    let orders: Vec<&Order> = ready.iter().filter_map(|one| Some(one.prepared.plan()?.order())).collect();
    let fragments = || orders.iter().flat_map(|order| &order.fragments);
    let mut problems = Vec::new();
    for &(line, number) in asked {
        let here: Vec<_> = fragments().filter(|fragment| fragment.line == line).collect();
        let fits = |fragment: &&&Fragment| match &fragment.kind {
            Kind::Loop { min, max, .. } => number >= *min && max.is_none_or(|max| number <= max),
            Kind::Choice(_) => (1..=fragment.operands.len().max(1)).contains(&(number as usize)),
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
        };
        if here.iter().any(|fragment| fits(&fragment)) {
            continue;
        }
        let flag = format!("--choose {line}={number}");
        problems.push(match here.first() {
            Some(fragment) => {
                let there = match &fragment.kind {
                    Kind::Loop { min, max: Some(max), .. } => format!("from {min} to {max} turns"),
                    Kind::Loop { min, max: None, .. } => format!("{min} turns or more"),
                    Kind::Choice(_) => format!("{} operands", fragment.operands.len()),
                    Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                        "nothing to choose".to_owned()
                    }
                };
                let problem = format!("{flag}: the {} at line {line} has {there}", fragment.keyword);
                Diagnostic::error("usage", problem).with_help("a choice is LINE=N: the operand, or the number of turns")
            }
            None => {
                let all: Vec<String> = fragments().map(|each| format!("{} ({})", each.line, each.keyword)).collect();
                let problem = Diagnostic::error("usage", format!("{flag}: there is no fragment at line {line}"));
                match all.is_empty() {
                    true => problem.with_help("the diagram has no fragments, so there is nothing to choose"),
                    false => problem.with_help(format!("the fragments are at lines {}", all.join(", "))),
                }
            }
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Whoever is spoken with over the standard streams plays once.
fn one_play(ready: &[Ready], settings: &Settings, layers: &Layers) -> Result<(), Refusal> {
    let problem = |why: String| {
        let problem =
            format!("--stdio: the standard streams are one connection, so only one play is possible, but {why}");
        Diagnostic::error("usage", problem)
    };
    match (ready.len(), settings.retries.unwrap_or(0)) {
        _ if !layers.is_spoken_with() => Ok(()),
        (all @ 2.., _) => {
            let problem = problem(format!("{all} diagrams are named"));
            Err(problem.with_help("name one FILE, or one of its diagrams: --name TITLE, FILE:LINE").into())
        }
        (_, 1..) => {
            let problem = problem("--retries plays again".to_owned());
            Err(problem.with_help("remove --retries, and start the client again").into())
        }
        (0 | 1, 0) => Ok(()),
    }
}

fn not_run(refusal: Refusal) -> Refusal {
    refusal.closing(NOTHING_RAN)
}

/// All layers of settings, and what they say together.
fn settle(args: &Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<(Settings, Layers), Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let above = Layer { settings: args.settings.clone(), look };
    let all = above.clone().over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let layers = Layers::new(above.settings, below.settings, Purpose::Play, world, sources).map_err(Refusal::usage)?;
    Ok((all.settings, layers))
}

/// Every diagram that is meant, parsed.
pub fn read(
    paths: Vec<PathBuf>,
    settings: &Settings,
    world: &mut World,
    sources: &mut Sources,
) -> Result<Loaded, Refusal> {
    let paths = paths_or_folder(paths, world)?;
    let (found, mut problems) = paths::find(world, &paths, settings.dialect);
    let mut loaded = load::load_what_can_be(&found, world, sources);
    if loaded.is_broken() || !problems.is_empty() {
        problems.extend(loaded.diagnostics);
        return Err(Refusal::usage(problems));
    }
    select::select(&mut loaded, &found, settings, sources).map_err(Refusal::usage)?;
    Ok(loaded)
}

fn paths_or_folder(paths: Vec<PathBuf>, world: &mut World) -> Result<Vec<PathBuf>, Refusal> {
    if !paths.is_empty() {
        return Ok(paths);
    }
    if world.locate(FOLDER.as_ref()).is_dir() {
        return Ok(vec![PathBuf::from(FOLDER)]);
    }
    world.err.lines(&Cli::command().render_help().to_string());
    world.err.line("");
    Err(Diagnostic::error("usage", "there is no path, and no folder `scenarios` in this folder")
        .with_help("name a diagram: seqcheck FILE.seq")
        .with_help("or create one: seqcheck init")
        .into())
}

/// Resolves every scenario, side by side; all problems of all of them are told together. Those at which seqcheck fails
/// are `lost`.
pub fn prepare(
    pieces: Vec<Piece>,
    layers: &Layers,
    world: &World,
    sources: &mut Sources,
    lost: &mut Vec<ScenarioReport>,
) -> Result<(Vec<Ready>, Arc<Sources>), Refusal> {
    let bindings = layers.bindings(&pieces, world, sources).map_err(Refusal::usage)?;
    let sources = Arc::new(std::mem::take(sources));
    let pairs: Vec<_> = pieces.into_iter().zip(bindings).collect();
    let (mut ready, mut problems) = (Vec::new(), Vec::new());
    let resolve = |(piece, binding): &(Piece, _)| {
        let prepared = layers.scenario(piece, Arc::clone(binding), &sources).prepare();
        let told = |error: Error| drawn::explained(piece, binding, error.diagnostics);
        prepared.map(|prepared| Ready { piece: piece.clone(), prepared, place: PathBuf::new() }).map_err(told)
    };
    let mut each = pairs.iter();
    pool::in_order(
        &pairs,
        load::jobs(),
        |pair| caught(|| resolve(pair)),
        |resolved| {
            match (resolved, each.next()) {
                (Ok(Ok(one)), _) => ready.push(one),
                (Ok(Err(told)), _) => problems.extend(told),
                (Err(bug), pair) => lost.extend(pair.map(|(piece, _)| bug.report(&piece.name, &piece.place))),
            }
            ControlFlow::Continue(())
        },
    );
    if problems.is_empty() {
        let places = places::inside(ready.iter().map(|one| one.piece.place.as_str()));
        ready.iter_mut().zip(places).for_each(|(one, place)| one.place = place);
        Ok((ready, sources))
    } else {
        Err(Refusal { sources: Some(sources), ..Refusal::usage(problems) })
    }
}

/// What can be said of each scenario before it is played.
///
/// # Errors
/// What stands against a run: findings that are errors, or were made so.
fn lint(
    ready: &[Ready],
    settings: &Settings,
    said: &[Diagnostic],
    sources: &Arc<Sources>,
) -> Result<Vec<Vec<Finding>>, Refusal> {
    let levels = linting::levels(settings).map_err(Refusal::usage).map_err(not_run)?;
    if settings.lint == Some(LintLevel::Off) {
        return Ok(vec![Vec::new(); ready.len()]);
    }
    let (mut linted, mut errors) = (Vec::with_capacity(ready.len()), Vec::new());
    let look = |one: &Ready| {
        let survey = one.prepared.survey()?;
        let before = linting::diagnostics_of(&one.piece, said, sources);
        // A scenario of which nothing can be said may be played all the same.
        caught(|| linting::findings(&one.piece, &survey, &before, linting::Options::default()).0).ok()
    };
    pool::in_order(ready, load::jobs(), look, |found| {
        let (wrong, rest): (Vec<Finding>, Vec<Finding>) = levels
            .weigh(found.unwrap_or_default())
            .into_iter()
            .partition(|finding| finding.diagnostic.severity == Severity::Error);
        errors.extend(wrong.into_iter().map(|finding| finding.diagnostic));
        linted.push(rest);
        ControlFlow::Continue(())
    });
    if errors.is_empty() {
        return Ok(linted);
    }
    Err(not_run(Refusal { sources: Some(sources.clone()), ..Refusal::usage(errors) }))
}

/// Warnings, and what was left alone.
fn print_warnings(
    warnings: &[Diagnostic],
    left_alone: &[String],
    settings: &Settings,
    sources: &Sources,
    world: &mut World,
) {
    if settings.quiet {
        return;
    }
    crate::cli::show_problems(warnings, sources, world);
    for left in left_alone {
        world.err.line(&format!("ignored: {left}"));
    }
}

/// The rest of the reports, and how it ends.
pub fn finish(run: Run, settings: &Settings, reports: &Reports, world: &mut World) -> Result<Exit, Refusal> {
    let played = run.scenarios.iter().filter(|report| report.status() != Status::Skipped);
    let changed = |report: &ScenarioReport| if report.wire.is_some() { Verdict::Fail } else { Verdict::Pass };
    let worst = played.map(|report| report.verdict.max(changed(report))).max();
    let none = run.scenarios.is_empty();
    let interrupted = Signal::ALL.into_iter().find(|signal| run.interrupted.as_deref() == Some(signal.name()));
    reports.end(run, &mut world.out).map_err(|problems| Refusal { exit: Exit::Error, ..Refusal::usage(problems) })?;
    if let Some(signal) = interrupted {
        return Ok(Exit::Interrupted(signal));
    }
    match worst {
        Some(worst) => Ok(Exit::of(worst, settings.allow_inconclusive)),
        // An empty share of the scenarios is a share as well.
        None if none => Ok(Exit::Pass),
        None => Err(select::nothing("every scenario was skipped", &[]).into()),
    }
}
