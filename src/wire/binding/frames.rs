use super::{Binding, Rule, Values};
use crate::source::Span;
use crate::wire::Sender;
use crate::wire::context::Party;
use crate::wire::expectation::{Expectation, Watch};
use crate::wire::file::IgnoredEnd;
use crate::wire::file::node::from_json;
use crate::wire::pattern::{Given, Members, Pattern, PatternReader, Slots, WILD, glob};
use std::fmt;
use std::sync::Arc;

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
        write!(f, "no rule for a frame of a server has the label `{}`", self.pattern)?;
        match &self.nearest[..] {
            [] => Ok(()),
            nearest => write!(f, "; the nearest are `{}`", nearest.join("`, `")),
        }
    }
}

impl std::error::Error for NoSuchFrames {}

impl Binding {
    /// The ends of connections that are never an event: `[[ignore]]` with `close`.
    pub fn ignored_ends(&self) -> Vec<Expectation> {
        let of = |end: &IgnoredEnd| match end {
            IgnoredEnd::Code(code) => vec![closed_with(Some(*code))],
            IgnoredEnd::Bare => vec![Expectation::bare(Watch::Closed, "")],
            IgnoredEnd::Any => vec![closed_with(None), Expectation::bare(Watch::Closed, "")],
            IgnoredEnd::Stream => vec![Expectation::bare(Watch::StreamEnd, "")],
        };
        self.core.ends.iter().flat_map(of).collect()
    }

    /// The frames that a pattern of `ignore` or `consider` speaks of: a label in which `{name}` and `*` stand for
    /// anything; `*` alone is every frame, and JSON (`{"type":"x"}`) is a frame by itself.
    ///
    /// # Errors
    /// No rule of a server has such a label.
    pub fn frames(&self, pattern: &str) -> Result<Vec<Expectation>, NoSuchFrames> {
        let pattern = pattern.trim();
        if pattern == "*" {
            return Ok(vec![Expectation::bare(Watch::Anything, "*")]);
        }
        if pattern.starts_with("{\"") {
            return self.frame_as_json(pattern).map(|one| vec![one]);
        }
        let wild = wild(pattern);
        let core = &*self.core;
        let fit = core.find(&wild, Sender::Server);
        let Some(fit) = fit else {
            let list = self.labels_like(pattern, &wild);
            return if list.is_empty() { Err(self.no_such_frames(pattern)) } else { Ok(list) };
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

impl Binding {
    /// A frame written as JSON, with holes: for what has no label.
    fn frame_as_json(&self, text: &str) -> Result<Expectation, NoSuchFrames> {
        let (mut slots, mut problems) = (Slots::default(), Vec::new());
        let nowhere = Span::default();
        let node = serde_json::from_str(text).map(|value| from_json(nowhere, value));
        let node = node.map_err(|_| self.no_such_frames(text))?;
        let pattern = PatternReader { slots: &mut slots, closed: false, problems: &mut problems }.pattern(&node);
        if !problems.is_empty() {
            return Err(self.no_such_frames(text));
        }
        let nobody = Party::new("");
        Ok(Expectation::plain(Watch::Message, slots.into(), pattern.into(), &Values::default(), &nobody, &nobody))
    }

    /// Rules one of whose labels, holes being open, is like a pattern with `*`.
    fn labels_like(&self, pattern: &str, wild: &str) -> Vec<Expectation> {
        if !wild.contains(WILD) {
            return Vec::new();
        }
        let parts: Vec<Box<str>> = wild.split(WILD).map(Box::from).collect();
        let like = |rule: &&Arc<Rule>| {
            rule.server.is_some() && rule.labels.iter().any(|label| glob(&parts, &label.show(|_| WILD.to_string())))
        };
        let rules = self.core.rules.iter().filter(like);
        rules.map(|rule| self.expectation(pattern, rule, vec![None; rule.slots.0.len()])).collect()
    }

    fn no_such_frames(&self, pattern: &str) -> NoSuchFrames {
        NoSuchFrames { pattern: pattern.to_owned(), nearest: self.nearest(pattern, Sender::Server) }
    }
}

/// A Close with this code, or with any.
fn closed_with(code: Option<u16>) -> Expectation {
    let list = code.map(|code| ("code".into(), Pattern::Literal(code.into()))).into_iter().collect();
    let pattern = Pattern::Object(Members { list, named: Vec::new(), closed: false });
    let nobody = Party::new("");
    let slots = Slots::default();
    Expectation::plain(Watch::Close, slots.into(), pattern.into(), &Values::default(), &nobody, &nobody)
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
