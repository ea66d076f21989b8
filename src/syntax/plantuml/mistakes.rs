//! A line that is no statement: which slip it probably is, in words that an author would use.

use super::OTHER_KIND;
use super::lines::{Line, starts_with};
use super::reader::Reader;
use crate::source::{Diagnostic, Span};
use crate::syntax::SYNTAX;

/// Beginnings of lines that only other kinds of PlantUML diagrams have.
const OTHER_KINDS: [(&str, &str); 42] = [
    ("class ", "a class diagram"),
    ("abstract ", "a class diagram"),
    ("interface ", "a class diagram"),
    ("enum ", "a class diagram"),
    ("annotation ", "a class diagram"),
    ("struct ", "a class diagram"),
    ("exception ", "a class diagram"),
    ("protocol ", "a class diagram"),
    ("object ", "an object diagram"),
    ("map ", "an object diagram"),
    ("json ", "an object diagram"),
    ("state ", "a state diagram"),
    ("[*]", "a state diagram"),
    ("usecase ", "a use case diagram"),
    ("component ", "a component diagram"),
    ("node ", "a deployment diagram"),
    ("artifact ", "a deployment diagram"),
    ("package ", "a class or component diagram"),
    ("namespace ", "a class diagram"),
    ("rectangle ", "a component diagram"),
    ("cloud ", "a deployment diagram"),
    ("frame ", "a component diagram"),
    ("folder ", "a component diagram"),
    ("file ", "a deployment diagram"),
    ("storage ", "a deployment diagram"),
    ("card ", "a deployment diagram"),
    ("agent ", "a deployment diagram"),
    ("stack ", "a deployment diagram"),
    ("hexagon ", "a deployment diagram"),
    ("person ", "a deployment diagram"),
    ("start", "an activity diagram"),
    ("stop", "an activity diagram"),
    ("(*)", "an activity diagram"),
    ("fork", "an activity diagram"),
    ("if (", "an activity diagram"),
    ("while (", "an activity diagram"),
    ("robust ", "a timing diagram"),
    ("concise ", "a timing diagram"),
    ("binary ", "a timing diagram"),
    ("clock ", "a timing diagram"),
    ("digraph ", "a Graphviz graph"),
    ("graph ", "a Graphviz graph"),
];

/// Words with which a declaration begins.
const KINDS: [&str; 9] =
    ["participant", "actor", "boundary", "control", "entity", "queue", "database", "collections", "create"];

/// Reports a line that is no statement. `above` is the statement before it, where its text might go on here.
pub(super) fn report(reader: &mut Reader<'_>, line: &Line<'_>, above: Option<Span>) {
    let at = line.whole();
    if reader.other_kind.is_none() {
        reader.other_kind = other_kind(&line.text).map(|kind| (kind, at));
    }
    let text: &str = &line.text;
    let problem = dash(line)
        .or_else(|| curly(line))
        .or_else(|| pause(text, at))
        .or_else(|| comment(text, at))
        .or_else(|| ending(text, at, reader.open.last().map(|(word, _)| word.as_str())))
        .or_else(|| word_of_another_dialect(text, at))
        .or_else(|| declaration(text, at))
        .or_else(|| note(text, at))
        .or_else(|| arrow(text, at))
        .or_else(|| continued(text, at, above))
        .or_else(|| other_kind(text).map(|kind| unknown(at).with_note(format!("a line like this belongs to {kind}"))))
        .unwrap_or_else(|| unknown(at));
    reader.builder.problem(problem);
}

/// The refusal of a text that is another kind of diagram.
pub(super) fn other_diagram(kind: &str, at: Span) -> Diagnostic {
    Diagnostic::error(OTHER_KIND, format!("this is {kind}, not a sequence diagram"))
        .at(at, "a sequence diagram cannot have such a line")
        .with_help("seqcheck reads sequence diagrams: Alice -> Bob : hello")
}

fn unknown(at: Span) -> Diagnostic {
    Diagnostic::error(SYNTAX, "this line is not a statement of a PlantUML sequence diagram")
        .at(at, "expected an arrow `A -> B : text`, `participant`, `note`, `alt`, `loop`, `end` …")
}

fn wrong(message: impl Into<String>, at: Span, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(SYNTAX, message).at(at, "").with_help(help)
}

fn other_kind(text: &str) -> Option<&'static str> {
    let (_, kind) = OTHER_KINDS.iter().find(|(start, _)| starts_with(text, start))?;
    // `start` and `stop` stand alone; a text that goes on here may begin with them.
    let alone = !matches!(*kind, "an activity diagram") || text.len() <= 6 || text.contains('(');
    let action = || {
        (text.starts_with(':') && text.ends_with([';', '|', '<', '>', '/', ']', '}'])).then_some("an activity diagram")
    };
    if alone { Some(kind) } else { action() }
}

