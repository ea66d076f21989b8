//! The stack of open blocks, and what can be wrong with it.

use super::pending::Pending;
use super::{Builder, SYNTAX, limits};
use crate::diagram::{Fragment, FragmentKind, Item, Operand, ParticipantGroup};
use crate::source::{Diagnostic, Span};

/// A block that was opened and not yet closed.
#[derive(Debug)]
pub(super) struct Open {
    what: Block,
    /// The keyword as the author wrote it.
    word: String,
    /// The line that opened the block.
    at: Span,
    /// The statements around the block, before it.
    outer: Vec<Item>,
    outer_pending: Pending,
}

#[derive(Debug)]
enum Block {
    /// Complete operands stand in the fragment; the last one waits for its statements.
    Fragment(Fragment),
    Group(ParticipantGroup),
}

impl Builder {
    /// A line that opens a fragment: `alt GUARD`. `word` is the keyword as it was written.
    pub fn open(&mut self, word: &str, kind: FragmentKind, guard: &str, style: Option<String>, at: Span) {
        self.label_limit(guard, at);
        let problems = self.pending.fragment(at);
        problems.into_iter().for_each(|problem| self.problem(problem));
        let operand = Operand { guard: guard.to_owned(), body: Vec::new(), style: None, span: at };
        self.nest(word, Block::Fragment(Fragment { kind, operands: vec![operand], style, span: at }), at);
    }

    /// A line that opens a box around participants.
    pub fn open_group(&mut self, word: &str, title: &str, style: Option<String>, at: Span) {
        self.label_limit(title, at);
        let group = ParticipantGroup { title: title.to_owned(), style, body: Vec::new(), span: at };
        self.nest(word, Block::Group(group), at);
    }

    fn nest(&mut self, word: &str, what: Block, at: Span) {
        if self.stack.len() < limits::NESTING {
            let outer = std::mem::take(&mut self.items);
            let outer_pending = std::mem::take(&mut self.pending);
            self.stack.push(Open { what, word: word.to_owned(), at, outer, outer_pending });
            return;
        }
        self.too_deep += 1;
        if !self.hit_nesting {
            self.hit_nesting = true;
            let help = "move the inner blocks to a separate diagram, and refer to it: ref over A: name";
            self.problem(limits::exceeded("nested blocks", "64", at, help));
        }
    }

    /// The colour of the operand that was opened last.
    pub fn operand_style(&mut self, style: Option<String>) {
        if let Some(Open { what: Block::Fragment(fragment), .. }) = self.stack.last_mut()
            && let Some(operand) = fragment.operands.last_mut()
        {
            operand.style = style;
        }
    }

    /// A line that begins the next operand (`else`, `and`, `option`, as `word` says). `accepts` says which fragments
    /// take it; the innermost open block must be one of these.
    pub fn operand(&mut self, word: &str, guard: &str, at: Span, accepts: impl Fn(&FragmentKind) -> bool) {
        if self.too_deep > 0 {
            return;
        }
        self.label_limit(guard, at);
        // An outer block takes the line, the inner ones do not: their ends are missing.
        let takes = |open: &Open| matches!(&open.what, Block::Fragment(fragment) if accepts(&fragment.kind));
        if self.stack.iter().any(takes) {
            while self.stack.last().is_some_and(|open| !takes(open)) {
                self.missing_end(at);
            }
        }
        let waiting = self.pending.end();
        let body = std::mem::take(&mut self.items);
        let problem = match self.stack.last_mut() {
            Some(Open { what: Block::Fragment(fragment), .. }) if accepts(&fragment.kind) => {
                if let Some(last) = fragment.operands.last_mut() {
                    last.body = body;
                }
                fragment.operands.push(Operand { guard: guard.to_owned(), body: Vec::new(), style: None, span: at });
                None
            }
            other => {
                self.items = body;
                let error = Diagnostic::error(SYNTAX, format!("`{word}` does not belong here")).at(at, "");
                Some(match other {
                    Some(open) => error
                        .see(
                            open.at,
                            format!(
                                "the innermost open block is this `{}`, in which `{word}` is not allowed",
                                open.word
                            ),
                        )
                        .with_help(format!(
                            "close the `{}` with `end` first, or draw both cases as alt … else … end",
                            open.word
                        )),
                    None => error.with_help("no block is open: draw both cases as alt … else … end"),
                })
            }
        };
        waiting.into_iter().chain(problem).for_each(|problem| self.problem(problem));
    }

    /// Makes another kind of the innermost open fragment, as the dialect learns more about it.
    pub fn set_kind(&mut self, kind: FragmentKind) {
        if self.too_deep == 0
            && let Some(Open { what: Block::Fragment(fragment), .. }) = self.stack.last_mut()
        {
            fragment.kind = kind;
        }
    }

