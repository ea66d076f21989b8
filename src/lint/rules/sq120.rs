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
    about: "never two messages in flight, so that faults of concurrency cannot be found",
    why: "The run sends one message, waits for everything that follows from it, and sends the next. Such a diagram \
          finds lost, duplicate and misrouted frames. It cannot find frames that overtake one another, recipients \
          that see different orders, or deliveries that a later event cancels.\n\n\
          Draw messages in parallel (`par`), several recipients, or several messages in a row. Or run the diagram \
          with `--order burst`.",
    theory: "The fault coverage of a test; compare mutation analysis.",
    bears: Bears::Never,
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.subject.mode != OrderMode::Diagram || in_flight(facts) > 1 {
        return Vec::new();
    }
    let Some((first, arrow)) = facts.visible().next() else { return Vec::new() };
    let diagnostic = LINT
        .diagnostic("this diagram never has two messages in flight")
        .at(arrow.span, "from here on, each message waits for the one before it")
        .with_note("this run: cannot find frames that overtake one another, or deliveries that a later event cancels")
        .with_help("draw some messages in parallel, with par … and … end; or run it with --order burst")
        .with_note("see seqcheck explain SQ120");
    vec![Finding::new(&LINT, diagnostic, vec![first])]
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
