use crate::source::{Diagnostic, Sources, render_plain};
use std::fmt;
use std::sync::Arc;

/// Why nothing was played: every problem of the diagram, the binding and the options, together.
#[derive(Clone)]
pub struct Error {
    /// The problems.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that their places point into.
    pub sources: Arc<Sources>,
}

impl Error {
    /// Of one problem without a place.
    pub fn plain(diagnostic: Diagnostic) -> Self {
        Error { diagnostics: vec![diagnostic], sources: Arc::default() }
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Error::plain(diagnostic)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&render_plain(diagnostic, &self.sources))?;
        }
        Ok(())
    }
}

/// The same as the message: what a test shows that uses `?` or `unwrap`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
