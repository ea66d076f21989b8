//! What messages of one shape have in common, and what is different in each.

use super::again::Varying;
use super::groups::{Group, is_odd};
use super::links::Links;
use super::messages::{On, Story};
use super::secret::Secret;
use super::tape::Side;
use super::words;
use serde_json::Value;

/// So deep a message is looked into; what is below is one value.
pub(super) const DEPTH: usize = 4;
/// So many elements of a list are looked at one by one.
const LIST: usize = 8;
/// From so many equal values on, a value belongs to the protocol.
const CONSTANT: usize = 3;
/// So long a value may be that a label shows.
const SHOWN: usize = 160;
/// So many holes a label shows of a server's message.
const HOLES: usize = 8;

/// The form of a message.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Leaf(usize),
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
}

/// A place in a form.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The members that lead to it.
    pub path: Vec<String>,
    pub role: Role,
}

/// What stands in a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// Always this.
    Fixed(Value),
    /// The name of the client itself: `self`, or `self.lower`.
    Own(&'static str),
    /// What the label says.
    Shown { hole: String, kind: &'static str },
    /// What the server has chosen: a diagram has a name for it, where its labels `show` it.
    Chosen { hole: String, kind: &'static str, shows: bool },
    /// What the client remembers of what it has received.
    Known { hole: String },
    /// Different every time, and of no consequence.
    Any { hole: String, kind: &'static str },
    /// A secret, behind these letters.
    Env { before: String, name: String },
    /// A value that every binding makes: `uuid`, `now`, `now.ms`.
    Made(&'static str),
}

/// The form of a group, and its places.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub node: Node,
    pub leaves: Vec<Leaf>,
}

/// What forms are made of.
pub(super) struct Maker<'s> {
    pub story: &'s Story,
    pub links: &'s Links,
    pub secret: &'s mut Secret,
    /// What is another value in every recording.
    pub varying: &'s Varying,
}

struct Open<'v> {
    path: Vec<String>,
    values: Vec<&'v Value>,
}

fn build<'v>(
    values: Vec<&'v Value>,
    path: Vec<String>,
    lacks: &dyn Fn(&[String]) -> bool,
    open: &mut Vec<Open<'v>>,
) -> Node {
    let below = |name: &str| path.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    let whole = path.len() < DEPTH;
    if whole
        && let Some(maps) = values.iter().map(|value| value.as_object()).collect::<Option<Vec<_>>>()
        && let Some(first) = maps.first()
        && !first.is_empty()
    {
        let shared = first.keys().filter(|name| maps.iter().all(|map| map.contains_key(*name)) && !lacks(&below(name)));
        let members: Vec<(String, Node)> = shared
            .map(|name| (name.clone(), build(maps.iter().map(|map| &map[name]).collect(), below(name), lacks, open)))
            .collect();
        // Nothing in common: the whole is what differs.
        if !members.is_empty() {
            return Node::Object(members);
        }
    }
    if whole
        && let Some(lists) = values.iter().map(|value| value.as_array()).collect::<Option<Vec<_>>>()
        && let Some(first) = lists.first()
        && !first.is_empty()
        && first.len() <= LIST
        && lists.iter().all(|list| list.len() == first.len())
    {
        let items = (0..first.len())
            .map(|at| build(lists.iter().map(|list| &list[at]).collect(), below(&format!("p{at}")), lacks, open));
        return Node::List(items.collect());
    }
    open.push(Open { path, values });
    Node::Leaf(open.len() - 1)
}

