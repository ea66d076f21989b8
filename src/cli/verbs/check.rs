//! `seqcheck check`, and the bare command.

use crate::cli::args::{Check, Cli};
use crate::cli::settings::{Layer, Look};
use crate::cli::{Exit, Refusal, World, config, load, paths};
use crate::source::{Diagnostic, Sources};
use clap::CommandFactory as _;
use std::path::PathBuf;

/// Where diagrams are looked for when no path is given.
const FOLDER: &str = "scenarios";
/// What a refusal means: problems are told before anything is played.
const NOTHING_RAN: &str = "nothing ran";

/// Loads everything, then plays and judges it.
pub fn run(args: Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    prepare_and_play(args, look, world, sources).map_err(|refusal| refusal.closing(NOTHING_RAN))
}

fn prepare_and_play(args: Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings, look }.over(below);
    world.paint(all.look.color.unwrap_or_default());
    let paths = paths_or_folder(args.paths, world)?;
    let (found, mut problems) = paths::find(world, &paths, all.settings.dialect);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if broken {
        return Err(Refusal::usage(problems));
    }
    Ok(Exit::Pass)
}

fn paths_or_folder(paths: Vec<PathBuf>, world: &mut World) -> Result<Vec<PathBuf>, Refusal> {
    if !paths.is_empty() {
        return Ok(paths);
    }
    if world.locate(FOLDER.as_ref()).is_dir() {
        return Ok(vec![PathBuf::from(FOLDER)]);
    }
    world.err.line(&Cli::command().render_help().to_string());
    Err(Diagnostic::error("usage", "no path is given, and there is no folder scenarios here")
        .with_help("name a diagram: seqcheck FILE.seq")
        .with_help("or begin with one: seqcheck init")
        .into())
}
