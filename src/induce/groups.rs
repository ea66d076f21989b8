//! Messages that are of one kind and of one shape.

use super::links::Links;
use super::messages::{Item, On, Story};
use super::tape::Side;
use super::words;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::fmt::Write as _;

/// The member that names what a message is, in the order in which they are tried.
const NAMES: [&str; 18] = [
    "type",
    "event",
    "op",
    "method",
    "kind",
    "action",
    "cmd",
    "command",
    "t",
    "e",
    "do",
    "msg",
    "message_type",
    "messageType",
    "name",
    "topic",
    "opcode",
    "code",
];

/// What distinguishes the messages of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    /// The member, by side and carrier; none where no member does.
    members: FxHashMap<(Side, On), String>,
    /// The element of messages that are lists.
    places: FxHashMap<(Side, On), usize>,
}

/// So many different values a member may have, at most, that names kinds.
const MOST: usize = 64;

/// Whether a value can name a kind.
pub(super) fn names(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            !text.is_empty() && text.len() <= 48 && !text.contains(char::is_whitespace) && !words::is_random(text)
        }
        Value::Number(number) => number.as_u64().is_some_and(|number| number < 1000),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

impl Kinds {
    pub fn of(story: &Story) -> Kinds {
        let mut all: FxHashMap<(Side, On), Vec<&serde_json::Map<String, Value>>> = FxHashMap::default();
        for item in story.items.iter().filter(|item| item.known.is_none()) {
            if let (On::Socket, Value::Object(map)) = (item.on, inner(&item.value))
                && !map.keys().any(|name| name.starts_with('$'))
            {
                all.entry((item.side, item.on)).or_default().push(map);
            }
        }
        let members = all.into_iter().filter_map(|(side, maps)| Some((side, member(&maps)?))).collect();
        let mut lists: FxHashMap<(Side, On), Vec<&Vec<Value>>> = FxHashMap::default();
        for item in story.items.iter().filter(|item| item.known.is_none()) {
            if let (On::Socket, Value::Array(list)) = (item.on, inner(&item.value)) {
                lists.entry((item.side, item.on)).or_default().push(list);
            }
        }
        let places = lists.into_iter().filter_map(|(side, lists)| Some((side, place(&lists)?))).collect();
        Kinds { members, places }
    }

    /// The member that names the kind of a message.
    pub fn member(&self, item: &Item) -> Option<&str> {
        if let Value::Array(list) = inner(&item.value) {
            let place = *self.places.get(&(item.side, item.on))?;
            return list.get(place).filter(|value| is_word(value)).and(ELEMENTS.get(place).copied());
        }
        let member = self.members.get(&(item.side, item.on))?;
        inner(&item.value).get(member).filter(|value| names(value)).map(|_| member.as_str())
    }

    /// The words for what a message is, as a label begins.
    pub fn words(&self, item: &Item) -> String {
        let value = inner(&item.value);
        let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match item.on {
            On::Http | On::Events if item.side == Side::Client => {
                format!("{} {}", said(&value["method"]), said(&value["path"]))
            }
            On::Http => status(value["status"].as_u64().unwrap_or_default()),
            On::Events => format!("event {}", said(&value["event"])),
            On::Socket => match value {
                Value::Object(map) if map.contains_key("$head") => said(&map["$head"]),
                Value::Object(map) if map.contains_key("$text") => format!("raw {}", begins(&map["$text"])),
                Value::Object(map) if map.contains_key("$hex") => format!("binary {}", begins(&map["$hex"])),
                Value::Object(map) if map.contains_key("request") => {
                    let what = if map.contains_key("error") { "error" } else { "result" };
                    format!("{what} of {}", said(&value["request"]["method"]))
                }
                Value::Object(map) => match self.member(item) {
                    Some(member) if value[member].is_string() => said(&value[member]),
                    Some(member) => format!("{member} {}", said(&value[member])),
                    None => map.keys().take(3).cloned().collect::<Vec<_>>().join(" "),
                },
                Value::Array(items) => {
                    let place = self.places.get(&(item.side, item.on)).copied().unwrap_or_default();
                    items.get(place).filter(|value| names(value)).map_or_else(|| "list".to_owned(), said)
                }
                Value::String(text) => text.split_whitespace().next().unwrap_or("text").to_owned(),
                Value::Null | Value::Bool(_) | Value::Number(_) => "value".to_owned(),
            },
        }
    }
}

