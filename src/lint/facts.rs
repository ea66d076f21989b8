//! What several rules ask of a diagram, worked out once.

use super::Subject;
use super::races::{self, Races};
use crate::diagram::Item;
use crate::oracle::{Part, Plan};
use crate::order::overlay::{Overlay, touched};
use crate::order::relation::{Frozen, Point, Which};
use crate::order::{Arrow, ArrowId, Block, Fragment, FragmentId, Kind, LifelineId, Node, Order, Word};
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// So many arrows are remembered as the last ones behind a fragment.
const REMEMBERED: usize = 16;

/// What several rules ask.
pub(super) struct Facts<'a> {
    pub subject: &'a Subject<'a>,
    pub plan: &'a Plan,
    pub order: &'a Order,
    /// What is drawn, ready for questions.
    pub drawn: Frozen,
    /// What somebody can keep.
    pub kept: Frozen,
    pub races: Races,
    /// For each stimulus the last visible arrows drawn above it on the tested lifeline (several behind a choice).
    pub above: FxHashMap<ArrowId, Vec<ArrowId>>,
    /// For each arrow the nearest one above in which its sender takes part.
    pub own: Vec<Option<ArrowId>>,
    /// Whether time passes somewhere in the diagram.
    pub timed: bool,
    /// Arrows that are drawn at the height of another (PlantUML `&`), and those others.
    level: FxHashSet<Span>,
    /// How many arrows have each label.
    pub labels: FxHashMap<&'a str, u32>,
    /// For each asker and listener the first message of the one that has a single answer, at the other, and the answer.
    pub exchanges: FxHashMap<(LifelineId, LifelineId), (ArrowId, ArrowId)>,
    /// For each stimulus the arrows that a server draws in answer: those right below it, up to the next stimulus.
    pub answers: FxHashMap<ArrowId, Vec<ArrowId>>,
}

impl<'a> Facts<'a> {
    pub fn new(subject: &'a Subject<'a>) -> Facts<'a> {
        let plan = subject.plan;
        let order = plan.order();
        let drawn = plan.relate(Which::Visual).freeze(order);
        let kept = plan.relate(Which::Enforceable).freeze(order);
        let races = races::find(subject, &drawn, &kept);
        let mut walk = Walk { plan, above: FxHashMap::default(), answers: FxHashMap::default() };
        walk.block(&order.root, &mut Last::new());
        let Walk { above, answers, .. } = walk;
        let timed = order.arrows.iter().any(|arrow| arrow.traits.delay.is_some()) || !order.tail.is_zero();
        let level = level(&subject.diagram.body);
        let mut labels: FxHashMap<&str, u32> = FxHashMap::default();
        order.arrows.iter().for_each(|arrow| *labels.entry(&arrow.label).or_default() += 1);
        let exchanges = FxHashMap::default();
        let own = own(order);
        let mut facts =
            Facts { subject, plan, order, drawn, kept, races, above, own, timed, level, labels, exchanges, answers };
        facts.exchanges = facts.asked_and_answered();
        facts
    }

    /// What is asked and answered, where the answer is the only one and says what was asked.
    fn asked_and_answered(&self) -> FxHashMap<(LifelineId, LifelineId), (ArrowId, ArrowId)> {
        let mut found = FxHashMap::default();
        for (id, _) in self.order.arrow_ids() {
            let Some([answer]) = self.answers.get(&id).map(Vec::as_slice) else { continue };
            let label = |id: ArrowId| self.order.arrow(id).label.rsplit(": ").next().unwrap_or_default();
            let fits = self.word(id) == Word::Message
                && label(id) == label(*answer)
                && !self.named(id)
                && !self.named(*answer);
            if let (true, Some(asker), Some(listener)) = (fits, self.client(id), self.client(*answer)) {
                found.entry((asker, listener)).or_insert((id, *answer));
            }
        }
        found
    }

    /// Whether the arrow of an event is drawn at the height of another.
    pub fn at_one_height(&self, point: Point) -> bool {
        point.arrow().is_some_and(|id| self.level.contains(&self.order.arrow(id).span))
    }

    /// Whether an arrow uses a name that the server gives a value: it stands for one value alone.
    pub fn named(&self, id: ArrowId) -> bool {
        self.plan.planned(id).resolved.as_ref().is_some_and(|resolved| !resolved.names().is_empty())
    }

    /// Fragments, outer ones first.
    pub fn fragments(&self) -> impl Iterator<Item = (FragmentId, &'a Fragment)> {
        self.order.fragments.iter().enumerate().map(|(index, fragment)| (FragmentId(index as u32), fragment))
    }

    /// The arrows that the tool plays or sees, in the order of the text.
    pub fn visible(&self) -> impl Iterator<Item = (ArrowId, &'a Arrow)> {
        self.order.arrow_ids().filter(|(id, _)| races::visible(self.plan, *id).is_some())
    }

    pub fn part(&self, id: ArrowId) -> Part {
        self.plan.planned(id).part
    }

    pub fn is_stimulus(&self, id: ArrowId) -> bool {
        self.part(id) == Part::Stimulus
    }

    /// What the words of the binding say of an arrow.
    pub fn word(&self, id: ArrowId) -> Word {
        self.subject.words.word(&self.order.arrow(id).label)
    }

    /// The simulated client of an arrow that is played or observed.
    pub fn client(&self, id: ArrowId) -> Option<LifelineId> {
        self.plan.client(id).map(|(client, _)| client)
    }

    /// The fragments around an arrow, innermost first, with the operand in each.
    pub fn around(&self, id: ArrowId) -> Vec<(FragmentId, u32)> {
        let mut inside = self.order.arrow(id).inside;
        let mut all = Vec::new();
        while let Some((fragment, operand)) = inside {
            all.push((fragment, operand));
            inside = self.order.fragment(fragment).inside;
        }
        all
    }

    /// Whether `a` happens in every run in which `b` does: no choice stands around it that does not stand around `b`.
    pub fn comes_with(&self, a: ArrowId, b: ArrowId) -> bool {
        let of_b = self.around(b);
        self.around(a).into_iter().all(|(fragment, operand)| {
            of_b.contains(&(fragment, operand))
                || !matches!(self.order.fragment(fragment).kind, Kind::Choice(_) | Kind::Loop { .. })
        })
    }

    /// The first arrow of a race that is its most telling one: the nearest message of a client, else the nearest event.
    pub fn earlier(&self, nearest: &[Point]) -> Option<Point> {
        let of_client = |point: &&Point| matches!(point, Point::Receive(id) if self.is_stimulus(*id));
        nearest.iter().find(of_client).or(nearest.first()).copied()
    }
}

