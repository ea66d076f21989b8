use super::binding::Binding;
use super::codec::{Coding, Part};
use super::context::Party;
use super::expectation::{fill, view};
use super::file::{AutoDraft, On};
use super::outgoing::{Payload, payload};
use super::pattern::Given;
use super::pattern::build::{BuildError, Building};
use super::pattern::matching::Matching;
use super::{Message, Observed, Raw};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// One connection's side of a binding: the state of its codec, what it ignores, and what it answers by itself.
pub struct Session {
    binding: Binding,
    coding: Box<dyn Coding>,
    own: Party,
    peer: Party,
}

/// What a frame turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// Something to judge.
    Observed(Observed),
    /// Something that the binding ignores: to be recorded, never judged.
    Noise(Observed),
    /// Something that the binding answers: to be recorded, never judged; send these at once.
    Answered {
        /// What came; none where the codec answers within its protocol.
        what: Option<Observed>,
        /// The answer.
        answer: Vec<Raw>,
    },
}

impl Binding {
    /// For a new connection of one participant to another.
    pub fn session(&self, own: &Party, peer: &Party) -> Session {
        Session { binding: self.clone(), coding: self.core.codec.begin(), own: own.clone(), peer: peer.clone() }
    }

    /// Whether a Server-Sent Event is one that the binding ignores.
    pub fn ignores(&self, observed: &Observed) -> bool {
        let on = match observed {
            Observed::Event { .. } => On::Sse,
            Observed::Message(message) => return self.ignores_message(&message.value),
            Observed::Garbled { .. } | Observed::Status { .. } | Observed::Close { .. } | Observed::End { .. } => {
                return false;
            }
        };
        let value = view(observed);
        self.core
            .ignore
            .iter()
            .filter(|ignore| ignore.on == on)
            .any(|ignore| Matching::new(&ignore.slots, &[], None).value(&ignore.frame, &value))
    }

    fn ignores_message(&self, value: &Value) -> bool {
        let mut list = self.core.ignore.iter().filter(|ignore| ignore.on == On::Socket);
        list.any(|ignore| Matching::new(&ignore.slots, &[], None).value(&ignore.frame, value))
    }
}

impl Session {
    /// What a frame is: any number of messages, in order.
    pub fn decode(&mut self, raw: Raw) -> Vec<Decoded> {
        let parts = match self.coding.decode(&raw) {
            Ok(parts) => parts,
            Err(why) => return vec![Decoded::Observed(Observed::Garbled { raw, why })],
        };
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Answer(answer) => out.push(Decoded::Answered { what: None, answer: vec![answer] }),
                Part::Message(value, own) => {
                    let raw = own.unwrap_or_else(|| raw.clone());
                    out.push(self.message(value, raw));
                }
            }
        }
        out
    }

    fn message(&mut self, value: Value, raw: Raw) -> Decoded {
        let ignored = self.binding.ignores_message(&value);
        let message = |value| Observed::Message(Message { value: Arc::new(value), raw });
        if ignored {
            return Decoded::Noise(message(value));
        }
        let core = self.binding.core.clone();
        for auto in &core.auto {
            if let Some(answer) = self.answer(auto, &value) {
                return Decoded::Answered { what: Some(message(value)), answer };
            }
        }
        Decoded::Observed(message(value))
    }

    /// The answer of one `auto`, where the message is for it.
    fn answer(&mut self, auto: &AutoDraft, value: &Value) -> Option<Vec<Raw>> {
        let mut given: Vec<Option<Given>> = vec![None; auto.slots.0.len()];
        fill(&mut given, &auto.slots, &self.binding.values, &self.own, &self.peer);
        let mut reading = Matching::new(&auto.slots, &given, None);
        reading.all = true;
        if !reading.value(&auto.receive, value) {
            return None;
        }
        let found = std::mem::take(&mut reading.found).into_vec();
        let mut ask = |slot: usize| match &given[slot] {
            Some(Given::Value(value)) => Ok((**value).clone()),
            Some(Given::Text(_) | Given::Name(_) | Given::Glob(_)) | None => {
                Err(BuildError::NoValue { hole: auto.slots.0[slot].name.to_string(), name: None })
            }
        };
        let mut building = Building { slots: &auto.slots, source: &mut ask, values: found };
        // A hole that the received frame does not fill is refused when the binding is read.
        let payload = payload(&auto.send, &mut building).ok()?;
        self.encode(&payload).ok()
    }

    /// The frames of something to send.
    ///
    /// # Errors
    /// What the codec says: the value has no form in it.
    pub fn encode(&mut self, payload: &Payload) -> Result<Vec<Raw>, String> {
        match payload {
            Payload::Raw(raw) => Ok(vec![raw.clone()]),
            Payload::Message(value) => self.coding.encode(value),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({} of {})", self.binding.codec().word(), self.own.id)
    }
}
