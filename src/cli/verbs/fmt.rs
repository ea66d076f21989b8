//! `seqcheck fmt`: diagrams as canonical text, in place; `--check` and `-` do as other formatters do.

use crate::cli::args::Fmt;
use crate::cli::rewrite::{self, Rewritten};
use crate::cli::{Exit, Refusal, World, load, paths, reports};
use crate::source::{Diagnostic, Severity, Sources};
use std::path::Path;

/// Rewrites files, checks them, or prints one.
pub fn run(args: &Fmt, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let (found, mut problems) = paths::find(world, &args.paths, args.dialect);
    let loaded = load::load_alone(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if broken {
        return Err(Refusal::usage(problems));
    }
    let files = rewrite::files(&loaded.pieces, None, sources, &mut problems);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Refusal::usage(problems));
    }
    crate::cli::show_problems(&problems, sources, world);
    let changed: Vec<&Rewritten> = files.iter().filter(|file| file.old != file.new).collect();
    if args.check {
        changed.iter().for_each(|file| world.out.line(&file.name));
        return Ok(if changed.is_empty() { Exit::Pass } else { Exit::Fail });
    }
    let input = |file: &Rewritten| found.iter().any(|found| found.name == file.name && found.path.is_none());
    if !args.stdout && !files.iter().any(input) {
        if let Some(refused) = rewrite::refused(&problems).filter(|_| !changed.is_empty()) {
            return Err(refused.into());
        }
        return write(&changed, world);
    }
    match files.as_slice() {
        [file] => {
            world.out.file(&file.new);
            Ok(Exit::Pass)
        }
        _ => Err(Diagnostic::error("usage", format!("{} files cannot be written to standard output", files.len()))
            .with_help("without --stdout and -, the files are rewritten in place")
            .with_help("--check names the files that are not canonical")
            .into()),
    }
}

fn write(changed: &[&Rewritten], world: &mut World) -> Result<Exit, Refusal> {
    let mut problems = Vec::new();
    for file in changed {
        match reports::write(&world.locate(Path::new(&file.name)), file.new.as_bytes(), &file.name) {
            Ok(()) => world.out.line(&format!("wrote {}", file.name)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Exit::Pass) } else { Err(Refusal { exit: Exit::Error, ..Refusal::usage(problems) }) }
}
