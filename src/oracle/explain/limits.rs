//! How choices may go in an explanation: as facts have it, or as is tried.

use super::skeleton::Decided;
use crate::oracle::config::{Config, Decision, Key};
use crate::oracle::judge::Oracle;
use crate::order::{ArrowId, Chooser, FragmentId, Kind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How one choice or loop may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Limit {
    /// This operand.
    Operand(u32),
    /// So many turns.
    Turns { least: u32, most: Option<u32> },
}

impl Limit {
    /// Exactly so many turns.
    pub fn exactly(turns: u32) -> Limit {
        Limit::Turns { least: turns, most: Some(turns) }
    }

    fn allows(self, taken: Limit) -> bool {
        match (self, taken) {
            (Limit::Turns { least, most }, Limit::Turns { least: turns, .. }) => {
                turns >= least && most.is_none_or(|most| turns <= most)
            }
            (Limit::Operand(own), Limit::Operand(other)) => own == other,
            (Limit::Operand(_), Limit::Turns { .. }) | (Limit::Turns { .. }, Limit::Operand(_)) => false,
        }
    }
}

/// How all of them may go; those that are not listed may go any way.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Limits(BTreeMap<Key, Limit>);

impl Limits {
    pub fn get(&self, key: Key) -> Option<Limit> {
        self.0.get(&key).copied()
    }

    pub fn set(&mut self, key: Key, limit: Limit) {
        self.0.insert(key, limit);
    }

    /// Lets a choice go any way again.
    pub fn forget(&mut self, key: Key) {
        self.0.remove(&key);
    }

    /// The choices and loops that are listed.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.keys().copied()
    }

    /// Whether something that was taken is allowed.
    pub fn allow(&self, key: Key, taken: Limit) -> bool {
        self.get(key).is_none_or(|limit| limit.allows(taken))
    }

    /// What cannot have been otherwise: what the tool chose, and the ways in which it has sent something.
    pub fn facts(oracle: &Oracle, config: &Config) -> Limits {
        let order = &oracle.plan.order;
        let mut facts = Limits::default();
        for (key, decision) in config.decided.iter() {
            let own = match order.fragment(FragmentId(key.0)).kind {
                Kind::Choice(Chooser::Tool | Chooser::Nobody)
                | Kind::Loop { chooser: Chooser::Tool | Chooser::Nobody, .. } => true,
                Kind::Choice(Chooser::Server | Chooser::Mixed)
                | Kind::Loop { chooser: Chooser::Server | Chooser::Mixed, .. } => config.taken_in_silence.contains(key),
                Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
            };
            if own {
                facts.set(*key, limit(*decision));
            }
        }
        for (key, _) in &oracle.record.sends {
            if let Some(way) = way_of_send(oracle, config, *key) {
                for (key, taken) in way {
                    let known = facts.get(key);
                    match (known, taken) {
                        (Some(Limit::Turns { least, most }), Limit::Turns { least: more, .. }) => {
                            facts.set(key, Limit::Turns { least: least.max(more), most });
                        }
                        (Some(_), _) => {}
                        (None, _) => facts.set(key, taken),
                    }
                }
            }
        }
        facts
    }

    /// All that one reading of the record has decided.
    pub fn decided_in(config: &Config) -> Limits {
        Limits(config.decided.iter().map(|(key, decision)| (*key, limit(*decision))).collect())
    }

    /// As the lanes understand it: what is decided altogether, and what is known of the rest.
    pub fn decided(&self) -> Decided {
        let decision = |(key, limit): (&Key, &Limit)| {
            let decision = match *limit {
                Limit::Operand(operand) => Decision::Operand(operand),
                Limit::Turns { least, most } => Decision::Turns { begun: least, closed: most == Some(least) },
            };
            (*key, decision)
        };
        Rc::new(self.0.iter().map(decision).collect())
    }

    /// With what follows from a `break` that is taken: the loop around it begins no further turn.
    pub fn with_breaks(mut self, oracle: &Oracle) -> Limits {
        let order = &oracle.plan.order;
        let taken: Vec<Key> =
            self.0.iter().filter(|(_, limit)| **limit == Limit::Operand(0)).map(|(key, _)| *key).collect();
        for key in taken {
            let left = order.fragment(FragmentId(key.0)).leaves;
            if let Some((left, (outer, turn))) =
                left.and_then(|left| Some((left, oracle.readings.turns.of(key.1, left)?)))
            {
                self.set((left.0, outer), Limit::exactly(turn + 1));
            }
        }
        self
    }
}

fn limit(decision: Decision) -> Limit {
    match decision {
        Decision::Operand(operand) => Limit::Operand(operand),
        Decision::Turns { begun, closed } => Limit::Turns { least: begun, most: closed.then_some(begun) },
    }
}

/// The ways of the choices around something that was sent; of an arrow that is the same on the wire, where this reading
/// took it for that.
fn way_of_send(oracle: &Oracle, config: &Config, key: Key) -> Option<Vec<(Key, Limit)>> {
    let order = &oracle.plan.order;
    let drawn = order.arrow(ArrowId(key.0));
    let fits = |way: &Vec<(Key, Limit)>| {
        way.iter().all(|(key, taken)| match (config.decided.get(key).map(|decision| limit(*decision)), taken) {
            (Some(Limit::Turns { most, .. }), Limit::Turns { least, .. }) => most.is_none_or(|most| *least <= most),
            (Some(known), taken) => known == *taken,
            (None, _) => true,
        })
    };
    let own = way(oracle, key.0, key.1);
    if fits(&own) {
        return Some(own);
    }
    let alike = order.arrow_ids().filter(|(id, other)| {
        id.0 != key.0
            && other.label == drawn.label
            && other.from == drawn.from
            && other.to == drawn.to
            && other.traits.is_plain()
    });
    alike.map(|(id, _)| way(oracle, id.0, key.1)).find(fits)
}

fn way(oracle: &Oracle, arrow: u32, turn: u32) -> Vec<(Key, Limit)> {
    let order = &oracle.plan.order;
    let mut way = Vec::new();
    let mut around = order.arrow(ArrowId(arrow)).inside;
    while let Some((fragment, operand)) = around {
        let outer = oracle.readings.turns.outer(turn, oracle.plan.lanes.depth[fragment.0 as usize]);
        match order.fragment(fragment).kind {
            Kind::Choice(_) => way.push(((fragment.0, outer), Limit::Operand(operand))),
            Kind::Loop { max, .. } => {
                if let Some((outer, count)) = oracle.readings.turns.of(turn, fragment) {
                    way.push(((fragment.0, outer), Limit::Turns { least: count + 1, most: max }));
                }
            }
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {}
        }
        around = order.fragment(fragment).inside;
    }
    way
}
