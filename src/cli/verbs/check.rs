//! `seqcheck check`, and the bare command.

use crate::cli::args::Check;
use crate::cli::settings::{Layer, Look};
use crate::cli::{Exit, Refusal, World, config, paths};
use crate::source::{Diagnostic, Sources};
use std::path::PathBuf;

/// Where diagrams are looked for when no path is given.
const FOLDER: &str = "scenarios";

/// Loads everything, then plays and judges it.
pub fn run(args: Check, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let below = config::below(world, sources).map_err(Refusal::usage)?;
    let all = Layer { settings: args.settings.clone(), look }.over(below);
    world.paint(all.look.color.unwrap_or_default());
    let mut wanted = args.paths;
    if wanted.is_empty() {
        if !world.locate(FOLDER.as_ref()).is_dir() {
            return Err(Diagnostic::error("usage", "no path is given, and there is no folder scenarios here")
                .with_help("name a diagram: seqcheck FILE.seq")
                .with_help("or begin with one: seqcheck init")
                .into());
        }
        wanted.push(PathBuf::from(FOLDER));
    }
    let (_found, problems) = paths::find(world, &wanted, all.settings.dialect);
    if !problems.is_empty() {
        return Err(Refusal::usage(problems));
    }
    Ok(Exit::Pass)
}
