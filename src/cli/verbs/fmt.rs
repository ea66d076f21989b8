//! `seqcheck fmt`: diagrams as canonical text.

use crate::cli::args::Fmt;
use crate::cli::load::{self, Piece};
use crate::cli::{Exit, Refusal, World, paths, reports};
use crate::source::{Diagnostic, Severity, Source, SourceId, Sources};
use crate::syntax::{self, Dialect};
use std::collections::BTreeMap;
use std::path::Path;

/// A file, as it is and as it should be.
struct Formatted {
    name: String,
    old: String,
    new: String,
}

/// Prints one file, or checks or rewrites many.
pub fn run(args: &Fmt, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let (found, mut problems) = paths::find(world, &args.paths, args.dialect);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    let files = format_all(&loaded.pieces, sources, &mut problems);
    if broken || problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Refusal::usage(problems));
    }
    crate::cli::tell_of(&problems, sources, world);
    let changed: Vec<&Formatted> = files.iter().filter(|file| file.old != file.new).collect();
    if args.check {
        changed.iter().for_each(|file| world.out.line(&file.name));
        return Ok(if changed.is_empty() { Exit::Pass } else { Exit::Fail });
    }
    if args.write {
        return write(&changed, world);
    }
    match files.as_slice() {
        [file] => {
            world.out.write(&file.new);
            Ok(Exit::Pass)
        }
        _ => Err(Diagnostic::error("usage", format!("{} files do not go to standard output", files.len()))
            .with_help("--write rewrites them in place")
            .with_help("--check names those that are not canonical")
            .into()),
    }
}

fn write(changed: &[&Formatted], world: &mut World) -> Result<Exit, Refusal> {
    let mut problems = Vec::new();
    for file in changed {
        match reports::write(&world.locate(Path::new(&file.name)), file.new.as_bytes(), &file.name) {
            Ok(()) => world.out.line(&format!("wrote {}", file.name)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Exit::Pass) } else { Err(Refusal { exit: Exit::Error, ..Refusal::usage(problems) }) }
}

/// The files of these diagrams, in their order. Text around the diagrams stays as it is.
fn format_all(pieces: &[Piece], sources: &Sources, problems: &mut Vec<Diagnostic>) -> Vec<Formatted> {
    let mut files: BTreeMap<SourceId, Vec<&Piece>> = BTreeMap::new();
    for piece in pieces {
        files.entry(piece.source).or_default().push(piece);
    }
    let format = |(id, pieces): (SourceId, Vec<&Piece>)| {
        let source = sources.get(id);
        let mut new = source.text().to_owned();
        // From the end, so that the places of what stands before stay true.
        for piece in pieces.into_iter().rev() {
            match canonical(piece, source) {
                Ok((text, warnings)) => {
                    new.replace_range(piece.range.clone(), &text);
                    problems.extend(warnings);
                }
                Err(problem) => problems.push(problem),
            }
        }
        Formatted { name: source.name().to_owned(), old: source.text().to_owned(), new }
    };
    files.into_iter().map(format).collect()
}

/// The canonical text of one diagram, read again to be sure that it says the same.
fn canonical(piece: &Piece, source: &Source) -> Result<(String, Vec<Diagnostic>), Diagnostic> {
    let place = &piece.place;
    let name = piece.dialect.name();
    let Some(printed) = syntax::print(&piece.diagram, piece.dialect) else {
        return Err(Diagnostic::error("fmt", format!("{place}: {name} can be read, and not yet be printed"))
            .with_help("fmt works on the native dialect"));
    };
    if !says_the_same(&printed.text, piece) {
        return Err(Diagnostic::error("fmt", format!("{place}: the canonical text would mean something else"))
            .with_help("nothing was changed; this is a bug of seqcheck: please report it with the file"));
    }
    let old = source.text().get(piece.range.clone()).unwrap_or_default();
    if old.contains("\r\n") {
        return Ok((printed.text.replace('\n', "\r\n"), printed.losses));
    }
    Ok((printed.text, printed.losses))
}

fn says_the_same(text: &str, piece: &Piece) -> bool {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("", text));
    let dialect: Dialect = piece.dialect;
    let again = syntax::parse(&sources, id, 0..text.len(), dialect);
    again.is_ok_and(|again| again.diagram.meaning() == piece.diagram.meaning())
}
