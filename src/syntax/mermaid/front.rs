//! Front matter: settings in YAML between two lines `---` at the very begin.
//!
//! The title is ours, the rest is kept as it stands. Mermaid refuses a diagram whose settings are no YAML, so the slips
//! that people make there are looked for; it is no reader of YAML.

use super::reader::{Reader, line_end, next_line, skip_blank};
use crate::diagram::Item;
use crate::source::{Diagnostic, Span};
use crate::syntax::SYNTAX;
use std::collections::BTreeSet;

impl Reader<'_> {
    /// `---` and settings at the very begin; says where the diagram goes on.
    pub fn front_matter(&mut self) -> usize {
        let text = self.input.text();
        let first = line_end(text, 0);
        let indent = &text[..text.len() - skip_blank(text).len()];
        if text[..first].trim() != "---" || indent.len() > first {
            return 0;
        }
        let body = next_line(text, first);
        let mut at = body;
        while at < text.len() {
            let end = line_end(text, at);
            let fence = text[at..end].strip_prefix(indent).and_then(|line| line.strip_prefix("---"));
            if fence.is_some_and(|behind| behind.trim().is_empty()) {
                self.checked(&text[body..at], body, indent);
                self.settings(&text[body..at], body, indent, self.input.span(0, end));
                return next_line(text, end);
            }
            at = next_line(text, end);
        }
        let error = Diagnostic::error(SYNTAX, "this front matter is never closed").at(self.input.span(0, first), "");
        self.builder.problem(error.with_help("close it with a line `---` before `sequenceDiagram`"));
        text.find("\nsequenceDiagram").map_or(text.len(), |at| at + 1)
    }

    /// The lines of front matter: the title is ours, the rest is kept.
    fn settings(&mut self, body: &str, start: usize, indent: &str, at: Span) {
        let mut kept = String::new();
        let mut offset = start;
        for line in body.split_inclusive('\n') {
            let begin = offset;
            offset += line.len();
            match line.strip_prefix(indent).unwrap_or(line).strip_prefix("title:") {
                Some(title) => {
                    let title = title.trim();
                    let quoted = |sign| title.strip_prefix(sign).and_then(|title| title.strip_suffix(sign));
                    let title = quoted('"').or_else(|| quoted('\'')).unwrap_or(title);
                    self.builder.title(title, self.input.span(begin, begin + line.trim_end().len()));
                }
                None => kept.push_str(line),
            }
        }
        let kept = kept.replace("\r\n", "\n").replace('\r', "\n");
        if !kept.trim().is_empty() {
            self.builder.push(Item::Style(format!("---\n{}\n---", kept.trim_matches('\n')), at));
        }
    }

    /// Reports the lines that are no YAML.
    fn checked(&mut self, body: &str, start: usize, indent: &str) {
        if body.is_empty() {
            let at = self.input.span(0, start);
            let error = Diagnostic::error(SYNTAX, "Mermaid does not accept empty front matter").at(at, "");
            self.builder.problem(error.with_help("remove the two lines `---`"));
            return;
        }
        let last = ['"', '\'', ']', '}'].map(|sign| (sign, body.rfind(sign)));
        let mut keys = BTreeSet::new();
        let mut offset = start;
        // Lines that are indented deeper than this belong to a text above them.
        let mut text_above: Option<usize> = None;
        for full in body.split_inclusive('\n') {
            let begin = offset;
            offset += full.len();
            let whole = full.trim_end();
            let line = whole.strip_prefix(indent).unwrap_or(whole);
            let inner = line.trim_start();
            let depth = line.len() - inner.len();
            if inner.is_empty() || text_above.is_some_and(|above| depth > above) {
                continue;
            }
            text_above = None;
            let slip = if line[..depth].contains('\t') {
                Some(("YAML does not allow a tab at the beginning of a line", "indent the line with spaces".to_owned()))
            } else {
                match entry(inner) {
                    None => None,
                    Some((key, _)) if depth == 0 && !keys.insert(key.to_owned()) => {
                        Some(("this setting is here twice", format!("remove one of the lines `{key}:`")))
                    }
                    Some((key, value)) => {
                        // What is quoted, in brackets, or begun by `|` may go on in deeper lines.
                        text_above = value.starts_with(['|', '>', '[', '{', '"', '\'']).then_some(depth);
                        let below = offset - start;
                        let comes =
                            |sign| last.iter().any(|(known, at)| *known == sign && at.is_some_and(|at| at >= below));
                        wrong_value(value, comes)
                            .map(|what| (what, format!("write: {key}: \"{}\"", value.replace('"', "\\\""))))
                    }
                }
            };
            if let Some((what, help)) = slip {
                let lead = full.len() - full.trim_start().len();
                let error = Diagnostic::error(SYNTAX, what).at(self.input.span(begin + lead, begin + whole.len()), "");
                self.builder.problem(error.with_help(help));
            }
        }
    }
}

