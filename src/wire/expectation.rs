use super::binding::{Rule, Values};
use super::context::Party;
use super::pattern::diff::{self, Place};
use super::pattern::matching::Matching;
use super::pattern::{Given, Path, Pattern, Reserved, Side, Slots, may_unify, names, value_eq};
use super::{Bind, Channel, Conflict, Expects, Kinship, Matched, Memory, Named, Observed, Raw, Viewer};
use serde_json::{Map, Value};
use std::borrow::Cow;
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
    /// Where the type of the message is named, where the pattern names it.
    kind: Option<Arc<Path>>,
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
        closed: bool,
    ) -> Self {
        Expectation(Arc::new(Want {
            watch,
            label: label.into(),
            slots: rule.slots.clone(),
            pattern,
            given,
            absent: rule.absent.clone(),
            closed,
            free: rule.free,
            kind: rule.kind.clone(),
        }))
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
            kind: None,
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
            kind: None,
        }))
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

    /// Whether it is an HTTP status that refuses or redirects: such a response is drawn, where it is.
    pub fn status(&self) -> Option<u16> {
        if self.0.watch != Watch::Status {
            return None;
        }
        let want = diff::expected(&self.0.pattern, &self.reading(None));
        want.get("status").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok())
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
            Watch::Raw(raw) => raw.to_string(),
            Watch::Anything => "anything".to_owned(),
        }
    }

    /// Where an observation differs: the path, what was expected there, what was found there. Empty where it fits, and
    /// where it is of another kind altogether the one place is the whole.
    pub fn diff(&self, observed: &Observed, memory: &Memory, viewer: Viewer<'_>) -> Vec<Place> {
        let Some(found) = self.view(observed) else {
            return vec![(String::new(), Some(Value::String(self.describe())), Some(whole(observed)))];
        };
        match &self.0.watch {
            Watch::Anything | Watch::Closed => return Vec::new(),
            Watch::Raw(raw) => {
                let same = matches!(observed, Observed::Message(message) if message.raw == *raw);
                return if same {
                    Vec::new()
                } else {
                    vec![(String::new(), Some(raw.to_string().into()), Some(whole(observed)))]
                };
            }
            Watch::Message | Watch::Status | Watch::Event | Watch::Close => {}
        }
        let mut reading = self.reading(Some((memory, viewer.lifeline)));
        reading.all = true;
        let mut places = diff::diff(&self.0.pattern, &found, &mut reading);
        for path in self.0.absent.iter() {
            if let Some(value) = path.get(&found) {
                places.push((path.to_string(), None, Some(value.clone())));
            }
        }
        if places.is_empty() {
            places.extend(self.name_diff(&reading, memory, viewer, &found));
        }
        places
    }

    fn name_diff(&self, reading: &Matching<'_>, memory: &Memory, viewer: Viewer<'_>, found: &Value) -> Option<Place> {
        let conflict = self.judge_names(reading, memory, viewer).err()?;
        let slot = self.0.slots.find(&conflict.bound.hole)?;
        let path = path_of(&self.0.pattern, slot, found)?;
        let expected = match conflict.other {
            Some(other) => Value::String(format!("another value than `{other}` has")),
            None => conflict.bound.value,
        };
        Some((path, Some(expected), Some(conflict.found)))
    }

    /// What a frame is, in the form of the pattern; none where it is of another kind.
    fn view<'o>(&self, observed: &'o Observed) -> Option<Cow<'o, Value>> {
        match (&self.0.watch, observed) {
            (Watch::Message | Watch::Raw(_), Observed::Message(message)) => Some(Cow::Borrowed(&*message.value)),
            (Watch::Status, Observed::Status { .. }) | (Watch::Event, Observed::Event { .. }) => {
                Some(Cow::Owned(view(observed)))
            }
            (Watch::Close, Observed::Close { code: Some(_), .. }) => Some(Cow::Owned(view(observed))),
            (Watch::Closed, Observed::Close { code: None, .. } | Observed::End { .. }) => Some(Cow::Owned(Value::Null)),
            (Watch::Anything, _) => Some(Cow::Owned(Value::Null)),
            (Watch::Message | Watch::Raw(_) | Watch::Status | Watch::Event | Watch::Close | Watch::Closed, _) => None,
        }
    }

    fn reading<'a>(&'a self, memory: Option<(&'a Memory, u32)>) -> Matching<'a> {
        let mut reading = Matching::new(&self.0.slots, &self.0.given, memory);
        reading.closed = self.0.closed;
        reading
    }

    /// Whether the content fits, names of the diagram aside.
    fn fits(&self, observed: &Observed, reading: &mut Matching<'_>) -> bool {
        let Some(found) = self.view(observed) else { return false };
        match &self.0.watch {
            Watch::Anything | Watch::Closed => true,
            Watch::Raw(raw) => matches!(observed, Observed::Message(message) if message.raw == *raw),
            Watch::Status if self.status_is_open() && !matches!(observed, Observed::Status { code: 200..400, .. }) => {
                false
            }
            Watch::Message | Watch::Status | Watch::Event | Watch::Close => {
                reading.value(&self.0.pattern, &found) && self.0.absent.iter().all(|path| path.get(&found).is_none())
            }
        }
    }

    /// Whether nothing is said about the status: any 2xx or 3xx then.
    fn status_is_open(&self) -> bool {
        match &*self.0.pattern {
            Pattern::Object(members) => members.list.iter().all(|(name, _)| **name != *"status"),
            Pattern::Literal(_) | Pattern::Hole(_) | Pattern::Text(_) | Pattern::Array { .. } => false,
            Pattern::Json(_) | Pattern::Bytes(_) => false,
        }
    }

    /// Judges the names of the diagram: what they bind, or the first that disagrees.
    fn judge_names(&self, reading: &Matching<'_>, memory: &Memory, viewer: Viewer<'_>) -> Result<Vec<Bind>, Conflict> {
        let mut binds = Vec::new();
        for (slot, known) in self.0.slots.0.iter().enumerate() {
            let Some(value) = &reading.found[slot] else { continue };
            if let Some(Given::Name(name)) = &self.0.given[slot] {
                let scope = viewer.scope(name);
                match memory.name(scope, name) {
                    Some(named) if value_eq(&named.value, value) => {}
                    Some(named) => {
                        let (name, found, bound) = (name.to_string(), value.clone(), named.clone());
                        return Err(Conflict { name, found, bound, other: None });
                    }
                    None => {
                        let global = (scope != 0).then(|| memory.name_of(0, &known.name, value)).flatten();
                        if let Some((other, bound)) = memory.name_of(scope, &known.name, value).or(global) {
                            let (name, found, other) = (name.to_string(), value.clone(), Some(other.to_owned()));
                            return Err(Conflict { name, found, bound: bound.clone(), other });
                        }
                        let named = Named { hole: known.name.clone(), value: value.clone(), arrow: viewer.arrow };
                        binds.push(Bind::Name { scope, name: name.clone(), named });
                    }
                }
            }
            if known.keep {
                let (hole, value) = (known.name.clone(), value.clone());
                binds.push(Bind::Hole { lifeline: viewer.lifeline, hole, value, share: known.share });
            }
        }
        Ok(binds)
    }
}

