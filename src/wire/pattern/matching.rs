//! From a value to what its holes hold.

use super::bytes::{self, BytePiece};
use super::filter::{filtered, from_hex, remember, to_hex, unfiltered};
use super::template::{self, Part};
use super::{Filter, Given, Hole, JsonText, Known, Members, Narrow, Pattern, Piece, Reserved, SlotId, Slots, Template};
use super::{value_eq, value_text};
use crate::wire::{Memory, Secrets};
use serde_json::{Map, Value};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;

/// One reading of a value.
pub(in crate::wire) struct Matching<'a> {
    /// The names.
    pub slots: &'a Slots,
    /// What the label, the participant and the variables say of them.
    pub given: &'a [Option<Given>],
    /// What the connection of this lifeline has seen; none where that is to be left aside.
    pub memory: Option<(&'a Memory, u32)>,
    /// Objects are closed, whatever the pattern says.
    pub closed: bool,
    /// Keep what every hole holds, not only what is needed.
    pub all: bool,
    /// Where what filters make of a secret is remembered.
    pub secrets: Option<&'a Secrets>,
    /// What the holes hold.
    pub found: SmallVec<[Option<Value>; 8]>,
}

static ANY: Narrow = Narrow::Any;

impl<'a> Matching<'a> {
    /// A reading for a rule with these names.
    pub fn new(slots: &'a Slots, given: &'a [Option<Given>], memory: Option<(&'a Memory, u32)>) -> Self {
        let found = smallvec![None; slots.0.len()];
        Matching { slots, given, memory, closed: false, all: false, secrets: None, found }
    }

    /// Another reading of the same rule that has found nothing yet.
    pub fn fresh(&self) -> Self {
        Matching { found: smallvec![None; self.slots.0.len()], ..*self }
    }

    /// What is known of a slot beforehand. Names of the diagram are not: they are judged when all has been read.
    pub fn known(&self, slot: SlotId) -> Option<Known<'a>> {
        let given = self.given.get(slot).and_then(Option::as_ref);
        // The label counts more than what is remembered, and so does what was sent for this very frame.
        let reserved = self.slots.0[slot].reserved.filter(|reserved| match given {
            None => true,
            Some(Given::Value(_)) => !reserved.generated(),
            Some(Given::Text(_) | Given::Name(_) | Given::Glob(_)) => false,
        });
        if let (Some(reserved), Some((memory, lifeline))) = (reserved, self.memory) {
            let remembered = match reserved {
                Reserved::OwnLower => memory
                    .hole(lifeline, Reserved::Own.name())
                    .map(|own| Cow::Owned(Value::String(value_text(own).to_lowercase()))),
                Reserved::Own
                | Reserved::OwnLabel
                | Reserved::Peer
                | Reserved::Run
                | Reserved::RunMark
                | Reserved::Target
                | Reserved::TargetHttp
                | Reserved::Seq
                | Reserved::Uuid
                | Reserved::Now
                | Reserved::NowMillis => memory.hole(lifeline, reserved.name()).map(Cow::Borrowed),
            };
            if let Some(value) = remembered {
                return Some(Known::Value(value));
            }
        }
        let Some(given) = given else { return self.made(slot) };
        match given {
            Given::Text(text) => Some(Known::Text(text)),
            Given::Value(value) => Some(Known::Value(Cow::Borrowed(value))),
            Given::Glob(parts) => Some(Known::Glob(parts)),
            Given::Name(_) => None,
        }
    }

