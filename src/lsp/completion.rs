//! What can be written at a place: participants, labels of the binding, directives and what stands behind them, the words of
//! statements, keys of bindings and configurations.

use super::host::{Kind, Piece};
use super::sheet::Sheet;
use super::tables;
use super::words;
use crate::diagram::{Breaks, OrderMode, arrows};
use crate::lint;
use crate::order::{Vocabulary as _, Word};
use crate::syntax::directives::WORDS;
use crate::syntax::{Dialect, quote};
use crate::wire::builtin_names;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Kinds of what is offered, as the protocol numbers them.
mod kind {
    pub const VARIABLE: u8 = 6;
    pub const PROPERTY: u8 = 10;
    pub const VALUE: u8 = 12;
    pub const KEYWORD: u8 = 14;
    pub const REFERENCE: u8 = 18;
    pub const EVENT: u8 = 23;
}

/// What stands before a place that begins what is written there.
const ARROWS: [&str; 4] = ["->", "-)", "-x", "<-"];
/// Statements that name lifelines right behind their word.
const NAMING: [&str; 6] = ["activate", "deactivate", "destroy", "destroyafter", "over", "of"];

/// So many labels of the diagram itself are offered.
const DRAWN: usize = 200;

/// What is offered: the text, its kind, what it is for.
type Offer = (String, u8, String);

/// `textDocument/completion`
pub fn all(sheet: &Sheet<'_>, offset: usize) -> Value {
    let (start, before) = sheet.before(offset);
    let (from, offers) = match sheet.look.kind {
        Kind::Diagram => match nearest(sheet, offset) {
            Some(piece) => diagram(sheet, piece, before),
            None => (before.len(), Vec::new()),
        },
        Kind::Binding | Kind::Settings => keys(sheet, start, before),
        Kind::Other => (before.len(), Vec::new()),
    };
    let range = sheet.range(start + from..offset);
    let items = offers.into_iter().enumerate().map(|(index, (text, kind, about))| {
        let mut item = json!({
            "label": text, "kind": kind, "filterText": text, "sortText": format!("{index:05}"),
            "textEdit": { "range": range, "newText": text },
        });
        if !about.is_empty() {
            item["detail"] = sheet.look.hidden.redact(&about).into();
        }
        item
    });
    json!({ "isIncomplete": false, "items": items.collect::<Vec<_>>() })
}

/// The diagram that a place is in; in a file of one diagram that one, also where nothing of it could be read.
fn nearest<'a>(sheet: &Sheet<'a>, offset: usize) -> Option<&'a Piece> {
    let only = || sheet.look.pieces.first().filter(|piece| sheet.look.pieces.len() == 1 && piece.page.is_none());
    sheet.look.piece_at(offset).or_else(only)
}

fn diagram(sheet: &Sheet<'_>, piece: &Piece, before: &str) -> (usize, Vec<Offer>) {
    let indent = before.len() - before.trim_start().len();
    let line = &before[indent..];
    if let Some(behind) = directive(line) {
        let at = before.len() - behind.len();
        let (from, offers) = directives(piece, behind);
        return (at + from, offers);
    }
    let comment = ["#", "//", "'", "%%"].iter().any(|leader| line.starts_with(leader));
    if comment {
        return (before.len(), Vec::new());
    }
    if let Some(colon) = label(line) {
        let from = indent + colon + 1;
        let from = from + (before[from..].len() - before[from..].trim_start().len());
        let sender = line.split(['-', '<']).next().unwrap_or_default().trim().trim_matches('"');
        let mut offers = if line.starts_with("ref") { titles(sheet, piece) } else { labels(piece, sender) };
        offers.dedup();
        return (from, offers);
    }
    let arrow = ARROWS.iter().filter_map(|sign| line.rfind(sign).map(|at| at + sign.len())).max();
    let (last, _) = split_last(line);
    let named = line[..last].split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
    let listed = line[..last].trim_end().ends_with(',');
    match arrow {
        Some(at) => {
            let signs =
                line[at..].len() - line[at..].trim_start_matches(['>', '+', '-', '*', ' ', '\\', '/', 'x', 'o']).len();
            let signs = if line[at..].starts_with(['x', 'o']) { 0 } else { signs };
            (indent + at + signs, people(piece))
        }
        None if listed || NAMING.contains(&named.as_str()) => (indent + last, people(piece)),
        None if last == 0 => (indent, [people(piece), statements(piece.dialect)].concat()),
        None => (before.len(), Vec::new()),
    }
}

