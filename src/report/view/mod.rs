//! One flat view of a diagram, and of a run on it, that every format reads.
//!
//! [`View::of`] turns the tree of a [`Diagram`] into lanes and rows in the order of the drawing; [`View::with_run`] puts
//! on it what became of every arrow, and adds a row for each frame that nobody drew. Nothing here knows pixels or
//! columns: those are `svg::layout` and `ladder`.

mod build;
mod number;
pub(super) mod place;
mod run;
mod words;

pub use words::{class_sign, observed_words, value_words};

use crate::diagram::{Diagram, Head, Line, NoteShape, ParticipantId, ParticipantKind};
use crate::oracle::{Class, Outcome, Verdict};
use crate::order::Order;
use crate::source::{Sources, Span};
use crate::trace::{Entry, Moment};

/// A diagram as lanes and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The title.
    pub title: Option<String>,
    /// The lifelines from left to right.
    pub lanes: Vec<Lane>,
    /// The lane of each participant, by its id.
    pub places: Vec<usize>,
    /// Boxes around the heads of lanes, outer ones first.
    pub boxes: Vec<LaneBox>,
    /// What is drawn from top to bottom.
    pub rows: Vec<Row>,
    /// The frames that the rows open and close, outer ones before inner ones.
    pub frames: Vec<Frame>,
    /// Activations.
    pub bars: Vec<Bar>,
    /// From where a frame was observed to where it is drawn, as indices of rows.
    pub links: Vec<(usize, usize)>,
    /// How the run ended, where there was one.
    pub verdict: Option<Verdict>,
}

/// One lifeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The drawn name; may hold line breaks.
    pub name: String,
    /// The symbol.
    pub kind: ParticipantKind,
    /// A colour that the author gave and that is one.
    pub color: Option<String>,
    /// How many lifelines it stands for, where `#@ clients` says so.
    pub count: Option<u32>,
    /// Whether it is under test; none where there is no run.
    pub tested: Option<bool>,
    /// The row at which it is created; none is from the top.
    pub begins: Option<usize>,
    /// The row at which it ends; none is at the bottom.
    pub ends: Option<usize>,
}

/// A box around lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneBox {
    /// What it says; may be empty.
    pub title: String,
    /// Its colour.
    pub color: Option<String>,
    /// The first and the last lane.
    pub lanes: (usize, usize),
    /// How many boxes are around it.
    pub depth: usize,
}

/// A frame around rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The word in its corner.
    pub keyword: String,
    /// The text beside it.
    pub guard: String,
    /// The first and the last lane that something in it touches; none where nothing does.
    pub lanes: Option<(usize, usize)>,
    /// How many frames are around it.
    pub depth: usize,
    /// The frame around it.
    pub outer: Option<usize>,
    /// Its colour.
    pub color: Option<String>,
    /// A coloured background only, without line and word.
    pub background: bool,
    /// The row that opens it and the row that closes it.
    pub rows: (usize, usize),
    /// The statement.
    pub span: Span,
    /// In a run, which operands were taken (from 0), or how many turns a loop had.
    pub taken: Vec<u32>,
}

/// An activation of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The lane.
    pub lane: usize,
    /// How many bars are under it.
    pub level: usize,
    /// The row at which it begins.
    pub from: usize,
    /// The row at which it ends.
    pub to: usize,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its line in the text; 0 for what was not drawn.
    pub line: u32,
    /// The statement.
    pub span: Span,
    /// What it is.
    pub what: What,
    /// What became of it in the run, where there was one.
    pub run: Option<RunState>,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// An arrow.
    Message(Message),
    /// The upper edge of a frame.
    Open(usize),
    /// The line between two operands of a frame.
    Else {
        /// The frame.
        frame: usize,
        /// The text beside the line.
        guard: String,
        /// Which operand begins here, from 1 (the first one begins at [`What::Open`]).
        operand: u32,
    },
    /// The lower edge of a frame.
    Close(usize),
    /// A note.
    Note(Note),
    /// A reference to another diagram.
    Ref {
        /// The first and the last lane.
        lanes: (usize, usize),
        /// What it says.
        text: String,
        /// Its colour.
        color: Option<String>,
    },
    /// A line across with text.
    Divider(String),
    /// Time passes.
    Delay(String),
    /// Distance, in units of a row; may be negative.
    Space(i32),
    /// A remark across all lanes: a time bound between two anchors.
    Remark(String),
}

/// One arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The senders; more than one only where many send at once.
    pub from: Vec<Tip>,
    /// The receivers.
    pub to: Vec<Tip>,
    /// Its label; may hold line breaks.
    pub text: String,
    /// Its number, where numbers are on.
    pub number: Option<String>,
    /// Solid or dashed.
    pub line: Line,
    /// The head at the receiver.
    pub head: Head,
    /// A second head at the sender.
    pub both: bool,
    /// It does not arrive.
    pub lost: bool,
    /// The receiver begins here.
    pub create: bool,
    /// The receiver ends here.
    pub destroy: bool,
    /// Drawn aslant by so many units.
    pub slant: u32,
    /// At the height of the arrow before.
    pub beside: bool,
    /// A colour that the author gave and that is one.
    pub color: Option<String>,
    /// What directives say of it, in short: `never`, `≤ 500ms`.
    pub tags: Vec<String>,
    /// Not drawn by the author: observed.
    pub undrawn: bool,
}

