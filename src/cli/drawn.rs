//! What stands against a run, in the words of the language that the diagram is written in; and one problem for a
//! diagram that is only a drawing, in place of one for each of its labels.

use super::load::Piece;
use crate::diagram::{self, Arrow, DirectiveKind, Item, every};
use crate::source::{Diagnostic, Severity};
use crate::wire::{Binding, Party, Sender, Unresolved};

/// The code of problems with labels.
const LABEL: &str = "SQ118";

/// The problems of a diagram that cannot be run, as its author is to read them.
pub fn told(piece: &Piece, binding: &Binding, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    match drawing(piece, binding) {
        Some(drawing) => {
            let skip = match piece.block {
                Some(_) => "<!-- seqcheck: skip only drawn --> above its fence".to_owned(),
                None => format!("{} skip only drawn", piece.dialect.facts().directive),
            };
            let near = problems.iter().find(|problem| problem.code == LABEL).and_then(|problem| problem.help.first());
            let told = near.into_iter().fold(drawing, |drawing, near| drawing.with_help(near.clone()));
            vec![
                told.with_help("to run it, begin a binding from its labels: seqcheck init binding FILE")
                    .with_help(format!("to leave it a drawing, write {skip}"))
                    .with_note("draw, fmt, convert and lint need no binding"),
            ]
        }
        None => problems.into_iter().map(|problem| piece.dialect.told(problem)).collect(),
    }
}

/// What is said of a drawing that nobody wants to run.
pub fn note(piece: &Piece, binding: &Binding) -> Option<Diagnostic> {
    drawing(piece, binding).map(|problem| Diagnostic { severity: Severity::Note, ..problem })
}

/// That a diagram is only a drawing, where it has arrows and no label of them has a rule.
fn drawing(piece: &Piece, binding: &Binding) -> Option<Diagnostic> {
    let arrows: Vec<&Arrow> = diagram::arrows(&piece.diagram.body).collect();
    let first = arrows.first()?;
    if arrows.iter().any(|arrow| has_rule(arrow, binding)) || has_raw(&piece.diagram.body) {
        return None;
    }
    let name = binding.name();
    let what = match arrows.len() {
        1 => format!("the only label of this diagram has no rule in the binding `{name}`"),
        number => format!("none of the {number} labels of this diagram has a rule in the binding `{name}`"),
    };
    let error = Diagnostic::error(LABEL, format!("{what}: it can be drawn, and not be run"));
    Some(error.at(first.span, "the first of them"))
}

/// Whether a label is the frame itself, and needs no rule.
fn has_raw(items: &[Item]) -> bool {
    every(items).any(|item| matches!(item, Item::Directive(directive) if directive.kind == DirectiveKind::Raw))
}

fn has_rule(arrow: &Arrow, binding: &Binding) -> bool {
    let (from, to) = (Party::new("A"), Party::new("B"));
    [Sender::Client, Sender::Server]
        .into_iter()
        .any(|sender| !matches!(binding.resolve(&arrow.label, sender, &from, &to), Err(Unresolved::NoRule { .. })))
}