/// The narrowest kind of a hole that takes in all of these.
fn kind(values: &[&Value]) -> &'static str {
    let null = values.iter().any(|value| value.is_null());
    let rest: Vec<&&Value> = values.iter().filter(|value| !value.is_null()).collect();
    let all = |is: &dyn Fn(&Value) -> bool| rest.iter().all(|value| is(value));
    let texts = |is: &dyn Fn(&str) -> bool| all(&|value: &Value| value.as_str().is_some_and(is));
    match () {
        () if rest.is_empty() => "",
        () if all(&|value| value.is_i64() || value.is_u64()) => {
            if null {
                ":int|null"
            } else {
                ":int"
            }
        }
        () if all(&Value::is_number) => {
            if null {
                ":number|null"
            } else {
                ":number"
            }
        }
        () if all(&Value::is_boolean) => {
            if null {
                ":bool|null"
            } else {
                ":bool"
            }
        }
        () if texts(&words::is_uuid) => {
            if null {
                ":uuid|null"
            } else {
                ":uuid"
            }
        }
        () if texts(&words::is_stamp) => {
            if null {
                ":time|null"
            } else {
                ":time"
            }
        }
        () if texts(&|_| true) && !null => "",
        () if rest.iter().all(|value| value.is_array() || value.is_object()) => ":json",
        () if null && texts(&|_| true) => "",
        () => ":json",
    }
}

impl Role {
    /// The name of its hole.
    pub fn hole(&self) -> Option<&str> {
        match self {
            Role::Shown { hole, .. } | Role::Chosen { hole, .. } | Role::Known { hole } | Role::Any { hole, .. } => {
                Some(hole)
            }
            Role::Fixed(_) | Role::Own(_) | Role::Env { .. } | Role::Made(_) => None,
        }
    }

    fn rename(&mut self, name: String) {
        match self {
            Role::Shown { hole, .. } | Role::Chosen { hole, .. } | Role::Known { hole } | Role::Any { hole, .. } => {
                *hole = name
            }
            Role::Fixed(_) | Role::Own(_) | Role::Env { .. } | Role::Made(_) => {}
        }
    }
}

impl Form {
    /// A hole has one value in a rule: places of one name get names of their own, and what is followed keeps its name.
    fn name_apart(&mut self) {
        let follows = |role: &Role| matches!(role, Role::Chosen { .. } | Role::Known { .. });
        let mut order: Vec<usize> = (0..self.leaves.len()).collect();
        order.sort_by_key(|at| !follows(&self.leaves[*at].role));
        let mut taken = std::collections::BTreeSet::new();
        for at in order {
            let Some(name) = self.leaves[at].role.hole().map(str::to_owned) else { continue };
            let path = &self.leaves[at].path;
            let above = path.len().checked_sub(2).map(|at| words::hole(&format!("{}_{name}", path[at])));
            let turns = (2_u32..).map(|turn| format!("{name}{turn}"));
            let wishes = std::iter::once(name.clone()).chain(above).chain(turns);
            let own = wishes.into_iter().find(|wish| !taken.contains(wish)).unwrap_or_default();
            taken.insert(own.clone());
            self.leaves[at].role.rename(own);
        }
    }
}

