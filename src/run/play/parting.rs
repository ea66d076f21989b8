//! Before a client ends its connection: what the server has said by then is not lost, nor excused, by its going. And before a
//! server says something to its client: what that has said by then it did not say for it.

use super::Driver;
use crate::diagram::OrderMode;
use crate::oracle::{Ready, Trouble};
use crate::trace::Moment;
use crate::wire::Resolved;
use std::time::Duration;

/// So much is taken in before: who never stops does not hold up the play.
const LOOKED: u32 = 64;

/// So long it is listened behind what came last on any connection: what a server says at once comes in several pieces.
const MOMENT: Duration = Duration::from_millis(5);

impl Driver<'_> {
    /// Takes in what has come where a client is about to end its connection, or is about to be told something; whether there was
    /// anything, or is to be waited for.
    pub(super) async fn takes_in_before(&mut self, all: &[Ready], now: Moment) -> Result<bool, Trouble> {
        let ends = |ready: &Ready| {
            ready.not_before <= now
                && matches!(
                    self.stage.plan.planned(ready.arrow).resolved,
                    Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents)
                )
        };
        let going = all.iter().any(ends);
        if self.looked >= LOOKED || !(going || all.iter().any(|ready| self.tells(ready, now))) {
            self.looked = 0;
            return Ok(false);
        }
        self.looked += 1;
        // Whoever runs ahead waits for nobody.
        let listens = going && !self.stage.virtual_time && self.stage.judging.order == OrderMode::Diagram;
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

    /// Whether a client is to be told something on its socket, which it may answer.
    fn tells(&mut self, ready: &Ready, now: Moment) -> bool {
        let pair = (ready.lifeline, ready.to);
        let says = ready.not_before <= now
            && self.stage.plan.order().serves(pair.0, pair.1)
            && matches!(self.stage.plan.planned(ready.arrow).resolved, Some(Resolved::Send(_) | Resolved::Close(_)));
        let socket = self.line.conns.get(pair).filter(|_| says).and_then(|conn| conn.socket);
        socket.is_some_and(|ticket| self.line.links.has_spoken(ticket))
    }
}
