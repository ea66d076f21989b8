//! What stands behind `#@`, `//@`, `'@` and `%%@`: one table of words, the same for every dialect.
//!
//! [`read`] takes the text behind the `@`. A [`Read::Setting`] holds for the whole file, a [`Read::Body`] for what
//! follows it. [`print_setting`] and [`print_directive`] are the way back.

use super::names::{join_names, quote, split_names, unquote};
use crate::diagram::{
    ArrowRef, Breaks, Clients, DirectiveKind, Frames, OrderMode, Setting, parse_duration, print_duration,
};
use crate::source::{Diagnostic, Span};
use std::time::Duration;

/// The code of diagnostics about directives.
pub const DIRECTIVE: &str = "directive";

/// A directive that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// For the whole file.
    Setting(Setting),
    /// For what follows, or from here to the end of the block.
    Body(DirectiveKind),
}

/// Every directive: its word, and an example that can be pasted.
pub const WORDS: [(&str, &str); 28] = [
    ("binding", "binding chat"),
    ("timeout", "timeout 5s"),
    ("settle", "settle 200ms"),
    ("seed", "seed 7"),
    ("order", "order burst"),
    ("simulate", "simulate Alice, Bob"),
    ("test", "test Server"),
    ("server", "server = Gateway, Hub, Redis"),
    ("silent", "silent User, Model"),
    ("var", "var name = value"),
    ("expect", "expect fail misrouted"),
    ("needs", "needs auth=required, heartbeat=2s"),
    ("tags", "tags smoke, slow"),
    ("skip", "skip REASON"),
    ("clients", "clients Watcher = 50"),
    ("breaks", "breaks line-feed"),
    ("within", "within 500ms"),
    ("after", "after 3s"),
    ("between", "between 2s and 4s"),
    ("never", "never"),
    ("unordered", "unordered"),
    ("depends", "depends 4"),
    ("known-failure", "known-failure REASON"),
    ("ignore", "ignore PATTERN"),
    ("consider", "consider PATTERN"),
    ("quote", "quote \"the clause\" RFC 6455 section 5.5.1"),
    ("raw", "raw"),
    ("allow", "allow SQ104 REASON"),
];

