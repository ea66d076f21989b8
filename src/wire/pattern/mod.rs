//! Patterns: values with holes, read both ways.
//!
//! [`Template`] is a text with holes (a label, a string of a frame), [`Pattern`] a whole value; both are made of
//! [`Hole`]s, and a hole is a slot of its rule ([`Slots`]), narrowed ([`Narrow`]) and filtered ([`Filter`]).
//! [`matching`] reads a value through a pattern, [`build`] makes one, [`diff`] says where a value differs.

pub(super) mod build;
pub(super) mod bytes;
pub(super) mod diff;
mod filter;
mod hole;
mod list;
pub(super) mod lock;
pub(super) mod matching;
mod narrow;
mod parse;
mod rfc3339;
mod sample;
mod secret;
mod slots;
mod template;
#[cfg(test)]
mod tests;
mod unify;
mod value;

pub use filter::Filter;
pub(super) use filter::from_hex;
pub(super) use hole::Hole;
use hole::read_hole;
pub(super) use list::ListOf;
pub(super) use narrow::{Kind, Narrow, WILD};
pub(super) use parse::PatternReader;
pub(super) use rfc3339::{is_rfc3339, rfc3339};
pub(super) use slots::{
    Given, Known, Made, Recipes, Reserved, Slot, SlotId, Slots, glob, glob_parts, hole_texts, names,
};
pub(super) use template::{Part, Piece, Template, folded, search_as};
pub(super) use unify::{Side, may_unify, takes_all};
pub(super) use value::{Path, Step, open_eq, typed, value_eq, value_text};

use crate::wire::read_json;
use serde_json::Value;

/// No text that is made of values is longer, in bytes: no frame is.
pub(super) const LONGEST: usize = 16 << 20;

/// How the names of slots begin that stand for `{_}`.
pub(super) const UNNAMED: char = '\u{1}';

/// A value with holes.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// This very value; numbers compare as numbers.
    Literal(Value),
    /// Any value that the hole takes.
    Hole(Hole),
    /// A string with holes in it.
    Text(Template),
    /// An object.
    Object(Members),
    /// An array.
    Array {
        /// More elements are allowed before.
        before: bool,
        /// The elements.
        items: Vec<Pattern>,
        /// More elements are allowed behind.
        after: bool,
    },
    /// `$set` and `$each`: an array whose elements stand in no order, or are all alike.
    List(ListOf),
    /// `$json`: JSON inside a string.
    Json(JsonText),
    /// `$base64`: text inside Base64.
    Base64(Template),
    /// `$hex`: bytes.
    Bytes(Vec<bytes::BytePiece>),
}

/// A string that is JSON, behind other letters where `$before` says so.
#[derive(Clone, Debug)]
pub(super) struct JsonText {
    /// What stands before the JSON.
    pub before: Option<Template>,
    /// The JSON.
    pub inner: Box<Pattern>,
}

impl JsonText {
    /// Every way to part a text into the letters before and the JSON behind them. Behind letters it is an object, an
    /// array or a string: where a number begins nobody could say.
    pub fn parts<'t>(&self, text: &'t str) -> impl Iterator<Item = (&'t str, Value)> {
        let behind = self.before.is_some();
        let starts = text.char_indices().map(|(at, c)| (at, matches!(c, '{' | '[' | '"')));
        let starts = starts.filter(move |&(_, opens)| behind && opens).map(|(at, _)| at).take(MOST_STARTS);
        (!behind).then_some(0).into_iter().chain(starts).filter_map(|at| {
            let value = read_json(&text[at..])?;
            Some((&text[..at], value))
        })
    }
}

/// In how many places of one text the JSON behind letters may begin.
const MOST_STARTS: usize = 64;

