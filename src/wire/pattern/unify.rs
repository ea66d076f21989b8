use super::matching::Matching;
use super::{Given, Hole, Kind, Narrow, Pattern, Piece, Reserved, Slots, Template, typed, value_eq, value_text};
use serde_json::Value;

/// A pattern and what is given of its holes.
#[derive(Clone, Copy)]
pub(in crate::wire) struct Side<'a> {
    pub slots: &'a Slots,
    pub given: &'a [Option<Given>],
}

/// Whether some value could fit both. Says yes where it does not know.
pub(in crate::wire) fn may_unify(a: &Pattern, left: Side<'_>, b: &Pattern, right: Side<'_>) -> bool {
    if let (Some(a), Some(b)) = (left.fixed(a), right.fixed(b)) {
        return value_eq(&a, &b);
    }
    if let (Some(a), Some(b)) = (left.text(a), right.text(b)) {
        return a.may_equal(&b);
    }
    match (a, b) {
        (Pattern::Object(a), Pattern::Object(b)) => a.list.iter().all(|(name, a)| {
            b.list.iter().find(|(other, _)| other == name).is_none_or(|(_, b)| may_unify(a, left, b, right))
        }),
        (
            Pattern::Array { before: false, items: a, after: more_a },
            Pattern::Array { before: false, items: b, after: more_b },
        ) => {
            (*more_a || a.len() >= b.len())
                && (*more_b || b.len() >= a.len())
                && a.iter().zip(b).all(|(a, b)| may_unify(a, left, b, right))
        }
        (Pattern::Json(a), Pattern::Json(b)) => {
            let prefix = |text: &super::JsonText| text.before.as_ref().map(|before| before.prefix().to_owned());
            let (x, y) = (prefix(a).unwrap_or_default(), prefix(b).unwrap_or_default());
            (x.starts_with(&y) || y.starts_with(&x)) && may_unify(&a.inner, left, &b.inner, right)
        }
        (Pattern::Hole(hole), other) => left.admits(hole, other, right),
        (other, Pattern::Hole(hole)) => right.admits(hole, other, left),
        (Pattern::Text(_), Pattern::Literal(value)) | (Pattern::Literal(value), Pattern::Text(_)) => value.is_string(),
        (Pattern::Literal(a), Pattern::Literal(b)) => value_eq(a, b),
        (
            Pattern::Object(_) | Pattern::Array { .. } | Pattern::Literal(_),
            Pattern::Object(_) | Pattern::Array { .. } | Pattern::Literal(_),
        ) => {
            matches!((a, b), (Pattern::Array { .. }, Pattern::Array { .. }))
        }
        (Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) | Pattern::Text(_) | Pattern::List(_), _)
        | (_, Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) | Pattern::Text(_) | Pattern::List(_)) => true,
    }
}

/// Whether every value that fits the narrower pattern fits the wider one too. Says no where it does not know.
pub(in crate::wire) fn takes_all(wide: &Pattern, left: Side<'_>, narrow: &Pattern, right: Side<'_>) -> bool {
    if let Some(value) = right.fixed(narrow) {
        return left.takes(wide, &value);
    }
    match (wide, narrow) {
        (Pattern::Hole(hole), _) => {
            let slot = hole.slot.map(|slot| &left.slots.0[slot]);
            let known = hole.slot.and_then(|slot| left.given.get(slot)).is_some_and(Option::is_some);
            let free = slot.is_none_or(|slot| !slot.repeated && slot.kind.is_none() && slot.reserved.is_none());
            free && !known && matches!(hole.narrow, Narrow::Any) && hole.filters.is_empty()
        }
        (Pattern::Object(wide), Pattern::Object(narrow)) => {
            !wide.closed
                && wide.named.is_empty()
                && wide.list.iter().all(|(name, wide)| {
                    let there = narrow.list.iter().find(|(other, _)| other == name);
                    there.is_some_and(|(_, narrow)| {
                        (wide.is_maybe() || !narrow.is_maybe()) && takes_all(wide, left, narrow, right)
                    })
                })
        }
        (
            Pattern::Array { before: false, items: wide, after },
            Pattern::Array { before: false, items: narrow, after: more },
        ) => {
            (*after && wide.len() <= narrow.len() || !after && !more && wide.len() == narrow.len())
                && wide.iter().zip(narrow).all(|(wide, narrow)| takes_all(wide, left, narrow, right))
        }
        (Pattern::Json(wide), Pattern::Json(narrow)) if wide.before.is_none() && narrow.before.is_none() => {
            takes_all(&wide.inner, left, &narrow.inner, right)
        }
        (
            Pattern::Literal(_)
            | Pattern::Text(_)
            | Pattern::Object(_)
            | Pattern::Array { .. }
            | Pattern::List(_)
            | Pattern::Json(_)
            | Pattern::Base64(_)
            | Pattern::Bytes(_),
            _,
        ) => false,
    }
}

