//! What a server's arrow lets a client observe.
//!
//! Made of a rule and a label; [`judge`] is what the oracle asks of it, [`difference`] what reports ask, [`view`] the
//! forms that patterns see.

mod difference;
mod follow;
mod hiding;
mod judge;
mod lock;
mod telling;
mod view;

pub(super) use view::view;

use super::binding::{Rule, Values};
use super::context::Party;
use super::file::Follow;
use super::pattern::diff;
use super::pattern::matching::Matching;
use super::pattern::{Given, Hole, Members, Narrow, Path, Pattern, Reserved, Slots, hole_texts, names};
use super::{Bind, Channel, Memory, Outgoing, Raw, Reach, Secrets, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// Something that a server's arrow lets a client observe. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Expectation(Arc<Want>);

#[derive(Clone, Debug)]
pub(super) struct Want {
    watch: Watch,
    label: Arc<str>,
    slots: Arc<Slots>,
    pattern: Arc<Pattern>,
    given: Vec<Option<Given>>,
    absent: Arc<[Path]>,
    closed: bool,
    free: bool,
    /// What is followed from frame to frame.
    follows: Arc<[Arc<Follow>]>,
    /// Where the type of the message is named, where the pattern names it.
    kind: Option<Arc<Path>>,
    /// Where secrets are remembered that it receives, and what is made of them.
    secrets: Secrets,
    /// What a client that comes with it is called, and what its label says of holes.
    arrival: Option<Arc<Arrival>>,
    /// What the tool owes the client of whom it came, drawn or not: further steps of the same arrow, an acknowledgement.
    duty: Option<Outgoing>,
}

/// What is known of a client by the label with which it connects.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    pub name: Option<String>,
    pub holes: Vec<(Arc<str>, Value)>,
}

/// What kind of observation it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// A data message on the socket.
    Message,
    /// The status of an HTTP response.
    Status,
    /// A Server-Sent Event.
    Event,
    /// A Close with a code.
    Close,
    /// A Close without, or none at all.
    Closed,
    /// Whatever Close, or none at all.
    Ended,
    /// The end of an event stream.
    StreamEnd,
    /// The handshake of a client.
    Dialled,
    /// A request of a client; on which channel it is answered.
    Asked(Channel),
    /// A Close as a client sends it that leaves.
    Left,
    /// A frame past its codec: the pattern is about its text or its bytes.
    Bare,
    /// This very message.
    Raw(Raw),
    /// Anything.
    Anything,
}

impl Expectation {
    /// A server's arrow of a rule.
    pub(super) fn of_rule(
        watch: Watch,
        label: &str,
        rule: &Rule,
        pattern: Arc<Pattern>,
        given: Vec<Option<Given>>,
        values: &Values,
    ) -> Self {
        Expectation(Arc::new(Want {
            watch,
            label: label.into(),
            slots: rule.slots.clone(),
            pattern,
            given,
            absent: rule.absent.clone(),
            closed: values.closed,
            free: rule.free,
            follows: rule.follows.clone(),
            kind: rule.kind.clone(),
            secrets: values.secrets.clone(),
            arrival: None,
            duty: None,
        }))
    }

    /// The same on a plain stream of bytes, where no Close has a code.
    pub(super) fn over_stream(self) -> Self {
        match self.0.watch {
            // Nor can who leaves be told from who is gone.
            Watch::Close | Watch::Left => Expectation::bare(Watch::Ended, &self.0.label),
            Watch::Message | Watch::Status | Watch::Event | Watch::Closed | Watch::Ended | Watch::StreamEnd => self,
            // Nothing is asked with it.
            Watch::Dialled => {
                let pattern = Pattern::Object(Members { list: Vec::new(), named: Vec::new(), closed: false });
                Expectation(Arc::new(Want { pattern: Arc::new(pattern), ..(*self.0).clone() }))
            }
            Watch::Asked(_) | Watch::Bare | Watch::Raw(_) | Watch::Anything => self,
        }
    }

    /// A frame that no label stands for: of an exchange, or an answer to a request outside the diagram.
    pub(super) fn plain(
        watch: Watch,
        slots: Arc<Slots>,
        pattern: Arc<Pattern>,
        values: &Values,
        own: &Party,
        peer: &Party,
    ) -> Self {
        let mut given = vec![None; slots.0.len()];
        fill(&mut given, &slots, values, own, peer);
        Expectation(Arc::new(Want {
            watch,
            label: "".into(),
            slots,
            pattern,
            given,
            absent: Arc::new([]),
            closed: values.closed,
            free: false,
            follows: Arc::new([]),
            kind: None,
            secrets: values.secrets.clone(),
            arrival: None,
            duty: None,
        }))
    }

    /// This very text message.
    pub fn text(text: &str) -> Self {
        Self::bare(Watch::Raw(Raw::Text(text.into())), text)
    }

