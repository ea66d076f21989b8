use super::ParticipantId;
use crate::source::Span;
use std::time::Duration;

/// A directive that holds for the whole file: written before or between the first statements.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `#@ binding chat` or `#@ binding ./mine.toml`
    Binding(String, Span),
    /// `#@ timeout 5s`
    Timeout(Duration, Span),
    /// `#@ settle 200ms`
    Settle(Duration, Span),
    /// `#@ seed 7`
    Seed(u64, Span),
    /// `#@ order burst`
    Order(OrderMode, Span),
    /// `#@ simulate A, B`: names as written, since they may be drawn later.
    Simulate(Vec<String>, Span),
    /// `#@ test Server`
    Test(Vec<String>, Span),
    /// `#@ server = Gateway, Hub, Redis`: these lifelines are one server under test.
    Server(Vec<String>, Span),
    /// `#@ silent User, Model`: nothing of these lifelines is on the wire.
    Silent(Vec<String>, Span),
    /// `#@ var name = value`
    Var {
        /// The name in `${name}`.
        name: String,
        /// Its value.
        value: String,
        /// The directive.
        span: Span,
    },
    /// `#@ expect fail misrouted`: the outcome that this scenario documents, as words.
    Expect {
        /// `fail`, `inconclusive` or `pass`.
        verdict: String,
        /// The class of the finding.
        class: Option<String>,
        /// The directive.
        span: Span,
    },
    /// `#@ needs auth=required, heartbeat=2s`: key and, where there is one, value.
    Needs(Vec<(String, Option<String>)>, Span),
    /// `#@ tags smoke, slow`
    Tags(Vec<String>, Span),
    /// `#@ skip REASON`
    Skip(String, Span),
    /// `#@ clients Watcher = 50`
    Clients(Clients),
    /// `#@ breaks line-feed`: what a break of the line in a label is, where it is not what the language says.
    Breaks(Breaks, Span),
}

/// `#@ clients Watcher = 50`
#[derive(Clone, Debug, PartialEq)]
pub struct Clients {
    /// The participant as written.
    pub name: String,
    /// How many lifelines it stands for.
    pub count: u32,
    /// The directive.
    pub span: Span,
}

/// What a break of the line in a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breaks {
    /// A line feed, as in Mermaid.
    LineFeed,
    /// The two signs `\n`, as in seq and PlantUML.
    BackslashN,
}

impl Breaks {
    /// Both, with the words that name them.
    pub const ALL: [(Breaks, &'static str); 2] = [(Breaks::LineFeed, "line-feed"), (Breaks::BackslashN, "backslash-n")];

    /// The word that names it.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(breaks, _)| breaks == self).map_or("line-feed", |(_, word)| word)
    }
}

/// When a simulated client sends; see `docs/semantics.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderMode {
    /// When everything drawn above it on the tested lifeline is known to have happened.
    #[default]
    Diagram,
    /// When its own events above it have happened.
    Local,
    /// As fast as the connection takes it.
    Burst,
}

impl OrderMode {
    /// All modes with the word that names them.
    pub const ALL: [(OrderMode, &'static str); 3] =
        [(OrderMode::Diagram, "diagram"), (OrderMode::Local, "local"), (OrderMode::Burst, "burst")];

    /// The word that names this mode.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(mode, _)| mode == self).map_or("diagram", |(_, word)| word)
    }
}

/// A directive in the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// What it says.
    pub kind: DirectiveKind,
    /// The directive.
    pub span: Span,
}

/// What a directive in the body says.
#[derive(Clone, Debug, PartialEq)]
pub enum DirectiveKind {
    /// `within 500ms`: the next arrow comes at most so long after its cause.
    Within(Duration),
    /// `after 3s`: the next arrow comes no earlier than so long after its cause.
    After(Duration),
    /// `between 2.5s and 4s`
    Between(Duration, Duration),
    /// `never`: the next arrow or fragment must not happen before the enclosing scope is quiet.
    Never,
    /// `unordered`: no order among the next arrows up to a blank line, or in the next fragment.
    Unordered,
    /// `depends 4`, `depends "label"`: the next arrow comes not before that one is complete.
    Depends(ArrowRef),
    /// `known-failure REASON`: a finding at the next arrow does not fail the run.
    KnownFailure(String),
    /// `ignore [A,B:] PATTERN`, to the end of the block.
    Ignore(Frames),
    /// `consider [A,B:] PATTERN`, to the end of the block.
    Consider(Frames),
    /// `quote "…" SOURCE`: the clause that the next arrow tests.
    Quote {
        /// The clause.
        text: String,
        /// Where it stands.
        source: String,
    },
    /// `raw`: the next label is the frame's text itself.
    Raw,
    /// `allow SQ104 REASON`: a finding of lint at the next arrow or fragment is accepted.
    Allow {
        /// The code.
        code: String,
        /// Why; may be empty.
        reason: String,
    },
}

/// The frames that `ignore` and `consider` speak of.
#[derive(Clone, Debug, PartialEq)]
pub struct Frames {
    /// At these participants only; empty is everywhere.
    pub at: Vec<ParticipantId>,
    /// A pattern for labels.
    pub pattern: String,
}

/// Another arrow.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrowRef {
    /// By its number: the first drawn arrow is 1.
    Number(u32),
    /// By its label: the nearest above with that label.
    Label(String),
}
