use super::ParticipantId;
use crate::source::Span;

/// One end of an arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A participant.
    Participant(ParticipantId),
    /// The edge of the drawing: a found message comes from there, a lost one goes there.
    Outside(Side),
    /// `*`, or `* except A, B`: every simulated participant that is connected at that point, less these.
    Everyone {
        /// Those left out.
        except: Vec<ParticipantId>,
    },
    /// Several named participants at once (PlantUML `A -> B & C`); an arrow to each.
    Several(Vec<ParticipantId>),
}

/// Which edge of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// `[` or a left `?`.
    Left,
    /// `]` or a right `?`.
    Right,
}

/// A message as drawn, always from its sender to its receiver: `A<-B` is stored as from B to A.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// The sender.
    pub from: End,
    /// The receiver.
    pub to: End,
    /// How it is drawn, and what of that has a meaning.
    pub drawn: Drawn,
    /// The text after the colon, trimmed, verbatim; empty where there is none. Line breaks in it are `\n` characters
    /// only where the dialect has a spelling for them that its labels cannot mean otherwise; native labels keep `\n`
    /// as two characters, because they are payload.
    pub label: String,
    /// The whole statement.
    pub span: Span,
    /// The label alone; empty at the end of the statement where there is none.
    pub label_span: Span,
}

/// What can be seen of an arrow beside its ends and its label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Solid or dashed; no difference in meaning.
    pub line: Line,
    /// The head at the receiver.
    pub head: Head,
    /// A second head at the sender: two arrows, right then left.
    pub both: bool,
    /// The message is lost: a simulated sender sends it and cuts the connection.
    pub lost: bool,
    /// `->*`: the receiver begins here.
    pub create: bool,
    /// `->+`: the receiver becomes active.
    pub activate: bool,
    /// `->-`: the sender stops being active.
    pub deactivate: bool,
    /// `!!` of PlantUML: the receiver ends here.
    pub destroy: bool,
    /// `->(5)`: drawn aslant by so many units.
    pub slant: Option<u32>,
    /// PlantUML `& A -> B`: drawn at the height of the arrow before.
    pub same_height: bool,
    /// PlantUML `{name}` before the arrow: anchors at its sending and receiving end, for time bounds.
    pub anchors: (Option<String>, Option<String>),
    /// Colour and the like, verbatim without brackets.
    pub style: Option<String>,
    /// What PlantUML can draw beside all this.
    pub decoration: Decoration,
    /// It stands nowhere in the text: a connect that the binding implies above the arrow of this place.
    pub implied: bool,
}

/// Details of PlantUML's arrows that are only drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoration {
    /// `o` at the sender, `o` at the receiver.
    pub circles: (bool, bool),
    /// `x` at the sender.
    pub cross_at_sender: bool,
    /// `?` in place of `[` or `]`: the arrow from or to the edge is short.
    pub short: bool,
    /// A half head is drawn thin: `\\` or `//`.
    pub thin: bool,
    /// The head at the sender, where it is not the one at the receiver.
    pub sender_head: Option<Head>,
    /// An arrow of a lifeline to itself that is drawn at its left: `A <- A`.
    pub leftward: bool,
    /// What stands between the receiver and the colon, verbatim: colour of the activation, stereotype, link.
    pub tail: Option<String>,
}

/// How the line is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Line {
    /// `-`
    #[default]
    Solid,
    /// `--`
    Dashed,
}

/// How a head is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Head {
    /// Filled: native and PlantUML `->`, Mermaid `->>`.
    #[default]
    Filled,
    /// Open: native and PlantUML `->>`, Mermaid `-)`.
    Open,
    /// None: Mermaid `->`.
    None,
    /// A cross that is only drawn so: Mermaid `-x`. (A message that is lost has [`Drawn::lost`].)
    Cross,
    /// The upper half of a head.
    HalfUpper,
    /// The lower half of a head.
    HalfLower,
}
