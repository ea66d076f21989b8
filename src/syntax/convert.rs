//! From a diagram back to text: the same room for every dialect.
//!
//! Each dialect prints a [`Diagram`] with its own `print(&Diagram) -> Converted`. What it can hold is read back as it
//! was; what it cannot is written in its nearest form, and said with [`Converted::lose`]. Nothing disappears silently.

use super::{Dialect, breaks, mermaid, native, plantuml};
use crate::diagram::{Diagram, Item, change_every};
use crate::source::{Diagnostic, Span};

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
    let diagram = breaks::written(diagram.clone(), to);
    match to {
        Dialect::Mermaid => in_text_order(mermaid::print(&diagram), &diagram),
        Dialect::Native => in_text_order(native::print(&without_mermaid_words(diagram.clone())), &diagram),
        Dialect::PlantUml => plantuml::print(&without_mermaid_words(diagram)),
    }
}

/// A text in which participants stand in the order of the text.
fn in_text_order(mut converted: Converted, diagram: &Diagram) -> Converted {
    if !diagram.lanes.is_empty() {
        let names: Vec<&str> = diagram.lanes.iter().map(|id| diagram.participant(*id).id.as_str()).collect();
        let what =
            format!("PlantUML draws the participants in another order than that of the text: {}", names.join(", "));
        let span = diagram.lanes.first().map_or(diagram.span, |id| diagram.participant(*id).span);
        converted.lose(span, what, None);
    }
    converted
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
