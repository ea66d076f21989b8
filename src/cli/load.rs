//! From files to diagrams: everything is read and parsed before anything runs, and all problems are told together.

use super::paths::{Found, Language, why};
use super::pool;
use super::world::World;
use crate::diagram::Diagram;
use crate::source::{Diagnostic, Severity, Source, SourceId, Sources};
use crate::syntax::{self, Dialect, limits};
use std::io::Read as _;
use std::ops::{ControlFlow, Range};
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
    /// What the author drew.
    pub diagram: Arc<Diagram>,
}

impl Piece {
    /// What reports call it: its title, else its place.
    pub fn name(&self) -> String {
        self.diagram.title.clone().unwrap_or_else(|| self.place.clone())
    }
}

/// All diagrams of some files, and everything that is to be said about them.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The diagrams that could be read, in the order of the files.
    pub pieces: Vec<Piece>,
    /// Problems and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Whether something stands against a run.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads and parses files, side by side.
pub fn load(found: &[Found], world: &mut World, sources: &mut Sources) -> Loaded {
    let mut loaded = Loaded::default();
    let mut parts = Vec::new();
    for file in found {
        match read(file, world) {
            Ok(text) => {
                let id = sources.add(Source::new(file.name.as_str(), text));
                parts.extend(split(file, id, sources.get(id).text()));
            }
            Err(problem) => loaded.diagnostics.push(problem),
        }
    }
    let sources = &*sources;
    let parse = |part: &Part| syntax::parse(sources, part.source, part.range.clone(), part.dialect);
    let mut each = parts.iter();
    pool::in_order(&parts, jobs(), parse, |parsed| {
        match (parsed, each.next()) {
            (Ok(parsed), Some(part)) => {
                loaded.diagnostics.extend(parsed.warnings);
                loaded.pieces.push(part.with(parsed.diagram, sources));
            }
            (Err(problems), _) => loaded.diagnostics.extend(problems),
            (Ok(_), None) => {}
        }
        ControlFlow::Continue(())
    });
    loaded
}

/// How many threads there is room for.
pub fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

struct Part {
    source: SourceId,
    range: Range<usize>,
    dialect: Dialect,
    /// One of several in its file.
    several: bool,
}

impl Part {
    fn with(&self, diagram: Diagram, sources: &Sources) -> Piece {
        let source = sources.get(self.source);
        let line = source.line_of(u32::try_from(self.range.start).unwrap_or(u32::MAX));
        let place = if self.several { format!("{}:{line}", source.name()) } else { source.name().to_owned() };
        Piece {
            source: self.source,
            range: self.range.clone(),
            dialect: self.dialect,
            place,
            diagram: Arc::new(diagram),
        }
    }
}

fn split(file: &Found, source: SourceId, text: &str) -> Vec<Part> {
    let dialect = match file.language {
        Language::Diagram(dialect) => dialect,
        Language::Unsure => Dialect::sniff(text),
        Language::Markdown => return Vec::new(),
    };
    let ranges = syntax::parts(text, dialect);
    let several = ranges.len() > 1;
    ranges.into_iter().map(|range| Part { source, range, dialect, several }).collect()
}

fn read(file: &Found, world: &mut World) -> Result<String, Diagnostic> {
    let problem = |what: String| Diagnostic::error("path", format!("{}: {what}", file.name));
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to know.
    let most = limits::FILE_BYTES as u64 + 1;
    let read = match &file.path {
        None => world.input.by_ref().take(most).read_to_end(&mut bytes),
        Some(path) => std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    read.map_err(|error| problem(format!("cannot be read: {}", why(&error))))?;
    if bytes.len() > limits::FILE_BYTES {
        return Err(problem("larger than 16 MiB, the limit on the size of a file".to_owned())
            .with_help("split the diagram into several files"));
    }
    String::from_utf8(bytes).map_err(|error| {
        problem(format!("not UTF-8 text at byte {}", error.utf8_error().valid_up_to()))
            .with_help("give a diagram as UTF-8 text; pictures and archives cannot be read")
    })
}
