use super::{Finding, Lint};
use crate::source::Severity;

/// Which findings are errors, and which are not told.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    deny: Vec<&'static str>,
    allow: Vec<&'static str>,
    warnings: bool,
}

impl Levels {
    /// From codes; `warnings` among those denied is all warnings.
    ///
    /// # Errors
    /// The words that are no code.
    pub fn new(deny: &[String], allow: &[String]) -> Result<Levels, Vec<String>> {
        let mut levels = Levels::default();
        let mut unknown = Vec::new();
        for word in deny {
            match Lint::of_code(word) {
                Some(lint) => levels.deny.push(lint.code),
                None if word.trim().eq_ignore_ascii_case("warnings") => levels.warnings = true,
                None => unknown.push(word.clone()),
            }
        }
        for word in allow {
            match Lint::of_code(word) {
                Some(lint) => levels.allow.push(lint.code),
                None => unknown.push(word.clone()),
            }
        }
        if unknown.is_empty() { Ok(levels) } else { Err(unknown) }
    }

    /// All warnings are errors.
    #[must_use]
    pub fn denying_warnings(mut self) -> Levels {
        self.warnings = true;
        self
    }

    /// What is told, each with the weight it has here. A code that is denied by its name is told even where it is
    /// allowed by its name in a lower layer: the last word is `deny`.
    #[must_use]
    pub fn weigh(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let weighed = findings.into_iter().filter_map(|mut finding| {
            let code = finding.lint.code;
            let severity = &mut finding.diagnostic.severity;
            if self.deny.contains(&code) {
                *severity = Severity::Error;
            } else if self.allow.contains(&code) {
                return None;
            } else if self.warnings && *severity == Severity::Warning {
                *severity = Severity::Error;
            }
            Some(finding)
        });
        weighed.collect()
    }
}
