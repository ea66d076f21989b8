//! The door to the grammar, and small steps through what it gives.

use super::lines::Line;
use crate::source::Span;
use pest::iterators::Pair as PestPair;
use pest_derive::Parser;

/// `grammar/plantuml.pest`.
#[derive(Parser)]
#[grammar = "grammar/plantuml.pest"]
pub(super) struct PlantUml;

/// A piece of a line that a rule matched.
pub(super) type Pair<'i> = PestPair<'i, Rule>;

/// The place of a piece.
pub(super) fn place(line: &Line<'_>, pair: &Pair<'_>) -> Span {
    let span = pair.as_span();
    line.span(span.start()..span.end())
}

/// The first piece of this rule directly inside.
pub(super) fn find<'i>(pair: &Pair<'i>, rule: Rule) -> Option<Pair<'i>> {
    pair.clone().into_inner().find(|inner| inner.as_rule() == rule)
}

/// Whether a piece of this rule is directly inside.
pub(super) fn has(pair: &Pair<'_>, rule: Rule) -> bool {
    find(pair, rule).is_some()
}

/// A name without its quotes, from a piece that is `quoted` or `id`.
pub(super) fn name<'i>(pair: &Pair<'i>) -> &'i str {
    match find(pair, Rule::inside) {
        Some(inside) => inside.as_str(),
        None => pair.as_str(),
    }
}

/// The names directly inside, in order.
pub(super) fn names<'i>(pair: &Pair<'i>) -> impl Iterator<Item = Pair<'i>> {
    pair.clone().into_inner().filter(|inner| matches!(inner.as_rule(), Rule::quoted | Rule::id))
}

/// The trimmed text behind a colon, and its place; at the end of the line where there is none.
pub(super) fn label(line: &Line<'_>, pair: &Pair<'_>) -> (String, Span) {
    match find(pair, Rule::text) {
        Some(text) => {
            let start = text.as_span().start();
            let trimmed = text.as_str().trim_end();
            (trimmed.to_owned(), line.span(start..start + trimmed.len()))
        }
        None => (String::new(), line.span(line.text.len()..line.text.len())),
    }
}

/// Colours, stereotypes and links directly inside, verbatim, in the order of the text.
pub(super) fn ornaments(pair: &Pair<'_>) -> Option<String> {
    let words = pair.clone().into_inner().filter(|inner| {
        matches!(inner.as_rule(), Rule::plain | Rule::shade | Rule::colour | Rule::stereotype | Rule::url | Rule::order)
    });
    let words: Vec<&str> = words.map(|word| word.as_str()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
