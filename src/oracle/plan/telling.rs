//! The messages of a connection by a text that they must say: of many that may be next, only few are what came.

use super::lanes::{Lanes, NONE};
use super::planned::Planned;
use crate::order::{ArrowId, Kind, Order};
use crate::wire::{Expectation, Observed, Resolved};
use rustc_hash::{FxHashMap, FxHashSet};

/// So few are held against what came one by one.
pub(in crate::oracle) const FEW: usize = 16;

/// The messages of one connection.
#[derive(Debug)]
pub(in crate::oracle) struct Distinctive {
    /// The member that tells most of them apart; none is the whole text.
    member: Option<Box<str>>,
    /// Those that must say a text there.
    said: FxHashMap<Box<str>, Vec<ArrowId>>,
    /// Those that may say anything.
    rest: Vec<ArrowId>,
}

impl Distinctive {
    /// The only messages that this can be, from the top of the diagram.
    pub fn may_be(&self, observed: &Observed) -> Vec<ArrowId> {
        let said = observed.telling(self.member.as_deref()).and_then(|text| self.said.get(text));
        let mut all: Vec<ArrowId> = said.into_iter().flatten().chain(&self.rest).copied().collect();
        all.sort_unstable();
        all
    }
}

/// Those of the connections on which many messages may be next: operands of one `par`.
pub(super) fn find(order: &Order, planned: &[Planned], lanes: &Lanes) -> FxHashMap<u32, Distinctive> {
    let is_wide = |fragment: &crate::order::Fragment| fragment.kind == Kind::Par && fragment.operands.len() > FEW;
    let mut wide: FxHashMap<u32, usize> = FxHashMap::default();
    if !order.fragments.iter().any(is_wide) {
        return FxHashMap::default();
    }
    for (id, arrow) in order.arrow_ids() {
        let mut around = order.around(arrow);
        if around.any(|(id, _)| is_wide(order.fragment(id))) {
            *wide.entry(lanes.routes[id.0 as usize].receive).or_default() += 1;
        }
    }
    wide.retain(|lane, count| *lane != NONE && *count > FEW);
    let mut drawn: FxHashMap<u32, Vec<(ArrowId, &Expectation)>> = FxHashMap::default();
    for (id, _) in order.arrow_ids() {
        let lane = lanes.routes[id.0 as usize].receive;
        if let Some(Resolved::Expect(expectation)) = planned[id.0 as usize].resolved.as_ref()
            && wide.contains_key(&lane)
        {
            drawn.entry(lane).or_default().push((id, expectation));
        }
    }
    drawn.into_iter().filter_map(|(lane, drawn)| Some((lane, telling(&drawn)?))).collect()
}

/// None where no member tells any apart.
fn telling(drawn: &[(ArrowId, &Expectation)]) -> Option<Distinctive> {
    let mut texts: FxHashMap<Option<&str>, FxHashSet<&str>> = FxHashMap::default();
    for (member, text) in drawn.iter().flat_map(|(_, expectation)| expectation.telling()) {
        texts.entry(member).or_default().insert(text);
    }
    let (member, _) = texts.into_iter().max_by_key(|(member, texts)| (texts.len(), *member))?;
    let mut found = Distinctive { member: member.map(Box::from), said: FxHashMap::default(), rest: Vec::new() };
    for (id, expectation) in drawn {
        match expectation.telling().into_iter().find(|(known, _)| *known == member) {
            Some((_, text)) => found.said.entry(text.into()).or_default().push(*id),
            None => found.rest.push(*id),
        }
    }
    Some(found)
}
