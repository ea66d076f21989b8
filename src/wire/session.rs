use super::binding::Binding;
use super::codec::{About, Codec, Coding, Host, NamedCodec, Part, Side};
use super::context::{Context, Party};
use super::expectation::{fill, view};
use super::file::On;
use super::outgoing::{Payload, Source, payload};
use super::pattern::build::{BuildError, Building};
use super::pattern::matching::Matching;
use super::pattern::{Given, Pattern, Slots};
use super::serve::Aside;
use super::{BARE, Memory, Message, Observed, Raw, Viewer};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// One connection's side of a binding: the state of its codec, what it ignores, and what it answers by itself.
pub struct Session {
    binding: Binding,
    coding: Box<dyn Coding>,
    /// How many bytes have come of a message that is not whole.
    begun: usize,
    own: Party,
    /// What is known of the holes of each `ignore`, and of what each `auto` answers.
    ignoring: Vec<Vec<Option<Given>>>,
    answering: Vec<Vec<Option<Given>>>,
    /// The tool is the server: what a client says of its own accord.
    asides: Option<Vec<Aside>>,
}

/// What the client of a connection knows: the memory, and its lifeline.
pub type Knowing<'a> = Option<(&'a Memory, u32)>;

/// What a frame turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// Something to judge.
    Observed(Observed),
    /// Something that the binding ignores: to be recorded, never judged.
    Noise(Observed),
    /// Something that the codec answers within its protocol: send this at once.
    Answered(Raw),
    /// Something that the binding answers: never judged; [`Binding::answer`] makes what is to be sent at once.
    Owed(Owed),
    /// Something that a client may say of its own accord, and that is answered so where that asks for it; to be judged where
    /// the diagram draws it.
    Aside(Observed, Option<Owed>),
    /// Nothing: the codec itself is broken, for this reason.
    Broken(String),
}

/// An answer that a client owes by an `auto` of its binding, or a server by its echo.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed {
    /// Which `auto`; none for the echo of a client that the tool serves.
    index: Option<usize>,
    /// What the holes of the frame that asks for it took.
    found: Vec<Option<Value>>,
}

impl Binding {
    /// For a new connection of one participant to another.
    pub fn session(&self, own: &Party, peer: &Party, run: &str) -> Session {
        self.session_at(Side::Client, own, peer, run)
    }

    pub(super) fn session_at(&self, side: Side, own: &Party, peer: &Party, run: &str) -> Session {
        let known = |slots: &Slots| {
            let mut given = vec![None; slots.0.len()];
            fill(&mut given, slots, &self.values, own, peer);
            given
        };
        let about = About { own: own.id.to_string(), peer: peer.id.to_string(), run: run.to_owned(), side };
        Session {
            ignoring: self.core.ignore.iter().map(|ignore| known(&ignore.slots)).collect(),
            answering: self.core.auto.iter().map(|auto| known(&auto.slots)).collect(),
            binding: self.clone(),
            begun: 0,
            coding: self.core.codec.begin(&self.values.host, about),
            own: own.clone(),
            asides: None,
        }
    }

    /// What a client answers by itself.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn answer(
        &self,
        owed: &Owed,
        (own, peer): (&Party, &Party),
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Option<Payload>, BuildError> {
        let Some(index) = owed.index else {
            return self.echoed(&owed.found, (own, peer), memory, viewer, context);
        };
        let Some(auto) = self.core.auto.get(index) else { return Ok(None) };
        let mut source = Source::new(&auto.slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building {
            slots: &auto.slots,
            source: &mut ask,
            values: owed.found.clone(),
            secrets: Some(&self.values.secrets),
        };
        payload(&auto.send, &mut building).map(Some)
    }
}

impl Session {
    /// The same of a client that the tool serves.
    pub(super) fn serving(mut self, asides: Vec<Aside>) -> Self {
        self.asides = Some(asides);
        self
    }

    /// What a client says of its own accord, where this is that.
    fn aside(&self, value: Option<&Value>, raw: &Raw, knowing: Knowing<'_>) -> Option<Option<Owed>> {
        let mut all = self.asides.iter().flatten();
        all.find_map(|aside| {
            let found = aside.reads(value, raw, knowing)?;
            Some(aside.echo.then_some(Owed { index: None, found }))
        })
    }

