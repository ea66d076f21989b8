//! From a diagram back to text: the same room for every dialect.
//!
//! Each dialect prints a [`Diagram`] with its own `print(&Diagram) -> Converted`. What it can hold is read back as it
//! was; what it cannot is written in its nearest form, and said with [`Converted::lose`]. Nothing disappears silently.

use super::{Dialect, breaks, mermaid, native, plantuml};
use crate::diagram::{Diagram, Item, ParticipantId, change_every, every};
use crate::source::{Diagnostic, Span};
use rustc_hash::FxHashSet;

/// The code of notes about what a dialect cannot hold.
pub const LOSS: &str = "loss";

/// A diagram as text, and what that text does not say any more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The whole text, ended by a line end.
    pub text: String,
    /// Notes, each at the place in the text that was read.
    pub losses: Vec<Diagnostic>,
}

impl Converted {
    /// Notes that something at this place is not in the text, or is there in another form: `what` is a sentence
    /// that an author understands, `instead` the form that was written, where there is one.
    pub fn lose(&mut self, at: Span, what: impl Into<String>, instead: Option<&str>) {
        let loss = Diagnostic::note(LOSS, what).at(at, "");
        self.losses.push(match instead {
            Some(form) => loss.with_note(format!("written as {form}")),
            None => loss,
        });
    }
}

/// A diagram as canonical text of a dialect, whatever dialect it was read from.
///
/// The text means the same: read again it is the same diagram, less what [`Converted::losses`] names. Labels are
/// printed letter for letter; names are quoted where they must be; comments, blank lines, directives and styling are
/// kept as far as the dialect has them.
pub fn convert(diagram: &Diagram, to: Dialect) -> Converted {
    let mut diagram = breaks::written(diagram.clone(), to);
    let mut boxed = Vec::new();
    if to == Dialect::Native {
        declared_once(&mut diagram.body, false, &mut FxHashSet::default(), &mut boxed);
    }
    in_order(&mut diagram);
    let lanes = in_words(&diagram).filter(|_| to != Dialect::PlantUml);
    let mut converted = match to {
        Dialect::Mermaid => mermaid::print(&diagram),
        Dialect::Native => native::print(&without_mermaid_words(diagram)),
        Dialect::PlantUml => plantuml::print(&without_mermaid_words(diagram)),
    };
    if let Some((at, names)) = lanes {
        let what = format!("PlantUML does not draw the participants in the order of the text: {names}");
        converted.lose(at, what, None);
    }
    for at in boxed {
        converted.lose(at, "a participant that is declared above its box is outside of it", None);
    }
    converted
}

/// Who stands where from left to right, where that is not the order of the text, and the place of the first.
fn in_words(diagram: &Diagram) -> Option<(Span, String)> {
    let first = diagram.lanes.first()?;
    let names: Vec<&str> = diagram.lanes.iter().map(|id| diagram.participant(*id).id.as_str()).collect();
    Some((diagram.participant(*first).span, names.join(", ")))
}

/// Declares all participants above the first statement, where nobody is declared and the first statement would bring them
/// in another order: Mermaid takes no lifeline for drawn because it is activated.
fn in_order(diagram: &mut Diagram) {
    if diagram.participants.iter().any(|participant| participant.declared) {
        return;
    }
    let first = every(&diagram.body).find_map(|item| match item {
        Item::Lifecycle { participant, .. } => Some(Some(*participant)),
        Item::Arrow(_) | Item::Note(_) | Item::Ref(_) => Some(None),
        _ => None,
    });
    if first.flatten().is_some_and(|first| first.0 > 0) {
        let all = (0..diagram.participants.len()).map(|id| ParticipantId(u32::try_from(id).unwrap_or(u32::MAX)));
        let declares: Vec<Item> = all.map(|id| Item::Declare(id, diagram.participant(id).span)).collect();
        diagram.body.splice(0..0, declares);
    }
}

/// Takes out what declares a participant again: Mermaid and PlantUML take it. Those that would put it into a box are told.
fn declared_once(items: &mut Vec<Item>, in_box: bool, known: &mut FxHashSet<ParticipantId>, boxed: &mut Vec<Span>) {
    items.retain_mut(|item| {
        if let Item::Declare(id, at) = item {
            let first = known.insert(*id);
            boxed.extend((in_box && !first).then_some(*at));
            return first;
        }
        if let Item::Group(group) = item {
            declared_once(&mut group.body, true, known, boxed);
        } else if let Item::Fragment(fragment) = item {
            fragment.operands.iter_mut().for_each(|operand| declared_once(&mut operand.body, in_box, known, boxed));
        }
        true
    });
}

/// Styles hold words of Mermaid beside colours: how text is wrapped, and which way an arrow is drawn. No other dialect
/// has anything of the kind, and would take them for colours.
fn without_mermaid_words(mut diagram: Diagram) -> Diagram {
    for participant in &mut diagram.participants {
        strip(&mut participant.style);
    }
    strip_items(&mut diagram.body);
    diagram
}

fn strip(style: &mut Option<String>) {
    if let Some(text) = style {
        let words = text.split(' ').filter(|word| !mermaid::STYLE_WORDS.contains(word));
        let kept = words.collect::<Vec<_>>().join(" ");
        *style = (!kept.is_empty()).then_some(kept);
    }
}

fn strip_items(items: &mut [Item]) {
    change_every(items, &mut |item| match item {
        Item::Arrow(arrow) => strip(&mut arrow.drawn.style),
        Item::Note(note) => strip(&mut note.style),
        Item::Ref(reference) => strip(&mut reference.style),
        Item::Group(group) => {
            strip(&mut group.style);
            if let Some(colour) = group.style.as_deref().and_then(mermaid::hashed) {
                group.style = Some(colour);
            }
        }
        Item::Fragment(fragment) => strip(&mut fragment.style),
        Item::Declare(..)
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
    });
}
