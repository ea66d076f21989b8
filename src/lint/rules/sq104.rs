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
    about: "two frames arrive in no particular order, and the drawing relies on one",
    why: "Frames on one connection keep their order. Frames at different clients, and frames of one client on different \
          connections (the response to an HTTP request and a push on the socket), do not, and no run judges it. Where the \
          drawing seems to rely on such an order (two frames of one client on different connections drawn one below the \
          other, receives of different clients in a `strict` block, a delay or a bound measured from one to the other) \
          this says so.\n\n\
          Say that the order is free (`#@ unordered`, `par`), or draw the message that makes it real.",
    theory: "Receives in the visual order of the chart and not in its enforceable order.",
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
    let (told, reason) = match why {
        Reliance::Connections => (
            format!(
                "{} may get {} before {}: they come on different connections",
                facts.receiver(below),
                facts.said(below),
                facts.said(above)
            ),
            "drawn in this order, which is not judged",
        ),
        Reliance::Strict => (
            format!(
                "`strict` does not order {} and {}: they reach different clients",
                facts.said(above),
                facts.said(below)
            ),
            "inside strict, and still free",
        ),
        Reliance::Time => (
            format!("the time at line {} is measured from line {}, and the two are not ordered", b.line, a.line),
            "measured from a frame that may come later",
        ),
    };
    let diagnostic = LINT
        .told(told)
        .at(b.span, reason)
        .see(a.span, "drawn above it")
        .with_note("this run: either order is taken")
        .with_note("production: either order happens");
    let mut finding = Finding::new(&LINT, diagnostic, vec![above, below]);
    let sources = facts.subject.sources;
    let next = a.inside == b.inside && b.number == a.number + 1 && b.line == a.line + 1;
    let plain = a.traits.is_plain() && b.traits.is_plain();
    let lines = hand::own_line(sources, a) && hand::own_line(sources, b);
    if matches!(why, Reliance::Connections) && next && plain && lines {
        let directive = facts.subject.hand.directive("unordered");
        let edits = vec![hand::above(sources, a.span, &[directive]), hand::below(sources, b.span, &[String::new()])];
        let title = format!("say so, above line {}, with a blank line behind line {}", a.line, b.line);
        finding = finding.with_fix(Fix { title, edits, safe: true }, facts.subject.sources);
    }
    finding.diagnostic.notes.push("receives in the visual order alone; see seqcheck explain SQ104".to_owned());
    finding
}
