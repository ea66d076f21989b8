//! Who is active, who was just created, who is about to end: what Mermaid refuses, we refuse.

use crate::diagram::{Item, Lifecycle, ParticipantId, change_every};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Reading, SYNTAX};
use rustc_hash::FxHashMap;

/// What was said of lifelines so far.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// How often each lifeline is active now, and where that was ended last.
    active: FxHashMap<String, (u32, Option<Span>)>,
    /// Waits for the message that creates it.
    created: Option<(String, Span)>,
    /// Waits for the message that ends it.
    ending: Option<(String, Span)>,
    /// The box of each lifeline that stands in one, by the place where the box begins.
    boxes: FxHashMap<String, Span>,
    /// Lifelines that a statement speaks of before they are drawn: Mermaid finds them when it draws.
    unknown: Vec<(String, Span)>,
}

/// Ids from here down are places in [`Life::unknown`].
const UNKNOWN: u32 = u32::MAX;

impl Life {
    /// The participant of `activate`, `deactivate` or `destroy`: these statements do not draw one.
    pub fn participant(&mut self, builder: &mut Builder, name: &str, at: Span) -> ParticipantId {
        if builder.known(name).is_some() {
            return builder.mention(name, at);
        }
        self.unknown.push((name.to_owned(), at));
        ParticipantId(UNKNOWN - u32::try_from(self.unknown.len() - 1).unwrap_or(0))
    }

    /// A lifeline becomes active.
    pub fn activate(&mut self, name: &str) {
        self.active.entry(name.to_owned()).or_default().0 += 1;
    }

    /// A lifeline stops being active; says what is wrong where it is not. `by_arrow`: a `-` behind an arrow said so.
    pub fn deactivate(&mut self, name: &str, at: Span, by_arrow: bool) -> Option<Diagnostic> {
        let (count, ended) = self.active.entry(name.to_owned()).or_default();
        if *count > 0 {
            *count -= 1;
            *ended = Some(at);
            return None;
        }
        let mut error = Diagnostic::error(SYNTAX, format!("`{name}` is not active here, so this cannot end it"))
            .at(at, if by_arrow { "the `-` applies to the sender" } else { "" });
        if let Some(ended) = *ended {
            error = error.see(ended, "it was active up to here").with_note(
                "Mermaid counts line by line: if each operand of an `alt` deactivates it, each operand must also \
                 activate it",
            );
        }
        let first = if by_arrow { "remove the `-`" } else { "remove the line" };
        Some(error.with_help(first).with_help(format!("or activate it above: activate {name}")))
    }

    /// A lifeline is declared in the box that begins here; says what is wrong where it stands in another.
    pub fn boxed(&mut self, name: &str, opened: Span, at: Span) -> Option<Diagnostic> {
        let first = *self.boxes.entry(name.to_owned()).or_insert(opened);
        (first != opened).then(|| {
            Diagnostic::error(SYNTAX, format!("`{name}` cannot be in two boxes"))
                .at(at, "")
                .see(first, "it is in this box")
                .with_help("remove one of the two lines")
        })
    }

    /// `create participant`: the next message must go to it.
    pub fn create(&mut self, name: &str, at: Span) {
        self.created = Some((name.to_owned(), at));
    }

    /// `destroy`: the next message must be from it or to it.
    pub fn destroy(&mut self, name: &str, at: Span) {
        self.ending = Some((name.to_owned(), at));
    }

    /// A message; says what is wrong where another was due.
    pub fn message(&mut self, from: &str, to: &str, at: Span) -> Option<Diagnostic> {
        if let Some((name, created)) = self.created.take() {
            return (to != name).then(|| {
                Diagnostic::error(SYNTAX, format!("the message after `create` must go to `{name}`"))
                    .at(at, format!("this one goes to `{to}`"))
                    .see(created, "created here")
                    .with_help(format!("write the `create` line directly above the first message to `{name}`"))
            });
        }
        let (name, destroyed) = self.ending.take()?;
        (from != name && to != name).then(|| {
            Diagnostic::error(SYNTAX, format!("the message after `destroy` must be from `{name}` or to it"))
                .at(at, format!("this one is from `{from}` to `{to}`"))
                .see(destroyed, "destroyed here")
                .with_help(format!("write the `destroy` line directly above the last message of `{name}`"))
        })
    }

    /// What still waits for a message at the end of the text.
    pub fn waiting(&self) -> Vec<Diagnostic> {
        let say = |what: &str, at: Span| {
            Diagnostic::warning(SYNTAX, format!("no message follows this `{what}`"))
                .at(at, "Mermaid cannot draw it")
                .with_help("write the line directly above the message to which it applies")
        };
        let created = self.created.iter().map(|(_, at)| say("create", *at));
        created.chain(self.ending.iter().map(|(_, at)| say("destroy", *at))).collect()
    }

    /// Finds the lifelines that were spoken of before they were drawn.
    pub fn settle(self, mut read: Reading) -> Reading {
        if self.unknown.is_empty() {
            return read;
        }
        let ids: FxHashMap<&str, ParticipantId> =
            (0..).zip(&read.diagram.participants).map(|(id, one)| (one.id.as_str(), ParticipantId(id))).collect();
        let found: Vec<Option<ParticipantId>> =
            self.unknown.iter().map(|(name, _)| ids.get(name.as_str()).copied()).collect();
        let broken = read.is_broken();
        let missing = self.unknown.iter().zip(&found).filter(|(_, id)| id.is_none() && !broken);
        read.problems.extend(missing.map(|((name, at), _)| {
            Diagnostic::warning(SYNTAX, format!("no lifeline has the name `{name}`"))
                .at(*at, "Mermaid reads this, but cannot draw it")
                .with_note("the line has no effect: it is kept as a comment")
                .with_help(format!("declare it: participant {name}"))
        }));
        read.problems.sort_by_key(|warning| warning.primary().map(|at| at.start));
        resolve(&mut read.diagram.body, &found, &self.unknown);
        read
    }
}

/// Puts the lifelines in that were found, and comments in place of statements about those that were not.
fn resolve(items: &mut [Item], found: &[Option<ParticipantId>], names: &[(String, Span)]) {
    change_every(items, &mut |item| {
        if let Item::Lifecycle { participant, change, span, .. } = item {
            let unknown = (UNKNOWN - participant.0) as usize;
            match (found.get(unknown), names.get(unknown)) {
                (Some(Some(id)), _) => *participant = *id,
                (Some(None), Some((name, _))) => {
                    let word = match change {
                        Lifecycle::Activate => "activate",
                        Lifecycle::Deactivate => "deactivate",
                        Lifecycle::Create(_) => "create",
                        Lifecycle::Destroy | Lifecycle::DestroyAfter => "destroy",
                    };
                    *item = Item::Comment(format!(" {word} {name}"), *span);
                }
                (_, _) => {}
            }
        }
    });
}