/// The members of an object.
#[derive(Clone, Debug)]
pub(super) struct Members {
    /// Those whose name is fixed, in the order in which they were written.
    pub list: Vec<(Box<str>, Pattern)>,
    /// Those whose name has holes: `"{user}" = { … }`. Each is another member than all the rest.
    pub named: Vec<(Template, Pattern)>,
    /// No further members are allowed.
    pub closed: bool,
}

impl Members {
    /// What its members are to be.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.list.iter().map(|(_, pattern)| pattern).chain(self.named.iter().map(|(_, pattern)| pattern))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len() + self.named.len()
    }

    /// Whether a member of this name is one of those whose name is fixed.
    pub fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(known, _)| **known == *name)
    }
}

impl Pattern {
    /// The same where nothing but a text can stand, as in a header or in the data of an event: a number is its digits there,
    /// also that of a hole which is a number elsewhere, and a table or a list is the JSON that is written of it.
    pub fn of_text(self) -> Pattern {
        match self {
            // The whole of a text may be empty, what stands within one only where it says so.
            Pattern::Hole(hole) => Pattern::Text(Template { pieces: vec![Piece::Hole(Hole { empty: true, ..hole })] }),
            Pattern::Literal(value @ (Value::Number(_) | Value::Bool(_))) => {
                Pattern::Literal(value_text(&value).into())
            }
            Pattern::Object(_) | Pattern::Array { .. } | Pattern::List(_) | Pattern::Literal(Value::Object(_)) => {
                Pattern::Json(JsonText { before: None, inner: Box::new(self) })
            }
            Pattern::Literal(Value::Array(_)) => Pattern::Json(JsonText { before: None, inner: Box::new(self) }),
            Pattern::Literal(Value::Null | Value::String(_)) | Pattern::Text(_) => self,
            Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => self,
        }
    }

    /// The same of a body that is a text, as it is read: one that is JSON is that JSON, whoever wrote it as a text.
    pub fn of_body(self) -> Pattern {
        match self {
            Pattern::Literal(Value::String(text)) => match read_json(&text) {
                Some(value) => Pattern::Literal(value),
                None => Pattern::Literal(Value::String(text)).of_letters(),
            },
            Pattern::Json(JsonText { before: None, inner }) => *inner,
            other => other,
        }
    }

    /// The same of a text that is written as it is, without the quotes that JSON has.
    pub fn of_letters(self) -> Pattern {
        match self {
            Pattern::Literal(Value::String(text)) if !text.is_empty() => {
                Pattern::Text(Template { pieces: vec![Piece::Literal(text.into())] })
            }
            other => other,
        }
    }

    /// The same as an answer is written: a text that is JSON (see [`Pattern::of_letters`]) has its quotes.
    pub fn of_answer(self) -> Pattern {
        let quoted = |inner: Pattern| match &inner {
            Pattern::Literal(Value::String(text)) if text.is_empty() => inner,
            Pattern::Literal(Value::String(_) | Value::Null) => {
                Pattern::Json(JsonText { before: None, inner: Box::new(inner) })
            }
            _ => inner,
        };
        match self {
            Pattern::Object(mut members) => {
                let list = members.list.into_iter();
                members.list = list
                    .map(|(name, inner)| if &*name == "body" { (name, quoted(inner)) } else { (name, inner) })
                    .collect();
                Pattern::Object(members)
            }
            other => other,
        }
    }

    /// Whether it need not be there: it has a hole `{x?}` for which nothing gives a value.
    pub fn is_maybe(&self) -> bool {
        match self {
            Pattern::Hole(hole) => hole.maybe,
            Pattern::Text(template) => template.is_maybe(),
            Pattern::Literal(_) | Pattern::Object(_) | Pattern::Array { .. } | Pattern::List(_) => false,
            Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => false,
        }
    }