    /// Without a pattern: a raw frame, anything, or the end without a code.
    pub(super) fn bare(watch: Watch, label: &str) -> Self {
        Expectation(Arc::new(Want {
            watch,
            label: label.into(),
            slots: Arc::new(Slots::default()),
            pattern: Arc::new(Pattern::Literal(Value::Null)),
            given: Vec::new(),
            absent: Arc::new([]),
            closed: false,
            free: false,
            follows: Arc::new([]),
            kind: None,
            secrets: Secrets::default(),
            arrival: None,
            duty: None,
        }))
    }

    /// Something of a client that the tool serves, by a rule read backwards.
    pub(super) fn of_client(
        watch: Watch,
        label: &str,
        (slots, pattern): (Arc<Slots>, Arc<Pattern>),
        given: Vec<Option<Given>>,
        kind: Option<Arc<Path>>,
        values: &Values,
    ) -> Self {
        let bare = Self::bare(watch, label);
        let Ok(want) = Arc::try_unwrap(bare.0) else { return Self::text(label) };
        Expectation(Arc::new(Want { slots, pattern, given, kind, secrets: values.secrets.clone(), ..want }))
    }

    /// The same, of a client that comes with it.
    pub(super) fn arriving(mut self, arrival: Arrival) -> Self {
        Arc::make_mut(&mut self.0).arrival = Some(Arc::new(arrival));
        self
    }

    /// The same, with what is then owed to the client.
    pub(super) fn owing(mut self, duty: Option<Outgoing>) -> Self {
        Arc::make_mut(&mut self.0).duty = duty;
        self
    }

    /// What the tool owes a client of whom this came.
    pub fn duty(&self) -> Option<&Outgoing> {
        self.0.duty.as_ref()
    }

    /// On which channel a client begins something with it: it dials, or asks.
    pub fn opens(&self) -> Option<Channel> {
        match &self.0.watch {
            Watch::Dialled => Some(Channel::Socket),
            Watch::Asked(channel) => Some(*channel),
            Watch::Message | Watch::Status | Watch::Event | Watch::Close | Watch::Closed | Watch::Ended => None,
            Watch::StreamEnd | Watch::Left | Watch::Bare | Watch::Raw(_) | Watch::Anything => None,
        }
    }

    /// Whether it is the handshake of a client.
    pub fn is_arrival(&self) -> bool {
        self.0.watch == Watch::Dialled
    }

    /// The name under which a client connects, where its label gives it one.
    pub fn arrives_as(&self) -> Option<&str> {
        self.0.arrival.as_ref()?.name.as_deref()
    }

    /// With what a client's arrival means for what is known of it.
    fn with_arrival(&self, binds: Vec<Bind>, viewer: Viewer<'_>) -> Vec<Bind> {
        let Some(arrival) = &self.0.arrival else { return binds };
        let lifeline = viewer.lifeline;
        let own = arrival.name.iter().map(|name| ("self".into(), Value::from(name.as_str())));
        let known = own.chain(arrival.holes.iter().cloned());
        let known = known.map(|(hole, value)| Bind::Hole { lifeline, hole, value, reach: Reach::Connection });
        std::iter::once(Bind::Anew { lifeline }).chain(known).chain(binds).collect()
    }

    /// Holes of what was sent are what was sent; others as the label says.
    pub(super) fn fix(&mut self, label: &Arc<str>, sent: &[Option<Value>], given: &[Option<Given>]) {
        let want = Arc::make_mut(&mut self.0);
        want.label = label.clone();
        for (slot, known) in want.given.iter_mut().enumerate() {
            if let Some(Some(value)) = sent.get(slot) {
                *known = Some(Given::Value(Arc::new(value.clone())));
            } else if let Some(Some(label)) = given.get(slot) {
                *known = Some(label.clone());
            }
        }
    }

    /// The label as drawn; empty where no label stands for it.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// Whether its place on its connection is judged (`place = "free"`: only its number is).
    pub fn place_is_free(&self) -> bool {
        self.0.free
    }

    /// The names of the diagram that it uses, each with its hole.
    pub fn names(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        names(&self.0.given, &self.0.slots)
    }

    /// The holes whose value it gives the connection's memory.
    pub fn gives(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.slots.0.iter().filter(|slot| slot.keep).map(|slot| &slot.name)
    }

    /// The same, each with whether all connections then know it.
    pub fn teaches(&self) -> impl Iterator<Item = (&Arc<str>, bool)> {
        self.0.slots.0.iter().filter(|slot| slot.keep).map(|slot| (&slot.name, slot.reach == Reach::Everyone))
    }

    /// What its label says of its holes, as text: each hole with its value.
    pub fn texts(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.0.slots.0.iter().zip(&self.0.given).filter_map(|(slot, given)| match given {
            Some(Given::Text(text)) => Some((&slot.name, &**text)),
            Some(Given::Value(_) | Given::Name(_) | Given::Glob(_)) | None => None,
        })
    }

    /// Whether it is the answer to a request.
    pub fn is_answer(&self) -> bool {
        self.0.watch == Watch::Status
    }

    /// Whether it is the end of a connection or of an event stream.
    pub fn is_end(&self) -> bool {
        match self.0.watch {
            Watch::Close | Watch::Closed | Watch::Ended | Watch::StreamEnd | Watch::Left => true,
            Watch::Message | Watch::Status | Watch::Event | Watch::Raw(_) | Watch::Anything => false,
            Watch::Dialled | Watch::Asked(_) | Watch::Bare => false,
        }
    }

