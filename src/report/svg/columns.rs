//! Where each lifeline stands: distances that names, labels and notes need, solved from left to right.

use super::metrics::{widest, width, wrap};
use super::theme::{SIZE, SMALL};
use crate::diagram::ParticipantKind;
use crate::report::view::{Lane, Message, Note, Place, Row, Tip, View, What};
use rustc_hash::FxHashMap;

/// Labels are broken where they are longer, unless their arrow is.
pub(super) const LABEL_ROOM: f32 = 340.0;
/// Notes are broken where they are longer, unless they lie over more.
pub(super) const NOTE_ROOM: f32 = 260.0;
/// Names are broken where they are longer.
const NAME_ROOM: f32 = 150.0;
/// Beside the text of a label.
pub(super) const LABEL_PAD: f32 = 14.0;
/// Lifelines never come closer.
const CLOSEST: f32 = 84.0;
/// Half an activation bar.
pub(super) const BAR: f32 = 5.0;
/// A self-message reaches so far to the right.
pub(super) const LOOP: f32 = 34.0;
/// Titles of boxes are cut where they are longer.
pub(super) const TITLE_ROOM: f32 = 360.0;
/// A need over at most so many lanes widens all of them alike; beyond that, the last.
const NEAR: usize = 40;

/// The lines of a lane's name.
pub(super) fn name_lines(lane: &Lane) -> Vec<String> {
    let mut lines = wrap(&lane.name, NAME_ROOM, SIZE);
    if let Some(count) = lane.count {
        lines.push(format!("×{count}"));
    }
    lines
}

/// How wide the head of a lane is.
pub(super) fn head_width(lane: &Lane) -> f32 {
    let name = widest(&name_lines(lane), SIZE);
    match lane.kind {
        ParticipantKind::Participant | ParticipantKind::Collections | ParticipantKind::Queue => (name + 28.0).max(72.0),
        ParticipantKind::Actor
        | ParticipantKind::Boundary
        | ParticipantKind::Control
        | ParticipantKind::Entity
        | ParticipantKind::Database
        | ParticipantKind::Cloud => (name + 10.0).max(52.0),
    }
}

/// The lines of an arrow's label, number and tags included, in a room of so many pixels.
pub(super) fn label_lines(message: &Message, room: f32) -> Vec<String> {
    let mut text = match (&message.number, message.text.is_empty()) {
        (Some(number), true) => number.clone(),
        (Some(number), false) => format!("{number}  {}", message.text),
        (None, true) => String::new(),
        (None, false) => message.text.clone(),
    };
    if !message.tags.is_empty() {
        let tags = format!("({})", message.tags.join(", "));
        text = if text.is_empty() { tags } else { format!("{text}\n{tags}") };
    }
    if text.is_empty() { Vec::new() } else { wrap(&text, room, SIZE) }
}

/// The x of the left edge, of every lane, and of the right edge.
pub(super) struct Columns {
    pub(super) left: f32,
    pub(super) lanes: Vec<f32>,
    pub(super) right: f32,
}

/// Column 0 is the left edge, lane i is column i + 1, the last is the right edge.
struct Needs {
    count: usize,
    /// Half the width of each head.
    halves: Vec<f32>,
    /// The greatest distance that each pair of columns needs.
    pairs: FxHashMap<(usize, usize), f32>,
}

impl Needs {
    fn add(&mut self, from: usize, to: usize, distance: f32) {
        if from < to && to < self.count {
            let need = self.pairs.entry((from, to)).or_insert(0.0);
            *need = need.max(distance);
        }
    }

    fn row(&mut self, row: &Row) {
        let remark = row.run.as_ref().map_or(0.0, |run| width(&run.remark, SMALL));
        match &row.what {
            What::Message(message) => self.message(message, remark),
            What::Note(note) => self.note(note),
            What::Ref { lanes, text, .. } => self.over(*lanes, widest(&wrap(text, NOTE_ROOM, SIZE), SIZE) + 60.0),
            What::Divider(text) | What::Delay(text) | What::Remark(text) => {
                let text = widest(&wrap(text, 2.0 * LABEL_ROOM, SIZE), SIZE);
                self.add(0, self.count - 1, text + 60.0);
            }
            What::Open(_) | What::Else { .. } | What::Close(_) | What::Space(_) => {}
        }
    }

