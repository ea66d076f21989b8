//! What a client says without its being drawn, and what a server answers: echoes, keep-alives, automatic answers.

use super::pattern::{buildable, kept, served};
use super::seen;
use crate::wire::binding::Binding;
use crate::wire::codec::Side;
use crate::wire::context::{Context, Party};
use crate::wire::expectation::{Watch, fill};
use crate::wire::file::{EchoDraft, ExchangeStep, SendPattern};
use crate::wire::outgoing::{Outgoing, Payload, Step};
use crate::wire::pattern::build::BuildError;
use crate::wire::pattern::matching::Matching;
use crate::wire::pattern::{Given, Pattern, Slots};
use crate::wire::session::{Knowing, Session};
use crate::wire::{Memory, Raw, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// Something that a client says of its own accord.
pub(in crate::wire) struct Aside {
    slots: Arc<Slots>,
    given: Vec<Option<Given>>,
    watch: Watch,
    pattern: Pattern,
    /// It asks for an answer.
    pub echo: bool,
}

impl Aside {
    /// What its holes hold, where this is it.
    pub fn reads(&self, value: Option<&Value>, raw: &Raw, knowing: Knowing<'_>) -> Option<Vec<Option<Value>>> {
        let mut reading = Matching::new(&self.slots, &self.given, knowing);
        reading.all = true;
        let bare;
        let found = match (&self.watch, value, raw) {
            (Watch::Bare, _, Raw::Text(text)) => {
                bare = Value::from(&**text);
                &bare
            }
            (Watch::Bare, _, Raw::Binary(bytes)) => {
                bare = crate::wire::pattern::bytes::from_bytes(bytes);
                &bare
            }
            (_, value, _) => value?,
        };
        reading.value(&self.pattern, found).then(|| std::mem::take(&mut reading.found).into_vec())
    }
}

impl Binding {
    /// For a new connection of a client that the tool serves.
    pub fn session_served(&self, own: &Party, peer: &Party, run: &str) -> Session {
        let aside = |slots: &Slots, send: &SendPattern, echo: bool| {
            let mut given = vec![None; slots.0.len()];
            fill(&mut given, slots, &self.values, own, peer);
            let (watch, pattern) = seen(send, &self.core.codec);
            Aside { slots: Arc::new(slots.clone()), given, watch, pattern, echo }
        };
        let core = &self.core;
        let echo = self.echo_of(&own.id).and_then(|echo| match echo {
            EchoDraft::Frame { slots, client, .. } => Some(aside(slots, client, true)),
            // A request is answered like any other.
            EchoDraft::Http(_) => None,
        });
        let every = core.every.iter().map(|every| aside(&every.slots, &every.send, false));
        let auto = core.auto.iter().map(|auto| aside(&auto.slots, &auto.send, false));
        self.session_at(Side::Server, own, peer, run).serving(echo.into_iter().chain(every).chain(auto).collect())
    }

    /// What a server answers to an echo, of which this was found.
    ///
    /// # Errors
    /// A hole has no value.
    pub(in crate::wire) fn echoed(
        &self,
        found: &[Option<Value>],
        (own, peer): (&Party, &Party),
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Option<Payload>, BuildError> {
        let Some(EchoDraft::Frame { slots, server, .. }) = self.echo_of(&own.id) else { return Ok(None) };
        let mut slots = kept(slots);
        let mut known = served(&slots);
        let pattern = buildable(server, &mut slots, &mut known);
        let given = found.iter().map(|value| value.clone().map(|value| Given::Value(Arc::new(value)))).collect();
        let steps = vec![ExchangeStep::Send(SendPattern::Message(pattern))];
        let outgoing = Outgoing::served("echo", (slots, known), steps, given, &self.values, (own, peer));
        let built = outgoing.build(memory, viewer, context)?;
        Ok(built.steps.into_iter().find_map(|step| match step {
            Step::Send(payload) => Some(payload),
            Step::Receive(_) | Step::Then(_) => None,
        }))
    }
}