/// Reads the text behind the `@`; `at` is the place of the whole directive.
///
/// # Errors
/// What is wrong with it, with an example of how it is written.
pub fn read(text: &str, at: Span) -> Result<Read, Diagnostic> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (rest, lower) = (rest.trim(), word.to_ascii_lowercase());
    let Some(&(word, example)) = WORDS.iter().find(|(known, _)| *known == lower) else {
        return Err(unknown(word, text, at));
    };
    let wrong = |what: &str| {
        Diagnostic::error(DIRECTIVE, format!("`{word}` {what}"))
            .at(at, if rest.is_empty() { "nothing follows this word".to_owned() } else { format!("found `{rest}`") })
            .with_help(format!("for example: #@ {example}"))
    };
    let text_of = |what: &str| if rest.is_empty() { Err(wrong(what)) } else { Ok(rest.to_owned()) };
    let time = |text: &str| parse_duration(text).ok_or_else(|| wrong("needs a time such as 500ms, 3s or 1m30s"));
    let no_more = |kind: DirectiveKind| {
        if rest.is_empty() { Ok(Read::Body(kind)) } else { Err(wrong("must not be followed by anything")) }
    };
    let names = || {
        // `#@ server = A, B` reads as an equation; `#@ simulate A, B` as a sentence. Both are taken for all of them.
        let list = rest.strip_prefix('=').map_or(rest, str::trim_start);
        let names: Vec<String> = split_names(list).into_iter().map(|(_, name)| name.into_owned()).collect();
        if names.iter().any(String::is_empty) { Err(wrong("needs names with commas between them")) } else { Ok(names) }
    };
    let setting = |setting| Ok(Read::Setting(setting));
    let body = |kind| Ok(Read::Body(kind));
    match word {
        "binding" => setting(Setting::Binding(text_of("needs the name of a binding or a file")?, at)),
        "timeout" => setting(Setting::Timeout(time(rest)?, at)),
        "settle" => setting(Setting::Settle(time(rest)?, at)),
        "seed" => setting(Setting::Seed(rest.parse().map_err(|_| wrong("needs a whole number"))?, at)),
        "order" => {
            let mode = OrderMode::ALL.into_iter().find(|(_, word)| rest.eq_ignore_ascii_case(word));
            setting(Setting::Order(mode.ok_or_else(|| wrong("needs one of diagram, local, burst"))?.0, at))
        }
        "simulate" => setting(Setting::Simulate(names()?, at)),
        "test" => setting(Setting::Test(names()?, at)),
        "server" => setting(Setting::Server(names()?, at)),
        "silent" => setting(Setting::Silent(names()?, at)),
        "var" => {
            let (name, value) = rest.split_once('=').ok_or_else(|| wrong("needs a name, `=`, and a value"))?;
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
            if name.is_empty() || !plain {
                return Err(wrong("needs a name of letters and digits before the `=`"));
            }
            setting(Setting::Var { name, value, span: at })
        }
        "expect" => {
            let (verdict, class) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let verdict = verdict.to_ascii_lowercase();
            if !["pass", "fail", "inconclusive"].contains(&verdict.as_str()) {
                return Err(wrong("needs pass, fail or inconclusive, and then the class of the finding"));
            }
            let class = Some(class.trim().to_owned()).filter(|class| !class.is_empty());
            setting(Setting::Expect { verdict, class, span: at })
        }
        "needs" => setting(Setting::Needs(needs(rest).ok_or_else(|| wrong("needs keys; some keys have a value"))?, at)),
        "tags" => {
            let words = rest.split(|c: char| c == ',' || c.is_whitespace()).filter(|tag| !tag.is_empty());
            let tags: Vec<String> = words.map(str::to_owned).collect();
            if tags.is_empty() { Err(wrong("needs one or more words")) } else { setting(Setting::Tags(tags, at)) }
        }
        "skip" => setting(Setting::Skip(text_of("needs a reason, which the report shows")?, at)),
        "clients" => {
            let (name, count) = rest.rsplit_once('=').ok_or_else(|| wrong("needs a lifeline, `=`, and a number"))?;
            let name = name.trim();
            let name = unquote(name).map_or_else(|| name.to_owned(), std::borrow::Cow::into_owned);
            let count: u32 = count.trim().parse().map_err(|_| wrong("needs a whole number after the `=`"))?;
            if name.is_empty() {
                return Err(wrong("needs a lifeline before the `=`"));
            }
            if count == 0 || count as usize > super::limits::PARTICIPANTS {
                return Err(wrong("needs a number from 1 to 10,000"));
            }
            setting(Setting::Clients(Clients { name, count, span: at }))
        }
        "breaks" => {
            let breaks = Breaks::ALL.into_iter().find(|(_, word)| rest.eq_ignore_ascii_case(word));
            setting(Setting::Breaks(breaks.ok_or_else(|| wrong("needs one of line-feed, backslash-n"))?.0, at))
        }
        "within" => body(DirectiveKind::Within(time(rest)?)),
        "after" => body(DirectiveKind::After(time(rest)?)),
        "between" => {
            let (low, high) = rest.split_once(" and ").ok_or_else(|| wrong("needs two times with `and` in between"))?;
            let (low, high): (Duration, Duration) = (time(low)?, time(high)?);
            if low > high {
                return Err(wrong("needs the smaller time first"));
            }
            body(DirectiveKind::Between(low, high))
        }
        "never" => no_more(DirectiveKind::Never),
        "unordered" => no_more(DirectiveKind::Unordered),
        "raw" => no_more(DirectiveKind::Raw),
        "depends" => match (unquote(rest), rest.parse::<u32>()) {
            (Some(label), _) if !label.is_empty() => body(DirectiveKind::Depends(ArrowRef::Label(label.into_owned()))),
            (None, Ok(number)) if number > 0 => body(DirectiveKind::Depends(ArrowRef::Number(number))),
            _ => Err(wrong("needs the number of an arrow, from 1, or its label in quotes")),
        },
        "known-failure" => body(DirectiveKind::KnownFailure(text_of("needs a reason, which the report shows")?)),
        "ignore" => body(DirectiveKind::Ignore(frames(text_of("needs a pattern")?))),
        "consider" => body(DirectiveKind::Consider(frames(text_of("needs a pattern")?))),
        "quote" => {
            let (text, source) =
                quoted_first(rest).ok_or_else(|| wrong("needs the clause in quotes, then its source"))?;
            body(DirectiveKind::Quote { text, source })
        }
        "allow" => {
            let (code, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if code.is_empty() {
                return Err(wrong("needs the code of a finding"));
            }
            body(DirectiveKind::Allow { code: code.to_owned(), reason: reason.trim().to_owned() })
        }
        other => Err(unknown(other, text, at)),
    }
}

/// The word of a directive in the body.
pub fn word_of(kind: &DirectiveKind) -> &'static str {
    match kind {
        DirectiveKind::Within(_) => "within",
        DirectiveKind::After(_) => "after",
        DirectiveKind::Between(..) => "between",
        DirectiveKind::Never => "never",
        DirectiveKind::Unordered => "unordered",
        DirectiveKind::Depends(_) => "depends",
        DirectiveKind::KnownFailure(_) => "known-failure",
        DirectiveKind::Ignore(_) => "ignore",
        DirectiveKind::Consider(_) => "consider",
        DirectiveKind::Quote { .. } => "quote",
        DirectiveKind::Raw => "raw",
        DirectiveKind::Allow { .. } => "allow",
    }
}

