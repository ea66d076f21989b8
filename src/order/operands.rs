//! Blocks with more operands than a run can make sense of: PlantUML takes `else` in every block, and draws it.

use crate::diagram::{Fragment, FragmentKind};
use crate::source::Diagnostic;

/// What stands against running a block with these operands, if anything.
pub(super) fn refuse(fragment: &Fragment) -> Option<Diagnostic> {
    let second = fragment.operands.get(1)?;
    let keyword = fragment.kind.keyword();
    let why = match &fragment.kind {
        // One of them, or all of them; and frames whose parts come one after the other.
        FragmentKind::Alt
        | FragmentKind::Par
        | FragmentKind::Seq
        | FragmentKind::Strict
        | FragmentKind::Assert
        | FragmentKind::Group
        | FragmentKind::Rect => return None,
        // Refused as what it is.
        FragmentKind::TryRecover => return None,
        FragmentKind::Opt => "has one part, which happens or does not happen",
        FragmentKind::Loop(_) => "has one part, which it repeats",
        FragmentKind::Break => "has one part, which happens instead of the rest of the block",
        FragmentKind::Critical => "has one part, which nothing interrupts",
        FragmentKind::Parallel => "has no parts: each of its arrows is one",
        FragmentKind::Neg => "has one part, which must not complete",
        FragmentKind::Ignore(_) | FragmentKind::Consider(_) => "has one part, and selects its frames",
    };
    let message = format!("`{keyword}` {why}; this one has {}", fragment.operands.len());
    let error = Diagnostic::error("operands", message)
        .at(second.span, "the second part begins here; it can be drawn, but not run")
        .see(fragment.span, "of this block");
    Some(
        error
            .with_help("if one of the parts happens, write alt … else … end")
            .with_help("if all of them happen, write par … and … end, or one block for each"),
    )
}