impl Message {
    /// A message as it is observed: solid, with nothing that an author draws on it.
    pub(super) fn observed(from: Tip, to: Tip, text: String) -> Message {
        Message {
            from: vec![from],
            to: vec![to],
            text,
            number: None,
            line: Line::Solid,
            head: Head::Filled,
            both: false,
            lost: false,
            create: false,
            destroy: false,
            slant: 0,
            beside: false,
            color: None,
            tags: Vec::new(),
            undrawn: true,
        }
    }
}

/// One end of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// A lane.
    Lane(usize),
    /// The left edge of the drawing.
    Left,
    /// The right edge of the drawing.
    Right,
}

/// A note.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Its shape.
    pub shape: NoteShape,
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub text: String,
    /// Its colour.
    pub color: Option<String>,
    /// At the height of the note before.
    pub beside: bool,
}

/// Where a note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Left of a lane.
    LeftOf(usize),
    /// Right of a lane.
    RightOf(usize),
    /// Over the lanes from the first to the last.
    Over(usize, usize),
}

/// What became of a row in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// The worst that happened to it.
    pub state: State,
    /// How often it happened (loops, several clients).
    pub times: usize,
    /// When it happened first.
    pub at: Option<Moment>,
    /// A few words that are drawn beside it; empty where all is well.
    pub remark: String,
    /// What was expected and what came instead, where that is a value.
    pub differs: Option<String>,
    /// More, for whoever points at it: a line each.
    pub more: Vec<String>,
    /// Its frame was observed elsewhere: at the row from which a link leads here.
    pub moved: bool,
    /// What of the trace it is, by their places there.
    pub entries: Vec<usize>,
}

/// What became of an arrow in a run; later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// The run ended above it, or took another operand, or nobody can see it.
    NotReached,
    /// Observed and not judged.
    Ignored,
    /// Sent by the tool.
    Sent,
    /// Observed as drawn.
    Passed,
    /// A finding at an arrow marked `known-failure`.
    Excused(Class),
    /// A finding.
    Found(Class),
}

impl State {
    /// The finding's class, where there is one.
    pub fn class(self) -> Option<Class> {
        match self {
            State::Excused(class) | State::Found(class) => Some(class),
            State::NotReached | State::Ignored | State::Sent | State::Passed => None,
        }
    }

    /// The word that machine-readable formats and screen readers get.
    pub fn word(self) -> &'static str {
        match self {
            State::NotReached => "not reached",
            State::Ignored => "ignored",
            State::Sent => "sent",
            State::Passed => "passed",
            State::Excused(class) | State::Found(class) => class.word(),
        }
    }
}

/// What a run is, for putting it on a view.
#[derive(Clone, Copy, Debug)]
pub struct Played<'a> {
    /// The order that was played.
    pub order: &'a Order,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// What was observed.
    pub trace: &'a [Entry],
}

impl View {
    /// The view of a diagram.
    pub fn of(diagram: &Diagram, sources: &Sources) -> View {
        build::build(diagram, sources, None)
    }

    /// The view of a diagram with a run on it.
    pub fn with_run(diagram: &Diagram, sources: &Sources, played: Played<'_>) -> View {
        let mut view = build::build(diagram, sources, Some(played.order));
        run::put_on(&mut view, played);
        view
    }

    /// The lane of a participant of the diagram.
    pub fn lane(&self, id: ParticipantId) -> Option<usize> {
        self.places.get(id.0 as usize).copied()
    }
}

impl Message {
    /// The first and the last lane that it touches; none where it goes from edge to edge.
    pub fn lanes(&self) -> Option<(usize, usize)> {
        let lanes = || self.from.iter().chain(&self.to).filter_map(|tip| tip.lane());
        Some((lanes().min()?, lanes().max()?))
    }

    /// Whether it goes from a lane to that lane.
    pub fn is_self(&self) -> bool {
        matches!((&self.from[..], &self.to[..]), ([Tip::Lane(from)], [Tip::Lane(to)]) if from == to)
    }
}

impl Tip {
    /// The lane, where it is one.
    pub fn lane(self) -> Option<usize> {
        match self {
            Tip::Lane(lane) => Some(lane),
            Tip::Left | Tip::Right => None,
        }
    }
}

impl Row {
    /// The arrow, where it is one.
    pub fn message(&self) -> Option<&Message> {
        match &self.what {
            What::Message(message) => Some(message),
            What::Open(_)
            | What::Else { .. }
            | What::Close(_)
            | What::Note(_)
            | What::Ref { .. }
            | What::Divider(_)
            | What::Delay(_)
            | What::Space(_)
            | What::Remark(_) => None,
        }
    }

    /// The first and the last lane that it touches; none where it goes across or touches none.
    pub fn lanes(&self) -> Option<(usize, usize)> {
        match &self.what {
            What::Message(message) => message.lanes(),
            What::Note(note) => Some(note.place.lanes()),
            What::Ref { lanes, .. } => Some(*lanes),
            What::Open(_)
            | What::Else { .. }
            | What::Close(_)
            | What::Divider(_)
            | What::Delay(_)
            | What::Space(_)
            | What::Remark(_) => None,
        }
    }
}

impl Place {
    /// The first and the last lane.
    pub fn lanes(self) -> (usize, usize) {
        match self {
            Place::LeftOf(lane) | Place::RightOf(lane) => (lane, lane),
            Place::Over(first, last) => (first, last),
        }
    }
}
