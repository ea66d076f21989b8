//! The loop over the lines of one diagram.

use super::across::Across;
use super::frame::{self, Frame, is_marker};
use super::grammar::{Pair, PlantUml, Rule};
use super::life::Life;
use super::lines::{Line, Lines, Next, starts_with};
use super::{colour, expand, mistakes, preprocessor};
use crate::diagram::Item;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Input, Reading, SYNTAX, limits};
use pest::Parser as _;

/// Reads the statements of one diagram into a [`Builder`].
pub(super) struct Reader<'a> {
    pub input: Input<'a>,
    pub lines: Lines<'a>,
    pub builder: Builder,
    pub life: Life,
    /// Who stands where.
    pub across: Across,
    /// Blocks that are open: the keyword, and the line that opened it.
    pub open: Vec<(String, Span)>,
    /// The statement above, where it ended in free text, which might go on here.
    pub above: Option<Span>,
    /// Whether some line is no statement, of which was told.
    unread: bool,
    /// Statements that only a sequence diagram has.
    pub sure: usize,
    /// Whether there is something that `autonumber resume` resumes.
    pub numbering: Numbering,
    /// Lines with the preprocessor's keywords or calls, which replace text before PlantUML reads it.
    pub macros: Vec<(String, Span)>,
    /// The first line that only another kind of PlantUML diagram has: which kind.
    pub other_kind: Option<(&'static str, Span)>,
}

/// What `autonumber` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    /// Nothing yet.
    None,
    /// A numbering began.
    Begun,
    /// `autonumber resume` stood here before any numbering: PlantUML fails at the next message.
    Missing(Span),
}

/// Reads one diagram.
pub(super) fn read(input: Input<'_>) -> Reading {
    let frame = match Frame::find(input) {
        Ok(frame) => frame,
        Err(problem) => return Reading::nothing(problem),
    };
    let expanded = expand::expand(input);
    let mut reader = Reader {
        input,
        lines: Lines::new(input, frame.body, &expanded),
        builder: Builder::new(input),
        life: Life::default(),
        across: Across::default(),
        open: Vec::new(),
        above: None,
        unread: false,
        sure: 0,
        numbering: Numbering::None,
        macros: Vec::new(),
        other_kind: None,
    };
    if let Some((name, at)) = &frame.name {
        reader.builder.push(Item::Style(format!("@startuml {name}"), *at));
    }
    if let Some(told) = expanded.expansion_warning() {
        reader.builder.problem(told);
    }
    let closed = reader.all_lines();
    reader.finish(&frame, closed)
}