/// The JSON of a message, also where letters stand in front of it.
pub(super) fn inner(value: &Value) -> &Value {
    value.get("$json").filter(|_| value.get("$before").is_some()).unwrap_or(value)
}

/// The path of a place, within that.
pub(super) fn within(path: &[String]) -> &[String] {
    path.strip_prefix(&["$json".to_owned()]).unwrap_or(path)
}

/// How a text begins, as far as a label can show it.
fn begins(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(40).collect();
    text.trim().to_owned()
}

/// The label of a status.
fn status(code: u64) -> String {
    let reason = u16::try_from(code).ok().and_then(|code| http::StatusCode::from_u16(code).ok());
    let reason = reason.and_then(|status| status.canonical_reason()).unwrap_or("Status");
    format!("{code} {reason}")
}

/// The names of the elements of a list.
const ELEMENTS: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];

/// Whether a value is a word, and no number that is written as one.
fn is_word(value: &Value) -> bool {
    names(value) && value.as_str().is_some_and(|text| text.starts_with(char::is_alphabetic))
}

/// The element of messages that are lists which says what they are: the first where all have a word there, else the one
/// with the most words, as long as these come again.
fn place(lists: &[&Vec<Value>]) -> Option<usize> {
    let words = |at: usize| {
        let found = lists.iter().filter_map(|list| list.get(at)).filter(|value| is_word(value));
        found.filter_map(Value::as_str).take(10_000).collect::<Vec<_>>()
    };
    if words(0).len() == lists.len().min(10_000) {
        return Some(0);
    }
    let count = |at: &usize| {
        let words = words(*at);
        let different = words.iter().collect::<FxHashSet<_>>().len();
        let again = different < words.len() || words.len() < 3;
        if again && different <= MOST { different } else { 0 }
    };
    // Of equals the last: what comes first says to whom.
    (0..ELEMENTS.len()).max_by_key(count).filter(|at| count(at) > 0)
}

/// The member of some messages whose few values say what they are: one of the usual names that nearly all have, else the
/// first whose values split the shapes.
fn member(maps: &[&serde_json::Map<String, Value>]) -> Option<String> {
    let holds = |name: &str| maps.iter().filter(|map| map.get(name).is_some_and(names)).count();
    let few = |name: &str| {
        let values: FxHashSet<String> =
            maps.iter().filter_map(|map| map.get(name)).map(Value::to_string).take(10_000).collect();
        values.len() <= MOST.min(maps.len())
    };
    let usual = NAMES.iter().find(|name| holds(name) * 10 >= maps.len() * 8 && few(name));
    if let Some(name) = usual {
        return Some((*name).to_owned());
    }
    let first = maps.first()?;
    let splits = |name: &&String| {
        let mut shapes: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        let mut all = FxHashSet::default();
        for map in maps.iter().take(1000) {
            let mut keys: Vec<&str> = map.keys().map(String::as_str).collect();
            keys.sort_unstable();
            let keys = keys.join(",");
            all.insert(keys.clone());
            let value = map.get(*name).map(Value::to_string).unwrap_or_default();
            shapes.entry(value).or_default().insert(keys);
        }
        all.len() > 1 && shapes.len() <= 16 && shapes.values().all(|keys| keys.len() == 1)
    };
    let splitting = first.keys().find(|name| holds(name) == maps.len() && splits(name)).cloned();
    // A member that a kind of its own has is its name: `{"join": …}` beside `{"say": …}`.
    splitting
}

