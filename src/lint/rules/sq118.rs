//! SQ118: a label without a rule, or with two. Found by `wire`, for the run needs it as well.

use crate::lint::{Bears, Finding, Lint, Subject};
use crate::source::{Edit, Fix, Severity, Span};
use crate::wire::Sender;

pub const LINT: Lint = Lint {
    code: "SQ118",
    name: "label without a rule",
    severity: Severity::Error,
    about: "no rule of the binding fits a label, or two rules fit it equally well",
    why: "A binding maps the labels of a diagram to frames. A label that fits no rule can be neither sent nor \
          expected. A label that fits two rules equally well is ambiguous. The run does not start, because seqcheck \
          never skips a label that it does not understand.\n\n\
          Correct the label, or add a rule. If a label differs from a label of the binding only in letter case or \
          white space, `seqcheck lint --fix` corrects it.",
    theory: "Resolution of overloaded names.",
    bears: Bears::Never,
    find: |_| Vec::new(),
};

/// A label that differs from a rule in letter case and white space alone.
pub fn fixes(finding: &Finding, subject: &Subject<'_>) -> Vec<Fix> {
    let (Some(binding), Some(id)) = (subject.binding, finding.arrows.first()) else { return Vec::new() };
    let order = subject.plan.order();
    let arrow = order.arrow(*id);
    let sender = if order.simulated(arrow.from) { Sender::Client } else { Sender::Server };
    let label = arrow.label.trim();
    let Some(better) = binding.nearest(label, sender).iter().find_map(|pattern| respelled(label, pattern)) else {
        return Vec::new();
    };
    // The label as it stands in the text; one with variables in it is left alone.
    let text = subject.sources.slice(arrow.span);
    let Some(at) = text.rfind(label) else { return Vec::new() };
    let start = arrow.span.range().start + at;
    let span = Span::new(arrow.span.source, start, start + label.len());
    vec![Fix { title: format!("write `{better}`"), edits: vec![Edit { span, text: better }], safe: true }]
}

/// The label in the spelling of a pattern, where only letter case and white space of its literal text differ.
fn respelled(label: &str, pattern: &str) -> Option<String> {
    // Literal pieces of the pattern; what is in braces is a hole.
    let mut out = String::new();
    let mut rest = label;
    let mut pieces = pattern.split_inclusive('}').peekable();
    while let Some(piece) = pieces.next() {
        let (literal, hole) = match piece.split_once('{') {
            Some((literal, _)) => (literal, true),
            None => (piece, false),
        };
        let taken = prefix(rest, literal)?;
        out.push_str(literal);
        rest = &rest[taken..];
        if hole {
            // Up to where the next literal begins.
            let next = pieces.peek().map_or("", |next| next.split('{').next().unwrap_or(""));
            let end = if next.is_empty() {
                rest.len()
            } else {
                rest.char_indices().map(|(at, _)| at).find(|at| *at > 0 && prefix(&rest[*at..], next).is_some())?
            };
            out.push_str(rest[..end].trim());
            rest = &rest[end..];
        }
    }
    (rest.is_empty() && out != label && !out.contains(['{', '}'])).then_some(out)
}

/// How many bytes of a text are this literal, letter case aside; white space in it may be any.
fn prefix(text: &str, literal: &str) -> Option<usize> {
    let mut at = 0;
    let mut wanted = literal.chars().peekable();
    while let Some(want) = wanted.next() {
        let rest = &text[at..];
        if want.is_whitespace() {
            while wanted.peek().is_some_and(|next| next.is_whitespace()) {
                wanted.next();
            }
            at += rest.len() - rest.trim_start().len();
        } else {
            let rest_trimmed = rest.trim_start();
            let found = rest_trimmed.chars().next()?;
            if !found.to_lowercase().eq(want.to_lowercase()) || (rest_trimmed.len() != rest.len() && at == 0) {
                return None;
            }
            at += rest.len() - rest_trimmed.len() + found.len_utf8();
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::respelled;

    #[test]
    fn only_letter_case_and_white_space_are_mended() {
        assert_eq!(respelled("Join room: general", "join room:{room}").as_deref(), Some("join room:general"));
        assert_eq!(respelled("connected", "Connected").as_deref(), Some("Connected"));
        assert_eq!(respelled("User:alice joined", "user:{user} joined").as_deref(), Some("user:alice joined"));
        assert_eq!(respelled("jion room:general", "join room:{room}"), None);
        assert_eq!(respelled("Connected", "Connected"), None);
    }
}
