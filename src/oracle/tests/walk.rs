//! Every way through the choices of a diagram, as what happens on it from top to bottom.

use crate::oracle::config::Decision;
use crate::oracle::{Options, choice};
use crate::order::{ArrowId, Block, Chooser, FragmentId, Kind, Node, Order};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A diagram with more ways, or a way with more messages, is not compared.
const MOST_WAYS: usize = 400;
const MOST_EVENTS: usize = 40;

/// What is around a message in one way; each turn of a loop has fragments of its own.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// `par` and the operand of it.
    pub par: Vec<(u32, usize)>,
    /// Loops and the turn of them, numbered through the way.
    pub turns: Vec<(FragmentId, u32)>,
    pub strict: Option<u32>,
    pub critical: Vec<u32>,
    pub ignore: Vec<u32>,
}

/// A part of a way.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub events: Vec<(u32, Around)>,
    /// Loops that take no further turn.
    left: Vec<FragmentId>,
}

/// Every way through the choices; none where there are too many.
pub fn parts(order: &Order, options: &Options) -> Option<Vec<Part>> {
    let mut walk = Walk { order, options, fragments: 0, too_many: false };
    let parts = walk.block(&order.root, &Around::default());
    let fits = !walk.too_many && parts.iter().all(|part| part.events.len() <= MOST_EVENTS);
    fits.then_some(parts)
}

struct Walk<'a> {
    order: &'a Order,
    options: &'a Options,
    fragments: u32,
    too_many: bool,
}

impl Walk<'_> {
    fn fresh(&mut self) -> u32 {
        self.fragments += 1;
        self.fragments
    }

    fn product(&mut self, all: &[Part], next: &[Part]) -> Vec<Part> {
        if self.too_many || all.len() * next.len() > MOST_WAYS {
            self.too_many = true;
            return Vec::new();
        }
        let join = |one: &Part, other: &Part| Part {
            events: one.events.iter().chain(&other.events).cloned().collect(),
            left: one.left.iter().chain(&other.left).copied().collect(),
        };
        all.iter().flat_map(|one| next.iter().map(move |other| join(one, other))).collect()
    }

    fn block(&mut self, nodes: &Block, around: &Around) -> Vec<Part> {
        let mut all = vec![Part::default()];
        for node in nodes {
            let next = match node {
                Node::Arrow(id) if self.order.arrow(*id).traits.never => continue,
                Node::Arrow(id) => vec![Part { events: vec![(id.0, around.clone())], left: Vec::new() }],
                Node::Fragment(id) => self.fragment(*id, around),
            };
            all = self.product(&all, &next);
        }
        all
    }

    fn fragment(&mut self, id: FragmentId, around: &Around) -> Vec<Part> {
        let order = self.order;
        let fragment = order.fragment(id);
        let operand = |index: usize| &fragment.operands[index].body;
        let number = self.fresh();
        let mut inside = around.clone();
        match fragment.kind {
            Kind::Choice(chooser) => {
                let begins = |index: usize| fragment.operands[index].begins.tool;
                let may = |index: &usize| match (chooser, choice::choose(order, self.options, id, 0)) {
                    (Chooser::Tool, Decision::Operand(one)) => one as usize == *index,
                    // Where the server says nothing, the tool begins the first that is its own.
                    (Chooser::Mixed, _) => !begins(*index) || !(0..*index).any(begins),
                    _ => true,
                };
                let open: Vec<usize> = (0..fragment.operands.len()).filter(may).collect();
                let mut all = Vec::new();
                for index in open {
                    let mut parts = self.block(operand(index), around);
                    if index == 0 {
                        parts.iter_mut().for_each(|part| part.left.extend(fragment.leaves));
                    }
                    all.extend(parts);
                }
                all
            }
            Kind::Loop { min, max, chooser, .. } => {
                let (min, max) = match (chooser, choice::choose(order, self.options, id, 0)) {
                    (Chooser::Tool, Decision::Turns { begun, .. }) => (begun, begun),
                    _ => (min, max.unwrap_or(min + 2)),
                };
                let (mut all, mut open) = (Vec::new(), vec![Part::default()]);
                for turn in 0..=max {
                    let over = |part: &Part| part.left.contains(&id);
                    all.extend(open.iter().filter(|part| turn >= min || over(part)).cloned());
                    open.retain(|part| !over(part));
                    if turn < max {
                        let mut inside = around.clone();
                        inside.turns.push((id, self.fresh()));
                        let next = self.block(operand(0), &inside);
                        open = self.product(&open, &next);
                    }
                }
                all
            }
            Kind::Par => {
                let mut all = vec![Part::default()];
                for index in 0..fragment.operands.len() {
                    let mut inside = around.clone();
                    inside.par.push((number, index));
                    let next = self.block(operand(index), &inside);
                    all = self.product(&all, &next);
                }
                all
            }
            Kind::Strict => {
                inside.strict = Some(number);
                self.block(operand(0), &inside)
            }
            Kind::Critical => {
                inside.critical.push(number);
                self.block(operand(0), &inside)
            }
            Kind::Region { .. } => {
                inside.ignore.push(number);
                self.block(operand(0), &inside)
            }
            Kind::Frame => self.block(operand(0), &inside),
        }
    }
}

/// In which turns a name is fresh: in those of the innermost loop that is around all its uses.
pub struct Scopes(BTreeMap<Arc<str>, Vec<FragmentId>>);

impl Scopes {
    pub fn of(order: &Order) -> Scopes {
        let mut scopes: BTreeMap<Arc<str>, Vec<FragmentId>> = BTreeMap::new();
        for (id, arrow) in order.arrow_ids() {
            let Some(name) = arrow.label.strip_prefix("id ").map(Arc::from) else { continue };
            let loops = loops(order, id);
            let known = scopes.entry(name).or_insert_with(|| loops.clone());
            let same = known.iter().zip(&loops).take_while(|(one, other)| one == other).count();
            known.truncate(same);
        }
        Scopes(scopes)
    }

    /// The name that a label says, and the turn in which it is fresh; 0 where it is one for all.
    pub fn name(&self, label: &str, around: &Around) -> Option<(Arc<str>, u32)> {
        let (name, loops) = self.0.get_key_value(label.strip_prefix("id ")?)?;
        let turn = around.turns.iter().find(|(id, _)| Some(id) == loops.last()).map_or(0, |(_, turn)| *turn);
        Some((Arc::clone(name), turn))
    }
}

/// The loops around an arrow, from the outside.
fn loops(order: &Order, id: ArrowId) -> Vec<FragmentId> {
    let around = order.around(order.arrow(id));
    let is_loop = |id: &FragmentId| matches!(order.fragment(*id).kind, Kind::Loop { .. });
    let mut loops: Vec<FragmentId> = around.map(|(id, _)| id).filter(is_loop).collect();
    loops.reverse();
    loops
}
