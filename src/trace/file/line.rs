//! What one line holds: the trace's types as they are written. They mirror [`crate::trace::Event`] and
//! [`crate::wire::Observed`], so that the form of the file does not change when those do.

use crate::trace::Evidence;
use crate::wire::{Channel, Message, Observed, Raw, Reach, read_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) at: u64,
    #[serde(flatten)]
    pub(super) event: Written,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Written {
    Sent {
        from: String,
        to: String,
        channel: Channel,
        arrow: u32,
        label: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        raw: Vec<WrittenRaw>,
    },
    Received {
        client: String,
        from: String,
        channel: Channel,
        #[serde(flatten)]
        observed: WrittenObserved,
    },
    Done {
        client: String,
        arrow: u32,
    },
    Echoed {
        client: String,
    },
    Quiet {
        evidence: Evidence,
        /// Nanoseconds.
        #[serde(default)]
        listened: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weaker: Vec<(String, Evidence)>,
    },
    Chose {
        fragment: u32,
        #[serde(default)]
        turn: u32,
        choice: u32,
    },
    Learned {
        /// None where no client learned it: it was known before any connected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<String>,
        hole: String,
        value: Value,
        #[serde(default, skip_serializing_if = "is_usual")]
        reach: Reach,
    },
    Frozen,
}

fn is_usual(reach: &Reach) -> bool {
    *reach == Reach::default()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WrittenRaw {
    Text(Arc<str>),
    /// Two hexadecimal digits a byte.
    Binary(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WrittenObserved {
    Message(WrittenRaw),
    /// A message whose meaning is not simply its text read as JSON.
    Decoded {
        raw: WrittenRaw,
        value: Value,
    },
    Garbled {
        raw: WrittenRaw,
        why: String,
    },
    Status {
        code: u16,
        headers: Vec<(String, String)>,
        body: Value,
    },
    // Not `event`: that member says what the line is.
    #[serde(rename = "pushed")]
    Event {
        #[serde(rename = "type")]
        event: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        data: String,
    },
    Close {
        code: Option<u16>,
        reason: String,
    },
    End {
        how: String,
    },
    Dialled {
        url: String,
        headers: Vec<(String, String)>,
    },
    Asked {
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        body: Value,
    },
}

impl From<&Raw> for WrittenRaw {
    fn from(raw: &Raw) -> Self {
        match raw {
            Raw::Text(text) => WrittenRaw::Text(text.clone()),
            Raw::Binary(bytes) => WrittenRaw::Binary(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }
}

impl TryFrom<WrittenRaw> for Raw {
    type Error = String;

    fn try_from(written: WrittenRaw) -> Result<Self, String> {
        match written {
            WrittenRaw::Text(text) => Ok(Raw::Text(text)),
            WrittenRaw::Binary(digits) => {
                let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
                let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(pair).collect();
                Ok(Raw::Binary(bytes.ok_or_else(|| format!("`{digits}` is not hexadecimal"))?.into()))
            }
        }
    }
}

/// What a text means where nothing else is said.
fn plainly(raw: &Raw) -> Option<Value> {
    match raw {
        Raw::Text(text) => read_json(text),
        Raw::Binary(_) => None,
    }
}

impl From<&Observed> for WrittenObserved {
    fn from(observed: &Observed) -> Self {
        match observed {
            Observed::Message(message) if plainly(&message.raw).as_ref() == Some(&*message.value) => {
                WrittenObserved::Message((&message.raw).into())
            }
            Observed::Message(Message { value, raw }) => {
                WrittenObserved::Decoded { raw: raw.into(), value: (**value).clone() }
            }
            Observed::Garbled { raw, why } => WrittenObserved::Garbled { raw: raw.into(), why: why.clone() },
            Observed::Status { code, headers, body } => {
                WrittenObserved::Status { code: *code, headers: headers.clone(), body: (**body).clone() }
            }
            Observed::Event { event, id, data } => {
                WrittenObserved::Event { event: event.clone(), id: id.clone(), data: data.clone() }
            }
            Observed::Close { code, reason } => WrittenObserved::Close { code: *code, reason: reason.clone() },
            Observed::End { how } => WrittenObserved::End { how: how.clone() },
            Observed::Dialled { url, headers } => {
                WrittenObserved::Dialled { url: url.clone(), headers: headers.clone() }
            }
            Observed::Asked { method, url, headers, body } => WrittenObserved::Asked {
                method: method.clone(),
                url: url.clone(),
                headers: headers.clone(),
                body: (**body).clone(),
            },
        }
    }
}

impl TryFrom<WrittenObserved> for Observed {
    type Error = String;

    fn try_from(written: WrittenObserved) -> Result<Self, String> {
        Ok(match written {
            WrittenObserved::Message(raw) => {
                let raw = Raw::try_from(raw)?;
                let value = plainly(&raw).ok_or("a `message` whose text is not JSON has no meaning")?;
                Observed::Message(Message { value: value.into(), raw })
            }
            WrittenObserved::Decoded { raw, value } => {
                Observed::Message(Message { value: value.into(), raw: raw.try_into()? })
            }
            WrittenObserved::Garbled { raw, why } => Observed::Garbled { raw: raw.try_into()?, why },
            WrittenObserved::Status { code, headers, body } => Observed::Status { code, headers, body: body.into() },
            WrittenObserved::Event { event, id, data } => Observed::Event { event, id, data },
            WrittenObserved::Close { code, reason } => Observed::Close { code, reason },
            WrittenObserved::End { how } => Observed::End { how },
            WrittenObserved::Dialled { url, headers } => Observed::Dialled { url, headers },
            WrittenObserved::Asked { method, url, headers, body } => {
                Observed::Asked { method, url, headers, body: body.into() }
            }
        })
    }
}
