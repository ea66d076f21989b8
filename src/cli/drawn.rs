//! What stands against a run, in the words of the language that the diagram is written in; and one problem for a
//! diagram that is only a drawing, in place of one for each of its labels.

use super::load::Piece;
use crate::diagram::{Arrow, Item};
use crate::source::Diagnostic;
use crate::syntax::Dialect;
use crate::wire::{Binding, Party, Sender, Unresolved};

/// Codes of problems that a drawing has at every label, or because of its labels.
const OF_LABELS: [&str; 2] = ["SQ118", "roles"];

/// The problems of a diagram that cannot be run, as its author is to read them.
pub fn told(piece: &Piece, binding: &Binding, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut arrows = Vec::new();
    collect(&piece.diagram.body, &mut arrows);
    let leader = match piece.dialect {
        Dialect::Native => "#@",
        Dialect::Mermaid => "%%@",
        Dialect::PlantUml => "'@",
    };
    let labels = problems.iter().all(|problem| OF_LABELS.contains(&problem.code));
    match arrows.first() {
        Some(first) if labels && !arrows.iter().any(|arrow| has_rule(arrow, binding)) => {
            vec![drawing(piece, first, arrows.len(), binding, leader)]
        }
        Some(_) | None => problems.into_iter().map(|problem| with_leader(problem, leader)).collect(),
    }
}

fn collect<'d>(items: &'d [Item], arrows: &mut Vec<&'d Arrow>) {
    for item in items {
        match item {
            Item::Arrow(arrow) => arrows.push(arrow),
            Item::Group(group) => collect(&group.body, arrows),
            Item::Fragment(fragment) => fragment.operands.iter().for_each(|operand| collect(&operand.body, arrows)),
            Item::Declare(..)
            | Item::Note(_)
            | Item::Ref(_)
            | Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Lifecycle { .. }
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Directive(_)
            | Item::Comment(..)
            | Item::Blank => {}
        }
    }
}

fn has_rule(arrow: &Arrow, binding: &Binding) -> bool {
    let (from, to) = (Party::new("A"), Party::new("B"));
    [Sender::Client, Sender::Server]
        .into_iter()
        .any(|sender| !matches!(binding.resolve(&arrow.label, sender, &from, &to), Err(Unresolved::NoRule { .. })))
}

fn drawing(piece: &Piece, first: &Arrow, arrows: usize, binding: &Binding, leader: &str) -> Diagnostic {
    let name = binding.name();
    let what = match arrows {
        1 => format!("the only label of this diagram has no rule in the binding `{name}`"),
        _ => format!("none of the {arrows} labels of this diagram has a rule in the binding `{name}`"),
    };
    let skip = match piece.block {
        Some(_) => "<!-- seqcheck: skip only drawn --> above its fence".to_owned(),
        None => format!("{leader} skip only drawn"),
    };
    Diagnostic::error("SQ118", format!("{what}: it can be drawn, and not be run"))
        .at(first.span, "the first of them")
        .with_help("to run it, say what its labels are on the wire: --binding FILE; docs/bindings.md shows how")
        .with_help(format!("to leave it a drawing, write {skip}"))
        .with_note("draw, fmt and convert need no binding")
}

/// Directives as this language writes them.
fn with_leader(mut problem: Diagnostic, leader: &str) -> Diagnostic {
    for help in &mut problem.help {
        *help = help.replace("#@ ", &format!("{leader} "));
    }
    problem
}