    fn message(&mut self, message: &Message, remark: f32) {
        let label = widest(&label_lines(message, LABEL_ROOM), SIZE).max(remark) + 2.0 * LABEL_PAD + 2.0 * BAR;
        if message.is_self() {
            if let Some((lane, _)) = message.lanes() {
                let loose = widest(&label_lines(message, NOTE_ROOM), SIZE).max(remark);
                self.add(lane + 1, lane + 2, LOOP + loose + LABEL_PAD + 2.0 * BAR);
            }
            return;
        }
        let column = |tip: &Tip| match tip {
            Tip::Lane(lane) => lane + 1,
            Tip::Left => 0,
            Tip::Right => self.count - 1,
        };
        let columns = || message.from.iter().chain(&message.to).map(column);
        if let (Some(first), Some(last)) = (columns().min(), columns().max()) {
            let lanes = message.to.iter().filter_map(|tip| tip.lane()).filter(|_| message.create);
            let head = lanes.filter_map(|lane| self.halves.get(lane)).copied().fold(0.0, f32::max);
            let label = if message.lost { label / super::layout::LOST } else { label };
            self.add(first, last, label + head);
        }
    }

    fn note(&mut self, note: &Note) {
        let text = widest(&wrap(&note.text, NOTE_ROOM, SIZE), SIZE) + 26.0;
        match note.place {
            Place::LeftOf(lane) => self.add(lane, lane + 1, text + 18.0),
            Place::RightOf(lane) => self.add(lane + 1, lane + 2, text + 18.0),
            Place::Over(first, last) => self.over((first, last), text),
        }
    }

    /// Something that lies over lanes and reaches a little beyond them.
    fn over(&mut self, (first, last): (usize, usize), text: f32) {
        if first < last {
            self.add(first + 1, last + 1, text - 40.0);
            self.add(first, first + 1, 36.0);
            self.add(last + 1, last + 2, 36.0);
        } else {
            self.add(first, first + 1, text / 2.0 + 12.0);
            self.add(first + 1, first + 2, text / 2.0 + 12.0);
        }
    }
}

impl Columns {
    pub(super) fn of(view: &View) -> Columns {
        let heads: Vec<f32> = view.lanes.iter().map(head_width).collect();
        let halves = heads.iter().map(|head| head / 2.0).collect();
        let mut needs = Needs { count: view.lanes.len() + 2, halves, pairs: FxHashMap::default() };
        for row in &view.rows {
            needs.row(row);
        }
        let mut gaps: Vec<f32> = Vec::with_capacity(heads.len() + 1);
        gaps.push(heads.first().map_or(0.0, |head| head / 2.0));
        gaps.extend(heads.windows(2).map(|pair| (pair[0] / 2.0 + pair[1] / 2.0 + 16.0).max(CLOSEST)));
        gaps.push(heads.last().map_or(0.0, |head| head / 2.0));
        for group in &view.boxes {
            // Boxes side by side must not touch.
            let (first, last) = group.lanes;
            let within: f32 = gaps[first + 1..=last].iter().sum::<f32>() + (heads[first] + heads[last]) / 2.0;
            let title = width(&group.title, SIZE).min(TITLE_ROOM) + 16.0;
            let side = 6.0 + ((title - within) / 2.0).max(0.0);
            gaps[first] += side;
            gaps[last + 1] += side;
        }
        let mut pairs: Vec<((usize, usize), f32)> = needs.pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|&((from, to), _)| (to - from, from));
        let mut far = vec![Vec::new(); gaps.len() + 1];
        for ((from, to), need) in pairs {
            if to - from > NEAR {
                far[to].push((from, need));
                continue;
            }
            let have: f32 = gaps[from..to].iter().sum();
            let each = ((need - have) / (to - from) as f32).max(0.0);
            gaps[from..to].iter_mut().for_each(|gap| *gap += each);
        }
        let mut at = vec![0.0f32];
        for (index, gap) in gaps.iter().enumerate() {
            let near = at[index] + gap;
            let needed = far[index + 1].iter().map(|&(from, need)| at[from] + need).fold(near, f32::max);
            at.push(needed.round());
        }
        let right = at.pop().unwrap_or(0.0);
        Columns { left: 0.0, lanes: at.split_off(1), right }
    }

    pub(super) fn tip(&self, tip: Tip) -> f32 {
        match tip {
            Tip::Lane(lane) => self.lanes.get(lane).copied().unwrap_or(0.0),
            Tip::Left => self.left,
            Tip::Right => self.right,
        }
    }
}
