//! From a frame to the label under which it is known.

use super::{Binding, Rule};
use crate::wire::expectation::view;
use crate::wire::file::{ClientDraft, ExchangeStep, On, SendPattern, ServerDraft};
use crate::wire::pattern::matching::Matching;
use crate::wire::pattern::{Hole, Path, Pattern, Step, value_text};
use crate::wire::{Channel, Observed};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::sync::Arc;

/// The name of a received frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameName {
    /// The label with the frame's values: `message from Bob: Hello Alice!`.
    pub label: String,
    /// The label as the binding writes it, for an `ignore`: `message from {from}: {text}`.
    pub pattern: String,
    /// Of the spellings of its rule, the one that shows most of the frame's values.
    pub fullest: String,
    /// The values that the frame has for the holes of its rule, but for those that the server chooses.
    pub values: Vec<(Arc<str>, String)>,
}

impl FrameName {
    /// By a rule of whose holes this was found.
    pub(in crate::wire) fn by(rule: &Rule, found: &[Option<Value>]) -> FrameName {
        let known = |hole: &Hole| hole.slot.is_none_or(|slot| found[slot].is_some());
        let full = |at: &usize| rule.labels[*at].holes().all(known);
        let all: Vec<usize> = (0..rule.labels.len()).filter(full).collect();
        let show = |at: usize| {
            rule.labels[at].show(|hole| match hole.slot.and_then(|slot| found[slot].as_ref()) {
                Some(value) => value_text(value),
                None => hole.slot.map_or_else(|| "{_}".to_owned(), |slot| format!("{{{}}}", rule.slots.0[slot].name)),
            })
        };
        let at = all.first().copied().unwrap_or(0);
        let most = all.into_iter().rev().max_by_key(|at| rule.labels[*at].holes().count()).unwrap_or(0);
        let fixed = rule.slots.0.iter().zip(found).filter(|(slot, _)| !slot.opaque && slot.reserved.is_none());
        let values = fixed.filter_map(|(slot, value)| Some((slot.name.clone(), value_text(value.as_ref()?)))).collect();
        FrameName { label: show(at), pattern: rule.plain[at].to_string(), fullest: show(most), values }
    }
}

/// The frames that a server sends as messages, found by what names their type.
#[derive(Debug, Default)]
pub(in crate::wire) struct FrameIndex {
    /// Where most rules have a literal: `type`.
    path: Option<Arc<Path>>,
    /// By that literal; rules that say most first.
    by_kind: FxHashMap<String, Vec<u32>>,
    /// Rules without a literal there, in the same order.
    open: Vec<u32>,
    /// How much each rule says: its literal members, then the places of a frame that it takes.
    says: Vec<(u32, u32)>,
    /// Rules of events, statuses and endings.
    others: Vec<u32>,
    /// Where most rules of what clients say have a literal.
    said: Option<Arc<Path>>,
}

impl FrameIndex {
    pub fn new(rules: &[Rule]) -> Self {
        let mut index = FrameIndex { says: vec![(0, 0); rules.len()], ..FrameIndex::default() };
        let mut messages = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            match &rule.server {
                Some(ServerDraft::Frame(pattern)) => {
                    index.says[at] = (pattern.literals(), pattern.places());
                    if rule.on == On::Socket { messages.push((at, pattern)) } else { index.others.push(at as u32) }
                }
                Some(ServerDraft::Close(pattern)) => {
                    index.says[at] = (pattern.literals() + 1, pattern.places());
                    index.others.push(at as u32);
                }
                Some(ServerDraft::Closed | ServerDraft::Ended) => index.others.push(at as u32),
                None => {}
            }
        }
        let said = rules.iter().filter_map(|rule| match &rule.client {
            Some(ClientDraft::Exchange(steps)) => match steps.first() {
                Some(ExchangeStep::Send(SendPattern::Message(pattern))) => Some(pattern),
                Some(ExchangeStep::Send(_) | ExchangeStep::Receive(_)) | None => None,
            },
            Some(ClientDraft::Request(_) | ClientDraft::Action(..)) | None => None,
        });
        index.said = discriminator(said).map(Arc::new);
        index.path = discriminator(messages.iter().map(|&(_, pattern)| &**pattern)).map(Arc::new);
        // A stable sort keeps the order of the file on a tie.
        messages.sort_by_key(|&(at, _)| std::cmp::Reverse(index.says[at]));
        for (at, pattern) in messages {
            let kind = index.path.as_ref().and_then(|path| pattern.literal_at(path)).map(value_text);
            match kind {
                Some(kind) => index.by_kind.entry(kind).or_default().push(at as u32),
                None => index.open.push(at as u32),
            }
        }
        let says = &index.says;
        index.others.sort_by_key(|&at| std::cmp::Reverse(says[at as usize]));
        index
    }

    /// Where the type of what a client says is named, where it is.
    pub fn sent_kind(&self, pattern: &Pattern) -> Option<Arc<Path>> {
        self.said.clone().filter(|path| pattern.literal_at(path).is_some())
    }

    /// Where the type of a rule's frame is named, where it is.
    pub fn kind_of(&self, rule: &Rule) -> Option<Arc<Path>> {
        let Some(ServerDraft::Frame(pattern)) = &rule.server else { return None };
        self.kind_in(rule.on, pattern)
    }

    /// Where a pattern names the type of what a server says.
    pub fn kind_in(&self, on: On, pattern: &Pattern) -> Option<Arc<Path>> {
        match on {
            On::Socket => self.path.clone().filter(|path| pattern.literal_at(path).is_some()),
            On::Sse => {
                let path = Path(vec![Step::Member("event".into())]);
                pattern.literal_at(&path).is_some().then(|| Arc::new(path))
            }
            On::Http => None,
        }
    }

    /// Rules that may name a message, those that say most first.
    fn candidates<'a>(&'a self, value: &Value) -> impl Iterator<Item = usize> + 'a {
        let kind = self.path.as_ref().and_then(|path| path.get(value));
        let known = match kind {
            Some(Value::String(kind)) => self.by_kind.get(&**kind),
            Some(kind) => self.by_kind.get(&value_text(kind)),
            None => None,
        };
        let mut known = known.map_or(&[][..], Vec::as_slice).iter().copied().peekable();
        let mut open = self.open.iter().copied().peekable();
        std::iter::from_fn(move || {
            let rank = |at: u32| (std::cmp::Reverse(self.says[at as usize]), at);
            match (known.peek(), open.peek()) {
                (Some(&a), Some(&b)) if rank(b) < rank(a) => open.next(),
                (Some(_), _) => known.next(),
                (None, _) => open.next(),
            }
            .map(|at| at as usize)
        })
    }
}

