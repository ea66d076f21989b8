use super::value::value_text;
use super::{JsonText, Members, Pattern, Slots, Template, bytes};
use crate::source::Span;
use crate::wire::file::node::{Entry, Node, Shape, from_json};
use serde_json::Value;

/// Reads patterns of one rule.
pub(in crate::wire) struct PatternReader<'a> {
    /// Its names.
    pub slots: &'a mut Slots,
    /// Its objects are closed.
    pub closed: bool,
    /// What is wrong, and where.
    pub problems: &'a mut Vec<(Span, String)>,
}

/// What TOML has no word for.
const NULL: &str = "{null}";

/// More elements are allowed here.
const ELLIPSIS: [&str; 2] = ["...", "…"];

impl PatternReader<'_> {
    /// A whole frame: as [`PatternReader::pattern`], but `{ json = '…' }` is a pattern written as JSON text.
    pub fn frame(&mut self, node: &Node) -> Pattern {
        if let Shape::Table(entries) = &node.shape
            && let [Entry { key, value, .. }] = &entries[..]
            && key == "json"
            && let Some(text) = value.as_str()
        {
            return match serde_json::from_str(text) {
                Ok(json) => self.pattern(&from_json(value.span, json)),
                Err(error) => self.wrong(value.span, format!("`json` needs a pattern as JSON text: {error}")),
            };
        }
        self.pattern(node)
    }

    /// A value with holes.
    pub fn pattern(&mut self, node: &Node) -> Pattern {
        match &node.shape {
            Shape::Scalar(Value::String(text)) => self.string(node.span, text),
            Shape::Scalar(value) => Pattern::Literal(value.clone()),
            Shape::List(items) => {
                let before = items.len() > 1 && Self::is_gap(items.first());
                let after = Self::is_gap(items.last());
                let items = &items[usize::from(before)..items.len() - usize::from(after)];
                Pattern::Array { before, items: items.iter().map(|item| self.element(item)).collect(), after }
            }
            Shape::Table(entries) => self.table(entries),
        }
    }

    /// An element of a list: it is there.
    pub(super) fn element(&mut self, node: &Node) -> Pattern {
        let pattern = self.pattern(node);
        if pattern.is_maybe() {
            let text = "a hole with `?` is optional, and so is a member with this hole as its value; an element of a \
                        list cannot be optional";
            self.problems.push((node.span, text.to_owned()));
        }
        pattern
    }

    /// Whether further elements may stand here.
    pub(super) fn is_gap(node: Option<&Node>) -> bool {
        node.and_then(Node::as_str).is_some_and(|text| ELLIPSIS.contains(&text))
    }

    fn table(&mut self, entries: &[Entry]) -> Pattern {
        if let Some(list) = self.list_of(entries) {
            return list;
        }
        if let [Entry { key: first, value: before, .. }, Entry { key: second, value: json, .. }] = entries
            && let (before, json) = if first == "$json" { (json, before) } else { (before, json) }
            && matches!((&**first, &**second), ("$before", "$json") | ("$json", "$before"))
        {
            let before = self.scalar_template(before);
            return Pattern::Json(JsonText { before, inner: Box::new(self.frame(json)) });
        }
        if let [Entry { key, value, at }] = entries
            && key.starts_with('$')
        {
            match &**key {
                "$json" => return Pattern::Json(JsonText { before: None, inner: Box::new(self.frame(value)) }),
                "$before" => {
                    self.problems.push((*at, "`$before` belongs to `$json`: it is the text before it".to_owned()))
                }
                "$base64" => {
                    return match self.scalar_template(value) {
                        Some(template) => Pattern::Base64(template),
                        None => Pattern::Literal(Value::Null),
                    };
                }
                "$hex" => {
                    let Some(text) = value.as_str() else {
                        return self.wrong(value.span, "`$hex` needs a string of hexadecimal digits".to_owned());
                    };
                    let read = Template::read(text, self.slots).and_then(bytes::read);
                    return match read {
                        Ok(pieces) => Pattern::Bytes(pieces),
                        Err(text) => self.wrong(value.span, text),
                    };
                }
                "$text" => {
                    self.problems.push((*at, "`$text` is a whole message; it cannot stand inside one".to_owned()));
                }
                _ => {}
            }
        }
        let mut members = Members { list: Vec::new(), named: Vec::new(), closed: self.closed };
        for entry in entries {
            let Some(name) = self.template(entry.at, &entry.key) else { continue };
            let pattern = self.pattern(&entry.value);
            if name.is_literal() {
                members.list.push((name.show(|_| String::new()).into(), pattern));
            } else {
                members.named.push((name, pattern));
            }
        }
        Pattern::Object(members)
    }

    /// A string with holes; one that is exactly one hole takes a value of any type.
    pub fn string(&mut self, span: Span, text: &str) -> Pattern {
        if text == NULL {
            return Pattern::Literal(Value::Null);
        }
        match self.template(span, text) {
            None => Pattern::Literal(Value::Null),
            Some(template) => Self::simplest(template),
        }
    }

    fn simplest(mut template: Template) -> Pattern {
        use super::Piece;
        if template.is_literal() {
            return Pattern::Literal(Value::String(template.show(|_| String::new())));
        }
        if let [Piece::Hole(_)] = &template.pieces[..]
            && let Some(Piece::Hole(hole)) = template.pieces.pop()
        {
            return Pattern::Hole(hole);
        }
        Pattern::Text(template)
    }

    /// A text with holes; none where it cannot be read, which is then among the problems.
    pub fn template(&mut self, span: Span, text: &str) -> Option<Template> {
        match Template::read(text, self.slots) {
            Ok(template) => Some(template),
            Err(problem) => {
                self.problems.push((span, problem));
                None
            }
        }
    }

    /// A text with holes from a scalar of any type.
    pub fn scalar_template(&mut self, node: &Node) -> Option<Template> {
        match &node.shape {
            Shape::Scalar(value) => self.template(node.span, &value_text(value)),
            Shape::List(_) | Shape::Table(_) => {
                self.problems.push((node.span, format!("this is {}; a text is expected here", node.kind())));
                None
            }
        }
    }

    fn wrong(&mut self, span: Span, text: String) -> Pattern {
        self.problems.push((span, text));
        Pattern::Literal(Value::Null)
    }
}
