//! TOML and JSON as one tree with places.

use super::evidence::{SHOWS, is_certain};
use super::keys::FILE;
use crate::source::{Diagnostic, SourceId, Span};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub shape: Shape,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Shape {
    /// A string, number, boolean or null.
    Scalar(Value),
    /// An array.
    List(Vec<Node>),
    /// A table, in the order of the text.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match &self.shape {
            Shape::Scalar(Value::String(_)) => "a string",
            Shape::Scalar(Value::Number(_)) => "a number",
            Shape::Scalar(Value::Bool(_)) => "a boolean",
            Shape::Scalar(_) => "null",
            Shape::List(_) => "an array",
            Shape::Table(_) => "a table",
        }
    }

    /// The text, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar(value) => value.as_str(),
            Shape::List(_) | Shape::Table(_) => None,
        }
    }
}

/// Reads a TOML document that is a binding: every problem of its grammar, or the tree.
///
/// # Errors
/// What is no binding at all is refused without a place: whose file it is nobody knows, and a place shows the line.
pub(in crate::wire) fn read_toml(source: SourceId, name: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let span = root.span();
    let entries = table(source, root.into_inner());
    let known = |entry: &Entry| FILE.keys.iter().any(|(known, _)| *known == entry.key);
    if !is_certain(text) && (!errors.is_empty() || !entries.iter().all(known)) {
        let why = if errors.is_empty() { "it contains other tables, but none of a binding" } else { "it is not TOML" };
        let problem = Diagnostic::error("binding", format!("{name}: this is not a binding: {why}"));
        return Err(vec![problem.with_help(SHOWS)]);
    }
    if !errors.is_empty() {
        return Err(not_toml(source, text, &errors));
    }
    Ok(Node { span: Span::new(source, span.start, span.end), shape: Shape::Table(entries) })
}

/// The slips of a text that is not quite TOML, one a line: others on the same line follow from it, most likely.
fn not_toml(source: SourceId, text: &str, errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut slips: Vec<_> = errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
    slips.sort_by_key(|(range, _)| range.start);
    let place = |range: &std::ops::Range<usize>| Span::new(source, range.start, range.end.max(range.start));
    if let Some((range, key)) = slips.iter().find_map(|(range, _)| Some((range, json_key(text, range.start)?))) {
        let problem = Diagnostic::error("binding", "this is not TOML: it looks like JSON");
        return vec![
            problem
                .at(place(range), "TOML writes `=` here")
                .with_help(format!("write {key} = …, and the same for every key of the table"))
                .with_help("or write the object as TOML: { type = \"join\", room = \"{room}\" }"),
        ];
    }
    let line = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count());
    slips.dedup_by_key(|(range, _)| line(range.start));
    let told = |(range, message): (std::ops::Range<usize>, &str)| {
        Diagnostic::error("binding", format!("this is not TOML: {message}")).at(place(&range), "")
    };
    slips.into_iter().map(told).collect()
}

/// The key in front of this place, where the place is a colon behind a quoted one: so JSON writes a member.
fn json_key(text: &str, at: usize) -> Option<&str> {
    let behind = text.get(at..)?.trim_start();
    let before = text.get(..at)?.trim_end();
    let inside = before.strip_suffix('"')?.rsplit_once('"')?.1;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (behind.starts_with(':') && !inside.is_empty() && inside.chars().all(plain)).then_some(inside)
}

fn table(source: SourceId, table: DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let at = Span::new(source, key.span().start, key.span().end);
            let span = Span::new(source, value.span().start, value.span().end);
            Entry { key: key.into_inner().into_owned(), at, value: node(source, span, value.into_inner()) }
        })
        .collect();
    // The crate keeps keys in alphabetical order; people wrote them in another.
    entries.sort_by_key(|entry| entry.at.start);
    entries
}

fn node(source: SourceId, span: Span, value: DeValue<'_>) -> Node {
    let shape = match value {
        DeValue::String(text) => Shape::Scalar(Value::String(text.into_owned())),
        DeValue::Integer(integer) => {
            let digits = integer.as_str().replace('_', "");
            let number = i64::from_str_radix(&digits, integer.radix()).map(Value::from);
            Shape::Scalar(
                number
                    .or_else(|_| u64::from_str_radix(&digits, integer.radix()).map(Value::from))
                    .unwrap_or(Value::Null),
            )
        }
        DeValue::Float(float) => {
            let number = float.as_str().replace('_', "").parse::<f64>().ok();
            Shape::Scalar(number.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number))
        }
        DeValue::Boolean(flag) => Shape::Scalar(Value::Bool(flag)),
        DeValue::Datetime(time) => Shape::Scalar(Value::String(time.to_string())),
        DeValue::Array(list) => Shape::List(
            list.into_iter()
                .map(|item| {
                    let span = Span::new(source, item.span().start, item.span().end);
                    node(source, span, item.into_inner())
                })
                .collect(),
        ),
        DeValue::Table(inner) => Shape::Table(table(source, inner)),
    };
    Node { span, shape }
}

/// JSON as a tree; everything in it stands where the text stands.
pub(in crate::wire) fn from_json(span: Span, value: Value) -> Node {
    let shape = match value {
        Value::Array(list) => Shape::List(list.into_iter().map(|item| from_json(span, item)).collect()),
        Value::Object(map) => Shape::Table(
            map.into_iter().map(|(key, value)| Entry { key, at: span, value: from_json(span, value) }).collect(),
        ),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => Shape::Scalar(scalar),
    };
    Node { span, shape }
}