/// The key and the value of a line such as `title: text`.
fn entry(line: &str) -> Option<(&str, &str)> {
    if line.starts_with(['#', '"', '\'', '{', '[', '-']) {
        return None;
    }
    let (key, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    Some((key.trim_end(), value.trim()))
}

/// What is wrong with a value, where it is none; `comes` says whether a sign stands in the lines below it.
fn wrong_value(value: &str, comes: impl Fn(char) -> bool) -> Option<&'static str> {
    let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''));
    if let Some(quote) = quote {
        return match closing(&value[1..], quote) {
            Some(behind) if behind.trim().is_empty() || behind.trim_start().starts_with('#') => None,
            Some(_) => Some("there is text after the closing quote of this value"),
            None if comes(quote) => None,
            None => Some("the quote of this value is never closed"),
        };
    }
    if value.starts_with(['[', '{']) {
        let close = if value.starts_with('[') { ']' } else { '}' };
        return (!value.contains(close) && !comes(close)).then_some("the bracket of this value is never closed");
    }
    let plain = value.split(" #").next().unwrap_or(value).trim_end();
    if plain.starts_with(['|', '>', '&', '!', '#']) {
        return None;
    }
    if plain.starts_with(['@', '`', '%', '*', ',', ']', '}']) {
        return Some("in YAML, a value that begins with this character must be in quotes");
    }
    if plain.starts_with("- ") || plain.starts_with("? ") {
        return Some("in YAML, a value that begins with this character and a space must be in quotes");
    }
    (plain.contains(": ") || plain.ends_with(':')).then_some("in YAML, a value that contains a colon must be in quotes")
}

/// What stands behind the quote that closes a text.
pub(super) fn closing(text: &str, quote: char) -> Option<&str> {
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' if quote == '"' => {
                signs.next();
            }
            _ if sign != quote => {}
            // Two single quotes are one.
            '\'' if signs.peek().is_some_and(|(_, next)| *next == '\'') => {
                signs.next();
            }
            _ => return Some(&text[at + 1..]),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{entry, wrong_value};

    #[test]
    fn values_are_taken_and_refused_as_yaml_does() {
        let said = |line: &str| entry(line).is_some_and(|(_, value)| wrong_value(value, |_| false).is_some());
        for taken in [
            "title: x",
            "title:",
            "title: x \"y\"",
            "title: \"x: y\" # why",
            "title: 'it''s'",
            "title: \"a \\\" b\"",
            "title: http://x",
            "title: x # a: b",
            "config: {\"a\": 1}",
            "list: [a, b]",
            "title: |",
            "- a: b: c",
            "just words",
        ] {
            assert!(!said(taken), "{taken}");
        }
        for refused in [
            "title: x: y",
            "title: x:",
            "title: 'it's'",
            "title: \"x",
            "title: \"a\" b",
            "title: @x",
            "title: `x`",
            "title: %x",
            "title: - x",
            "list: [a",
            "config: {",
        ] {
            assert!(said(refused), "{refused}");
        }
    }
}
