//! SQ113: a value that is sent and that nobody has.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::order::{ArrowId, Block, Kind, LifelineId, Node};
use crate::source::{Diagnostic, Severity};
use crate::wire::Resolved;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

pub const LINT: Lint = Lint {
    code: "SQ113",
    name: "unbound data",
    severity: Severity::Error,
    about: "a client sends a value that no frame above has given it",
    why: "The server chooses some values: the id of a message, the number of a revision. A diagram gives them names \
          (`(id=m1)`), or leaves them to the binding, which takes the last one that the client has received. A client that \
          sends such a value has to have received it, in every way through the diagram that leads there.\n\n\
          A value that only another client has received is told as a warning: the run knows it, a real client could not, \
          unless it guesses.",
    theory: "Data flow: a use that is not dominated by a definition.",
    bears: Bears::Content,
    find,
};

/// What a client knows at a point of the text, whatever way led there.
#[derive(Clone, Default)]
struct Known {
    /// Names of the diagram that stand for a value.
    names: FxHashSet<Arc<str>>,
    /// Names, by the client that has received them.
    seen: FxHashSet<(LifelineId, Arc<str>)>,
    /// Holes, by the client that has received one.
    holes: FxHashSet<(LifelineId, Arc<str>)>,
    /// Holes that all connections know.
    shared: FxHashSet<Arc<str>>,
}

impl Known {
    fn both(self, other: &Known) -> Known {
        let keep = |name: &Arc<str>, all: &FxHashSet<Arc<str>>| all.contains(name);
        Known {
            names: self.names.into_iter().filter(|name| keep(name, &other.names)).collect(),
            seen: self.seen.into_iter().filter(|seen| other.seen.contains(seen)).collect(),
            holes: self.holes.into_iter().filter(|hole| other.holes.contains(hole)).collect(),
            shared: self.shared.into_iter().filter(|name| keep(name, &other.shared)).collect(),
        }
    }

    fn add(&mut self, other: Known) {
        self.names.extend(other.names);
        self.seen.extend(other.seen);
        self.holes.extend(other.holes);
        self.shared.extend(other.shared);
    }
}

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
        Walk { facts, undrawn: undrawn.into_iter().collect(), binders: FxHashMap::default(), told: Vec::new() };
    walk.block(&facts.order.root, Known::default());
    let mut told = walk.told;
    told.sort_by_key(|finding| finding.arrows.first().copied());
    told.dedup_by_key(|finding| finding.arrows.first().map(|id| facts.order.arrow(*id).number));
    told
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    undrawn: FxHashSet<Arc<str>>,
    /// The first arrow that gives a name or a hole.
    binders: FxHashMap<Arc<str>, ArrowId>,
    told: Vec<Finding>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, mut known: Known) -> Known {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, &mut known),
                Node::Fragment(id) => {
                    let fragment = self.facts.order.fragment(*id);
                    known = match fragment.kind {
                        Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                            fragment.operands.iter().fold(known, |known, operand| self.block(&operand.body, known))
                        }
                        Kind::Loop { min, .. } => {
                            let before = known.clone();
                            let after =
                                fragment.operands.iter().fold(known, |known, operand| self.block(&operand.body, known));
                            if min == 0 { before } else { after }
                        }
                        Kind::Choice(_) => {
                            let outs: Vec<Known> = fragment
                                .operands
                                .iter()
                                .map(|operand| self.block(&operand.body, known.clone()))
                                .collect();
                            outs.into_iter().reduce(|one, other| one.both(&other)).unwrap_or(known)
                        }
                        Kind::Par => {
                            let outs: Vec<Known> = fragment
                                .operands
                                .iter()
                                .map(|operand| self.block(&operand.body, known.clone()))
                                .collect();
                            outs.into_iter().for_each(|out| known.add(out));
                            known
                        }
                    };
                }
            }
        }
        known
    }

    fn arrow(&mut self, id: ArrowId, known: &mut Known) {
        let Some(client) = self.facts.client(id) else { return };
        match &self.facts.plan.planned(id).resolved {
            Some(Resolved::Expect(expectation)) => {
                for (name, _) in expectation.names() {
                    known.names.insert(name.clone());
                    known.seen.insert((client, name.clone()));
                    self.binders.entry(name.clone()).or_insert(id);
                }
                for (hole, share) in expectation.teaches() {
                    known.holes.insert((client, hole.clone()));
                    self.binders.entry(hole.clone()).or_insert(id);
                    if share {
                        known.shared.insert(hole.clone());
                    }
                }
            }
            Some(Resolved::Send(outgoing)) => {
                for (hole, name) in outgoing.needs() {
                    let here = known.holes.contains(&(client, hole.clone()))
                        || known.shared.contains(&hole)
                        || self.undrawn.contains(&hole);
                    let problem = match &name {
                        Some(name) if known.seen.contains(&(client, name.clone())) => None,
                        Some(name) if known.names.contains(name) => Some(self.foreign(id, name)),
                        Some(_) | None if here => None,
                        Some(name) => Some(self.unbound(id, name)),
                        None => Some(self.unbound(id, &hole)),
                    };
                    if let Some(told) = problem {
                        self.told.push(Finding::new(&LINT, told, vec![id]));
                    }
                    known.names.extend(name);
                }
                for hole in outgoing.teaches() {
                    known.holes.insert((client, hole.clone()));
                }
            }
            Some(Resolved::Request(request)) => {
                for (name, _) in request.names() {
                    known.names.insert(name.clone());
                }
            }
            Some(
                Resolved::Connect { .. }
                | Resolved::Disconnect
                | Resolved::Drop
                | Resolved::DropEvents
                | Resolved::Pause
                | Resolved::Resume,
            )
            | None => {}
        }
    }

    fn unbound(&self, id: ArrowId, name: &Arc<str>) -> Diagnostic {
        let facts = self.facts;
        let message = format!("{} cannot send {}: it has not received `{name}`", facts.sender(id), facts.said(id));
        let told = LINT.told(message).at(facts.order.arrow(id).span, format!("needs a value for `{name}`"));
        let told = match self.binders.get(name) {
            Some(binder) => told.see(
                facts.order.arrow(*binder).span,
                format!("{} gets it here, and not in every way that leads below", facts.receiver(*binder)),
            ),
            None => told,
        };
        told.with_note("this run: does not begin")
            .with_help(format!(
                "draw above it a frame that gives {} `{name}`, or give a value: --var",
                facts.sender(id)
            ))
            .with_note("a use without a definition; see seqcheck explain SQ113")
    }

    fn foreign(&self, id: ArrowId, name: &Arc<str>) -> Diagnostic {
        let facts = self.facts;
        let (client, arrow) = (facts.sender(id), facts.order.arrow(id));
        let message = format!("{client} sends `{name}`, which only another client has received");
        let mut told = LINT.told(message).at(arrow.span, format!("no frame gave {client} this value"));
        told.severity = Severity::Warning;
        if let Some(binder) = self.binders.get(name) {
            told = told.see(facts.order.arrow(*binder).span, format!("{} has it from here", facts.receiver(*binder)));
        }
        told.with_note("this run: knows what every client has received, and sends it")
            .with_note(format!("production: {client} could only guess it"))
            .with_help(format!("draw a frame that gives {client} this value"))
            .with_note("a use without a definition; see seqcheck explain SQ113")
    }
}
