//! How much a diagram may stand for. A text of two lines can mean more messages than any machine can send: what loops,
//! references and `#@ clients` make of it is counted before it is made.

use super::model::{Block, Chooser, Fragment, FragmentId, Kind, Node, Order};
use crate::source::Diagnostic;

/// Arrows that references and clients make of one diagram.
pub(super) const EXPANDED: u64 = 200_000;

/// Arrows that are sent and received in one play, loops included.
const TURNS: u64 = 1_000_000;

/// The diagnostic of a diagram that stands for so many arrows.
pub(super) fn exceeded(arrows: u64, how: &str) -> Diagnostic {
    limit(arrows, how, EXPANDED)
}

fn limit(arrows: u64, how: &str, most: u64) -> Diagnostic {
    let many = if arrows == u64::MAX { "more than can be counted".to_owned() } else { arrows.to_string() };
    Diagnostic::error(
        "limit",
        format!(
            "limit on the arrows of a diagram reached: {many} arrows {how}, and the limit \
                                        is {most}"
        ),
    )
    .with_help("lower the numbers of `loop` and `#@ clients`, or split the diagram")
}

/// Whether the loops multiply arrows beyond what may be: the innermost line that does.
pub(super) fn turns(order: &Order) -> Option<Diagnostic> {
    let mut weights = vec![0u64; order.fragments.len()];
    let mut found: Option<(&Fragment, u64)> = None;
    // Inner fragments have higher numbers than those around them.
    for (index, fragment) in order.fragments.iter().enumerate().rev() {
        let weight = of_fragment(fragment, &weights);
        if weight > TURNS && matches!(fragment.kind, Kind::Loop { .. }) && found.is_none() {
            found = Some((fragment, weight));
        }
        weights[index] = weight;
    }
    let (fragment, weight) = match found {
        Some(found) => found,
        None => {
            let all = of_block(&order.root, &weights);
            let loops = order.fragments.iter().zip(&weights).filter(|(one, _)| matches!(one.kind, Kind::Loop { .. }));
            // Without a loop the arrows were counted where they were made.
            (all > TURNS).then(|| loops.max_by_key(|(_, weight)| **weight)).flatten().map(|(one, _)| (one, all))?
        }
    };
    Some(limit(weight, "with its loops", TURNS).at(fragment.span, "this line multiplies its content"))
}

fn of_fragment(fragment: &Fragment, weights: &[u64]) -> u64 {
    let operands = fragment.operands.iter().map(|operand| of_block(&operand.body, weights));
    match fragment.kind {
        // One of them.
        Kind::Choice(_) => operands.max().unwrap_or(0),
        Kind::Loop { min, max, chooser, .. } => {
            // How often a server goes round is its own affair; nothing is made of it beforehand.
            let turns = match chooser {
                Chooser::Server | Chooser::Nobody => min,
                Chooser::Tool | Chooser::Mixed => max.unwrap_or(min),
            };
            operands.fold(0, u64::saturating_add).saturating_mul(u64::from(turns.max(1)))
        }
        Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
            operands.fold(0, u64::saturating_add)
        }
    }
}

fn of_block(block: &Block, weights: &[u64]) -> u64 {
    let weight = |node: &Node| match node {
        Node::Arrow(_) => 1,
        Node::Fragment(FragmentId(id)) => weights[*id as usize],
    };
    block.iter().map(weight).fold(0, u64::saturating_add)
}
