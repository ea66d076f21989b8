//! Where the nearest receive above a message is to be looked for, where clients do not wait for one another. Which it is
//! depends on the play (`config::nearest`).

use crate::oracle::plan::planned::{Part, Planned};
use crate::order::{Block, FragmentId, LifelineId, Node, Order};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// For each tested lifeline, where to look next for what the tool sends to it.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Drawn {
    /// What stands before a node in its block: the nearest send, or the nearest fragment that has one.
    pub before: FxHashMap<(Node, LifelineId), Node>,
    /// The same for the end of an operand.
    pub end: FxHashMap<(FragmentId, u32, LifelineId), Node>,
    /// The fragments in which the tool sends.
    pub sending: FxHashSet<FragmentId>,
}

impl Drawn {
    pub(in crate::oracle) fn new(order: &Order, planned: &[Planned]) -> Drawn {
        let mut drawn = Drawn::default();
        drawn.walk(order, planned, &order.root);
        drawn
    }

    /// Notes the nodes of a block; what the last of each lifeline is.
    fn walk(&mut self, order: &Order, planned: &[Planned], block: &Block) -> BTreeMap<LifelineId, Node> {
        let mut last: BTreeMap<LifelineId, Node> = BTreeMap::new();
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let arrow = order.arrow(*id);
                    let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
                    match planned[id.0 as usize].part {
                        Part::Stimulus => drop(last.insert(to, *node)),
                        Part::Observation => {
                            if let Some(before) = last.get(&from) {
                                self.before.insert((*node, from), *before);
                            }
                        }
                        Part::Local | Part::Hidden => {}
                    }
                }
                Node::Fragment(id) => {
                    for (lifeline, before) in &last {
                        self.before.insert((*node, *lifeline), *before);
                    }
                    for (operand, drawn) in order.fragment(*id).operands.iter().enumerate() {
                        for (lifeline, end) in self.walk(order, planned, &drawn.body) {
                            self.end.insert((*id, operand as u32, lifeline), end);
                            self.sending.insert(*id);
                            last.insert(lifeline, *node);
                        }
                    }
                }
            }
        }
        last
    }
}
