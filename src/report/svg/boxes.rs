//! What is not an arrow: frames, notes, references, dividers, delays, bars.

use super::columns::{BAR, TITLE_ROOM};
use super::layout::Layout;
use super::messages::hover;
use super::metrics::{widest, width, wrap};
use super::pen::{Area, Pen, n};
use super::theme::{LEADING, SIZE};
use crate::diagram::NoteShape;
use crate::report::view::{Bar, Frame, LaneBox, Note, Row, View, What};

/// The coloured ground of a frame, under everything else.
pub(super) fn ground(pen: &mut Pen, frame: &Frame, area: Area) {
    let class = if frame.background { "fill" } else { "none" };
    if frame.background || frame.color.is_some() {
        pen.rect(class, area, 2.0, frame.color.as_deref());
    }
}

/// The line of a frame, its word and its guard.
pub(super) fn frame(pen: &mut Pen, layout: &Layout, frame: &Frame, area: Area) {
    let lines = &layout.rows[frame.rows.0].lines;
    pen.open("fragment");
    if let Some(text) = taken(frame) {
        pen.hover(&text);
    }
    if frame.background {
        pen.lines("label small", area.left + 6.0, area.top + 13.0, LEADING, "start", lines);
        pen.close();
        return;
    }
    pen.raw(&format!(
        "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        n(area.left),
        n(area.top),
        n(area.right - area.left),
        n(area.bottom - area.top)
    ));
    let tab = width(&frame.keyword, SIZE) + 18.0;
    let (left, top) = (area.left, area.top);
    pen.path(
        &format!("tab {}", kind(&frame.keyword)),
        &format!(
            "M{} {}H{}V{}L{} {}H{}Z",
            n(left),
            n(top),
            n(left + tab),
            n(top + 12.0),
            n(left + tab - 8.0),
            n(top + 20.0),
            n(left)
        ),
    );
    pen.text("keyword", left + 7.0, top + 14.5, "start", &frame.keyword);
    guard(pen, (left + tab + 10.0, top + 15.0), lines, frame);
    pen.close();
}

/// The text of a guard, over a ground of its own, so that no lifeline runs through it.
fn guard(pen: &mut Pen, (x, y): (f32, f32), lines: &[String], frame: &Frame) {
    if !lines.is_empty() && !frame.background && frame.color.is_none() {
        let bottom = y + (lines.len() - 1) as f32 * LEADING + 4.0;
        let area = Area { left: x - 2.0, top: y - 12.0, right: x + widest(lines, SIZE) + 2.0, bottom };
        pen.rect("ground", area, 0.0, None);
    }
    pen.lines("label", x, y, LEADING, "start", lines);
}

/// By which fragments are told apart, beside their word.
fn kind(keyword: &str) -> &'static str {
    match keyword.split_whitespace().next() {
        Some("alt" | "else") => "choice",
        Some("opt") => "perhaps",
        Some("break") => "leaves",
        Some("loop") => "turns",
        Some("par" | "par_over" | "parallel") => "beside",
        Some(_) | None => "",
    }
}

/// What a run did at a frame.
fn taken(frame: &Frame) -> Option<String> {
    if frame.taken.is_empty() {
        return None;
    }
    let counts: Vec<String> = frame.taken.iter().take(12).map(ToString::to_string).collect();
    Some(match frame.keyword.split(' ').next() {
        Some("loop") => format!("turns in this run: {}", counts.join(", ")),
        _ => {
            let operands: Vec<String> = frame.taken.iter().take(12).map(|operand| (operand + 1).to_string()).collect();
            format!("operand taken in this run: {}", operands.join(", "))
        }
    })
}

/// The line between two operands.
pub(super) fn split(pen: &mut Pen, layout: &Layout, index: usize, frame: (usize, &Frame)) {
    let (placed, area) = (&layout.rows[index], layout.frames[frame.0]);
    pen.path("split", &format!("M{} {}H{}", n(area.left), n(placed.at), n(area.right)));
    guard(pen, (area.left + 10.0, placed.at + 15.0), &placed.lines, frame.1);
}