    /// Whether it is an object that names this member.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Pattern::Object(members) => members.has(name),
            Pattern::Literal(_) | Pattern::Hole(_) | Pattern::Text(_) | Pattern::Array { .. } => false,
            Pattern::List(_) | Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => false,
        }
    }

    /// How many literal members it has: what decides which rule names a frame.
    pub fn literals(&self) -> u32 {
        match self {
            Pattern::Literal(_) => 1,
            Pattern::Hole(_) => 0,
            Pattern::Text(template) => u32::from(template.literal_chars() > 0),
            Pattern::Object(members) => members.patterns().map(Pattern::literals).sum(),
            Pattern::Array { items, .. } => items.iter().map(Pattern::literals).sum(),
            Pattern::List(list) => list.items().map(Pattern::literals).sum(),
            Pattern::Json(text) => {
                let before = text.before.as_ref().is_some_and(|before| before.literal_chars() > 0);
                u32::from(before) + text.inner.literals()
            }
            Pattern::Base64(template) => u32::from(template.literal_chars() > 0),
            Pattern::Bytes(pieces) => {
                u32::from(pieces.iter().any(|piece| matches!(piece, bytes::BytePiece::Literal(_))))
            }
        }
    }

    /// How many places of a frame it takes or wants: of rules with equally many literal members, what decides.
    pub fn places(&self) -> u32 {
        match self {
            Pattern::Literal(_) | Pattern::Text(_) | Pattern::Base64(_) | Pattern::Bytes(_) => 1,
            Pattern::Hole(hole) => u32::from(!hole.maybe),
            Pattern::Object(members) => members.patterns().map(Pattern::places).sum(),
            Pattern::Array { items, .. } => items.iter().map(Pattern::places).sum(),
            Pattern::List(list) => list.items().map(Pattern::places).sum(),
            Pattern::Json(text) => text.inner.places(),
        }
    }

    /// The literal at a place.
    pub fn literal_at(&self, path: &Path) -> Option<&Value> {
        let there = path.0.iter().try_fold(self, |pattern, step| match (pattern, step) {
            (Pattern::Object(members), Step::Member(name)) => {
                members.list.iter().find(|(known, _)| known == name).map(|(_, inner)| inner)
            }
            (Pattern::Array { before: false, items, .. }, Step::Element(index)) => items.get(*index),
            (
                Pattern::Object(_)
                | Pattern::Array { .. }
                | Pattern::List(_)
                | Pattern::Literal(_)
                | Pattern::Hole(_)
                | Pattern::Text(_)
                | Pattern::Json(_)
                | Pattern::Base64(_)
                | Pattern::Bytes(_),
                _,
            ) => None,
        })?;
        match there {
            Pattern::Literal(value) => Some(value),
            Pattern::Object(_)
            | Pattern::Array { .. }
            | Pattern::List(_)
            | Pattern::Hole(_)
            | Pattern::Text(_)
            | Pattern::Json(_)
            | Pattern::Base64(_)
            | Pattern::Bytes(_) => None,
        }
    }

    /// Every hole in it.
    pub fn holes<'a>(&'a self, visit: &mut dyn FnMut(&'a Hole)) {
        match self {
            Pattern::Literal(_) => {}
            Pattern::Hole(hole) => visit(hole),
            Pattern::Text(template) | Pattern::Base64(template) => template.holes().for_each(visit),
            Pattern::Object(members) => {
                members.named.iter().flat_map(|(name, _)| name.holes()).for_each(&mut *visit);
                members.patterns().for_each(|pattern| pattern.holes(visit));
            }
            Pattern::Array { items, .. } => items.iter().for_each(|pattern| pattern.holes(visit)),
            Pattern::List(list) => list.items().for_each(|pattern| pattern.holes(visit)),
            Pattern::Json(text) => {
                text.before.iter().flat_map(Template::holes).for_each(&mut *visit);
                text.inner.holes(visit);
            }
            Pattern::Bytes(pieces) => pieces.iter().for_each(|piece| match piece {
                bytes::BytePiece::Literal(_) => {}
                bytes::BytePiece::Hole(hole) => visit(hole),
            }),
        }
    }
}
