//! Labels that are JSON and differ in some values alone: one rule, with a hole for each of these values.

use super::kinds::{Known, TYPE_KEYS};
use super::{Label, escape, quoted};
use crate::wire::resolved::Sender;
use serde_json::Value;

/// A piece of a JSON text: what stays, or a value with the member that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece<'t> {
    Stays(&'t str),
    Value { of: &'t str, text: &'t str },
}

/// The pieces of a JSON text; none where it is none.
fn pieces<'t>(text: &'t str, key: &str) -> Option<Vec<Piece<'t>>> {
    serde_json::from_str::<Value>(text).ok().filter(|value| value.is_object() || value.is_array())?;
    let mut all = Vec::new();
    let (mut rest, mut member, mut depth) = (text, "", 0_usize);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end? + 2
            }
            '{' | '[' | '}' | ']' | ',' | ':' => first.len_utf8(),
            _ if first.is_whitespace() => first.len_utf8(),
            _ => rest.find([',', '}', ']', ' ', '\n', '\t', '\r']).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        let names = first == '"' && behind.trim_start().starts_with(':');
        depth = match first {
            '{' | '[' => depth + 1,
            '}' | ']' => depth.saturating_sub(1),
            _ => depth,
        };
        let stays = names || first.is_whitespace() || "{[}],:".contains(first);
        // What names the type of a message is not what varies.
        let kind = depth == 1 && (TYPE_KEYS.contains(&member) || member == key);
        all.push(if stays || kind { Piece::Stays(token) } else { Piece::Value { of: member, text: token } });
        if names {
            member = token.trim_matches('"');
        } else if first == ',' && depth == 0 {
            member = "";
        }
        rest = behind;
    }
    Some(all)
}

/// Whether two texts are the same but for values.
fn alike(one: &[Piece<'_>], other: &[Piece<'_>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Piece::Stays(one), Piece::Stays(other)) => one == other,
            (Piece::Value { text: one, .. }, Piece::Value { text: other, .. }) => {
                one == other || kind(one).is_some() && kind(one) == kind(other)
            }
            (Piece::Stays(_), Piece::Value { .. }) | (Piece::Value { .. }, Piece::Stays(_)) => false,
        })
}

/// What kind of value a piece is; a text with signs that are escaped is none that a hole could take from a label.
fn kind(text: &str) -> Option<&'static str> {
    match text.chars().next()? {
        '"' if !text.contains('\\') && text.len() > 2 => Some(""),
        '0'..='9' | '-' => Some(if text.parse::<i64>().is_ok() { ":int" } else { ":number" }),
        _ => None,
    }
}

/// The rules of labels that are alike, each with the labels that it is for.
pub(super) fn of(labels: &[Label], key: &str) -> Vec<(Known, Vec<String>)> {
    let mut found: Vec<(Sender, Vec<Vec<Piece<'_>>>, Vec<String>)> = Vec::new();
    for Label { sender, text, .. } in labels {
        let Some(pieces) = pieces(text, key) else { continue };
        match found.iter_mut().find(|(side, all, _)| side == sender && alike(&all[0], &pieces)) {
            Some((_, all, examples)) => {
                all.push(pieces);
                examples.push(text.clone());
            }
            None => found.push((*sender, vec![pieces], vec![text.clone()])),
        }
    }
    let several = found.into_iter().filter(|(_, all, _)| all.len() > 1);
    several.map(|(sender, all, examples)| (rule(sender, &all, &examples), examples)).collect()
}

fn rule(sender: Sender, all: &[Vec<Piece<'_>>], examples: &[String]) -> Known {
    let mut holes: Vec<String> = Vec::new();
    let (mut label, mut frame) = (String::new(), String::new());
    for (at, piece) in all[0].iter().enumerate() {
        match piece {
            Piece::Value { of, text } if all.iter().any(|other| other[at] != *piece) => {
                let name = hole(of, &holes);
                let kind = kind(text).unwrap_or_default();
                let quote = if kind.is_empty() { "\"" } else { "" };
                label.push_str(&format!("{quote}{{{name}}}{quote}"));
                frame.push_str(&format!("\"{{{name}{kind}}}\""));
                holes.push(name);
            }
            Piece::Stays(text) | Piece::Value { text, .. } => {
                // A brace is doubled in the label; in the frame only within a text.
                label.push_str(&escape(text));
                frame.push_str(&if text.starts_with('"') { escape(text) } else { (*text).to_owned() });
            }
        }
    }
    let side = super::kinds::side(sender);
    let lines = vec![format!("{side} = {{ json = {} }}", quoted(&frame))];
    Known { label, example: examples[0].clone(), lines, open: None }
}

/// A name for the hole of a member that no other hole has.
fn hole(member: &str, holes: &[String]) -> String {
    let plain: String = member.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let usable = plain.starts_with(|c: char| c.is_ascii_alphabetic()) && !RESERVED.contains(&plain.as_str());
    let name = if usable { plain } else { format!("the_{plain}") };
    let taken = |name: &String| holes.contains(name);
    (1..)
        .map(|turn| if turn == 1 { name.clone() } else { format!("{name}_{turn}") })
        .find(|name| !taken(name))
        .unwrap_or(name)
}

/// Holes that have a meaning of their own.
const RESERVED: [&str; 8] = ["self", "peer", "run", "target", "seq", "uuid", "now", "null"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Way;

    fn made(labels: &[&str]) -> Vec<(String, String)> {
        let label = |text: &&str| Label { sender: Sender::Server, text: (*text).to_owned(), way: Way::Socket };
        let labels: Vec<Label> = labels.iter().map(label).collect();
        of(&labels, "type").into_iter().map(|(known, _)| (known.label, known.lines.join(" | "))).collect()
    }

    #[test]
    fn values_that_differ_are_holes() {
        let made = made(&[
            r#"{"type":"said","from":"ann","n":1,"at":{"x":0.5}}"#,
            r#"{"type":"said","from":"bob","n":2,"at":{"x":0.5}}"#,
            r#"{"type":"left","from":"bob"}"#,
        ]);
        let label = r#"{{"type":"said","from":"{from}","n":{n},"at":{{"x":0.5}}}}"#;
        let frame =
            r#"server = { json = "{\"type\":\"said\",\"from\":\"{from}\",\"n\":\"{n:int}\",\"at\":{\"x\":0.5}}" }"#;
        assert_eq!(made, [(label.to_owned(), frame.to_owned())]);
    }

    #[test]
    fn what_is_of_another_form_stays_apart() {
        for pair in [
            [r#"{"type":"a","x":1}"#, r#"{"type":"b","x":1}"#],
            [r#"{"type":"a","x":1}"#, r#"{"type":"a","x":"1"}"#],
            [r#"{"type":"a","x":1}"#, r#"{"type":"a","y":1}"#],
            [r#"{"type":"a","x":true}"#, r#"{"type":"a","x":1}"#],
            [r#"{"type":"a","x":true}"#, r#"{"type":"a","x":false}"#],
            ["{no json}", "{no jsin}"],
        ] {
            assert_eq!(made(&pair), [], "{pair:?}");
        }
    }
}
