//! Arrays that are no fixed row of elements: `$set` in any order, `$each` of any length.

use super::diff::{Place, at, expected};
use super::matching::Matching;
use super::parse::PatternReader;
use super::{Pattern, value_text};
use crate::wire::file::node::{Entry, Node, Shape};
use serde_json::{Value, json};

/// An array by what is in it.
#[derive(Clone, Debug)]
pub(in crate::wire) enum ListOf {
    /// `$set`: these elements, each once, in whatever order.
    Set {
        /// What they are, as written.
        items: Vec<Pattern>,
        /// Further elements are allowed.
        more: bool,
    },
    /// `$each`: any number of elements, each like this one.
    Each {
        /// What each is.
        item: Box<Pattern>,
        /// How many there must be, and may be.
        count: (usize, Option<usize>),
    },
}

/// How often an element of one `$set` is held against one that was found: what a set of holes can be arranged to is
/// bounded by this, as every search is.
const MOST_TRIES: u32 = 100_000;

impl ListOf {
    /// What its elements are.
    pub fn items(&self) -> impl Iterator<Item = &Pattern> {
        match self {
            ListOf::Set { items, .. } => items.iter(),
            ListOf::Each { item, .. } => std::slice::from_ref(&**item).iter(),
        }
    }

    /// What it looks like.
    pub fn shown(&self, matching: &Matching<'_>) -> Value {
        match self {
            ListOf::Set { items, more } => {
                let gap = more.then(|| Value::from("..."));
                let items: Vec<Value> = items.iter().map(|item| expected(item, matching)).chain(gap).collect();
                json!({ "$set": items })
            }
            ListOf::Each { item, count: (0, None) } => json!({ "$each": expected(item, matching) }),
            ListOf::Each { item, count } => json!({ "$each": expected(item, matching), "$count": counted(*count) }),
        }
    }
}

/// Those that leave nothing open first: they are told apart without trying.
fn in_order(items: &[Pattern]) -> Vec<&Pattern> {
    let mut order: Vec<&Pattern> = items.iter().collect();
    order.sort_by_cached_key(|item| {
        let mut holes = 0_u32;
        item.holes(&mut |_| holes += 1);
        holes
    });
    order
}

fn counted((from, to): (usize, Option<usize>)) -> String {
    match to {
        Some(to) if to == from => from.to_string(),
        Some(to) => format!("{from}..{to}"),
        None => format!("{from}.."),
    }
}

impl PatternReader<'_> {
    /// `{ "$set" = [ … ] }`, `{ "$each" = …, "$count" = "1..3" }`; none where it is neither.
    pub(super) fn list_of(&mut self, entries: &[Entry]) -> Option<Pattern> {
        let get = |name: &str| entries.iter().find(|entry| entry.key == name);
        if let Some(set) = get("$set") {
            let Shape::List(nodes) = &set.value.shape else {
                self.problems.push((set.value.span, "`$set` needs a list of elements".to_owned()));
                return Some(Pattern::Literal(Value::Null));
            };
            self.alone(entries, &["$set"]);
            let more = Self::is_gap(nodes.last());
            let nodes = &nodes[..nodes.len() - usize::from(more)];
            let items: Vec<Pattern> = nodes.iter().map(|node| self.element(node)).collect();
            return Some(Pattern::List(ListOf::Set { items, more }));
        }
        let each = get("$each")?;
        self.alone(entries, &["$each", "$count"]);
        let item = Box::new(self.element(&each.value));
        let count = match get("$count") {
            Some(entry) => self.count(&entry.value),
            None => (0, None),
        };
        Some(Pattern::List(ListOf::Each { item, count }))
    }

    fn alone(&mut self, entries: &[Entry], keys: &[&str]) {
        for entry in entries.iter().filter(|entry| !keys.contains(&&*entry.key)) {
            let text = format!("`{}` cannot be combined with `{}`, which is a whole list", entry.key, keys[0]);
            self.problems.push((entry.at, text));
        }
    }

    /// `3`, `"1..3"`, `"2.."`, `"..5"`.
    fn count(&mut self, node: &Node) -> (usize, Option<usize>) {
        let text = match &node.shape {
            Shape::Scalar(value) => value_text(value),
            Shape::List(_) | Shape::Table(_) => String::new(),
        };
        let bound = |text: &str| text.trim().parse::<usize>().ok();
        let read = match text.split_once("..") {
            Some(("", to)) => bound(to).map(|to| (0, Some(to))),
            Some((from, "")) => bound(from).map(|from| (from, None)),
            Some((from, to)) => bound(from).zip(bound(to)).map(|(from, to)| (from, Some(to))),
            None => bound(&text).map(|count| (count, Some(count))),
        };
        read.filter(|(from, to)| to.is_none_or(|to| *from <= to)).unwrap_or_else(|| {
            self.problems
                .push((node.span, "`$count` is a number, or bounds such as `\"1..3\"` or `\"2..\"`".to_owned()));
            (0, None)
        })
    }
}

