//! The values of frames: texts, numbers and names by which one frame is told to follow from another.

use crate::oracle::judge::Oracle;
use crate::order::ArrowId;
use crate::wire::{Expects as _, Kinship, Observed, Raw, read_json};
use serde_json::Value;

/// So many values of one frame count.
const VALUES: usize = 32;

/// By which words the messages of a lane that are of the kind of a frame are told from others: two messages that have no more
/// in common than their kind do not follow from one another.
pub(super) fn kind_words(oracle: &Oracle, lane: u32, observed: &Observed) -> Vec<String> {
    let here = |id: &ArrowId| oracle.plan.lanes.routes[id.0 as usize].receive == lane;
    let mut found: Vec<String> = Vec::new();
    for id in oracle.plan.order.arrow_ids().map(|(id, _)| id).filter(here) {
        let Some(expectation) = oracle.plan.expectation(id) else { continue };
        let Some(word) = expectation.kind_word().map(str::to_lowercase).filter(|word| !found.contains(word)) else {
            continue;
        };
        if expectation.kinship(observed) >= Kinship::SameType {
            found.push(word);
        }
    }
    found
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a text has a value in it, as a word or several.
pub(super) fn holds(text: &str, value: &str) -> bool {
    let edge = |next: Option<char>| next.is_none_or(|next| !next.is_alphanumeric());
    text.match_indices(value)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next()))
}

/// The values of a frame of the tool: those of its JSON, or the text as a whole.
pub(super) fn texts(raw: &Raw) -> Vec<String> {
    match (raw.json(), raw) {
        (Some(value), _) => leaves(&value),
        (None, Raw::Text(text)) => vec![text.to_lowercase()],
        (None, Raw::Binary(_)) => Vec::new(),
    }
}

/// The values of a frame that was observed.
pub(super) fn values(observed: Option<&Observed>) -> Vec<String> {
    let mut all = match observed {
        Some(Observed::Message(message)) => leaves(&message.value),
        Some(Observed::Garbled { raw, .. }) => texts(raw),
        Some(Observed::Status { body, .. }) => leaves(body),
        Some(Observed::Event { event, id, data }) => {
            let mut all = read_json(data).map_or_else(|| vec![data.to_lowercase()], |data| leaves(&data));
            all.extend(id.iter().chain([event]).map(|text| text.to_lowercase()));
            all
        }
        Some(Observed::Asked { body, .. }) => leaves(body),
        Some(Observed::Dialled { .. } | Observed::Close { .. } | Observed::End { .. }) | None => Vec::new(),
    };
    all.sort_unstable();
    all.dedup();
    all.truncate(VALUES);
    all
}

/// Texts and numbers of a value, in small letters.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        Value::String(text) => vec![text.to_lowercase()],
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_value_is_found_as_a_word_of_a_text() {
        assert!(holds("message: hey bob!", "hey bob!"));
        assert!(holds("join room:general", "general"));
        assert!(holds("bob", "bob"));
        assert!(!holds("message: bobsled", "bob"));
        assert!(!holds("10 of 21", "1"));
    }
}
