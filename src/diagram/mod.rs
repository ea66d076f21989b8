//! What the author drew: plain data, the same for every dialect.
//!
//! Start at [`Diagram`]: participants, and a body of [`Item`]s in the order of the text. Nothing here knows who is
//! simulated, what a label is on the wire, or in which order events may happen; those are `order` and `wire`.
//! Comments, blank lines and styling are kept as items, so that printing a diagram loses nothing that was written;
//! [`Diagram::meaning`] is the diagram without them and without places, for comparing.

mod arrow;
mod color;
mod directive;
mod duration;
mod fragment;
mod item;
mod meaning;
mod participant;
mod settings;
mod texts;
mod walk;

pub use arrow::{Arrow, Decoration, Drawn, End, Head, Line, Side};
pub use color::COLOR_NAMES;
pub use directive::{ArrowRef, Breaks, Clients, Directive, DirectiveKind, Frames, OrderMode, Setting};
pub use duration::{parse_duration, print_duration};
pub use fragment::{Fragment, FragmentKind, Operand, Turns};
pub use item::{Autonumber, Create, Item, Lifecycle, Note, NotePlace, NoteShape, ParticipantGroup, Ref, TimeBound};
pub use participant::{Participant, ParticipantId, ParticipantKind};
pub use settings::Settings;
pub use walk::{arrows, change_every, every};

use crate::source::Span;

/// One sequence diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// The title as drawn.
    pub title: Option<String>,
    /// Everybody, declared or not, in the order of first appearance. [`ParticipantId`] is an index into this.
    pub participants: Vec<Participant>,
    /// Directives that hold for the whole file, in the order in which they were written.
    pub settings: Vec<Setting>,
    /// Everybody from left to right, where that is not the order of [`Diagram::participants`]; else empty. Drawing only.
    pub lanes: Vec<ParticipantId>,
    /// The statements in the order of the text.
    pub body: Vec<Item>,
    /// The whole text of the diagram.
    pub span: Span,
}

impl Diagram {
    /// The participant of an id.
    pub fn participant(&self, id: ParticipantId) -> &Participant {
        &self.participants[id.0 as usize]
    }

    /// Everybody from left to right, as drawn.
    pub fn across(&self) -> Vec<ParticipantId> {
        let all = (0..self.participants.len() as u32).map(ParticipantId);
        if self.lanes.is_empty() {
            return all.collect();
        }
        // A diagram that another one refers to brings its own people, who stand behind.
        let known = self.lanes.len() as u32;
        self.lanes.iter().copied().chain(all.filter(|id| id.0 >= known)).collect()
    }

    /// The participant with this id as written in arrows, letter for letter.
    pub fn find(&self, name: &str) -> Option<ParticipantId> {
        let index = self.participants.iter().position(|participant| participant.id == name)?;
        Some(ParticipantId(index as u32))
    }
}
