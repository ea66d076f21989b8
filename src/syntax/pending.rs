//! Directives that wait for the arrow or fragment that they are about.

use super::directives::{DIRECTIVE, word_of};
use crate::diagram::DirectiveKind;
use crate::source::{Diagnostic, Span};

/// What a directive is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Arrow,
    ArrowOrFragment,
    RestOfBlock,
}

fn wants(kind: &DirectiveKind) -> Wants {
    match kind {
        DirectiveKind::Within(_)
        | DirectiveKind::After(_)
        | DirectiveKind::Between(..)
        | DirectiveKind::Depends(_)
        | DirectiveKind::KnownFailure(_)
        | DirectiveKind::Quote { .. }
        | DirectiveKind::Raw => Wants::Arrow,
        DirectiveKind::Never | DirectiveKind::Unordered | DirectiveKind::Allow { .. } => Wants::ArrowOrFragment,
        DirectiveKind::Ignore(_) | DirectiveKind::Consider(_) => Wants::RestOfBlock,
    }
}

/// Directives of one block that wait.
#[derive(Debug, Default)]
pub(super) struct Pending(Vec<(&'static str, bool, Span)>);

impl Pending {
    /// Takes a directive in, where it waits for something.
    pub(super) fn add(&mut self, kind: &DirectiveKind, at: Span) {
        let wants = wants(kind);
        if wants != Wants::RestOfBlock {
            self.0.push((word_of(kind), wants == Wants::Arrow, at));
        }
    }

    /// An arrow came.
    pub(super) fn arrow(&mut self) {
        self.0.clear();
    }

    /// A fragment came: says which directives wanted an arrow.
    pub(super) fn fragment(&mut self, opened: Span) -> Vec<Diagnostic> {
        let waiting = std::mem::take(&mut self.0).into_iter().filter(|&(_, arrow, _)| arrow);
        waiting
            .map(|(word, _, at)| {
                Diagnostic::error(DIRECTIVE, format!("`{word}` applies to one arrow, but a block follows"))
                    .at(at, "this directive")
                    .see(opened, "the block begins here")
                    .with_help("move the line into the block, before the arrow to which it applies")
            })
            .collect()
    }

    /// The block ended: says which directives found nothing.
    pub(super) fn end(&mut self) -> Vec<Diagnostic> {
        let waiting = std::mem::take(&mut self.0).into_iter();
        waiting
            .map(|(word, _, at)| {
                Diagnostic::error(DIRECTIVE, format!("`{word}` applies to the next arrow, but no arrow follows"))
                    .at(at, "no arrow between here and the end of the block")
                    .with_help("write the line before the arrow to which it applies, or remove it")
            })
            .collect()
    }
}
