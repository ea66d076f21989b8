//! The ways to connect that a binding has, and what the label of a connect says.

use super::binding::Binding;
use super::dial::Connect;
use super::file::ConnectDraft;
use super::pattern::build::BuildError;
use super::{Bind, Memory, Named, Reach, Viewer};
use serde_json::Value;
use std::sync::Arc;

/// One of the ways to connect that a binding has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way(usize);

/// All of them: `[connect]`, and what participants and rules do otherwise.
#[derive(Debug)]
pub(super) struct Ways(Vec<(Option<usize>, Option<String>, Connect)>);

/// What the label of a connect says of a hole.
#[derive(Clone, Debug, PartialEq)]
pub enum HoleValue {
    /// Its value.
    Value(Value),
    /// A name of the diagram for it.
    Name(Arc<str>),
}

impl Ways {
    pub(super) fn new(
        all: ConnectDraft,
        of_participants: Vec<(String, ConnectDraft)>,
        of_rules: Vec<(usize, ConnectDraft)>,
    ) -> Ways {
        let mut list = Vec::new();
        for (rule, draft) in &of_rules {
            for (id, own) in &of_participants {
                let both = draft.clone().over(own.clone().over(all.clone()));
                list.push((Some(*rule), Some(id.clone()), Connect::new(both)));
            }
        }
        list.extend(
            of_rules.into_iter().map(|(rule, draft)| (Some(rule), None, Connect::new(draft.over(all.clone())))),
        );
        let participants = of_participants.into_iter();
        list.extend(participants.map(|(id, draft)| (None, Some(id), Connect::new(draft.over(all.clone())))));
        list.push((None, None, Connect::new(all)));
        Ways(list)
    }

    /// The way of a participant by a rule.
    pub(super) fn find(&self, rule: Option<usize>, own: &str) -> Way {
        // From the most special to the one of all.
        let is = |(of, id, _): &(Option<usize>, Option<String>, Connect)| {
            (of.is_none() || *of == rule) && id.as_ref().is_none_or(|id| id == own)
        };
        Way(self.0.iter().position(is).unwrap_or_default())
    }

    pub(super) fn get(&self, way: Way) -> &Connect {
        // Numbers are given by `find` alone; the last is the way of all.
        &self.0[way.0.min(self.0.len() - 1)].2
    }

    /// The way of all who have none of their own.
    pub(super) fn common(&self) -> &Connect {
        &self.0[self.0.len() - 1].2
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Connect> {
        self.0.iter().map(|(_, _, connect)| connect)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connect> {
        self.0.iter_mut().map(|(_, _, connect)| connect)
    }
}

impl Binding {
    /// What is learned when a client connects: the name of `WS connect as …`, and what the label says of holes. To be
    /// made of what was known before, and learned after [`Memory::forget`] for the new connection.
    ///
    /// # Errors
    /// A name of the diagram stands for nothing yet.
    pub fn connected_as(
        viewer: Viewer<'_>,
        name: Option<&str>,
        holes: &[(Arc<str>, HoleValue)],
        memory: &Memory,
    ) -> Result<Vec<Bind>, BuildError> {
        let mut binds = Vec::new();
        let mut learn = |hole: &Arc<str>, value: Value| {
            let (lifeline, hole, reach) = (viewer.lifeline, hole.clone(), Reach::Connection);
            binds.push(Bind::Hole { lifeline, hole, value, reach });
        };
        if let Some(name) = name {
            learn(&"self".into(), name.into());
        }
        let mut bound = Vec::new();
        for (hole, said) in holes {
            let value = match said {
                HoleValue::Value(value) => value.clone(),
                HoleValue::Name(name) => {
                    let scope = viewer.scope(name);
                    let known = memory.name(scope, name).map(|named| named.value.clone());
                    let last = || memory.hole(viewer.lifeline, hole).cloned();
                    let lacking = || BuildError::NoValue { hole: hole.to_string(), name: Some(name.to_string()) };
                    let value = known.clone().or_else(last).ok_or_else(lacking)?;
                    if known.is_none() {
                        let named = Named { hole: hole.clone(), value: value.clone(), arrow: viewer.arrow };
                        bound.push(Bind::Name { scope, name: name.clone(), named });
                    }
                    value
                }
            };
            learn(hole, value);
        }
        binds.extend(bound);
        Ok(binds)
    }
}
