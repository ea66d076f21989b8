use crate::diagram::{Frames, ParticipantId};
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Index into [`Order::lifelines`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LifelineId(pub u32);

/// Index into [`Order::arrows`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArrowId(pub u32);

/// Index into [`Order::fragments`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FragmentId(pub u32);

/// A diagram as events, causality and choice, for one casting of roles.
///
/// Every arrow is two events, its send and its receive. The tree of blocks says which lifeline meets which event after
/// which other; the orders themselves (visual, enforceable, cause) are in [`super::relation`].
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Who dials whom, by a connect or a request.
    pub dials: BTreeSet<(LifelineId, LifelineId)>,
    /// Everybody, participants with `#@ clients` unfolded.
    pub lifelines: Vec<Lifeline>,
    /// Every message, in the order of the text; an arrow to many is one for each.
    pub arrows: Vec<Arrow>,
    /// Every fragment, outer ones before inner ones.
    pub fragments: Vec<Fragment>,
    /// The body of the diagram.
    pub root: Block,
    /// Time bounds between the ends of two arrows (PlantUML anchors).
    pub bounds: Vec<Bound>,
    /// Delays drawn below the last arrow: so long the run goes on watching.
    pub tail: Duration,
}

/// Nodes in the order of the text.
pub type Block = Vec<Node>;

/// One member of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A message.
    Arrow(ArrowId),
    /// A fragment.
    Fragment(FragmentId),
}

/// One lifeline of a run.
#[derive(Clone, Debug)]
pub struct Lifeline {
    /// The id as arrows write it; `Watcher7` where `#@ clients` unfolded it.
    pub name: Arc<str>,
    /// The drawn name.
    pub label: Arc<str>,
    /// The participant that was drawn.
    pub participant: ParticipantId,
    /// Who plays it.
    pub role: Role,
}

/// Who plays a lifeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The tool.
    Simulated,
    /// The software under test.
    Tested,
    /// Nobody: a person, a user interface, a model. Its messages are drawn and order what is around them, and nothing of
    /// them is on the wire.
    Silent,
}

/// One end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A lifeline.
    Lifeline(LifelineId),
    /// The edge of the drawing.
    Outside,
}

impl Point {
    /// The lifeline, where it is one.
    pub fn lifeline(self) -> Option<LifelineId> {
        match self {
            Point::Lifeline(lifeline) => Some(lifeline),
            Point::Outside => None,
        }
    }
}

/// One message.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// The sender.
    pub from: Point,
    /// The receiver.
    pub to: Point,
    /// The label, variables put in.
    pub label: Arc<str>,
    /// Its number as drawn: the first arrow of the text is 1. Arrows unfolded from one share it.
    pub number: u32,
    /// Its line in the text.
    pub line: u32,
    /// The statement.
    pub span: Span,
    /// The innermost fragment and operand around it.
    pub inside: Option<(FragmentId, u32)>,
    /// What directives, delays and the drawing say of it.
    pub traits: Traits,
}

/// What directives, delays and the drawing say of an arrow.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// The sum of the delays drawn between the arrow above and this one, whichever fragments stand between.
    pub delay: Option<Duration>,
    /// The delays drawn right above it in its own block, below what stands above it there.
    pub drawn: Duration,
    /// The delays above it where all is left out above it that may be: no way to it has more, but for the turns of loops.
    pub most: Duration,
    /// Loops whose body begins with it, from the innermost: the delays drawn between the end of one turn and it, in the
    /// next. What is drawn above such a loop is not above its further turns.
    pub again: Vec<(FragmentId, Duration)>,
    /// At most so long after its cause.
    pub within: Option<Duration>,
    /// At least so long after its cause.
    pub after: Option<Duration>,
    /// Must not happen before the enclosing scope is quiet.
    pub never: bool,
    /// The sender cuts the connection behind it.
    pub lost: bool,
    /// The label is the frame's text itself.
    pub raw: bool,
    /// Not before these are complete.
    pub depends: Vec<ArrowId>,
    /// A finding here does not fail the run, for this reason.
    pub known_failure: Option<Arc<str>>,
    /// The clause that it tests, and where that stands.
    pub quote: Option<(Arc<str>, Arc<str>)>,
    /// Findings of lint that the author accepts here.
    pub allowed: Vec<Allowed>,
}

