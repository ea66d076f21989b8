//! The door to the grammar.

use pest::Parser as _;
use pest::iterators::Pair as PestPair;
use pest_derive::Parser;

/// `grammar/mermaid.pest`.
#[derive(Parser)]
#[grammar = "grammar/mermaid.pest"]
struct Mermaid;

/// A piece of a statement that a rule matched.
pub(super) type Pair<'i> = PestPair<'i, Rule>;

/// The statement that a text begins with, if it fits this rule.
pub(super) fn read(rule: Rule, text: &str) -> Option<Pair<'_>> {
    Mermaid::parse(rule, text).ok()?.next()
}

/// How many bytes at the begin of a text fit this rule.
pub(super) fn matched(rule: Rule, text: &str) -> Option<usize> {
    read(rule, text).map(|pair| pair.as_span().end())
}

/// The first piece of this rule directly inside.
pub(super) fn find<'i>(pair: &Pair<'i>, rule: Rule) -> Option<Pair<'i>> {
    pair.clone().into_inner().find(|inner| inner.as_rule() == rule)
}
