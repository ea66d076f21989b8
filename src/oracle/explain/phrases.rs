//! Phrases that findings about servers and about clients share.

use crate::wire::{Conflict, Raw};

/// What was found for a name of the diagram, and what it must be.
pub(super) fn at_odds(conflict: &Conflict) -> String {
    let must = match (&conflict.must, &conflict.other) {
        (Some(must), _) => must.clone(),
        (None, Some(other)) => format!("is already {other}"),
        (None, None) => format!("stands for {}", conflict.bound.value),
    };
    format!("{} for `{}`, which {must}", conflict.found, conflict.name)
}

/// What a Close said.
pub(super) fn with_code(code: Option<u16>, reason: &str) -> String {
    match code {
        Some(code) if reason.is_empty() => format!("with code {code}"),
        Some(code) => format!("with code {code}: {reason}"),
        None => "without a code".to_owned(),
    }
}

/// What cannot be read. JSON can be: then it is what it says that no protocol of its codec allows.
pub(super) fn unread(raw: &Raw, why: &str) -> String {
    match raw {
        Raw::Text(_) if raw.json().is_some() => format!("a message that its protocol does not allow: {why}"),
        Raw::Text(_) | Raw::Binary(_) => format!("bytes that cannot be read: {why}"),
    }
}
