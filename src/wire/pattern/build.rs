//! From what the holes hold to a value.

use super::bytes::{self, BytePiece};
use super::filter::{filtered, from_hex, remember};
use super::{Filter, Hole, Pattern, Piece, SlotId, Slots, Template, value_text};
use crate::wire::Secrets;
use serde_json::{Map, Value};
use std::fmt;

/// Why a frame cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// A hole has no value.
    NoValue {
        /// The hole.
        hole: String,
        /// The name that the diagram has for it, where it has one.
        name: Option<String>,
    },
    /// `{v+1}` of something that is no integer.
    NotInteger {
        /// The hole.
        hole: String,
        /// Its value.
        value: String,
    },
    /// A filter for numbers or bytes of something that is neither, or has no room.
    NotWritable {
        /// The hole.
        hole: String,
        /// Its value.
        value: String,
    },
    /// `$hex` of something that is not pairs of hexadecimal digits.
    NotHex {
        /// The hole.
        hole: String,
        /// Its value.
        value: String,
    },
    /// A text beyond the limit on the length of a value.
    TooLong,
    /// An address that leads to somebody else than the target, of a binding that is not trusted.
    Abroad {
        /// The address.
        url: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoValue { hole, name: Some(name) } => {
                write!(f, "`{name}` has no value yet: this client has received no frame with a `{hole}`")
            }
            BuildError::NoValue { hole, name: None } => {
                write!(
                    f,
                    "`{{{hole}}}` has no value: it is in no frame that this client has received, and no variable sets \
                     it"
                )
            }
            BuildError::NotInteger { hole, value } => {
                write!(f, "`{{{hole}}}` is `{value}`, which is not an integer to calculate with")
            }
            BuildError::NotWritable { hole, value } => {
                write!(
                    f,
                    "the filters of `{{{hole}}}` cannot convert `{value}`: it has the wrong type, or it is too large"
                )
            }
            BuildError::NotHex { hole, value } => {
                write!(f, "`{{{hole}}}` is `{value}`, which does not consist of pairs of hexadecimal digits")
            }
            BuildError::TooLong => f.write_str("limit on the length of a value reached: 16 MiB"),
            BuildError::Abroad { url } => {
                write!(f, "`{url}` is not an address of the target, and the binding is not trusted (--trust)")
            }
        }
    }
}

impl std::error::Error for BuildError {}

impl BuildError {
    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            BuildError::NoValue { .. }
            | BuildError::NotInteger { .. }
            | BuildError::NotWritable { .. }
            | BuildError::NotHex { .. }
            | BuildError::TooLong => {
                "set the value with --var NAME=VALUE, or draw a message above that gives the client this value"
            }
            BuildError::Abroad { .. } => "read the binding, and then trust it: --trust PATH",
        }
    }
}

/// One frame (or several that belong together) being built: a slot has one value in all of them.
pub(in crate::wire) struct Building<'a> {
    /// The names.
    pub slots: &'a Slots,
    /// Where the values come from.
    pub source: &'a mut dyn FnMut(SlotId) -> Result<Value, BuildError>,
    /// The values so far.
    pub values: Vec<Option<Value>>,
    /// Where what filters make of a secret is remembered.
    pub secrets: Option<&'a Secrets>,
}

