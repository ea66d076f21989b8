//! From what a client says to the label under which it is known.

use super::seen;
use crate::wire::binding::{Binding, FrameName, Rule};
use crate::wire::codec::Codec;
use crate::wire::expectation::{Watch, view};
use crate::wire::file::{Action, ClientDraft, ExchangeStep, On};
use crate::wire::pattern::Pattern;
use crate::wire::pattern::matching::Matching;
use crate::wire::{Channel, Observed, Raw};
use serde_json::Value;

impl Binding {
    /// The label under which an observation of a client is known; none where no rule has it.
    pub fn name_of_client(&self, observed: &Observed, channel: Channel) -> Option<FrameName> {
        let rules = self.core.rules.iter().map(|rule| &**rule);
        let mut fitting: Vec<(u32, &Rule, Vec<Option<Value>>)> = Vec::new();
        for rule in rules {
            let Some((literals, pattern)) = pattern(rule, (observed, channel), &self.core.codec) else { continue };
            let mut reading = Matching::new(&rule.slots, &[], None);
            reading.all = true;
            let fits = pattern.is_none_or(|(pattern, found)| reading.value(&pattern, &found));
            if fits {
                fitting.push((literals, rule, std::mem::take(&mut reading.found).into_vec()));
            }
        }
        // Of equals, the first of the file.
        let most = fitting.iter().map(|(literals, ..)| *literals).max()?;
        let (_, rule, found) = fitting.into_iter().find(|(literals, ..)| *literals == most)?;
        Some(FrameName::by(rule, &found))
    }
}

/// What a rule says that this would be, and what is held against it; none where it is of another kind.
type Read = (u32, Option<(Pattern, Value)>);

fn pattern(rule: &Rule, (observed, channel): (&Observed, Channel), codec: &Codec) -> Option<Read> {
    match (rule.client.as_ref()?, observed) {
        (ClientDraft::Exchange(steps), Observed::Message(message)) => {
            let Some(ExchangeStep::Send(first)) = steps.first() else { return None };
            let (watch, pattern) = seen(first, codec);
            let found = match (watch, &message.raw) {
                (Watch::Bare, Raw::Text(text)) => Value::from(&**text),
                (Watch::Bare, Raw::Binary(bytes)) => crate::wire::pattern::bytes::from_bytes(bytes),
                (_, _) => (*message.value).clone(),
            };
            Some((pattern.literals(), Some((pattern, found))))
        }
        (ClientDraft::Request(http), Observed::Asked { .. }) => {
            let events = channel == Channel::Events;
            let pattern = super::pattern::asked(http);
            ((rule.on == On::Sse) == events).then(|| (pattern.literals(), Some((pattern, view(observed)))))
        }
        (ClientDraft::Action(Action::Connect, None), Observed::Dialled { .. }) => Some((1, None)),
        (ClientDraft::Action(Action::Disconnect, _), Observed::Close { code: Some(1000), .. }) => Some((1, None)),
        (ClientDraft::Action(Action::Drop, _), Observed::End { .. }) if channel == Channel::Socket => Some((1, None)),
        (ClientDraft::Exchange(_) | ClientDraft::Request(_) | ClientDraft::Action(..), _) => None,
    }
}
