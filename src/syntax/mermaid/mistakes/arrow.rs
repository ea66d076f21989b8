//! What is almost a message.

use super::super::grammar::{Rule, matched};
use super::super::statement::Statement;
use super::{almost, short};
use crate::source::Diagnostic;
use crate::syntax::SYNTAX;

/// Signs that are taken for a hyphen or an arrow.
const SIGNS: [(char, &str, &str); 17] = [
    ('–', "an en dash", "-"),
    ('—', "an em dash", "-"),
    ('―', "a horizontal bar", "-"),
    ('−', "a minus sign", "-"),
    ('‒', "a figure dash", "-"),
    ('‐', "a Unicode hyphen", "-"),
    ('‑', "a non-breaking hyphen", "-"),
    ('→', "one character", "->>"),
    ('⟶', "one character", "->>"),
    ('➔', "one character", "->>"),
    ('➜', "one character", "->>"),
    ('⇒', "one character", "->>"),
    ('⟹', "one character", "->>"),
    ('⇢', "one character", "-->>"),
    ('←', "one character", "<-"),
    ('⇐', "one character", "<-"),
    ('↔', "one character", "<<->>"),
];

/// Arrows of other languages, longer ones first, and how Mermaid writes them.
const FOREIGN: [(&str, &str); 10] = [
    ("==>>", "->>"),
    ("==>", "->>"),
    ("=>>", "->>"),
    ("=>", "->>"),
    ("~>>", "-)"),
    ("~>", "-)"),
    ("..>", "-->>"),
    ("--->", "-->>"),
    ("---", "-->"),
    (">>", "->>"),
];

/// What is wrong with a message, where the text is almost one.
pub(super) fn wrong(text: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    let head = &text[..text.find(':').unwrap_or(text.len())];
    typographic(text, head, statement)
        .or_else(|| reversed(text, head, statement))
        .or_else(|| complete(text, statement))
        .or_else(|| unknown(text, head, statement))
}

/// En dashes, arrows in one sign, curly quotes.
fn typographic(text: &str, head: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    let found = head.char_indices().find_map(|(at, c)| {
        SIGNS.into_iter().find(|&(sign, ..)| sign == c).map(|(_, name, plain)| (at, c, name, plain))
    });
    if let Some((at, sign, name, plain)) = found {
        let arrow = plain != "-" || head[at..].contains('>');
        let fixed = if plain == "-" {
            text.chars().map(|c| if is_dash(c) { '-' } else { c }).collect()
        } else {
            text.replacen(sign, plain, 1)
        };
        let fixed: String = fixed;
        let fixed = if fixed.contains("->>") { fixed } else { fixed.replacen("->", "->>", 1) };
        return arrow.then(|| {
            Diagnostic::error(SYNTAX, format!("`{sign}` is {name}, not an arrow"))
                .at(statement.span(at, at + sign.len_utf8()), "expected an arrow such as `->>`")
                .with_text(statement.all(), fixed)
        });
    }
    let (at, curly) = head.char_indices().find(|(_, c)| matches!(c, '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’'))?;
    Some(
        Diagnostic::error(SYNTAX, format!("`{curly}` is a typographic quote"))
            .at(statement.span(at, at + curly.len_utf8()), "Mermaid needs no quotes around names and texts")
            .with_help("remove the quotes"),
    )
}

fn is_dash(c: char) -> bool {
    SIGNS.iter().any(|&(sign, _, plain)| sign == c && plain == "-")
}

/// `A<-B`, `A<->B`.
fn reversed(text: &str, head: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    let at = head.find('<')?;
    let signs: String = head[at..].chars().take_while(|c| matches!(c, '<' | '-' | '>' | '=')).collect();
    if !signs.contains('-') && !signs.contains('=') {
        return None;
    }
    let (left, right) = (head[..at].trim(), head[at + signs.len()..].trim());
    let tail = text[head.len()..].trim_start_matches(':').trim();
    let dashed = signs.contains("--");
    let error = Diagnostic::error(SYNTAX, format!("Mermaid has no arrow `{signs}`"))
        .at(statement.span(at, at + signs.len()), "");
    Some(if signs.ends_with('>') {
        let both = if dashed { "<<-->>" } else { "<<->>" };
        error.with_help(format!("with a head at both ends: {left}{both}{right}: {tail}"))
    } else {
        let arrow = if dashed { "-->>" } else { "->>" };
        error.with_help(format!("reverse it: {right}{arrow}{left}: {tail}"))
    })
}

