use super::columns::{BAR, LOOP};
use super::layout::{LOST, Layout, Placed, REMARK, remarks, slant};
use super::metrics::widest;
use super::pen::{Pen, n};
use super::theme::{LEADING, SIZE};
use crate::diagram::{Head, Line};
use crate::oracle::Class;
use crate::report::view::{Bar, Message, Row, State, Tip, View};
use rustc_hash::FxHashMap;

/// For every lane, where it is how active: so that arrows end at the side of its bars.
pub(super) struct Activity {
    bars: FxHashMap<usize, Vec<Bar>>,
    /// The row at which each lane ends.
    ends: Vec<Option<usize>>,
}

impl Activity {
    pub(super) fn of(view: &View) -> Activity {
        let mut lanes: FxHashMap<usize, Vec<Bar>> = FxHashMap::default();
        for bar in &view.bars {
            lanes.entry(bar.lane).or_default().push(*bar);
        }
        Activity { bars: lanes, ends: view.lanes.iter().map(|lane| lane.ends).collect() }
    }

    /// How far from the lane's middle an arrow ends that comes from the right or the left.
    fn side(&self, lane: usize, row: usize, right: bool) -> f32 {
        let Some(bars) = self.bars.get(&lane) else { return 0.0 };
        // Bars are in the order in which they begin; a deeper one lies further to the right.
        let until = bars.partition_point(|bar| bar.from <= row);
        let level = bars[..until].iter().rev().take(64).filter(|bar| row <= bar.to).map(|bar| bar.level).max();
        match level {
            None => 0.0,
            Some(level) if right => BAR + level.min(12) as f32 * BAR,
            Some(_) => -BAR,
        }
    }
}

/// The class that colours an arrow.
pub(super) fn class(row: &Row) -> &'static str {
    match row.run.as_ref().map(|run| run.state) {
        None | Some(State::Sent | State::Passed) => "msg",
        Some(State::NotReached | State::Ignored) => "msg faint",
        Some(State::Excused(class) | State::Found(class)) => match class {
            Class::Missing | Class::Late | Class::Closed => "msg missing",
            Class::Duplicate | Class::Unexpected => "msg extra",
            Class::Reordered | Class::Misrouted | Class::Early => "msg moved",
            Class::WrongPayload => "msg wrong",
        },
    }
}

/// Draws an arrow.
pub(super) fn draw(pen: &mut Pen, layout: &Layout, active: &Activity, index: usize, row: &Row, message: &Message) {
    let placed = &layout.rows[index];
    pen.open_arrow(index, row.run.as_ref().and_then(|run| run.entries.first().copied()));
    pen.open(class(row));
    pen.hover(&hover(row));
    let missing = row.run.as_ref().is_some_and(|run| run.moved || run.state.class() == Some(Class::Missing));
    let dashed = message.line == Line::Dashed || missing;
    let line = if dashed { "line dashed" } else { "line" };
    if message.is_self() {
        own(pen, layout, active, index, message, placed, line);
    } else {
        across(pen, layout, active, index, message, placed, line);
    }
    let remarks = remarks(row);
    if !remarks.is_empty() {
        let (x, y, anchor) = if message.is_self() {
            let y = placed.at + (placed.lines.len() as f32 * LEADING).max(18.0) + 12.0;
            (placed.left + LOOP + BAR + 6.0, y, "start")
        } else {
            (placed.middle, placed.at + slant(message) + 13.0, "middle")
        };
        pen.lines("label small", x, y, REMARK, anchor, &remarks);
    }
    pen.close();
    pen.close_arrow();
}

/// When it happened, and what was found: for whoever points at the arrow.
pub(super) fn hover(row: &Row) -> String {
    let Some(run) = &row.run else { return String::new() };
    let mut lines = Vec::new();
    if row.line > 0 {
        lines.push(format!("line {}", row.line));
    }
    if run.times > 1 {
        lines.push(format!("{} times", run.times));
    }
    lines.extend(run.more.iter().take(12).cloned());
    if run.more.is_empty() {
        lines.push(run.state.word().to_owned());
    }
    lines.join("\n")
}

fn own(
    pen: &mut Pen,
    layout: &Layout,
    active: &Activity,
    index: usize,
    message: &Message,
    placed: &Placed,
    line: &str,
) {
    let Some(Tip::Lane(lane)) = message.from.first().copied() else { return };
    let x = layout.columns.lanes[lane];
    let start = x + active.side(lane, index, true);
    let (from, to) = (placed.at, placed.at + (placed.lines.len() as f32 * LEADING).clamp(16.0, 40.0));
    let bend = x + BAR + LOOP - 8.0;
    let end = end_of_line(message, start, -1.0);
    let d = format!("M{} {}H{}V{}H{}", n(start), n(from), n(bend), n(to), n(end));
    pen.path_in(line, message.color.as_deref(), &d);
    tip(pen, message.head, message.color.as_deref(), start, to, -1.0, 0.0);
    let top = placed.at + 4.0 + if placed.lines.len() <= 1 { 6.0 } else { 0.0 };
    pen.lines("label", x + BAR + LOOP, top, LEADING, "start", &placed.lines);
}

