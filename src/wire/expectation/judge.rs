use super::view::view;
use super::{Expectation, Watch};
use crate::wire::file::IgnoreDraft;
use crate::wire::pattern::matching::Matching;
use crate::wire::pattern::{Given, Pattern, Side, Slots, diff, may_unify, takes_all, typed, value_eq};
use crate::wire::{Bind, Channel, Conflict, Expects, Kinship, Matched, Memory, Named, Observed, Viewer};
use serde_json::Value;

impl Expects for Expectation {
    fn channel(&self) -> Option<Channel> {
        match self.0.watch {
            Watch::Message | Watch::Close | Watch::Closed | Watch::Ended | Watch::Raw(_) => Some(Channel::Socket),
            Watch::Dialled | Watch::Left | Watch::Bare => Some(Channel::Socket),
            Watch::Event | Watch::StreamEnd => Some(Channel::Events),
            Watch::Asked(channel) => Some(channel),
            Watch::Status | Watch::Anything => None,
        }
    }

    fn matches(&self, observed: &Observed, memory: &Memory, viewer: Viewer<'_>) -> Matched {
        let mut reading = self.reading(Some((memory, viewer.lifeline)));
        if !self.fits(observed, &mut reading) {
            return Matched::No;
        }
        let judged = self.judge_names(&reading, memory, viewer).and_then(|mut binds| {
            binds.extend(self.followed(observed, memory, viewer)?);
            Ok(binds)
        });
        match judged {
            Ok(binds) => Matched::Yes(self.with_arrival(binds, viewer)),
            Err(conflict) => Matched::Conflict(conflict),
        }
    }

    fn kinship(&self, observed: &Observed) -> Kinship {
        if self.fits(observed, &mut self.reading(None)) {
            return Kinship::SameContent;
        }
        let same_type = match (&self.0.watch, observed) {
            (Watch::Message, Observed::Message(message)) => self.same_type(&message.value),
            (Watch::Message, Observed::Garbled { raw, .. }) => raw.json().is_some_and(|value| self.same_type(&value)),
            (Watch::Event, Observed::Event { .. }) => self.same_type(&view(observed)),
            (Watch::Status, Observed::Status { .. }) => true,
            (Watch::Dialled, Observed::Dialled { .. }) | (Watch::Asked(_), Observed::Asked { .. }) => true,
            (Watch::Bare, Observed::Message(_) | Observed::Garbled { .. }) => true,
            (Watch::Left, Observed::Close { .. } | Observed::End { .. }) => true,
            (Watch::Close | Watch::Closed | Watch::Ended, Observed::Close { .. } | Observed::End { .. })
            | (Watch::StreamEnd, Observed::End { .. }) => true,
            (Watch::Message | Watch::Event | Watch::Status | Watch::Close | Watch::Closed | Watch::Ended, _)
            | (Watch::Dialled | Watch::Asked(_) | Watch::Left | Watch::Bare, _)
            | (Watch::StreamEnd | Watch::Raw(_) | Watch::Anything, _) => false,
        };
        if !same_type {
            return Kinship::Foreign;
        }
        let literals = self.view(observed).is_some_and(|found| diff::literals_agree(&self.0.pattern, &found));
        if literals { Kinship::SameLiterals } else { Kinship::SameType }
    }

    fn may_equal(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        match (&a.watch, &b.watch) {
            (Watch::Anything, _) | (_, Watch::Anything) => true,
            (Watch::Raw(raw), Watch::Raw(other)) => raw == other,
            (Watch::Raw(_), Watch::Message) | (Watch::Message, Watch::Raw(_)) => true,
            (Watch::Ended, Watch::Ended | Watch::Close | Watch::Closed)
            | (Watch::Close | Watch::Closed, Watch::Ended) => true,
            (Watch::Closed, Watch::Closed) | (Watch::StreamEnd, Watch::StreamEnd) | (Watch::Left, Watch::Left) => true,
            (Watch::Bare, Watch::Message | Watch::Bare) | (Watch::Message, Watch::Bare) => true,
            (Watch::Message, Watch::Message)
            | (Watch::Status, Watch::Status)
            | (Watch::Event, Watch::Event)
            | (Watch::Dialled, Watch::Dialled)
            | (Watch::Asked(_), Watch::Asked(_))
            | (Watch::Close, Watch::Close) => {
                let left = Side { slots: &a.slots, given: &a.given };
                let right = Side { slots: &b.slots, given: &b.given };
                may_unify(&a.pattern, left, &b.pattern, right)
            }
            (Watch::Message | Watch::Status | Watch::Event | Watch::Raw(_), _)
            | (Watch::Dialled | Watch::Asked(_) | Watch::Left | Watch::Bare, _)
            | (Watch::Close | Watch::Closed | Watch::Ended | Watch::StreamEnd, _) => false,
        }
    }
}