impl Expects for Expectation {
    fn channel(&self) -> Option<Channel> {
        match self.0.watch {
            Watch::Message | Watch::Close | Watch::Closed | Watch::Raw(_) => Some(Channel::Socket),
            Watch::Event => Some(Channel::Events),
            Watch::Status | Watch::Anything => None,
        }
    }

    fn matches(&self, observed: &Observed, memory: &Memory, viewer: Viewer<'_>) -> Matched {
        let mut reading = self.reading(Some((memory, viewer.lifeline)));
        if !self.fits(observed, &mut reading) {
            return Matched::No;
        }
        match self.judge_names(&reading, memory, viewer) {
            Ok(binds) => Matched::Yes(binds),
            Err(conflict) => Matched::Conflict(conflict),
        }
    }

    fn kinship(&self, observed: &Observed) -> Kinship {
        if self.fits(observed, &mut self.reading(None)) {
            return Kinship::SameContent;
        }
        let same_type = match (&self.0.watch, observed) {
            (Watch::Message, Observed::Message(message)) => self.same_type(&message.value),
            (Watch::Message, Observed::Garbled { raw, .. }) => {
                from_bytes(raw).is_some_and(|value| self.same_type(&value))
            }
            (Watch::Event, Observed::Event { .. }) => self.same_type(&view(observed)),
            (Watch::Status, Observed::Status { .. }) => true,
            (Watch::Close | Watch::Closed, Observed::Close { .. } | Observed::End { .. }) => true,
            (Watch::Message | Watch::Event | Watch::Status | Watch::Close | Watch::Closed, _) => false,
            (Watch::Raw(_) | Watch::Anything, _) => false,
        };
        if same_type { Kinship::SameType } else { Kinship::Foreign }
    }

