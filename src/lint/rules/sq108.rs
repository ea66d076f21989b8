//! SQ108: a choice that both the tool and the server may begin.

use super::sq107::beginnings;
use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::{Chooser, Kind};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ108",
    name: "mixed choice",
    severity: Severity::Warning,
    about: "a client begins one operand, and the server begins another",
    why: "If a client may begin one alternative and the server another, both can begin before either knows of the \
          other: the message of the client and the frame of the server cross on the wire. The run waits a moment for \
          the server before it begins its own alternative. If the two still cross, the verdict is inconclusive.\n\n\
          Let the server first send which alternative it takes, or draw the crossing as another alternative.",
    theory: "A mixed choice of communicating processes; session types exclude it for this reason.",
    bears: Bears::Branch,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (id, fragment) in facts.fragments() {
        if !matches!(fragment.kind, Kind::Choice(Chooser::Mixed)) || fragment.keyword == "break" {
            continue;
        }
        let Some((tool, server)) = beginnings(facts, fragment.operands.iter().map(|operand| &operand.body)) else {
            continue;
        };
        // A choice at the beginning of a choice: once is enough.
        if findings.iter().rev().take(8).any(|finding| finding.arrows.first() == Some(&tool)) {
            continue;
        }
        let (client, tested) = (facts.sender(tool), facts.sender(server));
        let diagnostic = LINT
            .diagnostic(format!("{client} may begin one alternative and {tested} another at the same time"))
            .at(facts.order.arrow(tool).span, format!("{client} begins here"))
            .see(facts.order.arrow(server).span, format!("{tested} begins here"))
            .with_note(format!(
                "this run: waits a moment for {tested}; if the two messages cross, the verdict is inconclusive"
            ))
            .with_note("production: the two messages may cross, and each side then follows its own alternative")
            .with_help(format!("draw a message above line {} with which {tested} names its choice", fragment.line))
            .with_help("or draw the crossing as another alternative: both messages in par")
            .with_note("see seqcheck explain SQ108");
        findings.push(Finding::new(&LINT, diagnostic, vec![tool, server]).of_fragment(id));
    }
    findings
}
