//! `seqcheck check`, and the bare command.

use crate::cli::args::{Check, Cli};
use crate::cli::bug::caught;
use crate::cli::exit::Signal;
use crate::cli::keep::Keep;
use crate::cli::live::Live;
use crate::cli::load::{self, Loaded, Piece};
use crate::cli::pool::Told;
use crate::cli::progress::Progress;
use crate::cli::reports::Reports;
use crate::cli::results::Shelves;
use crate::cli::scenarios::{Cast, Ready, tags};
use crate::cli::settings::{Layer, LintLevel, Look, Net, Settings};
use crate::cli::snapshots::Snapshots;
use crate::cli::trust::Purpose;
use crate::cli::{Exit, Refusal, World, config, drawn, linting, paths, places, pool, results, signals};
use crate::diagram::OrderMode;
use crate::lint::Finding;
use crate::oracle::{Class, Verdict};
use crate::order::ArrowId;
use crate::process::limits;
use crate::report::{Run, ScenarioReport, Status};
use crate::run::{Error, Passed};
use crate::source::{Diagnostic, Severity, Sources};
use clap::CommandFactory as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where diagrams are looked for when no path is given.
const FOLDER: &str = "scenarios";
/// What a refusal means: problems are told before anything is played.
const NOTHING_RAN: &str = "nothing ran";
/// Plays in real time mostly wait, so that more of them than cores go side by side.
const WAITING_PER_CORE: usize = 8;

/// Loads everything, then plays and judges it.
pub fn run(args: Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let began = Instant::now();
    let (settings, cast) = settle(&args, look, world, sources).map_err(not_run)?;
    let mut reports = Reports::new(&settings, world).map_err(Refusal::usage).map_err(not_run)?;
    let loaded = read(args.paths.clone(), &settings, world, sources).map_err(not_run)?;
    let mut lost: Vec<ScenarioReport> = loaded.lost.iter().map(|(place, bug)| bug.report(place, place)).collect();
    let (ready, sources) = prepare(loaded.pieces, &cast, world, sources, &mut lost).map_err(not_run)?;
    let linted = lint(&ready, &settings, &loaded.diagnostics, &sources)?;
    tell_beforehand(&loaded.diagnostics, &loaded.left_alone, &settings, &sources, world);
    ready.iter().for_each(|one| reports.hide(&one.prepared.secrets()));
    let bearing = Bearing { linted, sources };
    let jobs = room_for(&ready, &settings, &cast)?;
    if world.signals {
        signals::listen(&world.stop);
    }
    let run = play(&ready, lost, &args.again, (&cast, jobs), &settings, (&mut reports, &bearing), world)?;
    finish(Run { elapsed: Some(began.elapsed()), ..run }, &settings, &reports, world)
}

fn not_run(refusal: Refusal) -> Refusal {
    refusal.closing(NOTHING_RAN)
}

/// All layers of settings, and what they say together.
fn settle(args: &Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<(Settings, Cast), Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let above = Layer { settings: args.settings.clone(), look };
    let all = above.clone().over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let cast = Cast::new(above.settings, below.settings, Purpose::Play, world, sources).map_err(Refusal::usage)?;
    Ok((all.settings, cast))
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
    let all = loaded.pieces.len() + loaded.lost.len();
    if !settings.tag.is_empty() {
        loaded.pieces.retain(|piece| tags(&piece.diagram).iter().any(|tag| settings.tag.contains(tag)));
    }
    let tagged = loaded.pieces.len() + loaded.lost.len();
    if let Some(shard) = settings.shard {
        let mut place = 0..;
        loaded.pieces.retain(|_| place.next().is_some_and(|place| shard.takes(place)));
    }
    match (all, tagged) {
        (0, _) => Err(nothing("there is no sequence diagram in what was named", &loaded.left_alone).into()),
        (_, 0) => Err(nothing(&format!("no scenario has the tag {}", settings.tag.join(" or ")), &[]).into()),
        _ => Ok(loaded),
    }
}

fn nothing(what: &str, left_alone: &[String]) -> Diagnostic {
    let problem = Diagnostic::error("usage", format!("nothing to run: {what}"));
    left_alone.iter().fold(problem, |problem, left| problem.with_note(format!("left alone: {left}")))
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
    Err(Diagnostic::error("usage", "no path is given, and there is no folder scenarios here")
        .with_help("name a diagram: seqcheck FILE.seq")
        .with_help("or begin with one: seqcheck init")
        .into())
}

