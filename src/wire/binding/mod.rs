//! A binding: what the labels of a diagram are on the wire of one kind of server.
//!
//! [`load`] and [`builtin`] read one; [`compile`] makes the [`Core`] of a file; [`resolve`] goes from a label to what it
//! is, [`naming`] from a frame to its label, [`frames`] from the pattern of an `ignore` to the frames it speaks of.

mod builtin;
mod compile;
mod frames;
mod hiding;
mod labels;
mod load;
mod naming;
mod recipes;
mod resolve;
mod said;
mod spellings;
mod unresolved;
mod vocabulary;

pub use builtin::builtin_names;
pub(super) use compile::is_secret;
pub use frames::NoSuchFrames;
pub use load::BINDING;
pub use naming::FrameName;
pub(super) use spellings::on_the_wire;
pub use unresolved::Unresolved;

use super::codec::Codec;
use super::file::{
    AutoDraft, ClientDraft, EchoDraft, Every, Follow, HttpStep, IgnoreDraft, IgnoredEnd, On, ServerDraft,
};
use super::pattern::{Path, Pattern, Reserved, Slot, SlotId, Slots, Template, typed};
use super::secrets::Secrets;
use super::{Bind, Reach};
use crate::framing::Framing;
use crate::order::Receivers;
use crate::source::{Ask, Span};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What the labels of a diagram are on the wire of one kind of server. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Binding {
    pub(super) core: Arc<Core>,
    pub(super) values: Arc<Values>,
}

/// What the file says.
#[derive(Debug)]
pub(super) struct Core {
    pub name: String,
    pub about: String,
    pub codec: Codec,
    pub framing: Option<Framing>,
    pub envelope: Option<super::envelope::Envelope>,
    pub provides: Vec<String>,
    pub ways: super::ways::Ways,
    /// `[accept] origins`
    pub origins: Option<Vec<String>>,
    pub rules: Vec<Arc<Rule>>,
    pub from_client: labels::LabelIndex,
    pub from_server: labels::LabelIndex,
    /// `labels = "ignore-case"`: the labels of each rule in lower case, by which they are found.
    pub folded: Option<Vec<Vec<Template>>>,
    pub frames: naming::FrameIndex,
    /// Where secrets stand in what comes.
    pub hiding: Vec<hiding::Hiding>,
    pub auto: Vec<AutoDraft>,
    pub every: Vec<Every>,
    pub ignore: Vec<IgnoreDraft>,
    pub ends: Vec<IgnoredEnd>,
    pub echo: Option<EchoDraft>,
    /// Those of single participants.
    pub echo_of: BTreeMap<String, EchoDraft>,
    pub setup: Vec<HttpStep>,
    pub teardown: Vec<HttpStep>,
    /// Participants that are one server under test.
    pub server: Vec<String>,
    /// Participants of which nothing is on the wire.
    pub silent: Vec<String>,
    /// Bodies of answers are messages of the codec.
    pub bodies: bool,
    /// Whether a rule speaks of comments, and of the `retry`, of event streams.
    pub asides: (bool, bool),
    /// Some frame that is received is a text past the codec.
    pub texts: bool,
    /// Names of holes whose values reach no output.
    pub secret: BTreeSet<String>,
    pub asks: Vec<Ask>,
    pub files: Vec<Arc<str>>,
    /// Which of `{run}` and `{run.mark}` stand anywhere, once that was asked.
    pub run_in_use: OnceLock<[bool; 2]>,
}

/// Values that do not come over the wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// `[vars]` and `--var`.
    pub vars: BTreeMap<String, Value>,
    /// `[participants.X]`
    pub participants: BTreeMap<String, BTreeMap<String, Value>>,
    /// `{env.NAME}`
    pub env: BTreeMap<String, String>,
    /// Objects of received frames are closed.
    pub closed: bool,
    /// Addresses may lead to others than the target.
    pub abroad: bool,
    /// What the diagram draws of that which a binding otherwise does by itself.
    pub said: said::Said,
    /// How the program of its codec runs, where it has one.
    pub host: super::codec::Host,
    /// Not to be printed.
    pub secrets: Secrets,
}

