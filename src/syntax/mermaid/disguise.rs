//! `%%@ as WORD`: what Mermaid has no statement for, drawn as one that it has.
//!
//! The directive says what the next statement really is: a note that is a divider, a `rect` that is a `strict` block.
//! Other tools see a comment and draw the note or the block.

use crate::diagram::{FragmentKind, NoteShape, ParticipantKind, Side};
use crate::source::{Diagnostic, Span};
use crate::syntax::directives::DIRECTIVE;
use crate::syntax::{join_names, print_turns, read_turns, split_names};

/// What the next statement really is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Disguise {
    /// A note.
    Note(Form, Place),
    /// An arrow whose message is lost.
    Lost,
    /// An arrow that comes from the edge of the drawing.
    From(Side),
    /// An arrow that goes to the edge of the drawing.
    To(Side),
    /// A participant with a symbol that Mermaid does not have.
    Kind(ParticipantKind),
    /// A `rect` or a `par` that is another block; the text is the guard of a `rect`.
    Block(FragmentKind, String),
}

/// What a note really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Divider,
    Delay,
    /// A reference to another diagram.
    Ref,
    Shape(NoteShape),
}

/// Where a note really stands, where that is not where it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// Where it is drawn.
    Drawn,
    /// Over so many lifelines.
    Over(Vec<String>),
    Across,
    LeftOfArrow,
    RightOfArrow,
}

/// The words behind `as` for notes.
const FORMS: [(&str, Form); 8] = [
    ("note", Form::Shape(NoteShape::Note)),
    ("divider", Form::Divider),
    ("delay", Form::Delay),
    ("ref", Form::Ref),
    ("box", Form::Shape(NoteShape::Box)),
    ("rbox", Form::Shape(NoteShape::Round)),
    ("abox", Form::Shape(NoteShape::Angled)),
    ("state", Form::Shape(NoteShape::State)),
];

/// The words behind `as` that stand alone.
const WORDS: [(&str, Disguise); 6] = [
    ("lost", Disguise::Lost),
    ("from left", Disguise::From(Side::Left)),
    ("from right", Disguise::From(Side::Right)),
    ("to left", Disguise::To(Side::Left)),
    ("to right", Disguise::To(Side::Right)),
    ("cloud", Disguise::Kind(ParticipantKind::Cloud)),
];

/// The blocks behind `as`, which may be followed by a guard.
const BLOCKS: [(&str, FragmentKind); 11] = [
    ("opt", FragmentKind::Opt),
    ("alt", FragmentKind::Alt),
    ("par", FragmentKind::Par),
    ("break", FragmentKind::Break),
    ("parallel", FragmentKind::Parallel),
    ("seq", FragmentKind::Seq),
    ("strict", FragmentKind::Strict),
    ("critical", FragmentKind::Critical),
    ("neg", FragmentKind::Neg),
    ("assert", FragmentKind::Assert),
    ("group", FragmentKind::Group),
];

