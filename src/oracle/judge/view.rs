//! What the driver may read of a play that is judged.

use super::Oracle;
use crate::oracle::api::Ready;
use crate::oracle::plan::Plan;
use crate::order::ArrowId;
use crate::trace::{Entry, Event};
use crate::wire::Memory;
use std::sync::Arc;

impl Oracle {
    /// The plan that is judged.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What is known for building frames.
    pub fn memory(&self) -> Option<&Memory> {
        self.readings.configs.first().map(|config| &config.memory)
    }

    /// Names of the diagram that are fresh in this turn; for the viewer of an arrow about to be played.
    pub fn scopes(&self, ready: &Ready) -> Vec<(Arc<str>, u32)> {
        self.plan.scopes(ready.arrow, ready.turn, &self.readings.turns)
    }

    /// Everything told so far, in the order in which it was told.
    pub fn log(&self) -> &[Entry] {
        &self.record.entries
    }

    /// The arrow as which the last observation was taken; none where no arrow draws it.
    pub fn last_matched(&self) -> Option<ArrowId> {
        let received = |entry: &Entry| matches!(entry.event, Event::Received { .. });
        let last = self.record.entries.iter().rposition(received)?;
        self.record.matched.last().filter(|(entry, _)| *entry == last).map(|(_, key)| ArrowId(key.0))
    }

    /// Whether a violation was seen or an obligation is overdue: nothing more is played.
    pub fn failing(&self) -> bool {
        self.overdue || self.record.has_fault() || self.trouble.is_some()
    }

    /// Whether the play has come to its end: all that was drawn, or a violation, or an error.
    pub fn is_finished(&self) -> bool {
        self.finished
    }
}