/// A setting as [`read`] reads it.
pub fn print_setting(setting: &Setting) -> String {
    match setting {
        Setting::Binding(name, _) => format!("binding {name}"),
        Setting::Timeout(time, _) => format!("timeout {}", print_duration(*time)),
        Setting::Settle(time, _) => format!("settle {}", print_duration(*time)),
        Setting::Seed(seed, _) => format!("seed {seed}"),
        Setting::Order(mode, _) => format!("order {}", mode.word()),
        Setting::Simulate(names, _) => format!("simulate {}", join_names(names.iter().map(String::as_str))),
        Setting::Test(names, _) => format!("test {}", join_names(names.iter().map(String::as_str))),
        Setting::Server(names, _) => format!("server = {}", join_names(names.iter().map(String::as_str))),
        Setting::Silent(names, _) => format!("silent {}", join_names(names.iter().map(String::as_str))),
        Setting::Var { name, value, .. } => format!("var {name} = {value}").trim_end().to_owned(),
        Setting::Expect { verdict, class: None, .. } => format!("expect {verdict}"),
        Setting::Expect { verdict, class: Some(class), .. } => format!("expect {verdict} {class}"),
        Setting::Needs(needs, _) => {
            let needs = needs.iter().map(|(key, value)| match value {
                Some(value) => format!("{key}={value}"),
                None => key.clone(),
            });
            format!("needs {}", needs.collect::<Vec<_>>().join(", "))
        }
        Setting::Tags(tags, _) => format!("tags {}", tags.join(", ")),
        Setting::Skip(reason, _) => format!("skip {reason}"),
        Setting::Breaks(breaks, _) => format!("breaks {}", breaks.word()),
        Setting::Clients(clients) => {
            format!("clients {} = {}", join_names([clients.name.as_str()]), clients.count)
        }
    }
}

/// A directive as [`read`] reads it; `name` says what a participant is called.
pub fn print_directive(
    kind: &DirectiveKind,
    name: impl Fn(crate::diagram::ParticipantId) -> String,
    known: impl Fn(&str) -> bool,
) -> String {
    let word = word_of(kind);
    match kind {
        DirectiveKind::Never | DirectiveKind::Unordered | DirectiveKind::Raw => word.to_owned(),
        DirectiveKind::Within(time) | DirectiveKind::After(time) => format!("{word} {}", print_duration(*time)),
        DirectiveKind::Between(low, high) => {
            format!("{word} {} and {}", print_duration(*low), print_duration(*high))
        }
        DirectiveKind::Depends(ArrowRef::Number(number)) => format!("{word} {number}"),
        DirectiveKind::Depends(ArrowRef::Label(label)) => format!("{word} {}", quote(label)),
        DirectiveKind::KnownFailure(reason) => format!("{word} {reason}"),
        DirectiveKind::Ignore(frames) | DirectiveKind::Consider(frames) => {
            let at: Vec<String> = frames.at.iter().map(|&id| name(id)).collect();
            let ambiguous = at_and_pattern(&frames.pattern, &known).is_some();
            match (at.is_empty(), ambiguous) {
                (true, false) => format!("{word} {}", frames.pattern),
                (true, true) => format!("{word} *: {}", frames.pattern),
                (false, _) => format!("{word} {}: {}", join_names(at.iter().map(String::as_str)), frames.pattern),
            }
        }
        DirectiveKind::Quote { text, source } => format!("{word} {} {source}", quote(text)).trim_end().to_owned(),
        DirectiveKind::Allow { code, reason } => format!("{word} {code} {reason}").trim_end().to_owned(),
    }
}

/// Takes `A, B:` off the front of a pattern where all of these are lifelines (`*:` is all of them).
///
/// A pattern may hold colons itself, so only known names count.
pub(super) fn at_and_pattern(text: &str, known: impl Fn(&str) -> bool) -> Option<(Vec<String>, &str)> {
    let colon = colon_outside_quotes(text)?;
    let (before, after) = (text[..colon].trim(), text[colon + 1..].trim());
    if before == "*" {
        return Some((Vec::new(), after));
    }
    let names: Vec<String> = split_names(before).into_iter().map(|(_, name)| name.into_owned()).collect();
    names.iter().all(|name| known(name)).then_some((names, after))
}

fn colon_outside_quotes(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })
}

