//! Labels as people write them.

use super::groups::Group;
use super::messages::On;
use super::tape::Side;
use super::unify::{Form, Leaf, Role};
use super::words;
use serde_json::Value;

/// A piece of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The value of a leaf.
    Hole(usize),
}

/// The label of a rule: the second form shows the names of what the server has chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Label {
    pub pieces: Vec<Piece>,
    pub names: Vec<Piece>,
}

/// A value at the end of a path.
pub(super) fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Array(items) => items.get(name.strip_prefix('p')?.parse::<usize>().ok()?),
        _ => value.get(name),
    })
}

/// A value as a label shows it.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn name(leaf: &Leaf) -> &str {
    leaf.path.last().map_or("value", String::as_str)
}

/// What stands before a value, by the name of its member; where the value is text that people write it comes last.
fn before(name: &str, only: bool, first: bool) -> String {
    let last = words::parts(name).pop().unwrap_or_default();
    match &*last {
        "from" | "sender" | "author" | "owner" => " from ".to_owned(),
        "by" => " by ".to_owned(),
        "to" | "recipient" | "receiver" => " to ".to_owned(),
        "room" | "channel" | "topic" | "group" | "chat" | "conversation" if !only => " in ".to_owned(),
        "user" | "who" | "nick" | "nickname" | "name" | "username" | "member" => " ".to_owned(),
        _ if only || first => " ".to_owned(),
        _ => format!(" {name} "),
    }
}

/// The label of a group.
pub(super) fn of(group: &Group, form: &Form) -> Label {
    let mut pieces = vec![Piece::Text(said(&group.words))];
    let holes: Vec<usize> =
        (0..form.leaves.len()).filter(|at| matches!(form.leaves[*at].role, Role::Shown { .. })).collect();
    let is_text = |at: &usize| {
        let leaf = &form.leaves[*at];
        words::is_text(name(leaf)) || matches!(&leaf.role, Role::Shown { kind: ":json", .. })
    };
    let (texts, mut plain): (Vec<usize>, Vec<usize>) = holes.into_iter().partition(is_text);
    let rank = |at: &usize| match words::parts(name(&form.leaves[*at])).pop().as_deref() {
        Some("from" | "sender" | "author" | "user" | "who" | "nick" | "name" | "username" | "member") => 0,
        Some(_) | None => 1,
    };
    plain.sort_by_key(rank);
    for (index, at) in plain.iter().enumerate() {
        let text = before(name(&form.leaves[*at]), plain.len() == 1, index == 0);
        pieces.extend([Piece::Text(text), Piece::Hole(*at)]);
    }
    for (index, at) in texts.iter().enumerate() {
        let text = if index == 0 { ": ".to_owned() } else { format!(" {}: ", name(&form.leaves[*at])) };
        pieces.extend([Piece::Text(text), Piece::Hole(*at)]);
    }
    let mut names = Vec::new();
    for (at, leaf) in form.leaves.iter().enumerate() {
        if let Role::Chosen { hole, shows: true, .. } = &leaf.role {
            let text = if names.is_empty() { format!(" ({hole}=") } else { format!(", {hole}=") };
            names.extend([Piece::Text(text), Piece::Hole(at)]);
        }
    }
    if !names.is_empty() {
        names.push(Piece::Text(")".to_owned()));
    }
    // What a client sends of the server's values is named; of what it receives a diagram need not show them.
    if group.side == Side::Client {
        pieces.append(&mut names);
    }
    Label { pieces: merged(pieces), names }
}

/// The words of a kind: `auth_ok` is `auth ok`.
fn said(words: &str) -> String {
    let is_path = words.contains('/');
    let text = if is_path { words.to_owned() } else { words.replace('_', " ") };
    let text = text.replace(char::is_control, " ").split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "frame".to_owned() } else { text }
}

fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => out.push(piece),
        }
    }
    out
}

/// Makes labels of one side distinct: where two have the same words, the later one says in what it differs, or is numbered.
pub(super) fn distinguish(groups: &[Group], forms: &[Form], labels: &mut [Label]) {
    let mut known: std::collections::BTreeSet<(Side, String)> = std::collections::BTreeSet::new();
    let order: Vec<usize> = (0..groups.len()).collect();
    for at in order {
        let side = groups[at].side;
        let plain = |label: &Label| words_of(&label.pieces);
        if known.insert((side, plain(&labels[at]))) {
            continue;
        }
        let extra = telling(&groups[at], &forms[at]);
        let wishes = extra.into_iter().chain((2_u32..10_000).map(|turn| format!("({turn})")));
        for wish in wishes {
            let mut tried = labels[at].clone();
            // Behind the first words, so that what a hole takes in is never taken for it.
            if let Some(Piece::Text(first)) = tried.pieces.first_mut() {
                let words = said(&groups[at].words);
                first.replace_range(..words.len(), &format!("{words} {wish}"));
            }
            if known.insert((side, plain(&tried))) {
                labels[at] = tried;
                break;
            }
        }
    }
}

/// The words of a label, with a sign for every hole.
fn words_of(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.as_str() } else { "{}" }).collect()
}

/// What a rule says that its label does not show.
fn telling(group: &Group, form: &Form) -> Option<String> {
    let fixed = form.leaves.iter().filter(|leaf| leaf.path.len() == 1 && group.member.as_deref() != Some(name(leaf)));
    let mut fixed =
        fixed.filter(|leaf| group.on == On::Socket || !["method", "path", "status", "event"].contains(&name(leaf)));
    fixed.find_map(|leaf| match &leaf.role {
        Role::Fixed(Value::String(text)) if text.len() <= 24 && !super::groups::is_odd(text) => Some(text.clone()),
        Role::Fixed(Value::Bool(value)) => Some(format!("{} {value}", name(leaf))),
        Role::Fixed(_)
        | Role::Own(_)
        | Role::Shown { .. }
        | Role::Chosen { .. }
        | Role::Known { .. }
        | Role::Any { .. }
        | Role::Env { .. }
        | Role::Made(_) => None,
    })
}

/// The label of one message; none where a value holds what its label goes on with, so that nobody could tell where it ends.
pub(super) fn told(
    label: &Label,
    value: &Value,
    form: &Form,
    names: &mut dyn FnMut(&str, &Value) -> String,
) -> Option<String> {
    let mut out = String::new();
    let shows = label.names.iter().any(|piece| matches!(piece, Piece::Hole(_)));
    let all: Vec<&Piece> =
        if shows { label.pieces.iter().chain(&label.names).collect() } else { label.pieces.iter().collect() };
    for (index, piece) in all.iter().enumerate() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(leaf) => {
                let leaf = &form.leaves[*leaf];
                let value = at(value, &leaf.path)?;
                let text = match &leaf.role {
                    Role::Chosen { .. } => names(name(leaf), value),
                    Role::Fixed(_)
                    | Role::Own(_)
                    | Role::Shown { .. }
                    | Role::Known { .. }
                    | Role::Any { .. }
                    | Role::Env { .. }
                    | Role::Made(_) => shown(value),
                };
                if let Some(Piece::Text(next)) = all.get(index + 1)
                    && text.contains(next.as_str())
                {
                    return None;
                }
                out.push_str(&text);
            }
        }
    }
    Some(out)
}
