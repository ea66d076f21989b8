//! Fragments: what opens them, parts them and closes them.

use super::grammar::{Rule, read};
use super::keywords::Opener;
use super::{Outcome, Reader, takes_else};
use crate::diagram::{FragmentKind, Turns};
use crate::source::Diagnostic;
use crate::syntax::{SYNTAX, TextLine, read_turns};

impl<'a> Reader<'a> {
    /// `alt GUARD` and its like.
    pub(super) fn open(&mut self, opener: &Opener, word: &'a str, line: TextLine<'a>) -> Outcome {
        let at = self.input.line_span(line);
        let pair = match read(Rule::fragment, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "block", "alt the room is full"),
        };
        let (mut style, mut text) = (None, "");
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::colours => style = Some(part.as_str().to_owned()),
                Rule::rest => text = part.as_str().trim(),
                _ => {}
            }
        }
        let word = word.to_ascii_lowercase();
        match opener {
            Opener::Guarded(kind) => self.builder.open(&word, kind.clone(), text, style, at),
            Opener::Loop => {
                let (turns, guard) = read_turns(text).unwrap_or_else(|problem| {
                    let help = "for example: loop 3, loop 1..5, loop 0..*";
                    self.builder.problem(Diagnostic::error(SYNTAX, problem).at(at, "").with_help(help));
                    (Turns::Free, text)
                });
                self.builder.open(&word, FragmentKind::Loop(turns), guard, style, at);
            }
            Opener::Ignore | Opener::Consider => {
                let patterns = patterns(text);
                if patterns.is_empty() {
                    let error = Diagnostic::error(SYNTAX, format!("`{word}` needs patterns")).at(at, "");
                    self.builder.problem(error.with_help(format!("for example: {word} {{user typing, ping}}")));
                }
                if let Some(unpaired) = patterns.iter().find(|pattern| !is_paired(pattern)) {
                    let error =
                        Diagnostic::error(SYNTAX, format!("a brace in `{unpaired}` has no matching brace")).at(at, "");
                    self.builder.problem(error.with_help(format!("for example: {word} {{user typing, ping {{n}}}}")));
                }
                let kind = if *opener == Opener::Ignore { FragmentKind::Ignore } else { FragmentKind::Consider };
                self.builder.open(&word, kind(patterns), "", style, at);
            }
            Opener::Braced(_) if text.eq_ignore_ascii_case("off") => self.builder.close(&word, at),
            Opener::Braced(kind) => {
                let guard = text.strip_suffix('{').unwrap_or(text).trim_end();
                self.builder.open(&word, kind.clone(), guard, style, at);
            }
            Opener::Rect => {
                let style = style.unwrap_or_else(|| text.to_owned());
                self.builder.open(&word, FragmentKind::Rect, "", Some(style).filter(|style| !style.is_empty()), at);
            }
            Opener::Named => {
                // goseq: `block(fullwidth="true"): text`
                let text = match text.strip_prefix('(').and_then(|inner| inner.split_once("):")) {
                    Some((_, behind)) if word == "block" => behind.trim(),
                    Some(_) | None => text,
                };
                let guard = if word == "block" { text.to_owned() } else { format!("{word} {text}") };
                self.builder.open(&word, FragmentKind::Group, guard.trim_end(), style, at);
            }
        }
        Outcome::Done
    }

    /// `else GUARD`
    pub(super) fn else_line(&mut self, word: &str, behind: &str, line: TextLine<'_>) -> Outcome {
        let guard = behind.strip_prefix(':').unwrap_or(behind).trim();
        if self.builder.innermost() == Some(&FragmentKind::Critical) {
            self.builder.set_kind(FragmentKind::TryRecover);
        }
        self.builder.operand(&word.to_ascii_lowercase(), guard, self.input.line_span(line), takes_else);
        Outcome::Done
    }

    /// `and GUARD`, in `par` alone.
    pub(super) fn and_line(&mut self, word: &str, behind: &str, line: TextLine<'_>) -> Outcome {
        let at = self.input.line_span(line);
        if self.builder.innermost() != Some(&FragmentKind::Par) {
            let error =
                Diagnostic::error(SYNTAX, "`and` belongs to a `par` block, but no `par` is open here").at(at, "");
            return Outcome::Declined(error.with_help("for example: par … and … end"));
        }
        let guard = behind.strip_prefix(':').unwrap_or(behind).trim();
        self.builder.operand(&word.to_ascii_lowercase(), guard, at, |kind| *kind == FragmentKind::Par);
        Outcome::Done
    }

    /// `end`, `end alt`
    pub(super) fn end(&mut self, word: &str, behind: &str, line: TextLine<'_>) -> Outcome {
        let at = self.input.line_span(line);
        let tail = word.get(3..).filter(|tail| !tail.is_empty()).unwrap_or(behind).trim();
        if !tail.eq_ignore_ascii_case(behind) || !self.reads_as_message(line) {
            if ["note", "state", "rbox", "abox", "ref"].iter().any(|note| tail.eq_ignore_ascii_case(note)) {
                let error =
                    Diagnostic::error(SYNTAX, format!("this `end {tail}` closes nothing: no such text is open"));
                self.builder.problem(error.at(at, "").with_help("remove the line"));
            } else if tail.split_whitespace().nth(1).is_some() && (tail.contains("->") || tail.contains("<-")) {
                return Outcome::Declined(Diagnostic::error(SYNTAX, "text after `end`").at(at, ""));
            } else {
                self.builder.close(tail, at);
            }
            return Outcome::Done;
        }
        // `End User->Server: text`
        Outcome::Declined(Diagnostic::error(SYNTAX, "text after `end`").at(at, ""))
    }
}

/// `{a, b {x}}` or `a, b`: patterns, at commas that stand in no braces.
fn patterns(text: &str) -> Vec<String> {
    let text = whole_in_braces(text).unwrap_or(text);
    let (mut depth, mut start, mut found) = (0i32, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth <= 0 => {
                found.push(text[start..at].trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim().to_owned());
    found.retain(|pattern| !pattern.is_empty());
    found
}

/// The text between braces where the first closes with the last.
fn whole_in_braces(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|inner| is_paired(inner))
}

/// Whether each brace closes one that was opened, and none stays open: only such patterns can stand in braces.
pub(super) fn is_paired(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::{is_paired, patterns};

    #[test]
    fn patterns_are_parted_at_outer_commas() {
        assert_eq!(patterns("{a, b {x, y} c,d}"), ["a", "b {x, y} c", "d"]);
        assert_eq!(patterns("a, {x} b"), ["a", "{x} b"]);
        assert_eq!(patterns("{x} and {y}"), ["{x} and {y}"]);
        assert_eq!(patterns("{{x}}"), ["{x}"]);
        assert!(patterns("{}").is_empty());
    }

    #[test]
    fn braces_have_partners() {
        assert!(is_paired("a {x} b {{y}}"));
        assert!(["{", "}", "{{}", "}{"].iter().all(|text| !is_paired(text)));
    }
}
