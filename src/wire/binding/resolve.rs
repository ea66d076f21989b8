use super::labels::Fit;
use super::spellings::Found;
use super::{Binding, Rule, Unresolved};
use crate::source::Span;
use crate::wire::context::Party;
use crate::wire::expectation::{Expectation, Watch, fill};
use crate::wire::file::{Action, ClientDraft, On, ServerDraft};
use crate::wire::outgoing::Outgoing;
use crate::wire::pattern::{Given, Piece, Template, glob_parts, typed};
use crate::wire::request::Request;
use crate::wire::{HoleValue, Resolved, Sender};
use serde_json::Value;
use std::sync::Arc;

impl Binding {
    /// The rule that a label has, and what it says of its holes.
    ///
    /// # Errors
    /// No rule has it, or two have it.
    pub(in crate::wire) fn labelled(
        &self,
        label: &str,
        sender: Sender,
    ) -> Result<(&Rule, Vec<Option<Given>>), Unresolved> {
        let (found, given) = self.found(label, sender)?;
        Ok((found.rule(), given))
    }

    /// The rule that a label has on one side, as a diagram writes it, and where it stands: in the texts that the binding was
    /// read with.
    pub fn rule(&self, label: &str, sender: Sender) -> Option<(&str, Span)> {
        let (found, _) = self.found(label, sender).ok()?;
        let own = self.core.rules.iter().find(|rule| std::ptr::eq(&***rule, found.rule()))?;
        Some((&own.plain[found.fit.label], own.span))
    }

    fn found<'b, 't>(
        &'b self,
        label: &'t str,
        sender: Sender,
    ) -> Result<(Found<'b, 't>, Vec<Option<Given>>), Unresolved> {
        let Some(found) = self.find(label, sender) else {
            return Err(self.no_rule(label, sender));
        };
        let fit = &found.fit;
        if let Some(tie) = fit.tie {
            let plain = |rule: usize, label: usize| found.plain(rule, label).to_owned();
            let label = label.to_owned();
            return Err(Unresolved::Tie { label, rules: [plain(fit.rule, fit.label), plain(tie, 0)] });
        }
        let rule = found.rule();
        let mut given = captures(rule, fit);
        if found.common {
            super::spellings::address(rule, &mut given);
        }
        Ok((found, given))
    }

    /// What an arrow is on the wire.
    ///
    /// # Errors
    /// No rule has the label, two have it, or a hole of what is sent can get no value.
    pub fn resolve(&self, label: &str, sender: Sender, from: &Party, to: &Party) -> Result<Resolved, Unresolved> {
        let (found, given) = self.found(label, sender)?;
        let (rule, fit) = (found.rule(), &found.fit);
        match sender {
            Sender::Client => self.sent(label, rule, fit, given, from, to),
            Sender::Server => {
                let expected = self.expected(label, rule, given, to, from);
                if self.ignores_all(rule, &expected, to, from) {
                    let rule = rule.plain[fit.label].to_string();
                    return Err(Unresolved::Ignored { label: label.to_owned(), rule });
                }
                Ok(Resolved::Expect(expected))
            }
        }
    }

    /// Whether an `[[ignore]]` takes every frame that would be what is expected.
    fn ignores_all(&self, rule: &Rule, expected: &Expectation, own: &Party, peer: &Party) -> bool {
        let Some(ServerDraft::Frame(_)) = rule.server else { return false };
        let ignores = self.core.ignore.iter().enumerate().filter(|(at, _)| !self.values.said.ignored.contains(at));
        ignores.filter(|(_, ignore)| ignore.on == rule.on).any(|(_, ignore)| {
            let mut given = vec![None; ignore.slots.0.len()];
            fill(&mut given, &ignore.slots, &self.values, own, peer);
            expected.is_within(ignore, &given)
        })
    }

    /// What an arrow is whose label is the frame's text itself (`#@ raw`).
    pub fn resolve_raw(label: &str, sender: Sender) -> Resolved {
        match sender {
            Sender::Client => Resolved::Send(Outgoing::text(label)),
            Sender::Server => Resolved::Expect(Expectation::text(label)),
        }
    }

