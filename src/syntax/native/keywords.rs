//! The words that begin a statement.

use crate::diagram::{FragmentKind, NoteShape, ParticipantKind};

/// The statement that a line begins with its first word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Title,
    Declare(ParticipantKind),
    /// `fontawesome6solid CODE …`: a participant drawn with an icon.
    Icon,
    Create,
    Lifecycle(Change),
    Group,
    /// `box`: around participants, or over a lifeline.
    Box,
    Note(NoteShape),
    Ref,
    Open(Opener),
    Else,
    And,
    End,
    Autonumber,
    Space,
    /// goseq: `horizontal gap`, `horizontal frame`, `horizontal line`.
    Horizontal,
    Style,
    Include,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Activate,
    Deactivate,
    Destroy,
    DestroyAfter,
}

/// What opens a fragment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Opener {
    /// The text is a condition or a name.
    Guarded(FragmentKind),
    Loop,
    Ignore,
    Consider,
    /// `parallel` and `serial`, which may be written with braces.
    Braced(FragmentKind),
    /// A background: the text is its colour.
    Rect,
    /// A frame whose own word is part of its name: `region`, `expandable+`, `block`.
    Named,
}

/// Every word. Longer ones than [`LONGEST`] are none.
const WORDS: &[(&str, Statement)] = &[
    ("title", Statement::Title),
    ("participant", Statement::Declare(ParticipantKind::Participant)),
    ("rparticipant", Statement::Declare(ParticipantKind::Participant)),
    ("actor", Statement::Declare(ParticipantKind::Actor)),
    ("boundary", Statement::Declare(ParticipantKind::Boundary)),
    ("control", Statement::Declare(ParticipantKind::Control)),
    ("entity", Statement::Declare(ParticipantKind::Entity)),
    ("database", Statement::Declare(ParticipantKind::Database)),
    ("queue", Statement::Declare(ParticipantKind::Queue)),
    ("collections", Statement::Declare(ParticipantKind::Collections)),
    ("cloud", Statement::Declare(ParticipantKind::Cloud)),
    ("materialdesignicons", Statement::Icon),
    ("fontawesome", Statement::Icon),
    ("fontawesome5solid", Statement::Icon),
    ("fontawesome5regular", Statement::Icon),
    ("fontawesome5brands", Statement::Icon),
    ("fontawesome6solid", Statement::Icon),
    ("fontawesome6regular", Statement::Icon),
    ("fontawesome6brands", Statement::Icon),
    ("fontawesome7solid", Statement::Icon),
    ("fontawesome7regular", Statement::Icon),
    ("fontawesome7brands", Statement::Icon),
    ("image", Statement::Icon),
    ("create", Statement::Create),
    ("activate", Statement::Lifecycle(Change::Activate)),
    ("deactivate", Statement::Lifecycle(Change::Deactivate)),
    ("destroy", Statement::Lifecycle(Change::Destroy)),
    ("destroysilent", Statement::Lifecycle(Change::Destroy)),
    ("destroyafter", Statement::Lifecycle(Change::DestroyAfter)),
    ("participantgroup", Statement::Group),
    ("box", Statement::Box),
    ("note", Statement::Note(NoteShape::Note)),
    ("rbox", Statement::Note(NoteShape::Round)),
    ("abox", Statement::Note(NoteShape::Angled)),
    ("aboxright", Statement::Note(NoteShape::Angled)),
    ("aboxleft", Statement::Note(NoteShape::Angled)),
    ("state", Statement::Note(NoteShape::State)),
    ("ref", Statement::Ref),
    ("alt", Statement::Open(Opener::Guarded(FragmentKind::Alt))),
    ("opt", Statement::Open(Opener::Guarded(FragmentKind::Opt))),
    ("par", Statement::Open(Opener::Guarded(FragmentKind::Par))),
    ("seq", Statement::Open(Opener::Guarded(FragmentKind::Seq))),
    ("strict", Statement::Open(Opener::Guarded(FragmentKind::Strict))),
    ("break", Statement::Open(Opener::Guarded(FragmentKind::Break))),
    ("critical", Statement::Open(Opener::Guarded(FragmentKind::Critical))),
    ("neg", Statement::Open(Opener::Guarded(FragmentKind::Neg))),
    ("assert", Statement::Open(Opener::Guarded(FragmentKind::Assert))),
    ("group", Statement::Open(Opener::Guarded(FragmentKind::Group))),
    ("loop", Statement::Open(Opener::Loop)),
    ("ignore", Statement::Open(Opener::Ignore)),
    ("consider", Statement::Open(Opener::Consider)),
    ("parallel", Statement::Open(Opener::Braced(FragmentKind::Parallel))),
    ("serial", Statement::Open(Opener::Braced(FragmentKind::Seq))),
    ("rect", Statement::Open(Opener::Rect)),
    ("region", Statement::Open(Opener::Named)),
    ("partition", Statement::Open(Opener::Named)),
    ("expandable", Statement::Open(Opener::Named)),
    ("block", Statement::Open(Opener::Named)),
    ("else", Statement::Else),
    ("and", Statement::And),
    ("end", Statement::End),
    ("endnote", Statement::End),
    ("endbox", Statement::End),
    ("autonumber", Statement::Autonumber),
    ("space", Statement::Space),
    ("horizontal", Statement::Horizontal),
    ("option", Statement::Style),
    ("style", Statement::Style),
    ("participantstyle", Statement::Style),
    ("lifelinestyle", Statement::Style),
    ("messagestyle", Statement::Style),
    ("notestyle", Statement::Style),
    ("boxstyle", Statement::Style),
    ("rboxstyle", Statement::Style),
    ("aboxstyle", Statement::Style),
    ("aboxrightstyle", Statement::Style),
    ("aboxleftstyle", Statement::Style),
    ("statestyle", Statement::Style),
    ("dividerstyle", Statement::Style),
    ("fragmentstyle", Statement::Style),
    ("groupstyle", Statement::Style),
    ("participantspacing", Statement::Style),
    ("entryspacing", Statement::Style),
    ("lifelinespacing", Statement::Style),
    ("bottomparticipants", Statement::Style),
    ("frame", Statement::Style),
    ("fontfamily", Statement::Style),
    ("linear", Statement::Style),
    ("autoactivation", Statement::Style),
    ("activecolor", Statement::Style),
    ("deactivateafter", Statement::Style),
    ("skinparam", Statement::Style),
    ("hide", Statement::Style),
    ("show", Statement::Style),
    ("scale", Statement::Style),
    ("include", Statement::Include),
];

