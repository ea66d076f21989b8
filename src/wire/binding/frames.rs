use super::Binding;
use crate::wire::Sender;
use crate::wire::expectation::{Expectation, Watch};
use crate::wire::pattern::{Given, WILD};
use std::fmt;

/// No received frame has a label like this pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchFrames {
    /// The pattern.
    pub pattern: String,
    /// The nearest labels.
    pub nearest: Vec<String>,
}

impl fmt::Display for NoSuchFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no frame that a server sends has a label like `{}`", self.pattern)?;
        match &self.nearest[..] {
            [] => Ok(()),
            nearest => write!(f, "; the nearest are `{}`", nearest.join("`, `")),
        }
    }
}

impl std::error::Error for NoSuchFrames {}

impl Binding {
    /// The frames that a pattern of `ignore` or `consider` speaks of: a label in which `{name}` and `*` stand for
    /// anything; `*` alone is every frame.
    ///
    /// # Errors
    /// No rule of a server has such a label.
    pub fn frames(&self, pattern: &str) -> Result<Vec<Expectation>, NoSuchFrames> {
        let pattern = pattern.trim();
        if pattern == "*" {
            return Ok(vec![Expectation::bare(Watch::Anything, "*")]);
        }
        let wild = wild(pattern);
        let core = &*self.core;
        let fit = core.from_server.find(&wild, |rule, label| &core.rules[rule].labels[label]);
        let Some(fit) = fit else {
            let nearest = self.nearest(pattern, Sender::Server);
            return Err(NoSuchFrames { pattern: pattern.to_owned(), nearest });
        };
        // Two rules that fit equally well are both meant.
        let mut list = vec![self.expectation(pattern, &core.rules[fit.rule], self.fit_captures(&fit))];
        if let Some(other) = fit.tie {
            let given: Vec<Option<Given>> = vec![None; core.rules[other].slots.0.len()];
            list.push(self.expectation(pattern, &core.rules[other], given));
        }
        Ok(list)
    }
}

/// The pattern with every `{name}` and `*` as one wild character.
fn wild(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '*']) {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with('*') { Some(at) } else { rest[at..].find('}').map(|end| at + end) };
        let Some(end) = end else { break };
        out.push(WILD);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}
