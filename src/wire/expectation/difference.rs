use super::view::whole;
use super::{Expectation, Watch};
use crate::wire::pattern::Pattern;
use crate::wire::pattern::diff::{self, Place};
use crate::wire::pattern::matching::Matching;
use crate::wire::{Memory, Observed, Viewer};
use serde_json::Value;

impl Expectation {
    /// Where an observation differs: the path, what was expected there, what was found there. Empty where it fits, and
    /// where it is of another kind altogether the one place is the whole.
    pub fn diff(&self, observed: &Observed, memory: &Memory, viewer: Viewer<'_>) -> Vec<Place> {
        // Why it says nothing is more than the bytes, which may be many.
        if let (Observed::Garbled { why, .. }, false) = (observed, matches!(self.0.watch, Watch::Raw(_))) {
            let found = format!("a frame that cannot be read: {why}");
            return vec![(String::new(), Some(Value::String(self.describe())), Some(found.into()))];
        }
        let Some(found) = self.view(observed) else {
            return vec![(String::new(), Some(Value::String(self.describe())), Some(whole(observed)))];
        };
        match &self.0.watch {
            Watch::Anything | Watch::Closed | Watch::Ended | Watch::StreamEnd | Watch::Left => return Vec::new(),
            Watch::Raw(raw) => {
                let same = matches!(observed, Observed::Message(message) if message.raw == *raw);
                return if same {
                    Vec::new()
                } else {
                    vec![(String::new(), Some(raw.to_string().into()), Some(whole(observed)))]
                };
            }
            Watch::Message | Watch::Status | Watch::Event | Watch::Close => {}
            Watch::Dialled | Watch::Asked(_) | Watch::Bare => {}
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
            places.extend(self.name_diff(&reading, memory, viewer));
        }
        places
    }

    fn name_diff(&self, reading: &Matching<'_>, memory: &Memory, viewer: Viewer<'_>) -> Option<Place> {
        let conflict = self.judge_names(reading, memory, viewer).err()?;
        let slot = self.0.slots.find(&conflict.bound.hole)?;
        let path = path_of(&self.0.pattern, slot)?;
        let expected = match conflict.other {
            Some(other) => Value::String(format!("not the value of `{other}`")),
            None => conflict.bound.value,
        };
        Some((path, Some(expected), Some(conflict.found)))
    }
}

/// Where a slot stands in a pattern.
fn path_of(pattern: &Pattern, slot: usize) -> Option<String> {
    match pattern {
        Pattern::Hole(hole) => (hole.slot == Some(slot)).then(String::new),
        Pattern::Text(template) | Pattern::Base64(template) => {
            template.holes().any(|hole| hole.slot == Some(slot)).then(String::new)
        }
        Pattern::Object(members) => {
            let fixed = members.list.iter().map(|(name, inner)| (name.to_string(), false, inner));
            let named = members.named.iter().map(|(name, inner)| {
                (name.show(|_| "*".to_owned()), name.holes().any(|hole| hole.slot == Some(slot)), inner)
            });
            fixed.chain(named).find_map(|(name, here, inner)| {
                let rest = if here { String::new() } else { path_of(inner, slot)? };
                Some(match rest.chars().next() {
                    None | Some('[') => format!("{name}{rest}"),
                    Some(_) => format!("{name}.{rest}"),
                })
            })
        }
        Pattern::Array { items, .. } => items.iter().enumerate().find_map(|(index, inner)| {
            let rest = path_of(inner, slot)?;
            Some(match rest.chars().next() {
                None | Some('[') => format!("[{index}]{rest}"),
                Some(_) => format!("[{index}].{rest}"),
            })
        }),
        Pattern::List(list) => list.items().find_map(|inner| path_of(inner, slot)).map(|rest| format!("[]{rest}")),
        Pattern::Json(json) => {
            let before = json.before.as_ref().is_some_and(|before| before.holes().any(|hole| hole.slot == Some(slot)));
            if before { Some(String::new()) } else { path_of(&json.inner, slot) }
        }
        Pattern::Literal(_) | Pattern::Bytes(_) => None,
    }
}