impl Reader<'_> {
    /// Reads to the end; says whether an `@enduml` was there.
    fn all_lines(&mut self) -> bool {
        while let Some(next) = self.lines.next() {
            match next {
                Next::Blank => self.builder.blank(),
                Next::Line(line) if is_marker(line.text) => {
                    if frame::ends(line.text).is_some() {
                        return true;
                    }
                    let error = Diagnostic::error(SYNTAX, "a diagram begins inside another one")
                        .at(self.input.line_span(line), "begins here")
                        .with_help("write `@enduml` above this line");
                    self.builder.problem(error);
                    return true;
                }
                Next::Line(line) => {
                    let line = self.lines.statement(line);
                    self.statement(&line);
                }
                Next::Directive(..) | Next::Comment(..) | Next::OpenComment(_) => self.aside(next),
            }
        }
        false
    }

    /// A comment or a directive.
    pub fn aside(&mut self, next: Next<'_>) {
        match next {
            Next::Directive(text, at) => self.builder.directive(&text, at),
            Next::Comment(text, at) => self.builder.comment(&text, at),
            Next::OpenComment(at) => {
                let error =
                    Diagnostic::error(SYNTAX, "this comment is never closed, so the rest of the text is ignored")
                        .at(at, "opened here")
                        .with_help("write `'/` where it ends");
                self.builder.problem(error);
            }
            Next::Blank | Next::Line(_) => {}
        }
    }

    fn statement(&mut self, line: &Line<'_>) {
        if let Some(problem) = limits::check_line(line.text.len(), line.whole()) {
            self.builder.problem(problem);
            self.unread = true;
            return;
        }
        if let Some(what) = preprocessor::included(&line.text) {
            self.builder.problem(preprocessor::left_out(what, line.whole(), self.input.has_beside()));
            self.builder.push(Item::Style(line.text.clone().into_owned(), line.whole()));
            return;
        }
        if let Some(found) = preprocessor::in_line(&line.text) {
            self.macros.push((found, line.whole()));
            return;
        }
        let above = self.above.take();
        let parsed = PlantUml::parse(Rule::line, &line.text);
        let Some(pair) = parsed.ok().and_then(|mut pairs| pairs.next()) else {
            self.unread = true;
            mistakes::report(self, line, above);
            return;
        };
        for problem in colour::check(line, &pair) {
            self.builder.problem(problem);
        }
        self.dispatch(line, &pair);
    }

    fn dispatch(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        // Arrows, notes and most declarations stand in class, state and component diagrams too.
        let sure = match pair.as_rule() {
            Rule::lifecycle | Rule::lifecycle_short | Rule::fragment | Rule::reply | Rule::reference => true,
            Rule::autonumber | Rule::delay | Rule::space | Rule::divider | Rule::time_bound => true,
            Rule::declare => starts_with(&line.text, "participant"),
            _ => false,
        };
        self.sure += usize::from(sure);
        match pair.as_rule() {
            Rule::style => self.style(line, pair),
            Rule::title => self.title(line, pair),
            Rule::title_block => self.title_block(line),
            Rule::text_block => self.drawn_text(line, pair),
            Rule::lifecycle => self.lifecycle(line, pair),
            Rule::lifecycle_short => self.lifecycle_short(line, pair),
            Rule::declare => self.declare(line, pair),
            Rule::time_bound => self.time_bound(line, pair),
            Rule::arrow => self.arrow(line, pair),
            Rule::from_outside | Rule::to_outside => self.outside(line, pair),
            Rule::note => self.note(line, pair),
            Rule::reference => self.reference(line, pair),
            Rule::group_open => self.group_open(line, pair),
            Rule::group_close => self.group_close(line),
            Rule::fragment => self.fragment(line, pair),
            Rule::operand => self.operand(line, pair),
            Rule::reply => self.reply(line, pair),
            Rule::autonumber => self.autonumber(line, pair),
            Rule::delay => self.delay(line, pair),
            Rule::divider => self.divider(line, pair),
            Rule::space => self.space(line, pair),
            // Pieces of the above, and the end of the line: none of them is a line.
            _ => mistakes::report(self, line, None),
        }
        let free_text = matches!(
            pair.as_rule(),
            Rule::arrow
                | Rule::from_outside
                | Rule::to_outside
                | Rule::reply
                | Rule::title
                | Rule::note
                | Rule::reference
        );
        self.above = free_text.then(|| line.whole());
    }

    fn finish(mut self, frame: &Frame, closed: bool) -> Reading {
        if let Some(refusal) = preprocessor::refuse(&self.macros) {
            return Reading::nothing(refusal);
        }
        if let Some((kind, at)) = self.other_kind.filter(|_| self.sure == 0) {
            return Reading::nothing(mistakes::other_diagram(kind, at));
        }
        if let Some(started) = frame.started.filter(|_| !closed) {
            let warning = Diagnostic::warning(SYNTAX, "`@enduml` is missing")
                .at(started, "this diagram is not closed")
                .with_help("write a line `@enduml` at its end");
            self.builder.problem(warning);
        }
        self.close_blocks();
        if self.builder.diagram.participants.is_empty() && !self.unread {
            let error = Diagnostic::error(SYNTAX, "this diagram is empty: it has no participant and no arrow")
                .at(self.input.whole(), "")
                .with_help("write an arrow: Alice -> Bob : hello");
            self.builder.problem(error);
        }
        self.builder.diagram.lanes = self.across.lanes(self.builder.participants().len());
        self.builder.finish()
    }
}
