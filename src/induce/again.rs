//! The same story, recorded once more: what is another value every time belongs to no label.

use super::groups::Kinds;
use super::messages::{Item, On, Story};
use super::tape::Side;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

/// Places in messages, by the kind of the message.
#[derive(Clone, Debug, Default)]
pub(super) struct Varying {
    /// With another value every time.
    values: FxHashSet<(Side, On, String)>,
    /// Members that are there at times.
    members: FxHashSet<(Side, On, String)>,
}

/// A message as both recordings have it: whose it is, of what kind, and the how many-th of that kind.
type Place = (String, Side, On, String);

fn places<'s>(story: &'s Story, kinds: &Kinds) -> FxHashMap<Place, Vec<&'s Item>> {
    let mut all: FxHashMap<Place, Vec<&Item>> = FxHashMap::default();
    for item in &story.items {
        let name = story.people.all[item.who].name.clone();
        all.entry((name, item.side, item.on, kinds.words(item))).or_default().push(item);
    }
    all
}

/// A place as it is kept: the kind, and the path within.
fn named(words: &str, path: &str) -> String {
    format!("{words}\n{path}")
}

impl Varying {
    /// What is different in another recording of a story.
    pub fn learn(&mut self, story: &Story, other: &Story, kinds: &Kinds) {
        let others = places(other, kinds);
        for (place, items) in places(story, kinds) {
            let Some(again) = others.get(&place) else { continue };
            let (_, side, on, words) = place;
            for (item, again) in items.iter().zip(again) {
                let mut told = |path: &str, member: bool| {
                    let place = (side, on, named(&words, path));
                    let _ = if member { self.members.insert(place) } else { self.values.insert(place) };
                };
                compare(&item.value, &again.value, "", &mut told);
            }
        }
    }

    /// Whether there is another value every time.
    pub fn has(&self, (side, on, words): (Side, On, &str), path: &[String]) -> bool {
        !self.values.is_empty() && self.values.contains(&(side, on, named(words, &joined(path))))
    }

    /// Whether a member is there at times.
    pub fn is_optional(&self, (side, on, words): (Side, On, &str), path: &[String]) -> bool {
        !self.members.is_empty() && self.members.contains(&(side, on, named(words, &joined(path))))
    }
}

fn joined(path: &[String]) -> String {
    path.iter().fold(String::new(), |path, name| below(&path, name))
}

fn below(path: &str, name: &str) -> String {
    format!("{path}/{name}")
}

fn compare(one: &Value, other: &Value, path: &str, tell: &mut dyn FnMut(&str, bool)) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                match other.get(name) {
                    Some(other) => compare(value, other, &below(path, name), tell),
                    None => tell(&below(path, name), true),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, &below(path, &format!("p{at}")), tell);
            }
        }
        (one, other) if one != other => tell(path, false),
        _ => {}
    }
}
