//! Where a value differs from a pattern, and what a pattern looks like.

use super::matching::Matching;
use super::{Hole, Known, Members, Pattern, Piece, Reserved, Template, typed, value_eq, value_text};
use serde_json::Value;
use std::fmt::Write as _;

/// One place where a value differs: the path, what was expected, what was found.
pub type Place = (String, Option<Value>, Option<Value>);

/// Every place where `found` differs from the pattern, in the order of the pattern.
pub(in crate::wire) fn diff(pattern: &Pattern, found: &Value, matching: &mut Matching<'_>) -> Vec<Place> {
    let mut out = Vec::new();
    // A hole that stands twice differs where its second place holds something else than its first.
    matching.all = true;
    at(pattern, Some(found), String::new(), matching, &mut out);
    out
}

pub(super) fn at(
    pattern: &Pattern,
    found: Option<&Value>,
    path: String,
    matching: &mut Matching<'_>,
    out: &mut Vec<Place>,
) {
    let Some(value) = found else {
        out.push((path, Some(expected(pattern, matching)), None));
        return;
    };
    match (pattern, value) {
        (Pattern::Object(members), Value::Object(map)) => {
            for (name, pattern) in &members.list {
                let there = map.get(&**name);
                if there.is_some() || !matching.may_lack(pattern) {
                    at(pattern, there, member(&path, name), matching, out);
                }
            }
            let mut taken: Vec<&str> = Vec::new();
            for (name, pattern) in &members.named {
                // The member that fits; else the one of that name, whose value is then what differs.
                let there = matching
                    .member(members, name, Some(pattern), map, &taken)
                    .or_else(|| matching.member(members, name, None, map, &taken));
                let shown = there.map_or_else(|| text(name, matching), str::to_owned);
                at(pattern, there.and_then(|there| map.get(there)), member(&path, &shown), matching, out);
                taken.extend(there);
            }
            if members.closed || matching.closed {
                let extra = map.iter().filter(|(name, _)| !members.has(name) && !taken.contains(&&***name));
                out.extend(extra.map(|(name, found)| (member(&path, name), None, Some(found.clone()))));
            }
        }
        (Pattern::Array { before: false, items, after }, Value::Array(list)) => {
            for (index, item) in items.iter().enumerate() {
                at(item, list.get(index), format!("{path}[{index}]"), matching, out);
            }
            if !after {
                let extra = list.iter().enumerate().skip(items.len());
                out.extend(extra.map(|(index, found)| (format!("{path}[{index}]"), None, Some(found.clone()))));
            }
        }
        (Pattern::List(list), Value::Array(found)) => super::list::diff(list, found, &path, matching, out),
        (Pattern::Json(json), Value::String(whole)) => {
            let fits = |letters: &str, matching: &mut Matching<'_>| {
                json.before.as_ref().is_none_or(|before| matching.text(before, letters))
            };
            match json.parts(whole).find(|(letters, _)| fits(letters, matching)) {
                Some((_, inside)) => at(&json.inner, Some(&inside), path, matching, out),
                None => out.push((path, Some(expected(pattern, matching)), Some(value.clone()))),
            }
        }
        (_, value) => {
            if !matching.value(pattern, value) {
                out.push((path, Some(expected(pattern, matching)), Some(value.clone())));
            }
        }
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What is expected, as far as it is known; open holes as they are written.
pub(in crate::wire) fn expected(pattern: &Pattern, matching: &Matching<'_>) -> Value {
    match pattern {
        Pattern::Literal(value) => value.clone(),
        Pattern::Hole(hole) => match known(hole, matching) {
            Some(value) => value,
            None => Value::String(written(hole, matching)),
        },
        Pattern::Text(template) => Value::String(text(template, matching)),
        Pattern::Object(members) => {
            members_shown(members, matching).map(|(name, pattern)| (name, expected(pattern, matching))).collect()
        }
        Pattern::Array { items, .. } => items.iter().map(|item| expected(item, matching)).collect(),
        Pattern::List(list) => list.shown(matching),
        Pattern::Json(json) => {
            let before = json.before.as_ref().map(|before| text(before, matching)).unwrap_or_default();
            Value::String(format!("{before}{}", expected(&json.inner, matching)))
        }
        Pattern::Base64(template) => serde_json::json!({ "$base64": text(template, matching) }),
        Pattern::Bytes(pieces) => {
            let piece = |piece: &super::bytes::BytePiece| match piece {
                super::bytes::BytePiece::Literal(bytes) => super::bytes::spaced(bytes).trim_end().to_owned(),
                super::bytes::BytePiece::Hole(hole) => {
                    known(hole, matching).map_or_else(|| written(hole, matching), |v| value_text(&v))
                }
            };
            let list: Vec<String> = pieces.iter().map(piece).collect();
            serde_json::json!({ "$hex": list.join(" ") })
        }
    }
}

/// The members with their names, open holes of these as they are written.
fn members_shown<'p>(members: &'p Members, matching: &Matching<'_>) -> impl Iterator<Item = (String, &'p Pattern)> {
    let fixed = members.list.iter().map(|(name, pattern)| (name.to_string(), pattern));
    fixed.chain(members.named.iter().map(|(name, pattern)| (text(name, matching), pattern)))
}

