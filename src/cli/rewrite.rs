//! Diagrams written anew in the files that they stand in: what `fmt` and `convert` have in common.
//!
//! What stands around a diagram stays as it is: other text of a Markdown file, what a list or a quotation puts before
//! its lines, the line ends. Every text is read again before it is handed out, to be sure that it says the same.

use super::difference;
use super::load::Piece;
use crate::diagram::Diagram;
use crate::source::{Diagnostic, Source, SourceId, Sources, Span};
use crate::syntax::{self, Converted, Dialect, LOSS, markdown};
use std::collections::BTreeMap;
use std::ops::Range;

/// A file, as it is and as it should be.
pub struct Rewritten {
    /// As messages show it.
    pub name: String,
    /// Its text.
    pub old: String,
    /// Its text with the diagrams written anew.
    pub new: String,
}

/// The code of what is said of PlantUML's preprocessor.
const CARRIED_OUT: &str = "preprocessor";

/// That a file is not rewritten in place although it could be: what PlantUML's preprocessor has replaced would be lost.
pub fn refused(problems: &[Diagnostic]) -> Option<Diagnostic> {
    let is_carried =
        |problem: &&Diagnostic| problem.code == CARRIED_OUT && problem.message.contains("executes these lines");
    let carried = problems.iter().find(is_carried)?;
    let what = "a file with lines of the PlantUML preprocessor is not rewritten, because they would be lost";
    let refused = Diagnostic::error(CARRIED_OUT, what).with_help("fmt --stdout prints the result");
    Some(Diagnostic { labels: carried.labels.clone(), ..refused })
}

/// The files of these diagrams, in their order, with each diagram in `to`, or else in the dialect that it is in.
///
/// Notes about what the text does not say any more go to `problems`, as do errors; with an error the new text is not
/// to be used.
pub fn files(
    pieces: &[Piece],
    to: Option<Dialect>,
    sources: &Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Rewritten> {
    let mut files: BTreeMap<SourceId, Vec<&Piece>> = BTreeMap::new();
    for piece in pieces {
        files.entry(piece.source).or_default().push(piece);
    }
    files.into_iter().map(|(id, pieces)| file(sources.get(id), &pieces, to, problems)).collect()
}

fn file(source: &Source, pieces: &[&Piece], to: Option<Dialect>, problems: &mut Vec<Diagnostic>) -> Rewritten {
    let mut new = source.text().to_owned();
    let mut expected = Vec::new();
    let mut said = Vec::new();
    // From the end, so that the places of what stands before stay true.
    for piece in pieces.iter().rev() {
        let to = to.unwrap_or(piece.dialect);
        let crowd = pieces.iter().filter(|other| other.fence().is_some() && other.fence() == piece.fence()).count();
        if crowd > 1 && to != Dialect::PlantUml {
            said.push(crowded(piece, crowd, to));
            continue;
        }
        if to != piece.dialect && !is_alone(piece, source) {
            said.push(accompanied(piece, to));
            continue;
        }
        let written = match in_place(piece, source, to) {
            Ok(written) => written,
            Err(problem) => {
                said.push(problem);
                continue;
            }
        };
        new.replace_range(piece.range.clone(), &written.text);
        if let Some(word) =
            piece.block.as_ref().and_then(|block| block.language(source)).filter(|_| to != piece.dialect)
        {
            new.replace_range(word, to.facts().fences.first().copied().unwrap_or(to.name()));
        }
        expected.push((*piece, to, written.losses.is_empty()));
        said.extend(written.losses.into_iter().rev());
    }
    expected.reverse();
    said.reverse();
    let broken = expected.len() < pieces.len();
    problems.extend(said);
    if !broken {
        problems.extend(differing(&new, &expected));
    }
    Rewritten { name: source.name().to_owned(), old: source.text().to_owned(), new }
}

/// The text of one diagram by itself, read again to be sure that it says the same.
///
/// # Errors
/// That it does not.
pub fn text(piece: &Piece, to: Dialect) -> Result<Converted, Diagnostic> {
    let written = syntax::convert(&piece.diagram, to);
    let again = parse(&written.text, to).ok_or_else(|| differs(piece))?;
    if same(&again, &piece.diagram, written.losses.is_empty()) {
        return Ok(written);
    }
    let mut written = written;
    written.losses.push(lost(piece, &again, to).ok_or_else(|| differs(piece))?);
    Ok(written)
}

/// What another dialect does not say any more, where that can be named.
fn lost(piece: &Piece, again: &Diagram, to: Dialect) -> Option<Diagnostic> {
    let what = difference::named(again, &piece.diagram).filter(|_| to != piece.dialect)?;
    let told = Diagnostic::note(LOSS, format!("{what}: {} has no form for it", to.name()));
    Some(told.at(piece.diagram.span, ""))
}

/// The text of one diagram for the place where it stands.
///
/// # Errors
/// What stands before its lines does not stand before all of them.
fn in_place(piece: &Piece, source: &Source, to: Dialect) -> Result<Converted, Diagnostic> {
    let old = source.text().get(piece.range.clone()).unwrap_or_default();
    let mut written = match &piece.block {
        None => syntax::convert(&piece.diagram, to),
        Some(block) => {
            // What comments before the fence say stays in them.
            let mut diagram = Diagram::clone(&piece.diagram);
            diagram.settings.drain(..block.settings.len().min(diagram.settings.len()));
            syntax::convert(&diagram, to)
        }
    };
    if to == piece.dialect {
        let part = piece.block.as_ref().map_or(old, |block| block.text());
        written.text = syntax::in_place(part, &written.text, to).map_err(|line| mixed(piece, part, line))?;
    }
    let line = source.text()[..piece.range.start].rfind('\n').map_or(0, |end| end + 1);
    let before = &source.text()[line..piece.range.start];
    if piece.block.is_some() && !before.is_empty() {
        let mut lines = written.text.split_inclusive('\n');
        let mut text = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            text.push_str(if line.trim().is_empty() { before.trim_end() } else { before });
            text.push_str(line);
        }
        written.text = text;
    }
    if !old.ends_with('\n') && piece.range.end < source.text().len() {
        written.text.truncate(written.text.trim_end_matches('\n').len());
    }
    if old.contains("\r\n") {
        written.text = written.text.replace('\n', "\r\n");
    }
    Ok(written)
}

