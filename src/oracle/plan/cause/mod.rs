//! What a message of a tested lifeline follows from (`docs/semantics.md`, "Causes").
//!
//! Of everything that the tool sends, one message is the cause of what comes back: a server may answer as soon as it has
//! that one, whatever else is drawn above. [`find`] reads it off the labels and off who asked; where neither tells, the
//! drawing does ([`Drawn`]).

mod coming;
mod drawn;
mod facts;
mod find;

pub(in crate::oracle) use drawn::Drawn;
pub(in crate::oracle) use facts::People;
pub(super) use facts::{beside, happens_before, in_sequence, recurs, shared_loops};

use super::planned::{Part, Planned};
use crate::order::{ArrowId, Order};

/// Finds the cause of every observation that has one beside the drawing.
pub(super) fn attribute(order: &Order, planned: &mut [Planned]) {
    let found = find::causes(order, planned);
    let optional = find::optional(order, planned);
    for (id, cause) in found {
        planned[id.0 as usize].cause = Some(cause);
    }
    for (id, optional) in optional {
        planned[id.0 as usize].optional = optional;
    }
}

/// Tells which messages may come sooner than all that is drawn above them has been sent.
pub(super) struct Ahead<'a> {
    order: &'a Order,
    planned: &'a [Planned],
    /// How many arrows before each the tool sends.
    sends: Vec<u32>,
}

impl<'a> Ahead<'a> {
    pub fn new(order: &'a Order, planned: &'a [Planned]) -> Self {
        let mut sends = Vec::with_capacity(planned.len() + 1);
        let mut count = 0;
        sends.push(count);
        for plan in planned {
            count += u32::from(plan.part == Part::Stimulus);
            sends.push(count);
        }
        Ahead { order, planned, sends }
    }

    /// Whether something else that the tool sends to the same lifeline is drawn before a message and not before its cause.
    pub fn is(&self, came: ArrowId, cause: ArrowId) -> bool {
        let none_between = self.sends[came.0 as usize] == self.sends[cause.0 as usize + 1];
        let plain = self.order.arrow(cause).inside == self.order.arrow(came).inside;
        !(none_between && plain) && facts::between(self.order, self.planned, came, cause)
    }
}
