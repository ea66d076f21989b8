//! From files to diagrams: everything is read and parsed before anything runs, and all problems are told together.

use super::bug::{Bug, caught};
use super::includes;
use super::paths::{Found, Language};
use super::pool;
use super::world::World;
use crate::diagram::Diagram;
use crate::files::{self, Kind, Unread};
use crate::order::referred;
use crate::run::Neighbours;
use crate::source::{Diagnostic, Severity, Source, SourceId, Sources, Span};
use crate::syntax::markdown::{self, Block};
use crate::syntax::{self, Dialect, Mention, Reading, limits};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::Arc;

/// One diagram of one file.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The text that it stands in.
    pub source: SourceId,
    /// Where in it.
    pub range: Range<usize>,
    /// What it is written in.
    pub dialect: Dialect,
    /// The place as messages show it: the file, with a line where the file holds several.
    pub place: String,
    /// What reports call it: its title, else the heading that it stands under, else its place.
    pub name: String,
    /// What the author drew.
    pub diagram: Arc<Diagram>,
    /// Where it names its participants.
    #[cfg_attr(not(feature = "lsp"), expect(dead_code, reason = "editors ask"))]
    pub mentions: Arc<[Mention]>,
    /// The diagrams that it refers to.
    pub neighbours: Arc<Neighbours>,
    /// The block of Markdown that it is.
    pub block: Option<Block>,
}

impl Piece {
    /// The line of the fence, in Markdown: several diagrams of PlantUML may stand behind one.
    pub fn fence(&self) -> Option<Span> {
        self.block.as_ref().map(|block| block.fence)
    }
}

/// All diagrams of some files, and everything that is to be said about them.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The diagrams that could be read, in the order of the files.
    pub pieces: Vec<Piece>,
    /// Blocks of Markdown files that hold diagrams of other kinds: place and reason.
    pub left_alone: Vec<String>,
    /// Problems and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong with blocks of pages that have other, sound ones: these can be played all the same.
    pub broken: Vec<Diagnostic>,
    /// What could be read of texts that are no diagram as they stand: nothing is played of them.
    pub unsound: Vec<Piece>,
    /// Diagrams at which seqcheck failed: what they are called, and how.
    pub lost: Vec<(String, Bug)>,
}

impl Loaded {
    /// What was lost is a problem like any other: for verbs that play nothing.
    pub fn report_lost(&mut self) {
        self.diagnostics.append(&mut self.broken);
        self.diagnostics.extend(std::mem::take(&mut self.lost).iter().map(|(place, bug)| bug.diagnostic(place)));
    }

    /// Whether something stands against a run.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads and parses files, side by side. A diagram at which seqcheck fails is an error as any other.
pub fn load(found: &[Found], world: &mut World, sources: &mut Sources) -> Loaded {
    let mut loaded = load_what_can_be(found, world, sources);
    loaded.report_lost();
    loaded
}

/// Reads and parses files as they stand: lines that include others stay what they are.
pub fn load_alone(found: &[Found], world: &mut World, sources: &mut Sources) -> Loaded {
    let mut loaded = load_with(found, world, sources, None);
    loaded.report_lost();
    loaded
}

/// Reads and parses files, side by side.
pub fn load_what_can_be(found: &[Found], world: &mut World, sources: &mut Sources) -> Loaded {
    load_with(found, world, sources, Some(includes::of))
}

/// Finds what a text in this folder includes, by its path from there.
type Including = fn(&str, &Path) -> BTreeMap<String, Arc<str>>;

fn load_with(found: &[Found], world: &mut World, sources: &mut Sources, including: Option<Including>) -> Loaded {
    let mut loaded = Loaded::default();
    let mut parts = Vec::new();
    for file in found {
        match read(file, world) {
            Ok(text) => {
                let folder = file.path.as_deref().and_then(Path::parent);
                let beside = including.map(|including| folder.map(|folder| including(&text, folder)));
                let source = Source::new(file.name.as_str(), text);
                let id = sources.add(match beside {
                    Some(beside) => source.with_beside(beside.unwrap_or_default()),
                    None => source,
                });
                parts.extend(split(file, id, sources, &mut loaded));
            }
            Err(problem) => loaded.diagnostics.push(problem),
        }
    }
    let shared = &*sources;
    let mut each = parts.iter();
    let mut blocks: Vec<(SourceId, Vec<Diagnostic>)> = Vec::new();
    pool::in_order(
        &parts,
        jobs(),
        |part| caught(|| part.read(shared)),
        |read| {
            match (read, each.next()) {
                (Err(bug), part) => {
                    let place = part.map(|part| part.place(shared)).unwrap_or_default();
                    loaded.lost.push((place, bug));
                }
                (Ok(reading), Some(part)) => {
                    let broken = reading.is_broken();
                    let piece = part.with(reading.diagram, reading.mentions, shared);
                    match part {
                        _ if !broken => loaded.diagnostics.extend(reading.problems),
                        Part::Block { source, .. } => blocks.push((*source, reading.problems)),
                        Part::Text { .. } => loaded.diagnostics.extend(reading.problems),
                    }
                    if broken { &mut loaded.unsound } else { &mut loaded.pieces }.push(piece);
                }
                (Ok(_), None) => {}
            }
            ControlFlow::Continue(())
        },
    );
    // A page is not its worst block.
    for (source, problems) in blocks {
        let sound = loaded.pieces.iter().any(|piece| piece.source == source);
        if sound { loaded.broken.extend(problems) } else { loaded.diagnostics.extend(problems) }
    }
    refer(&mut loaded, found, world, sources);
    loaded
}

/// Finds the diagrams that others refer to: in the same file, else beside it.
fn refer(loaded: &mut Loaded, found: &[Found], world: &World, sources: &mut Sources) {
    let pieces = std::mem::take(&mut loaded.pieces);
    for piece in &pieces {
        if referred(&piece.diagram.body).next().is_none() {
            loaded.pieces.push(piece.clone());
            continue;
        }
        let file = sources.get(piece.source).name();
        let path = found.iter().find(|found| found.name == file).and_then(|found| found.path.as_deref());
        let folder = path.and_then(Path::parent).unwrap_or(&world.folder).to_owned();
        let titled = pieces.iter().filter(|other| other.source == piece.source).map(|other| &other.diagram);
        match Neighbours::of(&piece.diagram, titled, &folder, sources) {
            Ok(neighbours) => loaded.pieces.push(Piece { neighbours: Arc::new(neighbours), ..piece.clone() }),
            Err(problems) => loaded.diagnostics.extend(problems),
        }
    }
}

/// How many threads there is room for.
pub fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The text of one diagram, not yet parsed.
enum Part {
    /// A file, or one of several diagrams in it.
    Text { source: SourceId, range: Range<usize>, dialect: Dialect, several: bool },
    /// A fenced block of Markdown.
    Block { source: SourceId, block: Block },
}

impl Part {
    fn read(&self, sources: &Sources) -> Reading {
        match self {
            Part::Text { source, range, dialect, .. } => syntax::read(sources, *source, range.clone(), *dialect),
            Part::Block { block, .. } => markdown::read_block(block),
        }
    }

