//! What lint says, for other programs: JSON, annotations of GitHub workflows, SARIF 2.1.0.

mod github;
mod json;
mod sarif;

pub use github::github;
pub use json::json;
pub use sarif::sarif;

use super::{Finding, Fix};
use crate::source::{Diagnostic, Sources, Span};

/// One thing that is said: a finding, or a problem that leaves no order to speak of.
#[derive(Clone, Debug)]
pub struct Said {
    /// What, and where.
    pub diagnostic: Diagnostic,
    /// Ways to mend it.
    pub fixes: Vec<Fix>,
}

impl From<Finding> for Said {
    fn from(finding: Finding) -> Said {
        Said { diagnostic: finding.diagnostic, fixes: finding.fixes }
    }
}

impl From<Diagnostic> for Said {
    fn from(diagnostic: Diagnostic) -> Said {
        Said { diagnostic, fixes: Vec::new() }
    }
}

/// A place: file, first line and column, last line and column behind it, all from 1.
fn place(span: Span, sources: &Sources) -> (String, [u32; 4]) {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.start), source.position(span.end));
    (source.name().to_owned(), [start.line, start.column, end.line, end.column])
}
