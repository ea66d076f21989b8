//! SQ103: a client that waits for what only another can know.

use crate::diagram::OrderMode;
use crate::lint::facts::Facts;
use crate::lint::races::Cause;
use crate::lint::{Bears, Finding, Lint};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ103",
    name: "wait for another client",
    severity: Severity::Note,
    about: "the run makes a client wait for an event that only another client can see",
    why: "seqcheck plays all clients, so it knows what each of them has received. It lets a client send only when \
          everything that is drawn above has happened. A real client knows only its own frames. If the evidence \
          reaches another client, the test is stricter than production: the test always keeps the order, and \
          production keeps it only by chance.\n\n\
          This is correct for a test of one order of events. To test other orders, run the same diagram with \
          `--order local`, in which each client knows only its own events, or with `--order burst`.",
    theory: "A coordination between testers: R. M. Hierons, *Testing from a partial order*, and the controllability of \
             distributed test architectures.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.subject.mode != OrderMode::Diagram {
        return Vec::new();
    }
    facts.races.causes.iter().filter_map(|cause| one(facts, cause)).collect()
}

fn one(facts: &Facts<'_>, cause: &Cause) -> Option<Finding> {
    let id = cause.late;
    let plan = facts.plan.planned(id);
    if !facts.is_stimulus(id) || !plan.blind.is_empty() {
        return None;
    }
    let client = facts.client(id)?;
    // The last thing above: a frame at another client, or a message of another that its echo confirms.
    let above = facts.above.get(&id)?;
    let raced = |witness: &crate::order::ArrowId| cause.nearest.iter().any(|point| point.arrow() == Some(*witness));
    let foreign = |witness: &&crate::order::ArrowId| facts.client(**witness) != Some(client) && raced(witness);
    let witness = *above.iter().rev().find(foreign)?;
    if facts.is_stimulus(witness) && !facts.subject.echo {
        return None;
    }
    let (arrow, seen) = (facts.order.arrow(id), facts.order.arrow(witness));
    let (name, other) = (facts.sender(id), facts.client(witness).map_or("another", |client| facts.name(client)));
    let (message, sign) = if facts.is_stimulus(witness) {
        (
            format!("{name} waits until line {} of {other} is handled, which {name} cannot see", seen.line),
            format!("{other} sends an echo after this, and the answer is the evidence"),
        )
    } else {
        (format!("{name} waits for line {}, which only {other} can see", seen.line), format!("only {other} sees this"))
    };
    let diagnostic = LINT
        .diagnostic(message)
        .at(arrow.span, format!("sent after line {} has happened", seen.line))
        .see(seen.span, sign)
        .with_note(format!("this run: line {} waits, so that the drawn order happens each time", arrow.line))
        .with_note(format!("production: {name} does not know of it and does not wait"))
        .with_help("to see what happens without the wait: --order local")
        .with_note("see seqcheck explain SQ103");
    Some(Finding::new(&LINT, diagnostic, vec![id, witness]))
}
