//! The geometry of text drawings: in which column each lifeline stands.

use super::Options;
use crate::report::view::{Place, View, What};
use unicode_width::UnicodeWidthStr;

/// Room for the sign of a finding left of the first lifeline.
const MARGIN: usize = 5;
/// Lifelines never come closer than this.
const CLOSEST: usize = 9;
/// Beside a label: head, line and space on either side.
const AROUND: usize = 7;

/// Where the lifelines stand.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// The column of each lane of the view; none where it is not drawn.
    pub(super) lanes: Vec<Option<usize>>,
    /// The lanes that are drawn, from left to right.
    pub(super) drawn: Vec<usize>,
    /// One past the last column that frames may use.
    pub(super) end: usize,
    /// How many columns of margin frames take at each side.
    pub(super) frames: usize,
}

impl Columns {
    pub(super) fn of(view: &View, options: &Options, rows: &[usize]) -> Columns {
        let drawn = drawn_lanes(view, options, rows);
        let frames = if options.whole { 2 * depth(view) } else { 0 };
        let widths: Vec<usize> = drawn.iter().map(|&lane| name_width(&view.lanes[lane].name)).collect();
        let mut gaps = wanted(view, rows, &drawn, &widths);
        let first = frames + widths.first().map_or(0, |width| width / 2).max(MARGIN);
        let last = widths.last().map_or(0, |width| width / 2).max(2) + 1 + frames;
        if let Some(width) = options.width {
            shrink(&mut gaps, width.saturating_sub(first + last));
        }
        let mut at = first;
        let mut lanes = vec![None; view.lanes.len()];
        for (index, &lane) in drawn.iter().enumerate() {
            lanes[lane] = Some(at);
            at += gaps.get(index).copied().unwrap_or(last);
        }
        let right = right_of_last(view, rows, drawn.last().copied(), options);
        Columns { lanes, drawn, end: at + right, frames }
    }
}

/// All lanes, or in an excerpt those that its rows touch.
fn drawn_lanes(view: &View, options: &Options, rows: &[usize]) -> Vec<usize> {
    if options.whole {
        return (0..view.lanes.len()).collect();
    }
    let mut used = vec![false; view.lanes.len()];
    for message in rows.iter().filter_map(|&row| view.rows[row].message()) {
        for lane in message.from.iter().chain(&message.to).filter_map(|tip| tip.lane()) {
            used[lane] = true;
        }
    }
    (0..view.lanes.len()).filter(|&lane| used[lane]).collect()
}

pub(super) fn name_width(name: &str) -> usize {
    name.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

pub(super) fn depth(view: &View) -> usize {
    view.frames.iter().filter(|frame| !frame.background).map(|frame| frame.depth + 1).max().unwrap_or(0)
}

/// The distance that each pair of neighbours would like: names side by side, every label in its line.
fn wanted(view: &View, rows: &[usize], drawn: &[usize], widths: &[usize]) -> Vec<usize> {
    let mut gaps: Vec<usize> =
        widths.windows(2).map(|pair| (pair[0] / 2 + pair[1].div_ceil(2) + 2).max(CLOSEST)).collect();
    let position = |lane: usize| drawn.binary_search(&lane).unwrap_or(0);
    let mut needs: Vec<(usize, usize, usize)> = Vec::new();
    for &row in rows {
        match &view.rows[row].what {
            What::Message(message) => {
                let Some((first, last)) = message.lanes() else { continue };
                let width = label_width(&message.text) + message.number.as_ref().map_or(0, |number| number.width() + 1);
                let (first, last) = (position(first), position(last));
                let self_room = message.is_self() && first + 1 < drawn.len();
                match (first == last, self_room) {
                    (true, true) => needs.push((first, first + 1, width + AROUND)),
                    (true, false) => {}
                    (false, _) => needs.push((first, last, width + AROUND)),
                }
            }
            What::Note(note) => {
                let width = label_width(&note.text).min(40) + 6;
                match note.place {
                    Place::LeftOf(lane) if position(lane) > 0 => {
                        needs.push((position(lane) - 1, position(lane), width))
                    }
                    Place::RightOf(lane) if position(lane) + 1 < drawn.len() => {
                        needs.push((position(lane), position(lane) + 1, width));
                    }
                    Place::LeftOf(_) | Place::RightOf(_) | Place::Over(..) => {}
                }
            }
            What::Open(_)
            | What::Else { .. }
            | What::Close(_)
            | What::Ref { .. }
            | What::Divider(_)
            | What::Delay(_)
            | What::Space(_)
            | What::Remark(_) => {}
        }
    }
    // Near pairs first, so that a far label only widens what is still too narrow.
    needs.sort_by_key(|&(first, last, _)| last - first);
    for (first, last, need) in needs {
        let have: usize = gaps[first..last].iter().sum();
        let each = need.saturating_sub(have).div_ceil((last - first).max(1));
        gaps[first..last].iter_mut().for_each(|gap| *gap += each);
    }
    gaps
}

pub(super) fn label_width(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Cuts the widest distances down until all fit, but never below what can be read.
fn shrink(gaps: &mut [usize], room: usize) {
    let sum = |cap: usize| gaps.iter().map(|&gap| gap.min(cap)).sum::<usize>();
    let widest = gaps.iter().copied().max().unwrap_or(0);
    if sum(widest) <= room {
        return;
    }
    let (mut low, mut high) = (CLOSEST, widest.max(CLOSEST));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if sum(middle) <= room { low = middle } else { high = middle - 1 }
    }
    gaps.iter_mut().for_each(|gap| *gap = (*gap).min(low));
}

/// What stands right of the last lifeline: its own labels and notes.
fn right_of_last(view: &View, rows: &[usize], last: Option<usize>, options: &Options) -> usize {
    let Some(last) = last.filter(|_| options.whole) else { return 0 };
    let mut room = 0;
    for &row in rows {
        match &view.rows[row].what {
            What::Message(message) if message.is_self() && message.lanes() == Some((last, last)) => {
                room = room.max(label_width(&message.text).min(40) + 4);
            }
            What::Note(note) if note.place == Place::RightOf(last) => {
                room = room.max(label_width(&note.text).min(40) + 5);
            }
            What::Note(_)
            | What::Message(_)
            | What::Open(_)
            | What::Else { .. }
            | What::Close(_)
            | What::Ref { .. }
            | What::Divider(_)
            | What::Delay(_)
            | What::Space(_)
            | What::Remark(_) => {}
        }
    }
    room
}
