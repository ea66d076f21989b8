//! What stands in a value where a pattern has a secret, whether the value fits the pattern or not: what is not what was
//! expected is shown, and that must not be.

use super::matching::Matching;
use super::{ListOf, Pattern, Slots};
use crate::wire::Secrets;
use serde_json::Value;

impl Pattern {
    /// Whether one of its holes is a secret.
    pub fn has_secret(&self, slots: &Slots) -> bool {
        let mut has = false;
        self.holes(&mut |hole| has |= hole.slot.is_some_and(|slot| slots.0[slot].secret));
        has
    }

    /// Remembers what stands where its secrets stand.
    pub fn hide(&self, found: &Value, slots: &Slots, secrets: &Secrets) {
        match (self, found) {
            (Pattern::Literal(_), _) => {}
            (Pattern::Hole(hole), _) => {
                if hole.slot.is_some_and(|slot| slots.0[slot].secret) {
                    secrets.given(found);
                }
            }
            (Pattern::Object(members), Value::Object(found)) => {
                for (name, pattern) in &members.list {
                    found.get(&**name).into_iter().for_each(|found| pattern.hide(found, slots, secrets));
                }
                for (_, pattern) in members.named.iter().filter(|(_, pattern)| pattern.has_secret(slots)) {
                    let others = found.iter().filter(|(name, _)| !members.has(name));
                    others.for_each(|(_, found)| pattern.hide(found, slots, secrets));
                }
            }
            (Pattern::Array { before: false, items, .. }, Value::Array(found)) => {
                items.iter().zip(found).for_each(|(pattern, found)| pattern.hide(found, slots, secrets));
            }
            (Pattern::List(ListOf::Each { item, .. }), Value::Array(found)) if item.has_secret(slots) => {
                found.iter().for_each(|found| item.hide(found, slots, secrets));
            }
            (Pattern::Json(json), Value::String(text)) => {
                json.parts(text).next().iter().for_each(|(_, found)| json.inner.hide(found, slots, secrets));
            }
            (Pattern::Object(_) | Pattern::Array { .. } | Pattern::List(_) | Pattern::Json(_), _)
            | (Pattern::Text(_) | Pattern::Base64(_) | Pattern::Bytes(_), _) => {
                self.hide_where_it_fits(found, slots, secrets)
            }
        }
    }

    /// The same of what has no places of its own.
    fn hide_where_it_fits(&self, found: &Value, slots: &Slots, secrets: &Secrets) {
        if !self.has_secret(slots) {
            return;
        }
        let mut reading = Matching::new(slots, &[], None);
        reading.all = true;
        if reading.value(self, found) {
            let values = slots.0.iter().zip(&reading.found).filter(|(slot, _)| slot.secret);
            values.filter_map(|(_, value)| value.as_ref()).for_each(|value| secrets.given(value));
        }
    }
}
