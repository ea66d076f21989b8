//! Ways to mend what is wrong, as an editor offers them.

use super::diagnostics;
use super::protocol::Range;
use super::sheet::Sheet;
use crate::lint::apply;
use crate::source::Fix;
use serde_json::{Map, Value, json};

/// The kind of a fix that makes all that are safe.
pub const FIX_ALL: &str = "source.fixAll.seqcheck";

/// `textDocument/codeAction`: the fixes of what is said in a range, and all safe ones at once.
pub fn all(sheet: &Sheet<'_>, range: Range) -> Value {
    let mut actions = Vec::new();
    let touches = |other: &Range| other.start <= range.end && range.start <= other.end;
    for told in &sheet.look.told {
        let at = diagnostics::place(told, sheet.look).map_or_else(Range::default, |span| sheet.range(span.range()));
        if !touches(&at) {
            continue;
        }
        for fix in told.fixes.iter().filter(|fix| is_own(sheet, fix)) {
            let severity = told.severity;
            let shown = diagnostics::plain(at, severity, told.code, &sheet.look.hidden.redact(&told.message));
            actions.push(json!({
                "title": sheet.look.hidden.redact(&fix.title), "kind": "quickfix", "diagnostics": [shown],
                "isPreferred": fix.safe, "edit": edit(sheet, fix),
            }));
        }
    }
    actions.extend(everything(sheet));
    actions.into()
}

/// Whether a fix changes this text alone.
fn is_own(sheet: &Sheet<'_>, fix: &Fix) -> bool {
    !fix.edits.is_empty() && fix.edits.iter().all(|edit| sheet.look.is_own(edit.span))
}

fn edit(sheet: &Sheet<'_>, fix: &Fix) -> Value {
    let edits = fix.edits.iter().map(|edit| json!({ "range": sheet.range(edit.span.range()), "newText": edit.text }));
    changes(sheet, edits.collect())
}

fn changes(sheet: &Sheet<'_>, edits: Value) -> Value {
    let mut changes = Map::new();
    changes.insert(sheet.uri.to_owned(), edits);
    json!({ "changes": changes })
}

/// All fixes that change nothing of what a run checks, as `lint --fix` makes them.
fn everything(sheet: &Sheet<'_>) -> Option<Value> {
    let safe = sheet.look.told.iter().filter_map(|told| told.fixes.iter().find(|fix| fix.safe && is_own(sheet, fix)));
    let (texts, made) = apply(safe, |id| sheet.look.sources.get(id).text().to_owned());
    let text = texts.get(&sheet.look.source?).filter(|_| made > 0)?;
    let edits = json!([whole(sheet, text)]);
    let title = format!("make {made} safe fix{}", if made == 1 { "" } else { "es" });
    Some(json!({ "title": title, "kind": FIX_ALL, "edit": changes(sheet, edits) }))
}

/// Another text in place of this one: the lines that differ.
pub fn whole(sheet: &Sheet<'_>, text: &str) -> Value {
    let common =
        |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let mut start = common(sheet.text, text);
    start = sheet.text[..floor(sheet.text, start)].rfind('\n').map_or(0, |end| end + 1);
    let (old, new) = (&sheet.text[start..], &text[start..]);
    let same = old.bytes().rev().zip(new.bytes().rev()).take_while(|(one, other)| one == other).count();
    // What is the same at the end begins with a line.
    let behind = &old[floor(old, old.len() - same)..];
    let same = behind.find('\n').map_or(0, |end| behind.len() - end - 1);
    let end = sheet.text.len() - same;
    json!({ "range": sheet.range(start..end), "newText": &text[start..text.len() - same] })
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