    /// What its label says of its holes, letters and names of the diagram.
    pub(super) fn hole_texts(&self) -> impl Iterator<Item = &str> {
        hole_texts(&self.0.given)
    }

    /// The text by which the binding tells messages of its kind from others, where one does.
    pub fn kind_word(&self) -> Option<&str> {
        self.0.pattern.literal_at(self.0.kind.as_ref()?)?.as_str()
    }

    /// Whether it is an HTTP status that refuses or redirects: such a response is drawn, where it is.
    pub fn status(&self) -> Option<u16> {
        if self.0.watch != Watch::Status {
            return None;
        }
        let want = diff::expected(&self.0.pattern, &self.reading(None));
        want.get("status").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok())
    }

    /// The statuses that it takes, where it is an answer that says so: one, or those of a list.
    pub fn statuses(&self) -> Vec<u16> {
        let listed = match &*self.0.pattern {
            Pattern::Object(members) => members.list.iter().find_map(|(name, inner)| match inner {
                Pattern::Hole(Hole { narrow: Narrow::OneOf(codes), .. }) if **name == *"status" => Some(codes.clone()),
                Pattern::Hole(_) | Pattern::Literal(_) | Pattern::Text(_) | Pattern::Object(_) => None,
                Pattern::Array { .. } | Pattern::List(_) => None,
                Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => None,
            }),
            Pattern::Hole(_) | Pattern::Literal(_) | Pattern::Text(_) | Pattern::Array { .. } => None,
            Pattern::List(_) | Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => None,
        };
        let code = |value: &Value| value.as_u64().and_then(|code| u16::try_from(code).ok());
        match listed {
            Some(codes) => codes.iter().filter_map(code).collect(),
            None => self.status().into_iter().collect(),
        }
    }

    /// What is expected, as text that looks like the frame: known values in place, open holes bare (`{id}`).
    pub fn describe(&self) -> String {
        match &self.0.watch {
            Watch::Message | Watch::Event => diff::describe(&self.0.pattern, &self.reading(None)),
            Watch::Status => match self.status() {
                Some(code) => format!("HTTP {code}"),
                None => "an HTTP response".to_owned(),
            },
            Watch::Close => {
                let want = diff::expected(&self.0.pattern, &self.reading(None));
                match want.get("code") {
                    Some(code) => format!("Close {}", super::pattern::value_text(code)),
                    None => "Close with a code".to_owned(),
                }
            }
            Watch::Closed => "the end of the connection, without a code".to_owned(),
            Watch::Ended => "the end of the connection".to_owned(),
            Watch::StreamEnd => "the end of the event stream".to_owned(),
            Watch::Raw(raw) => raw.to_string(),
            Watch::Anything => "anything".to_owned(),
            Watch::Dialled | Watch::Asked(_) => {
                let want = diff::expected(&self.0.pattern, &self.reading(None));
                let part = |name: &str| want.get(name).map(super::pattern::value_text);
                match (part("method"), part("url")) {
                    (Some(method), url) => format!("{method} {}", url.unwrap_or_default()),
                    (None, Some(url)) => format!("WS connect {url}"),
                    (None, None) => "WS connect".to_owned(),
                }
            }
            Watch::Left => "Close 1000, the code of a client that leaves".to_owned(),
            Watch::Bare => diff::describe(&self.0.pattern, &self.reading(None)),
        }
    }

    /// A reading of what was observed; without memory, names that every binding knows stay open.
    fn reading<'a>(&'a self, memory: Option<(&'a Memory, u32)>) -> Matching<'a> {
        let mut reading = Matching::new(&self.0.slots, &self.0.given, memory);
        reading.closed = self.0.closed;
        reading.secrets = Some(&self.0.secrets);
        reading
    }
}

/// What participants and variables say of the slots that the label leaves open.
pub(super) fn fill(given: &mut [Option<Given>], slots: &Slots, values: &Values, own: &Party, peer: &Party) {
    for (slot, known) in slots.0.iter().enumerate() {
        if given[slot].is_some() {
            continue;
        }
        let value = match known.reserved {
            Some(Reserved::Own) => Some(Value::from(&*own.id)),
            Some(Reserved::OwnLower) => Some(own.id.to_lowercase().into()),
            Some(Reserved::OwnLabel) => Some((*own.label).into()),
            Some(Reserved::Peer) => Some((*peer.id).into()),
            // What only a play knows is looked up in memory, where the play has put it.
            Some(Reserved::Run | Reserved::RunMark | Reserved::Target | Reserved::TargetHttp) => None,
            Some(Reserved::Seq | Reserved::Uuid | Reserved::Now | Reserved::NowMillis) => None,
            None => values.get(&own.id, &known.name),
        };
        given[slot] = value.map(|value| match value {
            // As a label says it: the type of the hole decides what it is.
            Value::String(text) if known.kind.is_some() => Given::Text(text.into()),
            other => Given::Value(Arc::new(other)),
        });
    }
}
