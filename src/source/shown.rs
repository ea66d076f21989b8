//! Text from outside, as people and their programs may see it: the one place that decides what is let through.
//!
//! What a server sends, what a diagram says and what a file is called may hold escape sequences of a terminal, characters
//! that turn the direction of writing around, and words that a CI takes for its own when they stand in a log. All of it is
//! spelled out instead.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

/// What CI systems take for a command wherever it stands in a line: GitHub's older form, Azure Pipelines, TeamCity.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// What GitHub takes for a command where a line begins with it, behind any blanks.
const LINE_COMMAND: &str = "::";

/// A text on one line: control characters (C0, DEL, C1) and characters that change the direction of writing or break
/// lines are spelled out, `\u{1b}`; a tab is four blanks; commands of CI systems are taken apart.
pub fn visible(text: &str) -> Cow<'_, str> {
    shown(text, false)
}

/// The same with its line feeds as they are.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    shown(text, true)
}

/// A line that cannot be taken for a command of a CI system by how it begins. None where it is as it should be.
pub fn unforged(line: &str) -> Option<String> {
    let start = line.len() - line.trim_start().len();
    let (blank, rest) = line.split_at(start);
    rest.starts_with(LINE_COMMAND).then(|| format!("{blank}\\u{{3a}}{}", &rest[1..]))
}

/// JSON in which no such character stands raw, and no command: they are escaped, which changes nothing of what it means.
/// They only occur inside of its strings.
pub fn visible_json(json: String) -> String {
    if !json.chars().any(hidden_in_json) && !has_command(&json) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for (at, c) in json.char_indices() {
        if hidden_in_json(c) || (c == '#' && begins_command(&json[at..])) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn hidden_in_json(c: char) -> bool {
    c >= '\u{7f}' && is_hidden(c)
}

fn has_command(text: &str) -> bool {
    text.contains("##") && COMMANDS.iter().any(|command| text.contains(command))
}

fn begins_command(text: &str) -> bool {
    COMMANDS.iter().any(|command| text.starts_with(command))
}

/// Whether a reader would not see this character, or would see the others elsewhere.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
        )
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

fn shown(text: &str, lines: bool) -> Cow<'_, str> {
    let plain = |c: char| !is_hidden(c) || (lines && c == '\n');
    if text.chars().all(plain) && !has_command(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '\t' => out.push_str("    "),
            '#' if begins_command(&text[at..]) => out.push_str("\\u{23}"),
            c if plain(c) => out.push(c),
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// A name of Rust's as words: `CertificateRequired` is *certificate required*. Its parts are left out.
pub fn name_in_words(error: &impl fmt::Debug) -> String {
    let name = format!("{error:?}");
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let mut words = String::new();
    let mut before = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && before {
            words.push(' ');
        }
        before = c.is_ascii_lowercase() || c.is_ascii_digit();
        words.push(c.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(visible("a\u{1b}[2J\u{7}\u{9b}1m\u{7f}\u{85}b"), r"a\u{1b}[2J\u{7}\u{9b}1m\u{7f}\u{85}b");
        assert_eq!(
            visible("\u{202e}x\u{2066}\u{200f}\u{61c}\u{feff}\u{2028}"),
            r"\u{202e}x\u{2066}\u{200f}\u{61c}\u{feff}\u{2028}"
        );
        assert_eq!(visible("a\tb\nc\r"), r"a    b\u{a}c\u{d}");
        assert_eq!(visible_lines("a\nb\r\n"), "a\nb\\u{d}\n");
        for plain in ["", "Zoë schrieb: 你好 👩‍👩‍👧 #1 ## x", "a::b ::c"] {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
    }

    #[test]
    fn commands_of_ci_systems_are_taken_apart() {
        assert_eq!(visible("x ##[error]y ##vso[task.z]"), r"x \u{23}#[error]y \u{23}#vso[task.z]");
        assert_eq!(visible("##teamcity[x] ### [y]"), r"\u{23}#teamcity[x] ### [y]");
        assert_eq!(visible("###[error]"), r"#\u{23}#[error]");
        assert_eq!(unforged("  ::error::x").as_deref(), Some(r"  \u{3a}:error::x"));
        assert_eq!(unforged("a ::error::x"), None);
    }

    #[test]
    fn json_means_the_same_and_shows_everything() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{9b}\u{7f}\u{e0041}", "##vso[x]", "\u{1b}\nplain ##"] });
        let json = visible_json(value.to_string());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON"), value);
        assert!(json.is_ascii() && !json.contains("##vso"), "{json}");
    }
}
