//! Who decides at a choice: by whom its operands begin.

use super::model::{ArrowId, Begins, Block, Chooser, Fragment, FragmentId, Kind, Node, Order};
use rustc_hash::FxHashSet;

/// Fills in the chooser of every choice and loop, inner ones first, and the numbers of loops without numbers.
pub(super) fn settle(order: &mut Order) {
    let mut begins = vec![Begins::default(); order.fragments.len()];
    let depends = order.arrows.iter().flat_map(|arrow| arrow.traits.depends.iter().copied());
    let named: FxHashSet<ArrowId> =
        depends.chain(order.bounds.iter().flat_map(|bound| [bound.from, bound.to])).collect();
    // Inner fragments have higher numbers than those around them.
    for index in (0..order.fragments.len()).rev() {
        let fragment = &order.fragments[index];
        let operands: Vec<Begins> =
            fragment.operands.iter().map(|operand| block(order, &begins, &operand.body)).collect();
        let any = |pick: fn(&Begins) -> bool| operands.iter().any(pick);
        let chooser = match (any(|b| b.tool), any(|b| b.server)) {
            (true, false) => Chooser::Tool,
            (false, true) if says_one_thing(order, &named, fragment) => Chooser::Nobody,
            (false, true) => Chooser::Server,
            (true, true) => Chooser::Mixed,
            (false, false) => Chooser::Nobody,
        };
        let kind = match fragment.kind.clone() {
            Kind::Choice(_) => Kind::Choice(chooser),
            Kind::Loop { free: true, .. } => {
                let (min, max) = if chooser == Chooser::Server { (0, None) } else { (1, Some(1)) };
                Kind::Loop { min, max, chooser, free: true }
            }
            Kind::Loop { min, max, free: false, .. } => Kind::Loop { min, max, chooser, free: false },
            kind @ (Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame) => kind,
        };
        begins[index] = match &kind {
            Kind::Par => {
                Begins { tool: any(|b| b.tool), server: any(|b| b.server), nothing: operands.iter().all(|b| b.nothing) }
            }
            Kind::Loop { min, .. } => {
                Begins { nothing: *min == 0 || any(|b| b.nothing), ..operands.first().copied().unwrap_or_default() }
            }
            Kind::Choice(_) | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                Begins { tool: any(|b| b.tool), server: any(|b| b.server), nothing: any(|b| b.nothing) }
            }
        };
        let fragment = &mut order.fragments[index];
        fragment.kind = kind;
        fragment.operands.iter_mut().zip(operands).for_each(|(operand, begins)| operand.begins = begins);
    }
}

/// Whether all operands of a choice say the same, so that it is none. What other places name is not the same twice.
fn says_one_thing(order: &Order, named: &FxHashSet<ArrowId>, fragment: &Fragment) -> bool {
    let (Kind::Choice(_), None) = (&fragment.kind, fragment.leaves) else { return false };
    let [first, rest @ ..] = fragment.operands.as_slice() else { return false };
    !rest.is_empty() && rest.iter().all(|other| are_alike(order, named, &first.body, &other.body))
}

fn are_alike(order: &Order, named: &FxHashSet<ArrowId>, one: &Block, other: &Block) -> bool {
    let arrows = |a: &ArrowId, b: &ArrowId| {
        let apart = !named.contains(a) && !named.contains(b);
        let (a, b) = (order.arrow(*a), order.arrow(*b));
        let plain = a.traits.is_plain() && b.traits.is_plain();
        apart && plain && a.label == b.label && a.from == b.from && a.to == b.to
    };
    let fragments = |a: &FragmentId, b: &FragmentId| {
        let (a, b) = (order.fragment(*a), order.fragment(*b));
        let mut operands = a.operands.iter().zip(&b.operands);
        a.kind == b.kind
            && a.leaves.is_none()
            && b.leaves.is_none()
            && a.operands.len() == b.operands.len()
            && operands.all(|(a, b)| are_alike(order, named, &a.body, &b.body))
    };
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Node::Arrow(a), Node::Arrow(b)) => arrows(a, b),
            (Node::Fragment(a), Node::Fragment(b)) => fragments(a, b),
            (Node::Arrow(_), Node::Fragment(_)) | (Node::Fragment(_), Node::Arrow(_)) => false,
        })
}

fn block(order: &Order, known: &[Begins], nodes: &Block) -> Begins {
    let mut all = Begins { nothing: true, ..Begins::default() };
    for node in nodes {
        let next = match node {
            Node::Fragment(FragmentId(id)) => known[*id as usize],
            Node::Arrow(id) => {
                let arrow = order.arrow(*id);
                let (from, to) = (order.simulated(arrow.from), order.simulated(arrow.to));
                if arrow.traits.never || order.unseen(arrow) {
                    Begins { nothing: true, ..Begins::default() }
                } else {
                    Begins { tool: from, server: !from && to, nothing: !from && !to }
                }
            }
        };
        all.tool |= next.tool;
        all.server |= next.server;
        if !next.nothing {
            all.nothing = false;
            break;
        }
    }
    all
}
