//! Phrases that findings about servers and about clients share.

use crate::wire::Conflict;

/// What was found for a name of the diagram, and what it must be.
pub(super) fn at_odds(conflict: &Conflict) -> String {
    let must = match (&conflict.must, &conflict.other) {
        (Some(must), _) => must.clone(),
        (None, Some(other)) => format!("is already {other}"),
        (None, None) => format!("is {}", conflict.bound.value),
    };
    format!("{} for {}, which {must}", conflict.found, conflict.name)
}

/// What a Close said.
pub(super) fn with_code(code: Option<u16>, reason: &str) -> String {
    match code {
        Some(code) if reason.is_empty() => format!("with code {code}"),
        Some(code) => format!("with code {code}: {reason}"),
        None => "without a code".to_owned(),
    }
}