/// A rule, ready for use.
#[derive(Debug)]
pub(super) struct Rule {
    pub labels: Vec<Template>,
    /// The labels as they are shown: `message from {from}: {text}`.
    pub plain: Vec<Arc<str>>,
    pub slots: Arc<Slots>,
    pub on: On,
    pub client: Option<ClientDraft>,
    pub server: Option<ServerDraft>,
    pub reply: Option<Arc<Pattern>>,
    pub absent: Arc<[Path]>,
    pub free: bool,
    /// Whom it is for, where it is drawn to a group of receivers.
    pub to: Option<Receivers>,
    /// A request that is made again until its answer is this.
    pub repeat: Option<(Duration, Arc<Pattern>)>,
    /// What is followed on the channel of its frame.
    pub follows: Arc<[Arc<Follow>]>,
    /// Slots that a client sends and that nothing but the label, a variable or the environment can fill.
    pub lacking: Vec<SlotId>,
    /// Where the type of its frame is named.
    pub kind: Option<Arc<Path>>,
    pub span: Span,
}

impl Values {
    /// The value of a name for one participant: `[participants.X]`, then `[vars]` and `--var`, then the environment.
    pub fn get(&self, own: &str, name: &str) -> Option<Value> {
        if let Some(value) = self.participants.get(own).and_then(|values| values.get(name)) {
            return Some(value.clone());
        }
        if let Some(value) = self.vars.get(name) {
            return Some(value.clone());
        }
        let variable = name.strip_prefix("env.")?;
        self.env.get(variable).map(|value| Value::String(value.clone()))
    }

    /// The same of a hole: a text is what the type of the hole makes of it, as in a label.
    pub fn of(&self, own: &str, slot: &Slot) -> Option<Value> {
        match self.get(own, &slot.name)? {
            Value::String(text) => Some(typed(&text, slot.kind)),
            other => Some(other),
        }
    }
}

impl Binding {
    /// What reports call it.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// What it is for.
    pub fn about(&self) -> &str {
        &self.core.about
    }

