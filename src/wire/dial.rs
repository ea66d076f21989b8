//! What connecting is: the ways that a binding has, and what each does.

use super::binding::{Binding, Values};
use super::context::{Context, Party};
use super::expectation::{Expectation, Watch};
use super::file::{ConnectDraft, ExchangeStep, HttpAction, HttpStep};
use super::outgoing::{Outgoing, Source};
use super::pattern::build::{BuildError, Building};
use super::pattern::{Given, Hole, Slot, Slots, Template};
use super::request::{Request, form_urlencoded};
use super::ways::Way;
use super::{Memory, Viewer};
use crate::source::Span;
use serde_json::Value;
use std::sync::Arc;

/// A way to connect, ready for use.
#[derive(Debug)]
pub(super) struct Connect {
    pub(super) slots: Slots,
    pub(super) url: Option<Template>,
    pub(super) query: Vec<(String, Template)>,
    session: Option<Template>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) subprotocols: Vec<Template>,
    pub(super) posts: Option<String>,
    compress: bool,
    retry: Vec<u16>,
    before: Vec<HttpStep>,
    pub(super) after: Option<(Arc<Slots>, Arc<[ExchangeStep]>)>,
    /// Labels of what `after` says: who draws one of them has no preamble.
    pub(super) unless: Vec<(String, Span)>,
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
    /// Messages are requests where the target speaks HTTP, and the server names the session in this header.
    pub posts: Option<String>,
    /// Whether permessage-deflate is offered.
    pub compress: bool,
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
        let mut building = Building::new(&self.slots, &mut ask, Some(&self.values.secrets));
        self.words.iter().map(|word| building.text(word)).collect()
    }
}

impl Connect {
    pub(super) fn new(draft: ConnectDraft) -> Connect {
        Connect {
            slots: draft.slots,
            url: draft.url,
            query: draft.query.unwrap_or_default(),
            session: draft.session,
            headers: draft.headers.unwrap_or_default(),
            subprotocols: draft.subprotocols.unwrap_or_default(),
            posts: draft.posts,
            compress: draft.compress.unwrap_or(false),
            retry: draft.retry.unwrap_or_default(),
            before: draft.before.unwrap_or_default(),
            after: draft.after.map(|(mut slots, steps)| {
                slots.0.iter_mut().for_each(|slot| slot.keep = true);
                (Arc::new(slots), steps.into())
            }),
            unless: draft.unless.unwrap_or_default(),
            implicit: draft.implicit.unwrap_or(false),
        }
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
        self.given(Vec::new(), values, own, peer)
    }

    /// The same as an echo, whose nonce is known.
    pub(super) fn echo(&self, nonce: &str, values: &Arc<Values>, own: &Party, peer: &Party) -> Option<Errand> {
        let known = |name: &str| (*name == *super::echo::NONCE).then(|| Given::Text(nonce.into()));
        self.given(self.slots.0.iter().map(|slot| known(&slot.name)).collect(), values, own, peer)
    }

    fn given(&self, given: Vec<Option<Given>>, values: &Arc<Values>, own: &Party, peer: &Party) -> Option<Errand> {
        match &self.action {
            HttpAction::Request(http) => {
                let request =
                    Request::new(self.slots.clone(), http.clone(), given.clone(), values.clone(), (own, peer), false);
                let mut expect =
                    Expectation::plain(Watch::Status, self.slots.clone(), self.expect.clone(), values, own, peer);
                expect.fix(&"".into(), &[], &given);
                Some(Errand { request, expect })
            }
            HttpAction::Command(_) => None,
        }
    }
}

impl ConnectDraft {
    /// Every hole of the handshake.
    pub(super) fn dialled_holes(&self, visit: &mut dyn FnMut(&Slots, &Hole)) {
        let named = [&self.headers, &self.query].into_iter().flatten().flatten().map(|(_, template)| template);
        let all = self.url.iter().chain(named).chain(self.subprotocols.iter().flatten()).chain(&self.session);
        all.flat_map(Template::holes).for_each(|hole| visit(&self.slots, hole));
    }

