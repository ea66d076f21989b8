//! Fragments and boxes.

use super::{Printer, name};
use crate::diagram::{Fragment, FragmentKind, ParticipantGroup, Turns};
use crate::syntax::native::fragment::is_paired;
use crate::syntax::native::{grammar, takes_else};
use crate::syntax::{print_turns, quote, read_turns};

impl Printer<'_> {
    pub(super) fn group(&mut self, group: &ParticipantGroup) {
        let colours = self.colours(group.style.as_deref(), group.span);
        let title = self.one_line(&group.title);
        let plain = title.starts_with(char::is_alphanumeric) && !title.contains(['#', '"']) && title.trim() == title;
        let title = match (title.is_empty(), plain) {
            (true, _) => String::new(),
            (false, true) => format!(" {title}"),
            (false, false) => format!(" {}", quote(&title)),
        };
        self.line(&format!("participantgroup{colours}{title}"));
        self.depth += 1;
        self.items(&group.body);
        self.depth -= 1;
        self.line("end");
    }

    pub(super) fn fragment(&mut self, fragment: &Fragment) {
        let several = fragment.operands.len() > 1;
        let mut kind = &fragment.kind;
        if several && !takes_else(kind) && *kind != FragmentKind::Critical {
            self.lose(&format!("`{}` with `else` (written as `alt`)", kind.keyword()), fragment.span);
            kind = &FragmentKind::Alt;
        }
        let part = if *kind == FragmentKind::Par { "and" } else { "else" };
        for (index, operand) in fragment.operands.iter().enumerate() {
            let guard = self.one_line(&operand.guard).into_owned();
            let line = if index == 0 {
                self.opening(kind, &guard, fragment)
            } else {
                if operand.style.is_some() {
                    self.lose("the colour of this part", operand.span);
                }
                let colon = if guard.starts_with(':') || grammar::begins_with_link(&guard) { ":" } else { "" };
                format!("{part}{colon} {guard}")
            };
            self.line(line.trim_end());
            self.depth += 1;
            self.items(&operand.body);
            self.depth -= 1;
        }
        self.line("end");
    }

    fn opening(&mut self, kind: &FragmentKind, guard: &str, fragment: &Fragment) -> String {
        let word = kind.keyword();
        let style = match (&fragment.style, kind) {
            (None, _) => String::new(),
            (Some(style), FragmentKind::Rect) => return format!("{word} {style}"),
            (Some(style), _) if ["par2", "partition", "&"].iter().any(|variant| style.starts_with(variant)) => {
                self.lose("a variant of this block that only PlantUML draws", fragment.span);
                let colours = style.trim_start_matches('&').trim_start_matches("par2").trim_start_matches("partition");
                let colours = Some(colours).filter(|colours| !colours.is_empty());
                self.colours(colours, fragment.span).trim_start().to_owned()
            }
            (Some(_), _) => self.colours(fragment.style.as_deref(), fragment.span).trim_start().to_owned(),
        };
        match kind {
            FragmentKind::Loop(turns) => format!("{word}{style} {}", self.turns(*turns, guard, fragment)),
            FragmentKind::Ignore(patterns) | FragmentKind::Consider(patterns) => {
                let (paired, others): (Vec<_>, Vec<_>) =
                    patterns.iter().map(String::as_str).partition(|text| is_paired(text));
                if !others.is_empty() {
                    self.lose("a pattern with a brace that has no matching brace", fragment.span);
                }
                match paired.is_empty() {
                    true => format!("group{style} {word}"),
                    false => format!("{word}{style} {{{}}}", paired.join(", ")),
                }
            }
            FragmentKind::Alt
            | FragmentKind::Opt
            | FragmentKind::Par
            | FragmentKind::Parallel
            | FragmentKind::Seq
            | FragmentKind::Strict
            | FragmentKind::Break
            | FragmentKind::Critical
            | FragmentKind::TryRecover
            | FragmentKind::Neg
            | FragmentKind::Assert
            | FragmentKind::Group
            | FragmentKind::Rect => {
                // What looks like an arrow or a further colour stands behind a colon.
                let colour = guard.split(' ').next().is_some_and(name::are_colours);
                let colon = style.is_empty() && (grammar::begins_with_link(guard) || colour);
                format!("{word}{style}{} {guard}", if colon { ":" } else { "" })
            }
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
