use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

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
    lasting: Arc<BTreeMap<u32, Arc<Holes>>>,
    shared: Arc<Holes>,
}

/// The last value that each hole took. A connection has few, and there may be thousands of connections: sorted, not as a
/// tree, which takes the room of eleven for the first.
#[derive(Clone, Debug, Default, PartialEq)]
struct Holes(Vec<(Arc<str>, Value)>);

impl Holes {
    fn place(&self, hole: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(hole))
    }

    fn get(&self, hole: &str) -> Option<&Value> {
        self.place(hole).ok().map(|place| &self.0[place].1)
    }

    fn insert(&mut self, hole: Arc<str>, value: Value) {
        match self.place(&hole) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (hole, value));
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

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
        /// Who knows it, and how long.
        reach: Reach,
    },
    /// A client that the tool serves has connected: what its connection has seen before is forgotten.
    Anew {
        /// The client's lifeline.
        lifeline: u32,
    },
}

/// Who knows a remembered value, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// This client, until it connects again.
    #[default]
    Connection,
    /// This client, also after it has connected again (`lasting`).
    Client,
    /// All clients (`share`).
    Everyone,
}

/// What is known where nothing is: making four empty maps for each question would cost more than the question.
static NOTHING: LazyLock<Memory> = LazyLock::new(Memory::default);

impl Memory {
    /// Knows nothing.
    pub fn nothing() -> &'static Memory {
        &NOTHING
    }

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

    /// The last value that a hole took on this client's connection, on one before it, or the shared one.
    pub fn hole(&self, lifeline: u32, hole: &str) -> Option<&Value> {
        let own = self.connections.get(&lifeline).and_then(|known| known.get(hole));
        let before = || self.lasting.get(&lifeline).and_then(|known| known.get(hole));
        own.or_else(before).or_else(|| self.shared.get(hole))
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
        self.names.is_empty() && self.connections.is_empty() && self.lasting.is_empty() && self.shared.is_empty()
    }

    /// Takes in what was learned.
    pub fn learn(&mut self, binds: Vec<Bind>) {
        for bind in binds {
            match bind {
                Bind::Name { scope, name, named } => {
                    Arc::make_mut(&mut self.names).insert((scope, name), named);
                }
                Bind::Hole { lifeline, hole, value, reach } => {
                    match reach {
                        Reach::Connection => {}
                        Reach::Client => {
                            let known = Arc::make_mut(&mut self.lasting).entry(lifeline).or_default();
                            Arc::make_mut(known).insert(hole.clone(), value.clone());
                        }
                        Reach::Everyone => {
                            Arc::make_mut(&mut self.shared).insert(hole.clone(), value.clone());
                        }
                    }
                    let known = Arc::make_mut(&mut self.connections).entry(lifeline).or_default();
                    Arc::make_mut(known).insert(hole, value);
                }
                Bind::Anew { lifeline } => self.forget(lifeline),
            }
        }
    }

    /// Forgets what one client's connection has seen: it was opened anew. Names of the diagram, lasting and shared
    /// values stay.
    pub fn forget(&mut self, lifeline: u32) {
        if self.connections.contains_key(&lifeline) {
            Arc::make_mut(&mut self.connections).remove(&lifeline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_outlives_its_connection_and_what_is_shared_is_everybodys() {
        let learned = |hole: &str, reach| Bind::Hole { lifeline: 0, hole: hole.into(), value: hole.into(), reach };
        let mut memory = Memory::default();
        let binds = [("id", Reach::Connection), ("session", Reach::Client), ("room", Reach::Everyone)];
        memory.learn(binds.map(|(hole, reach)| learned(hole, reach)).to_vec());
        let knows =
            |memory: &Memory, lifeline| ["id", "session", "room"].map(|hole| memory.hole(lifeline, hole).is_some());
        assert_eq!(knows(&memory, 0), [true, true, true]);
        assert_eq!(knows(&memory, 1), [false, false, true]);
        memory.forget(0);
        assert_eq!(knows(&memory, 0), [false, true, true]);
    }
}
