//! What stands where in a diagram, for highlighting: the reader's own places, so that what is coloured is what is meant.

use super::names;
use super::outline::last_line;
use super::sheet::Sheet;
use crate::diagram::Item;
use serde_json::{Value, json};

/// The kinds, in the order in which tokens number them.
pub const KINDS: [&str; 5] = ["keyword", "variable", "string", "comment", "macro"];

const KEYWORD: u32 = 0;
const NAME: u32 = 1;
const LABEL: u32 = 2;
const COMMENT: u32 = 3;
const DIRECTIVE: u32 = 4;

/// `textDocument/semanticTokens/full`
pub fn all(sheet: &Sheet<'_>) -> Value {
    let mut found: Vec<(usize, usize, u32)> = Vec::new();
    for piece in &sheet.look.pieces {
        let own = |span: crate::source::Span| sheet.look.is_own(span);
        let mentions = piece.mentions.iter().filter(|mention| own(mention.at));
        let written = mentions.map(|mention| names::written(sheet, piece, mention));
        found.extend(written.map(|at| (at.start, at.end, NAME)));
        let settings = piece.diagram.settings.iter().map(crate::diagram::Setting::span).filter(|span| own(*span));
        found.extend(settings.map(|span| (span.range().start, span.range().end, DIRECTIVE)));
        for (item, span) in sheet.items(piece) {
            let range = span.range();
            match item {
                Item::Arrow(arrow) => {
                    found.push((arrow.label_span.range().start, arrow.label_span.range().end, LABEL));
                }
                Item::Comment(..) => found.push((range.start, range.end, COMMENT)),
                Item::Directive(_) => found.push((range.start, range.end, DIRECTIVE)),
                Item::Fragment(fragment) => {
                    found.extend(fragment.operands.iter().map(|operand| word(sheet, operand.span.range().start)));
                    let last = last_line(sheet.text, span);
                    let line = sheet.text.get(last..range.end).unwrap_or_default();
                    found.push(word(sheet, last + line.len() - line.trim_start().len()));
                }
                Item::Declare(..) | Item::Group(_) | Item::Note(_) | Item::Ref(_) | Item::Lifecycle { .. } => {
                    found.push(word(sheet, range.start));
                }
                Item::Autonumber(..) | Item::Style(..) | Item::Space(..) => found.push(word(sheet, range.start)),
                Item::Divider { .. } | Item::Delay { .. } => found.push((range.start, range.end, COMMENT)),
                Item::TimeBound(_) | Item::Blank => {}
            }
        }
    }
    encode(sheet, found)
}

/// The word at a place.
fn word(sheet: &Sheet<'_>, start: usize) -> (usize, usize, u32) {
    let rest = sheet.text.get(start..).unwrap_or_default();
    let length = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '@')).unwrap_or(rest.len());
    (start, start + length, KEYWORD)
}

/// Five numbers for each token, relative to the one before; none goes over a line, and none lies over another.
fn encode(sheet: &Sheet<'_>, mut found: Vec<(usize, usize, u32)>) -> Value {
    // Of two at one place the longer one says more.
    found.sort_by_key(|&(start, end, kind)| (start, std::cmp::Reverse(end), kind));
    let mut data: Vec<u32> = Vec::with_capacity(found.len() * 5);
    let (mut line, mut character, mut done) = (0, 0, 0);
    for (start, end, kind) in found {
        let mut at = start.max(done);
        let end = end.min(sheet.text.len());
        for part in sheet.text.get(at..end).unwrap_or_default().split_inclusive('\n') {
            let shown = part.trim_end_matches(['\n', '\r']);
            let units: usize = shown.chars().map(char::len_utf16).sum();
            if units > 0 {
                let place = sheet.lines.position(sheet.text, at);
                let new_line = place.line - line;
                let since = if new_line == 0 { character } else { 0 };
                data.extend([new_line, place.character - since, u32::try_from(units).unwrap_or(0), kind, 0]);
                (line, character) = (place.line, place.character);
            }
            at += part.len();
        }
        done = done.max(end);
    }
    json!({ "data": data })
}
