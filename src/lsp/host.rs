//! Who knows what the texts of an editor mean, and what is known of one.

use crate::diagram::Diagram;
use crate::run::{Neighbours, Survey};
use crate::source::{Diagnostic, SourceId, Sources, Span};
use crate::syntax::markdown::Flavour;
use crate::syntax::{Dialect, Mention};
use crate::wire::{Binding, Secrets};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Knows what a text means: with the settings, the bindings and the trust of a user.
pub trait Host {
    /// These folders are open; relative names begin in the one that a file lies in.
    fn open_folders(&mut self, folders: Vec<PathBuf>);

    /// This text stands for a file from now on; none: the file as it is on the disk.
    fn set_unsaved(&mut self, path: &Path, text: Option<Arc<str>>);

    /// Everything that is known of an open text. `language` is what the editor takes it for. Runs nothing.
    fn look(&mut self, path: &Path, language: &str) -> Look;

    /// The text in its canonical form.
    ///
    /// # Errors
    /// Why it is not rewritten.
    fn formatted(&mut self, path: &Path, language: &str) -> Result<String, Vec<Diagnostic>>;

    /// Plays one diagram of a text against the built-in server, in memory.
    ///
    /// # Errors
    /// What stands against a run of it, and what it asks for that is not trusted.
    fn play(&mut self, path: &Path, language: &str, piece: usize) -> Result<Played, Vec<Diagnostic>>;
}

/// What a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One diagram or several, perhaps in a page.
    Diagram,
    /// A binding.
    Binding,
    /// A configuration.
    Settings,
    /// Nothing of ours.
    #[default]
    Other,
}

/// What is known of a text.
#[derive(Debug, Default)]
pub struct Look {
    /// What it is.
    pub kind: Kind,
    /// The texts that places point into.
    pub sources: Arc<Sources>,
    /// The text itself among them; none where it is nothing of ours.
    pub source: Option<SourceId>,
    /// The diagrams, in the order of the text; also those that cannot be used as they stand.
    pub pieces: Vec<Piece>,
    /// Everything that is to be said.
    pub told: Vec<Diagnostic>,
    /// Of a configuration: every key with what it is for.
    pub keys: Vec<(String, String)>,
    /// What must not be shown.
    pub hidden: Secrets,
}

/// One diagram of a text.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it is written in.
    pub dialect: Dialect,
    /// What reports call it.
    pub name: String,
    /// What the author drew, as far as it can be read.
    pub diagram: Arc<Diagram>,
    /// Where it names its participants.
    pub mentions: Arc<[Mention]>,
    /// What the page is written in that it is a block of.
    pub page: Option<Flavour>,
    /// Whether nothing is wrong with its text.
    pub sound: bool,
    /// The diagrams that it refers to.
    pub neighbours: Arc<Neighbours>,
    /// What its labels mean.
    pub binding: Option<Arc<Binding>>,
    /// How it would be played; none where that cannot be said.
    pub survey: Option<Survey>,
}

/// What a play came to.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Whether it passed.
    pub passed: bool,
    /// The report, as a terminal shows it.
    pub report: String,
    /// What was found, with the place in the diagram.
    pub findings: Vec<(Span, String)>,
}

impl Look {
    /// The text itself.
    pub fn text(&self) -> &str {
        self.source.map_or("", |source| self.sources.get(source).text())
    }

    /// The diagram that a place of the text is in.
    pub fn piece_at(&self, offset: usize) -> Option<&Piece> {
        self.pieces.iter().find(|piece| (piece.range.start..=piece.range.end).contains(&offset))
    }

    /// Whether a place is in the text itself.
    pub fn is_own(&self, span: Span) -> bool {
        Some(span.source) == self.source
    }
}