    /// The holes whose value frames that no diagram draws may give: the preamble of a connection, the setup of a run.
    pub fn undrawn_holes(&self) -> Vec<Arc<str>> {
        let connect = self.core.ways.iter().flat_map(super::dial::Connect::all_slots);
        let setup = self.core.setup.iter().flat_map(|step| &step.slots.0);
        let mut names: Vec<Arc<str>> = connect.chain(setup).map(|slot| slot.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What `#@ needs` may ask for: `KEY` or `KEY=VALUE`.
    pub fn provides(&self) -> &[String] {
        &self.core.provides
    }

    /// How frames are read and written.
    pub fn codec(&self) -> &Codec {
        &self.core.codec
    }

    /// Where a message ends on a plain stream of bytes, and whether it is a text there, where it can be one.
    ///
    /// # Errors
    /// Neither the binding nor its codec says it.
    pub fn framing(&self) -> Result<(Framing, bool), String> {
        let framing = self.core.framing.or_else(|| self.core.codec.framing()).ok_or_else(|| {
            format!(
                "the binding {} has no `framing`, and its codec {} does not define one",
                self.name(),
                self.codec().word()
            )
        })?;
        Ok((framing, self.core.codec.reads_text(framing)))
    }

    /// With values for holes, over those of the file. A secret one reaches no output.
    #[must_use]
    pub fn with_vars<'v>(&self, vars: impl IntoIterator<Item = (&'v str, &'v str, bool)>) -> Binding {
        let mut values = (*self.values).clone();
        values.secrets = values.secrets.apart();
        for (name, value, secret) in vars {
            values.vars.insert(name.to_owned(), Value::String(value.to_owned()));
            for own in values.participants.values_mut() {
                own.remove(name);
            }
            if secret || self.core.secret.contains(name) {
                values.secrets.add(value);
            }
        }
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// The environment variables for which it asks with `{env.NAME}`, in alphabetical order.
    pub fn env_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.all_slots().filter_map(|slot| slot.name.strip_prefix("env.")).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// With environment variables whose values it must not know: `{env.NAME}` is that text.
    #[must_use]
    pub fn without_env<'v>(&self, names: impl IntoIterator<Item = &'v str>) -> Binding {
        let mut values = (*self.values).clone();
        values.env.extend(names.into_iter().map(|name| (name.to_owned(), format!("{{env.{name}}}"))));
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// With values of environment variables; all of them are secrets.
    #[must_use]
    pub fn with_env<'v>(&self, vars: impl IntoIterator<Item = (&'v str, &'v str)>) -> Binding {
        let mut values = (*self.values).clone();
        values.secrets = values.secrets.apart();
        for (name, value) in vars {
            values.env.insert(name.to_owned(), value.to_owned());
            values.secrets.add(value);
        }
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// The origins of pages that a server lets in, where it says which; `*` is every one.
    pub fn origins(&self) -> Option<&[String]> {
        self.core.origins.as_deref()
    }

    /// What it asks for beyond frames to its target, with what it extends; places are in the sources that it was read
    /// with.
    pub fn asks(&self) -> &[Ask] {
        &self.core.asks
    }

    /// The files that it is made of: its own, and those that it extends.
    pub fn files(&self) -> &[Arc<str>] {
        &self.core.files
    }

    /// With the program of its codec, where it has one, run in this way.
    #[must_use]
    pub fn hosted(&self, host: super::codec::Host) -> Binding {
        let values = Values { host, ..(*self.values).clone() };
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// How long the program of its codec was waited for until now, of all connections.
    pub fn worked(&self) -> Duration {
        self.values.host.worked.total()
    }

    /// With addresses that may lead to others than the target.
    #[must_use]
    pub fn abroad(&self) -> Binding {
        let values = Values { abroad: true, ..(*self.values).clone() };
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// With all objects of received frames closed: no member that the binding does not name.
    #[must_use]
    pub fn closed(&self) -> Binding {
        let values = Values { closed: true, ..(*self.values).clone() };
        Binding { core: self.core.clone(), values: Arc::new(values) }
    }

    /// The values that must not be printed.
    pub fn secrets(&self) -> &Secrets {
        &self.values.secrets
    }

    /// What `{run}` and `{run.mark}` stand for in a play, for all who receive frames in which they stand; nothing where
    /// none does.
    pub fn run_is(&self, run: &str, mark: &str) -> Vec<Bind> {
        let of_run = [Reserved::Run, Reserved::RunMark];
        let in_use = self
            .core
            .run_in_use
            .get_or_init(|| of_run.map(|reserved| self.all_slots().any(|slot| slot.reserved == Some(reserved))));
        let known = of_run.into_iter().zip([run, mark]).zip(in_use);
        let known = known.filter(|(_, in_use)| **in_use).map(|((reserved, value), _)| Bind::Hole {
            lifeline: 0,
            hole: reserved.name().into(),
            value: value.into(),
            reach: Reach::Everyone,
        });
        known.collect()
    }

    /// Every label of the binding with the side that says it (`true`: a client), as a diagram writes it.
    pub fn labels(&self) -> impl Iterator<Item = (bool, &str)> {
        self.core.rules.iter().flat_map(|rule| rule.plain.iter().map(|label| (rule.client.is_some(), &**label)))
    }

    fn all_slots(&self) -> impl Iterator<Item = &Slot> {
        let rules = self.core.rules.iter().flat_map(|rule| &rule.slots.0);
        let connect = self.core.ways.iter().flat_map(super::dial::Connect::all_slots);
        let auto = self.core.auto.iter().flat_map(|auto| &auto.slots.0);
        let every = self.core.every.iter().flat_map(|every| &every.slots.0);
        let steps = self.core.setup.iter().chain(&self.core.teardown).flat_map(|step| &step.slots.0);
        let ignore = self.core.ignore.iter().flat_map(|ignore| &ignore.slots.0);
        let echo = self.core.echo.iter().chain(self.core.echo_of.values()).flat_map(|echo| &echo.slots().0);
        rules.chain(connect).chain(auto).chain(every).chain(steps).chain(ignore).chain(echo)
    }
}
