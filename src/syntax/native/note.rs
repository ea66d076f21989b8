//! Notes, boxes and states over lifelines, and references: in one line, or in lines up to their `end`.

use super::declare::add_style;
use super::grammar::{Rule, begins_with_link, read};
use super::keywords::{self, Statement};
use super::{Outcome, Reader};
use crate::diagram::{Item, Note, NotePlace, NoteShape, ParticipantId, Ref};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Input, SYNTAX, TextLine, limits};
use pest::iterators::Pair;

/// In so many lines the end of a note is looked for whose first line ends with its colon.
const LONGEST_BLOCK: usize = 64;

/// A note or reference whose text goes on to its `end`.
pub(super) struct OpenNote {
    what: What,
    word: String,
    at: Span,
    lines: Vec<String>,
    bytes: usize,
}

enum What {
    Note(Note),
    Ref(Ref),
}

impl<'a> Reader<'a> {
    /// `box`: over a lifeline, or around participants.
    pub(super) fn box_line(&mut self, word: &str, line: TextLine<'a>) -> Outcome {
        match read(Rule::note, line.text) {
            Ok(_) => self.note(NoteShape::Box, word, line),
            Err(_) => self.group(word, line),
        }
    }

    /// `note over A, B: text`
    pub(super) fn note(&mut self, shape: NoteShape, word: &str, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::note, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "note", "note over Alice, Server: text"),
        };
        let at = self.input.line_span(line);
        let (mut place, mut style, mut text) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::place => place = self.place(part, line),
                Rule::colour => add_style(&mut style, part.as_str()),
                Rule::rest => text = Some(part.as_str().trim().to_owned()),
                _ => {}
            }
        }
        let Some(place) = place else { return Outcome::Done };
        let note = Note { shape, place, text: String::new(), style, same_height: false, span: at };
        // `note over A:` with nothing behind the colon, and a text with its `end note` below.
        let text = text.filter(|text| !text.is_empty() || !self.ends_below(word, line));
        self.text_or_block(What::Note(note), word, at, text);
        Outcome::Done
    }

    /// Whether one of the next lines ends a note that begins with this line, and no statement stands between.
    fn ends_below(&self, word: &str, line: TextLine<'_>) -> bool {
        let from = line.start - self.input.whole().start as usize + line.text.len();
        let below = self.input.text().get(from..).unwrap_or_default().lines().skip(1).map(str::trim);
        for text in below.take(LONGEST_BLOCK) {
            let first = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
            match keywords::statement(first) {
                Some(Statement::End) => {
                    let tail = text.get(first.len()..).unwrap_or_default().trim();
                    let tail = first.get(3..).filter(|glued| !glued.is_empty()).unwrap_or(tail);
                    return tail.eq_ignore_ascii_case(word)
                        || tail.eq_ignore_ascii_case("note")
                        || word == "ref" && leaving(text).is_some();
                }
                Some(Statement::Note(_)) if read(Rule::note, text).is_ok() => return false,
                _ if read(Rule::message, text).is_ok_and(|_| looks_like_arrow(text, &self.builder)) => return false,
                _ => {}
            }
        }
        false
    }

    /// `ref over A, B: name`
    pub(super) fn reference(&mut self, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::reference, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "reference", "ref over Alice, Server: login"),
        };
        let at = self.input.line_span(line);
        let (mut over, mut style, mut text) = (Vec::new(), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::over => over = part.into_inner().flat_map(|names| self.lifelines(names, line)).collect(),
                Rule::colour => add_style(&mut style, part.as_str()),
                Rule::rest => text = Some(part.as_str().trim().to_owned()),
                _ => {}
            }
        }
        if !over.is_empty() {
            self.text_or_block(What::Ref(Ref { over, text: String::new(), style, span: at }), "ref", at, text);
        }
        Outcome::Done
    }

    /// The reference that an arrow leads into: its text is that of the arrow, and the lines below to its `end ref`.
    pub(super) fn open_reference(&mut self, over: Vec<ParticipantId>, text: String, line: TextLine<'_>) {
        let at = self.input.line_span(line);
        let what = What::Ref(Ref { over, text: String::new(), style: None, span: at });
        let bytes = text.len();
        let open = OpenNote { what, word: "ref".to_owned(), at, lines: vec![text], bytes };
        if self.ends_below("ref", line) {
            self.note = Some(open);
        } else {
            let text = open.lines.concat();
            open.close(text, at, &mut self.builder);
        }
    }

    fn place(&mut self, pair: Pair<'a, Rule>, line: TextLine<'_>) -> Option<NotePlace> {
        let place = pair.into_inner().next()?;
        let rule = place.as_rule();
        let first = |reader: &mut Self, place: Pair<'a, Rule>| -> Option<ParticipantId> {
            place.into_inner().next().and_then(|name| reader.lifeline(&name, line))
        };
        match rule {
            Rule::left_of => first(self, place).map(NotePlace::LeftOf),
            Rule::right_of => first(self, place).map(NotePlace::RightOf),
            Rule::across => Some(NotePlace::Across),
            Rule::left => Some(NotePlace::LeftOfArrow),
            Rule::right => Some(NotePlace::RightOfArrow),
            _ => {
                let over: Vec<_> = place.into_inner().flat_map(|names| self.lifelines(names, line)).collect();
                (!over.is_empty()).then_some(NotePlace::Over(over))
            }
        }
    }

    fn text_or_block(&mut self, what: What, word: &str, at: Span, text: Option<String>) {
        let open = OpenNote { what, word: word.to_ascii_lowercase(), at, lines: Vec::new(), bytes: 0 };
        match text {
            Some(text) => {
                self.builder.label_limit(&text, at);
                open.close(text, at, &mut self.builder);
            }
            // It was found before that no end line comes any more.
            None if self.no_more_note_ends => open.report_missing_end(&mut self.builder),
            None => self.note = Some(open),
        }
    }
}

