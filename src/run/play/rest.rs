//! What has begun to come and is not whole when the verdict is due.

use super::conn::{Conn, Pair, Purpose};
use super::{Driver, Stage};
use crate::net::{Begun, Part, Ticket, Torn};
use crate::oracle::{Class, Finding, Outcome, Trouble};
use crate::order::{Vocabulary as _, Word};
use crate::source::elapsed_words;
use crate::trace::Moment;
use crate::wire::{Channel, Observed, Raw, UNREAD};

/// A connection on which something has begun.
struct Open {
    pair: Pair,
    ticket: Ticket,
    channel: Channel,
    begun: Begun,
}

/// What was still on its way when the verdict was due.
pub(super) struct Unfinished {
    pair: Pair,
    channel: Channel,
    /// What of it had come.
    begun: Option<Begun>,
    /// The request of which it is the answer, and whether that has had its time.
    asked: Option<(String, bool)>,
    /// The end of its connection has cut it, and tells so itself.
    torn: Option<Torn>,
}

impl Unfinished {
    /// What the end of its connection has cut, or what was broken then.
    pub(super) fn torn(pair: Pair, channel: Channel, torn: Torn) -> Unfinished {
        let begun = match torn {
            Torn::Cut(begun, _) => Some(begun),
            Torn::Broken(_) | Torn::Behind(_) => None,
        };
        Unfinished { pair, channel, begun, asked: None, torn: Some(torn) }
    }
}

impl Driver<'_> {
    /// Waits for the rest of a message, of an event, or of the steps of an arrow, of which a part has come by the end of the window,
    /// for the timeout at most; what is not whole by then is told as bytes that cannot be read. Whether there was something to
    /// wait for.
    pub(super) async fn await_rest(&mut self, now: Moment, end: Moment) -> Result<bool, Trouble> {
        // What is wrong already stays what it is.
        if self.oracle.failing() {
            return Ok(false);
        }
        let open = self.open();
        // Steps that are owed end by themselves (`end_greetings`).
        let owing = self.line.conns.iter().filter_map(|conn| Some(conn.owes()?.1.plus(self.stage.settled.timeout)));
        if let Some(over) = owing.max().filter(|over| now < *over) {
            self.step(over).await?;
            return Ok(true);
        }
        let unread = self.unread();
        if open.is_empty() && unread.is_empty() {
            return Ok(false);
        }
        let timeout = self.stage.settled.timeout;
        let until = end.plus(timeout);
        if now < until {
            self.step(until).await?;
            return Ok(true);
        }
        for Open { pair, ticket, channel, begun } in open {
            self.quiet.torn.insert(ticket);
            let why = format!("{begun}, and the rest did not come within {}", elapsed_words(timeout));
            self.tell(now, pair, channel, Observed::Garbled { raw: Raw::Binary([].into()), why });
        }
        for (pair, ticket, channel) in unread {
            self.quiet.torn.insert(ticket);
            let why = format!("{UNREAD}: it did not take all that was sent to it within {}", elapsed_words(timeout));
            self.tell(now, pair, channel, Observed::Garbled { raw: Raw::Binary([].into()), why });
        }
        Ok(true)
    }

    /// Connections of clients that do not take what was sent to them, other than those that are drawn to pause.
    fn unread(&self) -> Vec<(Pair, Ticket, Channel)> {
        let (plan, binding) = (&self.stage.plan, self.stage.words.binding());
        let pauses = |pair: Pair| {
            let own = plan.order().arrow_ids().filter(|(id, _)| plan.client(*id) == Some(pair));
            own.map(|(_, arrow)| binding.word(&arrow.label)).any(|word| word == Word::Local)
        };
        let served = self.line.conns.iter().filter(|conn| plan.order().serves(conn.pair.0, conn.pair.1));
        let unsent = served.flat_map(|conn| {
            let socket = conn.socket.map(|ticket| (conn.pair, ticket, Channel::Socket));
            socket.into_iter().chain(conn.streams.iter().map(|ticket| (conn.pair, *ticket, Channel::Events)))
        });
        let unsent = unsent.filter(|(_, ticket, _)| self.line.links.link(*ticket).is_unsent());
        unsent.filter(|(pair, ticket, _)| !self.quiet.torn.contains(ticket) && !pauses(*pair)).collect()
    }

    /// Steps that have had their time.
    pub(super) fn end_owed(&mut self, now: Moment) -> Result<(), Trouble> {
        let timeout = self.stage.settled.timeout;
        let over = |since: Moment| since.plus(timeout) <= now;
        let owing = self.line.conns.iter().filter_map(|conn| Some((conn.pair, conn.owes()?)));
        let owing: Vec<(Pair, (String, Moment))> = owing.filter(|(_, (_, since))| over(*since)).collect();
        for (pair, (wants, _)) in owing {
            self.line.conn(pair)?.exchanges.retain(|exchange| exchange.ready.is_some());
            self.observe_owed(now, pair, &wants, &format!("did not come within {}", elapsed_words(timeout)));
        }
        Ok(())
    }

    /// A further step of an arrow that a client owes, and what became of it.
    pub(super) fn observe_owed(&mut self, now: Moment, pair: Pair, wants: &str, how: &str) {
        let why = format!("the frame after this one (`steps` of its rule) {how}: {wants}");
        self.tell(now, pair, Channel::Socket, Observed::Garbled { raw: Raw::Binary([].into()), why });
    }

    /// Messages and events that have begun, and of which that was not told.
    fn open(&self) -> Vec<Open> {
        let links = &self.line.links;
        let of = |conn: &Conn| {
            let socket = conn.socket.filter(|_| !conn.paused).map(|ticket| (ticket, Channel::Socket));
            let streams = conn.streams.iter().map(|ticket| (*ticket, Channel::Events));
            let begun = |(ticket, channel)| {
                let link = links.link(ticket);
                // Frames may cut what a codec reads: then it has begun although each of them is whole.
                let held = || conn.begun().filter(|_| channel == Channel::Socket && link.is_open());
                let begun = link.begun().or_else(held).filter(|_| !self.quiet.torn.contains(&ticket))?;
                Some(Open { pair: conn.pair, ticket, channel, begun })
            };
            socket.into_iter().chain(streams).filter_map(begun).collect::<Vec<_>>()
        };
        self.line.conns.iter().flat_map(of).collect()
    }

    /// What is still on its way: parts of messages, where something else was wrong already, and answers.
    pub(super) fn unfinished(&mut self) -> Vec<Unfinished> {
        let now = self.line.now();
        let timeout = self.stage.settled.timeout;
        let parts = self.open().into_iter().map(|open| Unfinished {
            pair: open.pair,
            channel: open.channel,
            begun: Some(open.begun),
            asked: None,
            torn: None,
        });
        let asked = self.line.conns.iter().filter_map(|conn| {
            let own = |purpose: &Purpose| matches!(purpose, Purpose::Arrow | Purpose::Poll(_));
            let asking = conn.asking.as_ref().filter(|asking| own(&asking.purpose))?;
            let begun = self.line.links.link(asking.ticket).begun();
            let asked = Some((asking.what.clone(), asking.since.plus(timeout) <= now));
            Some(Unfinished { pair: conn.pair, channel: asking.channel, begun, asked, torn: None })
        });
        std::mem::take(&mut self.torn).into_iter().chain(parts).chain(asked).collect()
    }
}

