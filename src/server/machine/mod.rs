//! The reference protocol as a pure state machine: [`Input`]s and the time go in, [`Effect`]s come out. No clock, no
//! I/O, nothing that depends on anything else; `docs/protocol.md` is what it does.
//!
//! [`Machine::handle`] is the whole of it on one screen. Then a file for each subject: `http` (paths, refusals),
//! `people` (who is connected, who is in which room), `rooms`, `typing`, `receipts`, `auth`, `editing`, `events` (topics,
//! publishing), `ending` (Close, EOF, heartbeat, shutdown). [`Policy`] holds the few decisions that a faulty server takes
//! otherwise and that cannot be seen in its effects.

mod auth;
mod editing;
mod effect;
mod ending;
mod events;
mod http;
mod input;
mod limit;
mod message;
mod people;
mod policy;
mod receipts;
mod request;
mod rooms;
#[cfg(test)]
mod tests;
mod typing;

pub use editing::{Op, Places};
pub use effect::{Audience, Content, Data, Delivery, Effect, Event, Timer};
pub use http::{Answer, Head, Method, Page};
pub use input::{Id, Input};
pub use message::{ErrorCode, Refusal, ServerMessage, TypingState};
pub use people::{GENERAL, People, Person};
pub use policy::Policy;

use editing::Documents;
use events::Topics;
use limit::Bounds;
use receipts::Messages;
use request::{Envelope, Request};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What a server is told at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The valid tokens, and whether one is required.
    pub tokens: Vec<String>,
    /// Nothing but `auth` and `ping` is accepted before authentication.
    pub authentication_required: bool,
    /// How often every WebSocket is pinged.
    pub heartbeat: Option<Duration>,
}

/// The state of the server.
#[derive(Debug)]
pub struct Machine {
    rules: Rules,
    policy: Policy,
    now: Duration,
    people: People,
    messages: Messages,
    topics: Topics,
    documents: Documents,
    /// Rooms of ended connections: kept only by a policy that forgets nothing.
    remembered: BTreeMap<Arc<str>, BTreeMap<Arc<str>, bool>>,
    effects: Vec<Effect>,
    bounds: Bounds,
}

impl Machine {
    /// A server to which nobody is connected.
    pub fn new(rules: Rules, policy: Policy) -> Self {
        Machine::within(Bounds::default(), rules, policy)
    }

    /// The same with other limits on what it keeps.
    fn within(bounds: Bounds, rules: Rules, policy: Policy) -> Self {
        Machine {
            bounds,
            messages: Messages::new(policy.first_id, policy.id_stride, bounds.receipts),
            rules,
            policy,
            now: Duration::ZERO,
            people: People::default(),
            topics: Topics::default(),
            documents: Documents::default(),
            remembered: BTreeMap::new(),
            effects: Vec::new(),
        }
    }

    /// Takes one input in, at a time since the server began, and appends what follows from it.
    pub fn handle(&mut self, now: Duration, input: &Input<'_>, effects: &mut Vec<Effect>) {
        self.now = now;
        match *input {
            Input::Request { on, head } => self.request(on, head),
            Input::Body { on, body } => self.publish(on, body),
            Input::Text { on, text } => self.text(on, text),
            Input::Binary { on } => self.close(on, Some(1003), false),
            Input::Broken { on, code } => self.close(on, Some(code), false),
            Input::Closed { on, code } => self.close(on, Some(code.unwrap_or(1000)), true),
            Input::Ended { on } => self.ended(on),
            Input::Pong { on } => self.pong(on),
            // Whom the host cannot write to is the host's affair: a queue with a limit.
            Input::Stalled { .. } => {}
            Input::Fired { on, timer } => match timer {
                Timer::Authentication => self.authentication_is_overdue(on),
                Timer::Typing => self.typing_stops(on),
                Timer::Heartbeat => self.heartbeat(on),
                Timer::Held(_) | Timer::Odd => {}
            },
            Input::Shutdown => self.shutdown(),
        }
        effects.append(&mut self.effects);
    }

    /// Who is connected, and who is in which room.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// The event streams.
    pub fn subscribers(&self) -> Vec<Id> {
        self.topics.subscribers()
    }

    fn text(&mut self, on: Id, text: &str) {
        let Some(person) = self.people.get(on) else { return };
        let envelope = Envelope::parse(text);
        if !person.authenticated && !envelope.as_ref().is_ok_and(Envelope::needs_no_authentication) {
            return self.refuse(on, Refusal::new(ErrorCode::NotAuthenticated, "send a valid `auth` first"));
        }
        if let Err(refusal) = envelope.and_then(Envelope::open).and_then(|request| self.grant(on, request)) {
            self.refuse(on, refusal);
        }
    }

    fn grant(&mut self, on: Id, request: Request) -> Result<(), Refusal> {
        match request {
            Request::Auth { token } => self.authenticate(on, &token),
            Request::Ping { nonce } => self.reply(on, ServerMessage::Pong { nonce }),
            Request::Join { room } => return self.join(on, room),
            Request::Leave { room } => return self.leave(on, room),
            Request::Message { room, text } => return self.post(on, room, text),
            Request::Direct { to, text } => return self.direct(on, &to, text),
            Request::Typing { state: TypingState::Start } => return self.typing_starts(on),
            Request::Typing { state: TypingState::Stop } => self.typing_stops(on),
            Request::Read { id } => return self.read(on, id),
            Request::Open { doc } => self.open_document(on, doc),
            Request::Edit { doc, rev, op } => return self.edit(on, doc, rev, op),
        }
        Ok(())
    }

    fn refuse(&mut self, on: Id, refusal: Refusal) {
        self.reply(on, refusal.into());
    }

    fn reply(&mut self, to: Id, message: ServerMessage) {
        self.deliver(vec![to], Audience::Sender, message);
    }

    fn deliver(&mut self, to: Vec<Id>, audience: Audience, message: ServerMessage) {
        if !to.is_empty() || matches!(audience, Audience::Room(_)) {
            self.effects.push(Effect::Deliver(Delivery { to, audience, content: Content::Message(message) }));
        }
    }

    fn set(&mut self, on: Id, timer: Timer, after: Duration) {
        self.effects.push(Effect::Set { on, timer, at: self.now + after });
    }
}
