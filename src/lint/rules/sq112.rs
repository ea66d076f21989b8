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
    about: "arrows between lifelines under test, or a block of nothing else, cannot be seen from outside",
    why: "seqcheck stands where the clients stand. What passes between two servers, or within one, leaves no trace there: it \
          contributes order, and is not checked. A block that holds nothing else is not checked at all.\n\n\
          That is no mistake in a drawing that explains; but nobody should believe that a passing run has tested it. Where \
          it matters, draw what a client sees of it, or play one of the lifelines (`--simulate`).",
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
            let told = LINT
                .told(format!("nothing of this `{}` can be seen from outside", fragment.keyword))
                .at(
                    fragment.span,
                    format!("{} between lifelines under test, and nothing else", count(arrows.len() as u64, "arrow")),
                )
                .see(facts.order.arrow(*first).span, "such as this")
                .with_note("this run: checks nothing of it")
                .with_help("draw what a client sees of it, or play one of its lifelines: --simulate")
                .with_note("hidden events; see seqcheck explain SQ112");
            findings.push(Finding::new(&LINT, told, arrows.clone()).of_fragment(id));
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
    let mut tell = |arrows: Vec<ArrowId>, one: &str, many: &str, help: Option<&str>| {
        let Some(first) = arrows.first() else { return };
        let what = if arrows.len() == 1 { one.to_owned() } else { format!("{} {many}", arrows.len()) };
        let mut told = LINT
            .told(what)
            .at(facts.order.arrow(*first).span, "checked only in so far as it orders what clients see")
            .with_note("this run: nothing of them is checked");
        told.help.extend(help.map(str::to_owned));
        findings.push(Finding::new(&LINT, told.with_note("hidden events; see seqcheck explain SQ112"), arrows));
    };
    tell(
        between,
        "an arrow passes between lifelines under test and cannot be seen from outside",
        "arrows pass between lifelines under test and cannot be seen from outside",
        Some("to check them, play one of their ends: --simulate"),
    );
    tell(
        silent,
        "an arrow puts nothing on the wire that this run could send or see",
        "arrows put nothing on the wire that this run could send or see",
        None,
    );
    findings
}
