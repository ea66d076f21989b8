//! When a name needs quotes.

use super::super::grammar::{Rule, read};
use super::super::keywords;
use crate::syntax::quote;
use rustc_hash::FxHashSet;

/// The names of a diagram as they are written. One that is an `x` and the name of another is in quotes: behind the head of an arrow, where
/// it stands for the first time, it would be the cross of a lost message to that.
pub(super) fn all_printed<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let known: FxHashSet<&str> = names.clone().collect();
    let crossed = |name: &str| name.strip_prefix('x').is_some_and(|rest| known.contains(rest));
    names.map(|name| if crossed(name) { quote(&name.replace('\n', "\\n")) } else { printed(name) }).collect()
}

/// A name as it is written in arrows, lists and declarations.
pub(super) fn printed(name: &str) -> String {
    let name = name.replace('\n', "\\n");
    if is_plain(&name) { name } else { quote(&name) }
}

/// Whether a name without quotes is read as this name wherever a lifeline may stand. Some others would be too: quotes
/// are never wrong.
fn is_plain(name: &str) -> bool {
    let mut before = '\0';
    for c in name.chars() {
        let fits = match c {
            ' ' | '-' | '+' => before.is_alphanumeric() || before == c || before == '+',
            '_' | '.' | '/' | '@' | '$' | '&' | '=' | '~' | '|' | '\'' => {
                before.is_alphanumeric() || before == c || c == '_'
            }
            _ => c.is_alphanumeric(),
        };
        if !fits {
            return false;
        }
        before = c;
    }
    let first = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
    let lower = name.to_lowercase();
    let starts = |word: &str| lower.starts_with(word);
    !name.is_empty()
        && !name.ends_with([' ', '-'])
        && !name.contains("--")
        // `-x` and `x-` are crosses, `x ` behind a head is one, `* except` stands for many.
        && !name.contains("-x")
        && !name.contains("x-")
        && !starts("x ")
        && !starts("except ")
        && !lower.contains(" as ")
        && !starts("as ")
        && !lower.ends_with(" as")
        && (first == name || keywords::statement(first).is_none() || glued(first, name))
}

/// Whether a keyword that begins a name is glued to the rest by a sign that no statement has there.
fn glued(first: &str, name: &str) -> bool {
    !name[first.len()..].starts_with(' ') && !first.eq_ignore_ascii_case("expandable")
}

/// The name of a sender before a cross: one that is a keyword needs quotes there.
pub(super) fn before_cross(printed: String) -> String {
    if keywords::statement(&printed).is_some() { quote(&printed) } else { printed }
}

/// Whether a style is a list of colours, as they stand behind names and keywords.
pub(super) fn are_colours(style: &str) -> bool {
    let line = format!("alt{style}");
    let Ok(pair) = read(Rule::fragment, &line) else { return false };
    pair.into_inner().any(|part| part.as_rule() == Rule::colours && part.as_str() == style)
}

#[cfg(test)]
mod tests {
    use super::{are_colours, printed};

    #[test]
    fn names_are_quoted_where_they_must() {
        for plain in [
            "Alice",
            "Chat Server",
            "chat-server",
            "a.b",
            "C++",
            "中国",
            "Queue",
            "end",
            "ASPSP 2",
            "me@here",
            "O'Brien",
        ] {
            assert_eq!(printed(plain), plain);
        }
        for quoted in [
            "",
            " A",
            "A ",
            "a:b",
            "a,b",
            "a\"b",
            "a->b",
            "pre-xml",
            "x y",
            "*",
            "+a",
            "[a",
            "A (b)",
            "Queue manager",
            "End User",
            "Same as Before",
            "a #red",
            "a--b",
            "🙂",
            "“a”",
            "a -b",
            "//a",
            "'a",
        ] {
            assert!(printed(quoted).starts_with('"'), "{quoted}");
        }
    }

    #[test]
    fn colours_are_told_from_other_styles() {
        for style in ["#red", "#ff8800", "##name", "#red;3;dashed", "#gold #pink"] {
            assert!(are_colours(style), "{style}");
        }
        for style in ["", "red", "rgb(1,2,3)", "#", "#1", "#red text", "#red  #blue"] {
            assert!(!are_colours(style), "{style}");
        }
    }
}
