use super::{Filter, Kind, Template};
use crate::wire::Reach;
use serde_json::Value;
use std::sync::Arc;

/// Index into the [`Slots`] of a rule.
pub(in crate::wire) type SlotId = usize;

/// The named values of one rule: wherever the rule writes one of the names, it is this value.
#[derive(Clone, Debug, Default)]
pub(in crate::wire) struct Slots(pub Vec<Slot>);

/// One named value.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Slot {
    /// Its name.
    pub name: Arc<str>,
    /// What the name means by itself, if anything.
    pub reserved: Option<Reserved>,
    /// The server chooses it; in a diagram it is a name.
    pub opaque: bool,
    /// Its type, where one of its holes says so.
    pub kind: Option<Kind>,
    /// A received value is remembered.
    pub keep: bool,
    /// By whom, and how long.
    pub reach: Reach,
    /// It stands in more than one place of a frame.
    pub repeated: bool,
    /// What it takes reaches no output.
    pub secret: bool,
    /// What it is made of, where nothing else gives it a value.
    pub made: Option<Arc<Made>>,
}

/// A value that is made of others: one of `[vars]` or `[let]` with holes in it.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Made {
    /// Its letters and holes; these are slots of the same list.
    pub template: Template,
    /// What is done to the whole.
    pub filters: Vec<Filter>,
}

/// The values that are made of others, by name, each with names of its own.
pub(in crate::wire) type Recipes = std::collections::BTreeMap<String, (Slots, Made)>;

/// Names that every binding knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Reserved {
    /// `{self}`: the participant's id, or the name that it connected as.
    Own,
    /// `{self.lower}`
    OwnLower,
    /// `{self.label}`
    OwnLabel,
    /// `{peer}`: the id at the other end.
    Peer,
    /// `{run}`
    Run,
    /// `{run.mark}`: empty where the server is new, else a tilde and `{run}`.
    RunMark,
    /// `{target}`: the base address for sockets.
    Target,
    /// `{target.http}`: the same for HTTP.
    TargetHttp,
    /// `{seq}`: 1, 2, … per connection.
    Seq,
    /// `{uuid}`
    Uuid,
    /// `{nonce}` is not one of these: the echo supplies it. `{now}`: RFC 3339.
    Now,
    /// `{now.ms}`
    NowMillis,
}

impl Reserved {
    /// All, with their names.
    pub const ALL: [(Reserved, &'static str); 12] = [
        (Reserved::Own, "self"),
        (Reserved::OwnLower, "self.lower"),
        (Reserved::OwnLabel, "self.label"),
        (Reserved::Peer, "peer"),
        (Reserved::Run, "run"),
        (Reserved::RunMark, "run.mark"),
        (Reserved::Target, "target"),
        (Reserved::TargetHttp, "target.http"),
        (Reserved::Seq, "seq"),
        (Reserved::Uuid, "uuid"),
        (Reserved::Now, "now"),
        (Reserved::NowMillis, "now.ms"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|&(known, _)| known == self).map_or("self", |(_, name)| name)
    }

    /// Made anew for each frame that is sent.
    pub fn generated(self) -> bool {
        match self {
            Reserved::Seq | Reserved::Uuid | Reserved::Now | Reserved::NowMillis => true,
            Reserved::Own
            | Reserved::OwnLower
            | Reserved::OwnLabel
            | Reserved::Peer
            | Reserved::Run
            | Reserved::RunMark
            | Reserved::Target
            | Reserved::TargetHttp => false,
        }
    }
}

impl Slots {
    /// The slot of a name, made where there is none yet.
    pub fn intern(&mut self, name: &str) -> SlotId {
        self.find(name).unwrap_or_else(|| {
            let reserved = Reserved::ALL.into_iter().find(|&(_, known)| known == name).map(|(reserved, _)| reserved);
            self.0.push(Slot {
                name: name.into(),
                reserved,
                opaque: false,
                kind: None,
                keep: false,
                reach: Reach::Connection,
                repeated: false,
                secret: false,
                made: None,
            });
            self.0.len() - 1
        })
    }

