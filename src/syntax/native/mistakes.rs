//! Lines that are no statement, and names that are none: the likely mistake, by name.

use super::grammar::short;
use super::keywords;
use crate::diagram::ParticipantKind;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Dialect, Input, SYNTAX, TextLine};

/// Signs that look like a hyphen, and their names.
const DASHES: [(char, &str); 8] = [
    ('–', "an en dash"),
    ('—', "an em dash"),
    ('―', "a horizontal bar"),
    ('−', "a minus sign"),
    ('‒', "a figure dash"),
    ('‐', "a Unicode hyphen"),
    ('‑', "a non-breaking hyphen"),
    ('➖', "a heavy minus"),
];

/// Arrows in one sign, and how they are written.
const ARROWS: [(char, &str); 14] = [
    ('→', "->"),
    ('⟶', "->"),
    ('➔', "->"),
    ('➜', "->"),
    ('➝', "->"),
    ('⇒', "->"),
    ('⟹', "->"),
    ('⇢', "-->"),
    ('⤏', "-->"),
    ('←', "<-"),
    ('⟵', "<-"),
    ('⇐', "<-"),
    ('↔', "<->"),
    ('⟷', "<->"),
];

/// Arrows of other languages that are none here, and how they are written. Longer ones first.
const FOREIGN: [(&str, &str); 7] =
    [("--)", "-->>"), ("-)", "->>"), ("==>", "->"), ("=>", "->"), ("~>", "-->"), ("..>", "-->"), (">>", "->>")];

/// A text in another language than ours: the rest of it is not worth reading.
pub(super) fn other_language(input: Input<'_>) -> Option<Diagnostic> {
    let dialect = Dialect::sniff(input.text());
    if dialect == Dialect::Native {
        return None;
    }
    let line =
        input.lines().find(|line| line.text.starts_with("@start") || line.text.starts_with("sequenceDiagram"))?;
    let facts = dialect.facts();
    Some(
        Diagnostic::error(
            SYNTAX,
            format!("this is {}, but the text is read as {}", facts.name, Dialect::Native.name()),
        )
        .at(input.line_span(line), format!("the first line of {}", facts.name))
        .with_help(format!("give the file the extension .{}, or use --dialect {}", facts.extensions[0], facts.name)),
    )
}

/// A line that no statement fits. `before` is the arrow in the line above, whose text may go on here.
pub(super) fn unknown(input: Input<'_>, line: TextLine<'_>, before: Option<Span>, builder: &Builder) -> Diagnostic {
    let text = line.text;
    let at = input.line_span(line);
    if let Some(problem) = sign(text, at, input, line) {
        return problem;
    }
    let word = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    let head = &text[..text.find(':').unwrap_or(text.len())];
    let no_arrow = !text.contains("->") && !text.contains("<-");
    if let Some(&(foreign, ours)) = FOREIGN.iter().find(|(foreign, _)| no_arrow && head.contains(foreign)) {
        let start = head.find(foreign).unwrap_or(0);
        return Diagnostic::error(SYNTAX, format!("`{foreign}` is not an arrow here"))
            .at(input.piece(line, start..start + foreign.len()), format!("expected an arrow such as `{ours}`"))
            .with_text(at, text.replacen(foreign, ours, 1));
    }
    if !no_arrow && text.contains(':') && !head.contains("->") && !head.contains("<-") {
        let colon = head.len();
        return Diagnostic::error(SYNTAX, "there is a colon before the arrow")
            .at(input.piece(line, colon..colon + 1), "a label begins here, but there is no arrow before it")
            .with_help("write the arrow first: Alice->Server: text")
            .with_help("if the colon belongs to a name, put the name in quotes: \"host:80\"->Server: text");
    }
    if let Some(near) = nearest_keyword(text) {
        return Diagnostic::error(SYNTAX, format!("no statement begins with `{word}`"))
            .at(input.piece(line, 0..word.len()), format!("expected `{near}`"))
            .with_text(at, format!("{near}{}", &text[word.len()..]));
    }
    if let Some(arrow) = before {
        return Diagnostic::error(SYNTAX, "this is not a statement; it may be the rest of the text above")
            .at(at, format!("found `{}`, expected a statement", short(text)))
            .see(arrow, "the text of this arrow ends with its line")
            .with_help("write the text in one line; `\\n` in it is a line break in the drawing");
    }
    if text.starts_with(['{', '}']) {
        return Diagnostic::error(SYNTAX, "blocks do not have braces here")
            .at(at, "")
            .with_help("a block goes from its first line, such as `alt text`, to a line `end`");
    }
    if text.starts_with(['!', '@']) {
        return Diagnostic::error(SYNTAX, "this is a line of PlantUML")
            .at(at, format!("found `{}`", short(text)))
            .with_help("if the whole file is PlantUML, give it the extension .puml, or use --dialect plantuml");
    }
    let second = text[word.len()..].trim();
    if text.starts_with(['‘', '’', '`']) {
        return Diagnostic::error(SYNTAX, "a comment begins with # or // or a straight '")
            .at(at, format!("found `{}`", short(text)))
            .with_text(at, format!("#{}", text.trim_start_matches(['‘', '’', '`'])));
    }
    if no_arrow
        && !word.is_empty()
        && !second.is_empty()
        && second.split_whitespace().count() <= 3
        && builder.known(text).is_none()
    {
        let kinds: Vec<&str> = ParticipantKind::ALL.into_iter().map(|(_, word)| word).collect();
        return Diagnostic::error(
            SYNTAX,
            format!("no statement begins with `{word}`, and it is not a kind of participant"),
        )
        .at(at, format!("found `{}`, expected an arrow such as `Alice->Server: text`", short(text)))
        .with_note(format!("the kinds of participants are {}", kinds.join(", ")))
        .with_note("blocks begin with alt, opt, loop, par, break, critical, strict, group");
    }
    Diagnostic::error(SYNTAX, "this is not a statement")
        .at(at, format!("found `{}`, expected an arrow or a keyword", short(text)))
        .with_help("write an arrow like this: Alice->Server: text")
        .with_help("a comment begins with #")
}

