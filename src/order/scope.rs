//! What hangs over the next arrow while a body is compiled.

use super::compile::Compiler;
use super::model::{Allowed, FragmentId, Traits};
use crate::diagram::{Arrow, Directive, DirectiveKind};
use crate::source::{Diagnostic, Span, elapsed_words};
use std::time::Duration;

/// Where a block stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope {
    /// The innermost fragment and operand.
    pub inside: Option<(FragmentId, u32)>,
    /// The loop of which this block is the body itself: what a `break` in it leaves.
    pub innermost_loop: Option<FragmentId>,
    loop_next: Option<FragmentId>,
}

impl Scope {
    /// The scope of an operand.
    pub fn into(self, fragment: FragmentId, operand: u32) -> Scope {
        Scope { inside: Some((fragment, operand)), innermost_loop: self.loop_next, loop_next: None }
    }

    /// The scope from which operands of this loop are entered.
    pub fn into_loop(self, fragment: FragmentId) -> Scope {
        Scope { loop_next: Some(fragment), ..self }
    }
}

/// Directives and delays that wait for the next arrow or fragment.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub directives: Vec<Directive>,
    pub delay: Duration,
    /// What of it is drawn in the block itself, below the node before.
    pub drawn: Duration,
    /// The same as `delay` where all is left out above that may be.
    pub most: Duration,
    /// Loops in whose body nothing stands above yet, from the outermost: how much of the delay is drawn above each.
    pub begins: Vec<(FragmentId, Duration)>,
}

impl Compiler<'_> {
    /// What directives say of one arrow.
    pub(super) fn traits(&mut self, directives: &[Directive], arrow: &Arrow) -> Traits {
        let mut traits = Traits::default();
        for directive in directives {
            match &directive.kind {
                DirectiveKind::Within(most) => traits.within = Some(*most),
                DirectiveKind::After(least) => traits.after = Some(*least),
                DirectiveKind::Between(least, most) => {
                    traits.after = Some(*least);
                    traits.within = Some(*most);
                }
                DirectiveKind::Never => traits.never = true,
                DirectiveKind::KnownFailure(reason) => traits.known_failure = Some(reason.as_str().into()),
                DirectiveKind::Quote { text, source } => {
                    traits.quote = Some((text.as_str().into(), source.as_str().into()));
                }
                DirectiveKind::Raw => traits.raw = true,
                DirectiveKind::Allow { code, .. } => {
                    traits.allowed.push(Allowed { code: code.as_str().into(), span: directive.span })
                }
                // Resolved when all arrows are known.
                DirectiveKind::Depends(_) => {}
                // Scopes, not for an arrow: `block` takes them.
                DirectiveKind::Unordered | DirectiveKind::Ignore(_) | DirectiveKind::Consider(_) => {}
            }
        }
        if let (Some(least), Some(most)) = (traits.after, traits.within)
            && least > most
        {
            self.problems.push(
                Diagnostic::error("SQ116", "the earliest time of this arrow is after its latest time")
                    .at(arrow.span, format!("not before {}, and within {}", elapsed_words(least), elapsed_words(most)))
                    .with_help("raise the upper limit or lower the lower one"),
            );
        }
        traits
    }

    /// Takes the directives that are about a fragment: findings it allows, whether it must never complete, whether its
    /// arrows are unordered. What only an arrow can have is a problem.
    pub(super) fn own_directives(&mut self, pending: &mut Pending, span: Span) -> (Vec<Allowed>, bool, bool) {
        let (mut allowed, mut never, mut unordered) = (Vec::new(), false, false);
        for directive in std::mem::take(&mut pending.directives) {
            match &directive.kind {
                DirectiveKind::Never => never = true,
                DirectiveKind::Unordered => unordered = true,
                DirectiveKind::Allow { code, .. } => {
                    allowed.push(Allowed { code: code.as_str().into(), span: directive.span })
                }
                DirectiveKind::Within(_)
                | DirectiveKind::After(_)
                | DirectiveKind::Between(..)
                | DirectiveKind::Depends(_)
                | DirectiveKind::KnownFailure(_)
                | DirectiveKind::Quote { .. }
                | DirectiveKind::Raw => self.problems.push(
                    Diagnostic::error("directive", "this directive belongs to an arrow, but a fragment follows it")
                        .at(directive.span, "")
                        .see(span, "the fragment")
                        .with_help("put it directly above the arrow, inside the fragment"),
                ),
                DirectiveKind::Ignore(_) | DirectiveKind::Consider(_) => {}
            }
        }
        (allowed, never, unordered)
    }

    /// Complains of directives that nothing follows.
    pub(super) fn leftovers(&mut self, pending: &Pending, _around: Span) {
        for directive in &pending.directives {
            self.stray(directive, "arrow or fragment");
        }
    }

    /// Complains of one directive that nothing follows.
    pub(super) fn stray(&mut self, directive: &Directive, wanted: &str) {
        self.problems.push(
            Diagnostic::error("directive", format!("no {wanted} follows this directive in its block"))
                .at(directive.span, "it applies to the next one")
                .with_help("move it directly above the arrow or fragment to which it applies"),
        );
    }
}
