//! SQ105: a frame that may be either of two.

use crate::lint::facts::Facts;
use crate::lint::words::lines;
use crate::lint::{Bears, Finding, Lint};
use crate::order::relation::Point;
use crate::order::{ArrowId, FragmentId, Kind, LifelineId};
use crate::source::{Diagnostic, Severity};
use crate::wire::{Channel, Expects};
use std::collections::BTreeMap;

pub const LINT: Lint = Lint {
    code: "SQ105",
    name: "ambiguous frame",
    severity: Severity::Warning,
    about: "two messages of one connection look the same and may come in either order",
    why: "In a `par`, and where a message has no fixed place, two messages of one connection may come in either \
          order. If a frame fits both, the run has to follow both possibilities until a later frame decides. This is \
          slow if there are many possibilities, and the report may name a line that you did not mean.\n\n\
          Use two labels that differ on the wire, or draw the messages one below the other. Equal messages that are \
          each alone in their operand are interchangeable, and are not ambiguous.",
    theory: "Two concurrent expectations that unify; the oracle keeps a set of configurations for them.",
    bears: Bears::Likeness,
    find,
};

/// At most so many pairs are compared in a diagram; where there are more, a note says so.
const COMPARED: usize = 300_000;

type Connection = (LifelineId, LifelineId, Channel);

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut pairs: Vec<(ArrowId, ArrowId)> = Vec::new();
    let mut budget = COMPARED;
    let mut left_out: Option<ArrowId> = None;
    let connection = |id: ArrowId| {
        let (client, server) = facts.plan.client(id)?;
        facts.plan.expectation(id)?;
        Some((client, server, facts.plan.planned(id).channel))
    };
    let mut alike = |a: ArrowId, b: ArrowId| {
        let (Some(first), Some(second)) = (facts.plan.expectation(a), facts.plan.expectation(b)) else { return false };
        let twins = facts.plan.planned(a).alone.is_some()
            && facts.plan.planned(a).alone == facts.plan.planned(b).alone
            && facts.order.arrow(a).label == facts.order.arrow(b).label;
        if twins || budget == 0 {
            left_out = left_out.or((!twins).then_some(b));
            return false;
        }
        budget -= 1;
        first.may_equal(second)
    };
    // Within each par: by connection, by operand.
    for (par, fragment) in facts.fragments().filter(|(_, fragment)| fragment.kind == Kind::Par) {
        let mut seen: BTreeMap<Connection, Vec<(u32, ArrowId)>> = BTreeMap::new();
        let operands = facts.kept.operands(par);
        for (index, range) in operands.iter().enumerate().take(fragment.operands.len()) {
            for id in range.clone().map(ArrowId).filter(|id| !facts.order.arrow(*id).traits.never) {
                if let Some(connection) = connection(id) {
                    seen.entry(connection).or_default().push((index as u32, id));
                }
            }
        }
        for ids in seen.values().filter(|ids| ids.len() > 1) {
            for (at, (operand, a)) in ids.iter().enumerate() {
                let later = ids[at + 1..].iter().filter(|(other, _)| other != operand);
                if let Some((_, b)) = later.into_iter().find(|(_, b)| alike(*a, *b)) {
                    pairs.push((*a, *b));
                }
            }
        }
    }
    // Messages without a fixed place, against all others of their connection.
    let free: Vec<ArrowId> = facts
        .visible()
        .map(|(id, _)| id)
        .filter(|id| facts.plan.expectation(*id).is_some_and(crate::wire::Expectation::place_is_free))
        .collect();
    for a in free {
        let own = connection(a);
        let others = facts.visible().map(|(id, _)| id).filter(|b| *b != a && connection(*b) == own);
        let different = |b: &ArrowId| facts.order.arrow(a).label != facts.order.arrow(*b).label;
        if let Some(b) = others.filter(different).find(|b| alike(a, *b)) {
            pairs.push((a.min(b), a.max(b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    // What a chain of messages orders is not ambiguous.
    let asked: Vec<(Point, Point)> = pairs.iter().map(|(a, b)| (Point::Receive(*a), Point::Receive(*b))).collect();
    let ordered = facts.kept.ordered(&asked);
    let open = pairs.into_iter().zip(ordered).filter(|(_, ordered)| !ordered).map(|(pair, _)| pair);
    let mut drawn: Vec<(u32, u32)> = Vec::new();
    open.filter(|(a, b)| {
        let numbers = (facts.order.arrow(*a).number, facts.order.arrow(*b).number);
        let new = !drawn.contains(&numbers);
        if new && drawn.len() < 1000 {
            drawn.push(numbers);
        }
        new
    })
    .map(|(a, b)| one(facts, a, b))
    .chain(left_out.map(|id| unread(facts, id)))
    .collect()
}

/// There was more to compare than is compared.
fn unread(facts: &Facts<'_>, id: ArrowId) -> Finding {
    let diagnostic =
        Diagnostic::note(LINT.code, format!("more than {COMPARED} pairs of messages may come in either order"))
            .at(facts.order.arrow(id).span, "the pairs from here on were not compared")
            .with_help("split the diagram, so that fewer messages are in one par");
    Finding::new(&LINT, diagnostic, vec![id])
}

fn one(facts: &Facts<'_>, a: ArrowId, b: ArrowId) -> Finding {
    let (first, second) = (facts.order.arrow(a), facts.order.arrow(b));
    let message = format!(
        "a frame to {} may be {} or {}, and nothing defines which comes first",
        facts.receiver(a),
        facts.label(a),
        facts.label(b)
    );
    let diagnostic = LINT
        .diagnostic(message)
        .at(second.span, "this fits the frame")
        .see(first.span, "this fits the same frame")
        .with_note("this run: follows both possibilities until a later frame decides")
        .with_note("production: a client that acts on the first of them may act on the wrong one")
        .with_help(format!("give {} labels that differ on the wire", lines(vec![first.line, second.line])))
        .with_help("or draw them one below the other, outside of par")
        .with_note("see seqcheck explain SQ105");
    let around: Option<(FragmentId, u32)> = second.inside;
    let finding = Finding::new(&LINT, diagnostic, vec![a, b]);
    match around {
        Some((fragment, _)) => finding.of_fragment(fragment),
        None => finding,
    }
}
