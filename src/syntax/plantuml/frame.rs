//! `@startuml … @enduml`: where a diagram begins and ends, and what stands before its lines.

use super::OTHER_KIND;
use super::lines::starts_with;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Input, TextLine};
use std::ops::Range;

/// Where the statements of a diagram stand.
#[derive(Debug)]
pub(super) struct Frame {
    /// First byte behind the opening line, in the source.
    pub body: usize,
    /// The opening line, where there is one.
    pub started: Option<Span>,
    /// The name behind `@startuml`.
    pub name: Option<(String, Span)>,
}

/// What other `@start…` lines open.
const OTHERS: [(&str, &str); 20] = [
    ("mindmap", "a mind map"),
    ("gantt", "a Gantt chart"),
    ("wbs", "a work breakdown structure"),
    ("json", "a drawing of JSON data"),
    ("yaml", "a drawing of YAML data"),
    ("salt", "a mock-up of a user interface"),
    ("ditaa", "a ditaa drawing"),
    ("dot", "a Graphviz graph"),
    ("math", "a formula"),
    ("latex", "a formula"),
    ("ebnf", "a syntax diagram"),
    ("regex", "a drawing of a regular expression"),
    ("chronology", "a chronology"),
    ("chen", "an entity-relationship diagram"),
    ("board", "a board"),
    ("git", "a history of commits"),
    ("hcl", "a drawing of HCL data"),
    ("files", "a list of files"),
    ("project", "a Gantt chart"),
    ("creole", "a text"),
];

impl Frame {
    /// The first diagram of the text; the whole text where no line begins one.
    pub fn find(input: Input<'_>) -> Result<Self, Diagnostic> {
        let whole = input.whole();
        let Some((line, behind)) = lines(input).find_map(|line| Some((line, begins(line.text)?))) else {
            return Ok(Self { body: whole.start as usize, started: None, name: None });
        };
        let at = input.line_span(line);
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        // PlantUML looks no further than the kind: what stands right behind it is a name, too.
        if !starts_with(behind, "uml") {
            return Err(other(&behind[..end].to_ascii_lowercase(), at));
        }
        let name = behind["uml".len()..].trim();
        let name = (!name.is_empty()).then(|| (name.to_owned(), at));
        Ok(Self { body: line.start + line.text.len(), started: Some(at), name })
    }
}

fn other(word: &str, at: Span) -> Diagnostic {
    let what = OTHERS.iter().find(|(known, _)| *known == word).map_or("another kind of diagram", |(_, what)| what);
    Diagnostic::error(OTHER_KIND, format!("this is {what}, not a sequence diagram"))
        .at(at, format!("because of `@start{word}`"))
        .with_help("seqcheck reads sequence diagrams: from `@startuml` to `@enduml`")
}

/// What a line says behind `@start`, where it begins a diagram. PlantUML knows `\start` too, from Doxygen; so that a
/// text may begin with that word, only the known kinds of diagrams stand behind it.
pub(super) fn begins(text: &str) -> Option<&str> {
    let known = |word: &str| starts_with(word, "uml") || OTHERS.iter().any(|(kind, _)| starts_with(word, kind));
    behind(text, '@', "start").or_else(|| behind(text, '\\', "start").filter(|word| known(word)))
}

/// What a line says behind `@end` or `\end`, where it ends a diagram.
pub(super) fn ends(text: &str) -> Option<&str> {
    behind(text, '@', "end").or_else(|| behind(text, '\\', "end"))
}

fn behind<'t>(text: &'t str, sign: char, word: &str) -> Option<&'t str> {
    let text = text.strip_prefix(sign)?;
    starts_with(text, word).then(|| &text[word.len()..])
}

/// `@startuml`, `@enduml` and their like.
pub(super) fn is_marker(text: &str) -> bool {
    begins(text).is_some() || ends(text).is_some()
}

/// What stands before `@start…` in the line that begins a diagram, and before the lines below it: a diagram may stand
/// in a comment of something else. PlantUML takes it away wherever it finds it.
#[derive(Clone, Copy, Debug, Default)]
struct Before<'a>(&'a str);

impl<'a> Before<'a> {
    /// The line, as it stands, without what stands before the lines of its diagram.
    fn strip(&mut self, raw: &'a str) -> &'a str {
        if let Some(before) = before_start(raw) {
            self.0 = before;
        }
        if self.0.starts_with(raw) {
            return &raw[raw.len()..];
        }
        raw.strip_prefix(self.0).unwrap_or(raw)
    }
}

/// What stands before `@start` or `\start`: signs, and words in angle brackets.
fn before_start(raw: &str) -> Option<&str> {
    let mut in_tag = false;
    for (at, sign) in raw.char_indices() {
        let rest = &raw[at..];
        if rest.starts_with("@start") || rest.starts_with("\\start") {
            return Some(&raw[..at]);
        }
        match sign {
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            '<' => in_tag = true,
            '~' | '_' => return None,
            sign if sign.is_ascii_alphanumeric() => return None,
            _ => {}
        }
    }
    None
}

/// Whether a line begins a diagram, whatever stands before `@start`.
pub(super) fn is_begin(line: &str) -> bool {
    begins(Before::default().strip(line).trim()).is_some()
}

/// The lines of a text without what stands before the lines of their diagram.
pub(super) fn lines<'a>(input: Input<'a>) -> impl Iterator<Item = TextLine<'a>> {
    let mut before = Before::default();
    input.lines().map(move |line| {
        let raw = before.strip(line.raw);
        if raw.len() == line.raw.len() {
            return line;
        }
        let begin = line.start - line.indent + (line.raw.len() - raw.len());
        let text = raw.trim_start();
        let indent = raw.len() - text.len();
        TextLine { text: text.trim_end(), start: begin + indent, indent, raw }
    })
}

