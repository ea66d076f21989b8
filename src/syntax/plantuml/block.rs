//! Fragments: where they open, go on, and close.

use super::grammar::{Pair, Rule, find, has};
use super::lines::Line;
use super::reader::Reader;
use crate::diagram::{FragmentKind, Turns};
use crate::source::Diagnostic;
use crate::syntax::{SYNTAX, read_turns};

impl Reader<'_> {
    /// `alt#gold #pink text`, `group name [text]`, `par2`, `partition`.
    pub fn fragment(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let word = find(pair, Rule::operator).map(|word| word.as_str().to_ascii_lowercase()).unwrap_or_default();
        let text = find(pair, Rule::text);
        let text = text.as_ref().map_or("", |text| text.as_str().trim());
        let at = line.whole();
        let mut guard = text.to_owned();
        let kind = match word.as_str() {
            "alt" => FragmentKind::Alt,
            "opt" => FragmentKind::Opt,
            "loop" => match read_turns(text) {
                Ok((turns, rest)) => {
                    guard = rest.to_owned();
                    FragmentKind::Loop(turns)
                }
                Err(why) => {
                    self.builder.problem(Diagnostic::error(SYNTAX, why).at(at, "").with_help("write loop 1..5"));
                    FragmentKind::Loop(Turns::Free)
                }
            },
            "par" | "par2" => FragmentKind::Par,
            "break" => FragmentKind::Break,
            "critical" => FragmentKind::Critical,
            "group" => {
                let (kind, rest) = operator(text);
                guard = rest;
                kind
            }
            _ => FragmentKind::Group,
        };
        let mut style = String::new();
        style.push_str(if has(pair, Rule::same_height) { "&" } else { "" });
        style.push_str(if word == "par2" || word == "partition" { &word } else { "" });
        if let Some(colour) = find(pair, Rule::plain) {
            style.push_str(colour.as_str());
        }
        if let Some(background) = find(pair, Rule::background) {
            style.push(' ');
            style.push_str(background.as_str());
        }
        self.open.push((word.clone(), at));
        self.builder.open(&word, kind, &guard, Some(style).filter(|style| !style.is_empty()), at);
    }

    /// `else text`, `also text`, `end text`.
    pub fn operand(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let text = find(pair, Rule::text);
        let text = text.as_ref().map_or("", |text| text.as_str().trim());
        let at = line.whole();
        if has(pair, Rule::end) {
            self.close(line, text);
            return;
        }
        let word = line.text.get(..4).unwrap_or("else").to_ascii_lowercase();
        if let Some((open, began)) = self.open.last().filter(|(open, _)| open == "box") {
            let error = Diagnostic::error(SYNTAX, format!("`{word}` does not belong here"))
                .at(at, "")
                .see(*began, format!("the innermost open block is this `{open}`"));
            self.builder.problem(error.with_help("close the box with `end box` first"));
            return;
        }
        self.life.divide();
        self.builder.operand(&word, text, at, |_| true);
        self.builder.operand_style(find(pair, Rule::plain).map(|colour| colour.as_str().to_owned()));
    }

    fn close(&mut self, line: &Line<'_>, says: &str) {
        let at = line.whole();
        let says = says.to_ascii_lowercase();
        match self.open.last() {
            Some((word, began)) if word == "box" => {
                let error = Diagnostic::error(SYNTAX, "a box is closed by `end box`")
                    .at(at, "this `end` closes alt, loop, group and the like")
                    .see(*began, "the box begins here")
                    .with_help("write `end box`");
                self.builder.problem(error);
            }
            Some((word, began)) if word != &says && self.open.iter().any(|(open, _)| *open == says) => {
                let warning =
                    Diagnostic::warning(SYNTAX, format!("`end {says}` closes the innermost block, a `{word}`"))
                        .at(at, "PlantUML ignores the word after `end`")
                        .see(*began, format!("this `{word}` is closed"))
                        .with_help(format!("write the `end` of the `{word}` above this line"));
                self.builder.problem(warning);
            }
            Some(_) | None => {}
        }
        self.open.pop();
        self.life.end();
        self.builder.close("", at);
    }

    /// At the end of the text: PlantUML closes silently what is still open.
    pub fn close_blocks(&mut self) {
        let mut end = self.input.whole();
        end.start = end.end;
        while let Some((word, at)) = self.open.pop() {
            let closes = if word == "box" { "end box" } else { "end" };
            let warning = Diagnostic::warning(SYNTAX, format!("this `{word}` is never closed"))
                .at(at, "opened here; seqcheck assumes that it ends at the end of the diagram")
                .with_help(format!("write a line `{closes}` below its last statement"));
            self.builder.problem(warning);
            self.builder.close("", end);
        }
    }
}

/// What the text behind `group` means: `strict`, `neg [text]` and their like are operators, anything else a name.
pub(super) fn operator(text: &str) -> (FragmentKind, String) {
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let rest = rest.trim();
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let guard = match inside {
        Some(inside) => inside,
        None if rest.is_empty() => "",
        None => return (FragmentKind::Group, text.to_owned()),
    };
    let patterns =
        || guard.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect();
    let kind = match word {
        "strict" => FragmentKind::Strict,
        "seq" => FragmentKind::Seq,
        "neg" => FragmentKind::Neg,
        "parallel" => FragmentKind::Parallel,
        "assert" => FragmentKind::Assert,
        "ignore" => return (FragmentKind::Ignore(patterns()), String::new()),
        "consider" => return (FragmentKind::Consider(patterns()), String::new()),
        _ => return (FragmentKind::Group, text.to_owned()),
    };
    (kind, guard.to_owned())
}