    /// Every hole of what is sent.
    pub(super) fn sent_holes(&self, visit: &mut dyn FnMut(&Slots, &Hole)) {
        self.dialled_holes(visit);
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
    pub fn before_connect(&self, way: Way, own: &Party, peer: &Party) -> Vec<Errand> {
        let steps = self.core.ways.get(way).before.iter();
        steps.filter_map(|step| step.errand(&self.values, own, peer)).collect()
    }

    /// How a socket is opened.
    ///
    /// # Errors
    /// A hole has no value.
    pub fn dial(
        &self,
        way: Way,
        (own, peer): (&Party, &Party),
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
        let connect = self.core.ways.get(way);
        let mut source = Source::new(&connect.slots, &[], &self.values, (own, peer), memory, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building::new(&connect.slots, &mut ask, Some(&self.values.secrets));
        let url = connect.url.as_ref().map(|url| building.text(url)).transpose()?.unwrap_or_else(at_target);
        let url = with_query(at_home(super::context::rooted(url))?, &building.texts(&connect.query)?);
        let headers = building.texts(&connect.headers)?;
        self.values.secrets.headers(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let subprotocols = connect.subprotocols.iter().map(|template| building.text(template));
        let subprotocols = subprotocols.collect::<Result<_, _>>()?;
        let (posts, compress, retry) = (connect.posts.clone(), connect.compress, connect.retry.clone());
        Ok(Dial { url, headers, subprotocols, posts, compress, retry })
    }

    /// The header in which a server names the session, where messages may be requests.
    pub fn posts(&self) -> Option<&str> {
        self.core.ways.common().posts.as_deref()
    }

    /// Whether the last word of connecting is the server's: it has then handled what the client said before.
    pub(super) fn is_greeted(&self, way: Way, own: &Party) -> bool {
        let last = self.preamble(way, own).and_then(|(_, steps)| steps.last());
        last.is_some_and(|step| matches!(step, ExchangeStep::Receive(_)))
    }

    /// The preamble of a participant, unless the diagram draws it.
    pub(super) fn preamble(&self, way: Way, own: &Party) -> Option<&(Arc<Slots>, Arc<[ExchangeStep]>)> {
        self.core.ways.get(way).after.as_ref().filter(|_| !self.values.said.greeting.contains(&*own.id))
    }

    /// The frames after the handshake, where there are any: played again on every reconnection.
    pub fn after_connect(&self, way: Way, own: &Party, peer: &Party) -> Option<Outgoing> {
        let (slots, steps) = self.preamble(way, own)?;
        Some(Outgoing::new("connect", slots.clone(), steps.clone(), Vec::new(), self.values.clone(), (own, peer)))
    }

    /// Whose cookies a client has: those that all share of whom this is the same. None where a client has its own.
    ///
    /// # Errors
    /// A hole has no value: only what is known before anything is received can stand there.
    pub fn session_of(
        &self,
        (own, peer): (&Party, &Party),
        context: &mut Context<'_>,
    ) -> Result<Option<String>, BuildError> {
        let connect = self.core.ways.get(self.core.ways.find(None, &own.id));
        let Some(session) = &connect.session else { return Ok(None) };
        let viewer = Viewer { lifeline: u32::MAX, scopes: &[], arrow: 0 };
        let nothing = Memory::nothing();
        let mut source = Source::new(&connect.slots, &[], &self.values, (own, peer), nothing, viewer, context);
        let mut ask = |slot| source.value(slot);
        let mut building = Building::new(&connect.slots, &mut ask, Some(&self.values.secrets));
        building.text(session).map(Some)
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
}

/// An address with more in its query.
fn with_query(address: String, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return address;
    }
    let mut form = form_urlencoded(query);
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address.to_owned(), Some(fragment.to_owned())),
        None => (address, None),
    };
    if let Some(fragment) = fragment {
        form = format!("{form}#{fragment}");
    }
    match address.split_once('?') {
        None => {
            // `ws://host?a=b` is an address as well, but not every server thinks so.
            let host = address.find("://").map_or(0, |at| at + 3);
            let root = if address[host..].contains('/') { "" } else { "/" };
            format!("{address}{root}?{form}")
        }
        Some((_, "")) => format!("{address}{form}"),
        Some(_) => format!("{address}&{form}"),
    }
}