/// The keyword that a line without an arrow seems to begin with.
pub(super) fn nearest_keyword(text: &str) -> Option<&'static str> {
    let word = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    let behind = text[word.len()..].trim();
    // A word and a name are a declaration: a word for a note or a block is not what was meant.
    let name = !behind.is_empty() && !behind.contains([' ', ':']) && word.chars().count() > 4;
    let near = keywords::nearest(word).filter(|_| !text.contains("->") && !text.contains("<-"))?;
    let fits = !name || keywords::declares(near) || strsim::damerau_levenshtein(&word.to_lowercase(), near) < 2;
    fits.then_some(near)
}

/// A sign from a word processor where an arrow or a quote belongs.
fn sign(text: &str, at: Span, input: Input<'_>, line: TextLine<'_>) -> Option<Diagnostic> {
    let found = |start: usize, sign: char, name: &str, fixed: String| {
        Diagnostic::error(SYNTAX, format!("`{sign}` is {name}, not an arrow"))
            .at(input.piece(line, start..start + sign.len_utf8()), "expected an arrow such as `->`")
            .with_text(at, fixed)
    };
    // Where the run of dashes ends that was looked at: each run is looked at once.
    let mut looked = 0;
    for (start, c) in text.char_indices().take_while(|&(_, c)| c != ':') {
        if let Some((sign, arrow)) = ARROWS.into_iter().find(|&(sign, _)| sign == c) {
            return Some(found(start, sign, "one character", text.replacen(sign, arrow, 1)));
        }
        if start < looked || !(c == '-' || is_dash(c)) {
            continue;
        }
        let run = text[start..].find(|c: char| c != '-' && !is_dash(c)).map_or(text.len(), |end| start + end);
        looked = run;
        let tail = text[run..].trim_start_matches(['>', '›', '＞']);
        let odd = text[start..run].char_indices().find_map(|(at, c)| {
            DASHES.into_iter().find(|&(sign, _)| sign == c).map(|(sign, name)| (start + at, sign, name))
        });
        if let Some((at, sign, name)) = odd
            && tail.len() < text.len() - run
        {
            let arrow = if text[start..run].chars().nth(1).is_some() { "-->" } else { "->" };
            return Some(found(at, sign, name, format!("{}{arrow}{tail}", &text[..start])));
        }
    }
    curly(text, at)
}

fn is_dash(c: char) -> bool {
    DASHES.iter().any(|&(dash, _)| dash == c)
}

fn curly(text: &str, at: Span) -> Option<Diagnostic> {
    let curly = text.chars().find(|c| matches!(c, '“' | '”' | '„' | '‟' | '«' | '»'))?;
    Some(
        Diagnostic::error(SYNTAX, format!("`{curly}` is a typographic quote; names need straight quotes"))
            .at(at, "")
            .with_text(at, text.replace(['“', '”', '„', '‟', '«', '»'], "\"")),
    )
}

