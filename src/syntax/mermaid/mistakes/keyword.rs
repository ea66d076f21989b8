//! Statements that begin with a keyword and do not go on as they should.

use super::super::grammar::{Rule, matched};
use super::super::reader::{skip_blank, word};
use super::super::statement::Statement;
use super::{looks_like_message, short};
use crate::source::Diagnostic;
use crate::syntax::{Builder, SYNTAX};

/// What is wrong, and an example.
pub(super) fn wrong(first: &str, text: &str, statement: &Statement<'_>, builder: &Builder) -> Option<Diagnostic> {
    let rest = skip_blank(text.get(first.len()..).unwrap_or(""));
    let error =
        |message: &str| Diagnostic::error(SYNTAX, message).at(statement.all(), format!("found `{}`", short(text)));
    let placed = ["over", "left", "right"].iter().any(|place| word(rest).eq_ignore_ascii_case(place));
    let declares = matches!(first, "participant" | "actor" | "create") || first == "note" && placed;
    if looks_like_message(text) && !declares {
        return Some(
            error(&format!("`{first}` is a reserved word of Mermaid, so a name cannot begin with it"))
                .with_help(format!("use a different id for the lifeline: participant {first}1 as {first}")),
        );
    }
    Some(match first {
        "participant" | "actor" => participant(first, rest, statement, text),
        "create" if matches!(word(rest).to_ascii_lowercase().as_str(), "participant" | "actor") => {
            participant(&rest[..word(rest).len()], skip_blank(&rest[word(rest).len()..]), statement, text)
        }
        "create" => error("Mermaid creates a lifeline with `create participant` or `create actor`")
            .with_help(format!("write: create participant {}", if rest.is_empty() { "B" } else { rest })),
        "note" => note(rest, statement, text, builder),
        "activate" | "deactivate" | "destroy" => {
            error(&format!("`{first}` needs exactly one name")).with_help(format!("for example: {first} Server"))
        }
        "autonumber" => error("after `autonumber`, write nothing, `off`, or a start and a step")
            .with_help("for example: autonumber 10 5")
            .with_note("a number has at most two decimals and no sign"),
        "title" => error("write a title as `title text` or `title: text`, with a space before the text")
            .with_text(statement.all(), format!("title {}", rest.trim_start_matches(':').trim())),
        "link" | "links" | "properties" | "details" => {
            error(&format!("`{first}` needs a lifeline, a colon and a text"))
                .with_help("for example: link Alice: Dashboard @ https://example.org")
        }
        "acctitle" => {
            error("the title for screen readers needs a colon").with_text(statement.all(), format!("accTitle: {rest}"))
        }
        "accdescr" => error("the description for screen readers needs a colon, or braces around it")
            .with_text(statement.all(), format!("accDescr: {rest}")),
        _ => return None,
    })
}

fn participant(keyword: &str, rest: &str, statement: &Statement<'_>, text: &str) -> Diagnostic {
    let error =
        |message: &str| Diagnostic::error(SYNTAX, message).at(statement.all(), format!("found `{}`", short(text)));
    let name = word(rest);
    if rest.is_empty() {
        return error(&format!("the name after `{keyword}` is missing"))
            .with_help(format!("for example: {keyword} Alice"));
    }
    if let Some(open) = rest.find("@{") {
        let kind =
            format!("write: {keyword} {}@{{ \"type\": \"database\" }}", if name.is_empty() { "Store" } else { name });
        let Some(close) = rest[open..].find('}').map(|at| open + at) else {
            return error("`@{` is never closed").with_help(kind);
        };
        if rest[open + 2..close].is_empty() {
            return error("Mermaid requires a setting between `@{` and `}`").with_help(kind);
        }
        if rest[..open].trim().contains(char::is_whitespace) {
            let joined: String = rest[..open].chars().filter(|c| !c.is_whitespace()).collect();
            return error("in Mermaid, a name with spaces cannot have `@{…}`").with_help(format!(
                "write: {keyword} {joined}@{{{}}} as {}",
                &rest[open + 2..close],
                rest[..open].trim()
            ));
        }
        if statement.text.ends_with(char::is_whitespace) && rest[close + 1..].trim().is_empty() {
            return error("Mermaid cannot read this line with a space at its end")
                .with_help("remove the space at the end of the line");
        }
        return error("after `@{…}`, write nothing, or `as` and a label").with_help(kind);
    }
    if let Some(at) = rest.find(['<', '>', ':', ',', '@']) {
        let sign = rest[at..].chars().next().unwrap_or(':');
        let error = error(&format!("`{sign}` is not allowed in a name here"));
        let mut spelled = String::new();
        super::super::text::escaped(sign, &mut spelled);
        return match sign {
            ',' => error.with_help("declare each participant on a separate line"),
            '>' | '<' if looks_like_message(rest) => error.with_help("write the arrow on a separate line"),
            _ => {
                let end = rest.find(" as ").unwrap_or(rest.len());
                let id: String = rest[..end].chars().filter(|c| c.is_alphanumeric()).collect();
                error
                    .with_help(format!("write: {keyword} {id} as {}", rest[..end].trim()))
                    .with_help(format!("or write the character as {spelled}"))
            }
        };
    }
    error("this participant cannot be read").with_help(format!("for example: {keyword} CS as Chat Server"))
}

fn note(rest: &str, statement: &Statement<'_>, text: &str, builder: &Builder) -> Diagnostic {
    let error =
        |message: &str| Diagnostic::error(SYNTAX, message).at(statement.all(), format!("found `{}`", short(text)));
    let example = "for example: Note over Alice,Server: text";
    let side = word(rest).to_ascii_lowercase();
    if matched(Rule::tail, rest).is_some() {
        return error("a note needs a place").with_help(format!("write: Note over Alice{rest}"));
    }
    match side.as_str() {
        "over" => {
            let (names, colon) =
                rest[side.len()..].split_once(':').map_or((&rest[side.len()..], false), |(names, _)| (names, true));
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            if names.len() > 2 {
                let text = rest.split_once(':').map_or("text", |(_, text)| text.trim());
                let last = names.last().copied().unwrap_or("B");
                return error("in Mermaid, a note is over two lifelines at most").with_help(format!(
                    "write the first and the last lifeline: Note over {},{last}: {text}",
                    names[0]
                ));
            }
            if !colon {
                return error("the text of this note is missing: Mermaid requires a colon").with_help(example);
            }
            error("this note cannot be read").with_help(example)
        }
        "left" | "right" => {
            let behind = skip_blank(&rest[side.len()..]);
            let of = word(behind).eq_ignore_ascii_case("of");
            if !of {
                return error(&format!("in Mermaid, a note is `{side} of` a lifeline")).with_help(format!(
                    "write: Note {side} of {}",
                    if behind.starts_with(':') { "Alice: text" } else { behind }
                ));
            }
            if behind.contains(',') {
                return error(&format!("a note is `{side} of` one lifeline")).with_help(example);
            }
            if !rest.contains(':') {
                return error("the text of this note is missing: Mermaid requires a colon").with_help(example);
            }
            if !rest.get(side.len()..).is_some_and(|rest| rest.starts_with(" of")) {
                return error(&format!("Mermaid requires exactly one space in `{side} of`")).with_help(example);
            }
            error("this note cannot be read").with_help(example)
        }
        _ if builder.known(rest.split(':').next().unwrap_or("").trim()).is_some() => {
            error("a note needs a place").with_text(statement.all(), format!("Note over {rest}"))
        }
        _ => error("a note is `over`, `left of` or `right of` a lifeline").with_help(example),
    }
}