fn dash(line: &Line<'_>) -> Option<Diagnostic> {
    const DASHES: [char; 8] = ['–', '—', '−', '‐', '‑', '→', '←', '⇒'];
    let arrow = line.text.split(':').next().unwrap_or_default();
    let (at, sign) = arrow.char_indices().find(|(_, c)| DASHES.contains(c))?;
    let what = match sign {
        '–' => "an en dash",
        '—' => "an em dash",
        '−' => "a minus sign",
        '→' | '←' | '⇒' => "an arrow sign",
        _ => "a typographic hyphen",
    };
    let span = line.span(at..at + sign.len_utf8());
    let mended: String = line
        .text
        .chars()
        .map(|c| match c {
            '→' | '⇒' => "->".to_owned(),
            '←' => "<-".to_owned(),
            c if DASHES.contains(&c) => "-".to_owned(),
            c => c.to_string(),
        })
        .collect();
    let error = Diagnostic::error(SYNTAX, format!("write arrows with `-` and `>`; this is {what}"))
        .at(span, format!("`{sign}`, as word processors write it"))
        .with_help(mended.as_str());
    // What the preprocessor has made stands nowhere.
    Some(if line.is_made() { error } else { error.with_edit(line.whole(), mended) })
}

fn curly(line: &Line<'_>) -> Option<Diagnostic> {
    let first = line.text.chars().next()?;
    if matches!(first, '‘' | '’' | '`' | '´') {
        let comment = line.text.trim_start_matches(first);
        return Some(wrong(
            "a comment begins with a straight `'`",
            line.span(0..first.len_utf8()),
            format!("'{comment}"),
        ));
    }
    let (at, sign) = line.text.char_indices().find(|(_, c)| matches!(c, '«' | '»' | '„' | '‘' | '’'))?;
    let before_label = line.text.find(':').is_none_or(|colon| at < colon);
    before_label.then(|| wrong("a name needs straight quotes", line.span(at..at + sign.len_utf8()), "write \"…\""))
}

fn comment(text: &str, at: Span) -> Option<Diagnostic> {
    let leader = ["//", "#", "%%", "-- ", "/*"].into_iter().find(|leader| text.starts_with(leader))?;
    let words = text.trim_start_matches(leader).trim_start_matches('@').trim();
    let directive = text.strip_prefix(leader).is_some_and(|rest| rest.starts_with('@'));
    let (what, mark) = if directive { ("a directive", "'@ ") } else { ("a comment", "' ") };
    Some(wrong(
        format!("in PlantUML {what} begins with `{}`, not with `{}`", mark.trim(), leader.trim()),
        at,
        format!("{mark}{words}"),
    ))
}

fn pause(text: &str, at: Span) -> Option<Diagnostic> {
    let word = text.strip_prefix(['@', '\\'])?;
    ["pause", "unpause", "append"].iter().any(|known| starts_with(word, known)).then(|| {
        let what = "PlantUML ignores the lines between `@pause` and `@unpause`; seqcheck reads every line";
        wrong(what, at, "write the diagram in a separate comment, without other lines")
    })
}

fn ending(text: &str, at: Span, open: Option<&str>) -> Option<Diagnostic> {
    let behind = text.get(..3).filter(|end| end.eq_ignore_ascii_case("end")).and_then(|_| text.get(3..))?;
    let word = behind.trim().to_ascii_lowercase();
    const BLOCKS: [&str; 14] = [
        "alt",
        "if",
        "opt",
        "loop",
        "par",
        "par2",
        "group",
        "partition",
        "break",
        "critical",
        "else",
        "while",
        "fork",
        "switch",
    ];
    if word == "box" {
        return None;
    }
    let error = BLOCKS
        .contains(&word.as_str())
        .then(|| wrong(format!("`{text}` closes nothing: a block is closed by `end`"), at, "end"))?;
    Some(match open {
        Some(open) => error.with_note(format!("the innermost open block is a `{open}`")),
        None => error,
    })
}

