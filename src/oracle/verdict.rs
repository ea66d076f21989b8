use crate::order::{ArrowId, FragmentId, LifelineId};
use crate::source::Span;
use crate::trace::{Evidence, Moment};
use crate::wire::{Channel, Raw};
use serde_json::Value;
use std::time::Duration;

/// How a run ended; a run's verdict only ever gets worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// All obligations met, quiet, nothing left over.
    #[default]
    Pass,
    /// What was observed does not decide.
    Inconclusive,
    /// A guarantee of the server is violated.
    Fail,
    /// seqcheck could not do its job.
    Error,
}

impl Verdict {
    /// The word that reports show.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Fail => "fail",
            Verdict::Error => "error",
        }
    }
}

/// What kind of fault a finding is; `docs/verdicts.md` has a page of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Expected, its stimuli issued, not seen when quiet.
    Missing,
    /// Missing at its deadline, seen afterwards.
    Late,
    /// Matches an expectation whose cause was not yet sent, or came before its drawn delay was over.
    Early,
    /// The right content at the wrong place of one connection.
    Reordered,
    /// The right type of message with other content, or a name that disagrees.
    WrongPayload,
    /// The right content at another client.
    Misrouted,
    /// Equal to a frame that was matched already on that connection.
    Duplicate,
    /// None of these.
    Unexpected,
    /// The server ended a connection, and nobody drew it.
    Closed,
}

impl Class {
    /// All classes with the words that name them.
    pub const ALL: [(Class, &'static str); 9] = [
        (Class::Missing, "missing"),
        (Class::Late, "late"),
        (Class::Early, "early"),
        (Class::Reordered, "reordered"),
        (Class::WrongPayload, "wrong payload"),
        (Class::Misrouted, "misrouted"),
        (Class::Duplicate, "duplicate"),
        (Class::Unexpected, "unexpected"),
        (Class::Closed, "closed"),
    ];

    /// The words that name it in reports.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|&(class, _)| class == self).map_or("unexpected", |(_, word)| word)
    }

    /// The class of a word as a person may write it: `wrong payload`, `wrong-payload`, `Wrong_Payload`.
    pub fn from_word(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase().replace(['-', '_'], " ");
        Self::ALL.into_iter().find(|&(_, word)| word == text).map(|(class, _)| class)
    }
}

/// What a play came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Root findings, the earliest line of the diagram first; the first is *the* finding. Known failures are not here.
    pub findings: Vec<Finding>,
    /// Findings at arrows marked `known-failure`.
    pub excused: Vec<Finding>,
    /// Known failures that no longer occur: a reason to fail ("mend the diagram").
    pub stale: Vec<ArrowId>,
    /// Why the verdict is inconclusive.
    pub doubts: Vec<Doubt>,
    /// Why the verdict is an error.
    pub trouble: Option<Trouble>,
    /// How it is known that nothing more came.
    pub evidence: Option<Evidence>,
    /// How long it was listened after the last message, at least.
    pub listened: Duration,
    /// Clients whose evidence is weaker than that.
    pub weaker: Vec<(LifelineId, Evidence)>,
    /// What became of every arrow that was reached, in the order in which things happened.
    pub marks: Vec<Mark>,
    /// Operands of the tool's choice that this play did not take.
    pub unplayed: Vec<(FragmentId, u32)>,
    /// Operands (or numbers of turns) that were taken, by whomever.
    pub taken: Vec<(FragmentId, u32)>,
    /// Set where the steps for explaining were used up: the findings account for everything, and fewer might do.
    pub fallback: bool,
}

/// What became of one arrow, or of one frame that no arrow drew.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The arrow; none for a frame that no arrow drew.
    pub arrow: Option<ArrowId>,
    /// The client.
    pub lifeline: LifelineId,
    /// On which of its connections.
    pub channel: Channel,
    /// When it was sent or observed.
    pub at: Option<Moment>,
    /// The index of the trace's entry.
    pub entry: Option<usize>,
    /// What it is.
    pub fate: Fate,
}

/// What became of an arrow or a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Sent by the tool.
    Sent,
    /// Observed as drawn.
    Passed,
    /// Observed, and not judged: `ignore`.
    Ignored,
    /// A finding of this class.
    Found(Class),
}

/// Another finding that explains a run as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Its kind of fault.
    pub class: Class,
    /// Its arrow.
    pub arrow: ArrowId,
}

