//! Clients of whom only the first message of the preamble tells who they are.

use super::Driver;
use super::callers::{Caller, Candidate, could_be, fitting};
use super::conn::Pair;
use crate::listen::Asked;
use crate::net::Ticket;
use crate::oracle::Trouble;
use crate::order::LifelineId;
use crate::run::links::LinkEvent;
use crate::trace::Moment;
use crate::wire::{Channel, Decoded, Observed, Raw, Step};
use std::collections::BTreeSet;

/// Somebody who was let in and has not said who he is.
pub(super) struct Unnamed {
    ticket: Ticket,
    server: LifelineId,
    asked: Asked,
    since: Moment,
}

impl Driver<'_> {
    /// Lets somebody in whose handshake several clients could have sent, where what each of them says first tells them apart.
    /// Whether that is so.
    pub(super) fn lets_in_unnamed(
        &mut self,
        ticket: Ticket,
        server: LifelineId,
        asked: &Asked,
        known: &[Candidate],
    ) -> Result<bool, Trouble> {
        let clients = could_be(known);
        // Where the address tells who it is, nothing more is waited for.
        if clients.is_empty() || fitting(known).len() < 2 {
            return Ok(false);
        }
        for client in clients {
            if self.first_said((server, client))?.is_none() {
                return Ok(false);
            }
        }
        let headers = self.selected(asked);
        self.line.links.accept(ticket, headers);
        let since = self.line.now();
        self.unnamed.push(Unnamed { ticket, server, asked: asked.clone(), since });
        Ok(true)
    }

    /// The same event, once it is known whose it is; none where nobody waits to be named on this connection, and where it tells
    /// nothing.
    pub(super) fn name(&mut self, ticket: Ticket, event: LinkEvent) -> Result<Option<LinkEvent>, Trouble> {
        let Some(place) = self.unnamed.iter().position(|it| it.ticket == ticket) else { return Ok(Some(event)) };
        let said = match &event {
            LinkEvent::Frame(frame) => Some(super::hear::raw(frame)),
            LinkEvent::Close { .. } | LinkEvent::End { .. } | LinkEvent::Failed(_) => None,
            LinkEvent::Opened { .. } | LinkEvent::Status(_) | LinkEvent::Event(_) | LinkEvent::Asked { .. } => {
                return Ok(None);
            }
        };
        let unnamed = self.unnamed.remove(place);
        let known = self.enter(unnamed, said.as_ref())?;
        Ok(Some(event).filter(|_| known))
    }

    /// Whoever has said nothing for half of the time that a message has is taken for whoever is next in the diagram.
    pub(super) fn name_silent(&mut self, now: Moment) -> Result<(), Trouble> {
        while let Some(place) = self.unnamed.iter().position(|it| self.named_until(it) <= now) {
            let unnamed = self.unnamed.remove(place);
            let _ = self.enter(unnamed, None)?;
        }
        Ok(())
    }

    /// Until when the next of them has time to say who he is.
    pub(super) fn unnamed_until(&self) -> Option<Moment> {
        self.unnamed.iter().map(|it| self.named_until(it)).min()
    }

    fn named_until(&self, unnamed: &Unnamed) -> Moment {
        unnamed.since.plus(self.stage.settled.timeout / 2)
    }

    /// He comes in as the one client that says this first; where he says nothing, as the next in the order of the diagram.
    /// Whether he is anybody that is drawn.
    fn enter(&mut self, unnamed: Unnamed, said: Option<&Raw>) -> Result<bool, Trouble> {
        let Unnamed { ticket, server, asked, .. } = unnamed;
        let observed = super::callers::observed(&asked);
        let known = self.candidates(server, &observed);
        let open = could_be(&known);
        // Who is there already may have come again.
        let open = if open.is_empty() { fitting(&known) } else { open };
        let mut named = BTreeSet::new();
        for client in &open {
            if let Some(said) = said
                && self.says_first((server, *client), said)?
            {
                named.insert(*client);
            }
        }
        let stranger = said.filter(|_| named.is_empty());
        let only = named.first().copied().filter(|_| named.len() == 1);
        // That he is none of those who may come is found at the first of them.
        let only = only.or_else(|| open.first().copied().filter(|_| stranger.is_some()));
        let Some(who) = self.who(&known, only) else {
            self.line.links.close_with(ticket, Some(1008), "no arrow draws a connection to this server");
            return Ok(false);
        };
        self.let_in(Caller { ticket, server, asked, beside: Vec::new(), accepted: true, drawn: true }, observed, who)?;
        let Some(said) = stranger else { return Ok(true) };
        self.turn_away((server, who.0), said, &open)?;
        Ok(false)
    }

    /// Somebody has named himself as nobody that may come.
    fn turn_away(&mut self, pair: Pair, said: &Raw, open: &BTreeSet<LifelineId>) -> Result<(), Trouble> {
        let mut wanted = Vec::new();
        for client in open {
            if let Some(first) = self.first_said((pair.0, *client))? {
                wanted.push(format!("{} of {}", first.describe(), self.stage.plan.order().lifeline(*client).name));
            }
        }
        let how = format!(
            "the first message of this client is {}, which does not identify a client that may connect: {}",
            super::awaited::shortened(&said.to_string()),
            wanted.join(", ")
        );
        let now = self.line.now();
        let conn = self.line.conn(pair)?;
        conn.end();
        let ticket = conn.socket.take();
        self.tell(now, pair, Channel::Socket, Observed::End { how });
        if let Some(ticket) = ticket {
            self.line.links.close_with(
                ticket,
                Some(1008),
                "the first message does not identify a client that may connect now",
            );
        }
        Ok(())
    }

    /// Whether a client, where it speaks first, says this.
    fn says_first(&mut self, pair: Pair, said: &Raw) -> Result<bool, Trouble> {
        let Some(expected) = self.first_said(pair)? else { return Ok(false) };
        let binding = self.stage.words.binding();
        let memory = self.oracle.memory().unwrap_or(crate::wire::Memory::nothing());
        let conn = self.line.conn(pair)?;
        let mut session = binding.session_served(&conn.own, &conn.peer, &self.stage.run);
        let all = session.decode(said.clone(), None);
        Ok(all.iter().any(|decoded| match decoded {
            Decoded::Observed(observed) | Decoded::Noise(observed) | Decoded::Aside(observed, _) => {
                conn.matches(&expected, observed, memory).is_some()
            }
            Decoded::Answered(_) | Decoded::Owed(_) | Decoded::Broken(_) => false,
        }))
    }

    /// What a client says behind its handshake before the server says anything; none where the server is first, or nobody.
    fn first_said(&mut self, pair: Pair) -> Result<Option<crate::wire::Expectation>, Trouble> {
        let conn = self.line.conn(pair)?;
        let Some(preamble) = self.stage.words.binding().preamble_served(&conn.own, &conn.peer) else { return Ok(None) };
        let viewer = self.viewer(pair);
        let built = self.building(pair, |_, memory, context| preamble.build(memory, viewer, context))?;
        let built = built.map_err(|why| super::unbuilt("the answer of the server", &why, None))?;
        Ok(match built.steps.into_iter().next() {
            Some(Step::Receive(expected)) => Some(expected),
            Some(Step::Send(_) | Step::Then(_)) | None => None,
        })
    }
}
