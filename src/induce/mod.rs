//! From what was seen on the wire to a binding and a diagram.
//!
//! A [`Tape`] is a recording, whoever made it. [`induce()`] reads it: pure, and the same tape gives the same text. In the
//! order of its steps:
//!
//! | part | what it does |
//! | --- | --- |
//! | [`tape`] | what was recorded, as plain data |
//! | `people` | who took part, and which of it is the story |
//! | `base` | a binding that is there already, and what it knows |
//! | `messages` | every message as one value, whatever carried it |
//! | `login` | requests that belong to connecting |
//! | `groups` | messages of one kind and shape |
//! | `links` | values that the server chose, and that are seen again |
//! | `unify` | what messages of a group have in common, and what each other place is |
//! | `again` | the same story recorded once more: what is different every time |
//! | `secret` | credentials, and the variables that stand for them |
//! | `hidden` | what is a secret by its name, wherever else it may stand |
//! | `label` | labels as people write them |
//! | `noise` | keep-alives, and what else no diagram draws |
//! | `rule`, `file` | the text of the binding |
//! | `draft` | the rule of a single frame, for reports |
//! | `drawing` | the text of the diagram |
//! | `words` | what names and values look like |

mod again;
mod base;
mod draft;
mod drawing;
mod file;
mod groups;
mod hidden;
mod label;
mod links;
mod login;
mod messages;
mod noise;
mod people;
mod rule;
mod secret;
pub mod tape;
mod unify;
mod words;

pub use draft::rule_of;
pub use hidden::learn;
pub use tape::{Entry, Headers, Line, Side, Tape, What};

pub use words::is_secret;

use crate::source::{Diagnostic, Source, Sources};
use crate::wire::{Binding, Secrets, Sender};
use again::Varying;
use file::Parts;
use groups::{Group, Kinds};
use label::Label;
use links::Links;
use messages::Story;
use noise::Noise;
use rustc_hash::{FxHashMap, FxHashSet};
use secret::Secret;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use unify::{Form, Maker, Role};

/// How a recording is written.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// The name of the binding.
    pub name: &'a str,
    /// The title of the diagram.
    pub title: &'a str,
    /// The binding's file, as the diagram names it.
    pub file: Option<&'a str>,
    /// Where the binding will be, so that a base in a file beside it is found; nowhere in particular if it is empty.
    pub place: &'a str,
    /// Whether silences of a second and more are drawn.
    pub times: bool,
    /// Where messages end on plain streams of bytes, where the codec does not say that: a word of `framing`.
    pub framing: Option<&'a str>,
    /// The same story, recorded again: what differs is in no label.
    pub again: &'a [Tape],
    /// Bindings that are there already, by name: the one that knows most of the frames is extended, if it knows nearly all.
    pub bases: &'a [(&'a str, Arc<Binding>)],
    /// The binding that is extended whatever it knows.
    pub base: Option<(&'a str, &'a Binding)>,
}

/// What a recording came to.
#[derive(Clone, Debug, Default)]
pub struct Induced {
    /// The binding file.
    pub binding: String,
    /// The diagram.
    pub diagram: String,
    /// The rules alone, in the order in which their messages came first.
    pub rules: Vec<String>,
    /// Variables of the environment that have to be set, with the values that were seen.
    pub variables: Vec<(String, String)>,
    /// What could not be expressed.
    pub problems: Vec<String>,
    /// How many arrows the diagram has.
    pub arrows: usize,
}

/// So often messages whose labels are ambiguous get a rule of their own, and all is read again.
const ROUNDS: usize = 4;

/// Everything that is known in one round.
struct Round {
    groups: Vec<Group>,
    forms: Vec<Form>,
    labels: Vec<Label>,
    noise: Vec<Noise>,
    /// The group of each item.
    of: Vec<usize>,
    secret: Secret,
}

