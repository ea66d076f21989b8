//! `--watch`: again whenever a file changes.

use super::args::Check;
use super::settings::Look;
use super::verbs::check;
use super::world::World;
use super::{Exit, Refusal, paths, signals};
use crate::files;
use crate::source::Sources;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Runs, and runs again whenever one of the files that were read has changed, or one has come or gone, until a signal.
pub fn run(args: &Check, look: &Look, world: &mut World) -> Result<Exit, Refusal> {
    if std::mem::take(&mut world.signals) {
        signals::listen(&world.stop);
    }
    loop {
        let (mut sources, mut read) = (Sources::new(), BTreeSet::new());
        let before = stamps(args, &read, world);
        let exit = match check::once(args.clone(), *look, world, &mut sources, &mut read) {
            Ok(exit) => exit,
            Err(refusal) => super::refuse(&refusal, world, &sources),
        };
        if world.stop.why().is_some() {
            return Ok(exit);
        }
        let known = stamps(args, &read, world);
        // What was changed while it was played.
        let missed = before.iter().any(|(path, stamp)| known.get(path) != Some(stamp));
        world.err.line(&format!("watching {} files; press Ctrl-C to stop", known.len()));
        world.err.line("");
        world.out.flush();
        world.err.flush();
        while !missed && stamps(args, &read, world) == known {
            if world.stop.why().is_some() {
                return Ok(exit);
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// When each file was last changed, and how long it is.
fn stamps(args: &Check, read: &BTreeSet<String>, world: &World) -> BTreeMap<PathBuf, (Option<SystemTime>, u64)> {
    let asked = if args.paths.is_empty() { vec![PathBuf::from(check::FOLDER)] } else { args.paths.clone() };
    let (found, _) = paths::find(world, &asked, args.settings.dialect);
    let named = read.iter().map(|name| world.locate(name.as_ref()));
    let all = found.into_iter().filter_map(|found| found.path).chain(named);
    all.filter_map(|path| files::stamp(&path).map(|stamp| (path, stamp))).collect()
}
