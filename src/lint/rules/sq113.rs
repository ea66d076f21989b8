//! SQ113: a value that is sent and that nobody has.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::overlay::{Overlay, touched};
use crate::order::{ArrowId, Block, FragmentId, Kind, LifelineId, Node};
use crate::source::{Diagnostic, Severity};
use crate::wire::Resolved;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

pub const LINT: Lint = Lint {
    code: "SQ113",
    name: "unbound data",
    severity: Severity::Error,
    about: "a client sends a value that it has not received",
    why: "The server chooses some values, such as the id of a message or the number of a revision. A diagram gives \
          them names (`(id=m1)`), or leaves them to the binding, which takes the last value that the client has \
          received. A client that sends such a value must have received it, on every path through the diagram that \
          leads there.\n\n\
          If only another client has received the value, the finding is a warning: the run knows the value, but a \
          real client would have to guess it.",
    theory: "Data flow: a use that is not dominated by a definition.",
    bears: Bears::Content,
    find,
};

/// Something that is known at a point of the text, whatever way led there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Fact {
    /// The value of a name of the diagram.
    Name(Arc<str>),
    /// A name, by the client that has received it.
    Seen(LifelineId, Arc<str>),
    /// A hole, by the client that has received one.
    Hole(LifelineId, Arc<str>),
    /// A hole that all connections know.
    Shared(Arc<str>),
}

/// All that is known there; nothing is ever forgotten.
type Known<'a> = Overlay<'a, Fact, ()>;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    // Most diagrams send nothing of the kind.
    let any = facts.order.arrow_ids().any(|(id, _)| match &facts.plan.planned(id).resolved {
        Some(Resolved::Send(outgoing)) => !outgoing.needs().is_empty(),
        Some(_) | None => false,
    });
    if !any {
        return Vec::new();
    }
    let undrawn = facts.subject.binding.map(crate::wire::Binding::undrawn_holes).unwrap_or_default();
    let mut walk =
        Walk { facts, undrawn: undrawn.into_iter().collect(), binders: FxHashMap::default(), findings: Vec::new() };
    walk.block(&facts.order.root, &mut Known::new());
    let mut findings = walk.findings;
    findings.sort_by_key(|finding| finding.arrows.first().copied());
    findings.dedup_by_key(|finding| finding.arrows.first().map(|id| facts.order.arrow(*id).number));
    findings
}

fn has(known: &Known<'_>, fact: &Fact) -> bool {
    known.get(fact).is_some()
}