/// A finding of lint that the author accepts: `#@ allow SQ104 REASON`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The code, as it is written.
    pub code: Arc<str>,
    /// The directive.
    pub span: Span,
}

impl Traits {
    /// Whether nothing distinguishes the arrow beyond its ends and its label.
    pub fn is_plain(&self) -> bool {
        self.delay.is_none()
            && self.most.is_zero()
            && self.again.iter().all(|(_, delay)| delay.is_zero())
            && self.within.is_none()
            && self.after.is_none()
            && !self.never
            && !self.lost
            && !self.raw
            && self.depends.is_empty()
            && self.known_failure.is_none()
            && self.quote.is_none()
    }
}

/// One fragment.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// What it means.
    pub kind: Kind,
    /// The word that the author wrote.
    pub keyword: &'static str,
    /// The line that opens it.
    pub line: u32,
    /// The statement.
    pub span: Span,
    /// The innermost fragment and operand around it.
    pub inside: Option<(FragmentId, u32)>,
    /// The delays drawn right above it in its block.
    pub delay: Duration,
    /// Its operands.
    pub operands: Vec<Operand>,
    /// `break` inside a loop: where operand 0 is taken, this loop takes no further turn.
    pub leaves: Option<FragmentId>,
    /// Findings of lint that the author accepts here.
    pub allowed: Vec<Allowed>,
}

/// One operand of a fragment.
#[derive(Clone, Debug, Default)]
pub struct Operand {
    /// The condition or name beside the keyword.
    pub guard: Arc<str>,
    /// The line that opens it; 0 for an operand that is not drawn (the other side of `opt`).
    pub line: u32,
    /// Its nodes.
    pub body: Block,
    /// The delays drawn at its end, below all its nodes.
    pub below: Duration,
    /// Who may begin it.
    pub begins: Begins,
}

/// Who may begin something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Begins {
    /// The tool may send first.
    pub tool: bool,
    /// The software under test may send first, seen by the tool.
    pub server: bool,
    /// It may also be over without a visible event.
    pub nothing: bool,
}

/// What a fragment means once drawing, `ref` and `break` are resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Exactly one operand: `alt`; `opt` (second operand empty); `break` (second operand the rest of the block).
    Choice(Chooser),
    /// The operand, again and again.
    Loop {
        /// At least so often.
        min: u32,
        /// At most so often; none is no limit.
        max: Option<u32>,
        /// Who begins a turn.
        chooser: Chooser,
        /// No number was written: once where the tool begins a turn, any number where the server does.
        free: bool,
    },
    /// All operands, interleaved.
    Par,
    /// The tool's sends wait for all that is drawn above them in the operand.
    Strict,
    /// Frames of the block are contiguous on each connection.
    Critical,
    /// Frames that are not judged inside (`ignore`), or the only ones judged (`consider`).
    Region {
        /// `consider` rather than `ignore`.
        consider: bool,
        /// The frames. Participants in them are those of the diagram; see [`Lifeline::participant`].
        frames: Vec<Frames>,
    },
    /// A frame without meaning: `seq`, `assert`, `group`, an inlined `ref`.
    Frame,
}

/// Who decides at a choice or a loop: by whom the operands that are not empty begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chooser {
    /// All begin with something that the tool sends.
    Tool,
    /// All begin with something that the software under test sends.
    Server,
    /// Some begin so, some so.
    Mixed,
    /// None has an event that anybody could see, or all that the software under test may take say the same.
    Nobody,
}

