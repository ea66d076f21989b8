//! What people write for connecting, requesting and ending: known to every binding where none of its own rules fits.
//!
//! The table is `spellings.toml` beside this file; `docs/language.md` shows it. It is read once, when the first label asks
//! for it: most diagrams never do.

use super::labels::{Fit, LabelIndex};
use super::{Binding, Core, Rule};
use crate::wire::Sender;
use crate::wire::pattern::{self, Given};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

static SPELLINGS: LazyLock<Arc<Binding>> =
    LazyLock::new(|| super::builtin::read("spellings", include_str!("spellings.toml")));

/// The hole of a spelling that takes a path, or a whole address of which the path and the query count.
const PATH: &str = "path";

/// What may stand in a path or a query as it is (RFC 3986, sections 3.3 and 3.4), and `%` for what is encoded already.
const PATH_SAFE: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A rule that has a label.
pub(super) struct Found<'b, 't> {
    /// Whose rule it is.
    core: &'b Core,
    pub fit: Fit<'t>,
    /// It is a common spelling, and no rule of the binding's own.
    pub common: bool,
}

impl<'b> Found<'b, '_> {
    pub fn rule(&self) -> &'b Rule {
        &self.core.rules[self.fit.rule]
    }

    pub fn plain(&self, rule: usize, label: usize) -> &'b str {
        &self.core.rules[rule].plain[label]
    }
}

impl Core {
    fn side(&self, sender: Sender) -> &LabelIndex {
        match sender {
            Sender::Client => &self.from_client,
            Sender::Server => &self.from_server,
        }
    }

    /// The rule that a label has.
    pub(super) fn find<'t>(&self, label: &'t str, sender: Sender) -> Option<Fit<'t>> {
        match &self.folded {
            Some(folded) => self.side(sender).find(&pattern::folded(label), label, |rule, at| &folded[rule][at]),
            None => self.side(sender).find(label, label, |rule, at| &self.rules[rule].labels[at]),
        }
    }
}

impl Binding {
    /// A rule of the binding's own.
    pub(super) fn own<'b, 't>(&'b self, fit: Fit<'t>) -> Found<'b, 't> {
        Found { core: &self.core, fit, common: false }
    }

    /// The rule that a label has: of the binding's own, else a common spelling.
    pub(super) fn find<'b, 't>(&'b self, label: &'t str, sender: Sender) -> Option<Found<'b, 't>> {
        if let Some(fit) = self.core.find(label, sender) {
            return Some(self.own(fit));
        }
        // In other letters it is a slip of a word of the binding's own, which `lint --fix` mends.
        let own = |rule: &&Rule| match sender {
            Sender::Client => rule.client.is_some(),
            Sender::Server => rule.server.is_some(),
        };
        let mut rules = self.core.rules.iter().map(|rule| &**rule).filter(own);
        if rules
            .any(|rule| rule.plain.iter().any(|plain| plain.len() == label.len() && plain.eq_ignore_ascii_case(label)))
        {
            return None;
        }
        let core = &*SPELLINGS.core;
        let fit = spelled(core, label, sender)?;
        Some(Found { core, fit, common: true })
    }
}

/// The common spelling that a label is, letter case and breaks of the line aside.
fn spelled<'t>(core: &Core, label: &'t str, sender: Sender) -> Option<Fit<'t>> {
    // Both keep every byte at its place, so that what a hole takes is taken from the label as it is written.
    let plain = label.to_ascii_lowercase().replace(['\n', '\t'], " ");
    let fit = core.find(&plain, sender)?;
    let as_written = |text: &str| {
        let from = text.as_ptr() as usize - plain.as_ptr() as usize;
        label.get(from..from + text.len()).unwrap_or_default()
    };
    let taken = fit.taken.iter().map(|&(piece, text)| (piece, as_written(text))).collect();
    // Spellings are in the order of their table: what fits as well and comes later does not count.
    Some(Fit { rule: fit.rule, label: fit.label, literals: fit.literals, taken, tie: None })
}

/// What the path of a label is on the wire: `/ws` of `ws://localhost:8080/ws`, signs that no address has encoded.
pub(super) fn address(rule: &Rule, given: &mut [Option<Given>]) {
    for (slot, given) in rule.slots.0.iter().zip(given) {
        if &*slot.name == PATH
            && let Some(Given::Text(text)) = given
        {
            *given = Some(Given::Text(on_the_wire(text).into()));
        }
    }
}

/// The path and the query of an address as a request line has them.
pub(in crate::wire) fn on_the_wire(text: &str) -> String {
    let path: Cow<'_, str> = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).into(),
        None if text.starts_with('/') => text.into(),
        None => format!("/{text}").into(),
    };
    percent_encoding::utf8_percent_encode(&path, PATH_SAFE).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_from_whatever_is_written() {
        for (text, path) in [
            ("/ws?token=…", "/ws?token=%E2%80%A6"),
            ("ws://localhost:8080/chat?a=1", "/chat?a=1"),
            ("wss://example.com", "/"),
            ("api/{id}", "/api/%7Bid%7D"),
            ("/a%20b", "/a%20b"),
        ] {
            assert_eq!(on_the_wire(text), path);
        }
    }

    #[test]
    fn the_table_reads_and_says_each_spelling_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (client, label) in SPELLINGS.labels() {
            assert!(seen.insert((client, label)), "{label} stands there twice");
        }
        assert!(seen.len() > 150);
    }
}