    /// Says of each name that is made of others what it is made of; these become names of the list too.
    pub fn make(&mut self, recipes: &Recipes) {
        let mut at = 0;
        while let Some(slot) = self.0.get(at) {
            if let Some((own, made)) = recipes.get(&*slot.name)
                && slot.reserved.is_none()
                && slot.made.is_none()
            {
                let mut filters = made.filters.clone();
                for key in filters.iter_mut().filter_map(Filter::key_mut) {
                    *key = self.intern(&own.0[*key].name);
                }
                let template = made.template.clone().moved(own, self);
                self.0[at].made = Some(Arc::new(Made { template, filters }));
            }
            at += 1;
        }
    }

    /// A name, or those of which it is made.
    pub fn parts(&self, slot: SlotId, visit: &mut dyn FnMut(SlotId)) {
        let Some(made) = &self.0[slot].made else { return visit(slot) };
        let keys = made.filters.iter().filter_map(|filter| filter.key());
        let holes = made.template.holes().filter(|hole| !hole.maybe && hole.default.is_none());
        holes.filter_map(|hole| hole.slot).chain(keys).for_each(|part| self.parts(part, visit));
    }

    /// The slot of a name.
    pub fn find(&self, name: &str) -> Option<SlotId> {
        self.0.iter().position(|slot| *slot.name == *name)
    }
}

/// What is known of a slot before a frame is looked at or made.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Given {
    /// The label says so, in these letters.
    Text(Box<str>),
    /// The label has this name for it.
    Name(Arc<str>),
    /// This value: from variables, from the participant, or from a frame that was sent.
    Value(Arc<Value>),
    /// Texts with anything before, between and behind them: from a pattern of `ignore`.
    Glob(Arc<[Box<str>]>),
}

/// The names of the diagram among what is given, each with its hole.
pub(in crate::wire) fn names<'a>(
    given: &'a [Option<Given>],
    slots: &'a Slots,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<str>)> {
    given.iter().zip(&slots.0).filter_map(|(given, slot)| match given {
        Some(Given::Name(name)) => Some((name, &slot.name)),
        Some(Given::Text(_) | Given::Value(_) | Given::Glob(_)) | None => None,
    })
}

/// What a label says of the slots: letters and names of the diagram.
pub(in crate::wire) fn hole_texts(given: &[Option<Given>]) -> impl Iterator<Item = &str> {
    given.iter().filter_map(|given| match given {
        Some(Given::Text(text)) => Some(&**text),
        Some(Given::Name(name)) => Some(&**name),
        Some(Given::Value(_) | Given::Glob(_)) | None => None,
    })
}

/// What is known of a slot while a frame is looked at.
#[derive(Clone, Debug)]
pub(in crate::wire) enum Known<'a> {
    /// These letters, of the slot's type.
    Text(&'a str),
    /// This value.
    Value(std::borrow::Cow<'a, Value>),
    /// Texts with anything around them.
    Glob(&'a [Box<str>]),
}

impl Known<'_> {
    /// Whether a value found in a frame is what is known.
    pub fn is(&self, found: &Value, kind: Option<Kind>) -> bool {
        match self {
            Known::Text(text) => match (kind, found) {
                (None, Value::String(found)) => found == text,
                (None, _) => false,
                (Some(Kind::Json), _) => super::open_eq(&super::typed(text, kind), found),
                (Some(_), _) => super::value_eq(&super::typed(text, kind), found),
            },
            Known::Value(value) => super::value_eq(value, found),
            Known::Glob(parts) => glob(parts, &super::value_text(found)),
        }
    }

    /// As it stands in a longer text; none where that is open.
    pub fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        match self {
            Known::Text(text) => Some((*text).into()),
            Known::Value(value) => Some(match &**value {
                Value::String(text) => text.as_str().into(),
                other => super::value_text(other).into(),
            }),
            Known::Glob(_) => None,
        }
    }
}

/// Whether a text is these parts with anything between them; the first and last are anchored.
pub(in crate::wire) fn glob(parts: &[Box<str>], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return true };
    let Some(mut rest) = text.strip_prefix(&**first) else { return false };
    for part in middle {
        let Some(at) = rest.find(&**part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(&**last)
}

/// The parts of a text of a label around what is left open; none where nothing is, and nothing to check (`Some(None)`)
/// where all is.
pub(in crate::wire) fn glob_parts(text: &str) -> Option<Option<Arc<[Box<str>]>>> {
    if !text.contains(super::WILD) {
        return None;
    }
    let parts: Arc<[Box<str>]> = text.split(super::WILD).map(Box::from).collect();
    Some(parts.iter().any(|part| !part.is_empty()).then_some(parts))
}
