//! The frame that proves quiet, and keep-alives.

use super::binding::Binding;
use super::context::{Context, Party};
use super::expectation::{Expectation, Watch};
use super::outgoing::{Payload, Source, payload};
use super::pattern::SlotId;
use super::pattern::build::{BuildError, Building};
use super::{Memory, Viewer};
use serde_json::Value;
use std::time::Duration;

/// The name of the hole that tells one echo from the next.
const NONCE: &str = "nonce";

/// One echo: what to send, and what then comes back.
#[derive(Clone, Debug)]
pub struct Echo {
    /// What to send.
    pub send: Payload,
    /// The answer.
    pub expect: Expectation,
}

impl Binding {
    /// Whether there is an echo.
    pub fn has_echo(&self) -> bool {
        self.core.echo.is_some()
    }

    /// An echo with this nonce, which no earlier echo of this connection had.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn echo(
        &self,
        nonce: &str,
        (own, peer): (&Party, &Party),
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Option<Echo>, BuildError> {
        let Some((slots, echo)) = &self.core.echo else { return Ok(None) };
        let mut source = Source::new(slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot: SlotId| if *slots.0[slot].name == *NONCE { Ok(nonce.into()) } else { source.value(slot) };
        let mut building = Building {
            slots,
            source: &mut ask,
            values: vec![None; slots.0.len()],
            secrets: Some(&self.values.secrets),
        };
        let send = payload(&echo.client, &mut building)?;
        let mut sent = building.values;
        // An echo whose nonce only comes back (made of nothing that was sent) is still told by it.
        if let Some(slot) = slots.find(NONCE) {
            sent[slot].get_or_insert_with(|| Value::from(nonce));
        }
        let mut expect =
            Expectation::plain(Watch::Message, slots.clone(), echo.server.clone(), &self.values, own, peer);
        expect.fix(&"".into(), &sent, &[]);
        Ok(Some(Echo { send, expect }))
    }

    /// The keep-alives that a client owes, with their intervals: numbers for [`Binding::keep_alive`].
    pub fn keep_alives(&self) -> impl Iterator<Item = (usize, Duration)> {
        self.core.every.iter().enumerate().map(|(index, every)| (index, every.interval))
    }

    /// One keep-alive.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn keep_alive(
        &self,
        index: usize,
        (own, peer): (&Party, &Party),
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Option<Payload>, BuildError> {
        let Some(every) = self.core.every.get(index) else { return Ok(None) };
        let mut source = Source::new(&every.slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building {
            slots: &every.slots,
            source: &mut ask,
            values: vec![None; every.slots.0.len()],
            secrets: Some(&self.values.secrets),
        };
        payload(&every.send, &mut building).map(Some)
    }
}