/// Tells of a message that is missing what of it has come; the rest is remarked.
pub(super) fn tell(outcome: &mut Outcome, unfinished: Vec<Unfinished>, stage: &Stage) -> Vec<String> {
    let failing = !outcome.findings.is_empty();
    let untold = unfinished.into_iter().filter(|rest| {
        let Some(missing) = missing(outcome, rest, stage) else { return true };
        let came = match rest.begun {
            None => rest.torn.as_ref().map(|torn| format!(": {torn}")).unwrap_or_default(),
            Some(Begun::Control(_)) => return true,
            Some(Begun::Message(Part { came: 0, .. }) | Begun::Body(Part { came: 0, .. })) => {
                ": only its head was received".to_owned()
            }
            Some(Begun::Message(part) | Begun::Event(part)) => format!(": only a part of it was received ({part})"),
            Some(Begun::Head(Part { came: 0, .. })) => ": only interim answers (status 1xx) were received".to_owned(),
            Some(Begun::Head(part)) => format!(": only a part of its head was received ({part})"),
            Some(Begun::Body(part)) => format!(": only a part of its body was received ({part})"),
        };
        missing.what.push_str(&came);
        false
    });
    let remark = |rest: Unfinished| {
        let name = &stage.plan.order().lifeline(rest.pair.0).name;
        let within = format!("within {}", elapsed_words(stage.settled.timeout));
        match (rest.begun, rest.asked) {
            (Some(begun), None) => {
                Some(format!("at the time of the verdict, {name} had received only a part: {begun}"))
            }
            (begun, Some((what, over))) if over || begun.is_some() => {
                let when = if over { within.as_str() } else { "at the time of the verdict" };
                let came = begun.map(|begun| format!("; received: {begun}")).unwrap_or_default();
                Some(format!("{name} had no complete answer to {what} {when}{came}"))
            }
            (None, Some((what, _))) if !failing => Some(format!("{name} had no complete answer to {what} {within}")),
            (None, _) | (Some(_), Some(_)) => None,
        }
    };
    untold.filter(|rest| rest.torn.is_none()).filter_map(remark).collect()
}

/// The first message that is missing on the same connection.
fn missing<'o>(outcome: &'o mut Outcome, rest: &Unfinished, stage: &Stage) -> Option<&'o mut Finding> {
    let here = |finding: &Finding| {
        finding.class == Class::Missing
            && finding.entry.is_none()
            && finding.lifeline == rest.pair.0
            && finding.channel == rest.channel
            && finding.arrow.is_some_and(|arrow| stage.plan.expectation(arrow).is_some())
    };
    let all = || outcome.findings.iter().flat_map(|root| std::iter::once(root).chain(&root.consequences));
    let first = all().filter(|finding| here(finding)).filter_map(|finding| finding.arrow).min()?;
    let all = outcome.findings.iter_mut();
    let find = |root: &'o mut Finding| {
        if here(root) && root.arrow == Some(first) {
            return Some(root);
        }
        root.consequences.iter_mut().find(|finding| here(finding) && finding.arrow == Some(first))
    };
    all.into_iter().find_map(find)
}
