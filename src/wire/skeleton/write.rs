//! The text of a binding that is begun from labels.

use super::escape;
use super::guess::Guess;
use super::kinds::Known;
use crate::source::visible;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;

/// What a file begins with.
const HEAD: &str = "# A rule for every message; `WS connect` and `WS disconnect` need none. The labels are those of your diagrams. `client` and `server` contain guesses: replace them with
# the messages of your protocol. A name in braces is a hole: its value comes from the label or from the frame. Labels that
# differ in one word are one rule, and a comment above it names them. Editors complete and check this file if its first line
# is `#:schema ./binding.schema.json`; this writes that file: seqcheck list schemas binding > binding.schema.json
";

/// How many labels of a rule its comment shows.
const SHOWN: usize = 6;

/// What stands above the rules.
pub(super) struct Head<'a> {
    pub name: &'a str,
    pub implicit: bool,
    pub any_case: bool,
}

/// The line that says which holes of a rule are opaque, where any are.
fn opaque_line<'h>(holes: impl Iterator<Item = &'h String>) -> Option<String> {
    let list: Vec<String> = holes.map(|hole| quoted(hole)).collect();
    (!list.is_empty()).then(|| format!("opaque = [{}]", list.join(", ")))
}

/// The text of a binding.
pub(super) fn written(head: &Head<'_>, rules: &[Guess], known: &[Known], key: &str, opaque: &[String]) -> String {
    let mut out = format!("{HEAD}\nname  = {}\ncodec = \"json\"\n", quoted(head.name));
    if head.any_case {
        out.push_str("# Some labels differ in nothing but capital letters.\nlabels = \"ignore-case\"\n");
    }
    out.push_str("\n[connect]\nurl = \"{target}/\"\n");
    if head.implicit {
        out.push_str(
            "# A socket is used before a label opens it: the first message of a client opens it.\nimplicit = true\n",
        );
    }
    for rule in known {
        let shown = in_comment(&rule.example);
        let comment = if escape(&rule.example) == rule.label { String::new() } else { format!("# {shown}\n") };
        let _ = write!(out, "\n{comment}[[rule]]\nlabel  = {}\n{}\n", quoted(&rule.label), rule.lines.join("\n"));
        let has = |hole: &&String| rule.label.contains(&format!("{{{hole}}}"));
        opaque_line(opaque.iter().filter(has)).into_iter().for_each(|line| out.push_str(&(line + "\n")));
    }
    for rule in rules {
        out.push('\n');
        let label = rule.label();
        match &rule.examples[..] {
            [only] if escape(only) != label => drop(writeln!(out, "# {}", in_comment(only))),
            [] | [_] => {}
            several => {
                let shown: Vec<String> =
                    several.iter().take(SHOWN).map(|label| format!("`{}`", in_comment(label))).collect();
                let rest = several.len().saturating_sub(SHOWN);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                let _ = writeln!(out, "# merged: {}{rest}", shown.join(", "));
            }
        }
        let mut frame = format!("{key} = {}", quoted(&rule.kind()));
        for hole in &rule.holes {
            let _ = write!(frame, ", {hole} = \"{{{hole}}}\"");
        }
        let _ = writeln!(out, "[[rule]]\nlabel  = {}", quoted(&label));
        for (side, sends) in [("client", rule.client), ("server", rule.server)] {
            if sends {
                let _ = writeln!(out, "{side} = {{ {frame} }}");
            }
        }
        let has = |hole: &&String| rule.holes.contains(*hole);
        opaque_line(opaque.iter().filter(has)).into_iter().for_each(|line| out.push_str(&(line + "\n")));
    }
    let open: Vec<&Known> = known.iter().filter(|rule| rule.open.is_some()).collect();
    out.push_str("\n# To be filled in:\n# - `url`: the path of your WebSocket, and a parameter that names the client if it needs one\n");
    if !rules.is_empty() || !open.is_empty() {
        if !rules.is_empty() {
            let _ = writeln!(
                out,
                "# - the frames of the {} rules whose `{key}` is a guess from the words of their label",
                rules.len()
            );
        }
        for rule in open {
            let what = rule.open.as_deref().unwrap_or_default();
            let _ = writeln!(out, "# - `{}`: {what}", in_comment(&rule.example));
        }
    }
    out
}

/// JSON's strings are TOML's too. What a reader would not see is escaped.
pub(super) fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let seen = c.is_ascii_graphic() || c == ' ' || matches!(visible(c.encode_utf8(&mut [0; 4])), Cow::Borrowed(_));
        if seen {
            out.push(c);
        } else {
            let _ = write!(out, "\\U{:08x}", u32::from(c));
        }
    }
    out
}

/// A label on one line of a comment.
fn in_comment(text: &str) -> String {
    visible(&text.replace(char::is_control, " ")).into_owned()
}
