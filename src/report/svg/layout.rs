//! The geometry of pictures: what stands where. [`super::columns`] places lifelines; here rows get their heights, and
//! frames their edges. Nothing outside these two files knows a distance.

use super::columns::{self, BAR, Columns, LABEL_PAD, LABEL_ROOM, LOOP, NOTE_ROOM};
use super::legend::{self, LEGEND};
use super::metrics::{widest, width, wrap};
use super::pen::Area;
use super::theme::{LEADING, SIZE, SMALL, TITLE};
use crate::diagram::ParticipantKind;
use crate::report::view::{Message, Note, Place, Row, Tip, View, What};

/// Room around everything.
const MARGIN: f32 = 14.0;
/// Between the side of a frame and what is in it.
const PAD: f32 = 12.0;
/// The least distance from a lifeline to the side of a frame around it.
const SIDE: f32 = 22.0;
/// What is lost gets so far.
pub(super) const LOST: f32 = 0.62;
/// The text beside the word of a frame has at least so much room: a frame that is narrower grows.
const GUARD_ROOM: f32 = 200.0;
/// The height of symbols above names.
pub(super) const SYMBOL: f32 = 36.0;

/// Where everything stands.
pub(super) struct Layout {
    pub(super) columns: Columns,
    /// Where each row stands.
    pub(super) rows: Vec<Placed>,
    /// The outline of each frame of the view.
    pub(super) frames: Vec<Area>,
    /// Where the lifelines begin and end.
    pub(super) life: (f32, f32),
    /// The height of heads.
    pub(super) head: f32,
    /// Half the width of each head.
    pub(super) halves: Vec<f32>,
    /// From the middle of each head to the side of its box or symbol.
    pub(super) sides: Vec<f32>,
    /// Whether heads are repeated at the foot.
    pub(super) feet: bool,
    /// The lines of the title, and of the verdict.
    pub(super) title: Vec<String>,
    /// What the signs of a run mean.
    pub(super) legend: Vec<String>,
    /// Everything.
    pub(super) bounds: Area,
}

/// Where a row stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    pub(super) top: f32,
    /// The height of its line: an arrow's, a divider's.
    pub(super) at: f32,
    pub(super) bottom: f32,
    /// Its text, broken into lines.
    pub(super) lines: Vec<String>,
    /// The middle of an arrow's text.
    pub(super) middle: f32,
    /// From where to where it reaches.
    pub(super) left: f32,
    pub(super) right: f32,
}

impl Layout {
    pub(super) fn of(view: &View) -> Layout {
        let columns = Columns::of(view);
        let head = view.lanes.iter().map(head_height).fold(0.0, f32::max);
        let across = (columns.right - columns.left).max(200.0);
        let title = view.title.as_ref().map_or(Vec::new(), |title| wrap(title, across.max(420.0), TITLE));
        let boxes = view.boxes.iter().map(|group| group.depth + 1).max().unwrap_or(0) as f32 * 22.0;
        let legend = legend::lines(view, across.max(420.0));
        let verdict = if view.verdict.is_some() { 20.0 + legend.len() as f32 * LEGEND } else { 0.0 };
        let first = title.len() as f32 * 22.0 + verdict + boxes + if title.is_empty() { 0.0 } else { 10.0 };
        let life = first + head;
        let mut layout = Layout {
            columns,
            rows: Vec::with_capacity(view.rows.len()),
            frames: vec![Area::default(); view.frames.len()],
            life: (life, life),
            head,
            halves: view.lanes.iter().map(|lane| columns::head_width(lane) / 2.0).collect(),
            sides: view.lanes.iter().map(head_side).collect(),
            feet: view.rows.len() > 10,
            title,
            legend,
            bounds: Area::default(),
        };
        layout.stack(view, life + 14.0);
        layout.outline(view);
        layout.bound(view, across);
        layout
    }