    fn sent(
        &self,
        label: &str,
        rule: &Rule,
        fit: &Fit<'_>,
        given: Vec<Option<Given>>,
        own: &Party,
        peer: &Party,
    ) -> Result<Resolved, Unresolved> {
        let has_value =
            |slot: usize| given[slot].is_some() || self.values.get(&own.id, &rule.slots.0[slot].name).is_some();
        if let Some(&slot) = rule.lacking.iter().find(|&&slot| !has_value(slot)) {
            let hole = rule.slots.0[slot].name.to_string();
            return Err(Unresolved::NoValue { label: label.to_owned(), rule: rule.plain[fit.label].to_string(), hole });
        }
        Ok(match &rule.client {
            Some(ClientDraft::Exchange(steps)) => {
                Resolved::Send(Outgoing::of_rule(label, rule, steps, given, &self.values, (own, peer)))
            }
            Some(ClientDraft::Request(http)) => {
                let events = rule.on == On::Sse;
                let (slots, values) = (rule.slots.clone(), self.values.clone());
                let request = Request::new(slots, http.clone(), given, values, (own, peer), events);
                Resolved::Request(match &rule.repeat {
                    Some((every, until)) => request.repeated(label, *every, until),
                    None => request,
                })
            }
            Some(ClientDraft::Action(action, name)) => match action {
                Action::Connect => {
                    let way = self.core.ways.find(self.number(rule), &own.id);
                    Resolved::Connect {
                        name: name.as_ref().map(|name| filled(name, &given)),
                        holes: holes(rule, &given),
                        told: self.is_greeted(way, own),
                        way,
                    }
                }
                Action::Disconnect => Resolved::Disconnect,
                Action::Drop => Resolved::Drop,
                Action::DropEvents => Resolved::DropEvents,
                Action::Pause => Resolved::Pause,
                Action::Resume => Resolved::Resume,
                // The reader gives these to servers only.
                Action::Close | Action::Closed | Action::Ended => return Err(self.no_rule(label, Sender::Client)),
            },
            None => return Err(self.no_rule(label, Sender::Client)),
        })
    }

    /// Which of the binding's rules it is; none for a common spelling.
    pub(in crate::wire) fn number(&self, rule: &Rule) -> Option<usize> {
        self.core.rules.iter().position(|known| std::ptr::eq(&**known, rule))
    }

    /// What a server's arrow lets `own` observe.
    pub(super) fn expected(
        &self,
        label: &str,
        rule: &Rule,
        mut given: Vec<Option<Given>>,
        own: &Party,
        peer: &Party,
    ) -> Expectation {
        fill(&mut given, &rule.slots, &self.values, own, peer);
        self.expectation(label, rule, given)
    }

    pub(super) fn expectation(&self, label: &str, rule: &Rule, given: Vec<Option<Given>>) -> Expectation {
        let (watch, pattern) = match &rule.server {
            Some(ServerDraft::Frame(pattern)) => {
                let watch = match rule.on {
                    On::Socket => Watch::Message,
                    On::Http => Watch::Status,
                    On::Sse => Watch::Event,
                };
                (watch, pattern)
            }
            Some(ServerDraft::Close(pattern)) => (Watch::Close, pattern),
            Some(ServerDraft::Closed | ServerDraft::Ended) if rule.on == On::Sse => {
                return Expectation::bare(Watch::StreamEnd, label);
            }
            Some(ServerDraft::Ended) => return Expectation::bare(Watch::Ended, label),
            Some(ServerDraft::Closed) | None => return Expectation::bare(Watch::Closed, label),
        };
        Expectation::of_rule(watch, label, rule, pattern.clone(), given, &self.values)
    }

    pub(in crate::wire) fn no_rule(&self, label: &str, sender: Sender) -> Unresolved {
        let core = &*self.core;
        let (client, other) = match sender {
            Sender::Client => (true, Sender::Server),
            Sender::Server => (false, Sender::Client),
        };
        let fit = core.find(label, other);
        let other_side = fit.map(|fit| core.rules[fit.rule].plain[fit.label].to_string());
        Unresolved::NoRule { label: label.to_owned(), nearest: self.nearest(label, sender), other_side, client }
    }