fn learn(known: &mut Known<'_>, fact: Fact) {
    // What is known already is no news of this way: it would be looked at again behind it.
    if !has(known, &fact) {
        known.set(fact, ());
    }
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    undrawn: FxHashSet<Arc<str>>,
    /// The first arrow that gives a name or a hole.
    binders: FxHashMap<Arc<str>, ArrowId>,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, known: &mut Known<'_>) {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, known),
                Node::Fragment(id) => self.fragment(*id, known),
            }
        }
    }

    fn fragment(&mut self, id: FragmentId, known: &mut Known<'_>) {
        let fragment = self.facts.order.fragment(id);
        // One operand after the other, or each by itself.
        let after = !matches!(fragment.kind, Kind::Choice(_) | Kind::Par | Kind::Loop { min: 0, .. });
        if after {
            return fragment.operands.iter().for_each(|operand| self.block(&operand.body, known));
        }
        let outs: Vec<_> = fragment
            .operands
            .iter()
            .map(|operand| {
                let mut own = known.on_top();
                self.block(&operand.body, &mut own);
                own.into_changes()
            })
            .collect();
        let all = match fragment.kind {
            Kind::Par => 1,
            Kind::Choice(_) => outs.len(),
            // It may be passed by.
            Kind::Loop { .. } | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => outs.len() + 1,
        };
        for (fact, ways) in touched(outs) {
            if ways.len() >= all {
                known.set(fact, ());
            }
        }
    }

    fn arrow(&mut self, id: ArrowId, known: &mut Known<'_>) {
        let Some(client) = self.facts.client(id) else { return };
        match &self.facts.plan.planned(id).resolved {
            Some(Resolved::Expect(expectation)) => {
                for (name, _) in expectation.names() {
                    learn(known, Fact::Name(name.clone()));
                    learn(known, Fact::Seen(client, name.clone()));
                    self.binders.entry(name.clone()).or_insert(id);
                }
                for (hole, share) in expectation.teaches() {
                    learn(known, Fact::Hole(client, hole.clone()));
                    self.binders.entry(hole.clone()).or_insert(id);
                    if share {
                        learn(known, Fact::Shared(hole.clone()));
                    }
                }
            }
            Some(Resolved::Send(outgoing)) => {
                for (hole, name) in outgoing.needs() {
                    let here = has(known, &Fact::Hole(client, hole.clone()))
                        || has(known, &Fact::Shared(hole.clone()))
                        || self.undrawn.contains(&hole);
                    let problem = match &name {
                        Some(name) if has(known, &Fact::Seen(client, name.clone())) => None,
                        Some(name) if has(known, &Fact::Name(name.clone())) => Some(self.foreign(id, name)),
                        Some(_) | None if here => None,
                        Some(name) => Some(self.unbound(id, name)),
                        None => Some(self.unbound(id, &hole)),
                    };
                    if let Some(diagnostic) = problem {
                        self.findings.push(Finding::new(&LINT, diagnostic, vec![id]));
                    }
                    name.into_iter().for_each(|name| learn(known, Fact::Name(name)));
                }
                for hole in outgoing.teaches() {
                    learn(known, Fact::Hole(client, hole.clone()));
                }
            }
            Some(Resolved::Request(request)) => {
                for (name, _) in request.names() {
                    learn(known, Fact::Name(name.clone()));
                }
            }
            Some(
                Resolved::Connect { .. }
                | Resolved::Disconnect
                | Resolved::Drop
                | Resolved::DropEvents
                | Resolved::Pause
                | Resolved::Answer(_)
                | Resolved::Push(_)
                | Resolved::Close(_)
                | Resolved::Resume,
            )
            | None => {}
        }
    }

    fn unbound(&self, id: ArrowId, name: &Arc<str>) -> Diagnostic {
        let facts = self.facts;
        let message = format!("{} cannot send {}: it has not received `{name}`", facts.sender(id), facts.label(id));
        let diagnostic = LINT.diagnostic(message).at(facts.order.arrow(id).span, format!("needs a value for `{name}`"));
        let diagnostic = match self.binders.get(name) {
            Some(binder) => diagnostic.see(
                facts.order.arrow(*binder).span,
                format!("{} receives it here, but not on every path that leads below", facts.receiver(*binder)),
            ),
            None => diagnostic,
        };
        diagnostic
            .with_note("this run: does not start")
            .with_help(format!("draw a frame above it that gives {} `{name}`, or set a value: --var", facts.sender(id)))
            .with_note("see seqcheck explain SQ113")
    }

    fn foreign(&self, id: ArrowId, name: &Arc<str>) -> Diagnostic {
        let facts = self.facts;
        let (client, arrow) = (facts.sender(id), facts.order.arrow(id));
        let message = format!("{client} sends `{name}`, which only another client has received");
        let mut diagnostic = LINT.diagnostic(message).at(arrow.span, format!("{client} has not received this value"));
        diagnostic.severity = Severity::Warning;
        if let Some(binder) = self.binders.get(name) {
            diagnostic = diagnostic
                .see(facts.order.arrow(*binder).span, format!("{} receives it here", facts.receiver(*binder)));
        }
        diagnostic
            .with_note("this run: knows the values that every client has received, and sends it")
            .with_note(format!("production: {client} would have to guess it"))
            .with_help(format!("draw a frame that gives {client} this value"))
            .with_note("see seqcheck explain SQ113")
    }
}