    fn may_equal(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        match (&a.watch, &b.watch) {
            (Watch::Anything, _) | (_, Watch::Anything) => true,
            (Watch::Raw(raw), Watch::Raw(other)) => raw == other,
            (Watch::Raw(_), Watch::Message) | (Watch::Message, Watch::Raw(_)) => true,
            (Watch::Closed, Watch::Closed) => true,
            (Watch::Message, Watch::Message)
            | (Watch::Status, Watch::Status)
            | (Watch::Event, Watch::Event)
            | (Watch::Close, Watch::Close) => {
                let left = Side { slots: &a.slots, given: &a.given };
                let right = Side { slots: &b.slots, given: &b.given };
                may_unify(&a.pattern, left, &b.pattern, right)
            }
            (Watch::Message | Watch::Status | Watch::Event | Watch::Close | Watch::Closed | Watch::Raw(_), _) => false,
        }
    }
}

impl Want {
    fn kind_of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.kind.as_ref()?.get(value)
    }
}

impl Expectation {
    fn same_type(&self, found: &Value) -> bool {
        let Some(path) = &self.0.kind else { return diff::literals_agree(&self.0.pattern, found) };
        match (self.0.pattern.literal_at(path), self.0.kind_of(found)) {
            (Some(want), Some(found)) => value_eq(want, found),
            (Some(_) | None, _) => false,
        }
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
            // What only a run knows is looked up in memory, where the run has put it.
            Some(Reserved::Run | Reserved::Target | Reserved::TargetHttp) => None,
            Some(Reserved::Seq | Reserved::Uuid | Reserved::Now | Reserved::NowMillis) => None,
            None => values.get(&own.id, &known.name),
        };
        given[slot] = value.map(|value| Given::Value(Arc::new(value)));
    }
}

/// An observation in the form that patterns of its kind have.
pub(super) fn view(observed: &Observed) -> Value {
    let mut map = Map::new();
    match observed {
        Observed::Message(message) => return (*message.value).clone(),
        Observed::Garbled { raw, .. } => return Value::String(raw.to_string()),
        Observed::Status { code, headers, body } => {
            let headers = headers.iter().map(|(name, value)| (name.clone(), Value::from(&**value))).collect();
            map.insert("status".to_owned(), (*code).into());
            map.insert("headers".to_owned(), Value::Object(headers));
            map.insert("body".to_owned(), (**body).clone());
        }
        Observed::Event { event, id, data } => {
            map.insert("event".to_owned(), (&**event).into());
            if let Some(id) = id {
                map.insert("id".to_owned(), (&**id).into());
            }
            map.insert("data".to_owned(), (&**data).into());
        }
        Observed::Close { code, reason } => {
            if let Some(code) = code {
                map.insert("code".to_owned(), (*code).into());
            }
            map.insert("reason".to_owned(), (&**reason).into());
        }
        Observed::End { how } => return Value::String(how.clone()),
    }
    Value::Object(map)
}

/// An observation as one value for a report.
fn whole(observed: &Observed) -> Value {
    match observed {
        Observed::Message(message) => (*message.value).clone(),
        Observed::Garbled { raw, .. } => Value::String(raw.to_string()),
        Observed::Status { code, .. } => Value::String(format!("HTTP {code}")),
        Observed::Event { .. } => view(observed),
        Observed::Close { code: Some(code), .. } => Value::String(format!("Close {code}")),
        Observed::Close { code: None, .. } => Value::String("Close without a code".to_owned()),
        Observed::End { how } => Value::String(how.clone()),
    }
}

fn from_bytes(raw: &Raw) -> Option<Value> {
    match raw {
        Raw::Text(text) => serde_json::from_str(text).ok(),
        Raw::Binary(bytes) => serde_json::from_slice(bytes).ok(),
    }
}

/// Where a slot stands in a pattern.
fn path_of(pattern: &Pattern, slot: usize, found: &Value) -> Option<String> {
    match pattern {
        Pattern::Hole(hole) => (hole.slot == Some(slot)).then(String::new),
        Pattern::Text(template) => template.holes().any(|hole| hole.slot == Some(slot)).then(String::new),
        Pattern::Object(members) => members.list.iter().find_map(|(name, inner)| {
            let rest = path_of(inner, slot, found)?;
            Some(match rest.chars().next() {
                None | Some('[') => format!("{name}{rest}"),
                Some(_) => format!("{name}.{rest}"),
            })
        }),
        Pattern::Array { items, .. } => items.iter().enumerate().find_map(|(index, inner)| {
            let rest = path_of(inner, slot, found)?;
            Some(match rest.chars().next() {
                None | Some('[') => format!("[{index}]{rest}"),
                Some(_) => format!("[{index}].{rest}"),
            })
        }),
        Pattern::Json(inner) => path_of(inner, slot, found),
        Pattern::Literal(_) | Pattern::Bytes(_) => None,
    }
}
