//! What passes, in a line each, for whoever looks on.

use crate::induce::{Entry, Side, What, is_secret, learn};
use crate::source::elapsed_words;
use crate::wire::{Raw, Secrets};
use serde_json::Value;
use std::time::Duration;

/// So much of a message is shown, in characters.
const SHOWN: usize = 100;

/// Whoever looks on: what was a secret by its name once is not shown in any place from then on.
#[derive(Debug, Default)]
pub struct Live {
    secrets: Secrets,
}

impl Live {
    /// A line for an entry; none where nothing is to be seen.
    pub fn line(&self, entry: &Entry) -> Option<String> {
        learn(&self.secrets, entry);
        line(entry).map(|line| self.secrets.redact(&line).into_owned())
    }
}

fn line(entry: &Entry) -> Option<String> {
    let (client, text) = match &entry.what {
        What::Dial { url, .. } if url.is_empty() => (true, "connects".to_owned()),
        What::Dial { url, .. } => (true, format!("connects to {}", path(url))),
        What::Accepted { .. } => return None,
        What::Asked { method, url, .. } => (true, format!("{method} {}", path(url))),
        What::Answered { status, .. } => (false, format!("HTTP {status}")),
        What::Frame { from, raw } => (*from == Side::Client, frame(raw)),
        What::Event { event, data, .. } => {
            (false, format!("event {event}: {}", frame(&Raw::Text(data.as_str().into()))))
        }
        What::Close { from, code } => {
            let code = code.map_or(String::new(), |code| format!(" {code}"));
            (*from == Side::Client, format!("Close{code}"))
        }
        What::End { from } => (*from == Side::Client, "ends".to_owned()),
    };
    let arrow = if client { "──▶" } else { "◀──" };
    let at = elapsed_words(Duration::from_millis(entry.at / 1_000_000));
    Some(format!("{at:>9}  {} {arrow} {text}", entry.line + 1))
}

/// The path alone: a query may hold anything.
fn path(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

fn frame(raw: &Raw) -> String {
    let text = match raw {
        Raw::Binary(bytes) => return format!("{} bytes", bytes.len()),
        Raw::Text(text) => match serde_json::from_str::<Value>(text) {
            Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
                hide(&mut value);
                value.to_string()
            }
            // Nobody knows what stands where in it.
            Ok(_) | Err(_) => return format!("{} characters", text.chars().count()),
        },
    };
    let mut letters = text.chars();
    let begin: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() { begin + "…" } else { begin }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if is_secret(name) { *value = "***".into() } else { hide(value) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