    /// A value that is made of others, where all of these are known.
    fn made(&self, slot: SlotId) -> Option<Known<'a>> {
        let made = self.slots.0[slot].made.as_ref()?;
        let mut text = String::new();
        for piece in &made.template.pieces {
            match piece {
                Piece::Literal(letters) => text.push_str(letters),
                Piece::Hole(hole) => {
                    let part = hole.slot?;
                    let value = match self.known(part)? {
                        Known::Value(value) => value.into_owned(),
                        Known::Text(text) => super::typed(text, self.slots.0[part].kind),
                        Known::Glob(_) => return None,
                    };
                    text.push_str(&value_text(&self.forward(hole, value)?));
                }
            }
            if text.len() > super::LONGEST {
                return None;
            }
        }
        let key = |slot| self.known(slot).and_then(|known| known.text().map(Cow::into_owned));
        filtered(Value::String(text), &made.filters, &key).map(|value| Known::Value(Cow::Owned(value)))
    }

    /// Reads a value; false where it does not fit.
    pub fn value(&mut self, pattern: &Pattern, found: &Value) -> bool {
        match pattern {
            Pattern::Literal(want) => value_eq(want, found),
            Pattern::Hole(hole) => self.hole(hole, found),
            Pattern::Text(template) => found.as_str().is_some_and(|text| self.text(template, text)),
            Pattern::Object(members) => self.object(members, found),
            Pattern::Array { before, items, after } => {
                found.as_array().is_some_and(|found| self.array(*before, items, *after, found))
            }
            Pattern::List(list) => found.as_array().is_some_and(|found| self.list_of(list, found)),
            Pattern::Json(json) => found.as_str().is_some_and(|text| self.json(json, text)),
            Pattern::Base64(template) => {
                let text = found.as_str().and_then(|text| unfiltered(&Value::from(text), &[Filter::Base64]));
                text.as_ref().and_then(Value::as_str).is_some_and(|text| self.text(template, text))
            }
            Pattern::Bytes(pieces) => bytes::to_bytes(found).is_some_and(|found| self.bytes(pieces, &found)),
        }
    }

    /// JSON within a text: of the places where it could begin, the first at which all fits.
    fn json(&mut self, json: &JsonText, text: &str) -> bool {
        if json.before.as_ref().is_some_and(|before| !text.starts_with(before.prefix())) {
            return false;
        }
        for (letters, found) in json.parts(text) {
            let kept = self.found.clone();
            if json.before.as_ref().is_none_or(|before| self.text(before, letters)) && self.value(&json.inner, &found) {
                return true;
            }
            self.found = kept;
        }
        false
    }

    fn object(&mut self, members: &Members, found: &Value) -> bool {
        let Some(found) = found.as_object() else { return false };
        let mut left_out = 0;
        let fits = members.list.iter().all(|(name, pattern)| match member(found, name) {
            Some(found) => self.value(pattern, found),
            None => {
                left_out += 1;
                self.may_lack(pattern)
            }
        });
        fits && (!(members.closed || self.closed) || found.len() + left_out == members.count())
            && (members.named.is_empty() || self.named(members, found))
    }

    /// Whether a member that is not there need not be: `{x?}`, where nothing says what it is.
    pub(super) fn may_lack(&self, pattern: &Pattern) -> bool {
        let mut said = false;
        if pattern.is_maybe() {
            pattern.holes(&mut |hole| said |= hole.maybe && hole.slot.is_some_and(|slot| self.known(slot).is_some()));
        }
        pattern.is_maybe() && !said
    }

    /// Members whose names have holes: each is the first member that fits and that nothing before it has taken.
    fn named(&mut self, members: &Members, found: &Map<String, Value>) -> bool {
        let mut taken: SmallVec<[&str; 4]> = SmallVec::new();
        members.named.iter().all(|(name, pattern)| {
            let member = self.member(members, name, Some(pattern), found, &taken);
            taken.extend(member);
            member.is_some()
        })
    }

    /// The first member that nothing has taken yet and whose name fits, and its value where a pattern is given.
    pub(super) fn member<'v>(
        &mut self,
        members: &Members,
        name: &Template,
        pattern: Option<&Pattern>,
        found: &'v Map<String, Value>,
        taken: &[&str],
    ) -> Option<&'v str> {
        found.iter().filter(|(known, _)| !members.has(known) && !taken.contains(&&***known)).find_map(
            |(known, value)| {
                let kept = self.found.clone();
                if self.text(name, known) && pattern.is_none_or(|pattern| self.value(pattern, value)) {
                    return Some(&**known);
                }
                self.found = kept;
                None
            },
        )
    }

    fn array(&mut self, before: bool, items: &[Pattern], after: bool, found: &[Value]) -> bool {
        let Some(spare) = found.len().checked_sub(items.len()) else { return false };
        if spare > 0 && !before && !after {
            return false;
        }
        let starts = match (before, after) {
            (false, _) => 0..=0,
            (true, false) => spare..=spare,
            (true, true) => 0..=spare,
        };
        for start in starts {
            let kept = (before && after).then(|| self.found.clone());
            if items.iter().zip(&found[start..]).all(|(item, found)| self.value(item, found)) {
                return true;
            }
            if let Some(kept) = kept {
                self.found = kept;
            }
        }
        false
    }

    fn hole(&mut self, hole: &Hole, found: &Value) -> bool {
        let Some(slot) = hole.slot else { return hole.narrow.takes(found) || hole.null && found.is_null() };
        let kind = self.slots.0[slot].kind;
        if hole.null && found.is_null() {
            let said = self.known(slot).map(|known| known.text().is_some_and(|text| text == "null"));
            return said.unwrap_or_else(|| self.take(slot, Cow::Borrowed(found)));
        }
        if hole.filters.is_empty() && hole.plus == 0 {
            return match self.known(slot) {
                Some(known) => known.is(found, kind),
                None => {
                    let narrowed = match hole.narrow {
                        Narrow::Any => kind.is_none_or(|kind| Narrow::Kind(kind).takes(found)),
                        _ => hole.narrow.takes(found),
                    };
                    narrowed && self.take(slot, Cow::Borrowed(found))
                }
            };
        }
        if let Some(known) = self.known(slot) {
            let Some(text) = known.text() else { return true };
            let value = match &known {
                Known::Value(value) => (**value).clone(),
                Known::Text(_) | Known::Glob(_) => super::typed(&text, kind),
            };
            return match self.forward(hole, value) {
                Some(want) => value_eq(&want, found) || value_text(&want) == value_text(found) && found.is_string(),
                None => true,
            };
        }
        if !hole.filters.iter().all(|filter| filter.inverts()) {
            return true;
        }
        match self.backward(hole, found) {
            Some(value) => hole.narrow.takes(&value) && self.take(slot, Cow::Owned(value)),
            None => false,
        }
    }

    /// What a hole makes of its value; none where a key is not known.
    pub(super) fn forward(&self, hole: &Hole, value: Value) -> Option<Value> {
        let value = if hole.plus == 0 { value } else { super::build::plus(&value, hole.plus)? };
        let key = |slot| self.known(slot).and_then(|known| known.text().map(Cow::into_owned));
        if let Some(secrets) = self.secrets {
            remember(secrets, &value, &hole.filters, &key);
        }
        filtered(value, &hole.filters, &key)
    }

    /// The value of which a hole made what was found.
    fn backward(&self, hole: &Hole, found: &Value) -> Option<Value> {
        let value = match (unfiltered(found, &hole.filters)?, hole.slot.and_then(|slot| self.slots.0[slot].kind)) {
            (Value::String(text), Some(kind)) if !hole.filters.is_empty() => super::typed(&text, Some(kind)),
            (value, _) => value,
        };
        if hole.plus == 0 { Some(value) } else { super::build::plus(&value, hole.plus.checked_neg()?) }
    }

    /// A text with holes.
    pub fn text(&mut self, template: &Template, text: &str) -> bool {
        let mut parts = Vec::with_capacity(template.pieces.len());
        for (index, piece) in template.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(letters) => parts.push(Part::Letters(Cow::Borrowed(&**letters))),
                Piece::Hole(hole) => {
                    let letters = hole.slot.and_then(|slot| self.known(slot)).and_then(|known| {
                        let text = known.text()?.into_owned();
                        if hole.filters.is_empty() && hole.plus == 0 {
                            return Some(text);
                        }
                        self.forward(hole, Value::String(text)).map(|value| value_text(&value))
                    });
                    if letters.as_ref().is_some_and(String::is_empty) {
                        continue;
                    }
                    parts.push(match letters {
                        Some(letters) => Part::Letters(Cow::Owned(letters)),
                        // What narrows a hole is said of its value, not of what filters make of it.
                        None => Part::Free {
                            narrow: if hole.filters.is_empty() { &hole.narrow } else { &ANY },
                            empty: hole.empty,
                            piece: index,
                        },
                    });
                }
            }
        }
        let Some(taken) = template::search(&parts, text) else { return false };
        taken.into_iter().all(|(piece, taken)| match &template.pieces[piece] {
            Piece::Literal(_) => true,
            Piece::Hole(hole) => self.taken(hole, taken),
        })
    }

    /// What a hole within a text took.
    fn taken(&mut self, hole: &Hole, text: &str) -> bool {
        let Some(slot) = hole.slot else { return true };
        if let Some(Known::Glob(parts)) = self.known(slot) {
            return super::slots::glob(parts, text);
        }
        if !hole.filters.iter().all(|filter| filter.inverts()) {
            return true;
        }
        match self.backward(hole, &Value::String(text.to_owned())) {
            Some(value) => self.take(slot, Cow::Owned(value)),
            None => false,
        }
    }

    fn bytes(&mut self, pieces: &[BytePiece], found: &[u8]) -> bool {
        let mut parts = Vec::with_capacity(pieces.len());
        for (index, piece) in pieces.iter().enumerate() {
            let known = match piece {
                BytePiece::Literal(literal) => Some(literal.clone()),
                BytePiece::Hole(hole) => hole.slot.and_then(|slot| self.known(slot)).and_then(|known| {
                    let text = known.text()?;
                    if bytes::is_text(hole) {
                        Some(text.into_owned().into_bytes())
                    } else if hole.filters.is_empty() && hole.plus == 0 {
                        from_hex(&text)
                    } else {
                        from_hex(&value_text(&self.forward(hole, Value::String(text.into_owned()))?))
                    }
                }),
            };
            parts.push(match known {
                Some(known) => bytes::letters(&known),
                None => match piece {
                    BytePiece::Hole(hole) => {
                        Part::Free { narrow: bytes::narrow(hole), empty: !bytes::is_number(hole), piece: index }
                    }
                    BytePiece::Literal(_) => Part::Free { narrow: &ANY, empty: true, piece: index },
                },
            });
        }
        let spaced = bytes::spaced(found);
        let Some(taken) = template::search(&parts, &spaced) else { return false };
        taken.into_iter().all(|(piece, taken)| {
            let (BytePiece::Hole(hole), Some(taken)) = (&pieces[piece], bytes::unspaced(taken)) else { return false };
            let Some(slot) = hole.slot else { return true };
            if !bytes::is_text(hole) && !hole.filters.is_empty() {
                let digits = Value::String(to_hex(&taken));
                let inverts = hole.filters.iter().all(|filter| filter.inverts());
                let value = if inverts { self.backward(hole, &digits) } else { return true };
                return value.is_some_and(|value| hole.narrow.takes(&value) && self.take(slot, Cow::Owned(value)));
            }
            let text = if bytes::is_text(hole) { String::from_utf8(taken).ok() } else { Some(to_hex(&taken)) };
            text.is_some_and(|text| hole.narrow.takes_text(&text) && self.take(slot, Cow::Owned(Value::String(text))))
        })
    }

    /// A slot takes a value; the same slot twice is the same value.
    fn take(&mut self, slot: SlotId, value: Cow<'_, Value>) -> bool {
        let known = &self.slots.0[slot];
        match &self.found[slot] {
            // A number that also stands within a text is the same value.
            Some(before) => {
                value_eq(before, &value) || known.kind.is_some() && value_text(before) == value_text(&value)
            }
            None => {
                if self.all || known.keep || known.opaque || known.repeated || known.secret {
                    self.found[slot] = Some(value.into_owned());
                }
                true
            }
        }
    }
}

/// Members of which no more are looked through one after the other.
const FEW: usize = 8;

/// A member of an object. Most messages have a handful, and hashing a name costs more than comparing it with those.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if object.len() > FEW {
        return object.get(name);
    }
    object.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