/// What is wrong with a name without quotes where a lifeline is mentioned, if anything.
pub(super) fn bare_name(text: &str, at: Span) -> Option<Diagnostic> {
    let error = |message: &str| Diagnostic::error(SYNTAX, message).at(at, format!("found `{}`", short(text)));
    if text.is_empty() {
        let error = Diagnostic::error(SYNTAX, "a lifeline is missing at one end of this arrow");
        return Some(error.at(at, "expected a name").with_help("write an arrow like this: Alice->Server: text"));
    }
    if let Some(problem) = curly(text, at) {
        return Some(problem);
    }
    if let Some(rest) = text.strip_prefix('"') {
        return Some(match rest.find('"') {
            None => error("this quote is never closed").with_text(at, format!("{text}\"")),
            Some(_) => {
                error("there is text next to a name in quotes").with_help("put the whole name in quotes, or nothing")
            }
        });
    }
    if text.contains("->") || text.contains("<-") {
        return Some(error("two arrows in one line").with_help("write each arrow on a separate line"));
    }
    if text == "*" {
        return Some(
            error("`*` means all receivers, and cannot send")
                .with_help("draw one arrow for each sender, or one lifeline for many: #@ clients NAME = 50"),
        );
    }
    let suffix = ["++", "--", "**", "!!"]
        .into_iter()
        .find(|suffix| text.strip_suffix(suffix).is_some_and(|name| name.ends_with(' ')));
    if let Some(suffix) = suffix {
        let (name, mark) = (
            text[..text.len() - 2].trim_end(),
            match suffix {
                "++" => "->+",
                "--" => "->-",
                "**" => "->*",
                _ => "destroy",
            },
        );
        return Some(error(&format!("`{suffix}` after a lifeline is PlantUML")).with_help(if mark == "destroy" {
            format!("write a line below the arrow: destroy {name}")
        } else {
            format!("write the sign after the arrow: {mark}{name}")
        }));
    }
    if text.ends_with('-') || text.ends_with(is_dash) || text.starts_with(['>', '<']) || text.starts_with(is_dash) {
        let help = "arrows are -> --> ->> -->> <- <-- <<- <<-- <-> <-->; quote a name that ends with a dash";
        return Some(error("this is not a name: it contains a part of an arrow").with_help(help));
    }
    if text.starts_with(['+', '*', '-']) {
        return Some(
            error("an arrow of this direction cannot have this sign, and a name cannot begin with it")
                .with_help("`->+` activates the receiver, `->-` deactivates the sender, `->*` creates the receiver"),
        );
    }
    let lower = text.get(..9).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("ref over ") || lower.starts_with("end ref") {
        return Some(
            error("seqcheck does not read arrows into a reference")
                .with_help("write the arrow to a lifeline, and then: ref over A, B: name"),
        );
    }
    if text.ends_with("&lt;") || text.starts_with("&gt;") || text.ends_with("&gt;") {
        return Some(
            Diagnostic::warning(SYNTAX, "`&lt;` and `&gt;` are HTML for `<` and `>`, but here they are part of a name")
                .at(at, format!("a lifeline `{}`", short(text)))
                .with_help("write the signs themselves: A<->B"),
        );
    }
    None
}

/// What is wrong with a name without quotes in a declaration, if anything.
pub(super) fn declared_name(text: &str, at: Span) -> Option<Diagnostic> {
    if text.is_empty() {
        let error = Diagnostic::error(SYNTAX, "the name of a lifeline is missing").at(at, "");
        return Some(error.with_help("for example: participant \"Chat Server\" as Server"));
    }
    if text.contains("->") || text.contains("<-") {
        let error = Diagnostic::error(SYNTAX, "a declaration has one name and no arrow");
        return Some(error.at(at, format!("found `{}`", short(text))).with_help("write the arrow on a separate line"));
    }
    if text.contains("@{") {
        let error = Diagnostic::error(SYNTAX, "`@{…}` is the form of Mermaid for the kind of a participant");
        return Some(error.at(at, "").with_help("write the kind first: database Store"));
    }
    if text.to_ascii_lowercase().contains(" as ") {
        let error = Diagnostic::error(SYNTAX, "two `as` in one declaration").at(at, format!("found `{}`", short(text)));
        return Some(error.with_help("put a name that contains this word in quotes"));
    }
    if text.ends_with('"') && !text.starts_with('"') && text.matches('"').count() == 1 {
        let error = Diagnostic::error(SYNTAX, "this quote was never opened").at(at, format!("found `{}`", short(text)));
        return Some(error.with_text(at, format!("\"{text}")));
    }
    bare_name(text, at)
}
