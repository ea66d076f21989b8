//! What labels say, and which arrows can be the cause of which.

use crate::oracle::plan::planned::{Part, Planned};
use crate::order::{ArrowId, FragmentId, Kind, LifelineId, Order};
use crate::wire::{Channel, Resolved};
use rustc_hash::{FxHashMap, FxHashSet};

/// One arrow between a client and a tested lifeline.
#[derive(Debug)]
pub(super) struct Seen {
    pub id: ArrowId,
    pub client: LifelineId,
    pub channel: Channel,
    /// What its label says, numbered: equal texts have equal numbers. Sorted.
    pub values: Vec<u32>,
    /// The clients that its label names. Sorted.
    pub names: Vec<LifelineId>,
}

/// What passes between the tool and one tested lifeline, each list in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Dealings {
    pub sent: Vec<Seen>,
    pub observed: Vec<Seen>,
}

/// The dealings of the tool with each tested lifeline.
pub(super) fn dealings(order: &Order, planned: &[Planned]) -> Vec<Dealings> {
    let people = People::of(order, planned);
    // Who is dialled by somebody and dials somebody, both of them the tool.
    let is_played = |id: &LifelineId| order.lifeline(*id).role == crate::order::Role::Simulated;
    let fronts = order.dials.iter().filter(|(from, _)| is_played(from)).map(|(_, to)| *to);
    let backs: FxHashSet<LifelineId> =
        order.dials.iter().filter(|(_, to)| is_played(to)).map(|(from, _)| *from).collect();
    let between: FxHashSet<LifelineId> = fronts.filter(|id| backs.contains(id)).collect();
    let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
    let mut all: Vec<Dealings> = order.lifelines.iter().map(|_| Dealings::default()).collect();
    for (id, arrow) in order.arrow_ids() {
        let plan = &planned[id.0 as usize];
        let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
        let (client, tested) = match plan.part {
            Part::Stimulus if !arrow.traits.lost => (from, to),
            Part::Observation if !arrow.traits.never => (to, from),
            Part::Stimulus | Part::Observation | Part::Local | Part::Hidden => continue,
        };
        let said = people.parts(plan.hole_texts());
        let mut number = |text: String| {
            let next = numbers.len() as u32;
            *numbers.entry(text).or_insert(next)
        };
        let mut values: Vec<u32> = said.iter().map(|text| number((*text).to_owned())).collect();
        // What stands between passes on what has the same label on its other side, be there a value in it or not.
        if between.contains(&tested) {
            let side = if order.client_sends(arrow) { '<' } else { '>' };
            values.push(number(format!("{side}\0{}", arrow.label.trim())));
        }
        values.sort_unstable();
        values.dedup();
        let mut names: Vec<LifelineId> = said.iter().filter_map(|text| people.find(text)).collect();
        names.sort_unstable();
        names.dedup();
        let seen = Seen { id, client, channel: plan.channel, values, names };
        let dealings = &mut all[tested.0 as usize];
        if plan.part == Part::Stimulus { dealings.sent.push(seen) } else { dealings.observed.push(seen) }
    }
    all.retain(|dealings| !dealings.sent.is_empty() && !dealings.observed.is_empty());
    all
}

/// The clients by every name that they go by, without regard to case.
#[derive(Debug)]
pub(in crate::oracle) struct People(FxHashMap<String, LifelineId>);

impl People {
    pub fn of(order: &Order, planned: &[Planned]) -> People {
        let mut known = FxHashMap::default();
        for (index, lifeline) in order.lifelines.iter().enumerate() {
            if lifeline.role == crate::order::Role::Simulated {
                for name in [&lifeline.name, &lifeline.label] {
                    known.entry(name.to_lowercase()).or_insert(LifelineId(index as u32));
                }
            }
        }
        for (id, arrow) in order.arrow_ids() {
            if let (Some(Resolved::Connect { name: Some(name), .. }), Some(client)) =
                (&planned[id.0 as usize].resolved, arrow.from.lifeline())
            {
                known.entry(name.to_lowercase()).or_insert(client);
            }
        }
        People(known)
    }

