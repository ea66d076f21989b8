//! How JSON is written.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Content, Effect};
use crate::server::twist::{Twist, each};
use fastrand::Rng;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) static ADDITIONAL_MEMBERS: Deviation = Deviation {
    id: "L05",
    name: "additional-members",
    about: "Every object that the server sends has members that the protocol does not define.",
    how: &[How::Twist(|_| {
        each_value(|mut value, out| {
            if let Some(members) = value.as_object_mut() {
                members.insert("trace".to_owned(), json!({"node": "eu-7", "hops": [1, 2]}));
                members.insert("aside".to_owned(), Value::Null);
            }
            out.push_str(&value.to_string());
        })
    })],
};

pub(super) static KEY_ORDER: Deviation = Deviation {
    id: "L19",
    name: "key-order-and-space",
    about: "Members are in a different order, with white space between all tokens, and whole numbers are written as \
            1.0.",
    how: &[How::Twist(|_| each_value(|value, out| Spelling { spaced: true, escape: None }.write(&value, out)))],
};

pub(super) static ESCAPED: Deviation = Deviation {
    id: "L20",
    name: "escaped-unicode",
    about: "About every second character of a string is written as an escape.",
    how: &[How::Twist(|seed| {
        let mut chance = Rng::with_seed(seed);
        each_value(move |value, out| Spelling { spaced: false, escape: Some(&mut chance) }.write(&value, out))
    })],
};

/// Writes the JSON of messages otherwise.
fn each_value(mut write: impl FnMut(Value, &mut String) + Send + 'static) -> Box<dyn Twist> {
    each(move |_, mut delivery, out| {
        let value = match &delivery.content {
            Content::Message(message) => Some(message.value()),
            Content::Json(value) => Some(value.clone()),
            Content::Text(_) | Content::Binary(_) | Content::Event(_) | Content::Ping | Content::Pong => None,
        };
        if let Some(value) = value {
            let mut text = String::new();
            write(value, &mut text);
            delivery.content = Content::Text(text.into());
        }
        out.push(Effect::Deliver(delivery));
    })
}

/// One of the many ways to write the same JSON.
struct Spelling<'a> {
    /// White space between tokens, members last to first, whole numbers with a fraction.
    spaced: bool,
    /// Escapes by chance.
    escape: Option<&'a mut Rng>,
}

impl Spelling<'_> {
    fn write(&mut self, value: &Value, out: &mut String) {
        let (space, line) = if self.spaced { (" ", "\n\t") } else { ("", "") };
        match value {
            // Up to 2^53 a double is exact; beyond, a fraction could change the number.
            Value::Number(number) if self.spaced && number.as_u64().is_some_and(|whole| whole < 1 << 53) => {
                let _ = write!(out, "{number}.0");
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
            Value::String(text) => self.string(text, out),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { space } else { "," });
                    out.push_str(space);
                    self.write(item, out);
                }
                out.push_str(space);
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (index, (key, item)) in members.iter().rev().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    out.push_str(line);
                    self.string(key, out);
                    out.push_str(space);
                    out.push(':');
                    out.push_str(space);
                    self.write(item, out);
                }
                out.push_str(line);
                out.push('}');
            }
        }
    }

    fn string(&mut self, text: &str, out: &mut String) {
        let Some(chance) = &mut self.escape else {
            out.push_str(&Value::from(text).to_string());
            return;
        };
        out.push('"');
        for c in text.chars() {
            if c.is_control() || matches!(c, '"' | '\\') || chance.bool() {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            } else {
                out.push(c);
            }
        }
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_is_the_same_json() {
        let value = json!({"type": "message", "id": 12, "text": "é😀\"\\\n\u{7f}", "deep": [1.5, -2, null, {"a": []}]});
        let mut chance = Rng::with_seed(3);
        for mut spelling in [
            Spelling { spaced: true, escape: None },
            Spelling { spaced: false, escape: Some(&mut chance) },
            Spelling { spaced: false, escape: None },
        ] {
            let mut text = String::new();
            spelling.write(&value, &mut text);
            let mut back: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            if back["id"] == json!(12.0) {
                back["id"] = json!(12);
            }
            assert_eq!(back, value, "{text}");
        }
    }
}
