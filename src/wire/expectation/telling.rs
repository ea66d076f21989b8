//! Texts by which messages are told apart before any is held against what is expected.

use super::{Expectation, Watch};
use crate::wire::pattern::{Given, Hole, Pattern};
use crate::wire::{Message, Observed, Raw};
use serde_json::Value;

impl Expectation {
    /// Texts without which no message is what is expected, each with the member at the top of the message that has to be
    /// it; without one, it is the message itself.
    pub fn telling(&self) -> Vec<(Option<&str>, &str)> {
        match (&self.0.watch, &*self.0.pattern) {
            (Watch::Raw(Raw::Text(text)), _) => vec![(None, &**text)],
            (Watch::Message, Pattern::Object(members)) => {
                let text = |(name, pattern)| Some((Some(name), self.must_be(pattern)?));
                members.list.iter().map(|(name, pattern)| (&**name, pattern)).filter_map(text).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The text that a value has to be; none where others do as well, or where that is not known at once.
    fn must_be<'a>(&'a self, pattern: &'a Pattern) -> Option<&'a str> {
        match pattern {
            Pattern::Literal(Value::String(text)) => Some(text),
            Pattern::Hole(Hole { slot: Some(slot), filters, plus: 0, maybe: false, null: false, .. })
                if filters.is_empty() && self.0.slots.0[*slot].kind.is_none() =>
            {
                match self.0.given.get(*slot)? {
                    Some(Given::Text(text)) => Some(text),
                    Some(Given::Name(_) | Given::Value(_) | Given::Glob(_)) | None => None,
                }
            }
            _ => None,
        }
    }
}

impl Observed {
    /// The text at a member at the top of a message, or without one the message itself; none where there is no text.
    pub fn telling(&self, member: Option<&str>) -> Option<&str> {
        let Observed::Message(Message { value, raw }) = self else { return None };
        match (member, raw) {
            (Some(member), _) => value.as_object()?.get(member)?.as_str(),
            (None, Raw::Text(text)) => Some(text),
            (None, Raw::Binary(_)) => None,
        }
    }
}
