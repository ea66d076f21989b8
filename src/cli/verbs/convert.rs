//! `seqcheck convert`: diagrams in another language.

use crate::cli::args::Convert;
use crate::cli::load::{self, Piece};
use crate::cli::{Exit, Refusal, World, paths, reports, rewrite};
use crate::source::{Diagnostic, Severity, SourceId, Sources};
use crate::syntax::Dialect;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A text to write.
struct Text {
    /// The file name that it has in a folder.
    name: String,
    text: String,
}

/// Writes every diagram in another language: one to standard output or a file, many into a folder. In a Markdown file
/// the blocks are exchanged and all else stays.
pub fn run(args: &Convert, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let (found, mut problems) = paths::find(world, &args.paths, args.dialect);
    let loaded = load::load(&found, world, sources);
    let broken = loaded.is_broken() || !problems.is_empty();
    problems.extend(loaded.diagnostics);
    if loaded.pieces.is_empty() && !broken {
        let nothing = Diagnostic::error("usage", "nothing to convert: the given paths contain no sequence diagram");
        let left = loaded.left_alone.iter();
        return Err(left.fold(nothing, |problem, left| problem.with_note(format!("ignored: {left}"))).into());
    }
    if broken {
        return Err(Refusal::usage(problems));
    }
    let texts = texts(&loaded.pieces, args.to, sources, &mut problems);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Refusal::usage(problems));
    }
    crate::cli::show_problems(&problems, sources, world);
    for left in &loaded.left_alone {
        world.err.line(&format!("ignored: {left}"));
    }
    match (texts.as_slice(), &args.output) {
        ([text], None) => {
            world.out.file(&text.text);
            Ok(Exit::Pass)
        }
        ([text], Some(path)) if !is_folder(path, world) => {
            let name = path.display().to_string();
            reports::write(&world.locate(path), text.text.as_bytes(), &name).map_err(Refusal::error)?;
            Ok(Exit::Pass)
        }
        (texts, Some(path)) if is_folder(path, world) => into_folder(texts, path, world),
        (texts, _) => {
            Err(Diagnostic::error("usage", format!("{} diagrams cannot be written to one file", texts.len()))
                .with_help("name a folder: -o FOLDER/")
                .into())
        }
    }
}

/// A path that ends in a slash, or a folder that is there.
fn is_folder(path: &Path, world: &World) -> bool {
    path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]) || world.locate(path).is_dir()
}

fn texts(pieces: &[Piece], to: Dialect, sources: &Sources, problems: &mut Vec<Diagnostic>) -> Vec<Text> {
    let mut files: BTreeMap<SourceId, Vec<Piece>> = BTreeMap::new();
    for piece in pieces {
        files.entry(piece.source).or_default().push(piece.clone());
    }
    let mut texts = Vec::new();
    let extension = to.facts().extensions.first().copied().unwrap_or("txt");
    for (id, pieces) in files {
        let path = PathBuf::from(sources.get(id).name());
        let stem = match path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) {
            Some(stem) if stem != "-" => stem,
            Some(_) | None => "diagram".to_owned(),
        };
        if pieces.iter().any(|piece| piece.block.is_some()) {
            let name =
                path.file_name().map_or_else(|| "page.md".to_owned(), |name| name.to_string_lossy().into_owned());
            let rewritten = rewrite::files(&pieces, Some(to), sources, problems);
            texts.extend(rewritten.into_iter().map(|file| Text { name: name.clone(), text: file.new }));
            continue;
        }
        for (index, piece) in pieces.iter().enumerate() {
            let number = if pieces.len() > 1 { format!("-{}", index + 1) } else { String::new() };
            if piece.diagram.participants.is_empty() {
                let what = format!("{}: this diagram is empty: it has no participant and no arrow", piece.place);
                problems.push(Diagnostic::error("usage", what).with_help("draw an arrow: Alice->Server: hello"));
                continue;
            }
            match rewrite::text(piece, to) {
                Ok(written) => {
                    problems.extend(written.losses);
                    texts.push(Text { name: format!("{stem}{number}.{extension}"), text: written.text });
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    texts
}

/// Each text a file; nothing is written where two would have one name.
fn into_folder(texts: &[Text], folder: &Path, world: &mut World) -> Result<Exit, Refusal> {
    let mut names: Vec<&str> = texts.iter().map(|text| text.name.as_str()).collect();
    names.sort_unstable();
    let twice: Vec<Diagnostic> = names
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| Diagnostic::error("usage", format!("two diagrams would be written to {}", pair[0])))
        .map(|problem| problem.with_help("convert them one after the other, each into a separate folder"))
        .collect();
    if !twice.is_empty() {
        return Err(Refusal::usage(twice));
    }
    let mut problems = Vec::new();
    for text in texts {
        let path = folder.join(&text.name);
        let name = path.display().to_string();
        match reports::write(&world.locate(&path), text.text.as_bytes(), &name) {
            Ok(()) => world.out.line(&format!("wrote {name}")),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Exit::Pass) } else { Err(Refusal { exit: Exit::Error, ..Refusal::usage(problems) }) }
}
