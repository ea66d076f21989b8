//! SQ102: nothing tells that the server has handled what is drawn above a stimulus.

use crate::diagram::OrderMode;
use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint, hand};
use crate::source::{Fix, Severity};

pub const LINT: Lint = Lint {
    code: "SQ102",
    name: "blind stimulus",
    severity: Severity::Warning,
    about: "nothing tells whether the server has handled one message before another client sends the next",
    why: "Before a client sends, the run waits for a sign that the server has handled everything drawn above: a frame that \
          it causes, or the answer to an echo that the binding knows. Where there is neither, the run sends in the order of \
          the text and hopes. A finding that hangs on this order is then inconclusive instead of a failure.\n\n\
          Draw what the server says when it has handled the message; or give the binding an `[echo]`; or say that the \
          order does not matter (`par`).",
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
            "nothing tells that {} has handled {} before {} sends {}",
            facts.receiver(send),
            facts.said(send),
            facts.sender(id),
            facts.said(id)
        );
        let ended = facts.plan.planned(id).blind.contains(&send);
        // What the tool says as a server.
        let served = !facts.order.client_sends(earlier);
        let told = LINT
            .told(message)
            .at(arrow.span, format!("sent in the order of the text, not knowing of line {}", earlier.line))
            .see(
                earlier.span,
                if served {
                    "no frame follows from this above, and a server has no echo"
                } else if ended {
                    "a connection that ends without a word has no answer"
                } else {
                    "no frame follows from this above"
                },
            )
            .with_note(format!(
                "this run: line {} is sent after line {}, and a finding that needs this order is inconclusive",
                arrow.line, earlier.line
            ))
            .with_note(format!("production: line {} may be handled first", arrow.line));
        let told = if served {
            told.with_help(format!(
                "draw above line {} what {} passes on of it, with the same label or a value of it",
                arrow.line,
                facts.receiver(send)
            ))
            .with_help(format!(
                "or say of what comes between that it comes only after this: #@ depends {}",
                earlier.number
            ))
        } else if ended {
            told.with_help("draw what the others hear of it above the line that must wait")
        } else {
            told.with_help("give the binding an [echo]: a frame that the server answers when it has handled all before")
        };
        let mut finding = Finding::new(&LINT, told, vec![id, send]);
        if hand::own_line(facts.subject.sources, arrow) {
            let line = facts.subject.hand.directive("allow SQ102 the order of these does not matter");
            let edits = vec![hand::above(facts.subject.sources, arrow.span, &[line])];
            let title = format!("or say that it does not matter, above line {}", arrow.line);
            finding = finding.with_fix(Fix { title, edits, safe: false }, facts.subject.sources);
        }
        finding.diagnostic.notes.push("a controllability problem; see seqcheck explain SQ102".to_owned());
        findings.push(finding);
    }
    findings
}
