//! The door to pest: the generated parser, and its errors in words that an author would use.

use crate::source::Diagnostic;
use crate::syntax::{Input, SYNTAX, TextLine};
use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

// The derive makes public items without documentation of its own.
#[allow(missing_docs)]
mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/native.pest"]
    pub struct Native;
}

use generated::Native;
pub(super) use generated::Rule;

/// Where a line did not fit its statement, and what would have fitted.
#[derive(Clone, Debug)]
pub(super) struct Misfit {
    /// Byte of the line.
    pub at: usize,
    /// What would have fitted, in words.
    pub expected: Vec<&'static str>,
}

/// Reads a line as this statement.
pub(super) fn read(rule: Rule, text: &str) -> Result<Pair<'_, Rule>, Misfit> {
    match Native::parse(rule, text) {
        Ok(mut pairs) => pairs.next().ok_or(Misfit { at: 0, expected: Vec::new() }),
        Err(error) => Err(misfit(&error)),
    }
}

/// Whether a text begins with an arrow.
pub(super) fn begins_with_link(text: &str) -> bool {
    text.starts_with(['-', '<', '(']) && Native::parse(Rule::starts_with_link, text).is_ok()
}

fn misfit(error: &pest::error::Error<Rule>) -> Misfit {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let mut expected = Vec::new();
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        for word in positives.iter().filter_map(|&rule| words(rule)) {
            if !expected.contains(&word) {
                expected.push(word);
            }
        }
    }
    Misfit { at, expected }
}

impl Misfit {
    /// As a diagnostic about a line; `statement` is what the line was taken for.
    pub(super) fn diagnose(&self, input: Input<'_>, line: TextLine<'_>, statement: &str, example: &str) -> Diagnostic {
        let at = self.at.min(line.text.len());
        let read = line.text[at..].trim();
        let mut said =
            if read.is_empty() { "the line ends here".to_owned() } else { format!("found `{}`", short(read)) };
        if !self.expected.is_empty() {
            said.push_str(&format!(", expected {}", self.expected.join(" or ")));
        }
        Diagnostic::error(SYNTAX, format!("this {statement} cannot be read"))
            .at(input.piece(line, at..line.text.len()), said)
            .with_help(format!("for example: {example}"))
    }
}

/// At most 40 characters of a text, for messages.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a rule is to an author; none for rules that only hold others together.
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the line",
        Rule::quoted | Rule::name | Rule::bare_name | Rule::names | Rule::id | Rule::bare_id => {
            "the name of a lifeline"
        }
        Rule::drawn | Rule::bare_drawn | Rule::declared => "the name of a lifeline",
        Rule::sender | Rule::bare_sender | Rule::receiver | Rule::bare_receiver => "a lifeline",
        Rule::kind => "participant, actor, boundary, control, entity, database, queue, collections or cloud",
        Rule::colour | Rule::colours => "a colour such as #red",
        Rule::place => "`over A`, `left of A` or `right of A`",
        Rule::over => "`over` and a lifeline",
        Rule::left_of | Rule::right_of | Rule::across | Rule::left | Rule::right => {
            "`over A`, `left of A` or `right of A`"
        }
        Rule::link | Rule::forward | Rule::backward | Rule::both => "an arrow such as `->`",
        Rule::digits | Rule::amount | Rule::start | Rule::step | Rule::numbers => "a number",
        Rule::format => "a format in quotes",
        Rule::title | Rule::bare_title => "a title",
        Rule::off | Rule::resume | Rule::increment => "`off`",
        Rule::word
        | Rule::rest
        | Rule::message
        | Rule::edge
        | Rule::everyone
        | Rule::quick
        | Rule::shaft
        | Rule::dashes
        | Rule::style
        | Rule::old_style
        | Rule::head
        | Rule::tail
        | Rule::lost
        | Rule::modifier
        | Rule::activate
        | Rule::deactivate
        | Rule::create
        | Rule::slant
        | Rule::starts_with_link
        | Rule::lost_message
        | Rule::lost_sender
        | Rule::bare_lost
        | Rule::lost_link
        | Rule::cross
        | Rule::back_cross
        | Rule::declaration
        | Rule::creation
        | Rule::lifecycle
        | Rule::group
        | Rule::note
        | Rule::reference
        | Rule::fragment
        | Rule::autonumber
        | Rule::space
        | Rule::blank
        | Rule::gap => return None,
    })
}
