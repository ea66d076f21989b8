//! What a binding asks for beyond frames to its target.

use super::file::evidence::is_certain;
use super::file::filtered;
use super::file::node::{Entry, Node, Shape};
use super::pattern::{Filter, Piece, Reserved, Slots, Template};
use crate::source::{Ask, Door};
use serde_json::Value;
use std::sync::Arc;

/// What the tree of one file asks for. Built-in bindings ask for nothing (a test reads each).
pub(super) fn asks(root: &Node, (file, text): (&str, &str)) -> Vec<Ask> {
    let (file, shown): (Arc<str>, bool) = (file.into(), is_certain(text));
    let mut asks = Vec::new();
    let mut add = |door, what, at: &Node| asks.push(Ask { door, what, file: file.clone(), span: at.span, shown });
    for (key, door) in [("setup", Door::SetupCommand), ("teardown", Door::TeardownCommand)] {
        for step in get(root, key).into_iter().flat_map(items) {
            if let Some(command) = get(step, "command") {
                add(door, words(command), command);
            }
        }
    }
    if let Some(command) = get(root, "codec").and_then(|codec| get(codec, "command")) {
        add(Door::CodecProgram, words(command), command);
    }
    let rules = || get(root, "rule").into_iter().flat_map(items);
    // What the file says for all, each participant says for itself, and a rule how it connects.
    let of_somebody = || std::iter::once(root).chain(get(root, "participants").into_iter().flat_map(values));
    let connects = || of_somebody().chain(rules()).filter_map(|node| get(node, "connect"));
    let echoes = of_somebody().filter_map(|node| get(node, "echo"));
    let lists = connects().map(|connect| get(connect, "before")).chain([get(root, "setup"), get(root, "teardown")]);
    let requests = lists.flatten().flat_map(items).chain(echoes).filter_map(|step| get(step, "http"));
    // On a socket it is a member of a frame.
    let asks_http = |rule: &&Node| matches!(get(rule, "on").and_then(Node::as_str), Some("http" | "sse"));
    let rules = rules().filter(asks_http).filter_map(|rule| get(rule, "client"));
    for url in connects().chain(requests).chain(rules).filter_map(|node| get(node, "url")) {
        if let Some(text) = url.as_str().filter(|text| !is_at_target(text)) {
            add(Door::Address, text.to_owned(), url);
        }
    }
    texts(root, &mut |text, node| {
        for name in environment(text) {
            add(Door::Environment, name, node);
        }
    });
    // Behind a text of `[let]` filters stand without braces.
    for value in get(root, "let").into_iter().flat_map(values) {
        let mut slots = Slots::default();
        let filters = value.as_str().map(|text| filtered(text).1).unwrap_or_default();
        // What is no filter is told where the text is read.
        let _ = Filter::read_all(&filters, &mut slots);
        for name in environment_of(&slots) {
            add(Door::Environment, name, value);
        }
    }
    asks
}

/// The names of environment variables that stand in a text as `{env.NAME}`, also as the key of a filter.
fn environment(text: &str) -> Vec<String> {
    let mut slots = Slots::default();
    if !text.contains("env.") || Template::read(text, &mut slots).is_err() {
        return Vec::new();
    }
    environment_of(&slots)
}

fn environment_of(slots: &Slots) -> Vec<String> {
    slots.0.iter().filter_map(|slot| slot.name.strip_prefix("env.")).map(str::to_owned).collect()
}

/// Whether an address leads to the target, whatever its holes are. Where the letters behind `{target}` would become a
/// part of the host (`{target}.example`, `{target}@example`), it does not; what a hole there makes of it is looked at
/// when it is built.
fn is_at_target(text: &str) -> bool {
    let mut slots = Slots::default();
    let Ok(template) = Template::read(text, &mut slots) else { return true };
    let mut pieces = template.pieces.iter();
    let begins = match pieces.next() {
        Some(Piece::Hole(hole)) => {
            let reserved = hole.slot.and_then(|slot| slots.0[slot].reserved);
            matches!(reserved, Some(Reserved::Target | Reserved::TargetHttp))
                && hole.filters.is_empty()
                && hole.plus == 0
        }
        Some(Piece::Literal(_)) | None => false,
    };
    let goes_on = match pieces.next() {
        Some(Piece::Literal(text)) => text.starts_with(['/', '?', '#']),
        Some(Piece::Hole(_)) | None => true,
    };
    begins && goes_on
}