    /// The texts, and of one that begins with the name of a client and a colon (`Alice: hello`) both parts.
    fn parts<'t>(&self, said: Vec<&'t str>) -> Vec<&'t str> {
        let parts = |text: &'t str| {
            let (name, rest) = text.split_once(": ").filter(|(name, _)| self.find(name).is_some()).unzip();
            [Some(text), name, rest]
        };
        said.into_iter().flat_map(parts).flatten().collect()
    }

    pub fn find(&self, text: &str) -> Option<LifelineId> {
        self.0.get(&text.to_lowercase()).copied()
    }
}

/// How two arrows stand to each other in the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One after the other, as the text has them.
    Sequence,
    /// Side by side in operands of one `par`.
    Beside,
    /// In operands that exclude each other.
    Apart,
}

/// How two arrows stand to each other.
pub(super) fn place(order: &Order, one: ArrowId, other: ArrowId) -> Place {
    let (one, other) = (order.arrow(one), order.arrow(other));
    if one.inside == other.inside {
        return Place::Sequence;
    }
    for (fragment, operand) in order.around(one) {
        if let Some((_, theirs)) = order.around(other).find(|(known, _)| *known == fragment) {
            return match order.fragment(fragment).kind {
                _ if theirs == operand => Place::Sequence,
                Kind::Par => Place::Beside,
                Kind::Choice(_) => Place::Apart,
                Kind::Loop { .. } | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                    Place::Sequence
                }
            };
        }
    }
    Place::Sequence
}

/// Whether two arrows are drawn one after the other.
pub(in crate::oracle::plan) fn in_sequence(order: &Order, one: ArrowId, other: ArrowId) -> bool {
    place(order, one, other) == Place::Sequence
}

/// Whether two arrows stand beside each other in a `par`.
pub(in crate::oracle::plan) fn beside(order: &Order, one: ArrowId, other: ArrowId) -> bool {
    place(order, one, other) == Place::Beside
}

/// How many loops stand around both of two arrows.
pub(in crate::oracle::plan) fn shared_loops(order: &Order, one: ArrowId, other: ArrowId) -> u32 {
    let (one, other) = (order.arrow(one), order.arrow(other));
    let is_loop = |fragment: &FragmentId| matches!(order.fragment(*fragment).kind, Kind::Loop { .. });
    let loops = order.around(one).map(|(fragment, _)| fragment).filter(is_loop);
    loops.filter(|fragment| order.around(other).any(|(known, _)| known == *fragment)).count() as u32
}

/// Whether one arrow happens, and before another, whenever the other does: it is in no operand that may be left out.
pub(in crate::oracle::plan) fn happens_before(order: &Order, one: ArrowId, other: ArrowId) -> bool {
    let around = |fragment: FragmentId| order.around(order.arrow(other)).find(|(known, _)| *known == fragment);
    for (fragment, operand) in order.around(order.arrow(one)) {
        match (around(fragment), &order.fragment(fragment).kind) {
            (Some((_, theirs)), _) => return theirs == operand && one < other,
            (None, Kind::Choice(_) | Kind::Loop { .. }) => return false,
            (None, Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame) => {}
        }
    }
    one < other
}

/// Whether one arrow happens in every turn of the innermost loop around it and another: it is in no operand that may be
/// left out.
pub(in crate::oracle::plan) fn recurs(order: &Order, one: ArrowId, other: ArrowId) -> bool {
    let both = |fragment: FragmentId| order.around(order.arrow(other)).any(|(known, _)| known == fragment);
    for (fragment, _) in order.around(order.arrow(one)) {
        match order.fragment(fragment).kind {
            Kind::Loop { .. } => return both(fragment),
            Kind::Choice(_) => return false,
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {}
        }
    }
    false
}

/// Tells which messages of the tool can be the cause of which that come back.
pub(super) struct Possible<'a> {
    order: &'a Order,
    /// Also what need not have been sent: in an operand that may be left out, in a loop.
    optional: bool,
    /// Loops of more than one turn in which the tool sends to a lifeline: what comes there may follow from the turn before.
    turning: FxHashSet<(FragmentId, LifelineId)>,
    /// `strict` blocks: what comes there comes after all that is drawn above it.
    strict: FxHashSet<FragmentId>,
}

