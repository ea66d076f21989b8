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

use crate::report::paint::{Painted, Tone};
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

/// A drawing as text takes a cell for each column of each row: thousands of lifelines that speak would take more than any
/// machine holds.
const CELLS: usize = 2_000_000;

/// The whole diagram; where it would be too large, why it is not drawn.
pub fn whole(view: &View, ascii: bool, width: Option<usize>) -> Painted {
    if let Some(why) = too_large(view, width) {
        let mut painted = Painted::new();
        painted.line_of(Tone::Dim, &format!("not drawn: {why}"));
        return painted;
    }
    let rows: Vec<usize> = (0..view.rows.len()).collect();
    draw::draw(view, &Options { ascii, width, whole: true }, &rows)
}

/// Why the whole diagram is not drawn as text; none where it is.
pub fn too_large(view: &View, width: Option<usize>) -> Option<String> {
    let rows: Vec<usize> = (0..view.rows.len()).collect();
    let columns = columns::Columns::of(view, &Options { ascii: false, width, whole: true }, &rows).end;
    let size = format!("{columns} columns and {} rows or more", rows.len());
    (columns.saturating_mul(rows.len()) > CELLS)
        .then(|| format!("as text it needs {size}, more than the limit of {CELLS} characters"))
}

/// An excerpt: these rows, which must be arrows, and the lifelines that they touch.
pub fn excerpt(view: &View, rows: &[usize], ascii: bool, width: Option<usize>) -> Painted {
    draw::draw(view, &Options { ascii, width, whole: false }, rows)
}