impl Maker<'_> {
    /// The form of a group.
    pub fn form(&mut self, group: &Group) -> Form {
        let story = self.story;
        let values: Vec<&Value> = group.items.iter().map(|at| &story.items[*at].value).collect();
        let mut open = Vec::new();
        let kind = (group.side, group.on, group.words.as_str());
        // A client sends what it has sent; a server need not.
        let lacks = |path: &[String]| group.side == Side::Server && self.varying.is_optional(kind, path);
        let node = build(values, Vec::new(), &lacks, &mut open);
        let mut shown = 0;
        let leaves = open.into_iter().map(|open| {
            let role = self.role(group, &open, &mut shown);
            Leaf { path: open.path, role }
        });
        let mut form = Form { node, leaves: leaves.collect() };
        form.name_apart();
        form
    }

    fn role(&mut self, group: &Group, open: &Open<'_>, shown: &mut usize) -> Role {
        let (values, first) = (&open.values, open.values[0]);
        let name = open.path.iter().rev().find(|name| !name.starts_with('$')).map_or("value", String::as_str);
        let same = values.iter().all(|value| value == &first);
        let is_client = group.side == Side::Client;
        let fixed = || Role::Fixed(first.clone());
        let path = super::groups::within(&open.path);
        let top = path.len() == 1;
        let names = top && group.member.as_deref() == Some(name);
        let head = group.on != On::Socket && top && ["method", "path", "status", "event"].contains(&name);
        let leads = top && name == "p0" && super::groups::names(first);
        if names
            || head
            || leads
            || (first.is_null() && same)
            || open.path.last().is_some_and(|last| last.starts_with('$') && last != "$json")
        {
            return fixed();
        }
        if open.path.first().is_some_and(|first| first == "request") {
            return fixed();
        }
        let hole = || words::hole(name);
        let is_secret = words::is_secret(name);
        if group.literal && !is_secret {
            return fixed();
        }
        let linked: Option<Vec<_>> = values.iter().map(|value| self.links.find(name, value)).collect();
        if let Some(linked) = linked.filter(|linked| !linked.is_empty()) {
            let hole = words::hole(&linked[0].1.name);
            if is_secret || words::is_secret(&linked[0].1.name) {
                self.secret.hide(values);
                return if is_client { Role::Known { hole } } else { Role::Any { hole, kind: "" } };
            }
            let shows = linked.iter().any(|(_, link)| link.uses > 1);
            return Role::Chosen { hole, kind: kind(values), shows };
        }
        if is_secret && let Some(text) = first.as_str() {
            if !is_client {
                self.secret.hide(values);
                return Role::Any { hole: hole(), kind: "" };
            }
            let (before, name) = self.secret.name(name, text);
            return Role::Env { before, name };
        }
        if let Some(own) = self.own(group, values) {
            return Role::Own(own);
        }
        if !is_client && self.varying.has((group.side, group.on, &group.words), &open.path) {
            return Role::Any { hole: hole(), kind: kind(values) };
        }
        let clock = words::is_time(name) && values.iter().all(|value| words::is_clock(value));
        if kind(values) == ":time" || clock {
            let made = if kind(values) == ":time" { "now" } else { "now.ms" };
            return if is_client { Role::Made(made) } else { Role::Any { hole: hole(), kind: kind(values) } };
        }
        if is_client
            && !same
            && kind(values) == ":uuid"
            && !values.iter().any(|value| self.links.is_content(value.as_str().unwrap_or_default()))
        {
            return Role::Made("uuid");
        }
        if !is_client && words::is_time(name) && kind(values).starts_with(":num") {
            return Role::Any { hole: hole(), kind: kind(values) };
        }
        if same && (first.is_boolean() || first.as_str().is_some_and(is_odd)) {
            return if first.as_str().is_some_and(|text| text.len() > 400) && !is_client {
                Role::Any { hole: hole(), kind: "" }
            } else {
                fixed()
            };
        }
        let in_head = group.on != On::Socket && open.path.first().is_some_and(|first| first == "headers");
        if same && in_head {
            return fixed();
        }
        let content = first.as_str().is_some_and(|text| self.links.is_content(text));
        if same && values.len() >= CONSTANT && !content {
            return fixed();
        }
        let long = values.iter().any(|value| match value {
            Value::String(text) => text.len() > 400 || is_odd(text),
            Value::Array(_) | Value::Object(_) => value.to_string().len() > SHOWN,
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        });
        if long || (!is_client && *shown >= HOLES) {
            return if same { fixed() } else { Role::Any { hole: hole(), kind: kind(values) } };
        }
        *shown += 1;
        Role::Shown { hole: hole(), kind: kind(values) }
    }

    /// Whether all values are the names of the clients that have sent or received them.
    fn own(&self, group: &Group, values: &[&Value]) -> Option<&'static str> {
        let all = |is: &dyn Fn(&str, &str) -> bool| {
            group.items.iter().zip(values).all(|(at, value)| {
                let own = self.story.people.all[self.story.items[*at].who].own.as_deref();
                own.zip(value.as_str()).is_some_and(|(own, text)| is(own, text))
            })
        };
        match () {
            () if all(&|own, text| own == text) => Some("self"),
            () if all(&|own, text| own.to_lowercase() == text) => Some("self.lower"),
            () => None,
        }
    }
}