/// The last visible arrows of each tested lifeline.
type Last<'a> = Overlay<'a, LifelineId, Vec<ArrowId>>;

struct Walk<'a> {
    plan: &'a Plan,
    above: FxHashMap<ArrowId, Vec<ArrowId>>,
    answers: FxHashMap<ArrowId, Vec<ArrowId>>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, last: &mut Last<'_>) {
        let order = self.plan.order();
        // The stimulus whose answers come now, in this block.
        let mut asked: FxHashMap<LifelineId, ArrowId> = FxHashMap::default();
        for node in block {
            match node {
                Node::Arrow(id) => {
                    let arrow = order.arrow(*id);
                    let (Some(from), Some(to)) = (arrow.from.lifeline(), arrow.to.lifeline()) else { continue };
                    match self.plan.planned(*id).part {
                        Part::Stimulus => {
                            if let Some(above) = last.get(&to) {
                                self.above.insert(*id, above.clone());
                            }
                            last.set(to, vec![*id]);
                            asked.insert(to, *id);
                        }
                        Part::Observation if !arrow.traits.never => {
                            last.set(from, vec![*id]);
                            if let Some(stimulus) = asked.get(&from) {
                                self.answers.entry(*stimulus).or_default().push(*id);
                            }
                        }
                        Part::Observation | Part::Local | Part::Hidden => {}
                    }
                }
                Node::Fragment(id) => {
                    asked.clear();
                    let fragment = order.fragment(*id);
                    let mut way = |block: &Block| {
                        let mut own = last.on_top();
                        self.block(block, &mut own);
                        own.into_changes()
                    };
                    let outs: Vec<_> = fragment.operands.iter().map(|operand| way(&operand.body)).collect();
                    let (all, again) = (outs.len(), matches!(fragment.kind, Kind::Loop { .. }));
                    for (server, ways) in touched(outs) {
                        // Where a way leaves it as it was, that stands among them.
                        let gap =
                            ways.iter().zip(0..).position(|((way, _), index)| *way != index).unwrap_or(ways.len());
                        let gap = if again { Some(0) } else { Some(gap).filter(|_| ways.len() < all) };
                        let before = gap.and_then(|gap| Some((gap, last.get(&server)?)));
                        let mut known: Vec<ArrowId> = Vec::new();
                        let mut add = |ids: &[ArrowId]| {
                            for id in ids {
                                if known.len() < REMEMBERED && !known.contains(id) {
                                    known.push(*id);
                                }
                            }
                        };
                        for (index, (_, ids)) in ways.iter().enumerate() {
                            before.filter(|(gap, _)| *gap == index).into_iter().for_each(|(_, ids)| add(ids));
                            add(ids.as_deref().unwrap_or_default());
                        }
                        before.filter(|(gap, _)| *gap == ways.len()).into_iter().for_each(|(_, ids)| add(ids));
                        last.set(server, known);
                    }
                }
            }
        }
    }
}

fn level(items: &[Item]) -> FxHashSet<Span> {
    let mut found = FxHashSet::default();
    let mut above: Option<Span> = None;
    for item in items {
        match item {
            Item::Arrow(arrow) => {
                if let Some(above) = above.filter(|_| arrow.drawn.same_height) {
                    found.extend([above, arrow.span]);
                }
                above = Some(arrow.span);
            }
            Item::Fragment(fragment) => {
                fragment.operands.iter().for_each(|operand| found.extend(level(&operand.body)));
                above = None;
            }
            Item::Group(group) => found.extend(level(&group.body)),
            Item::Declare(..)
            | Item::Note(_)
            | Item::Ref(_)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Lifecycle { .. }
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => {}
        }
    }
    found
}

fn own(order: &Order) -> Vec<Option<ArrowId>> {
    let mut last: FxHashMap<LifelineId, ArrowId> = FxHashMap::default();
    order
        .arrow_ids()
        .map(|(id, arrow)| {
            let own = arrow.from.lifeline().and_then(|from| last.get(&from).copied());
            for end in [arrow.from, arrow.to].into_iter().filter_map(crate::order::Point::lifeline) {
                last.insert(end, id);
            }
            own
        })
        .collect()
}
