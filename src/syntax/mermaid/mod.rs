//! Mermaid's `sequenceDiagram`.
//!
//! | part | what it is |
//! | --- | --- |
//! | `reader` | the loop over lines and statements; directives, comments |
//! | `front` | front matter, and what is no YAML in it |
//! | `statement` | one statement and the places in it; what its text loses at `#` |
//! | `message`, `lifeline`, `block`, `note` | one family of statements each, told to the builder |
//! | `life` | who is active, who was created, who is about to end: what Mermaid refuses |
//! | `mistakes` | text that is no statement: the likely mistake, by name |
//! | `text`, `entities`, `colour`, `arrows` | spellings, both ways |
//! | `disguise` | `%%@ as …`: what Mermaid draws as something else |
//! | `print` | the way back |
//! | `grammar` | the door to `grammar/mermaid.pest` |

mod arrows;
mod block;
mod colour;
mod disguise;
mod entities;
mod front;
mod grammar;
mod life;
mod lifeline;
mod message;
mod mistakes;
mod note;
mod print;
mod reader;
mod statement;
mod text;

pub(super) use colour::hashed;
pub(super) use print::print;

use super::{Input, Reading};

/// The words that stand in styles beside colours.
pub(super) const STYLE_WORDS: [&str; 4] = ["wrap", "nowrap", REVERSED, "par_over"];
/// In the style of an arrow: it is drawn from right to left.
const REVERSED: &str = "reversed";
/// The colour of a `rect` that is drawn for a block which Mermaid does not have.
const NEUTRAL: &str = "rgb(245, 245, 245)";

/// Reads one Mermaid diagram.
pub(super) fn parse(input: Input<'_>) -> Reading {
    reader::read(input)
}
