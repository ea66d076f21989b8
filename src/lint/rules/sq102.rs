//! SQ102: nothing tells that the server has handled what is drawn above a stimulus.

use crate::diagram::OrderMode;
use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint, hand};
use crate::source::{Fix, Severity};

pub const LINT: Lint = Lint {
    code: "SQ102",
    name: "blind stimulus",
    severity: Severity::Warning,
    about: "nothing shows that the server has handled one message before another client sends the next",
    why: "Before a client sends, the run waits for evidence that the server has handled everything that is drawn \
          above. The evidence is a frame that follows from the message, or the answer to an echo of the binding. If \
          there is neither, the run sends in the order of the text, without evidence. A finding that depends on this \
          order is then inconclusive and not a failure.\n\n\
          Draw the message that the server sends when it has handled the first one. Or add an `[echo]` to the \
          binding. Or draw that the order does not matter (`par`).",
    theory: "An unconfirmed order: the pair is in the visual order of the chart, and no observation separates the two. \
             R. M. Hierons, M. G. Merayo, M. Núñez, *Controllability through nondeterminism in distributed testing*, ICTSS \
             2013, speak of controllability problems.",
    bears: Bears::Order,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.subject.mode != OrderMode::Diagram {
        return Vec::new();
    }
    let stimuli = facts.order.arrow_ids().filter(|(id, _)| facts.is_stimulus(*id));
    let blind = stimuli.flat_map(|(id, _)| {
        let plan = facts.plan.planned(id);
        let silent = if facts.subject.echo { &[][..] } else { &plan.unconfirmed };
        plan.blind.iter().chain(silent).map(move |send| (id, *send))
    });
    let mut findings: Vec<Finding> = Vec::new();
    for (id, send) in blind {
        // Arrows unfolded from one are one.
        let (number, before) = (facts.order.arrow(id).number, facts.order.arrow(send).number);
        let known = findings
            .last()
            .is_some_and(|last| last.arrows.iter().map(|id| facts.order.arrow(*id).number).eq([number, before]));
        if known || number == before {
            continue;
        }
        let (arrow, earlier) = (facts.order.arrow(id), facts.order.arrow(send));
        let message = format!(
            "nothing shows that {} has handled {} before {} sends {}",
            facts.receiver(send),
            facts.label(send),
            facts.sender(id),
            facts.label(id)
        );
        let ended = facts.plan.planned(id).blind.contains(&send);
        // What the tool says as a server.
        let served = !facts.order.client_sends(earlier);
        let diagnostic = LINT
            .diagnostic(message)
            .at(arrow.span, format!("sent in the order of the text, without knowledge of line {}", earlier.line))
            .see(
                earlier.span,
                if served {
                    "no frame between the two lines follows from this, and a server has no echo"
                } else if ended {
                    "nothing answers the end of this connection"
                } else {
                    "no frame between the two lines follows from this"
                },
            )
            .with_note(format!(
                "this run: line {} is sent after line {}, and a finding that depends on this order is inconclusive",
                arrow.line, earlier.line
            ))
            .with_note(format!("production: line {} may be handled first", arrow.line));
        let diagnostic = if served {
            diagnostic
                .with_help(format!(
                    "draw a message above line {} with which {} passes it on, with the same label or one of its \
                     values",
                    arrow.line,
                    facts.receiver(send)
                ))
                .with_help(format!(
                    "or write that the message between depends on this one: #@ depends {}",
                    earlier.number
                ))
        } else if ended {
            diagnostic.with_help("draw a message that tells the other clients of it, above the line that has to wait")
        } else {
            diagnostic.with_help(
                "add an [echo] to the binding: a frame that the server answers after it has handled everything before \
                 it",
            )
        };
        let mut finding = Finding::new(&LINT, diagnostic, vec![id, send]);
        if hand::own_line(facts.subject.sources, arrow) {
            let line = facts.subject.hand.directive("allow SQ102 the order of these does not matter");
            let edits = vec![hand::above(facts.subject.sources, arrow.span, &[line])];
            let title = format!("insert above line {}, if the order does not matter", arrow.line);
            finding = finding.with_fix(Fix { title, edits, safe: false }, facts.subject.sources);
        }
        finding.diagnostic.notes.push("see seqcheck explain SQ102".to_owned());
        findings.push(finding);
    }
    findings
}