/// A command as a line for people.
fn words(command: &Node) -> String {
    let texts: Vec<&str> = items(command).iter().filter_map(Node::as_str).collect();
    texts.join(" ")
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.shape {
        Shape::Table(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
        Shape::Scalar(_) | Shape::List(_) => None,
    }
}

/// What the members of a table are.
fn values(node: &Node) -> impl Iterator<Item = &Node> {
    let entries = match &node.shape {
        Shape::Table(entries) => &entries[..],
        Shape::Scalar(_) | Shape::List(_) => &[],
    };
    entries.iter().map(|entry| &entry.value)
}

/// The members of a list; what is no list is one.
fn items(node: &Node) -> &[Node] {
    match &node.shape {
        Shape::List(items) => items,
        Shape::Scalar(_) | Shape::Table(_) => std::slice::from_ref(node),
    }
}

/// Every text of a tree, names of members too.
fn texts<'n>(node: &'n Node, visit: &mut impl FnMut(&'n str, &'n Node)) {
    match &node.shape {
        Shape::Scalar(Value::String(text)) => visit(text, node),
        Shape::Scalar(_) => {}
        Shape::List(items) => items.iter().for_each(|item| texts(item, visit)),
        Shape::Table(entries) => {
            for Entry { key, value, .. } in entries {
                visit(key, value);
                texts(value, visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Sources};
    use crate::wire::{Binding, builtin_names};

    fn of(text: &str) -> Vec<(Door, String)> {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("mine.toml", text));
        let binding = Binding::parse(&mut sources, id).unwrap_or_else(|problems| panic!("{problems:?}"));
        binding.asks().iter().map(|ask| (ask.door, ask.what.clone())).collect()
    }

    #[test]
    fn built_in_bindings_ask_for_nothing() {
        for name in builtin_names() {
            assert_eq!(of(Binding::builtin_text(name).expect("its text")), [], "{name}");
        }
    }

    #[test]
    fn every_door_of_a_binding_is_seen() {
        let text = r#"
            extends = "chat"
            codec = { command = ["python3", "codec.py"] }
            setup = { command = ["sh", "-c", "x"] }
            let = { mac = "{self}:x|hmac-sha256:env.MAC", upper = "{env.UPPER}|upper" }
            [connect]
            url = "ws://other.example/{self}"
            headers = { x = "{self|hmac-sha256:env.KEY}" }
            before = [{ http = { url = "http://127.0.0.1:1/" } }]
            [echo]
            http = { url = "http://echo/" }
            [participants.Ann]
            url = "http://a.value/"
            [participants.Ann.echo]
            http = { url = "http://echo.of.ann/" }
            [participants.Ann.connect]
            url = "ws://ann/"
            before = [{ http = { url = "http://before.ann/" } }]
            [[rule]]
            label = "WS connect"
            action = "connect"
            connect = { url = "ws://rule/", before = [{ http = { url = "http://before.rule/" } }] }
            [[teardown]]
            command = ["rm", "{env.HOME}"]
            [[rule]]
            label = "ask"
            on = "http"
            client = { url = "{target}.example/" }
            [[rule]]
            label = "say {{env.NOT}}"
            client = { "{env.MEMBER}" = ["{env.A}{env.B|base64}"], url = "http://in.a.frame/" }
        "#;
        let mut wanted: Vec<(Door, String)> = [
            (Door::SetupCommand, "sh -c x"),
            (Door::TeardownCommand, "rm {env.HOME}"),
            (Door::CodecProgram, "python3 codec.py"),
            (Door::Address, "ws://other.example/{self}"),
            (Door::Address, "http://127.0.0.1:1/"),
            (Door::Address, "{target}.example/"),
            (Door::Address, "http://echo/"),
            (Door::Address, "http://echo.of.ann/"),
            (Door::Address, "ws://ann/"),
            (Door::Address, "http://before.ann/"),
            (Door::Address, "ws://rule/"),
            (Door::Address, "http://before.rule/"),
        ]
        .map(|(door, what)| (door, what.to_owned()))
        .to_vec();
        let names = ["A", "B", "HOME", "KEY", "MAC", "MEMBER", "UPPER"];
        wanted.extend(names.map(|name| (Door::Environment, name.to_owned())));
        let mut found = of(text);
        found.sort();
        wanted.sort();
        // A frame may speak of addresses.
        assert_eq!(found, wanted);
    }

    #[test]
    fn an_address_at_the_target_begins_with_it_and_goes_on_with_a_path() {
        for own in ["{target}", "{target}/ws?x={self}", "{target.http}/a", "{target}?a", "{target}{path}"] {
            assert!(is_at_target(own), "{own}");
        }
        let others =
            ["", "{self}", "http://x", "{target}.x", "{target}@x/", "{target}:1/", "{target|lower}/", "x{target}/"];
        for other in others {
            assert!(!is_at_target(other), "{other}");
        }
    }
}
