//! A map as it is after one way through a diagram, without a copy of it for each way: an operand notes what it changes on
//! top of what was there before, and what its fragment comes to is worked out from these changes alone. Thousands of
//! operands, as `clients` makes them, cost what they change.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// What a way has changed; none is what it took away.
pub(crate) type Changes<K, V> = FxHashMap<K, Option<V>>;

/// A map on top of another.
#[derive(Debug)]
pub(crate) struct Overlay<'a, K, V> {
    under: Option<&'a Overlay<'a, K, V>>,
    changes: Changes<K, V>,
}

impl<K: Eq + Hash, V> Overlay<'_, K, V> {
    /// An empty one, under all others.
    pub fn new() -> Overlay<'static, K, V> {
        Overlay { under: None, changes: Changes::default() }
    }

    /// What one way starts with.
    pub fn on_top(&self) -> Overlay<'_, K, V> {
        Overlay { under: Some(self), changes: Changes::default() }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let mut at = Some(self);
        while let Some(map) = at {
            if let Some(change) = map.changes.get(key) {
                return change.as_ref();
            }
            at = map.under;
        }
        None
    }

    /// Gives a key this value.
    pub fn set(&mut self, key: K, value: V) {
        self.changes.insert(key, Some(value));
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: K) {
        self.changes.insert(key, None);
    }

    /// What was changed since it was put on top.
    pub fn into_changes(self) -> Changes<K, V> {
        self.changes
    }
}

/// By key, what the ways that touched it made of it, with the number of each way, in their order.
pub(crate) fn touched<K: Eq + Hash, V>(ways: Vec<Changes<K, V>>) -> FxHashMap<K, Vec<(usize, Option<V>)>> {
    let mut all: FxHashMap<K, Vec<(usize, Option<V>)>> = FxHashMap::default();
    for (number, way) in ways.into_iter().enumerate() {
        for (key, change) in way {
            all.entry(key).or_default().push((number, change));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Overlay, touched};

    #[test]
    fn a_way_changes_nothing_below_it() {
        let mut below: Overlay<'_, u32, &str> = Overlay::new();
        below.set(1, "one");
        below.set(2, "two");
        let mut way = below.on_top();
        way.remove(1);
        way.set(3, "three");
        let mut deeper = way.on_top();
        deeper.set(1, "again");
        assert_eq!([1, 2, 3].map(|key| deeper.get(&key).copied()), [Some("again"), Some("two"), Some("three")]);
        drop(deeper);
        assert_eq!([1, 2, 3].map(|key| way.get(&key).copied()), [None, Some("two"), Some("three")]);
        let changes = way.into_changes();
        assert_eq!([1, 2, 3].map(|key| below.get(&key).copied()), [Some("one"), Some("two"), None]);
        let all = touched(vec![changes, [(3, Some("third"))].into_iter().collect()]);
        assert_eq!(all[&1], [(0, None)]);
        assert_eq!(all[&3], [(0, Some("three")), (1, Some("third"))]);
    }
}
