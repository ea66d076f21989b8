//! From a place to another: where something is declared, and where else it is named.

use super::host::Piece;
use super::names;
use super::sheet::Sheet;
use super::uri;
use crate::diagram::{Arrow, Item};
use crate::order::Library as _;
use crate::source::Span;
use crate::wire::{Binding, Sender};
use serde_json::{Value, json};
use std::path::Path;

/// `textDocument/definition`
pub fn definition(sheet: &Sheet<'_>, offset: usize) -> Value {
    let Some(piece) = sheet.look.piece_at(offset) else { return Value::Null };
    if let Some((piece, id, _)) = names::at(sheet, offset) {
        let range = sheet.range(names::declaration(sheet, piece, id));
        return json!({ "uri": sheet.uri, "range": range });
    }
    let here = |span: Span| (span.range().start..=span.range().end).contains(&offset);
    if let Some(arrow) = sheet.arrow_at(piece, offset) {
        let rule = piece.binding.as_deref().and_then(|binding| rule_of(piece, binding, arrow));
        return rule.and_then(|(_, span)| in_file(sheet, piece, span?)).unwrap_or(Value::Null);
    }
    if let Some((name, _)) =
        piece.diagram.effective_settings().binding.filter(|(_, span)| sheet.look.is_own(*span) && here(*span))
    {
        return file_of(sheet, name).unwrap_or(Value::Null);
    }
    let reference = sheet.items(piece).find_map(|(item, span)| match item {
        Item::Ref(reference) if here(span) => Some(reference),
        _ => None,
    });
    let referred = reference.and_then(|reference| piece.neighbours.diagram(&reference.text));
    let start = |span: Span| Span { end: span.start, ..span };
    referred.and_then(|diagram| sheet.location(start(diagram.span))).unwrap_or(Value::Null)
}

/// The rule of an arrow's label, and where it stands.
pub fn rule_of<'b>(piece: &Piece, binding: &'b Binding, arrow: &Arrow) -> Option<(&'b str, Option<Span>)> {
    let sides = match from_client(piece, arrow) {
        Some(true) => [Sender::Client, Sender::Server],
        Some(false) => [Sender::Server, Sender::Client],
        None => [Sender::Client, Sender::Server],
    };
    sides.into_iter().find_map(|sender| binding.rule(&arrow.label, sender)).map(|(label, span)| (label, Some(span)))
}

/// Whether it is a client that sends an arrow, where that is known.
pub fn from_client(piece: &Piece, arrow: &Arrow) -> Option<bool> {
    let order = piece.survey.as_ref()?.plan.order();
    let compiled = order.arrows.iter().find(|compiled| compiled.span == arrow.span)?;
    Some(order.client_sends(compiled))
}

/// A place in a binding, where that is a file.
fn in_file(sheet: &Sheet<'_>, piece: &Piece, span: Span) -> Option<Value> {
    let files = piece.binding.as_ref()?.files();
    // The places of a binding that is built in are in texts of its own.
    let name = sheet.look.sources.iter().find(|(id, _)| *id == span.source).map(|(_, source)| source.name())?;
    files.iter().any(|file| **file == *name).then(|| sheet.location(span)).flatten()
}

/// The file that a `binding` line names; none where it is built in.
fn file_of(sheet: &Sheet<'_>, name: &str) -> Option<Value> {
    if Binding::builtin(name).is_some() {
        return None;
    }
    let own = sheet.look.source.map(|source| sheet.look.sources.get(source).name().to_owned())?;
    let path = Path::new(&own).parent().unwrap_or(Path::new("")).join(name);
    let place = super::protocol::Range::default();
    Some(json!({ "uri": uri::of(&sheet.folder.join(path)), "range": place }))
}

/// `textDocument/references`
pub fn references(sheet: &Sheet<'_>, offset: usize, with_declaration: bool) -> Value {
    let Some((piece, id, _)) = names::at(sheet, offset) else { return Value::Null };
    let declared = names::declaration(sheet, piece, id);
    let all = names::all(sheet, piece, id).into_iter().filter(|at| with_declaration || *at != declared);
    all.map(|at| json!({ "uri": sheet.uri, "range": sheet.range(at) })).collect()
}

/// `textDocument/documentHighlight`
pub fn highlights(sheet: &Sheet<'_>, offset: usize) -> Value {
    let Some((piece, id, _)) = names::at(sheet, offset) else { return Value::Null };
    names::all(sheet, piece, id).into_iter().map(|at| json!({ "range": sheet.range(at) })).collect()
}
