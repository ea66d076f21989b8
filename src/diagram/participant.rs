use crate::source::Span;

/// Index into [`super::Diagram::participants`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParticipantId(pub u32);

/// One lifeline as drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    /// The name by which arrows refer to it.
    pub id: String,
    /// The name that is drawn, where it is another.
    pub label: Option<String>,
    /// The symbol.
    pub kind: ParticipantKind,
    /// Colour, stereotype and the like, verbatim, for drawing.
    pub style: Option<String>,
    /// Whether a statement declares it; otherwise an arrow or note mentioned it first.
    pub declared: bool,
    /// Its declaration, or its first mention.
    pub span: Span,
}

impl Participant {
    /// The name that is drawn.
    pub fn drawn(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.id)
    }
}

/// The symbol of a participant. It has no meaning beyond the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ParticipantKind {
    /// A box.
    #[default]
    Participant,
    /// A stick figure.
    Actor,
    /// The boundary symbol of robustness diagrams.
    Boundary,
    /// The control symbol of robustness diagrams.
    Control,
    /// The entity symbol of robustness diagrams.
    Entity,
    /// A cylinder.
    Database,
    /// A lying cylinder.
    Queue,
    /// Boxes behind one another.
    Collections,
    /// A cloud.
    Cloud,
}

impl ParticipantKind {
    /// All kinds with the keyword that declares them.
    pub const ALL: [(ParticipantKind, &'static str); 9] = [
        (ParticipantKind::Participant, "participant"),
        (ParticipantKind::Actor, "actor"),
        (ParticipantKind::Boundary, "boundary"),
        (ParticipantKind::Control, "control"),
        (ParticipantKind::Entity, "entity"),
        (ParticipantKind::Database, "database"),
        (ParticipantKind::Queue, "queue"),
        (ParticipantKind::Collections, "collections"),
        (ParticipantKind::Cloud, "cloud"),
    ];

    /// The keyword that declares this kind.
    pub fn keyword(self) -> &'static str {
        Self::ALL.into_iter().find(|&(kind, _)| kind == self).map_or("participant", |(_, word)| word)
    }

    /// The kind of a keyword, in any letter case.
    pub fn from_keyword(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, keyword)| keyword.eq_ignore_ascii_case(word)).map(|(kind, _)| kind)
    }
}
