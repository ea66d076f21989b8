//! Boxes with text in them: notes and references.

use super::canvas::Canvas;
use super::signs::Signs;
use super::wrap::wrap;
use crate::report::paint::Tone;
use unicode_width::UnicodeWidthStr;

/// Where a box stands.
pub(super) enum Anchor {
    /// Its left edge.
    Left(usize),
    /// One past its right edge.
    Right(usize),
    /// Over these columns, both inclusive.
    Over(usize, usize),
}

/// Draws a box over the lines from `line` on and says how many lines it takes.
pub(super) fn height(text: &str, anchor: &Anchor) -> usize {
    wrap(text, room(anchor)).len() + 2
}

pub(super) fn draw(canvas: &mut Canvas, signs: &Signs, line: usize, anchor: &Anchor, heading: &str, text: &str) {
    let lines = wrap(text, room(anchor));
    let inner = lines.iter().map(|line| line.width()).max().unwrap_or(0).max(heading.width() + 1);
    let (start, inner) = match *anchor {
        Anchor::Left(column) => (column, inner),
        Anchor::Right(end) => (end.saturating_sub(inner + 4), inner),
        Anchor::Over(first, last) if last > first => {
            let inner = inner.max(last - first + 1);
            ((first + last + 1).saturating_sub(inner + 4) / 2, inner)
        }
        Anchor::Over(at, _) => (at.saturating_sub((inner + 4) / 2), inner),
    };
    let [upper_left, upper_right, lower_left, lower_right] = signs.corners;
    let edge = |left: &str, right: &str| format!("{left}{}{right}", signs.solid.repeat(inner + 2));
    canvas.put(line, start, Tone::Dim, &edge(upper_left, upper_right));
    if !heading.is_empty() {
        canvas.put(line, start + 1, Tone::Dim, heading);
    }
    for (index, text) in lines.iter().enumerate() {
        let at = line + 1 + index;
        canvas.fill(at, start + 1..start + inner + 3, Tone::Plain, " ");
        canvas.put(at, start, Tone::Dim, signs.side);
        canvas.put(at, start + inner + 3, Tone::Dim, signs.side);
        let indent = (inner - text.width().min(inner)) / 2;
        canvas.put(at, start + 2 + indent, Tone::Plain, text);
    }
    canvas.put(line + 1 + lines.len(), start, Tone::Dim, &edge(lower_left, lower_right));
}

/// How many columns the text may take.
fn room(anchor: &Anchor) -> usize {
    match *anchor {
        Anchor::Left(_) | Anchor::Right(_) => 40,
        Anchor::Over(first, last) => (last - first + 1).max(32),
    }
}
