//! How one arrow takes part in a run, and who binds its label to frames.

use crate::order::{ArrowId, Fragment, FragmentId, LifelineId, Order};
use crate::source::Diagnostic;
use crate::wire::{Channel, Expectation, Resolved};
use std::sync::Arc;
use std::time::Duration;

/// What binds the labels of an order to frames; the driver implements it over its binding.
pub trait Resolver {
    /// What one arrow is on the wire.
    ///
    /// # Errors
    /// A label without a rule, or with two; with the nearest rules as help.
    fn arrow(&self, order: &Order, id: ArrowId) -> Result<Resolved, Diagnostic>;
    /// The frames that a pattern of `ignore` or `consider` speaks of.
    ///
    /// # Errors
    /// A pattern that fits no rule.
    fn frames(&self, pattern: &str, fragment: &Fragment) -> Result<Vec<Expectation>, Diagnostic>;
    /// Frames that are not judged anywhere in this run (`--ignore`).
    fn ignored(&self) -> Vec<Expectation> {
        Vec::new()
    }
    /// The names of the diagram that an arrow uses: its opaque holes.
    fn names(&self, resolved: &Resolved) -> Vec<Arc<str>>;
}

/// How one arrow takes part in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The tool sends it to the software under test.
    Stimulus,
    /// The software under test sends it to the tool.
    Observation,
    /// Between two simulated lifelines: a synchronisation.
    Local,
    /// Between lifelines under test: it contributes order.
    Hidden,
}

/// How the cause of a message is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Its label has values of the cause's label, names who sent it, or is named by it.
    Values,
    /// It answers a request of the client that gets it.
    Request,
}

/// The message of the tool without which another cannot come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// What the tool sends.
    pub arrow: ArrowId,
    /// How that is known.
    pub by: Basis,
}

/// What a message may follow from: its cause, and what need not have been sent.
pub(in crate::oracle) type Follows<'a> = (Option<ArrowId>, &'a [ArrowId]);

/// One arrow, ready to be played or checked.
#[derive(Debug)]
pub struct Planned {
    /// How it takes part.
    pub part: Part,
    /// What it is on the wire; none for arrows that nobody plays or checks.
    pub resolved: Option<Resolved>,
    /// On which of the client's connections.
    pub channel: Channel,
    /// It is complete only when it was answered: a handshake, a Close, several frames for one arrow.
    pub exchange: bool,
    /// Clients whose echo has to be answered before this is sent: nothing else tells that the server has handled what
    /// they sent.
    pub confirm: Vec<LifelineId>,
    /// What nothing can confirm before this is sent (a connection dropped without a word).
    pub blind: Vec<ArrowId>,
    /// What those clients have sent last, and no frame above tells to be handled.
    pub unconfirmed: Vec<ArrowId>,
    /// Not before these are complete: `depends`, and `strict` around it.
    pub after: Vec<ArrowId>,
    /// A wait that is drawn as a message to oneself: `wait 3s`.
    pub wait: Duration,
    /// The nearest arrow above with another number: what a drawn delay is measured from.
    pub above: Option<ArrowId>,
    /// The longest `#@ after` of what the same lifeline says above: it may say nothing else before that is over.
    pub behind: Duration,
    /// An observation: what it follows from, where labels or the client tell. Else the drawing decides.
    pub cause: Option<Origin>,
    /// An observation: what it may follow from as well, where that was sent, which it need not have been.
    pub optional: Vec<ArrowId>,
    /// An observation: its client needs a value of it for a frame, and waits for it also where it runs ahead.
    pub needed: bool,
    /// Alone in its operand of a `par`: it may stand for its equal twin there.
    pub alone: Option<FragmentId>,
    /// In a `par`, where its operand is nothing but plain messages of one connection: what is said there and what that follows
    /// from, by number, and the place in it. Where two operands that say the same have come equally far, nobody can tell them apart.
    pub chain: Option<(FragmentId, u32, u32)>,
}

impl Planned {
    /// The texts that it says on the wire; none where nobody plays or checks it.
    pub fn hole_texts(&self) -> Vec<&str> {
        self.resolved.as_ref().map(Resolved::hole_texts).unwrap_or_default()
    }

    /// Everything that it may follow from, where the drawing alone does not tell.
    pub(in crate::oracle) fn follows(&self) -> Follows<'_> {
        (self.cause.map(|cause| cause.arrow), &self.optional)
    }
}
