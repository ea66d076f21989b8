//! A block, from its top to its bottom: what hangs over the next arrow, and what takes the rest of the block.

use super::compile::Compiler;
use super::model::Node;
use super::scope::{Pending, Scope};
use crate::diagram::{DirectiveKind, FragmentKind, Item};
use crate::source::{Diagnostic, Span};

/// At most so many `break` and scope directives may follow one another in one block: each nests the rest of it.
pub(super) const REST_DEPTH: usize = 200;

impl Compiler<'_> {
    /// One block. `break` and scope directives swallow the rest of it, so they recurse; everything else is a loop.
    pub(super) fn block(&mut self, items: &[Item], scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut done = 0;
        for (at, item) in items.iter().enumerate() {
            if at < done {
                continue;
            }
            match item {
                Item::Arrow(arrow) => {
                    done = at + 1 + level_with(&items[at + 1..]);
                    if done == at + 1 {
                        self.arrow(arrow, scope, pending, &mut nodes);
                    } else {
                        nodes.push(self.par("&", arrow.span, &items[at..done], scope, pending));
                    }
                }
                Item::Fragment(fragment) if fragment.kind == FragmentKind::Break => {
                    let rest = &items[at + 1..];
                    nodes.extend(self.rest(fragment.span, |this| this.break_(fragment, rest, scope, pending)));
                    return nodes;
                }
                Item::Fragment(fragment) => nodes.extend(self.fragment(fragment, scope, pending)),
                Item::Directive(directive) => match &directive.kind {
                    DirectiveKind::Ignore(_) | DirectiveKind::Consider(_) => {
                        let rest = &items[at..];
                        nodes.extend(self.rest(directive.span, |this| this.region(rest, scope, pending)));
                        return nodes;
                    }
                    DirectiveKind::Unordered if !next_is_fragment(&items[at + 1..]) => {
                        let group = &items[at + 1..];
                        let end = group_end(group);
                        if !group[..end].iter().any(|item| matches!(item, Item::Arrow(_))) {
                            self.stray(directive, "arrow");
                        }
                        nodes.push(self.par("unordered", directive.span, &group[..end], scope, pending));
                        nodes.extend(self.rest(directive.span, |this| this.block(&group[end..], scope, pending)));
                        return nodes;
                    }
                    DirectiveKind::Within(_)
                    | DirectiveKind::After(_)
                    | DirectiveKind::Between(..)
                    | DirectiveKind::Never
                    | DirectiveKind::Unordered
                    | DirectiveKind::Depends(_)
                    | DirectiveKind::KnownFailure(_)
                    | DirectiveKind::Quote { .. }
                    | DirectiveKind::Raw
                    | DirectiveKind::Allow { .. } => pending.directives.push(directive.clone()),
                },
                Item::Delay { duration: Some(duration), .. } => {
                    pending.delay += *duration;
                    pending.drawn += *duration;
                    pending.most += *duration;
                }
                Item::Group(group) => nodes.extend(self.block(&group.body, scope, pending)),
                Item::TimeBound(bound) => self.bounds.push(bound.clone()),
                // Replaced by `inline` where there are any.
                Item::Ref(_)
                | Item::Delay { duration: None, .. }
                | Item::Declare(..)
                | Item::Note(_)
                | Item::Divider { .. }
                | Item::Space(..)
                | Item::Lifecycle { .. }
                | Item::Autonumber(..)
                | Item::Style(..)
                | Item::Comment(..)
                | Item::Blank => {}
            }
        }
        nodes
    }

    fn rest(&mut self, span: Span, then: impl FnOnce(&mut Self) -> Vec<Node>) -> Vec<Node> {
        if self.rest >= REST_DEPTH {
            self.problems.push(
                Diagnostic::error("limit", format!("more than {REST_DEPTH} breaks or scope directives in one block"))
                    .at(span, "each of them nests the rest of its block")
                    .with_help("put the ignore lines together at the top, or split the diagram"),
            );
            return Vec::new();
        }
        self.rest += 1;
        let nodes = then(self);
        self.rest -= 1;
        nodes
    }
}

fn next_is_fragment(items: &[Item]) -> bool {
    let next = items.iter().find(|item| matches!(item, Item::Arrow(_) | Item::Fragment(_)));
    matches!(next, Some(Item::Fragment(_)))
}

/// How many of these items belong to arrows that are drawn at the height of the one before them.
fn level_with(items: &[Item]) -> usize {
    let mut level = 0;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Arrow(arrow) if arrow.drawn.same_height => level = at + 1,
            Item::Comment(..) | Item::Style(..) | Item::Note(_) | Item::Directive(_) => {}
            _ => break,
        }
    }
    level
}

/// Where the group of an `unordered` directive ends: at a blank line behind its first arrow, or at a fragment.
fn group_end(items: &[Item]) -> usize {
    let mut seen = false;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Blank if seen => return at,
            Item::Fragment(_) => return at,
            Item::Arrow(_) => seen = true,
            _ => {}
        }
    }
    items.len()
}
