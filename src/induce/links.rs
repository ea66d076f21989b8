//! Values that are followed from frame to frame: chosen by the server, and seen again.

use super::messages::{Item, Story};
use super::tape::Side;
use super::words;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// A value that the server has chosen.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The member in which it came first: its hole is named after it.
    pub name: String,
    /// In how many messages it stands.
    pub uses: usize,
    /// Whether a client has sent it.
    pub sent: bool,
}

/// What is known of values.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    all: Vec<Link>,
    /// Values that nobody else has: by themselves.
    random: FxHashMap<String, usize>,
    /// Values that others may have too: with the member in which they stand, and with the last word of its name.
    plain: FxHashMap<(String, String), usize>,
    last: FxHashMap<(String, String), usize>,
    /// The members in which the server has chosen something.
    names: FxHashSet<String>,
    /// What clients have said first.
    said: FxHashSet<String>,
    /// Texts, with the kind of message in which they stand; none where these are several.
    kinds: FxHashMap<String, Option<u32>>,
    /// What the clients are called, in small letters.
    people: FxHashSet<String>,
}

/// So long a text may be to be followed.
const LONGEST: usize = 200;

/// A value as it is followed.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && text.len() <= LONGEST => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Calls `each` with every value that is no container, and the name of the member that it stands in.
pub(super) fn scalars<'v>(name: &'v str, value: &'v Value, each: &mut dyn FnMut(&'v str, &'v Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| scalars(name, item, each)),
        Value::Object(map) => map.iter().for_each(|(name, value)| scalars(name, value, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => each(name, value),
    }
}

impl Links {
    /// Those of a story, whose items are of these kinds.
    pub fn of(story: &Story, kinds: &[u32]) -> Links {
        let people =
            story.people.all.iter().filter_map(|person| person.own.as_ref()).map(|own| own.to_lowercase()).collect();
        let mut links = Links { people, ..Links::default() };
        for (item, kind) in story.items.iter().zip(kinds) {
            scalars("", &item.value, &mut |name, value| links.take(item, *kind, name, value));
        }
        links
    }

    fn take(&mut self, item: &Item, kind: u32, name: &str, value: &Value) {
        let Some(text) = text(value) else { return };
        if value.is_string() {
            let known = self.kinds.entry(text.clone()).or_insert(Some(kind));
            if *known != Some(kind) {
                *known = None;
            }
        }
        if !self.may_be(name, value) {
            return;
        }
        if let Some(at) = self.at(name, &text) {
            self.all[at].uses += 1;
            self.all[at].sent |= item.side == Side::Client;
            return;
        }
        if item.side == Side::Client {
            self.said.insert(text);
            return;
        }
        if self.said.contains(&text) || self.people.contains(&text.to_lowercase()) {
            return;
        }
        let at = self.all.len();
        self.all.push(Link { name: name.to_owned(), uses: 1, sent: false });
        if words::is_random(&text) {
            self.random.insert(text, at);
            return;
        }
        let last = words::parts(name).pop().unwrap_or_default();
        self.last.entry((last, text.clone())).or_insert(at);
        self.plain.insert((name.to_owned(), text), at);
        self.names.insert(name.to_owned());
    }

    /// Whether a member is one whose values are followed.
    fn may_be(&self, name: &str, value: &Value) -> bool {
        let random = value.as_str().is_some_and(words::is_random);
        !words::is_time(name) && (random || words::is_id(name) || words::is_secret(name))
    }

    fn at(&self, name: &str, text: &str) -> Option<usize> {
        if let Some(at) = self.random.get(text) {
            return Some(*at);
        }
        if let Some(at) = self.plain.get(&(name.to_owned(), text.to_owned())) {
            return Some(*at);
        }
        // A member of the same name elsewhere is what is meant, and it has no such value.
        if self.names.contains(name) {
            return None;
        }
        self.last.get(&(words::parts(name).pop().unwrap_or_default(), text.to_owned())).copied()
    }

    /// The link of a value, and its number.
    pub fn find(&self, name: &str, value: &Value) -> Option<(usize, &Link)> {
        let text = text(value)?;
        if !self.may_be(name, value) {
            return None;
        }
        let at = self.at(name, &text)?;
        Some((at, &self.all[at]))
    }

    /// Whether a text stands in messages of several kinds, or is the name of a client: it is content, and no part of the
    /// protocol.
    pub fn is_content(&self, text: &str) -> bool {
        self.kinds.get(text).is_some_and(Option::is_none) || self.people.contains(&text.to_lowercase())
    }
}