/// The place at which most patterns have a literal string, the topmost and first of those.
fn discriminator<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> Option<Path> {
    let mut counts: Vec<(Path, u32)> = Vec::new();
    for pattern in patterns {
        let mut paths = Vec::new();
        literal_paths(pattern, &mut Vec::new(), &mut paths);
        for path in paths {
            match counts.iter_mut().find(|(known, _)| *known == path) {
                Some((_, count)) => *count += 1,
                None => counts.push((path, 1)),
            }
        }
    }
    let best = counts.iter().map(|(path, count)| (*count, std::cmp::Reverse(path.0.len()))).max()?;
    counts.into_iter().find(|(path, count)| (*count, std::cmp::Reverse(path.0.len())) == best).map(|(path, _)| path)
}

/// How deep a type may be named.
const DEEPEST: usize = 3;

fn literal_paths(pattern: &Pattern, path: &mut Vec<Step>, out: &mut Vec<Path>) {
    match pattern {
        Pattern::Literal(_) => out.push(Path(path.clone())),
        Pattern::Object(members) if path.len() < DEEPEST => {
            for (name, inner) in &members.list {
                path.push(Step::Member(name.clone()));
                literal_paths(inner, path, out);
                path.pop();
            }
        }
        Pattern::Array { before: false, items, .. } if path.len() < DEEPEST => {
            for (index, inner) in items.iter().enumerate() {
                path.push(Step::Element(index));
                literal_paths(inner, path, out);
                path.pop();
            }
        }
        Pattern::Object(_)
        | Pattern::Array { .. }
        | Pattern::List(_)
        | Pattern::Hole(_)
        | Pattern::Text(_)
        | Pattern::Json(_)
        | Pattern::Base64(_)
        | Pattern::Bytes(_) => {}
    }
}

impl Binding {
    /// The label under which an observation on one of a client's connections is known; none where no rule has it.
    pub fn name_of(&self, observed: &Observed, channel: Channel) -> Option<FrameName> {
        let core = &*self.core;
        match observed {
            Observed::Message(message) => {
                let found = &*message.value;
                core.frames.candidates(found).find_map(|rule| self.name_by(&core.rules[rule], observed, channel, found))
            }
            Observed::Garbled { .. } | Observed::Dialled { .. } | Observed::Asked { .. } => None,
            Observed::Status { .. } | Observed::Event { .. } | Observed::Close { .. } | Observed::End { .. } => {
                let found = view(observed);
                let mut rules = core.frames.others.iter().map(|&rule| &core.rules[rule as usize]);
                rules.find_map(|rule| self.name_by(rule, observed, channel, &found))
            }
        }
    }

    fn name_by(&self, rule: &Rule, observed: &Observed, channel: Channel, found: &Value) -> Option<FrameName> {
        let is_of = |on| match channel {
            Channel::Socket => on != On::Sse,
            Channel::Events => on == On::Sse,
            // That a request is not answered has no name.
            Channel::Http => false,
        };
        let pattern = match (&rule.server, rule.on, observed) {
            (Some(ServerDraft::Frame(pattern)), On::Socket, Observed::Message(_))
            | (Some(ServerDraft::Frame(pattern)), On::Http, Observed::Status { .. })
            | (Some(ServerDraft::Frame(pattern)), On::Sse, Observed::Event { .. })
            | (Some(ServerDraft::Close(pattern)), _, Observed::Close { code: Some(_), .. }) => Some(pattern),
            (
                Some(ServerDraft::Closed | ServerDraft::Ended),
                on,
                Observed::Close { code: None, .. } | Observed::End { .. },
            ) if is_of(on) => None,
            (Some(ServerDraft::Ended), On::Socket | On::Http, Observed::Close { .. }) => None,
            (
                Some(ServerDraft::Frame(_) | ServerDraft::Close(_) | ServerDraft::Closed | ServerDraft::Ended) | None,
                _,
                _,
            ) => return None,
        };
        let mut reading = Matching::new(&rule.slots, &[], None);
        reading.all = true;
        if let Some(pattern) = pattern
            && !(reading.value(pattern, found) && rule.absent.iter().all(|path| path.get(found).is_none()))
        {
            return None;
        }
        Some(FrameName::by(rule, &reading.found))
    }

    /// The label pattern of the message type that an observation has, where its content fits no rule.
    pub fn kin_of(&self, observed: &Observed) -> Option<String> {
        let Observed::Message(message) = observed else { return None };
        let rule = self.core.frames.candidates(&message.value).next()?;
        Some(self.core.rules[rule].plain[0].to_string())
    }
}
