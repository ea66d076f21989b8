//! What connecting is.

use super::binding::{Binding, Values};
use super::context::{Context, Party};
use super::expectation::{Expectation, Watch};
use super::file::{ConnectDraft, ExchangeStep, HttpAction, HttpStep};
use super::outgoing::{Outgoing, Source};
use super::pattern::build::{BuildError, Building};
use super::pattern::{Hole, Slot, Slots, Template};
use super::request::Request;
use super::{Bind, Memory, Reach, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// `[connect]`, ready for use.
#[derive(Debug)]
pub(super) struct Connect {
    slots: Slots,
    url: Option<Template>,
    headers: Vec<(String, Template)>,
    subprotocols: Vec<Template>,
    retry: Vec<u16>,
    before: Vec<HttpStep>,
    after: Option<(Arc<Slots>, Arc<[ExchangeStep]>)>,
    /// The first message of a client connects it where no arrow does.
    pub(super) implicit: bool,
}

/// How a socket is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The address.
    pub url: String,
    /// Headers of the handshake, names as the binding writes them.
    pub headers: Vec<(String, String)>,
    /// Subprotocols, the preferred one first.
    pub subprotocols: Vec<String>,
    /// Statuses on which to try again until the deadline.
    pub retry: Vec<u16>,
}

/// A request outside the diagram.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What is asked.
    pub request: Request,
    /// What must come back.
    pub expect: Expectation,
}

/// Something outside the diagram, once a run.
#[derive(Clone, Debug)]
pub enum Chore {
    /// A request, and what must come back.
    Errand(Errand),
    /// A command, to be built when its turn comes.
    Command(Command),
}

/// The words of a command, with holes.
#[derive(Clone, Debug)]
pub struct Command {
    slots: Arc<Slots>,
    words: Vec<Template>,
    values: Arc<Values>,
}

impl Command {
    /// The words with values.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn build(&self, memory: &Memory, context: &mut Context<'_>) -> Result<Vec<String>, BuildError> {
        let nobody = Party::new("");
        let viewer = Viewer { lifeline: u32::MAX, scopes: &[], arrow: 0 };
        let mut source = Source::new(&self.slots, &[], &self.values, (&nobody, &nobody), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building {
            slots: &self.slots,
            source: &mut ask,
            values: vec![None; self.slots.0.len()],
            secrets: Some(&self.values.secrets),
        };
        self.words.iter().map(|word| building.text(word)).collect()
    }
}

impl Connect {
    pub(super) fn new(draft: ConnectDraft) -> Connect {
        Connect {
            slots: draft.slots,
            url: draft.url,
            headers: draft.headers.unwrap_or_default(),
            subprotocols: draft.subprotocols.unwrap_or_default(),
            retry: draft.retry.unwrap_or_default(),
            before: draft.before.unwrap_or_default(),
            after: draft.after.map(|(mut slots, steps)| {
                slots.0.iter_mut().for_each(|slot| slot.keep = true);
                (Arc::new(slots), steps.into())
            }),
            implicit: draft.implicit.unwrap_or(false),
        }
    }

    /// Whether the last word of connecting is the server's: it has then handled what the client said before.
    pub(super) fn is_told(&self) -> bool {
        let last = self.after.iter().flat_map(|(_, steps)| steps.iter()).next_back();
        last.is_some_and(|step| matches!(step, ExchangeStep::Receive(_)))
    }

    /// Decides what is remembered.
    pub(super) fn keep(&mut self, keep: &dyn Fn(&mut Slots)) {
        for step in &mut self.before {
            let mut slots = (*step.slots).clone();
            keep(&mut slots);
            slots.0.iter_mut().for_each(|slot| slot.secret |= super::binding::is_secret(&slot.name));
            step.slots = Arc::new(slots);
        }
        if let Some((slots, _)) = &mut self.after {
            let mut own = (**slots).clone();
            keep(&mut own);
            *slots = Arc::new(own);
        }
    }

    pub(super) fn all_slots(&self) -> impl Iterator<Item = &Slot> {
        let before = self.before.iter().flat_map(|step| &step.slots.0);
        let after = self.after.iter().flat_map(|(slots, _)| &slots.0);
        self.slots.0.iter().chain(before).chain(after)
    }
}

impl HttpStep {
    /// Every hole of what is sent.
    pub(super) fn sent_holes<'a>(&'a self, visit: &mut dyn FnMut(&'a Hole)) {
        match &self.action {
            HttpAction::Request(http) => http.holes(visit),
            HttpAction::Command(words) => words.iter().flat_map(Template::holes).for_each(visit),
        }
    }

    fn errand(&self, values: &Arc<Values>, own: &Party, peer: &Party) -> Option<Errand> {
        match &self.action {
            HttpAction::Request(http) => {
                let request =
                    Request::new(self.slots.clone(), http.clone(), Vec::new(), values.clone(), (own, peer), false);
                let expect =
                    Expectation::plain(Watch::Status, self.slots.clone(), self.expect.clone(), values, own, peer);
                Some(Errand { request, expect })
            }
            HttpAction::Command(_) => None,
        }
    }
}

