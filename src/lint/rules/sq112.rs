//! SQ112: what nobody can see.

use crate::lint::facts::Facts;
use crate::lint::words::count;
use crate::lint::{Bears, Finding, Lint};
use crate::oracle::Part;
use crate::order::{ArrowId, FragmentId};
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ112",
    name: "unobservable content",
    severity: Severity::Note,
    about: "arrows between lifelines under test, or a block that contains only such arrows, cannot be observed",
    why: "seqcheck plays the clients, so it sees only their messages. It cannot see a message between two servers, \
          or inside one server. Such a message adds to the order of the diagram, but seqcheck does not check it. A \
          block that contains only such messages is not checked at all.\n\n\
          This is not a mistake if the diagram is meant to explain a system, but a run that passes has not tested \
          these messages. If they matter, draw the message that a client receives because of them, or let seqcheck \
          play one of the lifelines (`--simulate`).",
    theory: "Hidden events: the tau of process algebra.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let hidden = |id: ArrowId| facts.part(id) == Part::Hidden;
    // Blocks of nothing but what nobody sees, outermost ones.
    let blind = |id: FragmentId| {
        let arrows: Vec<ArrowId> =
            facts.kept.operands(id).iter().flat_map(|range| range.clone()).map(ArrowId).collect();
        (!arrows.is_empty() && arrows.iter().all(|id| hidden(*id))).then_some(arrows)
    };
    let mut findings = Vec::new();
    let mut inside_blind = vec![false; facts.order.fragments.len()];
    for (id, fragment) in facts.fragments() {
        let outer = fragment.inside.is_some_and(|(around, _)| inside_blind[around.0 as usize]);
        let Some(arrows) = (if outer { Some(Vec::new()) } else { blind(id) }) else { continue };
        inside_blind[id.0 as usize] = true;
        if let Some(first) = arrows.first().filter(|_| !outer) {
            let diagnostic = LINT
                .diagnostic(format!("no message of this `{}` can be observed", fragment.keyword))
                .at(
                    fragment.span,
                    format!("{} between lifelines under test, and nothing else", count(arrows.len() as u64, "arrow")),
                )
                .see(facts.order.arrow(*first).span, "for example this arrow")
                .with_note("this run: does not check it")
                .with_help(
                    "draw the message that a client receives because of it, or play one of its lifelines: --simulate",
                )
                .with_note("see seqcheck explain SQ112");
            findings.push(Finding::new(&LINT, diagnostic, arrows.clone()).of_fragment(id));
        }
    }
    let inside =
        |id: ArrowId| facts.order.arrow(id).inside.is_some_and(|(fragment, _)| inside_blind[fragment.0 as usize]);
    let others = facts.order.arrow_ids().map(|(id, _)| id).filter(|id| hidden(*id) && !inside(*id));
    // One end is the tool's, and yet it has nothing to send and nothing to see: a client that stops reading, say.
    let (silent, between): (Vec<ArrowId>, Vec<ArrowId>) = others.partition(|id| {
        let arrow = facts.order.arrow(*id);
        facts.order.simulated(arrow.from) || facts.order.simulated(arrow.to)
    });
    let mut report = |arrows: Vec<ArrowId>, one: &str, many: &str, help: Option<&str>| {
        let Some(first) = arrows.first() else { return };
        let what = if arrows.len() == 1 { one.to_owned() } else { format!("{} {many}", arrows.len()) };
        let mut diagnostic = LINT
            .diagnostic(what)
            .at(facts.order.arrow(*first).span, "not checked; it only adds to the order of the other messages")
            .with_note("this run: does not check them");
        diagnostic.help.extend(help.map(str::to_owned));
        findings.push(Finding::new(&LINT, diagnostic.with_note("see seqcheck explain SQ112"), arrows));
    };
    report(
        between,
        "an arrow passes between lifelines under test and cannot be observed",
        "arrows pass between lifelines under test and cannot be observed",
        Some("to check them, play their sender or their receiver: --simulate"),
    );
    report(
        silent,
        "an arrow has no message that this run can send or observe",
        "arrows have no message that this run can send or observe",
        None,
    );
    findings
}
