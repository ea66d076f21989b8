use super::keys::Table;
use super::node::{Entry, Node, Shape};
use crate::source::{Ask, Diagnostic, Span};
use crate::wire::BARE;
use crate::wire::pattern::{Members, Pattern, PatternReader, Slots, Template};
use serde_json::Value;
use std::sync::Arc;

/// Walks the tree of a file and keeps what is wrong with it.
#[derive(Default)]
pub(in crate::wire) struct Reader {
    /// What is wrong so far.
    pub problems: Vec<Diagnostic>,
    /// What the files ask for beyond frames to their target.
    pub asks: Vec<Ask>,
    /// The files that were read, without what is built in.
    pub files: Vec<Arc<str>>,
    /// Objects of patterns are closed where nothing else is said.
    pub closed: bool,
    /// Some answer's body is a message of the codec.
    pub bodies: bool,
    /// Some frame that is received is a text past the codec.
    pub texts: bool,
}

/// A table by its known keys.
pub(in crate::wire) struct Fields<'n> {
    found: Vec<(&'static str, Span, &'n Node)>,
    /// The table itself.
    pub span: Span,
}

impl<'n> Fields<'n> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.found.iter().find(|(known, _, _)| *known == key).map(|&(_, _, node)| node)
    }

    /// How many keys it has.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Where a key stands.
    pub fn key(&self, key: &str) -> Option<Span> {
        self.found.iter().find(|(known, _, _)| *known == key).map(|&(_, at, _)| at)
    }
}

impl Reader {
    /// Something is wrong at a place.
    pub fn wrong(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Diagnostic::error("binding", message).at(span, ""));
    }

    /// The same with a way out.
    pub fn wrong_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Diagnostic::error("binding", message).at(span, "").with_help(help));
    }

    /// A table, all of whose keys must be known.
    pub fn fields<'n>(&mut self, node: &'n Node, table: &'static Table) -> Fields<'n> {
        let mut found = Vec::new();
        match &node.shape {
            Shape::Table(entries) => {
                for entry in entries {
                    match table.keys.iter().find(|(known, _)| *known == entry.key) {
                        Some(&(known, _)) => found.push((known, entry.at, &entry.value)),
                        None => self.unknown_key(&entry.key, entry.at, table),
                    }
                }
            }
            Shape::Scalar(_) | Shape::List(_) => {
                self.wrong(node.span, format!("{} is a table, not {}", table.name, node.kind()));
            }
        }
        Fields { found, span: node.span }
    }

    fn unknown_key(&mut self, key: &str, at: Span, table: &'static Table) {
        let known = || table.keys.iter().map(|&(known, _)| known);
        let near =
            known().map(|known| (strsim::damerau_levenshtein(key, known), known)).min().filter(|&(far, _)| far <= 2);
        let problem = Diagnostic::error("binding", format!("{} has no key `{key}`", table.name)).at(at, "");
        self.problems.push(match near {
            Some((_, near)) => problem.with_help(format!("did you mean `{near}`?")).with_edit(at, near),
            None => problem.with_help(format!("its keys are {}", known().collect::<Vec<_>>().join(", "))),
        });
    }

    /// A string.
    pub fn string(&mut self, node: &Node) -> Option<String> {
        let text = node.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(node.span, format!("a string is expected here, not {}", node.kind()));
        }
        text
    }

    /// A boolean.
    pub fn flag(&mut self, node: &Node) -> Option<bool> {
        match node.shape {
            Shape::Scalar(Value::Bool(flag)) => Some(flag),
            Shape::Scalar(_) | Shape::List(_) | Shape::Table(_) => {
                self.wrong(node.span, format!("`true` or `false` is expected here, not {}", node.kind()));
                None
            }
        }
    }

    /// A list of nodes; one that is no list is a list of one.
    pub fn list<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.shape {
            Shape::List(items) => items,
            Shape::Scalar(_) | Shape::Table(_) => std::slice::from_ref(node),
        }
    }

    /// A list of strings; a string is a list of one.
    pub fn strings(&mut self, node: &Node) -> Vec<(String, Span)> {
        let items = self.list(node);
        items.iter().filter_map(|item| Some((self.string(item)?, item.span))).collect()
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, node: &Node, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.string(node)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value);
        if found.is_none() {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let near = words.iter().map(|&(word, _)| (strsim::damerau_levenshtein(&text, word), word)).min();
            let problem = Diagnostic::error("binding", format!("`{text}` is not allowed here")).at(node.span, "");
            self.problems.push(match near.filter(|&(far, _)| far <= 2) {
                Some((_, near)) => {
                    problem.with_help(format!("did you mean `{near}`?")).with_edit(node.span, format!("\"{near}\""))
                }
                None => problem.with_help(format!("write {}", all.join(" or "))),
            });
        }
        found
    }

    /// An integer within bounds.
    pub fn status(&mut self, node: &Node) -> Option<u16> {
        match &node.shape {
            Shape::Scalar(Value::Number(number)) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
            Shape::Scalar(_) | Shape::List(_) | Shape::Table(_) => None,
        }
        .filter(|code| (100..600).contains(code))
        .or_else(|| {
            self.wrong(node.span, "an HTTP status such as 409 is expected here");
            None
        })
    }

    /// Reads patterns that share their names.
    pub fn patterns<T>(
        &mut self,
        slots: &mut Slots,
        closed: bool,
        read: impl FnOnce(&mut PatternReader<'_>) -> T,
    ) -> T {
        let mut problems = Vec::new();
        let value = read(&mut PatternReader { slots, closed, problems: &mut problems });
        for (span, text) in problems {
            self.wrong(span, text);
        }
        value
    }

    /// A frame as a pattern.
    pub fn frame(&mut self, node: &Node, slots: &mut Slots, closed: bool) -> Pattern {
        if let Shape::Table(entries) = &node.shape
            && let [Entry { key, value, .. }] = &entries[..]
            && key == BARE
        {
            self.texts = true;
            let text = self.patterns(slots, closed, |reader| reader.pattern(value));
            return Pattern::Object(Members { list: vec![(BARE.into(), text)], named: Vec::new(), closed: true });
        }
        self.patterns(slots, closed, |reader| reader.frame(node))
    }

    /// A text with holes, from any scalar.
    pub fn template(&mut self, node: &Node, slots: &mut Slots) -> Option<Template> {
        self.patterns(slots, false, |reader| reader.scalar_template(node))
    }

    /// The same where nothing can be left out.
    pub fn whole(&mut self, node: &Node, slots: &mut Slots) -> Option<Template> {
        let template = self.template(node, slots)?;
        if template.is_maybe() {
            let help = "only a member, a header and a part of a query or a form are optional; or give the hole a \
                        default: `{x|default:0}`";
            self.wrong_help(
                node.span,
                "a hole with `?` is omitted if it has no value, but this cannot be omitted",
                help,
            );
        }
        Some(template)
    }

    /// Texts with holes by name: headers and the like.
    pub fn templates(&mut self, node: &Node, slots: &mut Slots) -> Vec<(String, Template)> {
        match &node.shape {
            Shape::Table(entries) => entries
                .iter()
                .filter_map(|entry| Some((entry.key.clone(), self.template(&entry.value, slots)?)))
                .collect(),
            Shape::Scalar(_) | Shape::List(_) => {
                self.wrong(node.span, format!("a table is expected here, not {}", node.kind()));
                Vec::new()
            }
        }
    }
}