/// A bound on the time between the ends of two arrows.
#[derive(Clone, Debug)]
pub struct Bound {
    /// From there.
    pub from: ArrowId,
    /// To there.
    pub to: ArrowId,
    /// At most so long.
    pub at_most: Duration,
    /// The statement.
    pub span: Span,
}

impl Order {
    /// A lifeline by id.
    pub fn lifeline(&self, id: LifelineId) -> &Lifeline {
        &self.lifelines[id.0 as usize]
    }

    /// Whether somebody dials a lifeline: it is a server, or stands between others, as gateways do.
    pub fn is_dialled(&self, id: LifelineId) -> bool {
        self.dials.iter().any(|(_, server)| *server == id)
    }

    /// Whether a lifeline dials somebody.
    pub fn dials(&self, id: LifelineId) -> bool {
        self.dials.iter().any(|(client, _)| *client == id)
    }

    /// Whether a lifeline is one of several that one participant stands for (`#@ clients`).
    pub fn is_unfolded(&self, id: LifelineId) -> bool {
        let drawn = self.lifeline(id).participant;
        self.lifelines.iter().filter(|other| other.participant == drawn).count() > 1
    }

    /// An arrow by id.
    pub fn arrow(&self, id: ArrowId) -> &Arrow {
        &self.arrows[id.0 as usize]
    }

    /// A fragment by id.
    pub fn fragment(&self, id: FragmentId) -> &Fragment {
        &self.fragments[id.0 as usize]
    }

    /// The fragments around an arrow and the operands that it stands in, from the inside.
    pub fn around<'a>(&'a self, arrow: &Arrow) -> impl Iterator<Item = (FragmentId, u32)> + use<'a> {
        std::iter::successors(arrow.inside, |(fragment, _)| self.fragment(*fragment).inside)
    }

    /// The lifeline of this name.
    pub fn find(&self, name: &str) -> Option<LifelineId> {
        let index = self.lifelines.iter().position(|lifeline| *lifeline.name == *name)?;
        Some(LifelineId(index as u32))
    }

    /// Whether this end is on the side of the tool: simulated, or silent.
    pub fn simulated(&self, point: Point) -> bool {
        point.lifeline().is_some_and(|id| match self.lifeline(id).role {
            Role::Simulated | Role::Silent => true,
            Role::Tested => false,
        })
    }

    /// Whether a lifeline is dialled by another, and does not dial it.
    pub fn is_dialled_by(&self, server: LifelineId, client: LifelineId) -> bool {
        self.dials.contains(&(client, server)) && !self.dials.contains(&(server, client))
    }

    /// Whether the tool plays the server of these two: its own lifeline is dialled by the other.
    pub fn serves(&self, own: LifelineId, other: LifelineId) -> bool {
        self.lifeline(own).role == Role::Simulated && self.is_dialled_by(own, other)
    }

    /// Whether the sender of an arrow is its client. Where neither end dials the other, the simulated one is.
    pub fn client_sends(&self, arrow: &Arrow) -> bool {
        match (arrow.from.lifeline(), arrow.to.lifeline()) {
            (Some(from), Some(to)) if self.is_dialled_by(to, from) => true,
            (Some(from), Some(to)) if self.is_dialled_by(from, to) => false,
            _ => self.simulated(arrow.from),
        }
    }

    /// Whether an arrow runs between a silent lifeline and the software under test: nobody plays it, nobody sees it.
    pub fn unseen(&self, arrow: &Arrow) -> bool {
        let role = |point: Point| point.lifeline().map(|id| self.lifeline(id).role);
        let ends = [role(arrow.from), role(arrow.to)];
        ends.contains(&Some(Role::Silent)) && ends.contains(&Some(Role::Tested))
    }

    /// Every arrow with its id, in the order of the text.
    pub fn arrow_ids(&self) -> impl Iterator<Item = (ArrowId, &Arrow)> {
        self.arrows.iter().enumerate().map(|(index, arrow)| (ArrowId(index as u32), arrow))
    }
}