impl OpenNote {
    /// Takes a line of the text, or the one that ends it.
    pub(super) fn line(mut self, line: TextLine<'_>, input: Input<'_>, builder: &mut Builder) -> Option<Self> {
        if self.ends(line.text) {
            let at = self.at.to(input.line_span(line));
            let text = dedent(&self.lines);
            self.close(text, at, builder);
            return None;
        }
        if line.text.contains("->") && looks_like_arrow(line.text, builder) {
            let warning = Diagnostic::warning(SYNTAX, "this looks like an arrow, but it is text of a note");
            builder.problem(
                warning
                    .at(input.line_span(line), "drawn as text; neither sent nor checked")
                    .see(self.at, format!("this `{}` continues to its `end {}`", self.word, self.word))
                    .with_help("if the note has only one line, write a colon before its text"),
            );
        }
        self.bytes += line.raw.len();
        if self.bytes - line.raw.len() <= limits::LABEL_BYTES && self.bytes > limits::LABEL_BYTES {
            let help = "put a long text into a separate file";
            builder.problem(limits::exceeded("the length of a note", "64 KiB", self.at, help));
        }
        if self.bytes <= limits::LABEL_BYTES {
            self.lines.push(line.raw.trim_end().to_owned());
        }
        Some(self)
    }

    /// Whether a line of the text begins another note of lines: then this one has no end of its own.
    pub(super) fn is_interrupted_by(&self, text: &str) -> bool {
        begins_block(text)
    }

    fn ends(&self, text: &str) -> bool {
        let Some(tail) = text.get(..3).filter(|end| end.eq_ignore_ascii_case("end")).map(|_| text[3..].trim()) else {
            return false;
        };
        let ref_word = matches!(self.what, What::Ref(_));
        if ref_word && leaving(text).is_some() {
            return true;
        }
        let other = !ref_word && (tail.eq_ignore_ascii_case("note") || tail.eq_ignore_ascii_case("box"));
        tail.eq_ignore_ascii_case(&self.word) || other
    }

    /// `end ref-->A: done`: who sends it, and where its `ref` stands.
    pub(super) fn left_by(&self, text: &str) -> Option<(ParticipantId, usize)> {
        match &self.what {
            What::Ref(reference) => Some((*reference.over.last()?, leaving(text)?)),
            What::Note(_) => None,
        }
    }

    fn close(self, text: String, at: Span, builder: &mut Builder) {
        builder.push(match self.what {
            What::Note(note) => Item::Note(Note { text, span: at, ..note }),
            What::Ref(reference) => Item::Ref(Ref { text, span: at, ..reference }),
        });
    }

    /// No line ends it: either that line or the colon is missing.
    pub(super) fn report_missing_end(self, builder: &mut Builder) {
        let word = &self.word;
        let error = Diagnostic::error(SYNTAX, format!("this `{word}` has neither a text nor an `end {word}`"));
        builder.problem(
            error
                .at(self.at, "its text is missing")
                .with_help("write the text after a colon: note over Alice: text")
                .with_help(format!("or write lines of text and then `end {word}`")),
        );
    }
}

/// Where `ref` stands in a line `end ref-->A: done`.
fn leaving(text: &str) -> Option<usize> {
    let behind = text.get(..3).filter(|end| end.eq_ignore_ascii_case("end")).map(|_| &text[3..])?;
    let at = text.len() - behind.trim_start().len();
    let link =
        text[at..].get(..3).filter(|word| word.eq_ignore_ascii_case("ref")).map(|_| text[at + 3..].trim_start())?;
    begins_with_link(link).then_some(at)
}

/// An arrow between lifelines that are known, or another note.
fn looks_like_arrow(text: &str, builder: &Builder) -> bool {
    let Ok(pair) = read(Rule::message, text) else { return false };
    let known = |pair: Pair<'_, Rule>| builder.known(pair.as_str().trim().trim_matches('"')).is_some();
    pair.into_inner().filter(|part| matches!(part.as_rule(), Rule::sender | Rule::receiver)).all(known)
}

/// The lines without the white space that all of them begin with, and without blank lines around them.
fn dedent(lines: &[String]) -> String {
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(first, |last| last + 1);
    let lines = &lines[first..last];
    let common = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let cut = |line: &String| line.get(common..).unwrap_or_else(|| line.trim_start()).to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// Whether a line begins a note whose text stands in the lines below.
fn begins_block(text: &str) -> bool {
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    matches!(keywords::statement(word), Some(Statement::Note(_)))
        && !text.contains(':')
        && read(Rule::note, text).is_ok()
}

/// Whether a text can stand in lines up to `end WORD`, and is read as the same text there.
pub(super) fn fits_block(text: &str) -> bool {
    let lines: Vec<String> = text.split('\n').map(|line| line.trim_end().to_owned()).collect();
    let ends = |line: &String| {
        let word = line.trim().split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        matches!(keywords::statement(word), Some(Statement::End))
    };
    dedent(&lines) == text && !lines.iter().any(|line| ends(line) || begins_block(line.trim()))
}