fn round(story: &Story, (kinds, links): (&Kinds, &Links), varying: &Varying, literal: &mut FxHashSet<usize>) -> Round {
    loop {
        let mut secret = Secret::default();
        let groups = groups::of(story, kinds, links, literal);
        let mut maker = Maker { story, links, secret: &mut secret, varying };
        let forms: Vec<Form> = groups.iter().map(|group| maker.form(group)).collect();
        // What a client sends has to be known: where it cannot be shown, it is written out.
        let unsaid = |(group, form): &(&Group, &Form)| {
            group.side == Side::Client && form.leaves.iter().any(|leaf| matches!(leaf.role, Role::Any { .. }))
        };
        let before = literal.len();
        for (group, _) in groups.iter().zip(&forms).filter(unsaid) {
            literal.extend(&group.items);
        }
        if literal.len() > before {
            continue;
        }
        let mut of = vec![0; story.items.len()];
        for (at, group) in groups.iter().enumerate() {
            group.items.iter().for_each(|item| of[*item] = at);
        }
        let mut labels: Vec<Label> = groups.iter().zip(&forms).map(|(group, form)| label::of(group, form)).collect();
        label::distinguish(&groups, &forms, &mut labels);
        let noise = noise::of(story, &groups, &forms, &of);
        return Round { groups, forms, labels, noise, of, secret };
    }
}

/// The labels of all messages that are drawn, and those that have none.
fn labelled(story: &Story, links: &Links, round: &Round) -> (Vec<Option<String>>, Vec<usize>) {
    let silent: FxHashSet<usize> = round.noise.iter().flat_map(Noise::groups).collect();
    let mut named: FxHashMap<usize, String> = FxHashMap::default();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut unsaid = Vec::new();
    let labels = story.items.iter().enumerate().map(|(index, item)| {
        if item.known.is_some() {
            return item.known.clone();
        }
        let group = round.of[index];
        if silent.contains(&group) {
            return None;
        }
        let mut name = |member: &str, value: &Value| match links.find(member, value) {
            Some((at, link)) => named
                .entry(at)
                .or_insert_with(|| {
                    let base = words::hole(&link.name);
                    let count = counts.entry(base.clone()).or_default();
                    *count += 1;
                    format!("{base}{count}")
                })
                .clone(),
            None => label::shown(value),
        };
        let told = label::told(&round.labels[group], &item.value, &round.forms[group], &mut name);
        if told.is_none() {
            unsaid.push(index);
        }
        told
    });
    (labels.collect(), unsaid)
}

/// Reads the text of a binding that was written.
fn compiled(name: &str, text: &str) -> Result<Binding, Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(name, text));
    Binding::parse(&mut sources, id)
}

/// The messages whose labels lead to another rule than theirs.
fn misread(story: &Story, round: &Round, labels: &[Option<String>], binding: &Binding) -> Vec<usize> {
    let mut known: FxHashMap<(Side, &str), Option<String>> = FxHashMap::default();
    let mut wrong = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let Some(label) = label.as_ref().filter(|_| story.items[index].known.is_none()) else { continue };
        let side = story.items[index].side;
        let sender = match side {
            Side::Client => Sender::Client,
            Side::Server => Sender::Server,
        };
        let found = known
            .entry((side, label))
            .or_insert_with(|| binding.rule(label, sender).map(|(plain, _)| plain.to_owned()));
        let group = round.of[index];
        let own = rule::templates(&round.labels[group], &round.forms[group], true);
        if found.as_ref().is_none_or(|found| own.last() != Some(found)) {
            wrong.push(index);
        }
    }
    wrong
}

/// How many of a thousand frames a binding knows, where it is the binding of their protocol.
pub fn knows(tape: &Tape, binding: &Binding) -> Option<usize> {
    let fit = base::fits(binding, tape, &people::of(tape));
    fit.is_good().then(|| fit.share())
}

