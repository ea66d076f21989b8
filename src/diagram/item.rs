use super::{Arrow, Directive, Fragment, ParticipantId};
use crate::source::Span;
use std::time::Duration;

/// One statement of the body.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `participant X`: where it stands is kept for printing; the facts are on the participant.
    Declare(ParticipantId, Span),
    /// `participantgroup … end`, `box … end box`: declarations (and whatever else stands in it) in a box.
    Group(ParticipantGroup),
    /// A message.
    Arrow(Arrow),
    /// A combined fragment.
    Fragment(Fragment),
    /// A note, box or state.
    Note(Note),
    /// `ref over A,B: name`: another diagram, inlined.
    Ref(Ref),
    /// `== text ==`
    Divider {
        /// What it says.
        text: String,
        /// The statement.
        span: Span,
    },
    /// `...text...`: time passes; where the text is a duration it is a constraint on the next arrow.
    Delay {
        /// What it says; may be empty.
        text: String,
        /// The text as a duration.
        duration: Option<Duration>,
        /// The statement.
        span: Span,
    },
    /// `space 3`, `|||`: drawn distance; may be negative. `None` is one unit of the dialect.
    Space(Option<i32>, Span),
    /// A change of a participant's activation or existence.
    Lifecycle {
        /// Whose.
        participant: ParticipantId,
        /// What.
        change: Lifecycle,
        /// Colour, verbatim.
        style: Option<String>,
        /// The statement.
        span: Span,
    },
    /// `autonumber …`
    Autonumber(Autonumber, Span),
    /// `{a} <-> {b} : 5s`: at most so long between two anchored ends.
    TimeBound(TimeBound),
    /// A statement that only changes how the diagram looks, kept verbatim (`option`, `skinparam`, `link`, …).
    Style(String, Span),
    /// `#@ …` in the body: for the next arrow or fragment, or from here to the end of the block.
    Directive(Directive),
    /// The text of a comment without its leader, trimmed on the right.
    Comment(String, Span),
    /// One or more blank lines. They end the group of an `unordered` directive.
    Blank,
}

impl Item {
    /// The whole statement; none for blank lines.
    pub fn span(&self) -> Option<Span> {
        match self {
            Item::Group(group) => Some(group.span),
            Item::Arrow(arrow) => Some(arrow.span),
            Item::Fragment(fragment) => Some(fragment.span),
            Item::Note(note) => Some(note.span),
            Item::Ref(reference) => Some(reference.span),
            Item::TimeBound(bound) => Some(bound.span),
            Item::Directive(directive) => Some(directive.span),
            Item::Declare(_, span)
            | Item::Divider { span, .. }
            | Item::Delay { span, .. }
            | Item::Space(_, span)
            | Item::Lifecycle { span, .. }
            | Item::Autonumber(_, span)
            | Item::Style(_, span)
            | Item::Comment(_, span) => Some(*span),
            Item::Blank => None,
        }
    }
}

/// What happens to a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// `activate X`
    Activate,
    /// `deactivate X`
    Deactivate,
    /// `create X`: it begins with the next arrow to it.
    Create(Create),
    /// `destroy X`: it ends at the arrow above. Mermaid's `destroy` before the arrow is stored as
    /// [`Lifecycle::DestroyAfter`].
    Destroy,
    /// `destroyafter X`: it ends at the next arrow.
    DestroyAfter,
}

/// Whether a `create` statement also declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Create {
    /// `create X`
    Plain,
    /// `create actor X as …`: the facts are on the participant.
    Declaring,
}

/// A box around participants.
#[derive(Clone, Debug, PartialEq)]
pub struct ParticipantGroup {
    /// What it says; may be empty.
    pub title: String,
    /// Colour and the like, verbatim.
    pub style: Option<String>,
    /// Declarations, comments, nested groups.
    pub body: Vec<Item>,
    /// From the opening line to the closing one.
    pub span: Span,
}

/// A note.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Its shape.
    pub shape: NoteShape,
    /// Where it stands.
    pub place: NotePlace,
    /// Its lines, joined by `\n`.
    pub text: String,
    /// Colour and the like, verbatim.
    pub style: Option<String>,
    /// PlantUML `/ note`: at the height of the note before.
    pub same_height: bool,
    /// The statement.
    pub span: Span,
}

/// The shape of a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NoteShape {
    /// A sheet with a bent corner.
    #[default]
    Note,
    /// `box`
    Box,
    /// `rbox`, PlantUML `rnote`: a rectangle with round corners, or plain.
    Round,
    /// `abox`, PlantUML `hnote`: a hexagon.
    Angled,
    /// `state`: a rounded state of a lifeline.
    State,
}

/// Where a note stands.
#[derive(Clone, Debug, PartialEq)]
pub enum NotePlace {
    /// `left of A`
    LeftOf(ParticipantId),
    /// `right of A`
    RightOf(ParticipantId),
    /// `over A,B`: at least one.
    Over(Vec<ParticipantId>),
    /// PlantUML `note across`: over all.
    Across,
    /// PlantUML `note left: …` beside the last arrow.
    LeftOfArrow,
    /// PlantUML `note right: …` beside the last arrow.
    RightOfArrow,
}

/// A reference to another diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Ref {
    /// The lifelines that it covers; at least one.
    pub over: Vec<ParticipantId>,
    /// Its text: for a run, the name of a diagram.
    pub text: String,
    /// Colour and the like, verbatim.
    pub style: Option<String>,
    /// The statement.
    pub span: Span,
}

/// Numbers on arrows.
#[derive(Clone, Debug, PartialEq)]
pub enum Autonumber {
    /// From here on; defaults are 1 and 1.
    On {
        /// First number as written (PlantUML has `1.1.1`).
        start: Option<String>,
        /// Step as written (Mermaid takes decimals).
        step: Option<String>,
        /// PlantUML's format.
        format: Option<String>,
    },
    /// No more.
    Off,
    /// PlantUML `autonumber resume [step] ["format"]`.
    Resume {
        /// Step as written.
        step: Option<String>,
        /// PlantUML's format.
        format: Option<String>,
    },
    /// PlantUML `autonumber inc A`.
    Increment(String),
}

/// A bound on the time between two anchors.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeBound {
    /// The first anchor.
    pub from: String,
    /// The second anchor.
    pub to: String,
    /// The text as written.
    pub text: String,
    /// The text as a duration; a bound without one is only drawn.
    pub duration: Option<Duration>,
    /// The statement.
    pub span: Span,
}
