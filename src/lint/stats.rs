use super::facts::Facts;
use super::orders::{self, StimulusOrders};
use super::rules::in_flight;
use crate::order::relation::{ARROWS, Point, Rows, bits, event, width};
use crate::order::{ArrowId, Block, Kind, Node, Order, Role, Word};
use std::fmt;

/// Diagrams with more visible events than this are not measured for their width.
const WIDE: usize = 400;

/// The numbers of a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Lifelines that seqcheck plays, and those under test.
    pub lifelines: (usize, usize),
    /// Arrows, unfolded.
    pub arrows: usize,
    /// Events that the tool sees.
    pub visible: usize,
    /// Pairs of these that may both happen.
    pub pairs: u64,
    /// Pairs that are drawn in order and have none.
    pub unordered: u64,
    /// How many visible events may happen in parallel; none where there are too many to measure.
    pub width: Option<usize>,
    /// The orders in which the clients could send, were each on its own.
    pub orders: StimulusOrders,
    /// Pairs that are drawn in an order that nobody keeps, and the messages that cause them.
    pub races: (u64, usize),
    /// What a diagram can do that shows more kinds of faults, and whether this one does.
    pub power: Vec<(&'static str, bool)>,
}

pub(super) fn of(facts: &Facts<'_>) -> Stats {
    let order = facts.order;
    let role = |role: Role| order.lifelines.iter().filter(|lifeline| lifeline.role == role).count();
    let visible = facts.visible().count();
    let all = visible as u64;
    let pairs = (all * all.saturating_sub(1) / 2).saturating_sub(excluded(facts, &order.root).1);
    Stats {
        lifelines: (role(Role::Simulated), role(Role::Tested)),
        arrows: order.arrows.len(),
        visible,
        pairs,
        unordered: pairs.saturating_sub(facts.races.ordered),
        width: (visible <= WIDE).then(|| measured(facts)),
        orders: orders::count(facts),
        races: (facts.races.pairs, facts.races.causes.len()),
        power: power(facts),
    }
}

/// The visible events of a block, and how many pairs of them exclude one another.
fn excluded(facts: &Facts<'_>, block: &Block) -> (u64, u64) {
    let (mut events, mut pairs) = (0, 0);
    for node in block {
        match node {
            Node::Arrow(id) => events += u64::from(super::races::visible(facts.plan, *id).is_some()),
            Node::Fragment(id) => {
                let fragment = facts.order.fragment(*id);
                let mut inside = 0;
                for operand in &fragment.operands {
                    let (own, within) = excluded(facts, &operand.body);
                    pairs += within;
                    if matches!(fragment.kind, Kind::Choice(_)) {
                        pairs += inside * own;
                    }
                    inside += own;
                }
                events += inside;
            }
        }
    }
    (events, pairs)
}

fn measured(facts: &Facts<'_>) -> usize {
    let points: Vec<Point> = facts.visible().filter_map(|(id, _)| super::races::visible(facts.plan, id)).collect();
    let mut sorted = points.clone();
    sorted.sort_unstable();
    let index = |point: Point| sorted.binary_search(&point).ok().map(|at| at as u32);
    let mut pairs = Vec::new();
    let mut rows = Rows::default();
    for first in (0..facts.order.arrows.len() as u32).step_by(ARROWS as usize) {
        facts.drawn.sweep(first, &mut rows);
        for point in &points {
            let (Some(own), Some(rank)) = (index(*point), facts.drawn.rank(*point)) else { continue };
            let above = bits(rows.at(rank)).map(|column| event(first, column)).filter(|above| above != point);
            pairs.extend(above.filter_map(|above| Some((index(above)?, own))));
        }
    }
    // What excludes one another is never side by side.
    for (a, point) in points.iter().enumerate() {
        for other in &points[a + 1..] {
            if let (Some(one), Some(two)) = (point.arrow(), other.arrow())
                && exclude(facts.order, one, two)
            {
                pairs.extend(index(*point).zip(index(*other)));
            }
        }
    }
    width(points.len(), &pairs)
}

