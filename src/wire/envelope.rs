//! Frames that hold several messages, or hold one within something that all frames of a protocol have.

use super::pattern::build::{BuildError, Building};
use super::pattern::matching::Matching;
use super::pattern::{Pattern, SlotId, Slots, value_text};
use serde_json::Value;

/// `[envelope]`
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub holds: Holds,
    /// How one message stands among those that a frame holds; as it is where nothing is said.
    pub message: Option<Within>,
    /// What a client's message is sent in.
    pub client: Option<Within>,
}

/// How a frame holds messages.
#[derive(Clone, Debug)]
pub(super) enum Holds {
    /// As a list at this place.
    List(Within),
    /// As texts, each of which these letters end.
    Parted(String),
}

/// A pattern with one hole that counts.
#[derive(Clone, Debug)]
pub(super) struct Within {
    pub slots: Slots,
    pub hole: SlotId,
    pub pattern: Pattern,
}

impl Envelope {
    /// The messages of a frame, in order; a frame of another form is one message, as it is.
    pub fn open(&self, frame: Value) -> Vec<Value> {
        let list = match &self.holds {
            Holds::List(within) => match within.take(&frame) {
                Some(Value::Array(list)) => list,
                Some(_) | None => return vec![frame],
            },
            Holds::Parted(end) => match frame.as_str() {
                Some(text) if text.contains(&**end) => {
                    text.split(&**end).filter(|part| !part.is_empty()).map(Value::from).collect()
                }
                Some(_) | None => return vec![frame],
            },
        };
        let Some(within) = &self.message else { return list };
        list.into_iter().map(|item| within.take(&item).unwrap_or(item)).collect()
    }

    /// The frame of a client's message.
    ///
    /// # Errors
    /// The message has no place in it.
    pub fn close(&self, message: &Value) -> Result<Value, BuildError> {
        match &self.client {
            Some(within) => within.make(message),
            None => Ok(message.clone()),
        }
    }
}

/// The same from the side that is dialled.
impl Envelope {
    /// The message of a client's frame; a frame of another form is one, as it is.
    pub fn heard(&self, frame: Value) -> Value {
        match self.client.as_ref().and_then(|within| within.take(&frame)) {
            Some(message) => message,
            None => frame,
        }
    }

    /// The frame of one message of a server.
    ///
    /// # Errors
    /// The message has no place in it, or something in the frame is left open.
    pub fn served(&self, message: &Value) -> Result<Value, BuildError> {
        let item = match &self.message {
            Some(within) => within.make(message)?,
            None => message.clone(),
        };
        match &self.holds {
            Holds::List(within) => within.make(&Value::Array(vec![item])),
            Holds::Parted(end) => Ok(Value::String(format!("{}{end}", value_text(&item)))),
        }
    }
}

impl Within {
    /// What the hole takes of a value; none where it does not fit.
    fn take(&self, value: &Value) -> Option<Value> {
        let mut reading = Matching::new(&self.slots, &[], None);
        reading.all = true;
        if reading.value(&self.pattern, value) { reading.found[self.hole].take() } else { None }
    }

    fn make(&self, value: &Value) -> Result<Value, BuildError> {
        let mut ask = |_| Ok(value.clone());
        let mut building = Building::new(&self.slots, &mut ask, None);
        building.value(&self.pattern)
    }
}
