//! Secrets in what comes. Each observation is looked through for them before anybody tells of it: what was not expected,
//! and what is expected and wrong, is shown in every report.

use super::naming::FrameIndex;
use super::{Binding, Rule};
use crate::wire::Observed;
use crate::wire::dial::Connect;
use crate::wire::expectation::view;
use crate::wire::file::{ClientDraft, ExchangeStep, On, SendPattern, ServerDraft};
use crate::wire::pattern::{Path, Pattern, Slots, value_eq};
use serde_json::Value;
use std::sync::Arc;

/// A pattern with secrets in it, of something that comes.
#[derive(Debug)]
pub(in crate::wire) struct Hiding {
    on: On,
    slots: Arc<Slots>,
    pattern: Pattern,
    /// Where the type of a message is named. What is of another type has something else in the same places.
    kind: Option<Arc<Path>>,
}

impl Hiding {
    /// All that rules and ways to connect have.
    pub(super) fn all<'a>(
        rules: impl Iterator<Item = &'a Rule>,
        connects: impl Iterator<Item = &'a Connect>,
        frames: &FrameIndex,
    ) -> Vec<Hiding> {
        let mut all = Vec::new();
        let mut add = |on: On, slots: &Arc<Slots>, pattern: &Pattern| {
            if pattern.has_secret(slots) {
                let kind = frames.kind_in(on, pattern);
                all.push(Hiding { on, slots: slots.clone(), pattern: pattern.clone(), kind });
            }
        };
        for rule in rules {
            if let Some(ServerDraft::Frame(pattern)) = &rule.server {
                add(rule.on, &rule.slots, pattern);
            }
            rule.reply.iter().for_each(|reply| add(On::Socket, &rule.slots, reply));
            if let Some(ClientDraft::Exchange(steps)) = &rule.client {
                steps.iter().filter_map(message).for_each(|pattern| add(On::Socket, &rule.slots, pattern));
            }
        }
        for (slots, steps) in connects.filter_map(|connect| connect.after.as_ref()) {
            steps.iter().filter_map(message).for_each(|pattern| add(On::Socket, slots, pattern));
        }
        all
    }

    fn is_of(&self, found: &Value) -> bool {
        let Some(path) = &self.kind else { return true };
        match (self.pattern.literal_at(path), path.get(found)) {
            (Some(want), Some(found)) => value_eq(want, found),
            (Some(_) | None, _) => false,
        }
    }
}

/// What one side says and the other hears: the tool may be either.
fn message(step: &ExchangeStep) -> Option<&Pattern> {
    match step {
        ExchangeStep::Receive(pattern) => Some(pattern),
        ExchangeStep::Send(SendPattern::Message(pattern)) => Some(pattern),
        ExchangeStep::Send(_) => None,
    }
}

impl Binding {
    /// Remembers the secrets that something which came has where the patterns of its kind have them. Of a frame that cannot
    /// be read nobody knows where they are.
    pub fn hide(&self, observed: &Observed) {
        let all = &self.core.hiding;
        if all.is_empty() {
            return;
        }
        let (on, found) = match observed {
            Observed::Message(message) => (On::Socket, message.value.clone()),
            Observed::Garbled { raw, .. } => match raw.json() {
                Some(value) => (On::Socket, Arc::new(value)),
                None => return,
            },
            Observed::Status { .. } => (On::Http, Arc::new(view(observed))),
            Observed::Event { .. } => (On::Sse, Arc::new(view(observed))),
            Observed::Close { .. } | Observed::End { .. } | Observed::Dialled { .. } | Observed::Asked { .. } => return,
        };
        for hiding in all.iter().filter(|hiding| hiding.on == on && hiding.is_of(&found)) {
            hiding.pattern.hide(&found, &hiding.slots, &self.values.secrets);
        }
    }
}
