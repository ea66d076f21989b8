//! What of a recording is a secret by its name, wherever else it may stand.

use super::links::scalars;
use super::messages::pairs_of_cookies;
use super::tape::{Entry, Headers, What};
use super::words::{self, is_secret};
use crate::wire::{Raw, Secrets};
use serde_json::Value;

/// A shorter value stands in every other word: it is hidden in its own place alone.
const SHORT: usize = 6;

/// Adds what something that passed tells of secrets.
pub fn learn(secrets: &Secrets, entry: &Entry) {
    let mut add = |value: &str| {
        if value.chars().count() >= SHORT {
            secrets.add(value);
        }
    };
    match &entry.what {
        What::Dial { url, headers } => {
            pairs(words::query(url), &mut add);
            fields(headers, &mut add);
        }
        What::Asked { url, headers, body, .. } => {
            pairs(words::query(url), &mut add);
            fields(headers, &mut add);
            raw(body, &mut add);
        }
        What::Answered { headers, body, .. } => {
            fields(headers, &mut add);
            raw(body, &mut add);
        }
        What::Accepted { headers } => fields(headers, &mut add),
        What::Frame { raw: content, .. } => raw(content, &mut add),
        What::Event { data, .. } => text(data, &mut add),
        What::Close { .. } | What::End { .. } => {}
    }
}

fn pairs(all: Vec<(String, String)>, add: &mut dyn FnMut(&str)) {
    all.iter().filter(|(name, _)| is_secret(name)).for_each(|(_, value)| add(value));
}

fn fields(headers: &Headers, add: &mut dyn FnMut(&str)) {
    for (name, value) in headers {
        match name.as_str() {
            "authorization" | "proxy-authorization" => add(value.rsplit(' ').next().unwrap_or_default()),
            "cookie" => pairs_of_cookies(value).for_each(|(_, value)| add(value)),
            // HAR files have several of them in one field, by line.
            "set-cookie" => {
                value.lines().filter_map(|one| pairs_of_cookies(one).next()).for_each(|(_, value)| add(value))
            }
            // It is made for one handshake, and no secret.
            "sec-websocket-key" => {}
            name if is_secret(name) => add(value),
            _ => {}
        }
    }
}

fn raw(raw: &Raw, add: &mut dyn FnMut(&str)) {
    if let Raw::Text(content) = raw {
        text(content, add);
    }
}

fn text(content: &str, add: &mut dyn FnMut(&str)) {
    match serde_json::from_str::<Value>(content) {
        Ok(value) => scalars("", &value, &mut |name, value| {
            if let Some(text) = value.as_str().filter(|_| is_secret(name)) {
                add(text);
            }
        }),
        Err(_) => pairs(words::pairs(content), add),
    }
}

/// Whether a label shows a secret of its message.
pub(super) fn shows(label: &str, value: &Value) -> bool {
    let mut any = false;
    scalars("", value, &mut |name, value| {
        any |= value.as_str().is_some_and(|text| !text.is_empty() && is_secret(name) && label.contains(text));
    });
    any
}