/// The parts of a text from an `@start…` line to the `@end…` that closes it, with what stands before the first; the whole
/// where there is none.
pub(super) fn parts(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    // Whether the diagram that is open says anything: `' @startuml` in a comment begins it anew.
    let mut said = false;
    let mut before = Before::default();
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    for full in text[at..].split_inclusive('\n') {
        let line = before.strip(full.trim_end_matches(['\r', '\n']));
        let marker = line.trim();
        if let Some(behind) = ends(marker) {
            // What stands behind the word is not of the diagram: `@enduml -->`.
            let word = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
            let inside = line.len() - line.trim_start().len() + (marker.len() - behind.len()) + word;
            let end = at + full.trim_end_matches(['\r', '\n']).len() - line.len() + inside;
            parts.extend(begun.take().map(|start| start..end));
        } else if begins(marker).is_some() {
            // A diagram that is not closed ends where the next one begins.
            parts.extend(begun.filter(|_| said).map(|start| start..at));
            begun = Some(at);
            said = false;
        } else {
            said |= !marker.is_empty() && !marker.starts_with('\'');
        }
        at += full.len();
    }
    parts.extend(begun.map(|start| start..text.len()));
    if parts.is_empty() { std::iter::once(0..text.len()).collect() } else { parts }
}

/// A diagram of one part of a text, written for the place of that part: with what stands before its first line, and
/// before the others where it stands there now.
///
/// # Errors
/// Some lines have it and some have not: the line of the part that differs from the one below the first, from 0.
pub(super) fn in_place(part: &str, written: &str) -> Result<String, usize> {
    let before = part.lines().next().and_then(before_start).unwrap_or_default();
    if before.trim().is_empty() {
        return Ok(written.to_owned());
    }
    // An empty line of a comment says nothing, and PlantUML takes the begin of what stands before for one.
    let said = part.lines().enumerate().skip(1).filter(|(_, line)| !before.starts_with(line));
    let mut has = said.map(|(number, line)| (number, line.starts_with(before)));
    let all = has.next().is_some_and(|(_, first)| first);
    if let Some((number, _)) = has.find(|(_, it)| *it != all) {
        return Err(number);
    }
    let mut out = String::with_capacity(written.len());
    for (number, line) in written.split_inclusive('\n').enumerate() {
        if number == 0 || all {
            out.push_str(if line.trim().is_empty() { before.trim_end() } else { before });
        }
        out.push_str(line);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{before_start, in_place, parts};

    #[test]
    fn signs_and_tags_may_stand_before_the_begin() {
        for (line, before) in [
            ("@startuml", Some("")),
            ("  @startuml", Some("  ")),
            (" * @startuml x", Some(" * ")),
            ("// \\startuml", Some("// ")),
            ("<!-- @startuml", Some("<!-- ")),
            ("<b class=x>@startuml", Some("<b class=x>")),
            ("é @startuml", Some("é ")),
            ("see @startuml", None),
            ("~@startuml", None),
            ("@STARTUML", None),
            ("' @STARTUML", None),
            ("<", None),
            ("", None),
        ] {
            assert_eq!(before_start(line), before, "{line}");
        }
    }

    #[test]
    fn a_part_ends_with_the_word_that_ends_it() {
        for (text, wanted) in [
            ("<!-- @startuml\nA -> B\n@enduml -->\n", vec!["<!-- @startuml\nA -> B\n@enduml"]),
            ("x\r\n# @startuml\r\n# A -> B\r\n# @enduml\r\n", vec!["# @startuml\r\n# A -> B\r\n# @enduml"]),
            ("\u{feff}'@startuml\n'A -> B\n'@enduml x", vec!["'@startuml\n'A -> B\n'@enduml"]),
            ("\\startuml\nA -> B\n\\enduml\n@startuml", vec!["\\startuml\nA -> B\n\\enduml", "@startuml"]),
            ("* @startuml\nA -> B\n@startuml\n", vec!["* @startuml\nA -> B\n", "@startuml\n"]),
            ("@startuml\n' @startuml why\nA -> B\n@enduml", vec!["' @startuml why\nA -> B\n@enduml"]),
            ("A -> B\n@enduml\n", vec!["A -> B\n@enduml\n"]),
        ] {
            let found: Vec<&str> = parts(text).into_iter().map(|part| &text[part]).collect();
            assert_eq!(found, wanted, "{text:?}");
        }
    }

    #[test]
    fn what_stands_before_is_written_where_it_stood() {
        let new = "@startuml\nA -> B\n\n@enduml\n";
        for (part, written) in [
            ("@startuml\n@enduml", Ok(new)),
            ("  @startuml\n  @enduml", Ok(new)),
            (" * @startuml\n *\n * A->B\n * @enduml", Ok(" * @startuml\n * A -> B\n *\n * @enduml\n")),
            ("/* @startuml\nA->B\n@enduml", Ok("/* @startuml\nA -> B\n\n@enduml\n")),
            ("# @startuml\n# A->B\nB->A\n# @enduml", Err(2)),
            ("# @startuml\n\n# A->B\n@enduml", Err(3)),
        ] {
            assert_eq!(in_place(part, new), written.map(str::to_owned), "{part}");
        }
    }
}