/// Whether nothing else stands in the block of Markdown that a diagram is in.
fn is_alone(piece: &Piece, source: &Source) -> bool {
    let Some(fence) = piece.fence() else { return true };
    // What quotations put before a line.
    let margin = |c: char| c.is_whitespace() || c == '>';
    let before = source.text().get(fence.end as usize..piece.range.start).unwrap_or_default();
    let behind = source.text().get(piece.range.end..).unwrap_or_default().trim_start_matches(margin);
    before.trim_matches(margin).is_empty()
        && (behind.is_empty() || behind.starts_with("```") || behind.starts_with("~~~"))
}

/// The diagrams that the new text of a file does not hold as it should.
fn differing(new: &str, expected: &[(&Piece, Dialect, bool)]) -> Vec<Diagnostic> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("", new));
    let page = expected.first().and_then(|(piece, ..)| piece.block.as_ref()).map(|block| block.flavour);
    let again: Vec<Option<Diagram>> = if let Some(flavour) = page {
        let blocks = markdown::read(&sources, id, flavour).blocks;
        blocks.iter().map(|block| markdown::parse(block).ok().map(|parsed| parsed.diagram)).collect()
    } else {
        let dialect = expected.first().map_or(Dialect::Native, |&(_, to, _)| to);
        let part = |part: Range<usize>| syntax::parse(&sources, id, part, dialect).ok().map(|parsed| parsed.diagram);
        syntax::parts(new, dialect).into_iter().map(part).collect()
    };
    if again.len() != expected.len() {
        return expected.iter().map(|(piece, ..)| differs(piece)).collect();
    }
    let wrong = |((piece, to, whole), again): (&(&Piece, Dialect, bool), &Option<Diagram>)| match again {
        Some(again) if same(again, &piece.diagram, *whole) => None,
        Some(again) => Some(lost(piece, again, *to).unwrap_or_else(|| differs(piece))),
        // PlantUML has no diagram with nothing in it; a page may have one, as a block that is begun.
        None => (!piece.diagram.participants.is_empty()).then(|| differs(piece)),
    };
    expected.iter().zip(&again).filter_map(wrong).collect()
}

fn parse(text: &str, dialect: Dialect) -> Option<Diagram> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("", text));
    syntax::parse(&sources, id, 0..text.len(), dialect).ok().map(|parsed| parsed.diagram)
}

/// Whether a text says what the diagram says; where something was lost, it has to be a diagram at least.
fn same(again: &Diagram, diagram: &Diagram, whole: bool) -> bool {
    !whole || again.meaning() == diagram.meaning()
}

fn differs(piece: &Piece) -> Diagnostic {
    Diagnostic::error("fmt", format!("{}: the new text would have a different meaning", piece.place)).with_help(
        "nothing was changed: a statement in it cannot be written with the same meaning; remove it, or report this",
    )
}

fn accompanied(piece: &Piece, to: Dialect) -> Diagnostic {
    let what =
        format!("{}: the block of this diagram contains other text, which {} would read", piece.place, to.name());
    Diagnostic::error("usage", what).with_help("move the text out of the block")
}

/// A diagram in a comment of something else, of which not every line is one of the comment.
fn mixed(piece: &Piece, part: &str, line: usize) -> Diagnostic {
    let start = part.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let length = part.lines().nth(line).unwrap_or_default().len();
    let start = piece.range.start + start;
    Diagnostic::error("fmt", "the text before `@startuml` is before some lines of the diagram, but not before others")
        .at(Span::new(piece.source, start, start + length), "this line differs from the first line below `@startuml`")
        .with_help("write it before every line down to `@enduml`, or only before `@startuml`")
}

fn crowded(piece: &Piece, crowd: usize, to: Dialect) -> Diagnostic {
    let what = format!("{}: one block contains {crowd} diagrams, but {} allows only one", piece.place, to.name());
    Diagnostic::error("usage", what).with_help("write each diagram in a separate block")
}