impl ConnectDraft {
    /// Every hole of what is sent.
    pub(super) fn sent_holes(&self, visit: &mut dyn FnMut(&Slots, &Hole)) {
        let headers = self.headers.iter().flatten().map(|(_, template)| template);
        let all = self.url.iter().chain(headers).chain(self.subprotocols.iter().flatten());
        all.flat_map(Template::holes).for_each(|hole| visit(&self.slots, hole));
        for step in self.before.iter().flatten() {
            step.sent_holes(&mut |hole| visit(&step.slots, hole));
        }
        if let Some((slots, steps)) = &self.after {
            for step in steps {
                if let ExchangeStep::Send(send) = step {
                    send.holes(&mut |hole| visit(slots, hole));
                }
            }
        }
    }

    /// Every hole of what is received.
    pub(super) fn received_holes(&self, visit: &mut dyn FnMut(&Slots, &Hole)) {
        for step in self.before.iter().flatten() {
            step.expect.holes(&mut |hole| visit(&step.slots, hole));
        }
        if let Some((slots, steps)) = &self.after {
            for step in steps {
                if let ExchangeStep::Receive(pattern) = step {
                    pattern.holes(&mut |hole| visit(slots, hole));
                }
            }
        }
    }
}

impl Binding {
    /// What comes before the handshake, in this order; what each answer gives is to be learned before the next.
    pub fn before_connect(&self, own: &Party, peer: &Party) -> Vec<Errand> {
        let steps = self.core.connect.iter().flat_map(|connect| &connect.before);
        steps.filter_map(|step| step.errand(&self.values, own, peer)).collect()
    }

    /// How a socket is opened.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn dial(
        &self,
        own: &Party,
        peer: &Party,
        memory: &Memory,
        viewer: Viewer<'_>,
        context: &mut Context<'_>,
    ) -> Result<Dial, BuildError> {
        let target = context.target;
        let said = memory.hole(viewer.lifeline, "path").and_then(Value::as_str);
        let at_target = || super::context::with_path(super::context::with_scheme(target, ["ws", "wss"]), said);
        let at_home = |url: String| match self.values.abroad || super::context::is_at(&url, target) {
            true => Ok(url),
            false => Err(BuildError::Abroad { url }),
        };
        let Some(connect) = &self.core.connect else {
            let url = at_home(at_target())?;
            return Ok(Dial { url, headers: Vec::new(), subprotocols: Vec::new(), retry: Vec::new() });
        };
        let mut source = Source::new(&connect.slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building {
            slots: &connect.slots,
            source: &mut ask,
            values: vec![None; connect.slots.0.len()],
            secrets: Some(&self.values.secrets),
        };
        let url = connect.url.as_ref().map(|url| building.text(url)).transpose()?.unwrap_or_else(at_target);
        let url = at_home(url)?;
        let mut headers = Vec::new();
        for (name, template) in &connect.headers {
            headers.push((name.clone(), building.text(template)?));
        }
        self.values.secrets.headers(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let subprotocols = connect.subprotocols.iter().map(|template| building.text(template));
        let subprotocols = subprotocols.collect::<Result<_, _>>()?;
        Ok(Dial { url, headers, subprotocols, retry: connect.retry.clone() })
    }

    /// The frames after the handshake, where there are any: played again on every reconnection.
    pub fn after_connect(&self, own: &Party, peer: &Party) -> Option<Outgoing> {
        let (slots, steps) = self.core.connect.as_ref()?.after.as_ref()?;
        Some(Outgoing::new("connect", slots.clone(), steps.clone(), Vec::new(), self.values.clone(), (own, peer)))
    }

    /// What is to be done once before a run.
    pub fn setup(&self) -> Vec<Chore> {
        self.chores(&self.core.setup)
    }

    /// What is to be done once after a run.
    pub fn teardown(&self) -> Vec<Chore> {
        self.chores(&self.core.teardown)
    }

    fn chores(&self, steps: &[HttpStep]) -> Vec<Chore> {
        let nobody = Party::new("");
        let chore = |step: &HttpStep| match &step.action {
            HttpAction::Request(_) => step.errand(&self.values, &nobody, &nobody).map(Chore::Errand),
            HttpAction::Command(words) => Some(Chore::Command(Command {
                slots: step.slots.clone(),
                words: words.clone(),
                values: self.values.clone(),
            })),
        };
        steps.iter().filter_map(chore).collect()
    }

    /// What is learned when a client connects: the name of `WS connect as …`, and what the label says of holes. After
    /// [`Memory::forget`] for the new connection.
    pub fn connected_as(lifeline: u32, name: Option<&str>, holes: &[(Arc<str>, Value)]) -> Vec<Bind> {
        let own = name.map(|name| ("self".into(), Value::from(name)));
        let said = own.into_iter().chain(holes.iter().cloned());
        said.map(|(hole, value)| Bind::Hole { lifeline, hole, value, reach: Reach::Connection }).collect()
    }
}