    fn place(&self, sources: &Sources) -> String {
        match self {
            Part::Text { source, range, several, .. } => {
                let text = sources.get(*source);
                let line = text.line_of(u32::try_from(range.start).unwrap_or(u32::MAX));
                if *several { format!("{}:{line}", text.name()) } else { text.name().to_owned() }
            }
            Part::Block { source, block } => format!("{}:{}", sources.get(*source).name(), block.line),
        }
    }

    fn with(&self, diagram: Diagram, mentions: Vec<Mention>, sources: &Sources) -> Piece {
        let title = diagram.title.clone();
        let (diagram, mentions, neighbours) = (Arc::new(diagram), mentions.into(), Arc::default());
        match self {
            Part::Text { source, range, dialect, .. } => {
                let (source, range, dialect, place) = (*source, range.clone(), *dialect, self.place(sources));
                Piece {
                    source,
                    range,
                    dialect,
                    name: title.unwrap_or_else(|| place.clone()),
                    place,
                    diagram,
                    mentions,
                    neighbours,
                    block: None,
                }
            }
            Part::Block { source, block } => Piece {
                source: *source,
                range: block.range.clone(),
                dialect: block.dialect,
                place: self.place(sources),
                name: title.unwrap_or_else(|| block.name.clone()),
                diagram,
                mentions,
                neighbours,
                block: Some(block.clone()),
            },
        }
    }
}

/// The diagrams of a file.
fn split(file: &Found, source: SourceId, sources: &Sources, loaded: &mut Loaded) -> Vec<Part> {
    let text = sources.get(source).text();
    let dialect = match file.language {
        Language::Diagram(dialect) => dialect,
        Language::Unsure => Dialect::sniff(text),
        Language::Page(flavour) => {
            let page = markdown::read(sources, source, flavour);
            loaded.diagnostics.extend(page.problems);
            let left = page.left_alone.into_iter().map(|left| format!("{}:{}: {}", file.name, left.line, left.why));
            loaded.left_alone.extend(left);
            return page.blocks.into_iter().map(|block| Part::Block { source, block }).collect();
        }
    };
    let ranges = syntax::parts(text, dialect);
    let several = ranges.len() > 1;
    ranges.into_iter().map(|range| Part::Text { source, range, dialect, several }).collect()
}

/// What is read as a diagram.
const DIAGRAM: Kind =
    Kind { name: "a diagram", most: limits::FILE_BYTES as u64, named: |path| Language::of(path).is_some() };

fn read(file: &Found, world: &mut World) -> Result<String, Diagnostic> {
    let read = match &file.path {
        None => files::take(&mut world.input, &DIAGRAM),
        Some(path) if file.told => world.text(path, &Kind { named: |_| true, ..DIAGRAM }),
        Some(path) => world.text(path, &DIAGRAM),
    };
    read.map_err(|why| {
        let problem = Diagnostic::error("path", format!("{}: {why}", file.name));
        match why {
            Unread::Large(_) => problem.with_help("split the diagram into several files"),
            Unread::NoText(_) => {
                problem.with_help("give a diagram as UTF-8 text; seqcheck cannot read pictures and archives")
            }
            Unread::Linked(_) => problem.with_help("if it is one, name its language: --dialect seq"),
            Unread::Missing | Unread::Irregular(_) | Unread::System(_) => problem,
        }
    })
}
