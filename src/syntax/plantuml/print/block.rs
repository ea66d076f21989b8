//! Fragments and boxes.

use super::{Printer, fits};
use crate::diagram::{Fragment, FragmentKind, ParticipantGroup, Turns};
use crate::source::Span;
use crate::syntax::plantuml::block::operator;
use crate::syntax::plantuml::grammar::Rule;
use crate::syntax::{print_turns, read_turns};

impl Printer<'_> {
    pub(super) fn group(&mut self, group: &ParticipantGroup) {
        let title = self.one_line(&group.title).into_owned();
        let mut head = match (title.is_empty(), title.contains(['"', '“', '”'])) {
            (true, _) => "box".to_owned(),
            (false, false) => format!("box \"{title}\""),
            (false, true) => {
                let bare = format!("box {}", title.trim());
                // A title that begins with a quote would be read without its quotes.
                let quoted = title.trim_start().starts_with(['"', '“', '”']);
                if quoted || title.contains('#') || !fits(&bare, &[Rule::group_open]) {
                    self.lose("a quote in the title of a box", group.span);
                    format!("box \"{}\"", title.replace(['"', '“', '”'], "'"))
                } else {
                    bare
                }
            }
        };
        if let Some(style) = &group.style {
            let styled = format!("{head} {style}");
            if style.starts_with(['#', '<']) && fits(&styled, &[Rule::group_open]) {
                head = styled;
            } else {
                self.lose(&format!("the style `{style}`"), group.span);
            }
        }
        self.line(&head);
        self.depth += 1;
        self.boxes += 1;
        self.items(&group.body);
        self.boxes -= 1;
        self.depth -= 1;
        self.line("end box");
    }

    pub(super) fn fragment(&mut self, fragment: &Fragment) {
        for (index, operand) in fragment.operands.iter().enumerate() {
            let guard = self.one_line(&operand.guard).into_owned();
            let line = if index == 0 {
                self.opening(&guard, fragment)
            } else {
                if guard
                    .split(' ')
                    .next()
                    .is_some_and(|word| fits(&format!("alt {word}"), &[Rule::fragment]) && word.starts_with('#'))
                {
                    self.lose("a condition that begins like a colour", operand.span);
                }
                self.life.divide();
                let styled = operand.style.as_ref().map(|style| format!("else {style}"));
                match styled.filter(|styled| fits(styled, &[Rule::operand])) {
                    Some(styled) => format!("{styled} {guard}"),
                    None => self.clear("else", &guard, Rule::operand, operand.span),
                }
            };
            self.line(line.trim_end());
            self.depth += 1;
            self.items(&operand.body);
            self.depth -= 1;
        }
        self.life.end();
        self.line("end");
    }

    /// The line that opens a fragment.
    fn opening(&mut self, guard: &str, fragment: &Fragment) -> String {
        let (mut word, text) = self.keyword(guard, fragment);
        let mut style = fragment.style.as_deref().unwrap_or_default();
        let mut same = "";
        if let Some(rest) = style.strip_prefix('&') {
            (same, style) = ("& ", rest);
        }
        for variant in ["par2", "partition"] {
            if let Some(rest) = style.strip_prefix(variant) {
                (word, style) = (variant, rest);
            }
        }
        if !style.is_empty() {
            let glued = if style.starts_with(['#', ' ']) { "" } else { " " };
            let styled = format!("{same}{word}{glued}{style}");
            if fits(&styled, &[Rule::fragment]) && style.contains('#') {
                return format!("{styled} {text}");
            }
            self.lose(&format!("the style `{style}`"), fragment.span);
        }
        self.clear(&format!("{same}{word}"), &text, Rule::fragment, fragment.span)
    }

    /// The line of a keyword and a text, which is read as that; a text such as `-1` would make an arrow of it.
    fn clear(&mut self, word: &str, text: &str, rule: Rule, span: Span) -> String {
        let line = format!("{word} {text}");
        if fits(line.trim(), &[rule]) {
            return line;
        }
        let bracketed = format!("{word} [{text}]");
        if !fits(&bracketed, &[rule]) {
            return line;
        }
        self.lose("a condition that begins like an arrow", span);
        bracketed
    }

    /// The keyword, and the text behind it.
    fn keyword(&mut self, guard: &str, fragment: &Fragment) -> (&'static str, String) {
        let text = guard.to_owned();
        let framed = |word: &str| if guard.is_empty() { word.to_owned() } else { format!("{word} [{guard}]") };
        match &fragment.kind {
            FragmentKind::Alt => ("alt", text),
            FragmentKind::Opt => ("opt", text),
            FragmentKind::Par => ("par", text),
            FragmentKind::Break => ("break", text),
            FragmentKind::Critical => ("critical", text),
            FragmentKind::Loop(turns) => ("loop", self.turns(*turns, guard, fragment)),
            FragmentKind::Ignore(patterns) => ("group", format!("ignore [{}]", patterns.join(", "))),
            FragmentKind::Consider(patterns) => ("group", format!("consider [{}]", patterns.join(", "))),
            FragmentKind::Parallel
            | FragmentKind::Seq
            | FragmentKind::Strict
            | FragmentKind::Neg
            | FragmentKind::Assert => ("group", framed(fragment.kind.keyword())),
            FragmentKind::TryRecover => {
                self.lose("`critical … option` (written as a `critical` with `else`)", fragment.span);
                ("critical", text)
            }
            FragmentKind::Rect => {
                self.lose("a coloured background", fragment.span);
                ("group", text)
            }
            // A name that is an operator's would be read as one.
            FragmentKind::Group if operator(guard).0 != FragmentKind::Group => {
                self.lose(&format!("a group with the name `{guard}`"), fragment.span);
                ("partition", text)
            }
            FragmentKind::Group => ("group", text),
        }
    }

    /// The numbers and the text of a loop.
    fn turns(&mut self, turns: Turns, guard: &str, fragment: &Fragment) -> String {
        let numbers = print_turns(turns);
        let text = format!("{numbers} {guard}").trim().to_owned();
        if read_turns(&text) == Ok((turns, guard)) {
            return text;
        }
        if turns == Turns::Free {
            self.lose("a loop whose text is a number, but not a number of turns", fragment.span);
            return text;
        }
        format!("({numbers}) {guard}")
    }
}
