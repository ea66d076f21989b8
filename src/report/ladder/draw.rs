use super::Options;
use super::canvas::Canvas;
use super::columns::{Columns, name_width};
use super::notes::{self, Anchor};
use super::signs::Signs;
use super::wrap::wrap;
use crate::diagram::Line;
use crate::report::paint::{Painted, Tone, fit};
use crate::report::view::{Message, Place, Row, State, Tip, View, What};
use crate::source::elapsed_words;
use crate::trace::Moment;
use unicode_width::UnicodeWidthStr;

/// Draws rows of a view, from top to bottom.
pub(super) fn draw(view: &View, options: &Options, rows: &[usize]) -> Painted {
    let columns = Columns::of(view, options, rows);
    let mut pen = Pen::new(view, options, columns);
    if options.whole {
        pen.title();
    }
    pen.names(0);
    for &row in rows {
        pen.row(row);
    }
    if options.whole && rows.len() > 12 {
        pen.names(rows.len());
    }
    pen.canvas.paint()
}

/// The names alone.
pub(super) fn heads(view: &View, options: &Options, columns: Columns) -> Painted {
    let mut pen = Pen::new(view, options, columns);
    pen.names(0);
    pen.canvas.paint()
}

/// The first row alone, on columns that it did not make; one line, whatever its label.
pub(super) fn row(view: &View, options: &Options, columns: Columns) -> Painted {
    let options = Options { whole: false, ..options.clone() };
    let mut pen = Pen::new(view, &options, columns);
    pen.row(0);
    if let Some(at) = view.rows.first().and_then(|row| row.run.as_ref()?.at) {
        let end = pen.canvas.width(0).max(pen.columns.end) + 1;
        pen.canvas.put(0, end, Tone::Dim, &elapsed_words(at.since(Moment(0))));
    }
    pen.canvas.paint()
}

struct Pen<'a> {
    view: &'a View,
    options: &'a Options,
    columns: Columns,
    signs: Signs,
    canvas: Canvas,
    line: usize,
    bars: Bars,
}

/// For each lane the rows between which it is active, in the order of the rows.
struct Bars(Vec<Vec<(usize, usize)>>);

impl Bars {
    fn of(view: &View) -> Bars {
        let mut lanes = vec![Vec::new(); view.lanes.len()];
        // Bars of a higher level lie on those of level 0, which alone decide whether a lane is active.
        for bar in view.bars.iter().filter(|bar| bar.level == 0) {
            lanes[bar.lane].push((bar.from, bar.to));
        }
        Bars(lanes)
    }

    fn active(&self, lane: usize, row: usize) -> bool {
        let bars = &self.0[lane];
        let next = bars.partition_point(|&(from, _)| from < row);
        next > 0 && row <= bars[next - 1].1
    }
}

impl<'a> Pen<'a> {
    fn new(view: &'a View, options: &'a Options, columns: Columns) -> Self {
        let signs = Signs::of(options.ascii);
        Pen { view, options, columns, signs, canvas: Canvas::default(), line: 0, bars: Bars::of(view) }
    }
}

