//! What must reach no file: credentials that clients have sent, and what stands for them.

use super::words;
use serde_json::Value;
use std::collections::BTreeMap;

/// The secrets of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct Secret {
    /// The variable of the environment by value.
    names: BTreeMap<String, String>,
    /// What a server gave.
    hidden: Vec<String>,
}

impl Secret {
    /// What stands for a secret in a member of this name: letters that may be seen, and the variable behind them.
    pub fn name(&mut self, member: &str, value: &str) -> (String, String) {
        let schemes = ["Bearer ", "bearer ", "Basic ", "Token "];
        let scheme = schemes.iter().find(|scheme| value.starts_with(*scheme)).map_or("", |scheme| *scheme);
        let value = &value[scheme.len()..];
        if let Some(known) = self.names.get(value) {
            return (scheme.to_owned(), known.clone());
        }
        let parts = words::parts(member).join("_").to_uppercase();
        let wish = match member {
            "authorization" => "TOKEN".to_owned(),
            _ if parts.starts_with(|c: char| c.is_ascii_alphabetic()) && parts.is_ascii() => parts,
            _ => "SECRET".to_owned(),
        };
        let turns = (1_u32..).map(|turn| if turn == 1 { wish.clone() } else { format!("{wish}_{turn}") });
        let name = turns.into_iter().find(|name| !self.names.values().any(|known| known == name)).unwrap_or_default();
        self.names.insert(value.to_owned(), name.clone());
        (scheme.to_owned(), name)
    }

    /// Values that a server gave, and that are no one's to see.
    pub fn hide(&mut self, values: &[&Value]) {
        self.hidden.extend(values.iter().filter_map(|value| value.as_str()).map(str::to_owned));
    }

    /// The variables that have to be set, with their values.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.names.iter().map(|(value, name)| (name.clone(), value.clone())).collect();
        all.sort();
        all
    }

    /// All that must not be seen.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.names.keys().chain(&self.hidden).map(String::as_str)
    }
}
