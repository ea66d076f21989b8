use super::Item;
use crate::source::Span;

/// A combined fragment: a frame around operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Fragment {
    /// What the frame means.
    pub kind: FragmentKind,
    /// The operands in the order of the text; at least one.
    pub operands: Vec<Operand>,
    /// Colour and the like, verbatim, for drawing.
    pub style: Option<String>,
    /// From the opening line to the closing one.
    pub span: Span,
}

/// One operand of a fragment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operand {
    /// The text beside the keyword that opens it: a condition, a name; may be empty.
    pub guard: String,
    /// Its statements.
    pub body: Vec<Item>,
    /// Colour of its background, verbatim, for drawing; that of the first operand is the fragment's.
    pub style: Option<String>,
    /// The line that opens it.
    pub span: Span,
}

/// The operator of a fragment; what each means is in `docs/semantics.md`.
#[derive(Clone, Debug, PartialEq)]
pub enum FragmentKind {
    /// Exactly one operand.
    Alt,
    /// The operand or nothing.
    Opt,
    /// The operand again and again.
    Loop(Turns),
    /// All operands, interleaved.
    Par,
    /// All arrows, interleaved: as `par` with one arrow an operand.
    Parallel,
    /// Weak sequencing, the default; a frame for drawing. WSD `serial` is this too.
    Seq,
    /// Every arrow complete before the next begins.
    Strict,
    /// The operand instead of the rest of the enclosing fragment.
    Break,
    /// Frames of the block are contiguous on each connection.
    Critical,
    /// Mermaid `critical … option`: try and recover; drawn, refused for a run.
    TryRecover,
    /// Must not complete.
    Neg,
    /// Frames that are not judged inside; the patterns as written.
    Ignore(Vec<String>),
    /// The only frames that are judged inside; the patterns as written.
    Consider(Vec<String>),
    /// No meaning of its own: everything is asserted.
    Assert,
    /// A frame for drawing: `group`, `partition`, `rect`, `section`. The first word after `group` is its name.
    Group,
    /// A coloured background (Mermaid `rect`), for drawing.
    Rect,
}

impl FragmentKind {
    /// The native keyword.
    pub fn keyword(&self) -> &'static str {
        match self {
            FragmentKind::Alt => "alt",
            FragmentKind::Opt => "opt",
            FragmentKind::Loop(_) => "loop",
            FragmentKind::Par => "par",
            FragmentKind::Parallel => "parallel",
            FragmentKind::Seq => "seq",
            FragmentKind::Strict => "strict",
            FragmentKind::Break => "break",
            FragmentKind::Critical | FragmentKind::TryRecover => "critical",
            FragmentKind::Neg => "neg",
            FragmentKind::Ignore(_) => "ignore",
            FragmentKind::Consider(_) => "consider",
            FragmentKind::Assert => "assert",
            FragmentKind::Group => "group",
            FragmentKind::Rect => "rect",
        }
    }
}

/// How often the body of a loop runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turns {
    /// `loop text`: no number given. Once where the tool begins it, any number where the server does.
    Free,
    /// `loop 3`, `loop 1..5`, `loop(1,5)`, `loop 0,*`.
    Between {
        /// At least so often.
        min: u32,
        /// At most so often; none is no limit.
        max: Option<u32>,
    },
}