fn exclude(order: &Order, a: ArrowId, b: ArrowId) -> bool {
    order.arrow(a).inside.is_some() && order.arrow(b).inside.is_some() && crate::order::relation::conflict(order, a, b)
}

fn power(facts: &Facts<'_>) -> Vec<(&'static str, bool)> {
    let order = facts.order;
    let any = |test: &dyn Fn(ArrowId) -> bool| order.arrow_ids().any(|(id, _)| test(id));
    let several = facts.answers.values().any(|answers| {
        let label = |id: &ArrowId| &order.arrow(*id).label;
        answers
            .windows(2)
            .any(|pair| label(&pair[0]) == label(&pair[1]) && facts.client(pair[0]) != facts.client(pair[1]))
    });
    let traits = |id: ArrowId| &order.arrow(id).traits;
    let timed = |id: ArrowId| traits(id).delay.is_some() || traits(id).within.is_some() || traits(id).after.is_some();
    let connects = order.arrow_ids().filter(|(id, _)| facts.is_stimulus(*id) && facts.word(*id) == Word::Connect);
    let mut dialled: Vec<_> = connects.filter_map(|(id, _)| facts.client(id)).collect();
    let all = dialled.len();
    dialled.sort_unstable();
    dialled.dedup();
    vec![
        ("messages in parallel", in_flight(facts) > 1),
        ("several recipients of one message", several),
        ("messages that must not come", any(&|id| traits(id).never)),
        ("a connection that ends", any(&|id| facts.word(id) == Word::End || traits(id).lost)),
        ("a client that reconnects", all > dialled.len()),
        ("times", any(&timed) || !order.bounds.is_empty()),
    ]
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<18}{value}");
        row("participants", format!("{} played, {} under test", self.lifelines.0, self.lifelines.1))?;
        row("events", format!("{} of {} arrows, {} seen from outside", self.arrows * 2, self.arrows, self.visible))?;
        row(
            "order",
            format!("{} of {} visible pairs are drawn in an order that nothing enforces", self.unordered, self.pairs),
        )?;
        row(
            "width",
            self.width.map_or_else(
                || format!("not measured beyond {WIDE} events"),
                |width| format!("at most {width} visible event{} in parallel", if width == 1 { "" } else { "s" }),
            ),
        )?;
        row(
            "races",
            match self.races {
                (0, _) => "none".to_owned(),
                (pairs, causes) => format!("{pairs} pairs with {causes} cause{}", if causes == 1 { "" } else { "s" }),
            },
        )?;
        let (has, lacks): (Vec<_>, Vec<_>) = self.power.iter().partition(|(_, has)| *has);
        let names = |list: &[&(&str, bool)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        row(
            "power",
            match has.as_slice() {
                [] => format!("0 of {}; lacks {}", self.power.len(), names(&lacks)),
                some if lacks.is_empty() => format!("all of {}", names(some)),
                some => format!("{} of {}: {}; lacks {}", some.len(), self.power.len(), names(some), names(&lacks)),
            },
        )?;
        match &self.orders {
            StimulusOrders::NotPlain => {
                row("stimulus orders", "not counted: there are choices, loops or par".to_owned())
            }
            StimulusOrders::Many => row("stimulus orders", "too many to count".to_owned()),
            StimulusOrders::Counted { orders, deadlocks: 0, .. } => {
                row("stimulus orders", format!("{orders} with each client on its own, none of them a deadlock"))
            }
            StimulusOrders::Counted { orders, deadlocks, example } => {
                let are = if *deadlocks == 1 {
                    "1 of them is a deadlock"
                } else {
                    &format!("{deadlocks} of them are deadlocks")
                };
                row("stimulus orders", format!("{orders} with each client on its own; {are}:"))?;
                let scenario = example.as_ref().map_or("", |example| example.scenario.as_str());
                scenario.lines().try_for_each(|line| writeln!(f, "    {line}"))
            }
        }
    }
}
