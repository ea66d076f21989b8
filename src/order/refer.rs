//! What speaks of arrows that stand elsewhere, once all are known: `depends`, and bounds between anchors.

use super::compile::Compiler;
use super::model::{ArrowId, Bound};
use crate::diagram;
use crate::source::Diagnostic;

impl Compiler<'_> {
    pub(super) fn resolve_depends(&mut self) {
        for (arrow, on, span) in std::mem::take(&mut self.depends) {
            let found: Vec<ArrowId> = match &on {
                diagram::ArrowRef::Number(number) => {
                    self.order.arrow_ids().filter(|(_, other)| other.number == *number).map(|(id, _)| id).collect()
                }
                diagram::ArrowRef::Label(label) => {
                    let own = self.order.arrow(arrow).number;
                    let nearest =
                        self.order.arrows.iter().rev().find(|other| other.number < own && *other.label == **label);
                    let number = nearest.map(|other| other.number);
                    self.order.arrow_ids().filter(|(_, other)| Some(other.number) == number).map(|(id, _)| id).collect()
                }
            };
            let own = self.order.arrow(arrow);
            if found.is_empty() {
                let problem = Diagnostic::error("depends", "there is no such arrow above")
                    .at(span, format!("the arrow below it is number {}", own.number))
                    .with_help("arrows are numbered from 1 in the order of the text; a label must match exactly");
                // Reports name lines, so that a line is what people write.
                let at_line = match &on {
                    diagram::ArrowRef::Number(line) => self.order.arrows.iter().find(|other| other.line == *line),
                    diagram::ArrowRef::Label(_) => None,
                };
                self.problems.push(match at_line {
                    Some(meant) => {
                        let help = format!("line {} is arrow number {}: #@ depends {1}", meant.line, meant.number);
                        problem.with_help(help)
                    }
                    None => problem,
                });
            } else if found.iter().any(|id| self.order.arrow(*id).number >= own.number) {
                self.problems.push(
                    Diagnostic::error("SQ117", "this arrow would wait for itself")
                        .at(span, format!("arrow {} waits for an arrow that is not above it", own.number))
                        .with_help("name an arrow above: the arrows below already wait for this one"),
                );
            }
            self.order.arrows[arrow.0 as usize].traits.depends.extend(found);
        }
    }

    pub(super) fn resolve_bounds(&mut self) {
        for bound in std::mem::take(&mut self.bounds) {
            let Some(at_most) = bound.duration else { continue };
            match (self.anchors.get(&bound.from), self.anchors.get(&bound.to)) {
                (Some(from), Some(to)) => {
                    self.order.bounds.push(Bound { from: *from, to: *to, at_most, span: bound.span });
                }
                (from, _) => {
                    let name = if from.is_none() { &bound.from } else { &bound.to };
                    self.problems.push(
                        Diagnostic::error("anchor", format!("there is no anchor {{{name}}}"))
                            .at(bound.span, "this time limit needs it")
                            .with_help(format!("put {{{name}}} before an arrow")),
                    );
                }
            }
        }
    }
}