fn word_of_another_dialect(text: &str, at: Span) -> Option<Diagnostic> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim();
    if rest.starts_with(['-', '<', '.']) || rest.starts_with(':') && !word.eq_ignore_ascii_case("opt") {
        return None;
    }
    let help = match word.to_ascii_lowercase().as_str() {
        "and" | "option" => format!("else {rest}"),
        "strict" | "seq" | "neg" | "assert" | "ignore" | "consider" | "parallel" => {
            if rest.is_empty() {
                format!("group {word}")
            } else {
                format!("group {word} [{rest}]")
            }
        }
        "serial" | "region" | "rect" | "section" => format!("group {rest}"),
        "participantgroup" => format!("box \"{rest}\" … end box"),
        "destroyafter" => format!("destroy {rest}, below the arrow that ends it"),
        "space" => "|||".to_owned(),
        "state" | "rbox" | "abox" if rest.starts_with("over") => format!("hnote {rest}"),
        "autonumber" if rest.eq_ignore_ascii_case("off") => "autonumber stop".to_owned(),
        "autonumber" => "autonumber 10 5 \"<b>0</b>\"".to_owned(),
        "sequencediagram" => "@startuml, or a fence or extension of Mermaid".to_owned(),
        "loop" | "opt" | "alt" | "par" | "group" | "break" | "critical" | "else" => {
            format!("{word} {}", rest.trim_start_matches(':').trim_start())
        }
        "endnote" | "note" | "hnote" | "rnote" => return None,
        _ => return None,
    };
    Some(wrong(format!("`{text}` is not how PlantUML writes this"), at, help.trim_end().to_owned()))
}

fn declaration(text: &str, at: Span) -> Option<Diagnostic> {
    let kind = KINDS.into_iter().find(|kind| {
        starts_with(text, kind) && text[kind.len()..].chars().next().is_none_or(|c| c == ' ' || c == '\t')
    })?;
    let rest = text[kind.len()..].trim();
    if rest.is_empty() {
        return Some(wrong(format!("`{kind}` needs a name"), at, format!("{kind} Alice")));
    }
    let lower = rest.to_ascii_lowercase();
    let (name, alias) = match lower.find(" as ") {
        Some(as_at) => (rest[..as_at].trim(), Some(rest[as_at + 4..].trim())),
        None => (rest, None),
    };
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.@".contains(c));
    let bare = |name: &str| name.trim_matches('"').to_owned();
    let id = |name: &str| name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    match alias {
        _ if name.contains('#') && name.contains("<<") => {
            Some(wrong("write the stereotype before the colour", at, format!("{kind} Name <<stereotype>> #colour")))
        }
        Some(alias) if !plain(alias) && !alias.starts_with('"') => Some(wrong(
            format!("the name after `as` consists of letters and digits; `{alias}` has other characters"),
            at,
            format!("{kind} \"{}\" as {}", bare(name), id(alias)),
        )),
        Some(alias) if !plain(name) && !name.starts_with('"') => Some(wrong(
            format!("write a name with spaces or special characters in quotes: \"{name}\""),
            at,
            format!("{kind} \"{name}\" as {alias}"),
        )),
        Some(alias) if name.starts_with('"') && alias.starts_with('"') => Some(wrong(
            "one of the two names is the id: write it with letters and digits, without quotes",
            at,
            format!("{kind} {name} as {}", id(alias)),
        )),
        None if !plain(name) && !name.starts_with('"') && !name.contains(['#', '[', '<']) => Some(wrong(
            format!("write a name with spaces or special characters in quotes: \"{name}\""),
            at,
            format!("{kind} \"{name}\" as {}", id(name)),
        )),
        _ => Some(wrong(
            format!("this is not a declaration of a {kind}"),
            at,
            format!("{kind} \"Long name\" as Id <<stereotype>> order 10 #colour"),
        )),
    }
}

fn note(text: &str, at: Span) -> Option<Diagnostic> {
    let shape = ["note", "hnote", "rnote", "ref"].into_iter().find(|shape| starts_with(text, shape))?;
    let rest = text[shape.len()..].trim();
    let head = rest.split(':').next().unwrap_or_default().trim();
    if shape == "ref" {
        return starts_with(rest, "over")
            .then(|| wrong("this is not a reference", at, "ref over A, B : name"))
            .or_else(|| {
                (!rest.starts_with(['-', '<']))
                    .then(|| wrong("`ref` needs the participants that it is over", at, format!("ref over {rest}")))
            });
    }
    if starts_with(head, "over") && head.matches(',').count() > 1 {
        let names: Vec<&str> = head[4..].split(',').map(str::trim).collect();
        let (first, last) = (names.first().copied().unwrap_or_default(), names.last().copied().unwrap_or_default());
        return Some(wrong(
            "a note is over one or two participants",
            at,
            format!("name the first and the last: {shape} over {first}, {last} : …"),
        ));
    }
    let place = ["over", "left", "right", "across", "top", "bottom"].into_iter().find(|place| starts_with(head, place));
    let Some(place) = place else {
        return (!rest.starts_with(['-', '<'])).then(|| {
            wrong(
                "this note has no place",
                at,
                format!("{shape} left of A : text, {shape} over A, B : text, {shape} right : text"),
            )
        });
    };
    let who = head[place.len()..].trim();
    let who = who.strip_prefix("of ").unwrap_or(who).trim();
    let spaced = who.contains(' ') && !who.contains(['"', '#', '<', '[']);
    if spaced && rest.contains(':') {
        return Some(wrong(
            format!("write a name with spaces in quotes: \"{who}\""),
            at,
            format!("{shape} {place} of \"{who}\" : …"),
        ));
    }
    Some(wrong(
        "this is not a note",
        at,
        format!("{shape} {place} : text, or the text on the lines below, to `end note`"),
    ))
}

