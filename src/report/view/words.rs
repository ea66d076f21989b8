//! Small phrases that every format says alike.

use crate::oracle::{Class, Difference};
use crate::wire::Observed;

/// A place where a frame differs, in a line: `text: expected "a", got "b"`.
pub fn value_words(difference: &Difference) -> String {
    let path = if difference.path.is_empty() { "the whole" } else { &difference.path };
    match (&difference.expected, &difference.found) {
        (Some(expected), Some(found)) => format!("{path}: expected {expected}, got {found}"),
        (Some(expected), None) => format!("{path}: expected {expected}, got nothing"),
        (None, Some(found)) => format!("{path}: expected nothing, got {found}"),
        (None, None) => format!("{path}: differs"),
    }
}

/// What was observed, in a line.
pub fn observed_words(observed: &Observed) -> String {
    match observed {
        Observed::Message(message) => message.raw.to_string(),
        Observed::Garbled { raw, .. } => raw.to_string(),
        Observed::Status { code, .. } => format!("HTTP {code}"),
        Observed::Event { event, data, .. } => format!("event {event}: {data}"),
        Observed::Close { code: Some(code), reason } => format!("Close {code} {reason}").trim_end().to_owned(),
        Observed::Close { code: None, .. } => "Close".to_owned(),
        Observed::Dialled { url, .. } => format!("WS connect {url}"),
        Observed::Asked { method, url, .. } => format!("{method} {url}"),
        Observed::End { how } => how.clone(),
    }
}

/// A sign for each class, so that no picture speaks by colour alone.
pub fn class_sign(class: Class) -> &'static str {
    match class {
        Class::Missing => "✗",
        Class::Late => "◷",
        Class::Early => "◴",
        Class::Reordered => "⇅",
        Class::WrongPayload => "≠",
        Class::Misrouted => "↝",
        Class::Duplicate => "⊕",
        Class::Unexpected => "?",
        Class::Closed => "⊘",
    }
}
