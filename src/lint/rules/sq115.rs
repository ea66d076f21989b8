//! SQ115: equal labels at different clients.

use crate::lint::facts::Facts;
use crate::lint::words::lines;
use crate::lint::{Bears, Finding, Lint};
use crate::order::ArrowId;
use crate::source::Severity;
use crate::wire::Expects;
use std::collections::BTreeMap;

pub const LINT: Lint = Lint {
    code: "SQ115",
    name: "indistinguishable frames",
    severity: Severity::Note,
    about: "messages to different clients look the same",
    why: "If a frame to Alice and a frame to Bob have the same label, a reader cannot distinguish them. If they are \
          also the same on the wire, a server that confuses the two clients passes the test. A label that names the \
          client would show the fault. If the binding itself distinguishes them (it may insert the name of the \
          client), the note says so.",
    theory: "Observational equivalence of two expectations.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut by_label: BTreeMap<(&str, Option<u32>), Vec<ArrowId>> = BTreeMap::new();
    for (id, arrow) in facts.visible().filter(|(id, _)| !facts.is_stimulus(*id)) {
        let server = arrow.from.lifeline().map(|id| id.0);
        by_label.entry((arrow.label.trim(), server)).or_default().push(id);
    }
    let mut findings = Vec::new();
    for ((label, _), ids) in by_label.into_iter().filter(|((label, _), _)| !label.is_empty()) {
        let Some(first) = ids.first().copied() else { continue };
        // Arrows to many are meant to say the same.
        let drawn = |id: ArrowId| facts.order.arrow(id).number;
        let Some(other) =
            ids.iter().copied().find(|id| drawn(*id) != drawn(first) && facts.client(*id) != facts.client(first))
        else {
            continue;
        };
        let distinct = match (facts.plan.expectation(first), facts.plan.expectation(other)) {
            (Some(one), Some(two)) => !one.may_equal(two),
            (Some(_) | None, _) => false,
        };
        let (a, b) = (facts.order.arrow(first), facts.order.arrow(other));
        let diagnostic = LINT
            .diagnostic(format!(
                "`{label}` to {} looks the same as `{label}` to {}",
                facts.receiver(first),
                facts.receiver(other)
            ))
            .at(a.span, format!("{} receives this", facts.receiver(first)))
            .see(b.span, format!("and {} receives the same", facts.receiver(other)))
            .with_note(format!("the label is on {}", lines(ids.iter().map(|id| facts.line(*id)).collect())))
            .with_note(if distinct {
                "this run: the binding distinguishes them by the name of the client".to_owned()
            } else {
                format!(
                    "this run: nothing in the frames distinguishes them, so a server that mixes up {} and {} passes",
                    facts.receiver(first),
                    facts.receiver(other)
                )
            })
            .with_note("see seqcheck explain SQ115");
        findings.push(Finding::new(&LINT, diagnostic, ids));
    }
    findings
}
