//! Where the nearest receive above a message is to be looked for, where clients do not wait for one another. Which it is
//! depends on the play (`config::nearest`).

use crate::oracle::plan::planned::{Part, Planned};
use crate::order::{Block, FragmentId, Kind, LifelineId, Node, Order};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// For each tested lifeline, where to look next for what the tool sends to it.
#[derive(Debug, Default)]
pub(in crate::oracle) struct Drawn {
    /// What stands before a node in its block: the nearest send, or the nearest fragment that has one.
    pub before: FxHashMap<(Node, LifelineId), Node>,
    /// The same for the end of an operand.
    pub end: FxHashMap<(FragmentId, u32, LifelineId), Node>,
    /// The fragments in which the tool sends.
    pub sending: FxHashSet<FragmentId>,
    /// The operands in which it sends whatever is chosen in them.
    pub musts: FxHashSet<(FragmentId, u32, LifelineId)>,
}

/// The last node of a block for each lifeline.
type Last = BTreeMap<LifelineId, Node>;

/// What is in a fragment whatever is chosen, of what is so in its operands.
fn in_all_ways(kind: &Kind, all: Vec<BTreeSet<LifelineId>>) -> BTreeSet<LifelineId> {
    match kind {
        Kind::Choice(_) => all.into_iter().reduce(|one, other| &one & &other).unwrap_or_default(),
        Kind::Loop { min: 0, .. } => BTreeSet::new(),
        Kind::Loop { .. } | Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
            all.into_iter().flatten().collect()
        }
    }
}

impl Drawn {
    pub(in crate::oracle) fn new(order: &Order, planned: &[Planned]) -> Drawn {
        let mut drawn = Drawn::default();
        drawn.walk(order, planned, &order.root);
        drawn
    }

    /// Notes the nodes of a block; what the last of each lifeline is, and to which of them the tool sends whatever is chosen.
    fn walk(&mut self, order: &Order, planned: &[Planned], block: &Block) -> (Last, BTreeSet<LifelineId>) {
        let (mut last, mut musts) = (Last::new(), BTreeSet::new());
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let arrow = order.arrow(*id);
                    let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
                    match planned[id.0 as usize].part {
                        Part::Stimulus => {
                            last.insert(to, *node);
                            musts.insert(to);
                        }
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
                    let fragment = order.fragment(*id);
                    let mut all: Vec<BTreeSet<LifelineId>> = Vec::with_capacity(fragment.operands.len());
                    for (operand, drawn) in fragment.operands.iter().enumerate() {
                        let (ends, inside) = self.walk(order, planned, &drawn.body);
                        for (lifeline, end) in ends {
                            self.end.insert((*id, operand as u32, lifeline), end);
                            self.sending.insert(*id);
                            last.insert(lifeline, *node);
                        }
                        self.musts.extend(inside.iter().map(|lifeline| (*id, operand as u32, *lifeline)));
                        all.push(inside);
                    }
                    musts.extend(in_all_ways(&fragment.kind, all));
                }
            }
        }
        (last, musts)
    }
}