    /// Puts the rows under one another.
    fn stack(&mut self, view: &View, start: f32) {
        let mut y = start;
        // The row to which another may be drawn beside.
        let mut beside: Option<usize> = None;
        for (index, row) in view.rows.iter().enumerate() {
            let mut placed = self.place(view, row, y);
            let apart = |other: &Placed| other.right + 8.0 < placed.left || placed.right + 8.0 < other.left;
            let same = beside.filter(|_| wants_beside(row)).filter(|&other| apart(&self.rows[other]));
            if let Some(other) = same {
                let shift = match row.what {
                    What::Message(_) => self.rows[other].at - placed.at,
                    What::Note(_)
                    | What::Open(_)
                    | What::Else { .. }
                    | What::Close(_)
                    | What::Ref { .. }
                    | What::Divider(_)
                    | What::Delay(_)
                    | What::Space(_)
                    | What::Remark(_) => self.rows[other].top - placed.top,
                };
                // It may be higher than the row beside it, but not than the room above.
                let shift = shift.max(self.rows[other].top - placed.top);
                placed.top += shift;
                placed.at += shift;
                placed.bottom += shift;
            }
            y = y.max(placed.bottom);
            if matches!(row.what, What::Message(_) | What::Note(_)) {
                beside = Some(index);
            }
            self.rows.push(placed);
        }
        self.life.1 = y + 12.0;
    }

    fn place(&self, view: &View, row: &Row, y: f32) -> Placed {
        match &row.what {
            What::Message(message) if message.is_self() => self.place_self(row, message, y),
            What::Message(message) => self.place_message(view, row, message, y),
            What::Open(frame) => {
                let frame = &view.frames[*frame];
                if frame.background && frame.guard.is_empty() {
                    return Placed { top: y + 4.0, at: y + 4.0, bottom: y + 12.0, ..Placed::default() };
                }
                let room = self.frame_room(frame.lanes, view) - width(&frame.keyword, SIZE) - 60.0;
                let lines = wrap(&frame.guard, room.max(GUARD_ROOM), SIZE);
                let height = 24.0 + (lines.len().max(1) - 1) as f32 * LEADING;
                Placed { top: y + 6.0, at: y + 6.0, bottom: y + 6.0 + height + 4.0, lines, ..Placed::default() }
            }
            What::Else { frame, guard, .. } => {
                let room = self.frame_room(view.frames[*frame].lanes, view) - 30.0;
                let lines = if guard.is_empty() { Vec::new() } else { wrap(guard, room.max(GUARD_ROOM), SIZE) };
                let height = 8.0 + lines.len() as f32 * LEADING;
                Placed { top: y + 6.0, at: y + 6.0, bottom: y + 6.0 + height, lines, ..Placed::default() }
            }
            What::Close(_) => Placed { top: y + 6.0, at: y + 6.0, bottom: y + 14.0, ..Placed::default() },
            What::Note(note) => self.place_note(note, y),
            What::Ref { lanes: (first, last), text, .. } => {
                let span = self.columns.lanes[*last] - self.columns.lanes[*first];
                let lines = wrap(text, NOTE_ROOM.max(span), SIZE);
                let half = (widest(&lines, SIZE) / 2.0 + 30.0).max(span / 2.0 + 26.0).max(44.0);
                let middle = (self.columns.lanes[*first] + self.columns.lanes[*last]) / 2.0;
                let height = lines.len() as f32 * LEADING + 30.0;
                let (left, right) = (middle - half, middle + half);
                Placed { top: y + 6.0, at: y + 6.0, bottom: y + height + 14.0, lines, left, right, middle }
            }
            What::Divider(text) => {
                let lines = wrap(text, (self.columns.right - self.columns.left - 40.0).max(120.0), SIZE);
                let height = lines.len() as f32 * LEADING + 10.0;
                Placed {
                    top: y + 8.0,
                    at: y + 8.0 + height / 2.0,
                    bottom: y + height + 18.0,
                    lines,
                    ..Placed::default()
                }
            }
            What::Delay(text) | What::Remark(text) => {
                let lines = if text.is_empty() {
                    Vec::new()
                } else {
                    wrap(text, (self.columns.right - self.columns.left - 20.0).max(120.0), SIZE)
                };
                let height = lines.len() as f32 * LEADING + 22.0;
                Placed {
                    top: y + 2.0,
                    at: y + 2.0 + height / 2.0,
                    bottom: y + height + 4.0,
                    lines,
                    ..Placed::default()
                }
            }
            What::Space(units) => {
                let height = (*units as f32 * 12.0).clamp(0.0, 240.0);
                Placed { top: y, at: y, bottom: y + height, ..Placed::default() }
            }
        }
    }

