//! Blocks: where they open, go on, and close.

use super::colour;
use super::disguise::Disguise;
use super::grammar::{Rule, find, read};
use super::mistakes;
use super::reader::{Outcome, Reader, word};
use super::statement::{Statement, Text};
use crate::diagram::{FragmentKind, Turns};
use crate::source::{Diagnostic, Span};
use crate::syntax::{SYNTAX, read_turns};

impl Reader<'_> {
    /// `alt the room is full`, `else`, `box Aqua Title`
    pub fn block(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::block, statement.text) else { return Outcome::Unread };
        let word = find(&pair, Rule::block_word).map_or_else(String::new, |word| word.as_str().to_ascii_lowercase());
        let text = statement.text_of(&pair, &mut self.builder);
        let (at, start) = (statement.whole(&pair), text.start);
        match word.as_str() {
            "else" | "and" | "option" => self.operand(&word, text.text.trim(), at),
            "box" => {
                let (colour, title) = colour::split(&text.text);
                // `transparent` is no colour, and parts a title from the colour that it seems to begin with.
                let colour = colour.filter(|colour| !colour.eq_ignore_ascii_case("transparent"));
                let style = [colour, text.wrap].into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.open.push((word.clone(), at));
                self.builder.open_group(&word, title, Some(style).filter(|style| !style.is_empty()), at);
            }
            _ => self.fragment(&word, text, at),
        }
        Outcome::Done { length: pair.as_span().end(), text: Some(start) }
    }

    fn fragment(&mut self, word: &str, text: Text, at: Span) {
        // Blanks written as entities say nothing in a condition.
        let mut guard = text.text.trim().to_owned();
        let mut style: Vec<String> = text.wrap.into_iter().map(str::to_owned).collect();
        let kind = match word {
            "alt" => FragmentKind::Alt,
            "opt" => FragmentKind::Opt,
            "break" => FragmentKind::Break,
            "critical" => FragmentKind::Critical,
            "rect" => {
                // `transparent` is no colour, and what is printed where there is none.
                style.extend((guard != "transparent" && !guard.is_empty()).then(|| std::mem::take(&mut guard)));
                guard.clear();
                FragmentKind::Rect
            }
            "loop" => match read_turns(&guard) {
                Ok((turns, rest)) => {
                    guard = rest.to_owned();
                    FragmentKind::Loop(turns)
                }
                Err(problem) => {
                    let warning = Diagnostic::warning(SYNTAX, problem).at(at, "only a text in Mermaid");
                    self.builder.problem(warning.with_help("for example: loop 3, loop 1..5, loop 0..*"));
                    FragmentKind::Loop(Turns::Free)
                }
            },
            _ => {
                style.extend((word == "par_over").then(|| word.to_owned()));
                FragmentKind::Par
            }
        };
        let (kind, guard) = match (self.disguise.take(), word) {
            (Some((Disguise::Block(kind, guard), _)), "rect") => {
                style.retain(|colour| colour != super::NEUTRAL);
                (kind, guard)
            }
            (Some((Disguise::Block(kind, _), _)), "par") => (kind, guard),
            (other, _) => {
                self.disguise = other;
                (kind, guard)
            }
        };
        self.open.push((word.to_owned(), at));
        let style = style.join(" ");
        self.builder.open(word, kind, &guard, Some(style).filter(|style| !style.is_empty()), at);
    }

    fn operand(&mut self, word: &str, guard: &str, at: Span) {
        let fits = match self.open.last().map(|(open, _)| open.as_str()) {
            Some("alt") => word == "else",
            Some("par" | "par_over") => word == "and",
            Some("critical") => word == "option",
            _ => false,
        };
        if !fits {
            let problem = mistakes::misplaced_operand(word, at, self.open.last());
            self.builder.problem(problem);
            return;
        }
        if word == "option" {
            self.builder.set_kind(FragmentKind::TryRecover);
        }
        self.builder.operand(word, guard, at, |_| true);
    }

    /// `end`; what follows it in the line is a statement of its own.
    pub fn end(&mut self, statement: &Statement<'_>, line_end: usize) -> Outcome {
        let Some(pair) = read(Rule::end, statement.text) else { return Outcome::Unread };
        let at = statement.span(0, 3);
        let behind = self.input.text()[statement.start + 3..line_end].trim();
        let next = word(behind);
        let closed = self.open.pop();
        self.builder.close("", at);
        if !next.is_empty() && next.len() == behind.len() && mistakes::is_block(next) {
            let problem = mistakes::end_of_kind(next, statement.span(0, line_end - statement.start), closed.as_ref());
            self.builder.problem(problem);
            return Outcome::Done { length: line_end - statement.start, text: None };
        }
        Outcome::Done { length: pair.as_span().end(), text: None }
    }

    /// Whether the innermost open block is a `box`.
    pub fn in_box(&self) -> bool {
        self.open.last().is_some_and(|(word, _)| word == "box")
    }

    /// Reports a statement in a `box` that does not belong there.
    pub fn box_holds(&mut self, word: &str, statement: &Statement<'_>) {
        let Some(("box", opened)) = self.open.last().map(|(word, at)| (word.as_str(), *at)) else { return };
        if !matches!(word, "participant" | "actor" | "destroy" | "end") {
            let error = Diagnostic::error(SYNTAX, "a `box` can contain only participants")
                .at(statement.all(), "")
                .see(opened, "the box begins here")
                .with_help("close the box with `end` below its last participant");
            self.builder.problem(error);
        }
    }
}
