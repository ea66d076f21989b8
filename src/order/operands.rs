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
        FragmentKind::Opt => "happens or does not, and has no other part",
        FragmentKind::Loop(_) => "repeats one part",
        FragmentKind::Break => "happens instead of what follows it, which is its other part",
        FragmentKind::Critical => "is one part between which nothing comes",
        FragmentKind::Parallel => "takes each of its arrows for a part",
        FragmentKind::Neg => "says what must not complete, in one part",
        FragmentKind::Ignore(_) | FragmentKind::Consider(_) => "is about the frames in one part",
    };
    let message = format!("`{keyword}` {why}; this one has {}", fragment.operands.len());
    let error = Diagnostic::error("operands", message)
        .at(second.span, "the second part begins here; it can be drawn, not run")
        .see(fragment.span, "of this block");
    Some(
        error
            .with_help("where one of the parts happens, write alt … else … end")
            .with_help("where all of them happen, write par … and … end, or a block for each"),
    )
}