/// Messages of one shape.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub side: Side,
    pub on: On,
    /// How a label begins.
    pub words: String,
    /// The member that names the kind.
    pub member: Option<String>,
    /// Items of the story.
    pub items: Vec<usize>,
    /// Only this one message: nothing of it is a hole.
    pub literal: bool,
}

/// So many shapes of one kind of a server's message stay apart; of more, what they share is the rule.
const SHAPES: usize = 4;

/// A text that no label can show.
pub(super) fn is_odd(text: &str) -> bool {
    text.trim().is_empty()
        || text.trim() != text
        || text.contains(char::is_control)
        || text.len() > 400
        || text.contains("\\n")
}

/// Those of a story. What is in `literal` is a group by itself, together with what is equal to it.
pub(super) fn of(story: &Story, kinds: &Kinds, links: &Links, literal: &FxHashSet<usize>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    let mut shapes: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (index, item) in story.items.iter().enumerate().filter(|(_, item)| item.known.is_none()) {
        let words = kinds.words(item);
        let kind = format!("{:?} {:?} {words}\n", item.side, item.on);
        let mut key = kind.clone();
        let is_literal = literal.contains(&index);
        if is_literal {
            let _ = write!(key, "={}", item.value);
        } else {
            let view = Shape { side: item.side, links, member: kinds.member(item) };
            view.of("", &item.value, 0, &mut key);
        }
        let at = *known.entry(key).or_insert_with(|| {
            let member = kinds.member(item).map(str::to_owned);
            groups.push(Group { side: item.side, on: item.on, words, member, items: Vec::new(), literal: is_literal });
            if !is_literal && item.side == Side::Server {
                shapes.entry(kind).or_default().push(groups.len() - 1);
            }
            groups.len() - 1
        });
        groups[at].items.push(index);
    }
    for alike in shapes.into_values().filter(|alike| alike.len() > SHAPES) {
        let mut items: Vec<usize> = alike.iter().flat_map(|at| std::mem::take(&mut groups[*at].items)).collect();
        items.sort_unstable();
        let first = alike.iter().copied().min().unwrap_or_default();
        groups[first].items = items;
    }
    groups.retain(|group| !group.items.is_empty());
    groups
}

/// How the shape of a message is written.
struct Shape<'a> {
    side: Side,
    links: &'a Links,
    member: Option<&'a str>,
}

impl Shape<'_> {
    fn of(&self, name: &str, value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::Object(map) if !map.is_empty() && depth < super::unify::DEPTH => {
                let mut names: Vec<&String> = map.keys().collect();
                names.sort_unstable();
                out.push('{');
                for name in names {
                    out.push_str(name);
                    out.push(':');
                    self.of(name, &map[name], depth + 1, out);
                    out.push(',');
                }
                out.push('}');
            }
            Value::Array(items) if depth == 0 => {
                out.push('[');
                items.iter().take(16).for_each(|item| self.of(name, item, depth + 1, out));
                out.push(']');
            }
            Value::Object(_) | Value::Array(_) => out.push('*'),
            Value::String(text) if name.starts_with('$') => out.push_str(text),
            // What a client sends of a secret, or of a text that no label shows, is said in the rule.
            Value::String(text) if self.side == Side::Client && (words::is_secret(name) || is_odd(text)) => {
                if self.links.find(name, value).is_none() {
                    out.push_str(text);
                }
                out.push('s');
            }
            Value::String(text) if is_odd(text) => {
                out.push_str(text);
                out.push('o');
            }
            Value::String(_) | Value::Number(_) if depth <= 2 && self.member == Some(name) => {}
            Value::String(_) | Value::Number(_) => {
                out.push(if self.links.find(name, value).is_some() { 'c' } else { '.' })
            }
            Value::Null => out.push('n'),
            Value::Bool(_) => out.push('b'),
        }
    }
}
