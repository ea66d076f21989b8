//! What a file says of single entries of what it extends: a `[[rule]]`, `[[auto]]`, `[[every]]` or `[[ignore]]` of the
//! same `name` is the inherited one with the keys that are said here, or none (`remove = true`).

use super::Reader;
use super::node::{Entry, Node, Shape};
use crate::source::Span;
use serde_json::Value;

/// The tables whose entries may have a name.
const NAMED: [&str; 5] = ["rule", "auto", "every", "ignore", "follow"];

/// The keys that stand in place of a key: an entry has one of them.
fn instead_of(key: &str) -> &'static [&'static str] {
    match key {
        "client" => &["steps", "action"],
        "steps" => &["client", "action"],
        "server" => &["action"],
        "action" => &["client", "steps", "server"],
        "frame" => &["event", "close"],
        "event" => &["frame", "close"],
        "close" => &["frame", "event"],
        _ => &[],
    }
}

/// Takes what a file changes out of what it extends, and puts the whole entry in its place.
pub(in crate::wire) fn apply(reader: &mut Reader, own: &mut Node, layers: &mut [Node]) {
    for table in NAMED {
        let Some(entries) = list(own, table) else { continue };
        let mut kept = Vec::new();
        for mut entry in std::mem::take(entries) {
            match change(reader, &mut entry, table, layers) {
                Kept::Yes => kept.push(entry),
                Kept::No => {}
            }
        }
        *entries = kept;
    }
}

enum Kept {
    Yes,
    No,
}

fn change(reader: &mut Reader, entry: &mut Node, table: &str, layers: &mut [Node]) -> Kept {
    let at = entry.span;
    let Shape::Table(own) = &mut entry.shape else { return Kept::Yes };
    let removes = own.iter().find(|entry| entry.key == "remove").map(|entry| entry.at);
    let Some(name) = text(own, "name").map(str::to_owned) else {
        if let Some(at) = removes {
            reader.wrong_help(at, "`remove` needs the name of the entry to remove", "add `name = \"…\"`");
            return Kept::No;
        }
        return Kept::Yes;
    };
    let base = layers.iter_mut().find_map(|layer| take(layer, table, &name));
    if let Some(removed) = removes {
        let other = own.iter().find(|entry| !["name", "remove", "about"].contains(&&*entry.key)).map(|entry| entry.at);
        match (other, &base) {
            (Some(other), _) => reader.wrong(other, "an entry with `remove` has no other keys"),
            (None, None) => unknown(reader, removed, table, &name, layers),
            (None, Some(_)) => {}
        }
        return Kept::No;
    }
    match base {
        Some(base) => *own = changed(std::mem::take(own), base),
        None if table == "rule" && !own.iter().any(|entry| entry.key == "label") => {
            unknown(reader, at, table, &name, layers);
            return Kept::No;
        }
        None => {}
    }
    Kept::Yes
}

/// The inherited entry with what is said of it; a key that is said to be `false` is none.
fn changed(own: Vec<Entry>, base: Vec<Entry>) -> Vec<Entry> {
    let says = |key: &str| own.iter().any(|entry| entry.key == key);
    let kept = |entry: &Entry| !says(&entry.key) && !instead_of(&entry.key).iter().any(|other| says(other));
    let mut whole: Vec<Entry> = base.into_iter().filter(kept).collect();
    let is = |entry: &Entry| entry.key == "closed" || !matches!(entry.value.shape, Shape::Scalar(Value::Bool(false)));
    whole.extend(own.into_iter().filter(is));
    whole
}

/// The entries of a table of the file.
fn list<'n>(root: &'n mut Node, table: &str) -> Option<&'n mut Vec<Node>> {
    let Shape::Table(entries) = &mut root.shape else { return None };
    let value = &mut entries.iter_mut().find(|entry| entry.key == table)?.value;
    if matches!(value.shape, Shape::Table(_)) {
        // One that is no list is a list of one.
        *value = Node { span: value.span, shape: Shape::List(vec![value.clone()]) };
    }
    match &mut value.shape {
        Shape::List(list) => Some(list),
        Shape::Scalar(_) | Shape::Table(_) => None,
    }
}

fn text<'e>(entries: &'e [Entry], key: &str) -> Option<&'e str> {
    entries.iter().find(|entry| entry.key == key)?.value.as_str()
}

/// What an entry is called: its name, or a label of a rule.
fn names(entry: &Node) -> Vec<&str> {
    let Shape::Table(entries) = &entry.shape else { return Vec::new() };
    let labels = entries.iter().find(|entry| entry.key == "label").map(|entry| &entry.value);
    let labels = labels.into_iter().flat_map(|label| match &label.shape {
        Shape::List(items) => items.as_slice(),
        Shape::Scalar(_) | Shape::Table(_) => std::slice::from_ref(label),
    });
    text(entries, "name").into_iter().chain(labels.filter_map(Node::as_str)).collect()
}

/// Takes the first entry of this name.
fn take(layer: &mut Node, table: &str, name: &str) -> Option<Vec<Entry>> {
    let list = list(layer, table)?;
    let at = list.iter().position(|entry| names(entry).contains(&name))?;
    match list.remove(at).shape {
        Shape::Table(entries) => Some(entries),
        Shape::Scalar(_) | Shape::List(_) => None,
    }
}

fn unknown(reader: &mut Reader, at: Span, table: &str, name: &str, layers: &mut [Node]) {
    let mut known: Vec<String> = Vec::new();
    for layer in layers {
        let entries = list(layer, table).into_iter().flatten();
        known.extend(entries.flat_map(|entry| names(entry)).map(str::to_owned));
    }
    let near = known.iter().map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
    let near = near.filter(|(near, _)| *near > 0.5).max_by(|a, b| a.0.total_cmp(&b.0));
    let help = match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("this binding inherits no `[[{table}]]` that has a name"),
        None => format!("the inherited names are `{}`", known.iter().take(8).cloned().collect::<Vec<_>>().join("`, `")),
    };
    reader.wrong_help(at, format!("no inherited `[[{table}]]` has the name `{name}`"), help);
}
