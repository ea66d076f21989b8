//! Participants: where their names stand, and other names for them.
//!
//! Where a name stands is known from reading, for every statement but declarations and directives: in these it is looked
//! for. A rename is read again before it is handed out: the diagram has to be the same but for the name.

use super::host::Piece;
use super::server::Failure;
use super::sheet::Sheet;
use crate::diagram::{Create, Diagram, DirectiveKind, Item, Lifecycle, ParticipantId};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::{self, Dialect, Mention, quote, unquote};
use serde_json::{Map, Value, json};
use std::ops::Range;

/// The participant whose name is at a place, and where that name stands.
pub fn at<'a>(sheet: &Sheet<'a>, offset: usize) -> Option<(&'a Piece, ParticipantId, Range<usize>)> {
    let piece = sheet.look.piece_at(offset)?;
    let here = |range: &Range<usize>| (range.start..=range.end).contains(&offset);
    let own = piece.mentions.iter().filter(|mention| sheet.look.is_own(mention.at) && here(&mention.at.range()));
    let mut own = own.map(|mention| (mention.who, written(sheet, piece, mention)));
    if let Some((who, range)) = own.find(|(_, range)| here(range)) {
        return Some((piece, who, range));
    }
    let ids =
        (0..piece.diagram.participants.len()).map(|index| ParticipantId(u32::try_from(index).unwrap_or(u32::MAX)));
    let declared = |id: ParticipantId| {
        let all = declarations(sheet, piece, id).into_iter().chain(directives(sheet, piece, id));
        all.into_iter().find(here).map(|range| (id, range))
    };
    // Only those whose line this is are looked at.
    let line = sheet.lines.position(sheet.text, offset).line;
    let line = sheet.lines.line(sheet.text, line as usize);
    let text = &sheet.text[line];
    let likely = |id: &ParticipantId| text.contains(piece.diagram.participant(*id).id.as_str());
    let (id, range) = ids.filter(likely).find_map(declared)?;
    Some((piece, id, range))
}

/// Where a participant is declared, else where it is named first.
pub fn declaration(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId) -> Range<usize> {
    let first = declarations(sheet, piece, id).into_iter().next();
    first.unwrap_or_else(|| piece.diagram.participant(id).span.range())
}

/// Everywhere that a participant's name stands, in the order of the text; with its quotes where it has some.
pub fn all(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId) -> Vec<Range<usize>> {
    let mentions = piece.mentions.iter().filter(|mention| mention.who == id && sheet.look.is_own(mention.at));
    let mut found: Vec<Range<usize>> = mentions.map(|mention| written(sheet, piece, mention)).collect();
    found.extend(declarations(sheet, piece, id));
    found.extend(directives(sheet, piece, id));
    found.sort_by_key(|range| (range.start, range.end));
    found.dedup();
    found
}

/// Where the name stands in the place of a mention, which of some statements is the whole.
pub fn written(sheet: &Sheet<'_>, piece: &Piece, mention: &Mention) -> Range<usize> {
    let (text, name) = (sheet.slice(mention.at), piece.diagram.participant(mention.who).id.as_str());
    if text == name || unquote(text).as_deref() == Some(name) {
        return mention.at.range();
    }
    // The keyword may be its name too.
    tokens(text, name).pop().map_or_else(|| mention.at.range(), |at| moved(at, mention.at))
}

/// In statements that declare it.
fn declarations(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId) -> Vec<Range<usize>> {
    let participant = piece.diagram.participant(id);
    let declares = |item: &Item| match item {
        Item::Declare(of, _) => *of == id,
        Item::Lifecycle { participant: of, change: Lifecycle::Create(Create::Declaring), .. } => *of == id,
        _ => false,
    };
    let mut spans: Vec<Span> = sheet.items(piece).filter(|(item, _)| declares(item)).map(|(_, span)| span).collect();
    if participant.declared && sheet.look.is_own(participant.span) {
        spans.push(participant.span);
    }
    spans.sort_unstable();
    spans.dedup();
    spans
        .into_iter()
        .filter_map(|span| declared(sheet.slice(span), &participant.id).map(|at| moved(at, span)))
        .collect()
}

fn moved(range: Range<usize>, span: Span) -> Range<usize> {
    let start = span.range().start;
    start + range.start..start + range.end
}

