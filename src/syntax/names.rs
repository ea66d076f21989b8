//! Names in quotes, and lists of them.

use std::borrow::Cow;

/// The name inside double quotes, where the text is one from end to end: `\"` is a quote and `\\` a backslash in it,
/// every other backslash is itself.
pub fn unquote(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?;
    let end = closing_quote(inner)?;
    if end + 1 != inner.len() {
        return None;
    }
    let inner = &inner[..end];
    if !inner.contains("\\\"") && !inner.contains("\\\\") {
        return Some(Cow::Borrowed(inner));
    }
    let mut name = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        let escaped = c == '\\' && matches!(rest.peek(), Some('"' | '\\'));
        name.push(if escaped { rest.next().unwrap_or(c) } else { c });
    }
    Some(Cow::Owned(name))
}

/// The name in double quotes, so that [`unquote`] gives it back.
pub fn quote(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    out.push('"');
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '"' || c == '\\' && matches!(rest.peek(), None | Some('"' | '\\')) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// Where the quote stands that closes a name whose opening quote was cut off.
fn closing_quote(inner: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => return Some(at),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// A list as `Alice, "Chat, Server"`: each name with its offset in the text. Empty places give empty names.
pub fn split_names(text: &str) -> Vec<(usize, Cow<'_, str>)> {
    let mut names = Vec::new();
    let mut start = 0;
    while start <= text.len() {
        let rest = &text[start..];
        let lead = rest.len() - rest.trim_start().len();
        let begin = start + lead;
        let quoted = text[begin..].strip_prefix('"').and_then(closing_quote).map_or(0, |end| end + 2);
        let end = text[begin + quoted..].find(',').map_or(text.len(), |comma| begin + quoted + comma);
        let name = text[begin..end].trim_end();
        names.push((begin, unquote(name).unwrap_or(Cow::Borrowed(name))));
        start = end + 1;
    }
    names
}

/// A list that [`split_names`] reads back.
pub fn join_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for name in names {
        if !out.is_empty() {
            out.push_str(", ");
        }
        let plain = !name.is_empty() && name.trim() == name && !name.contains([',', '"', ':', '=']);
        out.push_str(&if plain { Cow::Borrowed(name) } else { Cow::Owned(quote(name)) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{join_names, quote, split_names, unquote};

    #[test]
    fn quoting_is_undone() {
        for name in ["", "A", "a \"b\" c", "\\", "a\\", "a\\nb", "\\\\", "\\\"", "\"", "x\\\\n"] {
            assert_eq!(unquote(&quote(name)).as_deref(), Some(name), "{}", quote(name));
        }
        assert_eq!(unquote("\"a\" b"), None);
        assert_eq!(unquote("\"a"), None);
        assert_eq!(unquote("a"), None);
        assert_eq!(unquote("\"a\\nb\"").as_deref(), Some("a\\nb"));
    }

    #[test]
    fn lists_keep_what_is_quoted() {
        let names = ["Alice", "Chat, Server", "a \"b\"", "C:D"];
        let text = join_names(names);
        let read = split_names(&text);
        assert_eq!(read.iter().map(|(_, name)| name.as_ref()).collect::<Vec<_>>(), names);
        assert_eq!(
            split_names(" A ,,B").iter().map(|(at, name)| (*at, name.as_ref())).collect::<Vec<_>>(),
            [(1, "A"), (4, ""), (5, "B")]
        );
    }
}