    /// The labels of one side that are nearest to a text, nearest first.
    pub fn nearest(&self, label: &str, sender: Sender) -> Vec<String> {
        let of_side = |rule: &Rule| match sender {
            Sender::Client => rule.client.is_some(),
            Sender::Server => rule.server.is_some(),
        };
        let rules = self.core.rules.iter().filter(|rule| of_side(rule));
        let mut list: Vec<(f64, &str)> = rules
            .flat_map(|rule| rule.labels.iter().zip(&rule.plain))
            .map(|(template, plain)| (likeness(label, template), &**plain))
            .filter(|&(likeness, _)| likeness > 0.35)
            .collect();
        list.sort_by(|a, b| b.0.total_cmp(&a.0));
        list.into_iter().take(3).map(|(_, plain)| plain.to_owned()).collect()
    }
}

/// How alike a label and a pattern are, from 0 to 1: words in their order, a hole being like any word.
fn likeness(label: &str, template: &Template) -> f64 {
    const HOLE: &str = "\u{1}";
    let shown = template.show(|_| HOLE.to_owned());
    let words = |text: &str| -> Vec<String> { text.split_inclusive([' ', ':']).map(str::to_owned).collect() };
    let (a, b) = (words(label), words(&shown));
    let alike = |a: &str, b: &str| {
        let b = b.trim();
        if b.contains(HOLE) { 0.6 } else { strsim::normalized_damerau_levenshtein(a.trim(), b) }
    };
    // The best alignment of the two lists of words.
    let mut row = vec![0.0_f64; b.len() + 1];
    for a in &a {
        let mut diagonal = 0.0;
        for (at, b) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = (diagonal + alike(a, b)).max(above).max(row[at]);
            diagonal = above;
        }
    }
    2.0 * row[b.len()] / (a.len() + b.len()).max(1) as f64
}

/// What the label says of the slots.
fn captures(rule: &Rule, fit: &Fit<'_>) -> Vec<Option<Given>> {
    let mut given = vec![None; rule.slots.0.len()];
    for &(piece, text) in &fit.taken {
        let Some(Piece::Hole(hole)) = rule.labels[fit.label].pieces.get(piece) else { continue };
        let Some(slot) = hole.slot else { continue };
        let known = if let Some(parts) = glob_parts(text) {
            parts.map(Given::Glob)
        } else if rule.slots.0[slot].opaque {
            Some(Given::Name(text.into()))
        } else {
            Some(Given::Text(text.into()))
        };
        given[slot] = known;
    }
    given
}

/// The holes of a label with what it says of them, for the address, the headers and the preamble of a connection.
fn holes(rule: &Rule, given: &[Option<Given>]) -> Vec<(Arc<str>, HoleValue)> {
    let said = rule.slots.0.iter().zip(given);
    said.filter_map(|(slot, given)| match given {
        Some(Given::Text(text)) => Some((slot.name.clone(), HoleValue::Value(typed(text, slot.kind)))),
        Some(Given::Name(name)) => Some((slot.name.clone(), HoleValue::Name(name.clone()))),
        Some(Given::Value(value)) => Some((slot.name.clone(), HoleValue::Value(Value::clone(value)))),
        Some(Given::Glob(_)) | None => None,
    })
    .collect()
}

/// A template of nothing but captures.
fn filled(template: &Template, given: &[Option<Given>]) -> String {
    template.show(|hole| match hole.slot.and_then(|slot| given[slot].as_ref()) {
        Some(Given::Text(text)) => text.to_string(),
        Some(Given::Name(name)) => name.to_string(),
        Some(Given::Value(value)) => crate::wire::pattern::value_text(value),
        Some(Given::Glob(_)) | None => String::new(),
    })
}

impl Binding {
    /// The captures of a label for the pattern of an `ignore`.
    pub(super) fn fit_captures(&self, fit: &Fit<'_>) -> Vec<Option<Given>> {
        captures(&self.core.rules[fit.rule], fit)
    }
}