/// Where the last word of a line begins, and the word.
fn split_last(line: &str) -> (usize, &str) {
    let at = line.rfind([' ', '\t', ',']).map_or(0, |at| at + 1);
    (at, &line[at..])
}

/// What stands behind the sign of a directive.
fn directive(line: &str) -> Option<&str> {
    let rest = ["#@", "//@", "'@", "%%@"].iter().find_map(|sign| line.strip_prefix(sign))?;
    Some(rest.trim_start())
}

/// The colon before a label or the name of a reference, where the line has come so far.
fn label(line: &str) -> Option<usize> {
    let arrow = ARROWS.iter().filter_map(|sign| line.find(sign)).min();
    let from = arrow.or_else(|| line.starts_with("ref ").then_some(0))?;
    line[from..].find(':').map(|at| from + at)
}

fn people(piece: &Piece) -> Vec<Offer> {
    let spelled = |name: &str| {
        let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' '));
        if plain || piece.dialect == Dialect::Mermaid { name.to_owned() } else { quote(name) }
    };
    let all = piece.diagram.participants.iter();
    all.map(|one| (spelled(&one.id), kind::VARIABLE, one.label.clone().unwrap_or_default())).collect()
}

fn statements(dialect: Dialect) -> Vec<Offer> {
    let sign = dialect.facts().directive;
    let offer = |(word, about): &(&str, &str)| ((*word).to_owned(), kind::KEYWORD, (*about).to_owned());
    let directive = (format!("{sign} "), kind::KEYWORD, "a directive".to_owned());
    words::FRAGMENTS.iter().chain(&words::STATEMENTS).map(offer).chain([directive]).collect()
}

/// The labels of the binding for a sender, and behind them those of the diagram that are in no rule as they are.
fn labels(piece: &Piece, sender: &str) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    if let Some(binding) = piece.binding.as_deref() {
        let client = is_client(piece, sender);
        let about = format!("binding {}", binding.name());
        let mut all: Vec<(bool, &str)> = binding.labels().collect();
        // Those of the other side come behind: who is who may not be drawn yet.
        all.sort_by_key(|(of_client, _)| client.is_some_and(|client| client != *of_client));
        let mut seen = BTreeSet::new();
        all.retain(|(_, label)| seen.insert(*label));
        offers.extend(all.into_iter().map(|(_, label)| (label.to_owned(), kind::EVENT, about.clone())));
    }
    let drawn: BTreeSet<&str> = arrows(&piece.diagram.body).map(|arrow| arrow.label.as_str()).collect();
    let known: BTreeSet<String> = offers.iter().map(|(label, ..)| label.clone()).collect();
    let own = drawn.into_iter().filter(|label| !label.is_empty() && !label.contains('\n') && !known.contains(*label));
    offers.extend(own.take(DRAWN).map(|label| (label.to_owned(), kind::EVENT, "drawn in this diagram".to_owned())));
    offers
}

/// Whether a lifeline is a client: it connects or asks. None where nobody does, as far as can be read.
fn is_client(piece: &Piece, name: &str) -> Option<bool> {
    let binding = piece.binding.as_deref()?;
    let asks = |label: &str| matches!(binding.word(label), Word::Connect | Word::Request);
    let mut clients = BTreeSet::new();
    for arrow in arrows(&piece.diagram.body).filter(|arrow| asks(&arrow.label)) {
        if let crate::diagram::End::Participant(id) = arrow.from {
            clients.insert(piece.diagram.participant(id).id.as_str());
        }
    }
    (!clients.is_empty()).then(|| clients.contains(name))
}

