use super::Style;
use super::expected::Traces;
use crate::report::paint::{Painted, Tone, fit};
use crate::report::run::ScenarioReport;
use similar::{ChangeTag, TextDiff};

/// So many lines are shown around each difference.
const CONTEXT: usize = 2;
/// So many lines are shown in all.
const LINES: usize = 60;

/// The trace that the diagram expects against the one that was observed, around each difference.
pub(super) fn put(painted: &mut Painted, report: &ScenarioReport, style: &Style) {
    let traces = Traces::of(report);
    let expected: Vec<&str> = traces.expected.iter().map(String::as_str).collect();
    let observed: Vec<&str> = traces.observed.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&expected, &observed);
    if diff.ratio() >= 1.0 {
        return;
    }
    painted.line();
    painted.line_of(Tone::Bad, "    - expected").put(Tone::Plain, "   ").put(Tone::Good, "+ observed");
    let mut shown = 0;
    let mut last = None;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        if last.is_some_and(|last| start > last) || (last.is_none() && start > 0) {
            painted.line_of(Tone::Dim, if style.ascii { "      ..." } else { "      ⋯" });
        }
        last = group.last().map(|op| op.old_range().end);
        let changes: Vec<_> = group.iter().flat_map(|op| diff.iter_changes(op)).collect();
        // What comes over and over is said once.
        for same in changes.chunk_by(|one, other| (one.tag(), one.value()) == (other.tag(), other.value())) {
            let (change, times) = (&same[0], same.len());
            if shown == LINES {
                painted.line_of(Tone::Dim, "      (cut: -v draws the whole run)");
                return;
            }
            shown += 1;
            let (sign, tone) = match change.tag() {
                ChangeTag::Equal => (" ", Tone::Dim),
                ChangeTag::Delete => ("-", Tone::Bad),
                ChangeTag::Insert => ("+", Tone::Good),
            };
            let cut = if style.ascii { ".." } else { "…" };
            let text = fit(change.value(), style.width.saturating_sub(8).max(40), cut);
            let sign_of_times = if style.ascii { "x" } else { "×" };
            let times = if times > 1 { format!("  {sign_of_times} {times}") } else { String::new() };
            painted.line_of(tone, &format!("    {sign} {text}{times}"));
        }
    }
}
