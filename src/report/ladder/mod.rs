//! Drawings for the terminal: a whole diagram, or the few rows around a finding.
//!
//! [`columns`] is the geometry, [`canvas`] the grid that is drawn on, [`draw`] what a row looks like, [`signs`] the two
//! alphabets, Unicode and ASCII.

mod canvas;
mod columns;
mod draw;
mod live;
mod notes;
mod signs;
mod wrap;

pub use live::Live;
pub use wrap::wrap;
pub(crate) use wrap::wrap_by;

use crate::report::paint::Painted;
use crate::report::view::View;

/// What is drawn, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// ASCII alone, for terminals and logs that know nothing else.
    pub ascii: bool,
    /// How many columns there are; none is as many as the labels want.
    pub width: Option<usize>,
    /// The whole diagram with frames, notes and heads; otherwise an excerpt: arrows only, one line each.
    pub whole: bool,
}

/// The whole diagram.
pub fn whole(view: &View, ascii: bool, width: Option<usize>) -> Painted {
    let rows: Vec<usize> = (0..view.rows.len()).collect();
    draw::draw(view, &Options { ascii, width, whole: true }, &rows)
}

/// An excerpt: these rows, which must be arrows, and the lifelines that they touch.
pub fn excerpt(view: &View, rows: &[usize], ascii: bool, width: Option<usize>) -> Painted {
    draw::draw(view, &Options { ascii, width, whole: false }, rows)
}
