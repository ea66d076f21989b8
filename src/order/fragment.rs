//! Fragments: what each is, and its operands.

use super::block::REST_DEPTH;
use super::compile::Compiler;
use super::model::{Chooser, Fragment, FragmentId, Kind, Node, Operand};
use super::operands;
use super::scope::{Pending, Scope};
use crate::diagram::{self, Directive, DirectiveKind, FragmentKind, Frames, Item, Turns};
use crate::source::{Diagnostic, Span};
use std::time::Duration;

impl Compiler<'_> {
    pub(super) fn region(&mut self, items: &[Item], scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let mut frames = Vec::new();
        let mut consider = None;
        let mut taken = 0;
        let mut span = Span::default();
        for item in items {
            let next = match item {
                Item::Directive(Directive { kind: DirectiveKind::Ignore(next), span }) => (false, next, *span),
                Item::Directive(Directive { kind: DirectiveKind::Consider(next), span }) => (true, next, *span),
                Item::Comment(..) | Item::Blank => {
                    taken += 1;
                    continue;
                }
                _ => break,
            };
            if consider.is_some_and(|consider| consider != next.0) {
                break;
            }
            consider = Some(next.0);
            frames.push(next.1.clone());
            span = next.2;
            taken += 1;
        }
        let keyword = if consider == Some(true) { "consider" } else { "ignore" };
        let kind = Kind::Region { consider: consider == Some(true), frames };
        let id = self.open(kind, keyword, span, scope, pending);
        let body = self.block(&items[taken..], scope.into(id, 0), pending);
        let below = std::mem::take(&mut pending.drawn);
        self.close(id, vec![self.operand("", span, body, below)])
    }

    pub(super) fn break_(
        &mut self,
        fragment: &diagram::Fragment,
        rest: &[Item],
        scope: Scope,
        pending: &mut Pending,
    ) -> Vec<Node> {
        self.problems.extend(operands::refuse(fragment));
        let allowed = self.own_directives(pending, fragment.span).0;
        let id = self.open(Kind::Choice(Chooser::Nobody), "break", fragment.span, scope, pending);
        self.order.fragments[id.0 as usize].leaves = scope.innermost_loop;
        self.order.fragments[id.0 as usize].allowed = allowed;
        let first = fragment.operands.first();
        let mut inside = pending.clone();
        let taken = self.block(first.map_or(&[][..], |operand| &operand.body), scope.into(id, 0), &mut inside);
        let other = self.block(rest, scope.into(id, 1), pending);
        let guard = first.map_or("", |operand| operand.guard.as_str());
        let below = std::mem::take(&mut pending.drawn);
        pending.most = pending.most.max(inside.most);
        let operands = vec![
            self.operand(guard, fragment.span, taken, inside.drawn),
            self.operand("", Span::default(), other, below),
        ];
        self.close(id, operands)
    }

    pub(super) fn fragment(&mut self, fragment: &diagram::Fragment, scope: Scope, pending: &mut Pending) -> Vec<Node> {
        self.problems.extend(operands::refuse(fragment));
        let (allowed, never, unordered) = self.own_directives(pending, fragment.span);
        let keyword = fragment.kind.keyword();
        let span = fragment.span;
        if unordered {
            let body: Vec<Item> = fragment.operands.iter().flat_map(|operand| operand.body.iter().cloned()).collect();
            return vec![self.par("unordered", span, &body, scope, pending)];
        }
        let kind = match &fragment.kind {
            FragmentKind::Alt | FragmentKind::Opt => Kind::Choice(Chooser::Nobody),
            FragmentKind::Loop(turns) => {
                let (min, max) = match turns {
                    Turns::Between { min, max } => (*min, *max),
                    // Settled once it is known who begins a turn.
                    Turns::Free => (0, None),
                };
                Kind::Loop { min, max, chooser: Chooser::Nobody, free: *turns == Turns::Free }
            }
            FragmentKind::Par => Kind::Par,
            FragmentKind::Parallel => {
                let body = fragment.operands.first().map_or(&[][..], |operand| &operand.body);
                return vec![self.par("parallel", span, body, scope, pending)];
            }
            FragmentKind::Strict => Kind::Strict,
            FragmentKind::Critical => Kind::Critical,
            // Becomes nested `opt`s below.
            FragmentKind::Neg => Kind::Frame,
            FragmentKind::Ignore(patterns) => region(false, patterns),
            FragmentKind::Consider(patterns) => region(true, patterns),
            FragmentKind::Seq | FragmentKind::Assert | FragmentKind::Group | FragmentKind::Rect => Kind::Frame,
            // Handled by `block`, which sees the rest.
            FragmentKind::Break => Kind::Frame,
            FragmentKind::TryRecover => {
                self.problems.push(
                    Diagnostic::error("try", "critical … option means try and recover, which seqcheck cannot check")
                        .at(span, "this can be drawn, but not run")
                        .with_help("write alt … else for the results, or break for the result that ends the rest"),
                );
                Kind::Frame
            }
        };
        if never || fragment.kind == FragmentKind::Neg {
            return self.never(fragment, scope, pending);
        }
        let id = self.open(kind.clone(), keyword, span, scope, pending);
        self.order.fragments[id.0 as usize].allowed = allowed;
        let inner = if matches!(kind, Kind::Loop { .. }) { scope.into_loop(id) } else { scope };
        // A delay above a fragment is a delay above whatever comes first in it.
        let above = std::mem::take(&mut pending.delay);
        let most = std::mem::take(&mut pending.most);
        let mut begins = std::mem::take(&mut pending.begins);
        let (around, first) = (begins.len(), self.order.arrows.len());
        begins.extend(matches!(kind, Kind::Loop { .. }).then_some((id, above)));
        let connected = self.connected.clone();
        let mut after = connected.clone();
        let mut operands = Vec::with_capacity(fragment.operands.len());
        for (index, operand) in fragment.operands.iter().enumerate() {
            if !matches!(kind, Kind::Par) {
                self.connected.clone_from(&connected);
            }
            let mut inside = Pending { delay: above, most, begins: begins.clone(), ..Pending::default() };
            let body = self.block(&operand.body, inner.into(id, index as u32), &mut inside);
            self.leftovers(&inside, operand.span);
            after.iter_mut().zip(&self.connected).for_each(|(all, now)| *all |= now);
            operands.push(self.operand(&operand.guard, operand.span, body, inside.drawn));
            pending.most = pending.most.max(inside.most);
            if body_is_last(fragment, index) {
                pending.delay = inside.delay;
            }
        }
        if operands.iter().all(|operand| operand.body.is_empty()) {
            begins.truncate(around);
            (pending.delay, pending.begins) = (above, begins);
        } else if operands.last().is_some_and(|operand| operand.body.is_empty()) {
            // What is drawn above stands above what the other operands begin with.
            pending.delay = pending.delay.saturating_sub(above);
        } else if matches!(kind, Kind::Loop { .. }) && !pending.delay.is_zero() {
            // A delay at the end of a turn is above whatever comes first in the next.
            for arrow in &mut self.order.arrows[first..] {
                let own = arrow.traits.again.iter_mut().filter(|(around, _)| *around == id);
                own.for_each(|(_, delay)| *delay += pending.delay);
            }
        }
        if matches!(kind, Kind::Choice(_)) {
            self.connected = after;
        }
        if fragment.kind == FragmentKind::Opt {
            operands.truncate(1);
            operands.push(self.operand("", Span::default(), Vec::new(), Duration::ZERO));
        }
        if fragment.kind == FragmentKind::Opt || matches!(kind, Kind::Loop { min: 0, .. }) {
            pending.most = pending.most.max(most);
        }
        self.close(id, operands)
    }

    /// A block that must not complete: `neg { a b c }` is `opt { a opt { b never c } }`, so that a part of it may happen
    /// and the whole may not.
    fn never(&mut self, fragment: &diagram::Fragment, scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let items: Vec<&Item> = fragment.operands.iter().flat_map(|operand| &operand.body).collect();
        let arrows: Vec<&diagram::Arrow> =
            items.iter().filter_map(|item| if let Item::Arrow(arrow) = item { Some(arrow) } else { None }).collect();
        if arrows.is_empty() || arrows.len() > REST_DEPTH || items.iter().any(|item| matches!(item, Item::Fragment(_)))
        {
            self.problems.push(
                Diagnostic::error("never", "the messages that must never come have to be a plain sequence of arrows")
                    .at(fragment.span, "this block is empty, too long, or contains other fragments")
                    .with_help("draw only the arrows that must not all come, one after the other"),
            );
            return Vec::new();
        }
        let (last, first) = arrows.split_last().map_or((None, &[][..]), |(last, first)| (Some(*last), first));
        let mut body: Vec<Item> = Vec::new();
        if let Some(last) = last {
            body.push(Item::Directive(Directive { kind: DirectiveKind::Never, span: fragment.span }));
            body.push(Item::Arrow(last.clone()));
        }
        for arrow in first.iter().rev() {
            body.insert(0, Item::Arrow((*arrow).clone()));
            body = vec![Item::Fragment(diagram::Fragment {
                kind: FragmentKind::Opt,
                operands: vec![diagram::Operand { guard: String::new(), body, style: None, span: fragment.span }],
                style: None,
                span: fragment.span,
            })];
        }
        let id = self.open(Kind::Frame, fragment.kind.keyword(), fragment.span, scope, pending);
        let body = self.block(&body, scope.into(id, 0), pending);
        self.close(id, vec![self.operand("", fragment.span, body, Duration::ZERO)])
    }

    /// A `par` in which every arrow (and every nested fragment) is an operand of its own.
    pub(super) fn par(
        &mut self,
        keyword: &'static str,
        span: Span,
        items: &[Item],
        scope: Scope,
        pending: &mut Pending,
    ) -> Node {
        let id = self.open(Kind::Par, keyword, span, scope, pending);
        let mut operands = Vec::new();
        let above = std::mem::take(&mut pending.delay);
        let most = std::mem::take(&mut pending.most);
        let begins = std::mem::take(&mut pending.begins);
        let directives = std::mem::take(&mut pending.directives);
        let mut inside = Pending { delay: above, drawn: Duration::ZERO, most, begins: begins.clone(), directives };
        let mut start = 0;
        for (at, item) in items.iter().enumerate() {
            if matches!(item, Item::Arrow(_) | Item::Fragment(_)) {
                let index = operands.len() as u32;
                let body = self.block(&items[start..=at], scope.into(id, index), &mut inside);
                operands.push(self.operand("", span, body, Duration::ZERO));
                (inside.delay, inside.most) = (above, most);
                inside.begins.clone_from(&begins);
                start = at + 1;
            }
        }
        self.leftovers(&inside, span);
        self.close(id, operands)[0]
    }

    /// A fragment, above which the delays are drawn that are pending in its block.
    pub(super) fn open(
        &mut self,
        kind: Kind,
        keyword: &'static str,
        span: Span,
        scope: Scope,
        pending: &mut Pending,
    ) -> FragmentId {
        let id = FragmentId(self.order.fragments.len() as u32);
        let line = self.setup.sources.position(span).line;
        self.order.fragments.push(Fragment {
            kind,
            keyword,
            line,
            span,
            inside: scope.inside,
            delay: std::mem::take(&mut pending.drawn),
            operands: Vec::new(),
            leaves: None,
            allowed: Vec::new(),
        });
        id
    }

    pub(super) fn close(&mut self, id: FragmentId, operands: Vec<Operand>) -> Vec<Node> {
        self.order.fragments[id.0 as usize].operands = operands;
        vec![Node::Fragment(id)]
    }

    pub(super) fn operand(&self, guard: &str, span: Span, body: Vec<Node>, below: Duration) -> Operand {
        let line = if span == Span::default() { 0 } else { self.setup.sources.position(span).line };
        Operand { guard: guard.into(), line, body, below, begins: super::Begins::default() }
    }
}

fn region(consider: bool, patterns: &[String]) -> Kind {
    let frames = patterns.iter().map(|pattern| Frames { at: Vec::new(), pattern: pattern.clone() }).collect();
    Kind::Region { consider, frames }
}

fn body_is_last(fragment: &diagram::Fragment, index: usize) -> bool {
    index + 1 == fragment.operands.len()
}