impl Expectation {
    /// Whether every frame that is what is expected is ignored. Says no where it does not know.
    pub(in crate::wire) fn is_within(&self, ignore: &IgnoreDraft, given: &[Option<Given>]) -> bool {
        let own = Side { slots: &self.0.slots, given: &self.0.given };
        let side = Side { slots: &ignore.slots, given };
        takes_all(&ignore.frame, side, &self.0.pattern, own)
            && !ignore.unless.as_ref().is_some_and(|unless| may_unify(unless, side, &self.0.pattern, own))
    }

    /// Whether every frame that is expected is of this pattern.
    pub(in crate::wire) fn is_always(&self, pattern: &Pattern, slots: &Slots) -> bool {
        let own = Side { slots: &self.0.slots, given: &self.0.given };
        let given = vec![None; slots.0.len()];
        takes_all(pattern, Side { slots, given: &given }, &self.0.pattern, own)
    }

    /// Whether the content fits, names of the diagram aside.
    fn fits(&self, observed: &Observed, reading: &mut Matching<'_>) -> bool {
        let Some(found) = self.view(observed) else { return false };
        match &self.0.watch {
            Watch::Anything | Watch::Closed | Watch::Ended | Watch::StreamEnd | Watch::Left => true,
            Watch::Raw(raw) => matches!(observed, Observed::Message(message) if message.raw == *raw),
            Watch::Status if self.status_is_open() && !matches!(observed, Observed::Status { code: 200..400, .. }) => {
                false
            }
            Watch::Message | Watch::Status | Watch::Event | Watch::Close => {
                reading.value(&self.0.pattern, &found) && self.0.absent.iter().all(|path| path.get(&found).is_none())
            }
            Watch::Dialled | Watch::Asked(_) | Watch::Bare => reading.value(&self.0.pattern, &found),
        }
    }

    /// Whether nothing is said about the status: any 2xx or 3xx then.
    fn status_is_open(&self) -> bool {
        match &*self.0.pattern {
            Pattern::Object(members) => members.list.iter().all(|(name, _)| **name != *"status"),
            Pattern::Literal(_) | Pattern::Hole(_) | Pattern::Text(_) | Pattern::Array { .. } => false,
            Pattern::List(_) | Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => false,
        }
    }

    /// Judges the names of the diagram: what they bind, or the first that disagrees.
    pub(super) fn judge_names(
        &self,
        reading: &Matching<'_>,
        memory: &Memory,
        viewer: Viewer<'_>,
    ) -> Result<Vec<Bind>, Box<Conflict>> {
        let mut binds = Vec::new();
        for (slot, known) in self.0.slots.0.iter().enumerate() {
            let Some(value) = &reading.found[slot] else {
                // What the label shows was found as well: the frame would else not fit.
                if let (true, Some(Given::Text(text))) = (known.keep, &self.0.given[slot]) {
                    let (hole, value) = (known.name.clone(), typed(text, known.kind));
                    binds.push(Bind::Hole { lifeline: viewer.lifeline, hole, value, reach: known.reach });
                }
                continue;
            };
            if known.secret {
                self.0.secrets.given(value);
            }
            if let Some(Given::Name(name)) = &self.0.given[slot] {
                let scope = viewer.scope(name);
                match memory.name(scope, name) {
                    Some(named) if value_eq(&named.value, value) => {}
                    Some(named) => {
                        let (name, found, bound) = (name.to_string(), value.clone(), named.clone());
                        return Err(Box::new(Conflict { name, found, bound, other: None, must: None }));
                    }
                    None => {
                        let global = (scope != 0).then(|| memory.name_of(0, &known.name, value)).flatten();
                        if let Some((other, bound)) = memory.name_of(scope, &known.name, value).or(global) {
                            let (name, found, other) = (name.to_string(), value.clone(), Some(other.to_owned()));
                            return Err(Box::new(Conflict { name, found, bound: bound.clone(), other, must: None }));
                        }
                        let named = Named { hole: known.name.clone(), value: value.clone(), arrow: viewer.arrow };
                        binds.push(Bind::Name { scope, name: name.clone(), named });
                    }
                }
            }
            if known.keep {
                let (hole, value) = (known.name.clone(), value.clone());
                binds.push(Bind::Hole { lifeline: viewer.lifeline, hole, value, reach: known.reach });
            }
        }
        Ok(binds)
    }
}

impl Expectation {
    /// Whether the literal that names the type agrees; where none does, all literals.
    fn same_type(&self, found: &Value) -> bool {
        let Some(path) = &self.0.kind else { return diff::literals_agree(&self.0.pattern, found) };
        match (self.0.pattern.literal_at(path), path.get(found)) {
            (Some(want), Some(found)) => value_eq(want, found),
            (Some(_) | None, _) => false,
        }
    }
}