    fn place_message(&self, view: &View, row: &Row, message: &Message, y: f32) -> Placed {
        let (left, right) = self.reach(message);
        let (from, to) = self.label_reach(message, left, right);
        let lines = columns::label_lines(message, LABEL_ROOM.max(to - from - 2.0 * LABEL_PAD));
        let middle = (from + to) / 2.0;
        let mut above = lines.len() as f32 * LEADING + 8.0;
        let mut below: f32 = 8.0 + remarks_height(row);
        if message.create || message.destroy {
            let half = self.head / 2.0 + 4.0;
            above = above.max(if message.create { half } else { 10.0 });
            below = if message.create { below.max(half) } else { below.max(14.0) };
        }
        for lane in view.lanes.iter().filter(|_| message.create) {
            above = above.max(head_height(lane) / 2.0 + 4.0);
        }
        let slant = slant(message);
        let at = y + above.max(12.0);
        Placed { top: y, at, bottom: at + slant + below, lines, left, right, middle }
    }

    fn place_self(&self, row: &Row, message: &Message, y: f32) -> Placed {
        let lane = message.lanes().map_or(0.0, |(lane, _)| self.columns.lanes[lane]);
        let lines = columns::label_lines(message, NOTE_ROOM);
        let text = widest(&lines, SIZE).max(widest(&remarks(row), SMALL));
        let right = lane + BAR + LOOP + 6.0 + text;
        let height = (lines.len() as f32 * LEADING).max(18.0) + remarks_height(row);
        let middle = (lane + right) / 2.0;
        Placed { top: y, at: y + 10.0, bottom: y + height + 16.0, lines, left: lane, right, middle }
    }

    fn place_note(&self, note: &Note, y: f32) -> Placed {
        let x = |lane: usize| self.columns.lanes[lane];
        let (lines, left, right) = match note.place {
            Place::Over(first, last) => {
                let span = x(last) - x(first);
                let lines = wrap(&note.text, NOTE_ROOM.max(span + 20.0), SIZE);
                let half = (widest(&lines, SIZE) / 2.0 + 12.0).max(span / 2.0 + 24.0);
                let middle = (x(first) + x(last)) / 2.0;
                (lines, middle - half, middle + half)
            }
            Place::LeftOf(lane) => {
                let lines = wrap(&note.text, NOTE_ROOM, SIZE);
                let right = x(lane) - BAR - 6.0;
                let left = right - widest(&lines, SIZE) - 24.0;
                (lines, left, right)
            }
            Place::RightOf(lane) => {
                let lines = wrap(&note.text, NOTE_ROOM, SIZE);
                let left = x(lane) + BAR + 8.0;
                let right = left + widest(&lines, SIZE) + 24.0;
                (lines, left, right)
            }
        };
        let height = lines.len() as f32 * LEADING + 12.0;
        let middle = (left + right) / 2.0;
        Placed { top: y + 4.0, at: y + 4.0, bottom: y + height + 12.0, lines, left, right, middle }
    }

    /// The x of both ends of an arrow, the lesser first.
    pub(super) fn reach(&self, message: &Message) -> (f32, f32) {
        let ends = || message.from.iter().chain(&message.to).map(|tip| self.columns.tip(*tip));
        (ends().fold(f32::INFINITY, f32::min), ends().fold(f32::NEG_INFINITY, f32::max))
    }

    /// Between which x the label of an arrow stands: what is created has its head there, and what is lost ends early.
    fn label_reach(&self, message: &Message, left: f32, right: f32) -> (f32, f32) {
        let (mut from, mut to) = (left, right);
        if message.lost {
            let part = (right - left) * LOST;
            let rightward = message.from.first().is_some_and(|tip| self.columns.tip(*tip) <= left);
            (from, to) = if rightward { (left, left + part) } else { (right - part, right) };
        }
        for lane in message.to.iter().filter_map(|tip| tip.lane()).filter(|_| message.create) {
            if self.columns.lanes[lane] >= right {
                to = right - self.halves[lane];
            } else if self.columns.lanes[lane] <= left {
                from = left + self.halves[lane];
            }
        }
        (from, to.max(from))
    }

    fn frame_room(&self, lanes: Option<(usize, usize)>, view: &View) -> f32 {
        let Some(last) = view.lanes.len().checked_sub(1) else { return 200.0 };
        let (first, last) = lanes.unwrap_or((0, last));
        self.columns.lanes[last] - self.columns.lanes[first] + 2.0 * SIDE
    }