fn arrow(text: &str, at: Span) -> Option<Diagnostic> {
    let head = text.split(':').next().unwrap_or_default();
    // Behind a name these signs are an arrow; behind several words they may be prose.
    let weak = || {
        let found = ["--", "-)", "-|", "-\\", "-/", ".."].into_iter().filter_map(|sign| head.find(sign));
        found.min().filter(|&at| is_name(head[..at].trim()))
    };
    let strong = ["->", "<-", "-[", "-x ", "=>", "~>", ".>"].into_iter().find_map(|sign| head.find(sign));
    let dash = strong.or_else(weak)?;
    let begin = head[..dash].trim_end_matches(['-', '<', '=', '~', '.']).len();
    let behind = &head[dash..];
    let end = dash + behind.find(|c: char| !"-<>=~.x[]#/\\)|".contains(c)).unwrap_or(behind.len());
    let (left, sign, right) = (head[..begin].trim(), &head[begin..end], head[end..].trim());
    if strong.is_none() && !right.split_whitespace().next().is_some_and(is_name) {
        return None;
    }
    if let Some(shaft) = sign.strip_suffix('-').filter(|shaft| shaft.ends_with('>')) {
        let help = format!("{left} {shaft} {right} -- : text");
        return Some(wrong("`-` before the receiver belongs to other dialects", at, help));
    }
    if sign.contains(['|', ')']) || !sign.contains(['<', '>', '[', 'x']) {
        let shaft = if sign.starts_with("--") && sign != "--" { "-->" } else { "->" };
        let help = format!("{left} {shaft}{} {right} : text", if sign.contains(')') { ">" } else { "" });
        return Some(wrong(format!("this is not an arrow: `{sign}`"), at, help));
    }
    let changes = right.rfind(|c: char| !"+-*! ".contains(c)).map_or(0, |last| last + 1);
    let changes = right.get(changes..).unwrap_or_default().trim();
    if changes.len() > 2 && is_name(right.strip_suffix(changes).unwrap_or(right).trim()) {
        let what = format!("this is not an arrow: `{changes}` after the receiver");
        return Some(wrong(what, at, "A -> B ++ : text; the signs are ++, --, **, !!, ++--, --++"));
    }
    if sign.contains(['=', '~', '.']) {
        return Some(wrong(
            format!("`{sign}` is not an arrow of a sequence diagram"),
            at,
            format!("{left} -> {right}"),
        ));
    }
    if sign.contains('[') {
        return Some(wrong("PlantUML does not know the style of this arrow", at, "A -[#red,dashed]> B : text"));
    }
    let quoted = |name: &str| name.starts_with('"') || name.is_empty();
    let odd = |name: &str| {
        !quoted(name) && name.chars().any(|c| c == ' ' || c == '-' || c == '/' || c == '\'' || c == '(' || c == ',')
    };
    if let Some(rest) = right.strip_prefix(['+', '-', '*', ')']).map(str::trim) {
        let (sign, help) = match right.as_bytes().first() {
            Some(b'+') => ("+", format!("{left} -> {rest} ++ : text")),
            Some(b'-') => ("-", format!("{left} --> {rest} -- : text")),
            Some(b'*') => ("*", format!("{left} -> {rest} ** : text")),
            _ => (")", format!("{left} ->> {rest} : text")),
        };
        return Some(wrong(format!("`{sign}` before the receiver belongs to other dialects"), at, help));
    }
    for name in [left, right] {
        if odd(name) {
            return Some(wrong(
                format!("write a name with spaces, hyphens or special characters in quotes: \"{name}\""),
                at,
                format!(
                    "participant \"{name}\" as {}",
                    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>()
                ),
            ));
        }
    }
    Some(wrong("this is not an arrow", at, "A -> B : text, or A --> B ++ : text"))
}

/// Whether a text is one name, as arrows take it.
fn is_name(text: &str) -> bool {
    let quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    quoted || !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_.@".contains(c))
}

fn continued(text: &str, at: Span, above: Option<Span>) -> Option<Diagnostic> {
    let above = above?;
    let words = text.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    Some(
        Diagnostic::error(SYNTAX, "this looks like the rest of the text above, but a text ends with its line")
            .at(at, "no statement")
            .see(above, "the text that may continue")
            .with_help(format!("write a line break as \\n and continue on the same line: …\\n{words}"))
            .with_help("or end the line above with a backslash"),
    )
}
