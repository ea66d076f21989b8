//! SQ107: a choice that is made in two places.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::{ArrowId, Block, Chooser, Kind, Node, Order};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ107",
    name: "choice made in two places",
    severity: Severity::Warning,
    about: "different lifelines begin the operands of a choice",
    why: "One operand begins with a message of Alice, and another with a message of Bob. In the run, seqcheck plays \
          both and takes one operand. In production, Alice may begin her operand and Bob his at the same time, and \
          the diagram does not define what happens then.\n\n\
          Let one lifeline begin every operand. Or draw what happens if both begin (`par`, or another operand).",
    theory: "A non-local choice: H. Ben-Abdallah, S. Leue, *Syntactic detection of process divergence and non-local choice \
             in message sequence charts*, TACAS 1997.",
    bears: Bears::Branch,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, fragment) in facts.fragments() {
        // Where tool and server begin it is SQ108.
        if !matches!(fragment.kind, Kind::Choice(Chooser::Tool | Chooser::Server)) {
            continue;
        }
        // The rest of a block behind a `break` is no operand that anybody has drawn.
        let drawn = if fragment.keyword == "break" { 1 } else { fragment.operands.len() };
        let firsts: Vec<ArrowId> =
            fragment.operands.iter().take(drawn).filter_map(|operand| first(facts.order, &operand.body)).collect();
        let Some(one) = firsts.first().copied() else { continue };
        let begins = |id: ArrowId| facts.order.arrow(id).from.lifeline();
        let Some(other) = firsts.iter().copied().find(|id| begins(*id) != begins(one)) else { continue };
        let name = |id: ArrowId| facts.sender(id).to_owned();
        let diagnostic = LINT
            .diagnostic(format!(
                "{} and {} each begin an alternative, and neither knows what the other one does",
                name(one),
                name(other)
            ))
            .at(facts.order.arrow(one).span, format!("{} begins here", name(one)))
            .see(facts.order.arrow(other).span, format!("{} begins here", name(other)))
            .with_note("this run: takes one alternative, and the others do not begin")
            .with_note("production: both may begin at the same time, and the diagram does not define what happens then")
            .with_help(format!("let one lifeline begin every alternative of line {}", fragment.line))
            .with_help("or draw what happens if both begin, with par")
            .with_note("see seqcheck explain SQ107");
        findings.push(Finding::new(&LINT, diagnostic, vec![one, other]).of_fragment(id));
    }
    findings
}

/// The first arrow of a block.
fn first(order: &Order, body: &Block) -> Option<ArrowId> {
    body.iter().find_map(|node| match node {
        Node::Arrow(id) => (!order.arrow(*id).traits.never).then_some(*id),
        Node::Fragment(id) => {
            let fragment = order.fragment(*id);
            // An inner choice begins where its first operand that is not empty begins.
            fragment.operands.iter().find_map(|operand| first(order, &operand.body))
        }
    })
}

/// The first arrows with which operands of a choice begin, one of the tool and one of the server.
pub(super) fn beginnings<'a>(facts: &Facts<'_>, bodies: impl Iterator<Item = &'a Block>) -> Option<(ArrowId, ArrowId)> {
    let firsts: Vec<ArrowId> = bodies.filter_map(|body| first(facts.order, body)).collect();
    let of_tool = |id: &&ArrowId| facts.order.simulated(facts.order.arrow(**id).from);
    let tool = firsts.iter().find(of_tool)?;
    let server = firsts.iter().find(|id| !of_tool(id))?;
    Some((*tool, *server))
}
