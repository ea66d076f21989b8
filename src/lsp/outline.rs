//! The outline of a text: its symbols, and what can be folded.

use super::host::{Kind, Piece};
use super::sheet::Sheet;
use super::tables;
use crate::diagram::{Arrow, End, Fragment, Item, Side};
use crate::source::Span;
use serde_json::{Value, json};

/// Kinds of symbols, as the protocol numbers them.
mod kind {
    pub const MODULE: u8 = 2;
    pub const NAMESPACE: u8 = 3;
    pub const INTERFACE: u8 = 11;
    pub const VARIABLE: u8 = 13;
    pub const EVENT: u8 = 24;
    pub const STRUCT: u8 = 23;
}

/// `textDocument/documentSymbol`
pub fn symbols(sheet: &Sheet<'_>) -> Value {
    match sheet.look.kind {
        Kind::Diagram => sheet.look.pieces.iter().filter_map(|piece| of_piece(sheet, piece)).collect(),
        Kind::Binding | Kind::Settings => {
            tables::tables(sheet.text).iter().map(|table| of_table(sheet, table)).collect()
        }
        Kind::Other => Value::Array(Vec::new()),
    }
}

fn symbol(sheet: &Sheet<'_>, name: &str, kind: u8, whole: std::ops::Range<usize>, at: std::ops::Range<usize>) -> Value {
    // What is selected has to lie in the whole.
    let start = at.start.clamp(whole.start, whole.end);
    let at = start..at.end.clamp(start, whole.end);
    // No editor takes a symbol without a name.
    let name = name.lines().next().filter(|name| !name.trim().is_empty()).unwrap_or("…");
    json!({ "name": name, "kind": kind, "range": sheet.range(whole), "selectionRange": sheet.range(at) })
}

fn of_piece(sheet: &Sheet<'_>, piece: &Piece) -> Option<Value> {
    let whole = piece.range.clone();
    let first = sheet.text.get(whole.clone())?.lines().next().map_or(0, str::len);
    let mut value = symbol(sheet, &piece.name, kind::MODULE, whole.clone(), whole.start..whole.start + first);
    let people = piece.diagram.participants.iter().filter(|one| sheet.look.is_own(one.span));
    let people = people.map(|one| symbol(sheet, &one.id, kind::INTERFACE, one.span.range(), one.span.range()));
    let body = body(sheet, piece, &piece.diagram.body);
    value["children"] = people.chain(body).collect();
    Some(value)
}

fn body(sheet: &Sheet<'_>, piece: &Piece, items: &[Item]) -> Vec<Value> {
    let mut all = Vec::new();
    for item in items {
        match item {
            Item::Arrow(arrow) if sheet.look.is_own(arrow.span) && !arrow.drawn.implied => {
                let name = said(piece, arrow);
                all.push(symbol(sheet, &name, kind::EVENT, arrow.span.range(), arrow.label_span.range()));
            }
            Item::Fragment(fragment) if sheet.look.is_own(fragment.span) => all.push(block(sheet, piece, fragment)),
            Item::Group(group) => all.extend(body(sheet, piece, &group.body)),
            Item::Ref(reference) if sheet.look.is_own(reference.span) => {
                let name = format!("ref {}", reference.text);
                all.push(symbol(sheet, &name, kind::VARIABLE, reference.span.range(), reference.span.range()));
            }
            Item::Arrow(_)
            | Item::Fragment(_)
            | Item::Ref(_)
            | Item::Declare(..)
            | Item::Note(_)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Lifecycle { .. }
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => {}
        }
    }
    all
}

fn block(sheet: &Sheet<'_>, piece: &Piece, fragment: &Fragment) -> Value {
    let guard = fragment.operands.first().map(|operand| operand.guard.as_str()).unwrap_or_default();
    let name = format!("{} {guard}", fragment.kind.keyword());
    let head = fragment.operands.first().map_or(fragment.span, |operand| operand.span);
    let mut value = symbol(sheet, name.trim(), kind::NAMESPACE, fragment.span.range(), head.range());
    value["children"] = fragment.operands.iter().flat_map(|operand| body(sheet, piece, &operand.body)).collect();
    value
}

