//! Small phrases that every format says alike.

use crate::oracle::{Class, Difference};
use crate::wire::Observed;
use std::time::Duration;

/// A time as people say it, with three digits at most: `0.2 ms`, `1.25 s`, `480 µs`.
pub fn elapsed_words(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let (value, unit) = match nanos {
        0 => return "0 ms".to_owned(),
        1..100_000 => (nanos as f64 / 1e3, "µs"),
        100_000..1_000_000_000 => (nanos as f64 / 1e6, "ms"),
        1_000_000_000..120_000_000_000 => (nanos as f64 / 1e9, "s"),
        _ => (nanos as f64 / 60e9, "min"),
    };
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let words = |nanos| elapsed_words(Duration::from_nanos(nanos));
        assert_eq!(words(0), "0 ms");
        assert_eq!(words(480), "0.48 µs");
        assert_eq!(words(200_000), "0.2 ms");
        assert_eq!(words(4_321_000), "4.32 ms");
        assert_eq!(words(999_700_000), "1000 ms");
        assert_eq!(words(5_000_000_000), "5 s");
        assert_eq!(words(150_000_000_000), "2.5 min");
    }
}
