//! A binding read from the other side: the tool is the server.
//!
//! What a client sends is an expectation here, made of the rule that elsewhere builds it; what a server sends is built of
//! the rule that elsewhere judges it. `{self}` is the client in both directions. [`arrival`] reads `[connect]` backwards,
//! [`pattern`] makes patterns that can be built of those that are only read, [`session`] is what is never drawn.

mod arrival;
mod naming;
mod pattern;
mod session;
mod values;

use super::binding::{Binding, Rule, Unresolved};
use super::codec::{Codec, NamedCodec};
use super::context::Party;
use super::expectation::{Expectation, Watch, fill};
use super::file::{Action, ClientDraft, ExchangeStep, On, SendPattern, ServerDraft};
use super::outgoing::Outgoing;
use super::pattern::{Given, Pattern, Slots};
use super::{Channel, Resolved, Sender};
use pattern::{asked, buildable, heard, kept};
pub(super) use session::Aside;
use std::sync::Arc;
pub(super) use values::Served;

impl Binding {
    /// What an arrow is on the wire where the tool plays the server of its two ends: what the client says is expected,
    /// what the server says is sent.
    ///
    /// # Errors
    /// As [`Binding::resolve`].
    pub fn resolve_served(
        &self,
        label: &str,
        sender: Sender,
        from: &Party,
        to: &Party,
    ) -> Result<Resolved, Unresolved> {
        let (rule, mut given) = self.labelled(label, sender)?;
        let (own, peer) = match sender {
            Sender::Client => (from, to),
            Sender::Server => (to, from),
        };
        match sender {
            Sender::Client => {
                fill(&mut given, &rule.slots, &self.values, own, peer);
                self.heard(label, rule, given, (own, peer)).ok_or_else(|| self.no_rule(label, sender))
            }
            Sender::Server => self.served(label, rule, given, (own, peer)).ok_or_else(|| self.no_rule(label, sender)),
        }
    }

    /// What a client's arrow lets the server observe.
    fn heard(
        &self,
        label: &str,
        rule: &Rule,
        given: Vec<Option<Given>>,
        parties: (&Party, &Party),
    ) -> Option<Resolved> {
        let bare = |watch| Some(Resolved::Expect(Expectation::bare(watch, label)));
        match rule.client.as_ref()? {
            ClientDraft::Exchange(steps) => {
                let (first, rest) = steps.split_first()?;
                let ExchangeStep::Send(first) = first else { return None };
                let (watch, pattern) = seen(first, &self.core.codec);
                let kind = self.core.frames.sent_kind(&pattern);
                let slots = Arc::new(heard(&rule.slots));
                let duty = self.duty(label, rule, rest, given.clone(), parties);
                let pattern = (slots, Arc::new(pattern));
                let want = Expectation::of_client(watch, label, pattern, given, kind, &self.values);
                Some(Resolved::Expect(want.owing(duty)))
            }
            ClientDraft::Request(http) => {
                let channel = if rule.on == On::Sse { Channel::Events } else { Channel::Http };
                let pattern = (Arc::new(heard(&rule.slots)), Arc::new(asked(http)));
                let watch = Watch::Asked(channel);
                Some(Resolved::Expect(Expectation::of_client(watch, label, pattern, given, None, &self.values)))
            }
            ClientDraft::Action(action, name) => match action {
                Action::Connect => Some(Resolved::Expect(self.arrival(label, rule, given, name.as_ref(), parties))),
                Action::Disconnect => bare(Watch::Left),
                Action::Drop => bare(Watch::Closed),
                Action::DropEvents => bare(Watch::StreamEnd),
                Action::Pause => Some(Resolved::Pause),
                Action::Resume => Some(Resolved::Resume),
                Action::Close | Action::Closed | Action::Ended => None,
            },
        }
    }

    /// What the server owes for a frame that it has read: the further steps of the arrow, and its acknowledgement.
    fn duty(
        &self,
        label: &str,
        rule: &Rule,
        rest: &[ExchangeStep],
        given: Vec<Option<Given>>,
        parties: (&Party, &Party),
    ) -> Option<Outgoing> {
        let reply = rule.reply.as_ref().map(|reply| ExchangeStep::Receive(reply.clone()));
        let steps: Vec<ExchangeStep> = reply.into_iter().chain(rest.iter().cloned()).collect();
        (!steps.is_empty()).then(|| self.turned(label, &rule.slots, &steps, given, parties))
    }

    /// Steps of a client, as its server goes through them.
    pub(super) fn turned(
        &self,
        label: &str,
        slots: &Slots,
        steps: &[ExchangeStep],
        given: Vec<Option<Given>>,
        parties: (&Party, &Party),
    ) -> Outgoing {
        let mut slots = heard(slots);
        let mut served = pattern::served(&slots);
        let turned = steps.iter().map(|step| match step {
            ExchangeStep::Send(send) => ExchangeStep::Receive(Arc::new(seen(send, &self.core.codec).1)),
            ExchangeStep::Receive(pattern) => {
                ExchangeStep::Send(SendPattern::Message(buildable(pattern, &mut slots, &mut served)))
            }
        });
        let turned = turned.collect();
        Outgoing::served(label, (slots, served), turned, given, &self.values, parties)
    }

    /// What a server's arrow makes the tool say.
    fn served(
        &self,
        label: &str,
        rule: &Rule,
        given: Vec<Option<Given>>,
        parties: (&Party, &Party),
    ) -> Option<Resolved> {
        let outgoing = |pattern: &Pattern| {
            let mut slots = kept(&rule.slots);
            let mut served = pattern::served(&rule.slots);
            let steps = vec![ExchangeStep::Send(SendPattern::Message(buildable(pattern, &mut slots, &mut served)))];
            Outgoing::served(label, (slots, served), steps, given.clone(), &self.values, parties)
        };
        Some(match rule.server.as_ref()? {
            ServerDraft::Frame(pattern) => match rule.on {
                On::Socket => Resolved::Send(outgoing(pattern)),
                On::Http => Resolved::Answer(outgoing(&Pattern::clone(pattern).of_answer())),
                On::Sse => Resolved::Push(outgoing(pattern)),
            },
            ServerDraft::Close(pattern) => Resolved::Close(Some(outgoing(pattern))),
            ServerDraft::Closed | ServerDraft::Ended if rule.on == On::Sse => Resolved::DropEvents,
            ServerDraft::Closed => Resolved::Close(None),
            ServerDraft::Ended => Resolved::Drop,
        })
    }
}

/// A frame that a client sends, as the server sees it.
fn seen(send: &SendPattern, codec: &Codec) -> (Watch, Pattern) {
    match send {
        // A whole line, which the codec would take apart.
        SendPattern::Message(
            pattern @ (Pattern::Text(_) | Pattern::Hole(_) | Pattern::Literal(serde_json::Value::String(_))),
        ) if *codec == Codec::Named(NamedCodec::Irc) => (Watch::Bare, pattern.clone()),
        SendPattern::Message(pattern) => (Watch::Message, pattern.clone()),
        SendPattern::Text(template) => (Watch::Bare, Pattern::Text(template.clone())),
        SendPattern::Binary(pieces) => (Watch::Bare, Pattern::Bytes(pieces.clone())),
    }
}