/// `Alice → Server: join room:general`
pub fn said(piece: &Piece, arrow: &Arrow) -> String {
    let colon = if arrow.label.is_empty() { "" } else { ": " };
    format!("{} → {}{colon}{}", end(piece, &arrow.from), end(piece, &arrow.to), arrow.label)
}

fn end(piece: &Piece, end: &End) -> String {
    let name = |id: &_| piece.diagram.participant(*id).id.clone();
    match end {
        End::Participant(id) => name(id),
        End::Several(ids) => ids.iter().map(name).collect::<Vec<_>>().join(", "),
        End::Everyone { .. } => "*".to_owned(),
        End::Outside(Side::Left) => "[".to_owned(),
        End::Outside(Side::Right) => "]".to_owned(),
    }
}

fn of_table(sheet: &Sheet<'_>, table: &tables::Table<'_>) -> Value {
    let name = match table.label {
        Some(label) => format!("{}: {label}", table.name),
        None => table.name.to_owned(),
    };
    symbol(sheet, &name, kind::STRUCT, table.whole.clone(), table.head.clone())
}

/// `textDocument/foldingRange`
pub fn folds(sheet: &Sheet<'_>) -> Value {
    let mut found: Vec<(u32, u32, Option<&str>)> = Vec::new();
    let mut add = |start: usize, end: usize, kind: Option<&'static str>| {
        let at = |offset: usize| sheet.lines.position(sheet.text, offset).line;
        let (first, last) = (at(start), at(end));
        if last > first {
            found.push((first, last, kind));
        }
    };
    match sheet.look.kind {
        Kind::Diagram => {
            for piece in &sheet.look.pieces {
                if sheet.look.pieces.len() > 1 {
                    add(piece.range.start, end_of(sheet.text, piece.range.clone()), None);
                }
                let mut comments: Option<Span> = None;
                for (item, span) in sheet.items(piece) {
                    match item {
                        Item::Comment(..) => comments = Some(comments.map_or(span, |first| first.to(span))),
                        _ => {
                            comments.take().into_iter().for_each(|span| {
                                add(span.range().start, span.range().end, Some("comment"));
                            });
                        }
                    }
                    if let Item::Fragment(fragment) = item {
                        operands(sheet, fragment, &mut add);
                    } else {
                        add(span.range().start, end_of(sheet.text, span.range()), None);
                    }
                }
                comments.into_iter().for_each(|span| add(span.range().start, span.range().end, Some("comment")));
            }
        }
        Kind::Binding | Kind::Settings => {
            for table in tables::tables(sheet.text) {
                add(table.head.start, end_of(sheet.text, table.whole), None);
            }
        }
        Kind::Other => {}
    }
    found.sort_unstable();
    found.dedup();
    let fold = |(first, last, kind): (u32, u32, Option<&str>)| {
        let mut value = json!({ "startLine": first, "endLine": last });
        if let Some(kind) = kind {
            value["kind"] = kind.into();
        }
        value
    };
    found.into_iter().map(fold).collect()
}

/// Each operand down to the line above the next one.
fn operands(sheet: &Sheet<'_>, fragment: &Fragment, add: &mut dyn FnMut(usize, usize, Option<&'static str>)) {
    let starts = fragment.operands.iter().map(|operand| operand.span.range().start);
    let starts: Vec<usize> = starts.filter(|start| fragment.span.range().contains(start)).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(fragment.span.range().end);
        let end = if index + 1 < starts.len() { end } else { last_line(sheet.text, fragment.span) };
        let above = sheet.text.get(*start..end).map_or(0, |text| text.trim_end().len());
        add(*start, start + above, None);
    }
}

/// Where the last line of a block begins: its `end`, which stays to be seen.
pub fn last_line(text: &str, span: Span) -> usize {
    let whole = text.get(span.range()).unwrap_or_default().trim_end();
    let line = whole.rfind('\n').map_or(0, |end| end + 1);
    span.range().start + line
}

/// The end of what is written in some bytes.
fn end_of(text: &str, bytes: std::ops::Range<usize>) -> usize {
    bytes.start + text.get(bytes).map_or(0, |text| text.trim_end().len())
}
