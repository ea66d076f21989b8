//! The order as lanes: short programs that each walk one thread of events.
//!
//! | lane | one for each | its steps |
//! | --- | --- | --- |
//! | cause | tested lifeline | await what the tool sends to it, let its own messages go |
//! | receive | connection of a client | the messages that it expects, in their order |
//! | tool | simulated lifeline | play its arrows, await what it receives |
//! | gate | tested lifeline, `--order diagram` | the same events once more: nothing is played before all above it is known |
//!
//! A lane holds only the fragments in which it has a step. Under `--order local` and `burst` there are no gates, and every
//! message is looked up ([`Look`]): it may come as soon as its cause was sent, ahead of its lane, which says when it is due.

use super::cause::Drawn;
use crate::order::{ArrowId, FragmentId, LifelineId};
use crate::wire::Channel;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// One step of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Step {
    /// Until that arrow was sent.
    AwaitSent(ArrowId),
    /// Until that arrow was received.
    AwaitReceived(ArrowId),
    /// This arrow may now be received.
    Emit(ArrowId),
    /// This arrow is expected here.
    Receive(ArrowId),
    /// This arrow must not be received from here on.
    Forbid(ArrowId),
    /// The tool plays this arrow when all its lanes have come here.
    Play(ArrowId),
    /// A choice; its operands are the blocks from there.
    Choice(FragmentId, u32),
    /// A loop; its body is that block.
    Loop(FragmentId, u32),
    /// So many blocks from there, interleaved.
    Par(u32, u32),
    /// A choice or loop in which this lane only lets messages go: it may pass without knowing what was chosen.
    Free(FragmentId),
    /// Into a scope: `ignore`, `consider`, `critical`.
    Enter(FragmentId),
    /// Out of it.
    Leave(FragmentId),
    /// Until it is quiet: something in this operand must never have come.
    Calm(FragmentId),
}

/// What a lane is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::oracle) enum LaneKind {
    Cause(LifelineId),
    Receive { client: LifelineId, tested: LifelineId, channel: Channel },
    Tool(LifelineId),
    Gate(LifelineId),
}

/// The lanes of a plan.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Lanes {
    pub kinds: Vec<LaneKind>,
    /// The first block of each lane.
    pub roots: Vec<u32>,
    pub blocks: Vec<Box<[Step]>>,
    /// Receive lanes by connection.
    pub receive: FxHashMap<(LifelineId, LifelineId, Channel), u32>,
    /// The lanes of each arrow.
    pub routes: Vec<Routes>,
    /// The receive lanes that wait for the passing of a free fragment.
    pub free: FxHashMap<FragmentId, Vec<u32>>,
    /// The lanes that have to know what was decided at a choice or loop.
    pub holders: FxHashMap<FragmentId, Vec<u32>>,
    /// The operands of a `par` whose blocks these are, on receive lanes.
    pub operands: BTreeMap<u32, (FragmentId, u32)>,
    /// Of these that are drawn alike, on one connection and with something to choose: a number, and the fragments inside.
    pub kin: FxHashMap<u32, (u32, (u32, u32))>,
    /// Rows of equal options, or of equal loops that may be left out, by block and first step: how many.
    pub rows: FxHashMap<(u32, u32), u32>,
    /// Loops of which a turn that says nothing at all is as if it had not been begun: see [`super::hollow`].
    pub hollow: FxHashSet<FragmentId>,
    /// How many loops stand around each fragment.
    pub depth: Vec<u32>,
    /// Observations that may come before their lane lets them go, or not when it does.
    pub looks: FxHashMap<u32, Look>,
    /// What an observation may follow from as well, each with the number of loops that stand around both.
    pub optional: FxHashMap<u32, Vec<(ArrowId, u32)>>,
    /// Arrows of the tool of which it must be known when they were sent.
    pub watched: FxHashSet<u32>,
    /// Where the nearest receive above a message is, for clients that run ahead.
    pub drawn: Drawn,
}

impl Lanes {
    /// Whether what comes on a receive lane is let go by this cause lane.
    pub fn is_from(&self, receive: u32, cause: u32) -> bool {
        let LaneKind::Receive { tested, .. } = self.kinds[receive as usize] else { return false };
        self.kinds[cause as usize] == LaneKind::Cause(tested)
    }
}

/// Where an observation's cause is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oracle) enum Look {
    /// This arrow, in the turn of so many loops that stand around both.
    Sent(ArrowId, u32),
    /// The nearest receive of this lifeline above it.
    Nearest(LifelineId),
}

/// Which lanes hear of an arrow; `NONE` where there is none.
#[derive(Clone, Copy, Debug)]
pub(in crate::oracle) struct Routes {
    /// Hears that it was sent.
    pub cause: u32,
    /// Its receive lane, where it is an observation.
    pub receive: u32,
    /// Hears that it was received, or plays it.
    pub tool: u32,
    /// Hears that it was received, or admits it.
    pub gate: u32,
    /// The outermost free fragment around it on its sender's cause lane: passing that is its emission.
    pub free: Option<FragmentId>,
}

/// No lane.
pub(in crate::oracle) const NONE: u32 = u32::MAX;