/// Sender, arrow and receiver are there, and something about them is wrong.
fn complete(text: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    let (sender, arrow, receiver, colon) = almost(text)?;
    let error =
        |message: String| Diagnostic::error(SYNTAX, message).at(statement.all(), format!("found `{}`", short(text)));
    let head = &text[..text.find(':').unwrap_or(text.len())];
    if !arrow.contains('>') && head.contains("->") {
        return Some(
            error("two arrows in one statement".to_owned())
                .with_note(format!("Mermaid reads `{arrow}` as an arrow, anywhere in a name"))
                .with_help(format!(
                    "use a different id for the lifeline: participant P1 as {}",
                    head[..head.find("->").unwrap_or(0)].trim().trim_end_matches('-')
                )),
        );
    }
    let Some(receiver) = receiver else {
        return Some(
            error("the receiver of this arrow cannot be read".to_owned())
                .with_help(format!("write an arrow like this: {sender}{arrow}Server: text"))
                .with_note("after an arrow, Mermaid accepts one `+`, one `-` or `()`, and then a name"),
        );
    };
    for name in [&sender, &receiver] {
        if matched(Rule::name, name).is_none() {
            let number = name.starts_with(|c: char| c.is_ascii_digit() || c == '.');
            let comment = name.starts_with(['#', '%']) || name.chars().skip(1).take(2).eq("%%".chars());
            let what = if number {
                "begins with a number and a space"
            } else if comment {
                "begins like a comment of Mermaid"
            } else {
                "begins with a reserved word of Mermaid"
            };
            let mut spelled = String::new();
            let first = name.chars().next().unwrap_or(' ');
            super::super::text::escaped(first, &mut spelled);
            return Some(
                error(format!("`{name}` cannot be a lifeline here: the name {what}"))
                    .with_help(format!("use a different id for it: participant {} as {name}", id_for(name)))
                    .with_help(format!("or write the name as: {spelled}{}", &name[first.len_utf8()..])),
            );
        }
    }
    if sender.len() > 1 && receiver.contains("->")
        || text[..text.find(':').unwrap_or(text.len())].matches("->").count() > 1
    {
        return Some(error("two arrows in one statement".to_owned()).with_help("write each arrow on a separate line"));
    }
    if !colon && let Some((before, behind)) = text.split_once(":%%") {
        return Some(
            error("directly after the colon, Mermaid reads `%%` as the beginning of a comment".to_owned())
                .with_help(format!("write a space between: {before}: %%{behind}")),
        );
    }
    (!colon).then(|| {
        let error = error("the text of this arrow is missing: Mermaid requires a colon".to_owned());
        match receiver.split_once(char::is_whitespace) {
            Some((name, text)) => error.with_help(format!("write: {sender}{arrow}{name}: {}", text.trim())),
            None => error.with_help(format!("write: {}: text", text.trim_end())),
        }
        .with_help(format!("without a text: {}:", text.trim_end()))
    })
}

/// Another arrow than Mermaid's.
fn unknown(text: &str, head: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    if head.contains("->") && (head.contains("-x") || head.contains("--")) {
        return Some(
            Diagnostic::error(SYNTAX, "two arrows in one statement")
                .at(statement.all(), format!("found `{}`", short(text)))
                .with_help("write each arrow on a separate line")
                .with_note("in a name, Mermaid reads `--`, `-x` and `-)` as arrows"),
        );
    }
    let (at, foreign, ours) =
        FOREIGN.into_iter().find_map(|(foreign, ours)| head.find(foreign).map(|at| (at, foreign, ours)))?;
    (!head.contains("->")).then(|| {
        Diagnostic::error(SYNTAX, format!("`{foreign}` is not an arrow of Mermaid"))
            .at(statement.span(at, at + foreign.len()), format!("expected an arrow such as `{ours}`"))
            .with_help(format!("write: {}", text.replacen(foreign, ours, 1)))
    })
}

/// A short id for a name that cannot be one.
fn id_for(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    format!("{letters}1")
}
