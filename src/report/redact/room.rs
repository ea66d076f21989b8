//! How much of what passed is searched for secrets, and so can be shown whole.
//!
//! A search costs a hundred times as much as reading does, and a server decides how much there is to search. What is too much
//! is kept as it begins, with how long it was: in the trace too, which says so (`Header::shortened`). Of its bytes no digest is
//! kept: that of a text in which a short secret is the only thing unknown would tell it to whoever tries all.

use super::super::cut::{TEXT, is_long};
use crate::trace::{Aside, Content, Entry, Event};
use crate::wire::{Message, Observed, Raw, Secrets, value_size};
use serde_json::Value;
use std::sync::Arc;

/// So much of one play is searched whole, in bytes of the texts and of the memory of the values; short texts always are.
const WHOLE: usize = 8 << 20;
/// So much of what begins longer ones; of those after that nothing is kept but how long they were.
const BEGINS: usize = 1 << 20;

/// What is left of it.
pub(super) struct Room<'s> {
    secrets: &'s Secrets,
    whole: usize,
    begins: usize,
}

impl Room<'_> {
    pub(super) fn new(secrets: &Secrets) -> Room<'_> {
        Room { secrets, whole: WHOLE, begins: BEGINS }
    }

    /// Shortens what is too much of an entry; whether anything was.
    pub(super) fn entry(&mut self, entry: &mut Entry) -> bool {
        match &mut entry.event {
            Event::Sent { raw, .. } => raw.iter_mut().map(|raw| self.raw(raw)).filter(|cut| *cut).count() > 0,
            Event::Received { observed, .. } => self.observed(observed),
            Event::Learned { value, .. } => {
                let begin = self.value(value);
                begin.map(|begin| *value = begin.into()).is_some()
            }
            Event::Done { .. } | Event::Echoed { .. } | Event::Quiet { .. } | Event::Chose { .. } | Event::Frozen => {
                false
            }
        }
    }

    pub(super) fn aside(&mut self, aside: &mut Aside) {
        let _ = match &mut aside.content {
            Content::Head(_, Some(raw)) | Content::Frame(raw) => self.raw(raw),
            Content::Observed(observed) => self.observed(observed),
            Content::Head(_, None) | Content::Left(_) => false,
        };
    }

    fn observed(&mut self, observed: &mut Observed) -> bool {
        match observed {
            Observed::Message(Message { value, raw }) => {
                if raw.len() <= 2 * TEXT || !self.is_too_much(cost(raw) + value_size(value)) {
                    return false;
                }
                let begin = self.begin_of(raw);
                *value = Arc::new(begin.as_str().into());
                *raw = Raw::Text(begin.into());
                true
            }
            Observed::Garbled { raw, why } => {
                let cut = self.raw(raw);
                self.text(why) || cut
            }
            Observed::Status { body, .. } | Observed::Asked { body, .. } => {
                let begin = self.value(body);
                begin.map(|begin| *body = Arc::new(begin.into())).is_some()
            }
            Observed::Event { data, .. } => self.text(data),
            Observed::Dialled { .. } | Observed::Close { .. } | Observed::End { .. } => false,
        }
    }

    fn raw(&mut self, raw: &mut Raw) -> bool {
        let cut = raw.len() > 2 * TEXT && self.is_too_much(cost(raw));
        if cut {
            *raw = Raw::Text(self.begin_of(raw).into());
        }
        cut
    }

    fn text(&mut self, text: &mut String) -> bool {
        let cut = is_long(text) && self.is_too_much(text.len());
        if cut {
            *text = self.begin(text, text.len());
        }
        cut
    }

    /// How a value begins, where it is too much.
    fn value(&mut self, value: &Value) -> Option<String> {
        let size = value_size(value);
        if size <= 2 * TEXT || !self.is_too_much(size) {
            return None;
        }
        Some(match value {
            Value::String(text) => self.begin(text, text.len()),
            Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
                let text = value.to_string();
                self.begin(&text, text.len())
            }
        })
    }

    fn is_too_much(&mut self, size: usize) -> bool {
        let fits = size <= self.whole;
        self.whole -= if fits { size } else { 0 };
        !fits
    }

    fn begin_of(&mut self, raw: &Raw) -> String {
        match raw {
            Raw::Text(text) => self.begin(text, text.len()),
            Raw::Binary(bytes) => {
                // Two digits a byte, and what is looked at beyond what is shown.
                let shown = Raw::Binary(bytes.iter().copied().take(TEXT + self.secrets.reach()).collect()).to_string();
                self.begin(&shown, bytes.len())
            }
        }
    }

    fn begin(&mut self, text: &str, all: usize) -> String {
        let looked = TEXT + self.secrets.reach();
        let begin = if looked <= self.begins { self.secrets.begin(text, TEXT) } else { String::new() };
        self.begins = self.begins.saturating_sub(looked);
        format!("{begin}… ({all} bytes, shortened because of a secret)")
    }
}

/// Bytes are looked at as the text that they may be, and as the digits that stand for them.
fn cost(raw: &Raw) -> usize {
    match raw {
        Raw::Text(text) => text.len(),
        Raw::Binary(bytes) => 3 * bytes.len(),
    }
}
