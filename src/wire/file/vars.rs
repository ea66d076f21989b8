//! Values that do not come over the wire: `[vars]`, `[let]`, `[participants]`.

use super::node::{Entry, Node, Shape};
use super::{Draft, Reader};
use crate::wire::pattern::{Filter, Made, Slots, Template};
use serde_json::Value;
use std::collections::BTreeMap;

impl Reader {
    fn entries<'n>(&mut self, node: &'n Node) -> &'n [Entry] {
        if let Shape::Table(entries) = &node.shape {
            return entries;
        }
        self.wrong(node.span, format!("a table of names and values is expected here, not {}", node.kind()));
        &[]
    }

    fn value(&mut self, entry: &Entry) -> Option<Value> {
        if let Shape::Scalar(value) = &entry.value.shape {
            return Some(value.clone());
        }
        let text = format!("`{}` is {}; a variable is a text, number or boolean", entry.key, entry.value.kind());
        self.wrong(entry.value.span, text);
        None
    }

    /// `[vars]`, whose texts may have holes, and `[let]`, where filters behind the text act on the whole of it.
    pub fn vars(&mut self, node: &Node, whole: bool, draft: &mut Draft) {
        for entry in self.entries(node) {
            let at = entry.value.span;
            if draft.vars.contains_key(&entry.key) || draft.recipes.contains_key(&entry.key) {
                self.wrong_help(entry.at, format!("`{}` is in `[vars]` already", entry.key), "write it once");
                continue;
            }
            let text = match self.value(entry) {
                Some(Value::String(text)) => text,
                Some(value) => {
                    draft.vars.insert(entry.key.clone(), value);
                    continue;
                }
                None => continue,
            };
            let (text, filters) = if whole { filtered(&text) } else { (&*text, Vec::new()) };
            let mut slots = Slots::default();
            let made = Template::read(text, &mut slots)
                .and_then(|template| Ok(Made { template, filters: Filter::read_all(&filters, &mut slots)? }));
            match made {
                Ok(made) if made.template.is_maybe() => {
                    let help = "give the hole a default: `{x|default:0}`";
                    self.wrong_help(
                        at,
                        "a hole with `?` is omitted if it has no value, but this cannot be omitted",
                        help,
                    );
                }
                Ok(made) if made.template.is_literal() && made.filters.is_empty() => {
                    draft.vars.insert(entry.key.clone(), made.template.show(|_| String::new()).into());
                }
                Ok(made) => {
                    draft.recipes.insert(entry.key.clone(), (slots, made));
                    draft.made_at.insert(entry.key.clone(), at);
                }
                Err(problem) => {
                    let help = "a text of `[vars]` may contain holes; write `{{` for a brace";
                    self.wrong_help(at, problem, help);
                }
            }
        }
    }

    /// `[participants.Alice]` has values, and may have its own `connect` and `echo`; `server` and `silent` are lists of names.
    pub fn participants(&mut self, node: &Node, draft: &mut Draft) {
        let Shape::Table(entries) = &node.shape else {
            self.wrong_help(node.span, "`participants` is a table of tables", "write `[participants.Alice]`");
            return;
        };
        for entry in entries {
            let names = match (entry.key.as_str(), &entry.value.shape) {
                ("server", Shape::List(_)) => &mut draft.server,
                ("silent", Shape::List(_)) => &mut draft.silent,
                (_, Shape::Table(_) | Shape::List(_) | Shape::Scalar(_)) => {
                    let mut values = BTreeMap::new();
                    for own in self.entries(&entry.value) {
                        if own.key == "echo" && matches!(own.value.shape, Shape::Table(_)) {
                            let echo = self.echo(&own.value).flatten();
                            draft.echo_of.extend(echo.map(|echo| (entry.key.clone(), (echo, own.at))));
                        } else if own.key == "connect" && matches!(own.value.shape, Shape::Table(_)) {
                            let connect = self.connect(&own.value);
                            draft.connect_of.insert(entry.key.clone(), connect);
                        } else if let Some(value) = self.value(own) {
                            values.insert(own.key.clone(), value);
                        }
                    }
                    draft.participants.insert(entry.key.clone(), values);
                    continue;
                }
            };
            *names = Some(self.strings(&entry.value).into_iter().map(|(name, _)| name).collect());
        }
    }
}

/// A text, and the filters that stand behind it, past its last hole.
pub(in crate::wire) fn filtered(text: &str) -> (&str, Vec<&str>) {
    let holes = text.rfind('}').map_or(0, |at| at + 1);
    match text[holes..].find('|') {
        Some(bar) => {
            let (text, filters) = text.split_at(holes + bar);
            (text, filters.split('|').skip(1).map(str::trim).collect())
        }
        None => (text, Vec::new()),
    }
}