/// Letters of the longest word.
const LONGEST: usize = 20;

/// The statement of a word, in any letter case.
pub(super) fn statement(word: &str) -> Option<&'static Statement> {
    if word.len() > LONGEST || word.is_empty() {
        return None;
    }
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, statement)| statement)
}

/// Whether a line of drawing only begins with this word.
pub(super) fn is_style(word: &str) -> bool {
    matches!(statement(word), Some(Statement::Style))
}

/// Whether a word declares a participant.
pub(super) fn declares(word: &str) -> bool {
    matches!(statement(word), Some(Statement::Declare(_) | Statement::Icon | Statement::Create | Statement::Group))
}

/// The word that is nearest to one that is none.
pub(super) fn nearest(word: &str) -> Option<&'static str> {
    if word.len() > LONGEST + 2 {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = if lower.chars().count() < 5 { 1 } else { 2 };
    let scored = WORDS.iter().map(|&(known, _)| (strsim::damerau_levenshtein(&lower, known), known));
    scored.filter(|&(distance, _)| distance <= allowed && distance > 0).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, WORDS, nearest, statement};

    #[test]
    fn every_word_is_found_in_any_case() {
        for (word, expected) in WORDS {
            assert!(word.len() <= LONGEST, "{word}");
            assert_eq!(statement(&word.to_uppercase()), Some(expected), "{word}");
        }
        assert_eq!(WORDS.iter().map(|(word, _)| word.len()).max(), Some(LONGEST - 1));
        assert_eq!(statement("alice"), None);
    }

    #[test]
    fn a_slip_has_a_nearest_word() {
        assert_eq!(nearest("partcipant"), Some("participant"));
        assert_eq!(nearest("atl"), Some("alt"));
        assert_eq!(nearest("Alice"), None);
    }
}