/// Where a declaration says the name that arrows use: beside `as` where it has one, else behind its keyword.
fn declared(text: &str, name: &str) -> Option<Range<usize>> {
    let tokens = tokens(text, name);
    let keyword = text.find(char::is_whitespace).unwrap_or(0);
    let beside = |token: &&Range<usize>| {
        let before = text[..token.start].trim_end().to_ascii_lowercase();
        let behind = text[token.end..].trim_start().to_ascii_lowercase();
        before.ends_with(" as")
            || before.ends_with("\" as")
            || before.ends_with("\"as")
            || behind.starts_with("as ")
            || behind.starts_with("as\"")
    };
    let behind_as = |token: &&Range<usize>| text[..token.start].trim_end().to_ascii_lowercase().ends_with("as");
    // A label in quotes is the drawn name, where a bare name stands at the other side of `as`.
    let bare = |token: &&Range<usize>| !text[token.start..].starts_with('"');
    let around: Vec<&Range<usize>> = tokens.iter().filter(beside).collect();
    let chosen = around.iter().copied().find(|token| bare(token) && behind_as(token));
    let chosen = chosen.or_else(|| around.iter().copied().find(|token| bare(token))).or(around.first().copied());
    chosen.or_else(|| tokens.iter().find(|token| token.start > keyword)).or(tokens.first()).cloned()
}

/// In directives that name it.
fn directives(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId) -> Vec<Range<usize>> {
    let name = &piece.diagram.participant(id).id;
    let mut spans = Vec::new();
    for setting in &piece.diagram.settings {
        if setting.names().contains(name) && sheet.look.is_own(setting.span()) {
            spans.push(setting.span());
        }
    }
    for (item, span) in sheet.items(piece) {
        if let Item::Directive(directive) = item
            && let DirectiveKind::Ignore(frames) | DirectiveKind::Consider(frames) = &directive.kind
            && frames.at.contains(&id)
        {
            spans.push(span);
        }
    }
    let inside = |span: Span| {
        let text = sheet.slice(span);
        let until =
            text.find(':').filter(|_| text.contains("ignore") || text.contains("consider")).unwrap_or(text.len());
        let mut leader = text.split_whitespace();
        // The word of the directive may be a lifeline's name too.
        let word = leader.find(|word| word.chars().any(char::is_alphabetic)).unwrap_or_default();
        let behind = text.find(word).unwrap_or(0) + word.len();
        let found: Vec<Range<usize>> =
            tokens(text, name).into_iter().filter(|at| at.start >= behind && at.end <= until).collect();
        found.into_iter().map(move |at| moved(at, span))
    };
    spans.into_iter().flat_map(inside).collect()
}

/// Where a name stands in a text by itself, in quotes or bare.
fn tokens(text: &str, name: &str) -> Vec<Range<usize>> {
    let quoted = quote(name);
    let mut found: Vec<Range<usize>> = text.match_indices(&quoted).map(|(at, _)| at..at + quoted.len()).collect();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_');
    let alone = |at: usize| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        let edge = |c: Option<char>, own: Option<char>| !(c.is_some_and(is_part) && own.is_some_and(is_part));
        edge(before, name.chars().next()) && edge(behind, name.chars().next_back())
    };
    if !name.is_empty() {
        let bare = text.match_indices(name).map(|(at, _)| at).filter(|at| alone(*at)).map(|at| at..at + name.len());
        let outside: Vec<Range<usize>> =
            bare.filter(|at| !found.iter().any(|quoted| quoted.start < at.end && at.start < quoted.end)).collect();
        found.extend(outside);
    }
    found.sort_by_key(|range| range.start);
    found
}

/// `textDocument/prepareRename`
pub fn prepare(sheet: &Sheet<'_>, offset: usize) -> Value {
    let Some((piece, id, range)) = at(sheet, offset) else { return Value::Null };
    let name = &piece.diagram.participant(id).id;
    json!({ "range": sheet.range(range), "placeholder": name })
}