/// The whole text as pattern: who is meant is known only when all lifelines are.
fn frames(pattern: String) -> Frames {
    Frames { at: Vec::new(), pattern }
}

fn needs(text: &str) -> Option<Vec<(String, Option<String>)>> {
    text.split(',')
        .map(|need| match need.split_once('=') {
            Some((key, value)) => (key.trim().to_owned(), Some(value.trim().to_owned())),
            None => (need.trim().to_owned(), None),
        })
        .map(|need| (!need.0.is_empty()).then_some(need))
        .collect()
}

/// A text in quotes and what stands behind it.
fn quoted_first(text: &str) -> Option<(String, String)> {
    let closing = text.match_indices('"').skip(1);
    closing.into_iter().find_map(|(at, _)| {
        let quoted = unquote(&text[..=at])?;
        Some((quoted.into_owned(), text[at + 1..].trim().to_owned()))
    })
}

fn unknown(word: &str, text: &str, at: Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(DIRECTIVE, format!("there is no directive `{word}`")).at(at, "");
    // What is far longer than every word is near none of them.
    let lower = if word.len() < 32 { word.to_lowercase() } else { String::new() };
    let near = WORDS.iter().map(|&(known, example)| (strsim::damerau_levenshtein(&lower, known), known, example));
    let near = near.filter(|&(distance, ..)| distance <= 2).min_by_key(|&(distance, ..)| distance);
    if let Some((_, known, example)) = near {
        // A directive goes to the end of its text.
        let start = at.range().end.saturating_sub(text.len());
        let own = Span::new(at.source, start, start + word.len());
        diagnostic = diagnostic.with_help(format!("did you mean: #@ {example}")).with_edit(own, known);
    }
    let words: Vec<&str> = WORDS.iter().map(|&(word, _)| word).collect();
    diagnostic.with_note(format!("the directives are {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::{Read, WORDS, at_and_pattern, print_directive, print_setting, read};
    use crate::source::Span;

    fn again(text: &str) -> String {
        match read(text, Span::default()) {
            Ok(Read::Setting(setting)) => print_setting(&setting),
            Ok(Read::Body(kind)) => print_directive(&kind, |_| String::new(), |name| name == "Alice"),
            Err(diagnostic) => format!("{}: {:?}", diagnostic.message, diagnostic.help),
        }
    }

    #[test]
    fn every_example_is_read_and_printed_as_it_is_written() {
        for (word, example) in WORDS {
            assert!(example.starts_with(word));
            assert_eq!(again(example), example);
        }
    }

    #[test]
    fn other_spellings_have_one_canonical_form() {
        for (text, canonical) in [
            ("  Timeout  5 seconds ", "timeout 5s"),
            ("tags a b,c", "tags a, b, c"),
            ("needs a , b = c", "needs a, b=c"),
            ("var x=a = b", "var x = a = b"),
            ("simulate \"A\", \"B, C\"", "simulate A, \"B, C\""),
            ("depends \"a \\\"b\\\"\"", "depends \"a \\\"b\\\"\""),
            ("ORDER Local", "order local"),
            ("quote \"x \\\" y\"", "quote \"x \\\" y\""),
            ("ignore message: {x}", "ignore message: {x}"),
            ("clients \"A=B\" = 3", "clients \"A=B\" = 3"),
        ] {
            assert_eq!(again(text), canonical, "{text}");
            assert_eq!(again(canonical), canonical, "{text}");
        }
    }

    #[test]
    fn a_pattern_that_looks_like_a_list_of_lifelines_is_told_apart() {
        let known = |name: &str| name == "Alice";
        assert_eq!(at_and_pattern("Alice: {x}", known), Some((vec!["Alice".to_owned()], "{x}")));
        assert_eq!(at_and_pattern("*: Alice: {x}", known), Some((Vec::new(), "Alice: {x}")));
        assert_eq!(at_and_pattern("message: {x}", known), None);
        assert_eq!(again("ignore Alice: {x}"), "ignore *: Alice: {x}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let errors: Vec<String> = [
            "",
            "timout 5s",
            "timeout",
            "timeout soon",
            "seed x",
            "order fast",
            "simulate A,,B",
            "var x",
            "var = 3",
            "expect bang",
            "needs ,",
            "tags ,",
            "skip",
            "clients A",
            "clients A = 0",
            "clients = 4",
            "breaks",
            "breaks here",
            "between 1s",
            "between 2s and 1s",
            "never ever",
            "depends",
            "depends 0",
            "depends x",
            "quote clause",
            "allow",
            "ignore",
        ]
        .into_iter()
        .map(again)
        .collect();
        insta::with_settings!({snapshot_path => "../../snapshots/syntax", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("directive_errors", errors.join("\n"));
        });
    }
}