impl Matching<'_> {
    /// Reads an array.
    pub(super) fn list_of(&mut self, list: &ListOf, found: &[Value]) -> bool {
        match list {
            ListOf::Each { item, count: (from, to) } => {
                found.len() >= *from
                    && to.is_none_or(|to| found.len() <= to)
                    && found.iter().all(|found| self.value(item, found))
            }
            ListOf::Set { items, more } => {
                let fits = if *more { found.len() >= items.len() } else { found.len() == items.len() };
                let mut tries = MOST_TRIES;
                fits && self.placed(&in_order(items), found, &mut vec![false; found.len()], &mut tries)
            }
        }
    }

    /// Finds an element for each of these among those that are not taken.
    fn placed(&mut self, items: &[&Pattern], found: &[Value], taken: &mut [bool], tries: &mut u32) -> bool {
        let Some((first, rest)) = items.split_first() else { return true };
        for at in 0..found.len() {
            if taken[at] {
                continue;
            }
            let Some(left) = tries.checked_sub(1) else { return false };
            *tries = left;
            let kept = self.found.clone();
            if self.value(first, &found[at]) {
                taken[at] = true;
                if self.placed(rest, found, taken, tries) {
                    return true;
                }
                taken[at] = false;
            }
            self.found = kept;
        }
        false
    }
}

/// Where an array differs: what is missing of a set stands beside what is there too much.
pub(super) fn diff(list: &ListOf, found: &[Value], path: &str, matching: &mut Matching<'_>, out: &mut Vec<Place>) {
    match list {
        ListOf::Each { item, count: (from, to) } => {
            if found.len() < *from || to.is_some_and(|to| found.len() > to) {
                let wanted = format!("{} elements", counted((*from, *to)));
                out.push((path.to_owned(), Some(wanted.into()), Some(format!("{} elements", found.len()).into())));
            }
            for (index, found) in found.iter().enumerate() {
                at(item, Some(found), format!("{path}[{index}]"), matching, out);
            }
        }
        ListOf::Set { items, more } => {
            let kept = matching.found.clone();
            if matching.list_of(list, found) {
                return;
            }
            matching.found = kept;
            let mut taken = vec![false; found.len()];
            let mut missing = Vec::new();
            for item in in_order(items) {
                let there = (0..found.len()).find(|at| {
                    let kept = matching.found.clone();
                    let fits = !taken[*at] && matching.value(item, &found[*at]);
                    if !fits {
                        matching.found = kept;
                    }
                    fits
                });
                match there {
                    Some(at) => taken[at] = true,
                    None => missing.push(item),
                }
            }
            let spare: Vec<usize> =
                (0..found.len()).filter(|at| !taken[*at] && (!more || !missing.is_empty())).collect();
            let mut extra = spare.into_iter();
            for item in &missing {
                match extra.next() {
                    Some(index) => {
                        taken[index] = true;
                        let before = out.len();
                        at(item, Some(&found[index]), format!("{path}[{index}]"), matching, out);
                        if out.len() == before {
                            out.push((
                                format!("{path}[{index}]"),
                                Some(expected(item, matching)),
                                Some(found[index].clone()),
                            ));
                        }
                    }
                    None => out.push((format!("{path}[]"), Some(expected(item, matching)), None)),
                }
            }
            if !more {
                let extra = (0..found.len()).filter(|at| !taken[*at]);
                out.extend(extra.map(|at| (format!("{path}[{at}]"), None, Some(found[at].clone()))));
            }
        }
    }
}
