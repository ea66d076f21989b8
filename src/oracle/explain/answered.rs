//! The answer to a request that differs from what is drawn: what no other order of the sends can change of it.

use super::blame::{Blame, Frame};
use super::pair::Pair;
use crate::oracle::verdict::Difference;
use crate::order::{ArrowId, LifelineId};
use crate::wire::{Channel, Observed};
use serde_json::Value;

impl Blame<'_> {
    /// Whether a request has another answer than drawn in whatever order it and what others sent was handled.
    ///
    /// Where nobody was let in meanwhile who had not been when it was made, its status is what the server makes of the request
    /// alone. Of what a request says itself and the answer repeats, no order makes something that nobody said.
    pub(super) fn is_answered_otherwise(&self, pair: &Pair, frame: Frame<'_>) -> bool {
        let plan = &self.oracle.plan;
        let Some(id) = pair.item.map(|key| ArrowId(key.0)) else { return false };
        let asked = self.pairs.cause(id).filter(|cause| plan.client(*cause) == plan.client(id));
        let (Some(asked), Observed::Status { .. }) = (asked, frame.observed) else { return false };
        if plan.planned(asked).channel != Channel::Http {
            return false;
        }
        let differences = self.differences(id, frame);
        if differences.iter().any(|at| at.path == "status") {
            return self
                .pairs
                .all_around(Some(asked))
                .iter()
                .all(|open| !open.gone && open.later == asked && self.was_accepted(open.earlier, asked));
        }
        let said = |text: &str| self.pairs.sent_before(frame.entry).any(|sent| self.pairs.says(sent, text).is_some());
        let changed = |at: &Difference| match (&at.expected, &at.found) {
            (Some(Value::String(drawn)), Some(Value::String(found))) => {
                self.pairs.says(asked, drawn) == Some(false) && !said(found)
            }
            _ => false,
        };
        differences.iter().any(changed)
    }

    /// Whether a client had been let in, or its event stream been opened, when something else was sent.
    fn was_accepted(&self, opens: ArrowId, sent: ArrowId) -> bool {
        let (plan, entries) = (&self.oracle.plan, &self.oracle.record.entries);
        let opened = plan.planned(opens).resolved.as_ref().and_then(crate::wire::Resolved::opens);
        let (Some(channel), Some(client)) = (opened, plan.client(opens)) else { return false };
        let (Some(from), Some(until)) = (self.pairs.sent_at(opens), self.pairs.sent_at(sent)) else { return false };
        let meanwhile = entries.get(from..until).unwrap_or_default();
        meanwhile.iter().any(|entry| match channel {
            Channel::Socket => matches!(entry.event, crate::trace::Event::Done { arrow, .. } if arrow == opens.0),
            Channel::Events | Channel::Http => entry.event.received().is_some_and(|it| {
                let accepted = matches!(it.observed, Observed::Status { code, .. } if *code < 400);
                accepted && it.channel == channel && (LifelineId(it.lifeline), LifelineId(it.from)) == client
            }),
        })
    }
}
