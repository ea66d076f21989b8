use super::binding::Values;
use super::context::{Context, Party};
use super::pattern::build::BuildError;
use super::pattern::{Given, Reserved, SlotId, Slots, typed};
use super::{Bind, Memory, Named, Reach, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// Where the values of a frame come from, in this order: the label, names of the diagram, memory, names that every
/// binding knows, variables.
pub(super) struct Source<'a, 'c> {
    pub(super) slots: &'a Slots,
    pub(super) given: &'a [Option<Given>],
    pub(super) values: &'a Values,
    pub(super) own: &'a Party,
    pub(super) peer: &'a Party,
    pub(super) memory: &'a Memory,
    pub(super) viewer: Viewer<'a>,
    pub(super) context: &'a mut Context<'c>,
    pub(super) binds: Vec<Bind>,
}

impl<'a, 'c> Source<'a, 'c> {
    pub fn new(
        slots: &'a Slots,
        given: &'a [Option<Given>],
        values: &'a Values,
        (own, peer): (&'a Party, &'a Party),
        memory: &'a Memory,
        viewer: Viewer<'a>,
        context: &'a mut Context<'c>,
    ) -> Self {
        Source { slots, given, values, own, peer, memory, viewer, context, binds: Vec::new() }
    }

    /// The value of a slot.
    pub fn value(&mut self, slot: SlotId) -> Result<Value, BuildError> {
        let known = &self.slots.0[slot];
        match self.given.get(slot).and_then(Option::as_ref) {
            Some(Given::Text(text)) => return Ok(typed(text, known.kind)),
            Some(Given::Value(value)) => return Ok((**value).clone()),
            Some(Given::Name(name)) => return self.named(&known.name, name),
            Some(Given::Glob(_)) | None => {}
        }
        let generated = known.reserved.is_some_and(Reserved::generated);
        if !generated && let Some(value) = self.remembered(known.reserved, &known.name) {
            return Ok(value);
        }
        if let Some(reserved) = known.reserved {
            let value = self.context.value(reserved, self.own, self.peer);
            if generated {
                let hole = known.name.clone();
                self.binds.push(Bind::Hole {
                    lifeline: self.viewer.lifeline,
                    hole,
                    value: value.clone(),
                    reach: Reach::Connection,
                });
            }
            return Ok(value);
        }
        let value = self.values.of(&self.own.id, known);
        value.ok_or_else(|| BuildError::NoValue { hole: known.name.to_string(), name: None })
    }

    pub(super) fn remembered(&self, reserved: Option<Reserved>, name: &str) -> Option<Value> {
        match reserved {
            Some(Reserved::OwnLower) => {
                let own = self.memory.hole(self.viewer.lifeline, Reserved::Own.name())?;
                Some(super::pattern::value_text(own).to_lowercase().into())
            }
            Some(_) | None => self.memory.hole(self.viewer.lifeline, name).cloned(),
        }
    }

    /// What a name of the diagram stands for; at its first use, the last value of its hole, which it then is.
    fn named(&mut self, hole: &Arc<str>, name: &Arc<str>) -> Result<Value, BuildError> {
        let scope = self.viewer.scope(name);
        if let Some(named) = self.memory.name(scope, name) {
            return Ok(named.value.clone());
        }
        let Some(value) = self.memory.hole(self.viewer.lifeline, hole).cloned() else {
            return Err(BuildError::NoValue { hole: hole.to_string(), name: Some(name.to_string()) });
        };
        let named = Named { hole: hole.clone(), value: value.clone(), arrow: self.viewer.arrow };
        self.binds.push(Bind::Name { scope, name: name.clone(), named });
        Ok(value)
    }

    /// What sending fixes.
    pub fn binds(self) -> Vec<Bind> {
        self.binds
    }
}
