//! Before a client ends its connection: what the server has said by then is not lost, nor excused, by its going.

use super::Driver;
use crate::diagram::OrderMode;
use crate::oracle::{Ready, Trouble};
use crate::trace::Moment;
use crate::wire::Resolved;
use std::time::Duration;

/// So much is taken in before a client goes: a server that never stops does not hold up the play.
const LOOKED: u32 = 64;

/// So long it is listened behind what came last on any connection: what a server says at once comes in several pieces.
const MOMENT: Duration = Duration::from_millis(5);

impl Driver<'_> {
    /// Takes in what has come where a client is about to end its connection; whether there was anything, or is to be waited
    /// for.
    pub(super) async fn takes_in_before(&mut self, all: &[Ready], now: Moment) -> Result<bool, Trouble> {
        let ends = |ready: &Ready| {
            ready.not_before <= now
                && matches!(
                    self.stage.plan.planned(ready.arrow).resolved,
                    Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents)
                )
        };
        if self.looked >= LOOKED || !all.iter().any(ends) {
            self.looked = 0;
            return Ok(false);
        }
        self.looked += 1;
        // Whoever runs ahead waits for nobody.
        let listens = !self.stage.virtual_time && self.stage.judging.order == OrderMode::Diagram;
        let until = self.heard.plus(MOMENT);
        if listens && now < until {
            self.step(until).await?;
            return Ok(true);
        }
        let Some((ticket, event)) = self.line.left_over().await else {
            self.looked = 0;
            return Ok(false);
        };
        self.hear(ticket, event)?;
        Ok(true)
    }
}
