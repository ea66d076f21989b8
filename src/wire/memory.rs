use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// From whose point of view a pattern is matched or a frame is built.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    /// The client's lifeline, as an index of the order.
    pub lifeline: u32,
    /// Opaque names that are fresh in a turn of a loop, each with the number of that turn's scope. A name that is not
    /// listed has scope 0, the whole diagram.
    pub scopes: &'a [(Arc<str>, u32)],
    /// The number of the arrow, for saying where a binding was made.
    pub arrow: u32,
}

impl Viewer<'_> {
    /// The scope in which this viewer's name lives.
    pub fn scope(&self, name: &str) -> u32 {
        self.scopes.iter().find(|(known, _)| **known == *name).map_or(0, |&(_, scope)| scope)
    }
}

/// The value that a name in the diagram stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The hole through which it was bound; names of one hole have distinct values.
    pub hole: Arc<str>,
    /// The value.
    pub value: Value,
    /// The number of the arrow that bound it.
    pub arrow: u32,
}

/// What is known so far: names of the diagram, and what each connection has seen.
///
/// A clone is cheap: all parts are shared until written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    names: Arc<BTreeMap<(u32, Arc<str>), Named>>,
    connections: Arc<BTreeMap<u32, Arc<Holes>>>,
    shared: Arc<Holes>,
}

/// The last value that each hole took.
type Holes = BTreeMap<Arc<str>, Value>;

/// Something learned from one frame, or fixed by one send.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// A name of the diagram now stands for this value.
    Name {
        /// Its scope: 0, or a turn of a loop.
        scope: u32,
        /// The name in the diagram.
        name: Arc<str>,
        /// What it stands for, and where that was learned.
        named: Named,
    },
    /// A hole of this name took this value on this client's connection.
    Hole {
        /// The client's lifeline.
        lifeline: u32,
        /// The hole.
        hole: Arc<str>,
        /// The value.
        value: Value,
        /// Known to all connections.
        share: bool,
    },
}

impl Memory {
    /// What a name stands for.
    pub fn name(&self, scope: u32, name: &str) -> Option<&Named> {
        self.names.get(&(scope, Arc::from(name)))
    }

    /// The other name of the same hole and scope that stands for this value already.
    pub fn name_of(&self, scope: u32, hole: &str, value: &Value) -> Option<(&str, &Named)> {
        self.names
            .iter()
            .find(|((at, _), named)| *at == scope && *named.hole == *hole && named.value == *value)
            .map(|((_, name), named)| (&**name, named))
    }

    /// The last value that a hole took on this client's connection, or the shared one.
    pub fn hole(&self, lifeline: u32, hole: &str) -> Option<&Value> {
        self.connections.get(&lifeline).and_then(|known| known.get(hole)).or_else(|| self.shared.get(hole))
    }

    /// Only the names of the diagram that were bound by these arrows.
    #[must_use]
    pub fn names_bound_by(&self, by: impl Fn(u32) -> bool) -> Memory {
        let names = self.names.iter().filter(|(_, named)| by(named.arrow));
        Memory {
            names: Arc::new(names.map(|(key, named)| (key.clone(), named.clone())).collect()),
            ..Memory::default()
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.connections.is_empty() && self.shared.is_empty()
    }

    /// Takes in what was learned.
    pub fn learn(&mut self, binds: Vec<Bind>) {
        for bind in binds {
            match bind {
                Bind::Name { scope, name, named } => {
                    Arc::make_mut(&mut self.names).insert((scope, name), named);
                }
                Bind::Hole { lifeline, hole, value, share } => {
                    if share {
                        Arc::make_mut(&mut self.shared).insert(hole.clone(), value.clone());
                    }
                    let known = Arc::make_mut(&mut self.connections).entry(lifeline).or_default();
                    Arc::make_mut(known).insert(hole, value);
                }
            }
        }
    }

    /// Forgets what one client's connection has seen: it was opened anew. Names of the diagram and shared values stay.
    pub fn forget(&mut self, lifeline: u32) {
        if self.connections.contains_key(&lifeline) {
            Arc::make_mut(&mut self.connections).remove(&lifeline);
        }
    }
}
