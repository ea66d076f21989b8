//! How much of a frame a finding says: a frame may be as large as 16 MiB, and a report tells it in several places. The
//! trace and the wire log have it whole.

use crate::oracle::{Difference, Finding, Outcome};
use crate::wire::Raw;
use serde_json::Value;

/// Bytes of one text.
pub(super) const TEXT: usize = 4_000;
/// Differences of one finding.
const DIFFERENCES: usize = 100;

/// Cuts what its findings say; doing it again changes nothing. Secrets are taken out before: a part of one would not be
/// found.
pub(super) fn cut(outcome: &mut Outcome) {
    outcome.findings.iter_mut().chain(&mut outcome.excused).for_each(finding);
}

/// Leaves differences out that are not told: what is not shown need not be looked at.
pub(super) fn differences(finding: &mut Finding) {
    finding.diff.truncate(DIFFERENCES);
    finding.consequences.iter_mut().for_each(differences);
}

fn finding(told: &mut Finding) {
    let Finding { what, label, diff, help, consequences, raw, bound, .. } = told;
    bound.iter_mut().for_each(|bound| value(&mut bound.value));
    raw.iter_mut().for_each(frame);
    [what].into_iter().chain(label).chain(help).for_each(text);
    diff.truncate(DIFFERENCES);
    for Difference { path, expected, found } in diff {
        text(path);
        expected.iter_mut().chain(found).for_each(value);
    }
    consequences.iter_mut().for_each(finding);
}

/// Of bytes it is the begin as well, in the letters in which they are told.
fn frame(raw: &mut Raw) {
    // Two digits a byte.
    let (shown, most, all) = match raw {
        Raw::Text(text) => (text.len(), TEXT, text.len()),
        Raw::Binary(bytes) => (2 * bytes.len(), TEXT / 2, bytes.len()),
    };
    if shown > 2 * TEXT {
        *raw = Raw::Text(format!("{} ({all} bytes)", raw.beginning(most)).into());
    }
}

/// A value that a report shows beside a finding, at most as long as what the finding says itself.
pub(super) fn shown(mut value: Value) -> Value {
    self::value(&mut value);
    value
}

fn text(text: &mut String) {
    if is_long(text) {
        *text = begun(begin(text, TEXT).to_owned(), text.len());
    }
}

/// Whether only the begin of a text is told. Twice as much is let be, so that what was cut is not cut again.
pub(super) fn is_long(text: &str) -> bool {
    text.len() > 2 * TEXT
}

/// What a text of so many bytes begins with.
pub(super) fn begun(begin: String, all: usize) -> String {
    begin + &format!("… ({all} bytes)")
}

/// The begin of a text, so many bytes or a few less.
pub(super) fn begin(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// What is too long is told as the text that it begins with.
fn value(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(said) => text(said),
        Value::Array(_) | Value::Object(_) => {
            let mut said = value.to_string();
            if is_long(&said) {
                text(&mut said);
                *value = said.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_frame_is_cut_once_in_whatever_form() {
        for mut raw in [Raw::Text("ü".repeat(100_000).into()), Raw::Binary(vec![7; 200_000].into())] {
            frame(&mut raw);
            let told = raw.to_string();
            assert!(told.len() < 4_100 && told.ends_with("… (200000 bytes)"), "{told}");
            frame(&mut raw);
            assert_eq!(raw.to_string(), told);
        }
        let mut small = Raw::Binary(vec![7; 100].into());
        frame(&mut small);
        assert_eq!(small, Raw::Binary(vec![7; 100].into()));
    }

    #[test]
    fn what_is_long_is_cut_once_and_the_rest_is_as_it_was() {
        let mut long = json!("ü".repeat(100_000));
        value(&mut long);
        let said = long.as_str().unwrap_or_default().to_owned();
        assert!(said.len() < 4_100 && said.ends_with("ü… (200000 bytes)"), "{said}");
        value(&mut long);
        assert_eq!(long, said.as_str());
        let mut list = json!(vec![1; 100_000]);
        value(&mut list);
        assert!(list.as_str().is_some_and(|text| text.starts_with("[1,1,") && text.len() < 4_100));
        for small in [json!(null), json!(7), json!({ "a": ["b"] }), json!("b".repeat(5_000))] {
            let mut same = small.clone();
            value(&mut same);
            assert_eq!(same, small);
        }
    }
}