impl<'a> Building<'a> {
    /// With no value yet.
    pub fn new(
        slots: &'a Slots,
        source: &'a mut dyn FnMut(SlotId) -> Result<Value, BuildError>,
        secrets: Option<&'a Secrets>,
    ) -> Building<'a> {
        Building { slots, source, values: vec![None; slots.0.len()], secrets }
    }

    /// Builds a value.
    pub fn value(&mut self, pattern: &Pattern) -> Result<Value, BuildError> {
        Ok(match pattern {
            Pattern::Literal(value) => value.clone(),
            Pattern::Hole(hole) => self.hole(hole)?,
            Pattern::Text(template) => Value::String(self.text(template)?),
            Pattern::Object(members) => {
                let mut map = Map::new();
                for (name, pattern) in &members.list {
                    if let Some(value) = self.unless_left_out(pattern.is_maybe(), |this| this.value(pattern))? {
                        map.insert(String::from(&**name), value);
                    }
                }
                for (name, pattern) in &members.named {
                    if let Some(value) = self.unless_left_out(pattern.is_maybe(), |this| this.value(pattern))? {
                        map.insert(self.text(name)?, value);
                    }
                }
                Value::Object(map)
            }
            Pattern::Array { items, .. } => items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            Pattern::List(list) => list.items().map(|item| self.value(item)).collect::<Result<_, _>>()?,
            Pattern::Json(json) => {
                let before = json.before.as_ref().map(|before| self.text(before)).transpose()?.unwrap_or_default();
                Value::String(format!("{before}{}", self.value(&json.inner)?))
            }
            Pattern::Base64(template) => {
                let text = Value::String(self.text(template)?);
                self.secrets.into_iter().for_each(|secrets| remember(secrets, &text, &[Filter::Base64], &|_| None));
                filtered(text, &[Filter::Base64], &|_| None).unwrap_or_default()
            }
            Pattern::Bytes(pieces) => bytes::from_bytes(&self.bytes(pieces)?),
        })
    }

    /// Something that is left out where it may be (`{x?}`) and a hole of it has no value.
    pub fn unless_left_out<T>(
        &mut self,
        maybe: bool,
        build: impl FnOnce(&mut Self) -> Result<T, BuildError>,
    ) -> Result<Option<T>, BuildError> {
        match build(self) {
            Err(BuildError::NoValue { .. }) if maybe => Ok(None),
            built => built.map(Some),
        }
    }

    /// Texts with names, such as headers; those that have no value and need none are left out.
    pub fn texts(&mut self, list: &[(String, Template)]) -> Result<Vec<(String, String)>, BuildError> {
        let mut out = Vec::new();
        for (name, template) in list {
            let text = self.unless_left_out(template.is_maybe(), |this| this.text(template))?;
            out.extend(text.map(|text| (name.clone(), text)));
        }
        Ok(out)
    }

    /// Builds a text.
    pub fn text(&mut self, template: &Template) -> Result<String, BuildError> {
        let mut out = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Hole(hole) => out.push_str(&value_text(&self.hole(hole)?)),
            }
            if out.len() > super::LONGEST {
                return Err(BuildError::TooLong);
            }
        }
        Ok(out)
    }

    /// Builds bytes.
    pub fn bytes(&mut self, pieces: &[BytePiece]) -> Result<Vec<u8>, BuildError> {
        let mut out = Vec::new();
        for piece in pieces {
            match piece {
                BytePiece::Literal(bytes) => out.extend_from_slice(bytes),
                BytePiece::Hole(hole) => {
                    let value = value_text(&self.hole(hole)?);
                    if bytes::is_text(hole) {
                        out.extend_from_slice(value.as_bytes());
                    } else {
                        let hole = self.name(hole);
                        out.extend(from_hex(&value).ok_or(BuildError::NotHex { hole, value })?);
                    }
                }
            }
        }
        Ok(out)
    }

    fn hole(&mut self, hole: &Hole) -> Result<Value, BuildError> {
        let Some(slot) = hole.slot else { return Err(BuildError::NoValue { hole: "_".to_owned(), name: None }) };
        let mut value = match (self.slot(slot), &hole.default) {
            (Err(BuildError::NoValue { .. }), Some(default)) => super::typed(default, self.slots.0[slot].kind),
            (value, _) => value?,
        };
        if hole.plus != 0 {
            value = match plus(&value, hole.plus) {
                Some(sum) => {
                    self.secrets
                        .filter(|all| all.are_in(&value_text(&value)))
                        .into_iter()
                        .for_each(|all| all.derived(&sum));
                    sum
                }
                None => return Err(BuildError::NotInteger { hole: self.name(hole), value: value_text(&value) }),
            };
        }
        self.through(value, &hole.filters, hole.slot)
    }

    /// What filters make of a value.
    fn through(&mut self, value: Value, filters: &[Filter], slot: Option<SlotId>) -> Result<Value, BuildError> {
        if filters.is_empty() {
            return Ok(value);
        }
        // Keys first: a filter asks for its key, but cannot say that there is none.
        for filter in filters {
            if let Some(key) = filter.key() {
                self.slot(key)?;
            }
        }
        let values = &self.values;
        let key = |slot: SlotId| values[slot].as_ref().map(value_text);
        self.secrets.into_iter().for_each(|secrets| remember(secrets, &value, filters, &key));
        let shown = value_text(&value);
        // All keys are there: what is left is a number that does not fit, and a text that is too long.
        filtered(value, filters, &key).ok_or_else(|| BuildError::NotWritable { hole: self.named(slot), value: shown })
    }

    /// The value of a slot, asked for once.
    pub fn slot(&mut self, slot: SlotId) -> Result<Value, BuildError> {
        if let Some(value) = &self.values[slot] {
            return Ok(value.clone());
        }
        let value = match ((self.source)(slot), self.slots.0[slot].made.clone()) {
            (Err(BuildError::NoValue { .. }), Some(made)) => self.made(slot, &made)?,
            (value, _) => value?,
        };
        self.values[slot] = Some(value.clone());
        Ok(value)
    }

    /// A value that is made of others.
    fn made(&mut self, slot: SlotId, made: &super::Made) -> Result<Value, BuildError> {
        let text = Value::String(self.text(&made.template)?);
        let value = self.through(text, &made.filters, Some(slot))?;
        if self.slots.0[slot].secret {
            self.secrets.into_iter().for_each(|secrets| secrets.given(&value));
        }
        Ok(value)
    }

    fn name(&self, hole: &Hole) -> String {
        self.named(hole.slot)
    }

    fn named(&self, slot: Option<SlotId>) -> String {
        slot.map_or_else(|| "_".to_owned(), |slot| self.slots.0[slot].name.to_string())
    }
}

/// An integer, or a text that spells one, and so much more.
pub(in crate::wire) fn plus(value: &Value, more: i64) -> Option<Value> {
    match value {
        Value::Number(number) => number.as_i64()?.checked_add(more).map(Value::from),
        Value::String(text) => text.parse::<i64>().ok()?.checked_add(more).map(|sum| Value::String(sum.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
