//! What of PlantUML's preprocessor is carried out before lines are read: plain `!define`, `!$x = …`, and `!if`, `!ifdef`,
//! `!ifndef`, `!elseif`, `!else`, `!endif` over what is known; and `!include` of a file that is at hand. Everything else is left as it stands.

use super::lines::starts_with;
use super::{frame, include, preprocessor};
use crate::source::{Diagnostic, Span};
use crate::syntax::Input;
use std::collections::BTreeMap;

/// At most so long does a line become by what is put in.
const LENGTH: usize = 64 * 1024;

/// The lines of a text, as far as they do not stay as they are.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// What stands instead of the line that begins at a place: no lines where it is gone.
    made: BTreeMap<usize, Vec<String>>,
    /// The first line that was carried out.
    first: Option<Span>,
}

impl Expanded {
    /// The lines that stand instead of the one that begins here.
    pub fn instead(&self, start: usize) -> Option<&[String]> {
        self.made.get(&start).map(Vec::as_slice)
    }

    /// That lines of the preprocessor were carried out, and do not stand in what is written.
    pub fn expansion_warning(&self) -> Option<Diagnostic> {
        let first = self.first?;
        Some(
            Diagnostic::warning(
                preprocessor::PREPROCESSOR,
                "seqcheck executes these lines of the PlantUML preprocessor",
            )
            .at(first, "the first one")
            .with_note("fmt and convert write their result, not the lines"),
        )
    }
}

/// An `!if` that is open.
struct If {
    /// The lines here are read.
    now: bool,
    /// One of its parts was read.
    taken: bool,
    /// Around it nothing is read, or it was left as it stands.
    outer: bool,
}

/// Carries out what can be.
pub(super) fn expand(input: Input<'_>) -> Expanded {
    let mut all = Expanded::default();
    if !input.text().contains('!') {
        return all;
    }
    let mut state =
        State { input, known: BTreeMap::new(), ifs: Vec::new(), comment: false, defining: false, room: include::BYTES };
    for line in frame::lines(input) {
        let mut made = Vec::new();
        match state.line(line.raw, "", 0, &mut made) {
            Ok(false) => {}
            Ok(true) => {
                all.first = all.first.or(Some(input.line_span(line)));
                all.made.insert(line.start, made);
            }
            Err(Unclear) => return Expanded::default(),
        }
    }
    all
}

/// What cannot be told is left as it stands, and then refused.
struct Unclear;

/// What the lines above have said.
struct State<'a> {
    input: Input<'a>,
    known: BTreeMap<String, String>,
    ifs: Vec<If>,
    comment: bool,
    defining: bool,
    /// So many bytes of included files may still be put in.
    room: usize,
}

impl State<'_> {
    /// Reads one line of the text, or of the file `from`; says whether it is replaced by what was made of it.
    fn line(&mut self, raw: &str, from: &str, depth: usize, made: &mut Vec<String>) -> Result<bool, Unclear> {
        let text = raw.trim();
        if self.comment || text.starts_with("/'") {
            self.comment = !text.contains("'/");
            return Ok(false);
        }
        if text.starts_with('\'') {
            return Ok(false);
        }
        let reads = self.ifs.iter().all(|open| open.now);
        let command = text.strip_prefix('!').map(str::trim_start);
        let ends = |word: &str| command.is_some_and(|command| starts_with(command, word));
        // What is defined over several lines is no line of the diagram, and is refused as a whole.
        if self.defining {
            self.defining = !["enddefinelong", "endprocedure", "endfunction", "endsub"].into_iter().any(ends);
            return Ok(false);
        }
        if ["definelong", "procedure", "function", "unquoted", "final", "startsub", "foreach", "while"]
            .into_iter()
            .any(ends)
            && reads
        {
            self.defining = !(ends("foreach") || ends("while") || ends("function") && text.contains("return"));
            return Ok(false);
        }
        match command.and_then(|command| Command::of(command, &self.known)) {
            Some(Command::If(holds)) => match holds {
                _ if !reads => self.ifs.push(If { now: false, taken: true, outer: true }),
                Some(holds) => self.ifs.push(If { now: holds, taken: holds, outer: false }),
                None => return Err(Unclear),
            },
            Some(Command::Else(holds)) => {
                let Some(open) = self.ifs.last_mut() else { return Ok(false) };
                if !open.outer {
                    let Some(holds) = holds else { return Err(Unclear) };
                    open.now = holds && !open.taken;
                    open.taken |= open.now;
                }
            }
            Some(Command::End) => return Ok(self.ifs.pop().is_some()),
            _ if !reads => {}
            Some(Command::Set(name, value)) => drop(self.known.insert(name, value)),
            Some(Command::Forget(name)) => drop(self.known.remove(&name)),
            None => {
                if preprocessor::included(text).is_some() {
                    return self.include(text, from, depth, made);
                }
                let Some(line) = put_in(raw, &self.known) else { return Ok(false) };
                made.push(line);
            }
        }
        Ok(true)
    }

    /// A line that includes a file: the lines of that, where it is at hand.
    fn include(&mut self, text: &str, from: &str, depth: usize, made: &mut Vec<String>) -> Result<bool, Unclear> {
        let what = preprocessor::included(text).filter(|what| preprocessor::is_file(what) && depth < include::DEPTH);
        let found = what.and_then(|what| {
            let path = include::path_of(from, what)?;
            Some((include::lines(self.input, &path)?, path))
        });
        let Some((lines, path)) = found else { return Ok(false) };
        let size: usize = lines.iter().map(|line| line.len() + 1).sum();
        let Some(room) = self.room.checked_sub(size) else { return Ok(false) };
        self.room = room;
        for line in lines {
            if !self.line(line, &path, depth + 1, made)? {
                made.push(line.to_owned());
            }
        }
        Ok(true)
    }
}

