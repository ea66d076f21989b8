use super::{Edit, Fix, Sources, Span};
use std::fmt::Write as _;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what the author wants.
    Warning,
    /// Nothing runs until this is mended.
    Error,
}

impl Severity {
    /// The word that reports show.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place and what is to be said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty where pointing is enough.
    pub text: String,
    /// The place itself, rather than one that explains it.
    pub primary: bool,
}

/// One problem: its kind, its places, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it weighs.
    pub severity: Severity,
    /// A stable code such as `SQ118` or `syntax`; `seqcheck explain CODE` tells more where there is a page.
    pub code: &'static str,
    /// What is wrong, in one line, in the author's words.
    pub message: String,
    /// The places, primary ones first.
    pub labels: Vec<Label>,
    /// Further facts.
    pub notes: Vec<String>,
    /// Ways out, each something to do or to paste.
    pub help: Vec<String>,
    /// The same as changes of the text, where a way out is one; the best first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error of this kind.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning of this kind.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note of this kind.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        let (labels, notes, help, fixes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { severity, code, message: message.into(), labels, notes, help, fixes }
    }

    /// With the place itself.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: true });
        self
    }

    /// With a place that explains.
    #[must_use]
    pub fn see(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    /// With a further fact.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With a way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With a change of the text as a way out, which its help says in words of its own.
    #[must_use]
    pub fn with_edit(mut self, span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        let title = format!("write `{}`", text.trim());
        self.fixes.push(Fix { title, edits: vec![Edit { span, text }], safe: false });
        self
    }

    /// With the text that belongs at a place: as help, and as a change of the text.
    #[must_use]
    pub fn with_text(self, span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        self.with_help(format!("write: {text}")).with_edit(span, text)
    }

    /// The place itself, where there is one.
    pub fn primary(&self) -> Option<Span> {
        self.labels.iter().find(|label| label.primary).map(|label| label.span)
    }
}

/// One diagnostic as plain lines without colour: `file:line:column: error[code]: message`, places, notes, help.
///
/// The command line draws the source beside it; this form is for library users and logs.
pub fn render_plain(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut out = String::new();
    if let Some(span) = diagnostic.primary() {
        let at = sources.position(span);
        let _ = write!(out, "{}:{}:{}: ", sources.get(span.source).name(), at.line, at.column);
    }
    let _ = write!(out, "{}[{}]: {}", diagnostic.severity.word(), diagnostic.code, diagnostic.message);
    for label in diagnostic.labels.iter().filter(|label| !label.text.is_empty()) {
        let at = sources.position(label.span);
        let name = sources.get(label.span.source).name();
        let _ = write!(out, "\n  {name}:{}:{}: {}", at.line, at.column, label.text);
    }
    for note in &diagnostic.notes {
        let _ = write!(out, "\n  note: {note}");
    }
    for help in &diagnostic.help {
        let _ = write!(out, "\n  help: {help}");
    }
    out
}