/// How a text begins, as far as that is known, and where it ends if all of it is.
struct Known {
    begin: String,
    whole: bool,
    /// It ends in the mark of the play, which is the same wherever it stands, and may be empty.
    marked: bool,
}

impl Known {
    fn may_equal(&self, other: &Known) -> bool {
        let begins = |long: &Known, short: &Known| long.begin.starts_with(&short.begin);
        match (self.whole, other.whole) {
            (true, true) if self.marked == other.marked => self.begin == other.begin,
            (true, true) if self.marked => begins(other, self),
            (true, true) => begins(self, other),
            (true, false) => begins(self, other) || self.marked && begins(other, self),
            (false, true) => begins(other, self) || other.marked && begins(self, other),
            (false, false) => begins(self, other) || begins(other, self),
        }
    }
}

impl Side<'_> {
    /// What is known of a pattern that is a text.
    fn text(self, pattern: &Pattern) -> Option<Known> {
        match pattern {
            Pattern::Literal(Value::String(text)) => Some(Known { begin: text.clone(), whole: true, marked: false }),
            Pattern::Text(template) => Some(self.known(template)),
            Pattern::Literal(_) | Pattern::Hole(_) | Pattern::Object(_) | Pattern::Array { .. } => None,
            Pattern::List(_) | Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => None,
        }
    }

    fn known(self, template: &Template) -> Known {
        let mut known = Known { begin: String::new(), whole: true, marked: false };
        for piece in &template.pieces {
            if known.marked {
                return Known { whole: false, marked: false, ..known };
            }
            match piece {
                Piece::Literal(text) => known.begin.push_str(text),
                Piece::Hole(hole) if self.is_mark(hole) => known.marked = true,
                Piece::Hole(hole) => match self.fixed(&Pattern::Hole(hole.clone())) {
                    Some(value) => known.begin.push_str(&value_text(&value)),
                    None => return Known { whole: false, ..known },
                },
            }
        }
        known
    }

    fn is_mark(self, hole: &Hole) -> bool {
        hole.slot.is_some_and(|slot| self.slots.0[slot].reserved == Some(Reserved::RunMark))
    }

    /// Whether a value fits a pattern whose names are all known.
    fn takes(self, pattern: &Pattern, value: &Value) -> bool {
        let mut unknown = false;
        pattern.holes(&mut |hole| {
            unknown |=
                hole.slot.is_some_and(|slot| self.slots.0[slot].reserved.is_some() && self.given[slot].is_none());
        });
        !unknown && Matching::new(self.slots, self.given, None).value(pattern, value)
    }

    /// The one value that a pattern takes, where there is only one.
    fn fixed(self, pattern: &Pattern) -> Option<Value> {
        match pattern {
            Pattern::Literal(value) => Some(value.clone()),
            Pattern::Hole(hole) if hole.filters.is_empty() && hole.plus == 0 => {
                let slot = hole.slot?;
                match self.given.get(slot)?.as_ref()? {
                    // A label's JSON is open: it fits more than itself.
                    Given::Text(_) if self.slots.0[slot].kind == Some(Kind::Json) => None,
                    Given::Text(text) => Some(typed(text, self.slots.0[slot].kind)),
                    Given::Value(value) => Some((**value).clone()),
                    Given::Name(_) | Given::Glob(_) => None,
                }
            }
            Pattern::Hole(_) | Pattern::Text(_) | Pattern::Object(_) | Pattern::Array { .. } => None,
            Pattern::List(_) | Pattern::Json(_) | Pattern::Base64(_) | Pattern::Bytes(_) => None,
        }
    }

    /// Whether a hole could take what another pattern takes.
    fn admits(self, hole: &Hole, other: &Pattern, side: Side<'_>) -> bool {
        match (side.fixed(other), self.fixed(&Pattern::Hole(hole.clone()))) {
            (Some(value), None) => match hole.narrow {
                Narrow::Any => true,
                _ => hole.narrow.takes(&value) || hole.null && value.is_null(),
            },
            _ => true,
        }
    }
}