    /// The innermost open fragment; none at the top, in a box, and beyond the limit of nesting.
    pub fn innermost(&self) -> Option<&FragmentKind> {
        match self.stack.last() {
            Some(Open { what: Block::Fragment(fragment), .. }) if self.too_deep == 0 => Some(&fragment.kind),
            _ => None,
        }
    }

    /// Whether the innermost open block is a box around participants.
    pub fn in_group(&self) -> bool {
        self.too_deep == 0 && matches!(self.stack.last(), Some(Open { what: Block::Group(_), .. }))
    }

    /// How many blocks are open.
    pub fn depth(&self) -> usize {
        self.stack.len() + self.too_deep
    }

    /// A line that closes the innermost block. `tail` is the text behind `end`: where it is the keyword of an outer
    /// open block, the ends of the blocks in between are missing.
    pub fn close(&mut self, tail: &str, at: Span) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let Some(innermost) = self.stack.last() else {
            let mut error = Diagnostic::error(SYNTAX, "this `end` closes nothing: no block is open here").at(at, "");
            if let Some((opened, closed)) = self.last_closed {
                error = error.see(opened, "the last block began here").see(closed, "and was closed here");
            }
            self.problem(error.with_help("remove the line"));
            return;
        };
        let says = tail.trim().to_ascii_lowercase();
        if !says.is_empty() && innermost.word != says && is_block_word(&says) {
            let (word, began) = (innermost.word.clone(), innermost.at);
            if self.stack.iter().any(|open| open.word == says) {
                while self.stack.last().is_some_and(|open| open.word != says) {
                    self.missing_end(at);
                }
            } else {
                let warning =
                    Diagnostic::warning(SYNTAX, format!("`end {says}` closes a block that begins with `{word}`"));
                self.problem(warning.at(at, "").see(began, format!("this `{word}` is closed")));
            }
        }
        self.pop(at);
    }

    /// Reports that the innermost block is not closed, and closes it.
    fn missing_end(&mut self, before: Span) {
        if let Some(open) = self.stack.last() {
            let error = Diagnostic::error(SYNTAX, format!("`end` is missing: this `{}` is not closed", open.word))
                .at(open.at, "opened here")
                .see(before, "and not closed before this line")
                .with_help("write a line `end` below its last statement");
            self.problem(error);
        }
        self.pop(before);
    }

    fn pop(&mut self, at: Span) {
        let waiting = self.pending.end();
        waiting.into_iter().for_each(|problem| self.problem(problem));
        let Some(open) = self.stack.pop() else { return };
        self.last_closed = Some((open.at, at));
        let body = std::mem::replace(&mut self.items, open.outer);
        self.pending = open.outer_pending;
        self.items.push(match open.what {
            Block::Fragment(mut fragment) => {
                if let Some(last) = fragment.operands.last_mut() {
                    last.body = body;
                }
                fragment.span = open.at.to(at);
                Item::Fragment(fragment)
            }
            Block::Group(mut group) => {
                group.body = body;
                group.span = open.at.to(at);
                Item::Group(group)
            }
        });
    }

    /// The text ended: every block that is still open lacks its `end`.
    pub(super) fn close_all(&mut self) {
        let end = Span { start: self.diagram.span.end, ..self.diagram.span };
        let waiting = self.pending.end();
        waiting.into_iter().for_each(|problem| self.problem(problem));
        self.too_deep = 0;
        while let Some(open) = self.stack.last() {
            if self.hit_nesting {
                self.pop(end);
                continue;
            }
            let error = Diagnostic::error(SYNTAX, format!("`end` is missing: this `{}` is never closed", open.word))
                .at(open.at, "opened here")
                .with_help("write a line `end` below its last statement");
            let error = if open.word.chars().next().is_some_and(char::is_uppercase) {
                error.with_help(format!("if `{}` begins the name of a lifeline, put the name in quotes", open.word))
            } else {
                error
            };
            self.problem(error);
            self.pop(end);
        }
    }
}

/// Whether a word behind `end` says which block it closes, in one dialect or another.
fn is_block_word(word: &str) -> bool {
    const WORDS: [&str; 20] = [
        "alt",
        "opt",
        "loop",
        "par",
        "parallel",
        "serial",
        "seq",
        "strict",
        "break",
        "critical",
        "neg",
        "ignore",
        "consider",
        "assert",
        "group",
        "rect",
        "box",
        "participantgroup",
        "region",
        "partition",
    ];
    WORDS.contains(&word)
}
