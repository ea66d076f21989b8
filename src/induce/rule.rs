//! Rules as a binding file has them.

use super::groups::Group;
use super::label::{Label, Piece};
use super::messages::On;
use super::tape::Side;
use super::unify::{Form, Node, Role};
use serde_json::Value;
use std::fmt::Write as _;

/// A text of TOML; JSON's strings are that too, but for what nobody sees.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in Value::from(text).to_string().chars() {
        if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() {
            out.push(c);
        } else {
            let _ = write!(out, "\\U{:08x}", u32::from(c));
        }
    }
    out
}

/// Braces that are no hole.
pub(super) fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A key of TOML.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(&escaped(name)) }
}

/// A value that is sent, whose texts are said in another way.
pub(super) fn sent(name: &str, value: &Value, said: &mut dyn FnMut(&str, &str) -> String) -> String {
    match value {
        Value::String(text) => quoted(&said(name, text)),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| sent(name, item, said)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if !map.is_empty() => {
            let members = map.iter().map(|(name, value)| format!("{} = {}", key(name), sent(name, value, said)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => fixed(value),
    }
}

/// A value that is always the same.
fn fixed(value: &Value) -> String {
    match value {
        Value::Null => "\"{null}\"".to_owned(),
        Value::Bool(value) => value.to_string(),
        // TOML's numbers end earlier than those of JSON: such a value is a hole of one value.
        Value::Number(number) if number.as_i64().is_some() || number.is_f64() => {
            let text = number.to_string();
            if number.is_f64() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
        }
        Value::Number(number) => format!("\"{{_:{number}..{number}}}\""),
        Value::String(text) => quoted(&escaped(text)),
        Value::Array(items) => format!("[{}]", items.iter().map(fixed).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            // What begins with a dollar sign is a word of patterns, not of the protocol.
            let members = map.iter().map(|(name, value)| match value {
                Value::String(text) if name.starts_with('$') => format!("{} = {}", key(name), quoted(&escaped(text))),
                _ => format!("{} = {}", key(name), fixed(value)),
            });
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The text of a hole, without quotes; `filter` stands behind its name.
fn hole(role: &Role, filter: &str) -> Option<String> {
    Some(match role {
        Role::Fixed(_) => return None,
        Role::Own(own) => format!("{{{own}{filter}}}"),
        Role::Shown { hole, kind } | Role::Chosen { hole, kind, .. } => {
            if filter.is_empty() {
                format!("{{{hole}{kind}}}")
            } else {
                format!("{{{hole}{filter}}}")
            }
        }
        Role::Any { hole, kind } => format!("{{{hole}{kind}}}"),
        Role::Known { hole } => format!("{{{hole}{filter}}}"),
        Role::Env { before, name } => format!("{}{{env.{name}{filter}}}", escaped(before)),
        Role::Made(word) => format!("{{{word}}}"),
    })
}

/// A form as a pattern.
pub(super) fn pattern(node: &Node, form: &Form) -> String {
    match node {
        Node::Leaf(at) => match &form.leaves[*at].role {
            Role::Fixed(value) => fixed(value),
            role => quoted(&hole(role, "").unwrap_or_default()),
        },
        Node::List(items) => {
            format!("[{}]", items.iter().map(|item| pattern(item, form)).collect::<Vec<_>>().join(", "))
        }
        Node::Object(members) => {
            if let Some((_, Node::Leaf(head))) = members.iter().find(|(name, _)| name == "$head") {
                return line(*head, members, form);
            }
            let members = members.iter().map(|(name, node)| format!("{} = {}", key(name), pattern(node, form)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A line of text.
fn line(head: usize, members: &[(String, Node)], form: &Form) -> String {
    let said = |at: usize| match &form.leaves[at].role {
        Role::Fixed(value) => escaped(value.as_str().unwrap_or_default()),
        role => hole(role, "").unwrap_or_default(),
    };
    let rest = members.iter().find_map(|(name, node)| match node {
        Node::Leaf(at) if name == "rest" => Some(format!(" {}", said(*at))),
        Node::Leaf(_) | Node::Object(_) | Node::List(_) => None,
    });
    quoted(&(said(head) + &rest.unwrap_or_default()))
}

/// The address of a request: its path, and its query with the holes in it.
fn address(members: &[(String, Node)], form: &Form) -> String {
    let mut out = String::new();
    for (name, node) in members {
        match (name.as_str(), node) {
            ("path", Node::Leaf(at)) => {
                if let Role::Fixed(Value::String(path)) = &form.leaves[*at].role {
                    out.push_str(&escaped(path));
                }
            }
            ("query", Node::Object(query)) => {
                for (index, (name, node)) in query.iter().enumerate() {
                    let Node::Leaf(at) = node else { continue };
                    out.push(if index == 0 { '?' } else { '&' });
                    out.push_str(&escaped(&encoded(name)));
                    out.push('=');
                    match &form.leaves[*at].role {
                        Role::Fixed(value) => out.push_str(&escaped(&encoded(value.as_str().unwrap_or_default()))),
                        role => out.push_str(&hole(role, "|url").unwrap_or_default()),
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// A text as a query has it.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, QUERY).to_string()
}

/// What stands in a query as it is.
const QUERY: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',')
    .remove(b'@');

/// What a rule says of a request or an answer.
fn exchange(group: &Group, form: &Form) -> String {
    let Node::Object(members) = &form.node else { return pattern(&form.node, form) };
    let mut parts = Vec::new();
    let asks = group.side == Side::Client;
    for (name, node) in members {
        match (name.as_str(), node) {
            ("method", Node::Leaf(at)) if form.leaves[*at].role == Role::Fixed("GET".into()) => {}
            ("path", _) if asks => parts.push(format!("path = {}", quoted(&address(members, form)))),
            ("query", _) if asks => {}
            // JSON in the data of an event.
            ("data", Node::Leaf(at)) if is_json(&form.leaves[*at].role) => {
                parts.push(format!("data = {{ \"$json\" = {} }}", pattern(node, form)));
            }
            ("event", Node::Leaf(at)) if form.leaves[*at].role == Role::Fixed("message".into()) => {}
            (name, node) => parts.push(format!("{} = {}", key(name), pattern(node, form))),
        }
    }
    format!("{{ {} }}", parts.join(", "))
}

fn is_json(role: &Role) -> bool {
    match role {
        Role::Shown { kind, .. } | Role::Any { kind, .. } => *kind == ":json",
        Role::Fixed(value) => value.is_array() || value.is_object(),
        Role::Own(_) | Role::Chosen { .. } | Role::Known { .. } | Role::Env { .. } | Role::Made(_) => false,
    }
}

/// What one side of a rule is.
pub(super) fn content(group: &Group, form: &Form) -> String {
    if group.on == On::Socket || group.literal { pattern(&form.node, form) } else { exchange(group, form) }
}

/// A label as the file has it; `plain` as people read it, where braces that are no hole are single.
pub(super) fn template(pieces: &[Piece], form: &Form, plain: bool) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) if plain => out.push_str(text),
            Piece::Text(text) => out.push_str(&escaped(text)),
            Piece::Hole(at) => match &form.leaves[*at].role {
                Role::Shown { hole, .. } | Role::Chosen { hole, .. } => {
                    let _ = write!(out, "{{{hole}}}");
                }
                Role::Fixed(_)
                | Role::Own(_)
                | Role::Known { .. }
                | Role::Any { .. }
                | Role::Env { .. }
                | Role::Made(_) => {}
            },
        }
    }
    out
}

/// The templates of a rule: the last one is what messages are told with.
pub(super) fn templates(label: &Label, form: &Form, plain: bool) -> Vec<String> {
    let mut all = vec![template(&label.pieces, form, plain)];
    if !label.names.is_empty() {
        let both: Vec<Piece> = label.pieces.iter().chain(&label.names).cloned().collect();
        all.push(template(&both, form, plain));
    }
    all
}

/// A whole rule.
pub(super) fn written(group: &Group, form: &Form, label: &Label) -> String {
    let all: Vec<String> = templates(label, form, false).iter().map(|text| quoted(text)).collect();
    let label = if let [only] = &all[..] { only.clone() } else { format!("[{}]", all.join(", ")) };
    let mut out = format!("[[rule]]\nlabel  = {label}\n");
    match group.on {
        On::Socket => {}
        On::Http => out.push_str("on     = \"http\"\n"),
        On::Events => out.push_str("on     = \"sse\"\n"),
    }
    let side = match group.side {
        Side::Client => "client",
        Side::Server => "server",
    };
    let _ = writeln!(out, "{side} = {}", content(group, form));
    let chosen = form.leaves.iter().filter_map(|leaf| match &leaf.role {
        Role::Chosen { hole, .. } => Some(quoted(hole)),
        Role::Fixed(_)
        | Role::Own(_)
        | Role::Shown { .. }
        | Role::Known { .. }
        | Role::Any { .. }
        | Role::Env { .. }
        | Role::Made(_) => None,
    });
    let chosen: std::collections::BTreeSet<String> = chosen.collect();
    if !chosen.is_empty() {
        let _ = writeln!(out, "opaque = [{}]", chosen.into_iter().collect::<Vec<_>>().join(", "));
    }
    out
}
