//! The native dialect: the family of websequencediagrams, js-sequence-diagrams and sequencediagram.org.
//!
//! [`parse`] reads line by line. The first word of a line says which statement it is (`keywords`), the rule of that
//! statement in `grammar/native.pest` takes it apart (`grammar` is the door to pest), and one file per family of
//! statements tells the builder: `message`, `declare`, `fragment`, `note`, `misc`. What fits nothing goes to `mistakes`,
//! which names the likely mistake. [`print()`] is the way back.

mod declare;
mod fragment;
mod grammar;
mod keywords;
mod message;
mod misc;
mod note;
mod one_line;
mod print;

mod mistakes;

pub(super) use print::print;

use super::{Builder, Input, Reading, SYNTAX, TextLine, limits};
use crate::diagram::{FragmentKind, Item, ParticipantId};
use crate::source::{Diagnostic, Span};
use grammar::{Misfit, Rule};
use keywords::Statement;
use note::OpenNote;
use rustc_hash::FxHashSet;

/// Reads one native diagram.
pub(super) fn parse(input: Input<'_>) -> Reading {
    if let Some(split) = one_line::split(input.text()) {
        let told = one_line::warning(input, &split);
        let whole = input.whole();
        let mut reading = read_lines(Input::part(&split, whole.source, whole.start as usize));
        // Where lines could not be read, the text as it stands is what they are told of.
        if !reading.is_broken() {
            reading.problems.insert(0, told);
        }
        return reading;
    }
    read_lines(input)
}

fn read_lines(input: Input<'_>) -> Reading {
    if let Some(other) = mistakes::other_language(input) {
        return Reading::nothing(other);
    }
    let mut reader = Reader {
        input,
        builder: Builder::new(input),
        note: None,
        no_more_note_ends: false,
        comment: None,
        after_label: None,
        activated: FxHashSet::default(),
        deactivated: Vec::new(),
        into_reference: None,
        out_of_reference: None,
    };
    reader.lines();
    reader.finish()
}

/// Where the reader is in the text.
struct Reader<'a> {
    input: Input<'a>,
    builder: Builder,
    /// The note or reference whose lines are being read.
    note: Option<OpenNote>,
    /// A note was found to have no end line before the end of the text, so later ones have none either.
    no_more_note_ends: bool,
    /// The `/*` that has no `*/` yet.
    comment: Option<Span>,
    /// The line before, where it was an arrow with a label: the next may be the rest of its text.
    after_label: Option<Span>,
    activated: FxHashSet<ParticipantId>,
    deactivated: Vec<(ParticipantId, Span)>,
    /// Whom the reference stands over that the arrow of this line leads into.
    into_reference: Option<Vec<ParticipantId>>,
    /// Who sends the arrow that leaves a reference: `end ref-->A: done`.
    out_of_reference: Option<ParticipantId>,
}

/// What became of a line that begins with a keyword.
enum Outcome {
    /// It was read, or its problem reported.
    Done,
    /// It does not fit the statement; perhaps it is an arrow from a lifeline whose name begins with the keyword.
    Declined(Diagnostic),
}

impl<'a> Reader<'a> {
    fn lines(&mut self) {
        let mut lines = self.input.lines();
        // Where to go on when the note that is open turns out to have no end.
        let mut after_note = lines.clone();
        loop {
            let Some(line) = lines.next() else {
                match self.note.take() {
                    Some(note) => {
                        note.report_missing_end(&mut self.builder);
                        self.no_more_note_ends = true;
                        lines = after_note.clone();
                        continue;
                    }
                    None => break,
                }
            };
            let was_open = self.note.is_some();
            self.line(line);
            if !was_open && self.note.is_some() {
                after_note = lines.clone();
            }
        }
    }

    fn line(&mut self, line: TextLine<'a>) {
        if let Some(problem) = limits::check_line(line.text.len(), self.input.line_span(line)) {
            self.builder.problem(problem);
            return;
        }
        if let Some(note) = self.note.take() {
            if !note.is_interrupted_by(line.text) {
                let leaves = note.left_by(line.text);
                self.note = note.line(line, self.input, &mut self.builder);
                if let Some((who, at)) = leaves {
                    let text = &line.text[at..];
                    self.out_of_reference = Some(who);
                    self.message(TextLine { text, start: line.start + at, indent: 0, raw: text });
                    self.out_of_reference = None;
                }
                return;
            }
            note.report_missing_end(&mut self.builder);
        }
        if line.text.is_empty() {
            if self.comment.is_none() {
                self.builder.blank();
                self.after_label = None;
            }
            return;
        }
        if self.comment(line) {
            return;
        }
        let before = self.after_label.take();
        if !self.statement(line) {
            let problem = mistakes::unknown(self.input, line, before, &self.builder);
            self.builder.problem(problem);
            // A block whose first line has a slip in its keyword still has its `end`.
            let near = mistakes::nearest_keyword(line.text);
            if let Some((word, Statement::Open(_))) = near
                .map(|word| (word, keywords::statement(word)))
                .and_then(|(word, statement)| Some((word, statement?)))
            {
                self.builder.open(word, FragmentKind::Group, "", None, self.input.line_span(line));
            }
        }
    }