    /// What a frame is: any number of messages, in order.
    pub fn decode(&mut self, raw: Raw, knowing: Knowing<'_>) -> Vec<Decoded> {
        let read = self.coding.decode(&raw);
        self.begun = self.coding.begun();
        let parts = match read {
            Ok(parts) => parts,
            Err(why) if self.coding.is_broken() => return vec![Decoded::Broken(why)],
            Err(why) => {
                if let (Raw::Text(text), true) = (&raw, self.binding.core.texts) {
                    let value = Value::Object([(BARE.to_owned(), Value::from(&**text))].into_iter().collect());
                    return vec![self.message(value, raw, knowing)];
                }
                let aside = self.aside(None, &raw, knowing);
                let garbled = Observed::Garbled { raw, why };
                return vec![match aside {
                    Some(owed) => Decoded::Aside(garbled, owed),
                    None => Decoded::Observed(garbled),
                }];
            }
        };
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Answer(answer) => out.push(Decoded::Answered(answer)),
                Part::Unread(why, raw) => out.push(Decoded::Observed(Observed::Garbled { raw, why })),
                Part::Message(value, own) => {
                    let raw = own.unwrap_or_else(|| raw.clone());
                    let messages = match &self.binding.core.envelope {
                        Some(envelope) if self.asides.is_some() => vec![envelope.heard(value)],
                        Some(envelope) => envelope.open(value),
                        None => vec![value],
                    };
                    out.extend(messages.into_iter().map(|value| self.message(value, raw.clone(), knowing)));
                }
            }
        }
        out
    }

    /// How many bytes have come of a message that is not whole, where frames may cut one.
    pub fn begun(&self) -> usize {
        self.begun
    }

    fn message(&self, value: Value, raw: Raw, knowing: Knowing<'_>) -> Decoded {
        if self.asides.is_some() {
            let aside = self.aside(Some(&value), &raw, knowing);
            let message = Observed::Message(Message { value: Arc::new(value), raw });
            return match aside {
                Some(owed) => Decoded::Aside(message, owed),
                None => Decoded::Observed(message),
            };
        }
        let ignored = self.ignores_value(On::Socket, &value, knowing);
        let owed = if ignored { None } else { self.owes(&value, knowing) };
        if let Some(owed) = owed {
            return Decoded::Owed(owed);
        }
        let message = Observed::Message(Message { value: Arc::new(value), raw });
        if ignored { Decoded::Noise(message) } else { Decoded::Observed(message) }
    }

    /// The `auto` that a message is for.
    fn owes(&self, value: &Value, knowing: Knowing<'_>) -> Option<Owed> {
        let drawn = &self.binding.values.said.answered;
        let list = self.binding.core.auto.iter().zip(&self.answering).enumerate();
        let list = list.filter(|(index, _)| !drawn.contains(index));
        list.into_iter().find_map(|(index, (auto, given))| {
            let mut reading = Matching::new(&auto.slots, given, knowing);
            reading.all = true;
            let asked = reading.value(&auto.receive, value);
            asked.then(|| Owed { index: Some(index), found: std::mem::take(&mut reading.found).into_vec() })
        })
    }

    /// Whether a Server-Sent Event is one that the binding ignores.
    pub fn ignores(&self, observed: &Observed, knowing: Knowing<'_>) -> bool {
        match observed {
            Observed::Event { .. } if observed.is_comment() && !self.binding.core.asides.0 => true,
            Observed::Event { .. } if observed.is_retry() && !self.binding.core.asides.1 => true,
            Observed::Event { .. } => self.ignores_value(On::Sse, &view(observed), knowing),
            Observed::Message(message) => self.ignores_value(On::Socket, &message.value, knowing),
            Observed::Garbled { .. } | Observed::Status { .. } | Observed::Close { .. } | Observed::End { .. } => false,
            Observed::Dialled { .. } | Observed::Asked { .. } => false,
        }
    }

    fn ignores_value(&self, on: On, value: &Value, knowing: Knowing<'_>) -> bool {
        let drawn = &self.binding.values.said.ignored;
        let list = self.binding.core.ignore.iter().zip(&self.ignoring).enumerate();
        let list = list.filter(|(index, (ignore, _))| ignore.on == on && !drawn.contains(index));
        list.map(|(_, both)| both).any(|(ignore, given)| {
            // Each is a reading of its own: `unless` may name what `frame` leaves open.
            let fits = |frame: &Pattern| Matching::new(&ignore.slots, given, knowing).value(frame, value);
            fits(&ignore.frame) && !ignore.unless.as_ref().is_some_and(fits)
        })
    }

    /// The body of a request that is a message of the codec.
    ///
    /// # Errors
    /// What the codec says: the value has no form in it.
    pub fn body(&mut self, message: &Value) -> Result<Vec<u8>, String> {
        let frames = self.coding.encode(message)?;
        Ok(frames
            .iter()
            .flat_map(|frame| match frame {
                Raw::Text(text) => text.as_bytes().to_vec(),
                Raw::Binary(bytes) => bytes.to_vec(),
            })
            .collect())
    }

    /// What the body of an answer says, where rules speak of such bodies as messages of the codec; nothing where it is none.
    pub fn read_body(&mut self, body: &[u8]) -> Option<Value> {
        if !self.binding.core.bodies || body.is_empty() {
            return None;
        }
        let raw = match std::str::from_utf8(body) {
            Ok(text) => Raw::Text(text.into()),
            Err(_) => Raw::Binary(body.into()),
        };
        // A body is whole by itself, whatever the connection is in the middle of.
        let mut own = match self.binding.core.codec {
            // An answer of JSON-RPC is read by what was asked.
            Codec::Named(NamedCodec::JsonRpc) | Codec::Command(_) => None,
            Codec::Named(named) => Some(Codec::Named(named).begin(&Host::default(), About::default())),
        };
        let coding = own.as_mut().unwrap_or(&mut self.coding);
        let parts = coding.decode(&raw).ok().filter(|_| coding.begun() == 0)?;
        parts.into_iter().find_map(|part| match part {
            Part::Message(value, _) => Some(value),
            Part::Answer(_) | Part::Unread(..) => None,
        })
    }

    /// The frames of something to send.
    ///
    /// # Errors
    /// What the codec says: the value has no form in it.
    pub fn encode(&mut self, payload: &Payload) -> Result<Vec<Raw>, String> {
        match payload {
            Payload::Raw(raw) => Ok(vec![raw.clone()]),
            Payload::Message(value) => {
                match (bare(value).filter(|_| self.binding.core.texts), &self.binding.core.envelope) {
                    (Some(text), _) => Ok(vec![Raw::Text(text.into())]),
                    (None, Some(envelope)) => {
                        let closed = if self.asides.is_some() { envelope.served(value) } else { envelope.close(value) };
                        self.coding.encode(&closed.map_err(|why| why.to_string())?)
                    }
                    (None, None) => self.coding.encode(value),
                }
            }
        }
    }
}

/// The text of a message past the codec.
fn bare(value: &Value) -> Option<&str> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get(BARE)?.as_str()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({} of {})", self.binding.codec().word(), self.own.id)
    }
}