/// A line of the preprocessor that is carried out.
enum Command {
    /// Whether it holds; none where that cannot be told.
    If(Option<bool>),
    Else(Option<bool>),
    End,
    Set(String, String),
    Forget(String),
}

impl Command {
    fn of(text: &str, known: &BTreeMap<String, String>) -> Option<Command> {
        let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let rest = text[word.len()..].trim();
        let defined = |name: &str| known.contains_key(name) || known.contains_key(&format!("${name}"));
        match word.to_ascii_lowercase().as_str() {
            "ifdef" => Some(Command::If(is_name(rest).then(|| defined(rest)))),
            "ifndef" => Some(Command::If(is_name(rest).then(|| !defined(rest)))),
            "if" => Some(Command::If(holds(rest, known))),
            "elseif" => Some(Command::Else(holds(rest, known))),
            "else" => Some(Command::Else(Some(true))),
            "endif" => Some(Command::End),
            "define" => {
                let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                is_name(name).then(|| Command::Set(name.to_owned(), value.trim().to_owned()))
            }
            "undef" | "undefine" => is_name(rest).then(|| Command::Forget(rest.to_owned())),
            "global" | "local" => Command::of(rest, known).filter(|command| matches!(command, Command::Set(..))),
            "" if text.starts_with('$') => {
                let (name, value) = text.split_once('=')?;
                let unless_known = name.ends_with('?');
                let name = name.trim_end_matches('?').trim();
                if !is_name(&name[1..]) {
                    return None;
                }
                let value = value_of(value.trim(), known)?;
                let value = known.get(name).filter(|_| unless_known).cloned().unwrap_or(value);
                Some(Command::Set(name.to_owned(), value))
            }
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The value of an expression: texts, numbers and variables, put together with `+`.
fn value_of(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.trim();
    loop {
        let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c));
        let taken = if let Some(quote) = quote {
            let end = rest[1..].find(quote)? + 1;
            out.push_str(&rest[1..end]);
            end + 1
        } else {
            let end = rest.find(['+', ' ']).unwrap_or(rest.len());
            let word = &rest[..end];
            match word.to_ascii_lowercase().as_str() {
                "%true()" | "true" => out.push('1'),
                "%false()" | "false" => out.push('0'),
                _ if word.starts_with('$') => out.push_str(known.get(word)?),
                _ if !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) => out.push_str(word),
                _ => return None,
            }
            end
        };
        rest = rest[taken..].trim_start();
        if rest.is_empty() {
            return Some(out);
        }
        rest = rest.strip_prefix('+')?.trim_start();
    }
}

/// Whether a condition holds; none where that cannot be told.
fn holds(text: &str, known: &BTreeMap<String, String>) -> Option<bool> {
    let text = text.trim();
    let whole = |text: &'_ str| -> bool {
        // One pair of parentheses around all of it.
        let mut depth = 0_i32;
        text.char_indices().all(|(at, c)| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth > 0 || at + 1 == text.len()
        })
    };
    if text.starts_with('(') && text.ends_with(')') && whole(text) {
        return holds(&text[1..text.len() - 1], known);
    }
    if let Some((one, other)) = text.split_once("||") {
        return Some(holds(one, known)? || holds(other, known)?);
    }
    if let Some((one, other)) = text.split_once("&&") {
        return Some(holds(one, known)? && holds(other, known)?);
    }
    for (sign, equal) in [("==", true), ("!=", false)] {
        if let Some((one, other)) = text.split_once(sign) {
            return Some((value_of(one, known)? == value_of(other, known)?) == equal);
        }
    }
    let inside = |name: &str| Some(text.strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')')?.trim());
    if let Some(inner) = inside("%not") {
        return holds(inner, known).map(|holds| !holds);
    }
    if let Some(inner) = inside("%variable_exists") {
        let name = inner.trim_matches(['"', '\'']);
        return Some(known.contains_key(name));
    }
    if is_name(text) && !text.starts_with(|c: char| c.is_ascii_digit()) && !["true", "false"].contains(&text) {
        return Some(known.contains_key(text));
    }
    let value = value_of(text, known)?;
    Some(!value.is_empty() && value != "0")
}

