//! What values do from one frame of a connection to the next: that numbers rise, and that pieces add up to a text.

use super::Expectation;
use crate::wire::file::{Follow, How};
use crate::wire::pattern::matching::Matching;
use crate::wire::pattern::{Pattern, value_text};
use crate::wire::{Bind, Conflict, Memory, Named, Observed, Reach, Viewer};
use serde_json::{Value, json};
use std::sync::Arc;

impl Expectation {
    /// Judges a frame that fits against those before it on its connection: what is then remembered, or which of them it
    /// disagrees with. What is remembered is under a name that no hole can have.
    pub(super) fn followed(
        &self,
        observed: &Observed,
        memory: &Memory,
        viewer: Viewer<'_>,
    ) -> Result<Vec<Bind>, Box<Conflict>> {
        let mut binds = Vec::new();
        if self.0.follows.is_empty() {
            return Ok(binds);
        }
        let Some(found) = self.view(observed) else { return Ok(binds) };
        for (index, follow) in self.0.follows.iter().enumerate() {
            let steps = match &follow.how {
                How::Rises(_) => vec![&follow.frame],
                // The whole may be a frame of the same kind as its pieces: it is looked for first.
                How::Joins(into) => vec![into, &follow.frame],
            };
            for pattern in steps {
                let Some((value, per)) = follow.take(pattern, &found) else { continue };
                let hole: Arc<str> = format!("followed {index} {per}").into();
                let last = memory.hole(viewer.lifeline, &hole);
                let next = follow.next(pattern, &value, last)?;
                let value = next.map(|value| json!({ "value": value, "arrow": viewer.arrow }));
                let (lifeline, value) = (viewer.lifeline, value.unwrap_or_default());
                binds.push(Bind::Hole { lifeline, hole, value, reach: Reach::Connection });
                break;
            }
        }
        Ok(binds)
    }
}

impl Follow {
    /// The value that is looked at, and what tells it from others that are followed beside it.
    fn take(&self, pattern: &Pattern, found: &Value) -> Option<(Value, String)> {
        let mut reading = Matching::new(&self.slots, &[], None);
        reading.all = true;
        if !reading.value(pattern, found) {
            return None;
        }
        let per = self.per.and_then(|slot| reading.found[slot].take()).map(|value| value_text(&value));
        Some((reading.found[self.slot].take()?, per.unwrap_or_default()))
    }

    /// What is to be remembered of a value, given what is of those before it; nothing where a text is whole.
    fn next(&self, pattern: &Pattern, value: &Value, last: Option<&Value>) -> Result<Option<Value>, Box<Conflict>> {
        let last = last.filter(|last| !last.is_null()).map(|last| (&last["value"], &last["arrow"]));
        match &self.how {
            How::Rises(by) => {
                let Some((before, arrow)) = last else { return Ok(Some(value.clone())) };
                let must = match by {
                    Some(by)
                        if whole(value).zip(whole(before)).is_some_and(|(now, then)| now == then + i128::from(*by)) =>
                    {
                        return Ok(Some(value.clone()));
                    }
                    Some(by) => format!("must be {} plus {by}", value_text(before)),
                    None if above(value, before) => return Ok(Some(value.clone())),
                    None => format!("must be more than {}", value_text(before)),
                };
                Err(self.conflict(value, before, arrow, must))
            }
            How::Joins(into) => {
                let so_far = last.map_or(String::new(), |(before, _)| value_text(before));
                if !std::ptr::eq(pattern, into) {
                    return Ok(Some(Value::String(so_far + &value_text(value))));
                }
                match last {
                    Some((before, arrow)) if value_text(value) != so_far => {
                        let must = format!("must be the text of all its pieces, {before}");
                        Err(self.conflict(value, before, arrow, must))
                    }
                    Some(_) | None => Ok(None),
                }
            }
        }
    }

    fn conflict(&self, found: &Value, before: &Value, arrow: &Value, must: String) -> Box<Conflict> {
        let hole = self.slots.0[self.slot].name.clone();
        let arrow = arrow.as_u64().and_then(|arrow| u32::try_from(arrow).ok()).unwrap_or_default();
        let bound = Named { hole: hole.clone(), value: before.clone(), arrow };
        Box::new(Conflict { name: hole.to_string(), found: found.clone(), bound, other: None, must: Some(must) })
    }
}

/// A whole number, or a text that spells one.
fn whole(value: &Value) -> Option<i128> {
    value_text(value).parse().ok()
}

fn above(value: &Value, before: &Value) -> bool {
    if let (Some(now), Some(then)) = (whole(value), whole(before)) {
        return now > then;
    }
    let number = |value: &Value| value_text(value).parse::<f64>().ok();
    number(value).zip(number(before)).is_some_and(|(now, then)| now > then)
}
