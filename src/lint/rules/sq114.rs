//! SQ114: a value in a server's message that nobody has said before.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint};
use crate::oracle::Part;
use crate::order::Word;
use crate::source::Severity;
use rustc_hash::FxHashSet;

pub const LINT: Lint = Lint {
    code: "SQ114",
    name: "value without origin",
    severity: Severity::Note,
    about: "a server is expected to send a value that it has not received",
    why: "A value in a message of a server comes from a message that it has received, from the server itself, or \
          from a typing error in the diagram. A text of several words, or a longer number, that is in a message of \
          the server and in no line above it, is often a text that was changed in one place and not in the other. A \
          value in a message of a client is its own, unless other lifelines connect to this client too, as to a \
          gateway.\n\n\
          Write the text that a client has sent. Or give the value a name, if the server chooses it and the binding \
          allows a name. Or allow the finding, if the server knows the value by itself.",
    theory: "Taint in reverse: a sink without a source.",
    bears: Bears::Never,
    find,
};

/// Numbers shorter than this are everywhere.
const LONG: usize = 4;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut known: FxHashSet<String> = FxHashSet::default();
    let mut learn = |text: &str| known.extend(words(text));
    for lifeline in &facts.order.lifelines {
        learn(&lifeline.name);
        learn(&lifeline.label);
    }
    for setting in &facts.subject.diagram.settings {
        if let crate::diagram::Setting::Var { value, .. } = setting {
            learn(value);
        }
    }
    let mut findings = Vec::new();
    let mut reported: u32 = 0;
    for (id, arrow) in facts.order.arrow_ids() {
        // Close codes and statuses are the server's own, and what a client says whom nobody dials is its own altogether.
        let dialled = || facts.order.dials.iter().any(|(_, dialled)| Some(*dialled) == arrow.from.lifeline());
        let is_source = facts.order.client_sends(arrow) && !dialled();
        let is_message = !is_source && facts.part(id) == Part::Observation && facts.word(id) == Word::Message;
        let expectation = facts.plan.expectation(id).filter(|_| is_message);
        let unheard = expectation.and_then(|expectation| {
            let texts = expectation.texts().filter(|(_, text)| is_distinctive(text));
            texts.into_iter().find(|(_, text)| !words(text).iter().all(|word| known.contains(word)))
        });
        if let Some((hole, text)) = unheard.filter(|_| reported != arrow.number && !arrow.traits.never) {
            reported = arrow.number;
            let diagnostic = LINT
                .diagnostic(format!("no message above sends `{text}` to {}", facts.sender(id)))
                .at(arrow.span, format!("the value of `{hole}` is in no line above"))
                .with_note("this run: expects exactly this text")
                .with_help("write the text that a client has sent, or leave it if the server knows it by itself")
                .with_note("see seqcheck explain SQ114");
            findings.push(Finding::new(&LINT, diagnostic, vec![id]));
        }
        known.extend(words(&arrow.label));
    }
    findings
}

/// Whether a value is of the kind that comes from somebody: several words, or a longer number.
fn is_distinctive(text: &str) -> bool {
    let text = text.trim();
    text.contains(char::is_whitespace) || text.len() >= LONG && text.chars().any(|c| c.is_ascii_digit())
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
