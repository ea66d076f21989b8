//! What is wrong with a text, as an editor shows it.

use super::host::Look;
use super::lines::Lines;
use super::protocol::Range;
use super::uri;
use crate::source::{Diagnostic, Severity, Span};
use serde_json::{Value, json};
use std::path::Path;

/// So many are told of one text; the rest is counted.
const MOST: usize = 1_000;

/// Everything that is said of a text. `folder` is where relative names begin.
pub fn of(look: &Look, lines: &Lines, folder: &Path) -> Vec<Value> {
    let mut all: Vec<Value> = look.told.iter().take(MOST).map(|told| one(told, look, lines, folder)).collect();
    if look.told.len() > MOST {
        let message = format!("and {} more; the first {MOST} are shown", look.told.len() - MOST);
        all.push(plain(Range::default(), Severity::Note, "limit", &message));
    }
    all
}

fn one(told: &Diagnostic, look: &Look, lines: &Lines, folder: &Path) -> Value {
    let own = place(told, look);
    let range = own.map_or_else(Range::default, |span| lines.range(look.text(), span.range()));
    let mut message = told.message.clone();
    let mut add = |before: &str, text: &str| {
        if !text.is_empty() {
            message.push_str(&format!("\n{before}{text}"));
        }
    };
    let at_own = |span: Span| own == Some(span);
    told.labels.iter().filter(|label| label.primary && at_own(label.span)).for_each(|label| add("", &label.text));
    told.notes.iter().for_each(|note| add("note: ", note));
    told.help.iter().for_each(|help| add("help: ", help));
    let others = told.labels.iter().filter(|label| !(label.primary && at_own(label.span)));
    let related: Vec<Value> =
        others.filter_map(|label| related(label.span, &label.text, look, lines, folder)).collect();
    let mut value = plain(range, told.severity, told.code, &look.hidden.redact(&message));
    if !related.is_empty() {
        value["relatedInformation"] = related.into();
    }
    value
}

/// A diagnostic of these words alone.
pub fn plain(range: Range, severity: Severity, code: &str, message: &str) -> Value {
    let severity = match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    };
    json!({ "range": range, "severity": severity, "code": code, "source": "seqcheck", "message": message })
}

/// Where something is said in the text itself: at its place; what is wrong elsewhere at the line that names the binding,
/// else at the top.
pub fn place(told: &Diagnostic, look: &Look) -> Option<Span> {
    let own = told.labels.iter().filter(|label| label.primary).map(|label| label.span).find(|span| look.is_own(*span));
    let named =
        || look.pieces.iter().find_map(|piece| piece.diagram.effective_settings().binding.map(|(_, span)| span));
    own.or_else(|| named().filter(|span| told.primary().is_some() && look.is_own(*span)))
}

fn related(span: Span, text: &str, look: &Look, lines: &Lines, folder: &Path) -> Option<Value> {
    let (uri, range) = location(span, look, lines, folder)?;
    let text = if text.is_empty() { "here" } else { text };
    Some(json!({ "location": { "uri": uri, "range": range }, "message": look.hidden.redact(text) }))
}

/// The file and the place of a span; none where it is in no file, such as a built-in binding.
pub fn location(span: Span, look: &Look, lines: &Lines, folder: &Path) -> Option<(String, Range)> {
    // A binding that is built in was read with other texts than these.
    let source = look.sources.iter().find(|(id, _)| *id == span.source).map(|(_, source)| source)?;
    if source.name().starts_with('<') {
        return None;
    }
    let uri = uri::of(&folder.join(source.name()));
    let range = if look.is_own(span) {
        lines.range(look.text(), span.range())
    } else {
        Lines::of(source.text()).range(source.text(), span.range())
    };
    Some((uri, range))
}