/// Of some bindings the one that knows nearly all frames of a recording.
fn fitting<'a>(
    tape: &Tape,
    people: &people::People,
    bases: &'a [(&'a str, Arc<Binding>)],
) -> Option<(&'a str, &'a Binding)> {
    let fits = bases.iter().map(|(name, binding)| (base::fits(binding, tape, people), *name, binding));
    let good = fits.filter(|(fit, ..)| fit.is_good());
    // Of equals the first.
    let best = good.reduce(|best, next| if next.0.share() > best.0.share() { next } else { best });
    best.map(|(_, name, binding)| (name, &**binding))
}

/// A binding and a diagram for a recording.
pub fn induce(tape: &Tape, wanted: &Wanted<'_>) -> Induced {
    let people = people::of(tape);
    let base = wanted.base.or_else(|| fitting(tape, &people, wanted.bases));
    let story = messages::read(tape, people, base.map(|(_, binding)| binding));
    let kinds = Kinds::of(&story);
    let numbers = numbered(&story, &kinds);
    let links = Links::of(&story, &numbers);
    let mut varying = Varying::default();
    for other in wanted.again {
        let other = messages::read(other, people::of(other), base.map(|(_, binding)| binding));
        varying.learn(&story, &other, &kinds);
    }
    let mut literal: FxHashSet<usize> = FxHashSet::default();
    let mut turn = 0;
    loop {
        turn += 1;
        let mut now = round(&story, (&kinds, &links), &varying, &mut literal);
        let (labels, unsaid) = labelled(&story, &links, &now);
        let parts = Parts {
            name: wanted.name,
            base: base.map(|(name, _)| name),
            framing: wanted.framing,
            story: &story,
            groups: &now.groups,
            forms: &now.forms,
            labels: &now.labels,
            noise: &now.noise,
        };
        let text = parts.file(&mut now.secret);
        let rules = parts.rules(&|_| true);
        let (wrong, problems) =
            match compiled(if wanted.place.is_empty() { "recorded.toml" } else { wanted.place }, &text) {
                Ok(binding) => (misread(&story, &now, &labels, &binding), Vec::new()),
                Err(problems) => (Vec::new(), problems.into_iter().map(|problem| problem.message).collect()),
            };
        let before = literal.len();
        literal.extend(unsaid.iter().chain(&wrong));
        if literal.len() > before && turn < ROUNDS {
            continue;
        }
        let head = drawing::Head { title: wanted.title, binding: wanted.file, times: wanted.times };
        let diagram = drawing::of(&story, &labels, &head);
        let mut problems: Vec<String> = problems;
        for index in unsaid.iter().chain(&wrong) {
            problems.push(format!("no label leads to this message alone: {}", now.groups[now.of[*index]].words));
        }
        problems.dedup();
        let written = Induced { binding: text, diagram, rules, problems, ..Induced::default() };
        return finished(tape, &now, written);
    }
}

/// How a recording ends as text: nothing of what is a secret by its name is in it.
fn finished(tape: &Tape, now: &Round, induced: Induced) -> Induced {
    let secrets = Secrets::default();
    now.secret.values().filter(|value| value.len() >= 6).for_each(|value| secrets.add(value));
    tape.entries.iter().for_each(|entry| learn(&secrets, entry));
    let hidden = |text: &str| secrets.redact(text).into_owned();
    Induced {
        arrows: induced.diagram.lines().filter(|line| line.contains("->")).count(),
        binding: hidden(&induced.binding),
        diagram: hidden(&induced.diagram),
        rules: induced.rules.iter().map(|rule| hidden(rule)).collect(),
        variables: now.secret.variables(),
        problems: induced.problems.iter().map(|problem| hidden(problem)).collect(),
    }
}

/// A number for the kind of each item.
fn numbered(story: &Story, kinds: &Kinds) -> Vec<u32> {
    let mut known: FxHashMap<(Side, messages::On, String), u32> = FxHashMap::default();
    let number = |item: &messages::Item| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry((item.side, item.on, kinds.words(item))).or_insert(next)
    };
    story.items.iter().map(number).collect()
}
