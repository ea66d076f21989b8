//! What stands against a run, in the words of the language that the diagram is written in; and one problem for a
//! diagram that is only a drawing, in place of one for each of its labels.

use super::load::Piece;
use crate::diagram::{self, Arrow, DirectiveKind, Item, every};
use crate::order::{Vocabulary as _, Word};
use crate::source::{Diagnostic, Severity};
use crate::wire::{Binding, Party, Sender, Unresolved};

/// The code of problems with labels.
pub const LABEL: &str = "SQ118";

/// The binding of diagrams for which nobody has chosen one.
const DEFAULT: &str = "chat";

/// The problems of a diagram that cannot be run, as its author is to read them.
pub fn explained(piece: &Piece, binding: &Binding, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    match drawing(piece, binding) {
        Some(drawing) => {
            let skip = match piece.block {
                Some(_) => "<!-- seqcheck: skip only drawn --> above its fence".to_owned(),
                None => format!("{} skip only drawn", piece.dialect.facts().directive),
            };
            let near = problems.iter().find(|problem| problem.code == LABEL).and_then(|problem| problem.help.first());
            let told = near.into_iter().fold(drawing, |drawing, near| drawing.with_help(near.clone()));
            vec![
                told.with_help("to run it, generate a binding from its labels: seqcheck init binding FILE")
                    .with_help(format!("to mark it as a drawing that is not run, write {skip}"))
                    .with_note("draw, fmt, convert and lint do not need a binding"),
            ]
        }
        None => {
            let problems = match one_line(piece, &problems) {
                Some(problem) => vec![problem],
                None => without_crowd(piece, binding, problems),
            };
            problems.into_iter().map(|problem| piece.dialect.spelled(problem)).collect()
        }
    }
}

/// So many labels without a rule are told one by one.
const FEW: usize = 3;
/// So many of more are shown.
const SHOWN: usize = 4;

/// One problem in place of one for each label, where the binding does not fit: most likely it is another's.
pub fn without_crowd(piece: &Piece, binding: &Binding, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let arrows: Vec<&Arrow> = diagram::arrows(&piece.diagram.body).collect();
    let unknown = |problem: &Diagnostic| {
        let place = problem.primary();
        let of = |arrow: &&&Arrow| Some(arrow.span) == place || Some(arrow.label_span) == place;
        let arrow = arrows.iter().find(of).filter(|_| problem.code == LABEL);
        arrow.is_some_and(|arrow| !arrow.label.is_empty() && !has_rule(arrow, binding))
    };
    let (crowd, rest): (Vec<Diagnostic>, Vec<Diagnostic>) = problems.into_iter().partition(unknown);
    if crowd.len() <= FEW {
        let mut all = [crowd, rest].concat();
        all.sort_by_key(Diagnostic::primary);
        return all;
    }
    let (name, number) = (binding.name(), crowd.len());
    let message =
        format!("the binding `{name}` has no rule for {number} of the {} arrows of this diagram", arrows.len());
    let mut places = crowd.iter().filter_map(Diagnostic::primary);
    let mut told = Diagnostic::error(LABEL, message);
    told = places.next().into_iter().fold(told, |told, span| told.at(span, "the first one"));
    told = places.take(SHOWN).fold(told, |told, span| told.see(span, "another one"));
    if name == super::bindings::DEFAULT {
        told = told.with_help(format!(
            "`{name}` is the built-in default binding: name your binding with --binding FILE or `#@ binding FILE`"
        ));
    }
    told = told.with_help("generate one from the labels: seqcheck init binding FILE");
    [vec![told], rest].concat()
}

/// Words that begin a statement of their own.
const STATEMENTS: [&str; 12] = [
    "actor",
    "participant",
    "boundary",
    "control",
    "entity",
    "database",
    "activate",
    "deactivate",
    "note",
    "alt",
    "loop",
    "end",
];

/// That several statements stand on one line, as where a page has lost its line breaks: all of it is the title then.
fn one_line(piece: &Piece, problems: &[Diagnostic]) -> Option<Diagnostic> {
    let place = problems.iter().find(|problem| problem.code == "empty")?.primary()?;
    let title = piece.diagram.title.as_deref()?;
    let is_arrow = |word: &str| word.contains("->");
    title.split_whitespace().find(|word| is_arrow(word))?;
    let mut lines = vec!["title".to_owned()];
    for word in title.split_whitespace() {
        if is_arrow(word) || STATEMENTS.contains(&word) {
            lines.push(word.to_owned());
        } else if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    Some(
        Diagnostic::error("empty", "several statements are on one line, and the whole line is read as the title")
            .at(place, "no arrow is left to run")
            .with_help(format!("write one statement per line:\n{}", lines.join("\n"))),
    )
}

/// What is said of a drawing that nobody wants to run.
pub fn note(piece: &Piece, binding: &Binding) -> Option<Diagnostic> {
    let drawing = drawing(piece, binding).or_else(|| by_accident(piece, binding));
    drawing.map(|problem| Diagnostic { severity: Severity::Note, ..problem })
}

/// That a diagram for which nobody has chosen a binding is a drawing, although some label looks like a word of the one that
/// is built in: nobody connects, and other labels have no rule.
fn by_accident(piece: &Piece, binding: &Binding) -> Option<Diagnostic> {
    let arrows: Vec<&Arrow> = diagram::arrows(&piece.diagram.body).collect();
    let opens = |arrow: &&Arrow| {
        binding.connect_like(&arrow.label).is_some()
            || matches!(binding.word(&arrow.label), Word::Connect | Word::Request)
    };
    if binding.name() != DEFAULT || piece.diagram.effective_settings().binding.is_some() || arrows.iter().any(opens) {
        return None;
    }
    let unknown: Vec<&&Arrow> = arrows.iter().filter(|arrow| !has_rule(arrow, binding)).collect();
    let first = unknown.first()?;
    let what = format!("{} of the {} labels have no rule, and no participant connects", unknown.len(), arrows.len());
    Some(Diagnostic::error(LABEL, format!("{what}: it can be drawn, but not run")).at(first.span, "the first one"))
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
    let error = Diagnostic::error(LABEL, format!("{what}: it can be drawn, but not run"));
    Some(error.at(first.span, "the first one"))
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
