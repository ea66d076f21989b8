//! Diagrams in Markdown and MDX: fenced blocks, each a scenario with the name of its heading and its line.
//!
//! Start at [`read`]: it finds the blocks, and says which it left alone and why. [`parse`] reads one block. Places in
//! messages are those of the Markdown file: a block keeps every byte at its offset, and what a list or a quotation
//! puts before its lines is blanked out.
//!
//! | part | what it is |
//! | --- | --- |
//! | `fences` | from Markdown to fenced blocks, headings and comments |
//! | `mdx` | from MDX to Markdown, and the way back to the places of the file |
//! | `script` | where tags and JavaScript of MDX end |
//! | `comments` | `<!-- seqcheck: skip -->`, `<!-- seqcheck: binding=chat -->` before a fence |
//! | `kinds` | which blocks are sequence diagrams, and what the others are |

mod comments;
mod fences;
mod kinds;
mod mdx;
mod script;

use super::{Dialect, Input, Parsed, Reading};
use crate::diagram::Setting;
use crate::source::{Diagnostic, Source, SourceId, Sources, Span};
use std::ops::Range;
use std::sync::Arc;

/// What a page is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// Markdown.
    Markdown,
    /// MDX: Markdown with components, expressions and modules, which are passed over.
    Mdx,
}

impl Flavour {
    /// A comment as it is written there.
    fn comment(self, said: &str) -> String {
        match self {
            Flavour::Markdown => format!("<!-- {said} -->"),
            Flavour::Mdx => format!("{{/* {said} */}}"),
        }
    }
}

/// A fenced block that is a sequence diagram (a PlantUML block may hold several: then each is one).
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The heading above and the line, as reports call it: `Joining a room, line 12`; without a heading the line alone.
    pub name: String,
    /// The text of the heading that the block stands under.
    pub heading: Option<String>,
    /// The line of the diagram's first line, from 1; the fence is the line above.
    pub line: u32,
    /// What it is written in.
    pub dialect: Dialect,
    /// Where its text stands in the file: from the line below the fence to the line above the closing one.
    pub range: Range<usize>,
    /// What comments before the fence say, in order; [`parse`] puts them before the diagram's own settings.
    pub settings: Vec<Setting>,
    /// The line of the fence.
    pub fence: Span,
    /// What the page is written in.
    pub flavour: Flavour,
    source: SourceId,
    text: Arc<str>,
}

impl Block {
    /// The diagram's text: as long as [`Block::range`], and what is not of the diagram is blanked out.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the word stands behind the fence that names the language, in the file that the block is of.
    pub fn language(&self, source: &Source) -> Option<Range<usize>> {
        let line = source.text().get(self.fence.start as usize..self.fence.end as usize)?;
        let info = line.trim_start().trim_start_matches(['`', '~']);
        let word = kinds::language(info);
        let start = self.fence.start as usize + (line.len() - info.len()) + info.find(word)?;
        (!word.is_empty()).then(|| start..start + word.len())
    }
}

/// A block that holds a diagram, but none that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The line of the fence.
    pub fence: Span,
    /// The line of the fence, from 1.
    pub line: u32,
    /// Why, as the end of a sentence that begins with the place: `a Mermaid flowchart`.
    pub why: String,
}

/// What a page holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markdown {
    /// The sequence diagrams, in the order of the text.
    pub blocks: Vec<Block>,
    /// Diagrams of other kinds, in the order of the text. Blocks of code that are no diagram are not among them.
    pub left_alone: Vec<LeftAlone>,
    /// Problems of the comments before fences.
    pub problems: Vec<Diagnostic>,
}

/// Finds the diagrams of a page.
pub fn read(sources: &Sources, id: SourceId, flavour: Flavour) -> Markdown {
    fences::read(sources.get(id), id, flavour)
}

/// Reads the diagram of a block.
///
/// # Errors
/// As [`super::parse`].
pub fn parse(block: &Block) -> Result<Parsed, Vec<Diagnostic>> {
    read_block(block).whole()
}

/// The same as far as it can be read.
pub fn read_block(block: &Block) -> Reading {
    let input = Input::part(&block.text, block.source, block.range.start);
    let mut reading = super::read_input(input, block.dialect);
    reading.diagram.settings.splice(0..0, block.settings.iter().cloned());
    reading
}
