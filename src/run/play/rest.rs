//! What has begun to come and is not whole when the verdict is due.

use super::Driver;
use super::conn::{Conn, Pair, Purpose};
use crate::net::Ticket;
use crate::oracle::Trouble;
use crate::source::elapsed_words;
use crate::trace::Moment;
use crate::wire::{Channel, Observed, Raw};

/// A connection on which something has begun, and how many bytes of that have come.
struct Begun {
    pair: Pair,
    ticket: Ticket,
    channel: Channel,
    bytes: usize,
}

impl Driver<'_> {
    /// Waits for the rest of a message, or of an event, of which a part has come by the end of the window, for the timeout at
    /// most; what is not whole by then is told as bytes that cannot be read. Whether there was something to wait for.
    pub(super) async fn await_rest(&mut self, now: Moment, end: Moment) -> Result<bool, Trouble> {
        // What is wrong already stays what it is.
        if self.oracle.failing() {
            return Ok(false);
        }
        let begun: Vec<Begun> =
            self.begun().into_iter().filter(|begun| !self.quiet.torn.contains(&begun.ticket)).collect();
        if begun.is_empty() {
            return Ok(false);
        }
        let timeout = self.stage.settled.timeout;
        let until = end.plus(timeout);
        if now < until {
            self.step(until).await?;
            return Ok(true);
        }
        for Begun { pair, ticket, channel, bytes } in begun {
            self.quiet.torn.insert(ticket);
            let why = format!("{}, and not the rest within {}", part(channel, bytes), elapsed_words(timeout));
            self.tell(now, pair, channel, Observed::Garbled { raw: Raw::Binary([].into()), why });
        }
        Ok(true)
    }

    fn begun(&self) -> Vec<Begun> {
        let links = &self.line.links;
        let of = |conn: &Conn| {
            let socket = conn.socket.filter(|_| !conn.paused).map(|ticket| (ticket, Channel::Socket));
            let streams = conn.streams.iter().map(|ticket| (*ticket, Channel::Events));
            let begun = |(ticket, channel)| {
                let bytes = links.link(ticket).begun()?;
                Some(Begun { pair: conn.pair, ticket, channel, bytes })
            };
            socket.into_iter().chain(streams).filter_map(begun).collect::<Vec<_>>()
        };
        self.line.conns.iter().flat_map(of).collect()
    }

    /// Remarks on what was still on its way when the verdict was due: parts of messages, where something else was wrong
    /// already, and answers that no arrow draws.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let name = |pair: Pair| &self.stage.plan.order().lifeline(pair.0).name;
        let parts = self.begun().into_iter().filter(|begun| !self.quiet.torn.contains(&begun.ticket)).map(|begun| {
            format!(
                "when the verdict was due, {} had only begun: {}",
                name(begun.pair),
                part(begun.channel, begun.bytes)
            )
        });
        let asked = self.line.conns.iter().filter_map(|conn| {
            let own = |purpose: &Purpose| matches!(purpose, Purpose::Arrow | Purpose::Poll(_));
            let asking = conn.asking.as_ref().filter(|asking| own(&asking.purpose))?;
            let within = elapsed_words(self.stage.settled.timeout);
            Some(format!("{} had no whole answer to {} within {within}", name(conn.pair), asking.what))
        });
        let asked = asked.filter(|_| !self.oracle.failing());
        parts.chain(asked).collect()
    }
}

fn part(channel: Channel, bytes: usize) -> String {
    let what = if channel == Channel::Events { "an event" } else { "a message" };
    format!("{what} of which {bytes} byte{} came", if bytes == 1 { "" } else { "s" })
}