impl Disguise {
    /// Reads what stands behind `as`.
    ///
    /// # Errors
    /// A word that is none of these.
    pub fn read(text: &str, at: Span) -> Result<Self, Diagnostic> {
        let text = text.trim();
        let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        if let Some((_, disguise)) = WORDS.into_iter().find(|(word, _)| *word == spaced) {
            return Ok(disguise);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let (word, rest) = (word.to_ascii_lowercase(), rest.trim());
        if let Some((_, kind)) = BLOCKS.into_iter().find(|(known, _)| *known == word) {
            return Ok(Disguise::Block(kind, rest.to_owned()));
        }
        if let Some((_, form)) = FORMS.into_iter().find(|(known, _)| *known == word) {
            let lower = rest.to_ascii_lowercase();
            let place = match lower.as_str() {
                "" => Some(Place::Drawn),
                "across" => Some(Place::Across),
                "left" => Some(Place::LeftOfArrow),
                "right" => Some(Place::RightOfArrow),
                over => over.starts_with("over ").then(|| {
                    let names = split_names(&rest["over ".len()..]);
                    Place::Over(names.into_iter().map(|(_, name)| name.into_owned()).collect())
                }),
            };
            if let Some(place) = place {
                return Ok(Disguise::Note(form, place));
            }
        }
        let names = || split_names(rest).into_iter().map(|(_, name)| name.into_owned()).collect();
        match word.as_str() {
            "rect" => Ok(Disguise::Block(FragmentKind::Rect, rest.to_owned())),
            "try" => Ok(Disguise::Block(FragmentKind::TryRecover, rest.to_owned())),
            "ignore" => Ok(Disguise::Block(FragmentKind::Ignore(names()), String::new())),
            "consider" => Ok(Disguise::Block(FragmentKind::Consider(names()), String::new())),
            "loop" => {
                let (turns, guard) = read_turns(rest).unwrap_or((crate::diagram::Turns::Free, rest));
                Ok(Disguise::Block(FragmentKind::Loop(turns), guard.to_owned()))
            }
            _ => {
                let words = WORDS.iter().map(|(word, _)| *word).chain(FORMS.iter().map(|(word, _)| *word));
                let words = words.chain(BLOCKS.iter().map(|(word, _)| *word));
                let words: Vec<&str> = words.chain(["rect", "loop", "ignore", "consider", "try"]).collect();
                Err(Diagnostic::error(DIRECTIVE, format!("`{text}` is not allowed after `as`"))
                    .at(at, "")
                    .with_note(format!("after `as`, write one of {}", words.join(", "))))
            }
        }
    }

    /// What stands behind `as`, so that [`Disguise::read`] reads it.
    pub fn print(&self) -> String {
        if let Some((word, _)) = WORDS.iter().find(|(_, disguise)| disguise == self) {
            return (*word).to_owned();
        }
        let (kind, guard) = match self {
            Disguise::Block(kind, guard) => (kind, guard),
            Disguise::Note(form, place) => {
                let word = FORMS.iter().find(|(_, known)| known == form).map_or("note", |(word, _)| word);
                return match place {
                    Place::Drawn => word.to_owned(),
                    Place::Over(names) => format!("{word} over {}", join_names(names.iter().map(String::as_str))),
                    Place::Across => format!("{word} across"),
                    Place::LeftOfArrow => format!("{word} left"),
                    Place::RightOfArrow => format!("{word} right"),
                };
            }
            Disguise::Lost | Disguise::From(_) | Disguise::To(_) | Disguise::Kind(_) => return String::new(),
        };
        let text = match kind {
            FragmentKind::Ignore(patterns) | FragmentKind::Consider(patterns) => {
                join_names(patterns.iter().map(String::as_str))
            }
            FragmentKind::Loop(turns) => format!("{} {guard}", print_turns(*turns)).trim().to_owned(),
            FragmentKind::Alt
            | FragmentKind::Opt
            | FragmentKind::Par
            | FragmentKind::Parallel
            | FragmentKind::Seq
            | FragmentKind::Strict
            | FragmentKind::Break
            | FragmentKind::Critical
            | FragmentKind::TryRecover
            | FragmentKind::Neg
            | FragmentKind::Assert
            | FragmentKind::Group
            | FragmentKind::Rect => guard.clone(),
        };
        let word = if *kind == FragmentKind::TryRecover { "try" } else { kind.keyword() };
        format!("{word} {text}").trim_end().to_owned()
    }

    /// The statement that can carry it.
    pub fn carrier(&self) -> &'static str {
        match self {
            Disguise::Note(..) => "a note",
            Disguise::Lost | Disguise::From(_) | Disguise::To(_) => "an arrow",
            Disguise::Kind(_) => "a participant",
            Disguise::Block(..) => "a block of `rect` or `par`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, Disguise, Form, Place, WORDS};
    use crate::diagram::{FragmentKind, NoteShape, Turns};
    use crate::source::Span;

    #[test]
    fn what_is_printed_is_read_back() {
        let blocks = BLOCKS.into_iter().map(|(_, kind)| Disguise::Block(kind, "the guard".to_owned()));
        let patterns = vec!["a, b".to_owned(), "c".to_owned()];
        let over = Place::Over(vec!["A".to_owned(), "B, C".to_owned()]);
        let more = [
            Disguise::Note(Form::Ref, over),
            Disguise::Note(Form::Divider, Place::Drawn),
            Disguise::Note(Form::Shape(NoteShape::Note), Place::Across),
            Disguise::Note(Form::Shape(NoteShape::Round), Place::LeftOfArrow),
            Disguise::Note(Form::Shape(NoteShape::State), Place::RightOfArrow),
            Disguise::Block(FragmentKind::Ignore(patterns.clone()), String::new()),
            Disguise::Block(FragmentKind::Consider(patterns), String::new()),
            Disguise::Block(FragmentKind::Loop(Turns::Between { min: 1, max: Some(2) }), "x".to_owned()),
            Disguise::Block(FragmentKind::Loop(Turns::Free), String::new()),
            Disguise::Block(FragmentKind::TryRecover, String::new()),
            Disguise::Block(FragmentKind::Rect, "x".to_owned()),
        ];
        for disguise in WORDS.into_iter().map(|(_, disguise)| disguise).chain(blocks).chain(more) {
            assert_eq!(Disguise::read(&disguise.print(), Span::default()), Ok(disguise.clone()), "{disguise:?}");
        }
        assert!(Disguise::read("dividr", Span::default()).is_err());
    }
}
