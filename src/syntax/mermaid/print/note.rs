//! Notes, and what is drawn as one.

use super::super::disguise::{Disguise, Form, Place};
use super::super::text::print_text;
use super::Printer;
use super::life::is_wrap;
use crate::diagram::{Note, NotePlace, NoteShape, ParticipantId, Ref};
use crate::source::Span;

impl Printer<'_> {
    pub(super) fn note(&mut self, note: &Note) {
        let wrap = note.style.as_deref().filter(|style| is_wrap(style));
        if note.style.is_some() && wrap.is_none() {
            self.out.lose(note.span, "Mermaid has no colours for notes", None);
        }
        if note.same_height {
            self.out.lose(note.span, "Mermaid has no notes at the height of others", None);
        }
        let place = self.place(&note.place, note.span);
        if note.shape != NoteShape::Note {
            self.out.lose(note.span, "Mermaid has only one shape of notes", Some("a note"));
        }
        self.carrier(Form::Shape(note.shape), place, &note.place, wrap, &note.text, note.span);
    }

    pub(super) fn reference(&mut self, reference: &Ref) {
        if reference.style.as_deref().is_some_and(|style| !is_wrap(style)) {
            self.out.lose(reference.span, "Mermaid has no colours for references", None);
        }
        self.out.lose(reference.span, "Mermaid has no references", Some("a note"));
        let over = NotePlace::Over(reference.over.clone());
        let place = if reference.over.is_empty() { Place::Across } else { self.place(&over, reference.span) };
        let wrap = reference.style.as_deref().filter(|style| is_wrap(style));
        self.carrier(Form::Ref, place, &over, wrap, &reference.text, reference.span);
    }

    pub(super) fn divider(&mut self, text: &str, at: Span) {
        self.out.lose(at, "Mermaid has no dividers", Some("a note"));
        self.carrier(Form::Divider, Place::Drawn, &NotePlace::Across, None, text, at);
    }

    pub(super) fn delay(&mut self, text: &str, at: Span) {
        self.out.lose(at, "Mermaid has no delays", Some("a note"));
        self.carrier(Form::Delay, Place::Drawn, &NotePlace::Across, None, text, at);
    }

    /// Where a note really stands, where Mermaid has no such place.
    fn place(&mut self, place: &NotePlace, at: Span) -> Place {
        let names = |over: &[ParticipantId]| over.iter().map(|&id| self.diagram.participant(id).id.clone()).collect();
        let place = match place {
            NotePlace::LeftOf(_) | NotePlace::RightOf(_) => return Place::Drawn,
            NotePlace::Over(over) if over.len() <= 2 => return Place::Drawn,
            NotePlace::Over(over) => Place::Over(names(over)),
            NotePlace::Across => Place::Across,
            NotePlace::LeftOfArrow => Place::LeftOfArrow,
            NotePlace::RightOfArrow => Place::RightOfArrow,
        };
        self.out.lose(at, "Mermaid has no notes in this place", Some("a note beside or over one or two lifelines"));
        place
    }

    /// The note, and the line that says what it really is.
    fn carrier(&mut self, form: Form, place: Place, drawn: &NotePlace, wrap: Option<&str>, text: &str, at: Span) {
        let shown = match drawn {
            NotePlace::LeftOf(_) | NotePlace::RightOf(_) => drawn.clone(),
            NotePlace::Over(over) if !over.is_empty() => {
                self.before(over, at);
                NotePlace::Over(ends(over))
            }
            NotePlace::Over(_) | NotePlace::Across => NotePlace::Over(self.all()),
            NotePlace::LeftOfArrow => {
                self.last.map_or_else(|| NotePlace::Over(self.all()), |(from, to)| NotePlace::LeftOf(from.min(to)))
            }
            NotePlace::RightOfArrow => {
                self.last.map_or_else(|| NotePlace::Over(self.all()), |(from, to)| NotePlace::RightOf(from.max(to)))
            }
        };
        if matches!(&shown, NotePlace::Over(over) if over.is_empty()) {
            return self.remark(text, at, "Mermaid has no place for this without a lifeline");
        }
        // What is over nobody mentions nobody, when it is read.
        if !matches!(form, Form::Divider | Form::Delay) && !matches!(drawn, NotePlace::Across) {
            self.before(shown.participants(), at);
        }
        if form != Form::Shape(NoteShape::Note) || place != Place::Drawn {
            self.line(&format!("%%@ as {}", Disguise::Note(form, place).print()));
        }
        let names = shown.participants().iter().map(|&id| self.name(id)).collect::<Vec<_>>().join(",");
        let side = match shown {
            NotePlace::LeftOf(_) => "left of",
            NotePlace::RightOf(_) => "right of",
            NotePlace::Over(_) | NotePlace::Across | NotePlace::LeftOfArrow | NotePlace::RightOfArrow => "over",
        };
        let wrap = wrap.map_or_else(String::new, |wrap| format!("{wrap}:"));
        self.line(&format!("Note {side} {names}: {wrap}{}", print_text(text)));
    }

    /// From the first lifeline that was drawn so far to the last.
    fn all(&self) -> Vec<ParticipantId> {
        let mut seen = (0..).zip(&self.seen).filter(|(_, seen)| **seen).map(|(index, _)| ParticipantId(index));
        match (seen.next(), seen.last()) {
            (Some(first), Some(last)) => vec![first, last],
            (Some(only), None) => vec![only],
            (None, _) if self.seen.is_empty() => Vec::new(),
            (None, _) => vec![ParticipantId(0)],
        }
    }
}

/// The outer two.
fn ends(over: &[ParticipantId]) -> Vec<ParticipantId> {
    match over {
        [first, second] => vec![*first, *second],
        [] => Vec::new(),
        [first, ..] => {
            let (low, high) = (over.iter().min().unwrap_or(first), over.iter().max().unwrap_or(first));
            if low == high { vec![*low] } else { vec![*low, *high] }
        }
    }
}