/// The other diagrams of the text.
fn titles(sheet: &Sheet<'_>, piece: &Piece) -> Vec<Offer> {
    let others = sheet.look.pieces.iter().filter(|other| other.range != piece.range);
    let titles = others.filter_map(|other| other.diagram.title.clone());
    titles.map(|title| (title, kind::REFERENCE, "a diagram of this text".to_owned())).collect()
}

fn directives(piece: &Piece, behind: &str) -> (usize, Vec<Offer>) {
    let Some((word, rest)) = behind.split_once(char::is_whitespace) else {
        let offer = |(word, example): &(&str, &str)| {
            ((*word).to_owned(), kind::KEYWORD, format!("{example}: {}", words::meaning(word)))
        };
        return (0, WORDS.iter().map(offer).collect());
    };
    let value = |text: &str, about: &str| (text.to_owned(), kind::VALUE, about.to_owned());
    let offers = match word {
        "binding" => builtin_names().map(|name| value(name, "built in")).collect(),
        "order" => OrderMode::ALL.iter().map(|(_, word)| value(word, "")).collect(),
        "breaks" => Breaks::ALL.iter().map(|(_, word)| value(word, "")).collect(),
        "expect" => ["pass", "fail", "inconclusive"].iter().map(|word| value(word, "")).collect(),
        "allow" => lint::ALL.iter().map(|lint| value(lint.code, lint.about)).collect(),
        "simulate" | "test" | "server" | "silent" | "clients" => people(piece),
        _ => Vec::new(),
    };
    let last = rest.rfind([',', '=', ' ']).map_or(0, |at| at + 1);
    let blank = rest[last..].len() - rest[last..].trim_start().len();
    (behind.len() - rest.len() + last + blank, offers)
}

/// Keys of a binding or a configuration where a line begins, its tables behind a bracket, and names of bindings.
fn keys(sheet: &Sheet<'_>, start: usize, before: &str) -> (usize, Vec<Offer>) {
    let indent = before.len() - before.trim_start().len();
    let line = &before[indent..];
    let offer = |(key, about): (&str, &str)| (key.to_owned(), kind::PROPERTY, about.to_owned());
    if let Some((key, value)) = line.split_once('=') {
        let mark = value.find(['"', '\'']).map(|at| at + 1);
        let names = matches!(key.trim(), "extends" | "binding");
        return match mark.filter(|_| names) {
            Some(at) => {
                let names = builtin_names().map(|name| (name.to_owned(), kind::VALUE, "built in".to_owned())).collect();
                (indent + key.len() + 1 + at, names)
            }
            None => (before.len(), Vec::new()),
        };
    }
    let header = line.trim_start_matches('[');
    let is_key = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if !is_key(header) {
        return (before.len(), Vec::new());
    }
    let from = indent + (line.len() - header.len());
    let table = tables::table_at(sheet.text, start);
    let offers = match sheet.look.kind {
        Kind::Settings => sheet.look.keys.iter().map(|(key, about)| offer((key, about))).collect(),
        Kind::Binding if from > indent => {
            words::keys_of(None).map(|table| table.keys).unwrap_or_default().iter().copied().map(offer).collect()
        }
        Kind::Binding => {
            let keys = words::keys_of(table.as_ref().map(|table| table.name)).map(|table| table.keys);
            keys.unwrap_or_default().iter().copied().map(offer).collect()
        }
        Kind::Diagram | Kind::Other => Vec::new(),
    };
    (from, offers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_being_written() {
        assert_eq!(label("Alice->Server: jo"), Some(13));
        assert_eq!(label("Alice->>+\"a\": "), Some(12));
        assert_eq!(label("note over A: x"), None);
        assert_eq!(label("ref over A: "), Some(10));
        assert_eq!(directive("#@ bind"), Some("bind"));
        assert_eq!(directive("%%@within 3s"), Some("within 3s"));
        assert_eq!(directive("# @ x"), None);
        assert_eq!(split_last("note over A,B"), (12, "B"));
    }
}