/// One fault of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind of fault.
    pub class: Class,
    /// The arrow that went wrong: what was expected, or, for a frame that none drew, the arrow last passed.
    pub arrow: Option<ArrowId>,
    /// What explains the run as well, by an edit of the same size: those of the same class first.
    pub or: Vec<Tie>,
    /// The client at which it was seen.
    pub lifeline: LifelineId,
    /// On which of its connections.
    pub channel: Channel,
    /// The sentence that goes under the arrow: "Alice got this frame twice".
    pub what: String,
    /// The label under which the frame is known to the binding, where there is a frame and it has one.
    pub label: Option<String>,
    /// The frame.
    pub raw: Option<Raw>,
    /// The index of the trace's entry that is the frame.
    pub entry: Option<usize>,
    /// When the frame came.
    pub at: Option<Moment>,
    /// Where the frame differs from what the arrow wants.
    pub diff: Vec<Difference>,
    /// How long it took from its cause, and how long it should have taken.
    pub timing: Option<Timing>,
    /// The arrow that is its cause.
    pub cause: Option<Cause>,
    /// The arrow whose frame it repeats, precedes, or stands for.
    pub related: Option<ArrowId>,
    /// The client for which it was meant.
    pub meant_for: Option<LifelineId>,
    /// Where the binding was made that it contradicts.
    pub bound: Option<BoundBy>,
    /// What the tool was still waiting for when it gave up.
    pub pending: Vec<ArrowId>,
    /// The line that would allow it, ready to paste.
    pub allow: Option<String>,
    /// A word of help, such as the nearest label.
    pub help: Vec<String>,
    /// What follows from it, folded.
    pub consequences: Vec<Finding>,
}

impl Finding {
    /// The arrows that take part in it, each once: its own, its cause, the one for which it was taken or before which it
    /// came, the one that bound the name.
    pub fn parts(&self) -> Vec<ArrowId> {
        let others = [self.cause.map(|cause| cause.arrow), self.related, self.bound.as_ref().map(|bound| bound.arrow)];
        let mut parts: Vec<ArrowId> = Vec::new();
        for arrow in self.arrow.into_iter().chain(others.into_iter().flatten()) {
            if !parts.contains(&arrow) {
                parts.push(arrow);
            }
        }
        parts
    }
}

/// What a message follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The arrow.
    pub arrow: ArrowId,
    /// When it was complete; none where the message came and this had not been sent yet.
    pub complete: Option<Moment>,
    /// How that is known.
    pub by: By,
}

/// How it is known what a message follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// It is drawn so.
    Drawn,
    /// They have values in common, which others have not: a text, an id, a name.
    Values,
    /// It was the last that can have caused it; perhaps it was another.
    Last,
}

/// One place where a frame differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: `text`, `args[0].id`; empty for the whole.
    pub path: String,
    /// What was expected there; none where nothing was.
    pub expected: Option<Value>,
    /// What was found there; none where nothing was.
    pub found: Option<Value>,
}

/// A measured time and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// What was measured from the cause; none where it never came.
    pub measured: Option<Duration>,
    /// Not earlier than this.
    pub at_least: Option<Duration>,
    /// Not later than this.
    pub at_most: Option<Duration>,
}

/// Where a binding was made.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundBy {
    /// The name in the diagram.
    pub name: String,
    /// What it stands for.
    pub value: Value,
    /// The arrow.
    pub arrow: ArrowId,
}

/// Why a verdict is inconclusive.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// The kind.
    pub reason: Reason,
    /// What could not be told, in a sentence.
    pub text: String,
    /// The lines that it is about.
    pub spans: Vec<Span>,
}

/// The kinds of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// I1: an order that nothing confirms matters.
    Unconfirmed,
    /// I2: the branch that was taken cannot be told.
    UnknownBranch,
    /// I3: tool and server chose at the same time.
    Collision,
    /// I4: the record starts late or has gaps.
    Gaps,
}

impl Reason {
    /// The code that reports show.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Unconfirmed => "I1",
            Reason::UnknownBranch => "I2",
            Reason::Collision => "I3",
            Reason::Gaps => "I4",
        }
    }
}

/// Why seqcheck could not do its job.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// A stable word: `connect`, `dns`, `tls`, `launch`, `limit`, `harness`, ….
    pub kind: &'static str,
    /// What happened, with the address or the limit by name.
    pub message: String,
    /// Ways out.
    pub help: Vec<String>,
    /// The lines that it is about.
    pub spans: Vec<Span>,
}