impl Pen<'_> {
    fn title(&mut self) {
        let Some(title) = &self.view.title else { return };
        let width = self.columns.end;
        for text in wrap(title, width.max(40)) {
            let start = width.saturating_sub(text.width()) / 2;
            self.canvas.put(self.line, start, Tone::Strong, &text);
            self.line += 1;
        }
        self.line += 1;
    }

    /// The names over the lifelines (or under them, after the last row).
    fn names(&mut self, row: usize) {
        let drawn = self.columns.drawn.clone();
        let room: Vec<usize> = (0..drawn.len()).map(|index| self.room_of_name(&drawn, index)).collect();
        let text = |lane: usize, room: usize| -> Vec<String> {
            let lane = &self.view.lanes[lane];
            let mut lines: Vec<String> =
                lane.name.lines().map(|line| fit(line, room.max(2), self.signs.more)).collect();
            if let Some(count) = lane.count {
                lines.push(format!("x{count}"));
            }
            lines
        };
        let names: Vec<Vec<String>> = drawn.iter().zip(&room).map(|(&lane, &room)| text(lane, room)).collect();
        let height = names.iter().map(Vec::len).max().unwrap_or(0);
        for (&lane, lines) in drawn.iter().zip(&names) {
            let begun = self.view.lanes[lane].begins.is_none_or(|begins| row > begins);
            let ended = self.view.lanes[lane].ends.is_some_and(|ends| row > ends);
            if !begun || ended {
                continue;
            }
            for (index, name) in lines.iter().enumerate() {
                self.name(lane, self.line + height - lines.len() + index, name);
            }
        }
        self.line += height;
    }

    fn name(&mut self, lane: usize, line: usize, name: &str) {
        if let Some(at) = self.columns.lanes[lane] {
            self.canvas.put(line, at.saturating_sub(name.width() / 2), Tone::Strong, name);
        }
    }

    /// How wide the name of a drawn lane may be.
    fn room_of_name(&self, drawn: &[usize], index: usize) -> usize {
        let at = |index: usize| self.columns.lanes[drawn[index]].unwrap_or(0);
        let left = if index > 0 { at(index) - at(index - 1) } else { usize::MAX };
        let right = if index + 1 < drawn.len() { at(index + 1) - at(index) } else { usize::MAX };
        let wanted = name_width(&self.view.lanes[drawn[index]].name);
        let tight = left.min(right);
        if tight > wanted + 1 { wanted } else { tight.saturating_sub(2) }
    }

    fn row(&mut self, index: usize) {
        let row = &self.view.rows[index];
        match &row.what {
            What::Message(message) if message.is_self() => self.self_message(index, row, message),
            What::Message(message) => self.message(index, row, message),
            What::Open(frame) => {
                let frame = &self.view.frames[*frame];
                if !frame.background {
                    let [left, right, ..] = self.signs.corners;
                    let text = [frame.keyword.as_str(), &frame.guard].join(" ");
                    self.edge(index, frame.depth, (left, right), self.signs.solid, &text);
                }
            }
            What::Else { frame, guard, .. } => {
                let frame = &self.view.frames[*frame];
                self.edge(index, frame.depth, self.signs.tees, self.signs.dashed, guard);
            }
            What::Close(frame) => {
                let frame = &self.view.frames[*frame];
                if !frame.background {
                    let [.., left, right] = self.signs.corners;
                    self.edge(index, frame.depth, (left, right), self.signs.solid, "");
                }
            }
            What::Note(note) => {
                let at = |lane: usize| self.columns.lanes[lane].unwrap_or(0);
                let anchor = match note.place {
                    Place::LeftOf(lane) => Anchor::Right(at(lane).saturating_sub(1)),
                    Place::RightOf(lane) => Anchor::Left(at(lane) + 2),
                    Place::Over(first, last) => Anchor::Over(at(first), at(last)),
                };
                self.boxed(index, &anchor, "", &note.text);
            }
            What::Ref { lanes: (first, last), text, .. } => {
                let at = |lane: usize| self.columns.lanes[lane].unwrap_or(0);
                self.boxed(index, &Anchor::Over(at(*first), at(*last)), "ref", text);
            }
            What::Divider(text) => self.across(index, self.signs.double, text, self.signs.life),
            What::Delay(text) | What::Remark(text) => self.across(index, " ", text, self.signs.faded),
            What::Space(units) => {
                for _ in 0..(*units).clamp(0, 20) {
                    self.lifelines(index, self.signs.life);
                    self.line += 1;
                }
            }
        }
    }

    fn message(&mut self, index: usize, row: &Row, message: &Message) {
        let (Some(left), Some(right)) = self.reach(message) else { return };
        let number = message.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
        let tags: String = message.tags.iter().map(|tag| format!(" ({tag})")).collect();
        let text = format!("{number}{}{tags}", message.text);
        let room = (right - left).saturating_sub(5);
        let inline = text.width() <= room && !text.contains('\n') || !self.options.whole;
        if !inline {
            for text in wrap(&text, room.max(8)) {
                self.lifelines(index, self.signs.life);
                self.canvas.put(self.line, left + 2, Tone::Plain, &text);
                self.line += 1;
            }
        }
        self.lifelines(index, self.signs.life);
        let (tone, line) = look(row, message);
        let body = self.signs.line(line);
        for column in left + 1..right {
            let crossing = self.columns.drawn.iter().any(|&lane| self.columns.lanes[lane] == Some(column));
            self.canvas.put(self.line, column, tone, if crossing { self.signs.cross } else { body });
        }
        self.heads(message, (left, right), tone, body);
        if inline && !text.is_empty() {
            let one_line = text.replace('\n', " ");
            let label = format!(" {} ", fit(&one_line, room, self.signs.more));
            let start = left + 1 + ((right - left - 1).saturating_sub(label.width())) / 2;
            self.canvas.put(self.line, start, if tone == Tone::Bad { tone } else { Tone::Plain }, &label);
        }
        self.remark(row, (left, right));
        self.finish(index);
    }

    fn self_message(&mut self, index: usize, row: &Row, message: &Message) {
        let Some(at) = message.lanes().and_then(|(lane, _)| self.columns.lanes[lane]) else { return };
        let (tone, line) = look(row, message);
        let body = self.signs.line(line);
        let number = message.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
        let next = self.columns.drawn.iter().filter_map(|&lane| self.columns.lanes[lane]).find(|&next| next > at);
        let room = next.map_or(40, |next| next - at - 6).max(4);
        let text = format!("{number}{}", message.text);
        let lines = if self.options.whole { wrap(&text, room) } else { vec![fit(&text, room, self.signs.more)] };
        self.lifelines(index, self.signs.life);
        self.canvas.put(self.line, at + 1, tone, &format!("{body}{body}{}", self.signs.turn.0));
        let head = self.signs.head(message.head, false, body);
        for (number, text) in lines.iter().enumerate() {
            if number > 0 {
                self.line += 1;
                self.lifelines(index, self.signs.life);
            }
            self.canvas.put(self.line, at + 5, Tone::Plain, text);
            if number + 1 < lines.len() && number > 0 {
                self.canvas.put(self.line, at + 3, tone, self.signs.side);
            }
        }
        if lines.len() == 1 {
            self.remark(row, (at, at + 5 + lines[0].width()));
            self.line += 1;
            self.lifelines(index, self.signs.life);
        }
        self.canvas.put(self.line, at + 1, tone, &format!("{head}{body}{}", self.signs.turn.1));
        self.line += 1;
    }

    /// The columns between which an arrow lies.
    fn reach(&self, message: &Message) -> (Option<usize>, Option<usize>) {
        let column = |tip: &Tip| match tip {
            Tip::Lane(lane) => self.columns.lanes[*lane],
            Tip::Left => Some(self.columns.frames),
            Tip::Right => Some(self.columns.end.saturating_sub(1)),
        };
        let columns = || message.from.iter().chain(&message.to).filter_map(column);
        (columns().min(), columns().max())
    }

    fn heads(&mut self, message: &Message, (left, right): (usize, usize), tone: Tone, body: &'static str) {
        let column = |tip: &Tip, other: bool| match tip {
            Tip::Lane(lane) => self.columns.lanes[*lane].unwrap_or(left),
            Tip::Left if other => left,
            Tip::Left => left,
            Tip::Right => right,
        };
        let source = message.from.first().map_or(left, |tip| column(tip, true));
        let mut signs = Vec::new();
        for tip in &message.to {
            let at = column(tip, false);
            let to_right = at > source;
            let sign = if message.lost { self.signs.end } else { self.signs.head(message.head, to_right, body) };
            let at = if to_right { at.saturating_sub(1) } else { at + 1 };
            signs.push((if message.lost { (source + at) / 2 } else { at }, sign, to_right));
            if message.both {
                let back = self.signs.head(message.head, !to_right, body);
                signs.push((if to_right { source + 1 } else { source.saturating_sub(1) }, back, to_right));
            }
        }
        for (at, sign, to_right) in signs {
            self.canvas.put(self.line, at, tone, sign);
            if message.lost {
                let beyond = if to_right { at + 1..right } else { left + 1..at };
                self.canvas.fill(self.line, beyond, Tone::Plain, " ");
            }
        }
    }

    /// What a run has to say of a row, where there is room in its line, else behind the last lifeline.
    fn remark(&mut self, row: &Row, (left, right): (usize, usize)) {
        let Some(run) = &row.run else { return };
        let mut text = run.remark.clone();
        if self.options.ascii {
            text = text.chars().filter(char::is_ascii).collect::<String>().trim().to_owned();
        }
        let bad = matches!(run.state, State::Found(_));
        if bad {
            self.canvas.put(self.line, 2.min(left.saturating_sub(1)), Tone::Bad, "!");
        }
        if text.is_empty() {
            if let Some(at) = run.at.filter(|_| self.options.whole) {
                let end = self.canvas.width(self.line).max(self.columns.end) + 1;
                self.canvas.put(self.line, end, Tone::Dim, &elapsed_words(at.since(Moment(0))));
            }
            return;
        }
        let tone = if bad { Tone::Bad } else { Tone::Warn };
        let width = text.width();
        let lanes: Vec<usize> = self.columns.drawn.iter().filter_map(|&lane| self.columns.lanes[lane]).collect();
        let gaps = lanes.windows(2).map(|pair| (pair[0] + 1, pair[1]));
        let free =
            |&(from, to): &(usize, usize)| to - from >= width + 2 && (from > right || to < left || from == right + 1);
        let place = gaps.filter(free).find(|&(from, to)| self.canvas.is_free(self.line, from..to));
        match place {
            Some((from, to)) => self.canvas.put(self.line, from + (to - from - width) / 2, tone, &text),
            None => {
                let end = self.canvas.width(self.line).max(lanes.last().map_or(0, |last| last + 1));
                self.canvas.put(self.line, end + 2, tone, &text);
            }
        }
    }

    /// The end of an arrow's line: lifelines that end here, or whose name stands here.
    fn finish(&mut self, index: usize) {
        for &lane in &self.columns.drawn.clone() {
            let (Some(at), data) = (self.columns.lanes[lane], &self.view.lanes[lane]) else { continue };
            if data.ends == Some(index) {
                self.canvas.put(self.line, at, Tone::Strong, self.signs.end);
            }
            if data.begins == Some(index) {
                let name = fit(&data.name.replace('\n', " "), 30, self.signs.more);
                self.line += 1;
                self.lifelines(index, self.signs.life);
                self.name(lane, self.line, &name);
            }
        }
        self.line += 1;
    }

    fn boxed(&mut self, index: usize, anchor: &Anchor, heading: &str, text: &str) {
        let height = notes::height(text, anchor);
        let start = self.line;
        for line in 0..height {
            self.line = start + line;
            self.lifelines(index, self.signs.life);
        }
        notes::draw(&mut self.canvas, &self.signs, start, anchor, heading, text);
        self.line = start + height;
    }

    fn across(&mut self, index: usize, sign: &str, text: &str, life: &str) {
        for part in text.split('\n') {
            self.lifelines(index, life);
            if sign != " " {
                self.canvas.fill(self.line, self.columns.frames..self.columns.end, Tone::Dim, sign);
            }
            if !part.is_empty() {
                let part = format!(" {part} ");
                let start = (self.columns.end + self.columns.frames).saturating_sub(part.width()) / 2;
                self.canvas.put(self.line, start, Tone::Strong, &part);
            }
            self.line += 1;
        }
    }

    /// An edge of a frame.
    fn edge(&mut self, index: usize, depth: usize, ends: (&str, &str), body: &str, text: &str) {
        self.lifelines(index, self.signs.life);
        let (from, to) = (2 * depth, self.right_edge(depth));
        self.canvas.fill(self.line, from + 1..to, Tone::Dim, body);
        self.canvas.put(self.line, from, Tone::Dim, ends.0);
        self.canvas.put(self.line, to, Tone::Dim, ends.1);
        let text = text.trim().replace('\n', " ");
        if !text.is_empty() {
            let text = format!(" {} ", fit(&text, (to - from).saturating_sub(5), self.signs.more));
            self.canvas.put(self.line, from + 2, Tone::Strong, &text);
        }
        self.line += 1;
    }

    fn right_edge(&self, depth: usize) -> usize {
        (self.columns.end + self.columns.frames).saturating_sub(1 + 2 * depth).max(4 + 2 * depth)
    }

    /// Every lifeline, and the sides of every frame that is open, in the current line.
    fn lifelines(&mut self, row: usize, life: &str) {
        for &lane in &self.columns.drawn {
            let data = &self.view.lanes[lane];
            let begun = data.begins.is_none_or(|begins| row > begins);
            let ended = data.ends.is_some_and(|ends| row > ends);
            if let (Some(at), true, false) = (self.columns.lanes[lane], begun, ended) {
                let active = self.options.whole && life == self.signs.life && self.bars.active(lane, row);
                self.canvas.put(self.line, at, Tone::Dim, if active { self.signs.active } else { life });
            }
        }
        if !self.options.whole {
            return;
        }
        let mut frame = self.open_at(row);
        while let Some(index) = frame {
            let data = &self.view.frames[index];
            if !data.background {
                self.canvas.put(self.line, 2 * data.depth, Tone::Dim, self.signs.side);
                self.canvas.put(self.line, self.right_edge(data.depth), Tone::Dim, self.signs.side);
            }
            frame = data.outer;
        }
    }

    /// The innermost frame around a row (not one that opens or closes there).
    fn open_at(&self, row: usize) -> Option<usize> {
        // Frames are in the order of their opening rows; the innermost around a row is the last that is still open.
        let mut at = self.view.frames.partition_point(|frame| frame.rows.0 < row).checked_sub(1)?;
        loop {
            if self.view.frames[at].rows.1 > row {
                return Some(at);
            }
            at = self.view.frames[at].outer?;
        }
    }
}

/// Tone and line of an arrow: what was observed as drawn is plain, what never came is dashed.
fn look(row: &Row, message: &Message) -> (Tone, Line) {
    let Some(run) = &row.run else { return (Tone::Plain, message.line) };
    match run.state {
        State::NotReached | State::Ignored => (Tone::Dim, message.line),
        State::Sent | State::Passed => (Tone::Plain, message.line),
        State::Excused(_) => (Tone::Warn, message.line),
        State::Found(crate::oracle::Class::Missing) => (Tone::Bad, Line::Dashed),
        State::Found(_) if run.moved => (Tone::Bad, Line::Dashed),
        State::Found(_) => (Tone::Bad, message.line),
    }
}