impl<'a> Possible<'a> {
    pub fn new(order: &'a Order, planned: &[Planned], optional: bool) -> Possible<'a> {
        let mut turning = FxHashSet::default();
        let (mut loops, mut strict) = (FxHashSet::default(), FxHashSet::default());
        for (index, fragment) in order.fragments.iter().enumerate() {
            let id = FragmentId(index as u32);
            match fragment.kind {
                Kind::Loop { max, .. } if max.is_none_or(|max| max > 1) => drop(loops.insert(id)),
                Kind::Strict => drop(strict.insert(id)),
                Kind::Loop { .. }
                | Kind::Choice(_)
                | Kind::Par
                | Kind::Critical
                | Kind::Region { .. }
                | Kind::Frame => {}
            }
        }
        if !loops.is_empty() {
            for (id, arrow) in order.arrow_ids() {
                if let (Part::Stimulus, Some(to)) = (planned[id.0 as usize].part, arrow.to.lifeline()) {
                    let around = order.around(arrow).filter(|(fragment, _)| loops.contains(fragment));
                    turning.extend(around.map(|(fragment, _)| (fragment, to)));
                }
            }
        }
        Possible { order, optional, turning, strict }
    }

    /// Whether the drawing alone says what a message follows from: it is in a `strict` block, or a delay is drawn between it
    /// and what the tool sends right above it.
    pub fn is_drawn(&self, planned: &[Planned], id: ArrowId) -> bool {
        let arrow = self.order.arrow(id);
        let delayed = arrow.traits.delay.is_some()
            && planned[id.0 as usize].above.is_some_and(|above| planned[above.0 as usize].part == Part::Stimulus);
        delayed
            || (!self.strict.is_empty()
                && self.order.around(arrow).any(|(fragment, _)| self.strict.contains(&fragment)))
    }

    /// Whether one message is sent whenever another comes (or, where that is asked, may be), and before it where the server does nothing of its own accord.
    pub fn may_cause(&self, sent: ArrowId, came: ArrowId) -> bool {
        let (one, other) = (self.order.arrow(sent), self.order.arrow(came));
        if one.inside == other.inside {
            return sent < came;
        }
        let optional = || self.optional && sent < came && in_sequence(self.order, sent, came);
        if !happens_before(self.order, sent, came) && !optional() {
            return false;
        }
        // A turn of a loop in which the tool sends may answer the turn before.
        let Some(tested) = other.from.lifeline() else { return false };
        let outside = |fragment: &FragmentId| self.order.around(one).all(|(known, _)| known != *fragment);
        let mut inner = self.order.around(other).map(|(fragment, _)| fragment).take_while(outside);
        self.turning.is_empty() || inner.all(|fragment| !self.turning.contains(&(fragment, tested)))
    }
}

/// Whether the tool sends something else to the same lifeline that is drawn before a message and not before its cause.
pub(super) fn between(order: &Order, planned: &[Planned], came: ArrowId, cause: ArrowId) -> bool {
    let to = order.arrow(cause).to;
    let other =
        |id: &ArrowId| planned[id.0 as usize].part == Part::Stimulus && order.arrow(*id).to == to && *id != cause;
    if (cause.0 + 1..came.0).map(ArrowId).any(|id| other(&id) && place(order, id, came) == Place::Sequence) {
        return true;
    }
    above_beside(order, cause, came).any(|id| other(&id))
}

/// What is written above an arrow and stands beside it in a `par` that another, below it, is not in: it happens before it or after
/// it, and before the other. The nearest come first, and no more than so many are looked at.
pub(super) fn above_beside(order: &Order, id: ArrowId, below: ArrowId) -> impl Iterator<Item = ArrowId> {
    let par = order
        .around(order.arrow(id))
        .filter(|(fragment, _)| order.fragment(*fragment).kind == Kind::Par)
        .filter(|(fragment, _)| order.around(order.arrow(below)).all(|(known, _)| known != *fragment))
        .last();
    let inside = move |other: &ArrowId| {
        par.is_some_and(|(par, _)| order.around(order.arrow(*other)).any(|(known, _)| known == par))
    };
    let above = (0..id.0).rev().map(ArrowId).take(NEAR).take_while(inside);
    above.filter(move |other| place(order, *other, id) == Place::Beside)
}

/// So many arrows above one are looked at for what stands beside it.
const NEAR: usize = 512;
