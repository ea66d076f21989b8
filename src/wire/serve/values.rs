//! Where the values of a frame come from that the tool sends as a server.

use crate::wire::outgoing::Source;
use crate::wire::pattern::build::BuildError;
use crate::wire::pattern::{Given, Kind, Narrow, Reserved, Slot, SlotId, UNNAMED, typed};
use crate::wire::{Bind, Named};
use serde_json::Value;

/// What is known of the holes of a frame that the tool sends as a server.
#[derive(Debug, Default)]
pub(in crate::wire) struct Served {
    /// What each hole takes.
    pub narrows: Vec<Option<Narrow>>,
    /// What each has where nothing else gives it a value.
    pub defaults: Vec<Option<Box<str>>>,
    /// The holes whose value the server chooses anew with this frame.
    pub fresh: Vec<bool>,
}

impl Source<'_, '_> {
    /// The value of a slot of a frame that the tool sends as a server: of the label, of what the client has said or been
    /// told, of variables; where nothing gives one it is made up, and fits.
    pub fn served(&mut self, slot: SlotId, served: &Served) -> Result<Value, BuildError> {
        let known = &self.slots.0[slot];
        let lifeline = self.viewer.lifeline;
        let fresh = served.fresh.get(slot).copied().unwrap_or(false);
        let narrow = served.narrows.get(slot).and_then(Option::as_ref);
        let default = served.defaults.get(slot).and_then(Option::as_ref);
        let value = match self.given.get(slot).and_then(Option::as_ref) {
            Some(Given::Text(text)) => typed(text, known.kind),
            Some(Given::Value(value)) => (**value).clone(),
            Some(Given::Name(name)) => {
                let scope = self.viewer.scope(name);
                match self.memory.name(scope, name) {
                    Some(named) => named.value.clone(),
                    None => {
                        let value = self.made_up(known, narrow)?;
                        let named = Named { hole: known.name.clone(), value: value.clone(), arrow: self.viewer.arrow };
                        self.binds.push(Bind::Name { scope, name: name.clone(), named });
                        value
                    }
                }
            }
            Some(Given::Glob(_)) | None => {
                let generated = known.reserved.is_some_and(Reserved::generated);
                if !generated
                    && !fresh
                    && let Some(value) = self.remembered(known.reserved, &known.name)
                {
                    return Ok(value);
                }
                match (known.reserved, self.values.of(&self.own.id, known)) {
                    (Some(reserved), _) => return Ok(self.context.value(reserved, self.own, self.peer)),
                    (None, Some(value)) => return Ok(value),
                    (None, None) => match default {
                        Some(default) => typed(default, known.kind.or(narrow.and_then(Narrow::kind))),
                        None => self.made_up(known, narrow)?,
                    },
                }
            }
        };
        if known.reserved.is_none() && !known.name.starts_with(UNNAMED) {
            let (hole, value) = (known.name.clone(), value.clone());
            self.binds.push(Bind::Hole { lifeline, hole, value, reach: known.reach });
        }
        Ok(value)
    }

    fn made_up(&mut self, slot: &Slot, narrow: Option<&Narrow>) -> Result<Value, BuildError> {
        let found = match (slot.kind, narrow) {
            (_, Some(narrow @ (Narrow::OneOf(_) | Narrow::Range(_)))) => narrow.sample(self.context),
            (Some(Kind::Int | Kind::Number), _) => Some(self.context.made_up().into()),
            (Some(Kind::Bool), _) => Some(true.into()),
            (Some(Kind::Json), _) => Some(Value::Object(serde_json::Map::new())),
            (None, Some(narrow)) => narrow.sample(self.context),
            (None, None) => {
                let number = self.context.made_up();
                Some(format!("{}-{number}", slot.name.trim_start_matches(UNNAMED)).into())
            }
        };
        found.ok_or_else(|| BuildError::NoValue { hole: slot.name.to_string(), name: None })
    }
}
