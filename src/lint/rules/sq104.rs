//! SQ104: receives that are drawn in an order which is not judged.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint, hand};
use crate::order::relation::Point;
use crate::order::{ArrowId, Kind, LifelineId};
use crate::source::{Fix, Severity};
use crate::wire::Channel;
use rustc_hash::FxHashMap;

pub const LINT: Lint = Lint {
    code: "SQ104",
    name: "unordered receives drawn in order",
    severity: Severity::Note,
    about: "the diagram relies on an order of two frames, and the network does not keep this order",
    why: "Frames on one connection keep their order. Frames to different clients do not, and frames to one client on \
          different connections (the response to an HTTP request and a push on the socket) do not. No run checks \
          such an order. This lint finds drawings that seem to rely on it: two frames to one client on different \
          connections that are drawn one below the other; messages to different clients in a `strict` block; a delay \
          or a limit between two frames that have no order.\n\n\
          Write that the order is free (`#@ unordered`, `par`), or draw the message that enforces it.",
    theory: "The receipts are in the visual order of the chart, but not in its enforceable order.",
    bears: Bears::Never,
    find,
};

/// Why the drawing relies on an order.
#[derive(Clone, Copy)]
enum Reliance {
    Connections,
    Strict,
    Time,
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut pairs: Vec<(ArrowId, ArrowId, Reliance)> = Vec::new();
    // The last thing that each client had.
    let mut last: FxHashMap<LifelineId, (ArrowId, Option<(LifelineId, Channel)>)> = FxHashMap::default();
    let mut previous: Option<ArrowId> = None;
    for (id, arrow) in facts.visible() {
        let Some((client, server)) = facts.plan.client(id) else { continue };
        let connection = (!facts.is_stimulus(id)).then_some((server, facts.plan.planned(id).channel));
        if let Some((above, Some(other))) = last.insert(client, (id, connection))
            && connection.is_some_and(|own| own != other)
            && facts.order.arrow(above).inside == arrow.inside
        {
            pairs.push((above, id, Reliance::Connections));
        }
        if let Some(above) = previous.filter(|above| connection.is_some() && !facts.is_stimulus(*above)) {
            let strict = arrow.inside.is_some_and(|(fragment, _)| facts.order.fragment(fragment).kind == Kind::Strict);
            if strict && arrow.inside == facts.order.arrow(above).inside && facts.client(above) != Some(client) {
                pairs.push((above, id, Reliance::Strict));
            }
        }
        let above = facts.plan.planned(id).above;
        if let Some(above) = above.filter(|above| arrow.traits.delay.is_some() && !facts.is_stimulus(*above))
            && connection.is_some()
            && facts.client(above).is_some_and(|other| other != client)
        {
            pairs.push((above, id, Reliance::Time));
        }
        previous = Some(id);
    }
    for bound in &facts.order.bounds {
        let observed = |id: ArrowId| !facts.is_stimulus(id) && facts.client(id).is_some();
        if observed(bound.from) && observed(bound.to) && facts.client(bound.from) != facts.client(bound.to) {
            pairs.push((bound.from, bound.to, Reliance::Time));
        }
    }
    let asked: Vec<(Point, Point)> = pairs.iter().map(|(a, b, _)| (Point::Receive(*a), Point::Receive(*b))).collect();
    let ordered = facts.kept.ordered(&asked);
    let free = pairs.into_iter().zip(ordered).filter(|(_, ordered)| !ordered);
    free.map(|((above, below, why), _)| one(facts, above, below, why)).collect()
}

fn one(facts: &Facts<'_>, above: ArrowId, below: ArrowId, why: Reliance) -> Finding {
    let (a, b) = (facts.order.arrow(above), facts.order.arrow(below));
    let (message, reason) = match why {
        Reliance::Connections => (
            format!(
                "{} may receive {} before {}: they come on different connections",
                facts.receiver(below),
                facts.label(below),
                facts.label(above)
            ),
            "drawn in this order, which seqcheck does not check",
        ),
        Reliance::Strict => (
            format!(
                "`strict` does not order {} and {}: they reach different clients",
                facts.label(above),
                facts.label(below)
            ),
            "inside `strict`, but its order is free",
        ),
        Reliance::Time => (
            format!("the time at line {} counts from line {}, but the two have no order", b.line, a.line),
            "the time counts from a frame that may come later",
        ),
    };
    let diagnostic = LINT
        .diagnostic(message)
        .at(b.span, reason)
        .see(a.span, "drawn above it")
        .with_note("this run: accepts both orders")
        .with_note("production: both orders happen");
    let mut finding = Finding::new(&LINT, diagnostic, vec![above, below]);
    let sources = facts.subject.sources;
    let next = a.inside == b.inside && b.number == a.number + 1 && b.line == a.line + 1;
    let plain = a.traits.is_plain() && b.traits.is_plain();
    let lines = hand::own_line(sources, a) && hand::own_line(sources, b);
    if matches!(why, Reliance::Connections) && next && plain && lines {
        let directive = facts.subject.hand.directive("unordered");
        let edits = vec![hand::above(sources, a.span, &[directive]), hand::below(sources, b.span, &[String::new()])];
        let title = format!("insert above line {}, with a blank line after line {}", a.line, b.line);
        finding = finding.with_fix(Fix { title, edits, safe: true }, facts.subject.sources);
    }
    finding.diagnostic.notes.push("see seqcheck explain SQ104".to_owned());
    finding
}