    /// The edges of frames, inner ones first: each holds its rows and the frames in it.
    fn outline(&mut self, view: &View) {
        let mut sides: Vec<(f32, f32)> = vec![(f32::INFINITY, f32::NEG_INFINITY); view.frames.len()];
        let mut open: Vec<usize> = Vec::new();
        for (row, placed) in view.rows.iter().zip(&self.rows) {
            match row.what {
                What::Open(frame) => open.push(frame),
                What::Close(frame) => {
                    open.pop();
                    let data = &view.frames[frame];
                    let (mut left, mut right) = sides[frame];
                    let all = view.lanes.len().saturating_sub(1);
                    let (first, last) = data.lanes.unwrap_or((0, all));
                    if let (Some(from), Some(to)) = (self.columns.lanes.get(first), self.columns.lanes.get(last)) {
                        left = left.min(from - SIDE + PAD);
                        right = right.max(to + SIDE - PAD);
                    }
                    if !left.is_finite() {
                        (left, right) = (0.0, 100.0);
                    }
                    (left, right) = (left - PAD, right + PAD);
                    let (top, bottom) = (self.rows[data.rows.0].top, placed.at);
                    let heading =
                        width(&data.keyword, SIZE) + 34.0 + widest(&self.rows[data.rows.0].lines, SIZE) + 10.0;
                    right = right.max(left + heading);
                    self.frames[frame] = Area { left, top, right, bottom };
                    if let Some(outer) = data.outer {
                        sides[outer] = (sides[outer].0.min(left + 2.0), sides[outer].1.max(right - 2.0));
                    }
                }
                What::Else { frame, .. } => {
                    let text = widest(&placed.lines, SIZE) + 24.0;
                    let left = sides[frame].0.min(self.frame_left(view, frame));
                    sides[frame].1 = sides[frame].1.max(left + text - PAD);
                }
                What::Message(_) | What::Note(_) | What::Ref { .. } => {
                    let remark = widest(&remarks(row), SMALL) / 2.0;
                    let mut left = placed.left.min(placed.middle - remark);
                    let mut right = placed.right.max(placed.middle + remark);
                    for lane in created(row) {
                        left = left.min(self.columns.lanes[lane] - self.halves[lane]);
                        right = right.max(self.columns.lanes[lane] + self.halves[lane]);
                    }
                    if let Some(&frame) = open.last() {
                        let edge = |at: f32, side: f32| if is_edge(row, side < 0.0) { at } else { at + side };
                        let (a, b) = (edge(left, -2.0), edge(right, 2.0));
                        sides[frame] = (sides[frame].0.min(a), sides[frame].1.max(b));
                    }
                }
                What::Divider(_) | What::Delay(_) | What::Space(_) | What::Remark(_) => {}
            }
        }
    }

    fn frame_left(&self, view: &View, frame: usize) -> f32 {
        let first = view.frames[frame].lanes.map_or(0, |lanes| lanes.0);
        self.columns.lanes.get(first).map_or(0.0, |x| x - SIDE)
    }

    fn bound(&mut self, view: &View, across: f32) {
        let mut bounds = Area { left: self.columns.left, top: 0.0, right: self.columns.right, bottom: self.life.1 };
        for area in &self.frames {
            bounds.left = bounds.left.min(area.left);
            bounds.right = bounds.right.max(area.right);
        }
        for (row, placed) in view.rows.iter().zip(&self.rows) {
            if row.lanes().is_some() {
                let half = (widest(&placed.lines, SIZE) / 2.0).max(widest(&remarks(row), SMALL) / 2.0);
                let middle = placed.middle;
                bounds.left = bounds.left.min(placed.left).min(middle - half);
                bounds.right = bounds.right.max(placed.right).max(middle + half);
            }
        }
        let title = widest(&self.title, TITLE).max(widest(&self.legend, SMALL));
        let middle = (self.columns.left + self.columns.right) / 2.0;
        bounds.left = bounds.left.min(middle - title / 2.0);
        bounds.right = bounds.right.max(middle + title / 2.0).max(bounds.left + across.min(200.0));
        for group in &view.boxes {
            let (first, last) = (self.columns.lanes[group.lanes.0], self.columns.lanes[group.lanes.1]);
            let half = width(&group.short_title(), SIZE) / 2.0 + 10.0;
            bounds.left = bounds.left.min((first + last) / 2.0 - half).min(self.box_area(view, group).left);
            bounds.right = bounds.right.max((first + last) / 2.0 + half).max(self.box_area(view, group).right);
        }
        let foot = if self.feet { self.head + 2.0 } else { 0.0 };
        self.bounds = Area {
            left: (bounds.left - MARGIN).floor(),
            top: -MARGIN,
            right: (bounds.right + MARGIN).ceil(),
            bottom: (bounds.bottom + foot + MARGIN).ceil(),
        };
    }

