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
    about: "one operand begins with a client, another with the server",
    why: "When a client may begin one alternative and the server another, both can begin before either hears of it: the \
          message of the client and the frame of the server cross on the wire. The run gives the server a moment to begin \
          before it begins itself; where the two cross nevertheless, the verdict is inconclusive.\n\n\
          Let the server tell first whether it will, or draw the crossing as an alternative of its own.",
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
        let told = LINT
            .told(format!("{client} may begin one alternative and {tested} another, both at once"))
            .at(facts.order.arrow(tool).span, format!("{client} begins here"))
            .see(facts.order.arrow(server).span, format!("and {tested} here"))
            .with_note(format!("this run: waits for {tested} a moment; where the two cross, it is inconclusive"))
            .with_note("production: the two messages cross, and each side believes in its own alternative")
            .with_help(format!("let {tested} tell first, above line {}", fragment.line))
            .with_help("or draw the crossing: both messages in par, as an alternative of its own")
            .with_note("a mixed choice; see seqcheck explain SQ108");
        findings.push(Finding::new(&LINT, told, vec![tool, server]).of_fragment(id));
    }
    findings
}
