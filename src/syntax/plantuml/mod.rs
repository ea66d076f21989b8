//! PlantUML's sequence diagrams.
//!
//! Start at `reader`: it goes through the lines, asks the grammar what each is, and tells the builder. What is the
//! author's slip is named by `mistakes`; what the preprocessor would have to do first is refused by `preprocessor`.
//!
//! | part | what it is |
//! | --- | --- |
//! | `frame` | `@startuml … @enduml` |
//! | `lines` | comments, continued lines, places |
//! | `grammar` | the door to `grammar/plantuml.pest`: one line at a time |
//! | `reader` | the loop over the lines |
//! | `arrow`, `participant`, `note`, `block`, `drawing` | what a line says, by family |
//! | `across` | who stands where, from left to right |
//! | `life` | activation: what `return` answers |
//! | `colour`, `number` | colours and number formats that PlantUML does not know |
//! | `include` | the lines of a file that is included |
//! | `expand` | what of the preprocessor is carried out: values, and parts that are chosen |
//! | `preprocessor`, `mistakes` | what cannot be read, and why |
//! | `print` | back to text |

mod across;
mod arrow;
mod block;
mod colour;
mod drawing;
mod expand;
mod frame;
mod grammar;
mod include;
mod life;
mod lines;
mod mistakes;
mod note;
mod number;
mod participant;
mod preprocessor;
mod print;
mod reader;

pub(super) use print::print;

use super::{Input, Reading};
use std::ops::Range;

/// The code of diagnostics about texts that are another kind of diagram.
const OTHER_KIND: &str = "kind";

/// Reads one PlantUML diagram: the first one of the text.
pub(super) fn parse(input: Input<'_>) -> Reading {
    reader::read(input)
}

/// The parts of a file from `@startuml` to `@enduml`.
pub(super) fn parts(text: &str) -> Vec<Range<usize>> {
    frame::parts(text)
}

/// The files of this machine that a text includes.
pub(super) fn included(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| preprocessor::included(line.trim()))
        .filter(|what| preprocessor::is_file(what))
        .collect()
}

/// See [`super::path_of`].
pub(super) fn path_of(from: &str, included: &str) -> Option<String> {
    include::path_of(from, included)
}

/// A written diagram for the place of this part of a text: see [`frame::in_place`].
pub(super) fn in_place(part: &str, written: &str) -> Result<String, usize> {
    frame::in_place(part, written)
}

/// Whether a line begins a diagram, in a comment of something else perhaps.
pub(super) fn begins(line: &str) -> bool {
    frame::is_begin(line)
}

/// What a text is that is no sequence diagram but another diagram of PlantUML's: `a class diagram, not a sequence
/// diagram`.
pub(super) fn other_kind(input: Input<'_>) -> Option<String> {
    let problems = parse(input).whole().err()?;
    let problem = problems.iter().find(|problem| problem.code == OTHER_KIND)?;
    Some(problem.message.trim_start_matches("this is ").to_owned())
}