fn across(
    pen: &mut Pen,
    layout: &Layout,
    active: &Activity,
    index: usize,
    message: &Message,
    placed: &Placed,
    line: &str,
) {
    let middle = |tip: Tip| match tip {
        Tip::Lane(lane) => layout.columns.lanes[lane],
        Tip::Left => layout.bounds.left + 8.0,
        Tip::Right => layout.bounds.right - 8.0,
    };
    let side = |tip: Tip, right: bool| match tip {
        Tip::Lane(lane) => middle(tip) + active.side(lane, index, right),
        Tip::Left | Tip::Right => middle(tip),
    };
    let color = message.color.as_deref();
    let (rise, y) = (slant(message), placed.at);
    for &from in &message.from {
        for &to in &message.to {
            let right = middle(to) > middle(from);
            let toward = if right { 1.0 } else { -1.0 };
            let start = side(from, right);
            let create = if message.create { layout.create_side(to) } else { 0.0 };
            let mut end = side(to, !right) - toward * create;
            if message.lost {
                end = start + (end - start) * LOST;
            }
            let steep = if (end - start).abs() > 1.0 { rise / (end - start).abs() } else { 0.0 };
            let back = if message.both { end_of_line(message, start, -toward) } else { start };
            let stop = end_of_line(message, end, toward);
            let d = format!("M{} {}L{} {}", n(back), n(y), n(stop), n(y + rise));
            pen.path_in(line, color, &d);
            if message.lost {
                cross(pen, color, end, y + rise);
            } else {
                // Where the lifeline ends stands a cross of its own.
                let over = to.lane().is_some_and(|lane| active.ends.get(lane) == Some(&Some(index)));
                let head = if over && message.head == Head::Cross { Head::None } else { message.head };
                tip(pen, head, color, end, y + rise, toward, steep);
            }
            if message.both {
                tip(pen, message.head, color, start, y, -toward, 0.0);
            }
        }
    }
    let text = widest(&placed.lines, SIZE);
    let center =
        placed.middle.clamp((layout.bounds.left + text / 2.0 + 4.0).min(layout.bounds.right), layout.bounds.right);
    // Over a line that goes down to the receiver, the label stands above its higher end.
    // So high that its halo does not bite into the line.
    let top = y - 7.0 - (placed.lines.len().saturating_sub(1)) as f32 * LEADING;
    pen.lines("label", center, top, LEADING, "middle", &placed.lines);
}

/// Where the line stops, so that it does not stick out of its head.
fn end_of_line(message: &Message, x: f32, toward: f32) -> f32 {
    match message.head {
        Head::Filled if !message.lost => x - toward * 8.0,
        Head::Filled | Head::Open | Head::None | Head::Cross | Head::HalfUpper | Head::HalfLower => x,
    }
}

/// The head of an arrow that ends at a point, going to the right (1) or the left (-1), falling so steeply.
fn tip(pen: &mut Pen, head: Head, color: Option<&str>, x: f32, y: f32, toward: f32, steep: f32) {
    let back = x - toward * 10.0;
    let lift = 10.0 * steep;
    let (upper, lower) = (n(y - 5.0 - lift), n(y + 5.0 - lift));
    let (x_text, y_text, back) = (n(x), n(y), n(back));
    let filled = |d: String, pen: &mut Pen| match color {
        Some(color) => pen.raw(&format!("<path class=\"tip\" style=\"fill:{color};stroke:{color}\" d=\"{d}\"/>")),
        None => pen.path("tip", &d),
    };
    match head {
        Head::Filled => filled(format!("M{back} {upper}L{x_text} {y_text}L{back} {lower}Z"), pen),
        Head::Open => pen.path_in("tip open", color, &format!("M{back} {upper}L{x_text} {y_text}L{back} {lower}")),
        Head::HalfUpper => pen.path_in("tip open", color, &format!("M{back} {upper}L{x_text} {y_text}")),
        Head::HalfLower => pen.path_in("tip open", color, &format!("M{back} {lower}L{x_text} {y_text}")),
        Head::Cross => cross(pen, color, x - toward * 7.0, y),
        Head::None => {}
    }
}

fn cross(pen: &mut Pen, color: Option<&str>, x: f32, y: f32) {
    let (l, r, t, b) = (n(x - 5.0), n(x + 5.0), n(y - 5.0), n(y + 5.0));
    pen.path_in("tip open", color, &format!("M{l} {t}L{r} {b}M{l} {b}L{r} {t}"));
}

/// From where a frame was observed to where it is drawn.
pub(super) fn link(pen: &mut Pen, layout: &Layout, (from, to): (usize, usize)) {
    let (a, b) = (&layout.rows[from], &layout.rows[to]);
    let out = a.right.max(b.right) + 10.0;
    let bulge = n(out + 16.0);
    let d = format!("M{} {}C{bulge} {} {bulge} {} {} {}", n(out), n(a.at), n(a.at), n(b.at), n(out), n(b.at));
    pen.path("link", &d);
    let back = n(out + 6.0);
    pen.path("link", &format!("M{back} {}L{} {}L{back} {}", n(b.at - 4.0), n(out), n(b.at), n(b.at + 4.0)));
}