    /// A comment, or a directive in one.
    fn comment(&mut self, line: TextLine<'a>) -> bool {
        let at = self.input.line_span(line);
        if self.comment.is_none() && line.text.starts_with("/*") {
            self.comment = Some(at);
        }
        if self.comment.is_some() {
            let text = line.text.strip_prefix("/*").unwrap_or(line.text);
            let (text, behind) = text.split_once("*/").map_or((text, None), |(text, behind)| (text, Some(behind)));
            if !text.trim().is_empty() {
                self.builder.comment(&format!(" {}", text.trim()), at);
            }
            if let Some(behind) = behind {
                self.comment = None;
                if !behind.trim().is_empty() {
                    let error = Diagnostic::error(SYNTAX, "text after the end of a comment").at(at, "");
                    self.builder.problem(error.with_help("write it on a separate line"));
                }
            }
            return true;
        }
        let Some(text) = ["#", "//", "'", "%%"].iter().find_map(|leader| line.text.strip_prefix(leader)) else {
            return false;
        };
        match text.strip_prefix('@') {
            Some(directive) => self.builder.directive(directive, at),
            None => self.builder.comment(text, at),
        }
        true
    }

    /// Reads a line; says whether it is a statement at all.
    fn statement(&mut self, line: TextLine<'a>) -> bool {
        let text = line.text;
        if text.starts_with("==") || text.starts_with("...") || text.starts_with('…') {
            return self.divider_or_delay(line);
        }
        if text == "}" {
            self.builder.close("", self.input.line_span(line));
            return true;
        }
        let word = &text[..text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()];
        let Some(statement) = keywords::statement(word) else { return self.message(line) };
        let behind = text[word.len()..].trim_start();
        // `expandable-` is a keyword; in `opt-in` and `note+` the sign belongs to a name.
        let sign = word.eq_ignore_ascii_case("expandable") && behind.starts_with(['+', '-']);
        let glued = behind.len() == text.len() - word.len();
        let ends = !glued || behind.is_empty() || sign || behind.starts_with([':', '#', '(', '{']);
        if !ends || grammar::begins_with_link(behind) {
            return self.message(line);
        }
        let declined = match self.keyword(statement, word, behind, line) {
            Outcome::Done => return true,
            Outcome::Declined(problem) => problem,
        };
        if !self.message(line) {
            self.builder.problem(declined);
        }
        true
    }

    fn keyword(&mut self, statement: &Statement, word: &'a str, behind: &'a str, line: TextLine<'a>) -> Outcome {
        match statement {
            Statement::Title => {
                self.builder.title(behind.strip_prefix(':').unwrap_or(behind).trim(), self.input.line_span(line));
                Outcome::Done
            }
            Statement::Declare(kind) => self.declare(*kind, line),
            Statement::Icon => self.icon(behind, line),
            Statement::Create => self.create(line),
            Statement::Lifecycle(change) => self.lifecycle(*change, line),
            Statement::Group => self.group(word, line),
            Statement::Box => self.box_line(word, line),
            Statement::Note(shape) => self.note(*shape, word, line),
            Statement::Ref => self.reference(line),
            Statement::Open(opener) => self.open(opener, word, line),
            Statement::Else => self.else_line(word, behind, line),
            Statement::And => self.and_line(word, behind, line),
            Statement::End => self.end(word, behind, line),
            Statement::Autonumber => self.autonumber(line),
            Statement::Space => self.space(line),
            Statement::Horizontal => self.horizontal(behind, line),
            Statement::Style => self.style(line),
            Statement::Include => self.include(line),
        }
    }

    /// Where a line does not fit its statement.
    fn misfit(&self, misfit: &Misfit, line: TextLine<'_>, statement: &str, example: &str) -> Outcome {
        Outcome::Declined(misfit.diagnose(self.input, line, statement, example))
    }

    /// Whether a line can be read as an arrow with a label: then a keyword in front of it begins a name.
    fn reads_as_message(&self, line: TextLine<'_>) -> bool {
        line.text.contains(':') && grammar::read(Rule::message, line.text).is_ok()
    }

    fn finish(mut self) -> Reading {
        if let Some(at) = self.comment {
            let error = Diagnostic::error(SYNTAX, "this comment is never closed").at(at, "opened here");
            self.builder.problem(error.with_help("close it with `*/`"));
        }
        for (participant, at) in &self.deactivated {
            if self.activated.insert(*participant) {
                let name = &self.builder.diagram.participant(*participant).id;
                let warning = Diagnostic::warning(SYNTAX, format!("`{name}` is deactivated but never activated"));
                self.builder.problem(warning.at(*at, "the drawing does not change"));
            }
        }
        let nothing = !self.builder.has_errors()
            && self.builder.diagram.participants.is_empty()
            && self.builder.diagram.title.is_none()
            && self.builder.stack.is_empty()
            && !self.builder.items.iter().any(says_something);
        if nothing {
            self.builder.problem(
                Diagnostic::error(SYNTAX, "there is no diagram here")
                    .at(self.input.span(0, 0), "nothing but comments and blank lines")
                    .with_help("write an arrow: Alice->Server: hello"),
            );
        }
        self.builder.finish()
    }
}

fn says_something(item: &Item) -> bool {
    !matches!(item, Item::Comment(..) | Item::Blank | Item::Directive(_))
}

/// Which fragments take `else` in this dialect; `critical` becomes try and recover by it.
fn takes_else(kind: &FragmentKind) -> bool {
    match kind {
        FragmentKind::Alt
        | FragmentKind::Par
        | FragmentKind::Seq
        | FragmentKind::Strict
        | FragmentKind::Critical
        | FragmentKind::TryRecover
        | FragmentKind::Group
        | FragmentKind::Rect => true,
        FragmentKind::Opt
        | FragmentKind::Loop(_)
        | FragmentKind::Parallel
        | FragmentKind::Break
        | FragmentKind::Neg
        | FragmentKind::Ignore(_)
        | FragmentKind::Consider(_)
        | FragmentKind::Assert => false,
    }
}
