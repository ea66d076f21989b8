//! SQ120: a diagram that never has two messages on their way.

use crate::diagram::OrderMode;
use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::Kind;
use crate::source::Severity;

pub const LINT: Lint = Lint {
    code: "SQ120",
    name: "low power",
    severity: Severity::Note,
    about: "never two messages in flight, so that faults of concurrency cannot show",
    why: "The run sends one message, waits for everything that follows from it, and sends the next. Lost, doubled and misrouted \
          frames show in such a diagram; frames that overtake one another, recipients that see different orders, and \
          deliveries that a later event cancels, do not.\n\n\
          Draw messages side by side (`par`), several recipients, or several messages in a row; or play the diagram with \
          `--order burst`.",
    theory: "The fault coverage of a test; compare mutation analysis.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.subject.mode != OrderMode::Diagram || in_flight(facts) > 1 {
        return Vec::new();
    }
    let Some((first, arrow)) = facts.visible().next() else { return Vec::new() };
    let told = LINT
        .told("this diagram never has two messages on their way at once")
        .at(arrow.span, "from here on one message follows the other")
        .with_note("this run: cannot find frames that overtake one another, or that a later event cancels")
        .with_help("draw some messages side by side, with par … and … end; or play it with --order burst")
        .with_note("fault coverage; see seqcheck explain SQ120");
    vec![Finding::new(&LINT, told, vec![first])]
}

/// How many messages may be on their way at once, counted as far as two: those that stand in a row with nothing between
/// them for which the run would wait, and those side by side.
pub fn in_flight(facts: &Facts<'_>) -> usize {
    let mut most = usize::from(facts.visible().next().is_some());
    let mut previous = None;
    for (id, arrow) in facts.visible() {
        if let Some(above) = previous.replace((id, arrow))
            && arrow.inside == above.1.inside
        {
            let both = (facts.is_stimulus(above.0), facts.is_stimulus(id));
            let waits = !facts.plan.planned(id).confirm.is_empty() || facts.plan.planned(above.0).exchange;
            match both {
                (true, true) if !waits => most = 2,
                (false, false) => most = 2,
                (true | false, _) => {}
            }
        }
    }
    for (id, fragment) in facts.fragments().filter(|(_, fragment)| fragment.kind == Kind::Par) {
        let busy = facts.kept.operands(id).iter().take(fragment.operands.len());
        let busy = busy.filter(|range| {
            (range.start..range.end)
                .any(|id| crate::lint::races::visible(facts.plan, crate::order::ArrowId(id)).is_some())
        });
        if busy.count() > 1 {
            most = 2;
        }
    }
    most
}
