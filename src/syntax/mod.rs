//! Text → [`Diagram`]: one dialect a folder, each beside its `grammar/NAME.pest`.
//!
//! Start at [`parse`]. It hands an [`Input`] (a text, or the part of one that a Markdown fence holds) to the dialect,
//! which reads it statement by statement and tells a [`Builder`] what it read; the builder keeps what all dialects
//! share: participants in the order of first appearance, the stack of open blocks, directives, limits, and the
//! problems, of which a file reports all together.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Dialect`] | names, extensions, fences; which dialect a text is in |
//! | [`Input`] | the text of one diagram and the places in it |
//! | [`Builder`] | from statements to a [`Diagram`] |
//! | [`directives`] | what stands behind `#@`, `//@`, `'@`, `%%@` |
//! | [`limits`] | how much of everything a file may hold |
//! | [`convert()`] | a diagram as text again, and what the text cannot hold |
//! | `breaks` | what a break of the line in a label is, in each language |
//! | `turns`, `names` | pieces that dialects share: the numbers of a loop, lists of names |
//! | `native`, `mermaid`, `plantuml` | the dialects |
//! | [`markdown`] | fenced blocks of a Markdown file, each a diagram |

mod blocks;
mod breaks;
mod builder;
mod checks;
mod convert;
mod dialect;
pub mod directives;
mod input;
pub mod limits;
pub mod markdown;
mod mermaid;
mod names;
mod native;
mod pending;
mod plantuml;
mod turns;

pub use builder::{Builder, Declaration};
pub use convert::{Converted, LOSS, convert};
pub use dialect::{Dialect, Facts};
pub use input::{Input, TextLine};
pub use names::{join_names, quote, split_names, unquote};
pub use turns::{print_turns, read_turns};

use crate::diagram::{Diagram, ParticipantId};
use crate::source::{Diagnostic, Severity, SourceId, Sources, Span};
use std::ops::Range;

/// The code of diagnostics about text that is no statement, or one that is not complete.
pub const SYNTAX: &str = "syntax";

/// A diagram, and what is to be said about its text although it can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// What the author drew.
    pub diagram: Diagram,
    /// Warnings and notes, in the order of the text.
    pub warnings: Vec<Diagnostic>,
}

/// A text as far as it can be read, for whoever looks on while it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What the author drew, less the statements that are none.
    pub diagram: Diagram,
    /// Where statements other than declarations name participants, in the order of reading.
    pub mentions: Vec<Mention>,
    /// Every problem of the text, in its order.
    pub problems: Vec<Diagnostic>,
}

/// The place of a participant's name, with its quotes where it has some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Whose.
    pub who: ParticipantId,
    /// Where.
    pub at: Span,
}

impl Reading {
    /// Nothing can be read, for one reason.
    fn nothing(problem: Diagnostic) -> Reading {
        Reading { problems: vec![problem], ..Reading::default() }
    }

    /// Whether something stands against the use of the diagram.
    pub fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The diagram, where nothing stands against its use.
    ///
    /// # Errors
    /// Every problem of the text; warnings stand among them.
    pub fn whole(self) -> Result<Parsed, Vec<Diagnostic>> {
        if self.is_broken() {
            return Err(self.problems);
        }
        Ok(Parsed { diagram: self.diagram, warnings: self.problems })
    }
}

/// Reads one diagram: the bytes `range` of a source, in this dialect.
///
/// # Errors
/// Every problem of the text together, in the order of the text; warnings stand among them.
pub fn parse(
    sources: &Sources,
    id: SourceId,
    range: Range<usize>,
    dialect: Dialect,
) -> Result<Parsed, Vec<Diagnostic>> {
    read(sources, id, range, dialect).whole()
}

/// The same as far as it can be read.
pub fn read(sources: &Sources, id: SourceId, range: Range<usize>, dialect: Dialect) -> Reading {
    let Some(input) = Input::new(sources.get(id).text(), id, range) else {
        return Reading::nothing(Diagnostic::error(SYNTAX, "the part to read is not inside the text"));
    };
    read_input(input.with_beside(sources.get(id).beside()), dialect)
}

/// The files that a text includes, as it names them: those of this machine alone.
pub fn included(text: &str, dialect: Dialect) -> Vec<&str> {
    match dialect {
        Dialect::Native | Dialect::Mermaid => Vec::new(),
        Dialect::PlantUml => plantuml::included(text),
    }
}

/// The path of a file that another one includes, from the folder of the first; none where it leads out of that.
pub fn path_of(from: &str, included: &str) -> Option<String> {
    plantuml::path_of(from, included)
}

/// Reads one diagram.
fn read_input(input: Input<'_>, dialect: Dialect) -> Reading {
    if let Some(refusal) = limits::refuse(input) {
        return Reading::nothing(refusal);
    }
    let mut reading = match dialect {
        Dialect::Native => native::parse(input),
        Dialect::Mermaid => mermaid::parse(input),
        Dialect::PlantUml => plantuml::parse(input),
    };
    breaks::read(&mut reading.diagram, dialect);
    reading.problems = reading.problems.into_iter().map(|problem| dialect.spelled(problem)).collect();
    reading
}

/// A diagram as text for the place of `part`, one of the [`parts`] of a text of the same dialect: what stands before the
/// lines there (a diagram of PlantUML may stand in a comment of something else) stands before the new lines too.
///
/// # Errors
/// It stands before some of the lines: the first line, counted from 0, that is other than the one below the first.
pub fn in_place(part: &str, written: &str, dialect: Dialect) -> Result<String, usize> {
    match dialect {
        Dialect::Native | Dialect::Mermaid => Ok(written.to_owned()),
        Dialect::PlantUml => plantuml::in_place(part, written),
    }
}

/// The diagrams of a text: the whole, or in PlantUML each part from `@startuml` to `@enduml`.
pub fn parts(text: &str, dialect: Dialect) -> Vec<Range<usize>> {
    match dialect {
        Dialect::Native | Dialect::Mermaid => std::iter::once(0..text.len()).collect(),
        Dialect::PlantUml => plantuml::parts(text),
    }
}
