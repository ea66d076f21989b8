//! `seqcheck lint`: what can be said without a run.

use crate::cli::args::{Lint, LintFormat};
use crate::cli::bug::{BUG, caught};
use crate::cli::load::{self, Loaded, Piece};
use crate::cli::scenarios::Layers;
use crate::cli::settings::{Layer, Look, Settings};
use crate::cli::trust::Purpose;
use crate::cli::{Exit, Refusal, World, config, diagnostics, linting, paths, pool};
use crate::files;
use crate::lint::format;
use crate::lint::{Finding, Levels, Stats, apply};
use crate::source::{Diagnostic, Fix, Severity, Sources};
use crate::syntax::limits;
use crate::wire::Binding;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// At most so many times fixes are made: one may make room for another.
const ROUNDS: usize = 4;

/// What is said of all diagrams.
#[derive(Default)]
struct Answer {
    findings: Vec<Finding>,
    /// Problems that are no findings: roles that cannot be told, directives that fit nothing.
    problems: Vec<Diagnostic>,
    stats: Vec<(String, Stats)>,
}

/// Loads, says, and mends.
pub fn run(args: &Lint, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let above = Layer { settings: args.settings(), look };
    let all = above.clone().over(below.clone());
    world.paint(all.look.color.unwrap_or_default());
    let levels = linting::levels(&all.settings).map_err(Refusal::usage)?;
    let layers = Layers::new(above.settings, below.settings, Purpose::Look, world, sources).map_err(Refusal::usage)?;
    let mut mended = 0;
    for round in 0.. {
        let loaded = read(args, &all.settings, world, sources)?;
        let (answer, kept) = look_at(args, loaded, &layers, &levels, world, sources)?;
        if args.fix && round < ROUNDS {
            let made = fix(&answer, &kept, world)?;
            mended += made;
            if made > 0 {
                *sources = Sources::new();
                continue;
            }
        }
        if mended > 0 {
            world.err.line(&format!("corrected {mended} finding{}", if mended == 1 { "" } else { "s" }));
        }
        return Ok(print(args, answer, &kept, world));
    }
    Ok(Exit::Pass)
}

fn read(args: &Lint, settings: &Settings, world: &mut World, sources: &mut Sources) -> Result<Loaded, Refusal> {
    let (found, mut problems) = paths::find(world, &args.paths, settings.dialect);
    let loaded = load::load(&found, world, sources);
    if loaded.is_broken() || !problems.is_empty() {
        problems.extend(loaded.diagnostics);
        return Err(Refusal::usage(problems));
    }
    if loaded.pieces.is_empty() {
        return Err(Diagnostic::error("usage", "the given paths contain no sequence diagram").into());
    }
    Ok(loaded)
}

fn look_at(
    args: &Lint,
    loaded: Loaded,
    layers: &Layers,
    levels: &Levels,
    world: &mut World,
    sources: &mut Sources,
) -> Result<(Answer, Arc<Sources>), Refusal> {
    let bindings = layers.bindings(&loaded.pieces, world, sources).map_err(Refusal::usage)?;
    let sources = Arc::new(std::mem::take(sources));
    // The last first: it is what refers to the others.
    let pairs: Vec<(Piece, _)> = loaded.pieces.into_iter().zip(bindings).rev().collect();
    // What was said while reading and is no finding: told as it is.
    let (before, rest): (Vec<_>, Vec<_>) = loaded.diagnostics.into_iter().partition(linting::is_finding);
    let mut answer = Answer { problems: rest, ..Answer::default() };
    let options = linting::Options {
        deep: args.deep,
        stats: args.stats,
        // Programs count them, people read.
        folded: args.format == LintFormat::Text && !args.fix,
    };
    // Where one is too large, nothing is looked at: the others may be nearly so.
    let too_large = AtomicBool::new(false);
    let look = |(piece, binding): &(Piece, Arc<Binding>)| {
        let looked = linting::look(piece, binding, layers, &before, &sources, options, &too_large);
        (looked.findings, looked.problems, looked.stats.map(|stats| (piece.place.clone(), stats)))
    };
    let look = |pair: &(Piece, Arc<Binding>)| {
        caught(|| look(pair)).unwrap_or_else(|bug| (Vec::new(), vec![bug.diagnostic(&pair.0.place)], None))
    };
    pool::in_order(&pairs, load::jobs(), look, |(findings, problems, stats)| {
        answer.findings.extend(levels.weigh(findings));
        answer.problems.extend(problems);
        answer.stats.extend(stats);
        ControlFlow::Continue(())
    });
    answer.stats.reverse();
    Ok((answer, sources))
}

/// Makes the safe fixes; how many.
fn fix(answer: &Answer, sources: &Sources, world: &World) -> Result<usize, Refusal> {
    let safe = answer.findings.iter().filter_map(|finding| finding.diagnostic.fixes.iter().find(|fix| fix.safe));
    let safe: Vec<&Fix> = safe.collect();
    let (texts, made) = apply(safe, |id| sources.get(id).text().to_owned());
    for (id, text) in texts {
        let name = sources.get(id).name();
        let path = world.locate(name.as_ref());
        if !path.is_file() {
            return Err(Diagnostic::error("usage", format!("--fix writes files, but {name} is not a file")).into());
        }
        files::write(&path, text.as_bytes()).map_err(|error| {
            Refusal::error(Diagnostic::error("fix", format!("{name} cannot be written: {}", paths::why(&error))))
        })?;
    }
    Ok(made)
}

fn print(args: &Lint, answer: Answer, sources: &Sources, world: &mut World) -> Exit {
    let Answer { findings, problems, stats } = answer;
    let mut said: Vec<Diagnostic> =
        problems.into_iter().chain(findings.into_iter().map(|finding| finding.diagnostic)).collect();
    // By file and line; what has no place comes first.
    said.sort_by_key(Diagnostic::primary);
    let bug = said.iter().any(|said| said.code == BUG);
    // What is too large to be looked at is no finding: nothing was looked at.
    let limit = said.iter().any(|said| said.code == limits::LIMIT);
    let wrong = said.iter().any(|said| said.severity == Severity::Error);
    let left = diagnostics::left_out(said.iter());
    match args.format {
        LintFormat::Text => {
            for said in said.iter().take(diagnostics::MOST) {
                let text = diagnostics::render(said, sources, world.out.color, world.out.width);
                world.out.write(&text);
            }
            left.iter().for_each(|left| world.out.line(left));
            for (name, numbers) in &stats {
                world.out.line(name);
                numbers.to_string().lines().for_each(|line| world.out.line(&format!("  {line}")));
                world.out.line("");
            }
            let tally = diagnostics::tally(&said).unwrap_or_else(|| "no findings".to_owned());
            world.out.line(&tally);
        }
        LintFormat::Json => world.out.write(&format::json(&said, &stats, sources)),
        LintFormat::Github => {
            world.out.write(&format::github(&said[..said.len().min(diagnostics::MOST)], sources));
            left.iter().for_each(|left| world.out.write(&format!("::notice::{left}\n")));
        }
        LintFormat::Sarif => world.out.write(&format::sarif(&said, sources)),
    }
    match (bug, limit, wrong) {
        (true, _, _) => Exit::Error,
        (false, true, _) => Exit::Usage,
        (false, false, true) => Exit::Fail,
        (false, false, false) => Exit::Pass,
    }
}
