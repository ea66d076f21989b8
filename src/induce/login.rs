//! Requests whose answers give what a handshake needs: they belong to connecting.

use super::links::scalars;
use super::messages::{asked, pairs_of_cookies};
use super::tape::{Entry, Headers, What};
use super::words;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// A request before a handshake.
#[derive(Clone, Debug)]
pub(super) struct Login {
    /// The request, as a message.
    pub asked: Value,
    pub status: u16,
    /// What of the answer is needed: the members that lead to it, and the hole for it.
    pub taken: Vec<(Vec<String>, String)>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Logins {
    /// By the place of the handshake in the story.
    pub of: FxHashMap<usize, Login>,
    /// Places of the requests and their answers, which are not drawn.
    pub undrawn: FxHashSet<usize>,
    /// The hole for each value that was given.
    pub given: FxHashMap<String, String>,
    /// Cookies that were given: a client sends them by itself.
    pub cookies: FxHashSet<String>,
}

/// A shorter value may be the same by chance.
const SHORT: usize = 6;

struct Exchange {
    places: [usize; 2],
    asked: Value,
    status: u16,
    json: Value,
    cookies: Vec<String>,
}

/// What a handshake holds that somebody may have given.
fn wanted(url: &str, headers: &Headers) -> (FxHashSet<String>, FxHashSet<String>) {
    let mut values: FxHashSet<String> = words::query(url).into_iter().map(|(_, value)| value).collect();
    let mut cookies = FxHashSet::default();
    for (name, value) in headers {
        match name.as_str() {
            "authorization" => values.extend(value.split(' ').next_back().map(str::to_owned)),
            "cookie" => cookies.extend(pairs_of_cookies(value).map(|(_, value)| value.to_owned())),
            name if name.starts_with("x-") => values.extend([value.clone()]),
            _ => {}
        }
    }
    values.retain(|value| value.len() >= SHORT);
    (values, cookies)
}

/// The members that lead to a value.
fn path(value: &Value, wanted: &str) -> Option<Vec<String>> {
    match value {
        Value::String(text) => (text == wanted).then(Vec::new),
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            let rest = path(value, wanted)?;
            Some(std::iter::once(name.clone()).chain(rest).collect())
        }),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Those of a story.
pub(super) fn of(entries: &[&Entry]) -> Logins {
    let mut logins = Logins::default();
    let mut open: FxHashMap<usize, (usize, Value)> = FxHashMap::default();
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        match &entry.what {
            What::Asked { method, url, headers, body } => {
                open.insert(entry.line, (place, asked(method, url, headers, body)));
            }
            What::Answered { status, headers, body } if (200..400).contains(status) => {
                let Some((asked_at, asked)) = open.remove(&entry.line) else { continue };
                let set = headers.iter().filter(|(name, _)| name == "set-cookie");
                // HAR files have several of them in one field, by line.
                let cookies =
                    set.flat_map(|(_, value)| value.lines()).filter_map(|cookie| pairs_of_cookies(cookie).next());
                let cookies = cookies.map(|(_, value)| value.to_owned()).collect();
                let json = words::json(body).unwrap_or_default();
                exchanges.push(Exchange { places: [asked_at, place], asked, status: *status, json, cookies });
            }
            What::Dial { url, headers } => {
                let (values, cookies) = wanted(url, headers);
                let gives = |exchange: &Exchange| {
                    let mut any = exchange.cookies.iter().any(|cookie| cookies.contains(cookie));
                    scalars("", &exchange.json, &mut |_, value| {
                        any |= value.as_str().is_some_and(|text| values.contains(text))
                    });
                    any
                };
                let Some(at) = exchanges.iter().rposition(gives) else { continue };
                let Exchange { places, asked, status, json, cookies } = exchanges.remove(at);
                let mut values: Vec<&String> = values.iter().collect();
                values.sort();
                let taken = values.into_iter().filter_map(|value| {
                    let path = path(&json, value)?;
                    let hole = words::hole(path.last().map_or("value", String::as_str));
                    logins.given.insert(value.clone(), hole.clone());
                    Some((path, hole))
                });
                let taken = taken.collect();
                logins.cookies.extend(cookies);
                logins.undrawn.extend(places);
                logins.of.insert(place, Login { asked, status, taken });
            }
            What::Answered { .. }
            | What::Accepted { .. }
            | What::Frame { .. }
            | What::Event { .. }
            | What::Close { .. }
            | What::End { .. } => {}
        }
    }
    logins
}
