//! The tables of a TOML file that is being written, found without reading it: it need not be right.

use std::ops::Range;

/// A table: its header and what stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<'t> {
    /// The name between the brackets.
    pub name: &'t str,
    /// The header.
    pub head: Range<usize>,
    /// From the header to the next one.
    pub whole: Range<usize>,
    /// What stands behind `label =`, without quotes.
    pub label: Option<&'t str>,
}

/// All tables, in the order of the text.
pub fn tables(text: &str) -> Vec<Table<'_>> {
    let mut all: Vec<Table<'_>> = Vec::new();
    let mut at = 0;
    // The mark that closes a text of several lines.
    let mut open: Option<&str> = None;
    for full in text.split_inclusive('\n') {
        let start = at;
        at += full.len();
        let line = full.trim_end();
        if let Some(mark) = open {
            if line.contains(mark) {
                open = None;
            }
            continue;
        }
        let inner = line.trim_start();
        let begin = start + line.len() - inner.len();
        let header = inner.strip_prefix("[[").or_else(|| inner.strip_prefix('['));
        match header.and_then(|rest| rest.split_once(']')) {
            // A list that goes over several lines has no name alone in brackets.
            Some((name, rest)) if is_name(name) && rest.trim_start_matches(']').trim_start().chars().all_comment() => {
                if let Some(last) = all.last_mut() {
                    last.whole.end = start;
                }
                let head = begin..start + line.len();
                all.push(Table { name: name.trim(), whole: head.clone(), head, label: None });
            }
            Some(_) | None => {
                if let (Some(last), Some(value)) = (all.last_mut(), value_of(inner, "label")) {
                    last.label.get_or_insert(value);
                }
            }
        }
        open = ["\"\"\"", "'''"].into_iter().find(|mark| line.matches(mark).count() % 2 == 1);
    }
    if let Some(last) = all.last_mut() {
        last.whole.end = text.len();
    }
    all
}

fn is_name(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' '))
}

/// The text of a key of this line.
fn value_of<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
    let rest = rest.trim().trim_start_matches('[').trim_start();
    let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    rest[1..].split(mark).next()
}

trait Rest {
    /// Whether nothing follows but a comment.
    fn all_comment(self) -> bool;
}

impl Rest for std::str::Chars<'_> {
    fn all_comment(mut self) -> bool {
        self.next().is_none_or(|c| c == '#')
    }
}

/// The table that a place is in; none is the top of the file.
pub fn table_at(text: &str, offset: usize) -> Option<Table<'_>> {
    tables(text).into_iter().rev().find(|table| table.head.end <= offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_in_what_is_not_right_yet() {
        let text = "name = 'x'\n[connect]\nurl = \n  [[rule]] # first\nlabel = [\"join {room}\", 'j']\nabout = \"\"\"\n[no]\n\"\"\"\nframes = [\n[1],\n]\n[[rule]]\n";
        let found = tables(text);
        let names: Vec<_> = found.iter().map(|table| (table.name, table.label)).collect();
        assert_eq!(names, [("connect", None), ("rule", Some("join {room}")), ("rule", None)]);
        assert!(
            text[found[1].whole.clone()].starts_with("[[rule]] # first")
                && text[found[1].whole.clone()].ends_with("]\n")
        );
        assert_eq!(table_at(text, 3), None);
        assert_eq!(table_at(text, text.len()).map(|table| table.name), Some("rule"));
    }
}