/// The pattern as text that looks like JSON, with open holes bare: `{"type":"message","id":{id}}`.
pub(in crate::wire) fn describe(pattern: &Pattern, matching: &Matching<'_>) -> String {
    let mut out = String::new();
    write(pattern, matching, &mut out);
    out
}

fn write(pattern: &Pattern, matching: &Matching<'_>, out: &mut String) {
    match pattern {
        Pattern::Hole(hole) if known(hole, matching).is_none() => out.push_str(&written(hole, matching)),
        Pattern::Object(members) => {
            out.push('{');
            for (index, (name, pattern)) in members_shown(members, matching).enumerate() {
                let _ = write!(out, "{}{}:", if index > 0 { "," } else { "" }, Value::String(name));
                write(pattern, matching, out);
            }
            out.push('}');
        }
        Pattern::Array { before, items, after } => {
            out.push('[');
            let mut separator = if *before { "…" } else { "" };
            for item in items {
                out.push_str(separator);
                if separator == "…" {
                    out.push(',');
                }
                write(item, matching, out);
                separator = ",";
            }
            out.push_str(if *after { ",…]" } else { "]" });
        }
        Pattern::Literal(_)
        | Pattern::Hole(_)
        | Pattern::Text(_)
        | Pattern::List(_)
        | Pattern::Json(_)
        | Pattern::Base64(_)
        | Pattern::Bytes(_) => {
            let _ = write!(out, "{}", expected(pattern, matching));
        }
    }
}

/// A text, with open holes as they are written.
pub(in crate::wire) fn text(template: &Template, matching: &Matching<'_>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.to_string(),
        Piece::Hole(hole) => match known(hole, matching) {
            Some(value) => value_text(&value),
            None => written(hole, matching),
        },
    };
    template.pieces.iter().map(piece).collect()
}

fn known(hole: &Hole, matching: &Matching<'_>) -> Option<Value> {
    let slot = hole.slot?;
    let value = match matching.known(slot) {
        Some(Known::Text(text)) => typed(text, matching.slots.0[slot].kind),
        Some(Known::Value(value)) => value.into_owned(),
        Some(Known::Glob(parts)) => Value::String(parts.join("*")),
        // Outside a play names are shown as the diagram has them.
        None if matching.slots.0[slot].reserved == Some(Reserved::RunMark) => Value::String(String::new()),
        None => return None,
    };
    matching.forward(hole, value)
}

fn written(hole: &Hole, matching: &Matching<'_>) -> String {
    let name = hole.slot.map_or("_", |slot| &*matching.slots.0[slot].name);
    if let (None, super::Narrow::OneOf(values)) = (hole.slot, &hole.narrow) {
        // A list of statuses, which is written as a list.
        return values.iter().map(value_text).collect::<Vec<_>>().join(" or ");
    }
    let (narrow, maybe, null) =
        (hole.narrow.describe(), if hole.maybe { "?" } else { "" }, if hole.null { "|null" } else { "" });
    if narrow.is_empty() { format!("{{{name}{maybe}}}") } else { format!("{{{name}{maybe}:{narrow}{null}}}") }
}

/// Whether the literal members that name its type agree: kept here because it walks as [`diff`] does.
pub(in crate::wire) fn literals_agree(pattern: &Pattern, found: &Value) -> bool {
    match (pattern, found) {
        (Pattern::Literal(want), found) => value_eq(want, found),
        (Pattern::Object(members), Value::Object(map)) => {
            members.list.iter().all(|(name, pattern)| match map.get(&**name) {
                Some(found) => literals_agree(pattern, found),
                None => pattern.literals() == 0,
            }) && members.named.iter().all(|(name, pattern)| {
                let starts = |known: &str| !members.has(known) && known.starts_with(name.prefix());
                map.iter().any(|(known, found)| starts(known) && literals_agree(pattern, found))
            })
        }
        (Pattern::Array { before: false, items, .. }, Value::Array(list)) => {
            items.iter().zip(list).all(|(item, found)| literals_agree(item, found))
        }
        (Pattern::List(list), Value::Array(found)) => {
            list.items().all(|item| item.literals() == 0 || found.iter().any(|found| literals_agree(item, found)))
        }
        (Pattern::Text(template), Value::String(text)) => text.starts_with(template.prefix()),
        (Pattern::Json(json), Value::String(text)) => {
            let before = json.before.as_ref().map_or("", |before| before.prefix());
            text.starts_with(before) && json.parts(text).any(|(_, found)| literals_agree(&json.inner, &found))
        }
        (pattern, _) => {
            pattern.literals() == 0 || !matches!(pattern, Pattern::Object(_) | Pattern::Array { .. } | Pattern::Text(_))
        }
    }
}