/// Resolves every scenario, side by side; all problems of all of them are told together. Those at which seqcheck fails
/// are `lost`.
pub fn prepare(
    pieces: Vec<Piece>,
    cast: &Cast,
    world: &World,
    sources: &mut Sources,
    lost: &mut Vec<ScenarioReport>,
) -> Result<(Vec<Ready>, Arc<Sources>), Refusal> {
    let bindings = cast.bindings(&pieces, world, sources).map_err(Refusal::usage)?;
    let sources = Arc::new(std::mem::take(sources));
    let pairs: Vec<_> = pieces.into_iter().zip(bindings).collect();
    let (mut ready, mut problems) = (Vec::new(), Vec::new());
    let resolve = |(piece, binding): &(Piece, _)| {
        let prepared = cast.scenario(piece, Arc::clone(binding), &sources).prepare();
        let told = |error: Error| drawn::told(piece, binding, error.diagnostics);
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
        let before = linting::said_of(&one.piece, said, sources);
        // A scenario of which nothing can be said may be played all the same.
        caught(|| linting::findings(&one.piece, &survey, &before, linting::Wish::default()).0).ok()
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

/// What lint has said of each scenario: shown where a run finds something at the same place.
struct Bearing {
    linted: Vec<Vec<Finding>>,
    sources: Arc<Sources>,
}

impl Bearing {
    /// The warnings about the arrows at which a play of a scenario has found something, and which have to do with it.
    fn on(&self, index: usize, order: OrderMode, plays: &[ScenarioReport]) -> Vec<Diagnostic> {
        let found: Vec<(ArrowId, Class, &ScenarioReport)> = plays
            .iter()
            .flat_map(|play| play.outcome.findings.iter().map(move |finding| (play, finding)))
            .filter_map(|(play, finding)| Some((finding.arrow?, finding.class, play)))
            .collect();
        let linted = self.linted.get(index).map_or(&[][..], Vec::as_slice);
        let bears = |finding: &&Finding| {
            let about = |(arrow, class, play): &(ArrowId, Class, &ScenarioReport)| {
                finding.arrows.contains(arrow) && finding.lint.bears.on(*class, &play.outcome, order)
            };
            finding.diagnostic.severity == Severity::Warning && found.iter().any(about)
        };
        // The places alone: the rest is for `lint`.
        let short = |finding: &Finding| {
            let told = Diagnostic { notes: Vec::new(), help: Vec::new(), ..finding.diagnostic.clone() };
            let name = told.primary().map_or("FILE", |span| self.sources.get(span.source).name());
            told.clone().with_help(format!("seqcheck lint {name} tells what to do about it"))
        };
        linted.iter().filter(bears).map(short).collect()
    }
}

/// Warnings, and what was left alone.
fn tell_beforehand(
    warnings: &[Diagnostic],
    left_alone: &[String],
    settings: &Settings,
    sources: &Sources,
    world: &mut World,
) {
    if settings.quiet {
        return;
    }
    crate::cli::tell_of(warnings, sources, world);
    for left in left_alone {
        world.err.line(&format!("left alone: {left}"));
    }
}

/// What happens while a scenario is played.
enum Event {
    /// The scenario of this number (from 0) starts.
    Started(usize),
    /// Something passed, for the ladder.
    Passed(usize, Box<Passed>),
}

/// Plays every scenario and tells of each as soon as all before it are told.
fn play(
    ready: &[Ready],
    lost: Vec<ScenarioReport>,
    again: &[String],
    (cast, jobs): (&Cast, usize),
    settings: &Settings,
    (reports, bearing): (&mut Reports, &Bearing),
    world: &mut World,
) -> Result<Run, Refusal> {
    let stop = world.stop.clone();
    let mut run = Run { place: cast.place(), ..Run::default() };
    let mut shelves = Shelves {
        keep: settings.out.as_ref().map(|folder| Keep::new(folder, world.locate(folder))),
        snapshots: settings
            .snapshots
            .as_ref()
            .map(|folder| Snapshots::new(folder, world.locate(folder), settings.update)),
    };
    let alone = jobs == 1 || ready.len() == 1;
    let watched = alone && settings.verbose && world.out.terminal && reports.is_for_people();
    if watched {
        reports.shown_live();
    }
    let reports = &*reports;
    let mut progress = Progress::new(settings, ready.len(), &world.err);
    let mut live: Option<(usize, Live)> = None;
    reports.begin(ready.len(), &mut world.out);
    let numbered: Vec<(usize, &Ready)> = ready.iter().enumerate().collect();
    let mut each = ready.iter();
    let mut index = 0..;
    let work = |&(number, one): &(usize, &Ready), tell: &dyn Fn(Event)| {
        tell(Event::Started(number));
        if watched {
            one.prepared.play_watched(|passed| tell(Event::Passed(number, Box::new(passed))))
        } else {
            one.prepared.play()
        }
    };
    pool::in_order_told(&numbered, jobs, work, |told| match told {
        Told::Event(Event::Started(number)) => {
            let (name, path) = (ready[number].prepared.name(), &ready[number].piece.place);
            progress.hidden(|| reports.started(name, path, &mut world.out));
            progress.started(&reports.secrets().redact(name));
            ControlFlow::Continue(())
        }
        Told::Event(Event::Passed(number, passed)) => {
            if live.as_ref().is_none_or(|(of, _)| *of != number) {
                live = Live::of(&ready[number], reports, &mut world.out).map(|live| (number, live));
            }
            if let Some((_, live)) = &mut live {
                progress.hidden(|| live.show(&passed, reports, &mut world.out));
            }
            ControlFlow::Continue(())
        }
        Told::Done(verdict) => {
            let Some(one) = each.next() else { return ControlFlow::Break(()) };
            let first = run.scenarios.len();
            let plays = caught(|| results::reports(one, verdict, again, reports, &mut shelves))
                .unwrap_or_else(|bug| vec![bug.report(&one.piece.name, &one.piece.place)]);
            let bears = index.next().map(|index| bearing.on(index, one.prepared.order(), &plays)).unwrap_or_default();
            for report in plays {
                let number = run.scenarios.len() + 1;
                let place = (report.name.clone(), report.path.clone());
                let told = caught(|| progress.hidden(|| reports.scenario(report, number, &mut world.out)));
                run.scenarios.push(told.unwrap_or_else(|bug| bug.report(&place.0, &place.1)));
            }
            progress.hidden(|| crate::cli::tell_of(&bears, &bearing.sources, world));
            progress.done();
            let good = |report: &ScenarioReport| matches!(report.status(), Status::Passed | Status::Skipped);
            let bad = !run.scenarios[first..].iter().all(good);
            let over = stop.why().is_some() || bad && settings.fail_fast;
            if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    });
    progress.end();
    for report in lost {
        run.scenarios.push(reports.scenario(report, run.scenarios.len() + 1, &mut world.out));
    }
    run.interrupted = stop.why().map(str::to_owned);
    let reason = match &run.interrupted {
        Some(why) => format!("interrupted by {why}"),
        None => "--fail-fast, and one before it did not pass".to_owned(),
    };
    for one in each {
        let report = results::not_started(one, &reason);
        run.scenarios.push(reports.scenario(report, run.scenarios.len() + 1, &mut world.out));
    }
    let kept = shelves.keep.map(|keep| keep.problems).unwrap_or_default();
    let locked = shelves.snapshots.map(|snapshots| snapshots.problems).unwrap_or_default();
    let problems: Vec<Diagnostic> = kept.into_iter().chain(locked).collect();
    if problems.is_empty() { Ok(run) } else { Err(Refusal { exit: Exit::Error, ..Refusal::usage(problems) }) }
}

/// File descriptors that a play takes beside its connections: its runtime, and a listener or the pipes of a server that is
/// launched.
const PER_PLAY: u64 = 6;
/// File descriptors for what is opened now and then: files that are written, names that are resolved.
const SPARE: u64 = 4;

/// How many scenarios go side by side: as many as were asked for, or as there is room for.
///
/// # Errors
/// There are too few file descriptors for one, or for as many as were asked for. Nothing is played then: a connection that
/// cannot be made on this side would look like one that the server does not take.
fn room_for(ready: &[Ready], settings: &Settings, cast: &Cast) -> Result<usize, Refusal> {
    let wanted = jobs(settings, cast).min(ready.len()).max(1);
    let ends = match (cast.has_target(), cast.net()) {
        (true, _) => 1,
        // Both ends are in this process.
        (false, Net::Tcp) => 2,
        (false, Net::Memory) => return Ok(wanted),
    };
    let most = ready.iter().map(|one| one.prepared.connections() as u64).max().unwrap_or(0);
    let each = most.saturating_mul(ends).saturating_add(PER_PLAY);
    let taken = limits::open_descriptors().unwrap_or(3).saturating_add(SPARE);
    let needed = |plays: usize| each.saturating_mul(plays as u64).saturating_add(taken);
    let Some(may) = limits::descriptors(needed(wanted)) else { return Ok(wanted) };
    let room = may.saturating_sub(taken) / each;
    let asked = settings.jobs.map_or(1, |_| wanted);
    if room >= asked as u64 {
        return Ok(wanted.min(usize::try_from(room).unwrap_or(usize::MAX)));
    }
    let needed = needed(asked);
    let plays = if asked == 1 { "a play".to_owned() } else { format!("{asked} plays side by side") };
    let problem = format!("{plays} may take {needed} file descriptors, and this process may have {may}");
    let problem = Diagnostic::error("limit", problem).with_help(format!("raise the limit: ulimit -n {needed}"));
    let problem = if asked == 1 { problem } else { problem.with_help("or play fewer side by side: --jobs 1") };
    Err(not_run(Refusal::error(problem)))
}

fn jobs(settings: &Settings, cast: &Cast) -> usize {
    let most = match (cast.has_target(), cast.net()) {
        (true, _) => 1,
        (false, Net::Memory) => load::jobs(),
        (false, Net::Tcp) => load::jobs() * WAITING_PER_CORE,
    };
    settings.jobs.map_or(most, usize::from)
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
        None => Err(nothing("every scenario was skipped", &[]).into()),
    }
}