    /// The outline of a box around heads.
    pub(super) fn box_area(&self, view: &View, group: &crate::report::view::LaneBox) -> Area {
        let deepest = view.boxes.iter().map(|group| group.depth).max().unwrap_or(0);
        let (first, last) = group.lanes;
        let side = 6.0 + 4.0 * (deepest - group.depth) as f32;
        let left = self.columns.lanes[first] - columns::head_width(&view.lanes[first]) / 2.0 - side;
        let right = self.columns.lanes[last] + columns::head_width(&view.lanes[last]) / 2.0 + side;
        let top = self.life.0 - self.head - 22.0 * (deepest - group.depth + 1) as f32;
        let foot = if self.feet { self.head + 8.0 } else { 4.0 };
        Area { left, top, right, bottom: self.life.1 + foot }
    }
}

/// How tall the head of a lane is.
pub(super) fn head_height(lane: &crate::report::view::Lane) -> f32 {
    let name = columns::name_lines(lane).len().max(1) as f32 * LEADING;
    match lane.kind {
        ParticipantKind::Participant | ParticipantKind::Queue | ParticipantKind::Collections => name + 18.0,
        ParticipantKind::Actor
        | ParticipantKind::Boundary
        | ParticipantKind::Control
        | ParticipantKind::Entity
        | ParticipantKind::Database
        | ParticipantKind::Cloud => SYMBOL + name + 8.0,
    }
}

/// From the middle of a head to its side, at the height at which an arrow creates it.
fn head_side(lane: &crate::report::view::Lane) -> f32 {
    match lane.kind {
        ParticipantKind::Participant | ParticipantKind::Queue | ParticipantKind::Collections => {
            columns::head_width(lane) / 2.0
        }
        ParticipantKind::Actor
        | ParticipantKind::Boundary
        | ParticipantKind::Control
        | ParticipantKind::Entity
        | ParticipantKind::Database
        | ParticipantKind::Cloud => 22.0,
    }
}

/// How much lower an arrow ends than it begins.
pub(super) fn slant(message: &Message) -> f32 {
    (message.slant as f32 * 5.0).min(250.0)
}

/// What a run has to say beside a row: what was found and at which line, and the value that differs.
pub(super) fn remarks(row: &Row) -> Vec<String> {
    let Some(run) = row.run.as_ref().filter(|run| !run.remark.is_empty()) else { return Vec::new() };
    let line = if row.line > 0 { format!(", line {}", row.line) } else { String::new() };
    [format!("{}{line}", run.remark)].into_iter().chain(run.differs.clone()).collect()
}

/// From one of them to the next.
pub(super) const REMARK: f32 = 14.0;

fn remarks_height(row: &Row) -> f32 {
    remarks(row).len() as f32 * REMARK
}

/// The lanes that a row creates.
fn created(row: &Row) -> impl Iterator<Item = usize> {
    let message = row.message().filter(|message| message.create);
    message.into_iter().flat_map(|message| message.to.iter().filter_map(|tip| tip.lane()))
}

fn wants_beside(row: &Row) -> bool {
    match &row.what {
        What::Message(message) => message.beside,
        What::Note(note) => note.beside,
        What::Open(_)
        | What::Else { .. }
        | What::Close(_)
        | What::Ref { .. }
        | What::Divider(_)
        | What::Delay(_)
        | What::Space(_)
        | What::Remark(_) => false,
    }
}

/// Whether a row touches the edge of the drawing at that side.
fn is_edge(row: &Row, left: bool) -> bool {
    let tip = if left { Tip::Left } else { Tip::Right };
    row.message().is_some_and(|message| message.from.contains(&tip) || message.to.contains(&tip))
}
