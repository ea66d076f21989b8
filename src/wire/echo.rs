//! The frame that proves quiet, and keep-alives.

use super::binding::Binding;
use super::context::{Context, Party};
use super::dial::Errand;
use super::expectation::{Expectation, Watch};
use super::file::EchoDraft;
use super::outgoing::{Payload, Source, payload};
use super::pattern::SlotId;
use super::pattern::build::{BuildError, Building};
use super::{Memory, Viewer};
use std::sync::Arc;
use std::time::Duration;

/// The name of the hole that tells one echo from the next.
pub(super) const NONCE: &str = "nonce";

/// One echo: what to send, and what then comes back.
#[derive(Clone, Debug)]
pub enum Echo {
    /// A frame, and the one that answers it.
    Frame {
        /// What to send.
        send: Payload,
        /// The answer.
        expect: Expectation,
    },
    /// A request, and its answer.
    Http(Errand),
}

impl Binding {
    /// Whether there is an echo.
    pub fn has_echo(&self) -> bool {
        self.core.echo.is_some()
    }

    /// Whether the echo of a participant is a request over HTTP; none where it has no echo.
    pub fn echoes_over_http(&self, own: &str) -> Option<bool> {
        self.echo_of(own).map(|echo| matches!(echo, EchoDraft::Http(_)))
    }

    pub(super) fn echo_of(&self, own: &str) -> Option<&EchoDraft> {
        self.core.echo_of.get(own).or(self.core.echo.as_ref())
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
        let (slots, client, server) = match self.echo_of(&own.id) {
            None => return Ok(None),
            Some(EchoDraft::Http(step)) => return Ok(step.echo(nonce, &self.values, own, peer).map(Echo::Http)),
            Some(EchoDraft::Frame { slots, client, server }) => (slots, client, server),
        };
        let mut source = Source::new(slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot: SlotId| if *slots.0[slot].name == *NONCE { Ok(nonce.into()) } else { source.value(slot) };
        let mut building = Building::new(slots, &mut ask, Some(&self.values.secrets));
        let send = payload(client, &mut building)?;
        let sent = building.values;
        let slots = Arc::new(slots.clone());
        let mut expect = Expectation::plain(Watch::Message, slots, server.clone(), &self.values, own, peer);
        expect.fix(&"".into(), &sent, &[]);
        Ok(Some(Echo::Frame { send, expect }))
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
        let mut building = Building::new(&every.slots, &mut ask, Some(&self.values.secrets));
        payload(&every.send, &mut building).map(Some)
    }
}