/// A note in its shape.
pub(super) fn note(pen: &mut Pen, layout: &Layout, index: usize, note: &Note) {
    let placed = &layout.rows[index];
    let area = Area { left: placed.left, top: placed.top, right: placed.right, bottom: placed.bottom - 8.0 };
    let Area { left, top, right, bottom } = area;
    let path = |d: String, pen: &mut Pen| {
        pen.path("note", &d);
        if let Some(color) = &note.color {
            pen.raw(&format!("<path d=\"{d}\" fill=\"{color}\" fill-opacity=\".4\"/>"));
        }
    };
    match note.shape {
        NoteShape::Note => {
            path(
                format!(
                    "M{} {}H{}L{} {}V{}H{}Z",
                    n(left),
                    n(top),
                    n(right - 8.0),
                    n(right),
                    n(top + 8.0),
                    n(bottom),
                    n(left)
                ),
                pen,
            );
            pen.path("rule", &format!("M{} {}V{}H{}", n(right - 8.0), n(top), n(top + 8.0), n(right)));
        }
        NoteShape::Box => pen.rect("note", area, 0.0, note.color.as_deref()),
        NoteShape::Round => pen.rect("note", area, 8.0, note.color.as_deref()),
        NoteShape::State => pen.rect("note", area, 14.0, note.color.as_deref()),
        NoteShape::Angled => {
            let middle = n((top + bottom) / 2.0);
            path(
                format!(
                    "M{} {}H{}L{} {middle}L{} {}H{}L{} {middle}Z",
                    n(left),
                    n(top),
                    n(right),
                    n(right + 8.0),
                    n(right),
                    n(bottom),
                    n(left),
                    n(left - 8.0)
                ),
                pen,
            );
        }
    }
    pen.lines("name", (left + right) / 2.0, top + 17.0, LEADING, "middle", &placed.lines);
}

/// A reference to another diagram.
pub(super) fn reference(pen: &mut Pen, layout: &Layout, index: usize, row: &Row) {
    let What::Ref { color, .. } = &row.what else { return };
    let placed = &layout.rows[index];
    let area = Area { left: placed.left, top: placed.top, right: placed.right, bottom: placed.bottom - 8.0 };
    pen.open("reference");
    pen.hover(&hover(row));
    pen.rect("ref", area, 0.0, color.as_deref());
    let (left, top) = (area.left, area.top);
    let path = format!(
        "M{} {}H{}V{}L{} {}H{}Z",
        n(left),
        n(top),
        n(left + 38.0),
        n(top + 10.0),
        n(left + 31.0),
        n(top + 17.0),
        n(left)
    );
    pen.path("tab", &path);
    pen.text("small", left + 8.0, top + 12.5, "start", "ref");
    pen.lines("name", (area.left + area.right) / 2.0, top + 34.0, LEADING, "middle", &placed.lines);
    if let Some(run) = row.run.as_ref().filter(|run| !run.remark.is_empty()) {
        pen.text("label small bad", area.right - 6.0, area.bottom - 5.0, "end", &run.remark);
    }
    pen.close();
}

/// A divider across the picture.
pub(super) fn divider(pen: &mut Pen, layout: &Layout, index: usize) {
    let placed = &layout.rows[index];
    let (from, to) = (layout.bounds.left + 8.0, layout.bounds.right - 8.0);
    pen.path(
        "rule",
        &format!("M{} {}H{}M{} {}H{}", n(from), n(placed.at - 2.0), n(to), n(from), n(placed.at + 2.0), n(to)),
    );
    let text = widest(&placed.lines, SIZE);
    if text > 0.0 {
        let middle = (layout.columns.left + layout.columns.right) / 2.0;
        let half = placed.lines.len() as f32 * LEADING / 2.0 + 5.0;
        let area = Area {
            left: middle - text / 2.0 - 12.0,
            right: middle + text / 2.0 + 12.0,
            top: placed.at - half,
            bottom: placed.at + half,
        };
        pen.rect("plate", area, 2.0, None);
        pen.lines("name", middle, placed.at - half + 17.0, LEADING, "middle", &placed.lines);
    }
}

/// The text of a delay, or a remark across.
pub(super) fn across(pen: &mut Pen, layout: &Layout, index: usize) {
    let placed = &layout.rows[index];
    let middle = (layout.columns.left + layout.columns.right) / 2.0;
    pen.lines("label", middle, placed.top + 23.0, LEADING, "middle", &placed.lines);
}

impl LaneBox {
    /// The title on one line, cut where it would be longer than any box.
    pub(super) fn short_title(&self) -> String {
        let line = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut = wrap(&line, TITLE_ROOM, SIZE);
        match &cut[..] {
            [first, _, ..] => format!("{first} …"),
            [_] | [] => line,
        }
    }
}

/// An activation.
pub(super) fn bar(pen: &mut Pen, layout: &Layout, view: &View, bar: &Bar) {
    let x = layout.columns.lanes[bar.lane] + bar.level.min(12) as f32 * BAR;
    let at = |row: usize| layout.rows.get(row).map_or(layout.life.0, |placed| placed.at);
    let from = at(bar.from);
    let own = view.rows.get(bar.to).and_then(Row::message).is_some_and(|message| message.is_self());
    let to = if own { at(bar.to) + 18.0 } else { at(bar.to) };
    let bottom = to.max(from + 10.0);
    pen.rect("bar", Area { left: x - BAR, top: from, right: x + BAR, bottom }, 0.0, None);
}