/// `textDocument/rename`
pub fn rename(sheet: &Sheet<'_>, offset: usize, new: &str) -> Result<Value, Failure> {
    let (piece, id, _) =
        at(sheet, offset).ok_or_else(|| Failure::Refused("there is no participant here".to_owned()))?;
    let refused = |why: &str| Failure::Refused(why.to_owned());
    let (new, old) = (new.trim(), piece.diagram.participant(id).id.as_str());
    if new.is_empty() {
        return Err(refused("a participant needs a name"));
    }
    if !piece.sound {
        return Err(refused("correct the problems of the diagram first: seqcheck cannot read all of it"));
    }
    if new != old && piece.diagram.find(new).is_some() {
        return Err(Failure::Refused(format!("there is already a participant {new}")));
    }
    let places = all(sheet, piece, id);
    let spelling = |at: &Range<usize>| {
        let text = &sheet.text[at.clone()];
        (text == old || unquote(text).as_deref() == Some(old))
            .then(|| spelled(new, text.starts_with('"'), piece.dialect))
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for at in places {
        let text = spelling(&at).ok_or_else(|| {
            let line = sheet.lines.position(sheet.text, at.start).line + 1;
            Failure::Refused(format!("line {line} writes the name in a different form: nothing was changed"))
        })?;
        edits.push((at, text));
    }
    let mut renamed = sheet.text.to_owned();
    for (at, text) in edits.iter().rev() {
        renamed.replace_range(at.clone(), text);
    }
    if !is_same(sheet, piece, id, new, &renamed) {
        let what = format!("with the name {new} the diagram would have a different meaning: nothing was changed");
        return Err(Failure::Refused(what));
    }
    let edits: Vec<Value> =
        edits.into_iter().map(|(at, text)| json!({ "range": sheet.range(at), "newText": text })).collect();
    let mut changes = Map::new();
    changes.insert(sheet.uri.to_owned(), edits.into());
    Ok(json!({ "changes": changes }))
}

/// A name as it is written: in quotes where it was, or has to be.
fn spelled(name: &str, quoted: bool, dialect: Dialect) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    match dialect {
        Dialect::Native | Dialect::PlantUml if quoted || !plain => quote(name),
        Dialect::Native | Dialect::PlantUml | Dialect::Mermaid => name.to_owned(),
    }
}

/// Whether the new text says what the diagram says with this name for a participant.
fn is_same(sheet: &Sheet<'_>, piece: &Piece, id: ParticipantId, new: &str, text: &str) -> bool {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("", text));
    let again = read_again(sheet, piece, &sources, source);
    let mut wanted = Diagram::clone(&piece.diagram);
    let old = std::mem::replace(&mut wanted.participants[id.0 as usize].id, new.to_owned());
    let label = &mut wanted.participants[id.0 as usize].label;
    *label = label.take().filter(|label| label != new);
    for setting in &mut wanted.settings {
        setting.names_mut().iter_mut().filter(|name| **name == old).for_each(|name| new.clone_into(name));
    }
    again.is_some_and(|again| again.meaning() == wanted.meaning())
}

/// The same diagram of a text in which only its own part has changed.
fn read_again(sheet: &Sheet<'_>, piece: &Piece, sources: &Sources, source: SourceId) -> Option<Diagram> {
    let index = sheet.look.pieces.iter().position(|other| other.range == piece.range)?;
    let text = sources.get(source).text();
    if let Some(flavour) = piece.page {
        let page = syntax::markdown::read(sources, source, flavour);
        return syntax::markdown::parse(page.blocks.get(index)?).ok().map(|parsed| parsed.diagram);
    }
    let range = syntax::parts(text, piece.dialect).into_iter().nth(index)?;
    syntax::parse(sources, source, range, piece.dialect).ok().map(|parsed| parsed.diagram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_says_the_name_of_arrows_once() {
        for (text, name, wanted) in [
            ("participant A", "A", "A"),
            ("participant \"A b\" as A", "A", "A"),
            ("participant A as \"A b\"", "A", "A"),
            ("participant \"A\" as A", "A", "A"),
            ("actor actor", "actor", "actor"),
            ("participant \"Chat Server\"", "Chat Server", "\"Chat Server\""),
            ("create participant \"x\" as W #red", "W", "W"),
        ] {
            let found = declared(text, name).map(|at| (at.start, &text[at.clone()]));
            assert_eq!(found.map(|(_, text)| text), Some(wanted), "{text}");
            assert!(found.is_some_and(|(at, _)| at > 0), "{text}");
        }
        assert_eq!(declared("participant Anna", "A"), None);
    }
}