/// A line with the values put in; none where nothing is.
fn put_in(line: &str, known: &BTreeMap<String, String>) -> Option<String> {
    if known.is_empty() {
        return None;
    }
    let mut text = line.to_owned();
    // A value may name another one; each is put in at most once into what the one before has made.
    for _ in 0..known.len().min(8) {
        let made = once(&text, known)?;
        if made == text || made.len() > LENGTH {
            break;
        }
        text = made;
    }
    (text != line).then_some(text)
}

fn once(line: &str, known: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
        out.push_str(&rest[..start]);
        let word = &rest[start..];
        let sign = usize::from(word.starts_with('$'));
        let end = word[sign..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(word.len(), |end| end + sign);
        let (name, behind) = word.split_at(end);
        out.push_str(known.get(name).map_or(name, String::as_str));
        if out.len() > LENGTH {
            return Some(line.to_owned());
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn read(text: &str) -> Vec<String> {
        read_beside(text, &[])
    }

    fn read_beside(text: &str, beside: &[(&str, &str)]) -> Vec<String> {
        let beside = beside.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())).collect();
        let input = Input::part(text, SourceId(0), 0).with_beside(Some(&beside));
        let all = expand(input);
        let lines = frame::lines(input).flat_map(|line| match all.instead(line.start) {
            Some(made) => made.iter().map(|line| line.trim().to_owned()).collect(),
            None => vec![line.text.to_owned()],
        });
        lines.collect()
    }

    #[test]
    fn a_file_that_is_at_hand_is_put_in() {
        let people = ("people.iuml", "@startuml\n!define HUB hub\nactor nina\n!include parts/more.iuml\n@enduml\n");
        let more = ("parts/more.iuml", "participant hub\n!include ../people.iuml\n");
        let made = read_beside("!include people.iuml\nnina -> HUB : hail", &[people, more]);
        assert_eq!((made[0].as_str(), made[1].as_str()), ("actor nina", "participant hub"));
        assert_eq!(made.last().map(String::as_str), Some("nina -> hub : hail"));
        // One that includes itself comes to an end.
        assert!(made.len() < 60, "{made:?}");
        for left in [
            "!include other.iuml",
            "!include ../people.iuml",
            "!include <people.iuml>",
            "!include https://x/people.iuml",
        ] {
            assert_eq!(read_beside(left, &[people]), [left]);
        }
        assert_eq!(read_beside("!if %false()\n!include people.iuml\n!endif\na -> b", &[people]), ["a -> b"]);
    }

    #[test]
    fn what_is_defined_is_put_in() {
        assert_eq!(read("!define HUB hub\nnina -> HUB : HUBERT"), ["nina -> hub : HUBERT"]);
        assert_eq!(read("!$who = \"ni\" + \"na\"\n$who -> hub : $whom"), ["nina -> hub : $whom"]);
        assert_eq!(read("!$a ?= 1\n!$a ?= 2\nx -> y : $a"), ["x -> y : 1"]);
        assert_eq!(read("!define A B\n!define B A\nA -> x"), ["A -> x"]);
        assert_eq!(
            read("!function $f()\n!return 1\n!endfunction\na -> b"),
            ["!function $f()", "!return 1", "!endfunction", "a -> b"]
        );
    }

    #[test]
    fn one_part_of_an_if_is_read() {
        let text = |condition: &str| read(&format!("!define X\n!$n = 2\n!{condition}\na -> b\n!else\nc -> d\n!endif"));
        for (condition, first) in [
            ("ifdef X", true),
            ("ifdef Y", false),
            ("ifndef Y", true),
            ("if ($n == 2)", true),
            ("if $n != \"2\" || %not(%variable_exists(\"$n\"))", false),
            ("if %true() && $n", true),
        ] {
            assert_eq!(text(condition), [if first { "a -> b" } else { "c -> d" }], "{condition}");
        }
        assert_eq!(text("if $f(1)").len(), 7, "what cannot be told stays");
        assert_eq!(read("!if %false()\n!if %true()\na\n!else\nb\n!endif\n!elseif %true()\nc\n!endif"), ["c"]);
    }
}
