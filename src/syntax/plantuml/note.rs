//! Notes, references, and the texts of several lines that they may hold.

use super::frame::is_marker;
use super::grammar::{Pair, Rule, find, has, label, name, names, ornaments, place};
use super::lines::{Line, Next};
use super::preprocessor;
use super::reader::Reader;
use crate::diagram::{Item, Note, NotePlace, NoteShape, ParticipantId, Ref};
use crate::source::{Diagnostic, Span};
use crate::syntax::SYNTAX;

/// A text of several lines.
#[derive(Debug)]
pub(super) struct Body {
    /// Its lines, without the white space that all begin with.
    pub text: String,
    /// The line that ends it.
    pub closing: String,
    /// Where that line stands.
    pub end: Span,
}

impl Reader<'_> {
    /// `note left of A : text` and all its relatives, on one line or several.
    pub fn note(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let word = find(pair, Rule::shape).map(|word| word.as_str().to_ascii_lowercase()).unwrap_or_default();
        let shape = match word.as_str() {
            "hnote" => NoteShape::Angled,
            "rnote" => NoteShape::Round,
            _ => NoteShape::Note,
        };
        let who: Vec<ParticipantId> =
            names(pair).map(|who| self.builder.mention(name(&who), place(line, &who))).collect();
        let at_of = who.first().filter(|&&who| {
            let one = &self.builder.participants()[who.0 as usize];
            one.id.eq_ignore_ascii_case("of") && !one.declared
        });
        if at_of.is_some() {
            let warning = Diagnostic::warning(SYNTAX, "this note is at a participant with the name `of`")
                .at(line.whole(), "PlantUML draws one");
            self.builder.problem(warning.with_help("name the participant: note left of A : text"));
        }
        let beside = find(pair, Rule::beside).map(|word| word.as_str().to_ascii_lowercase());
        let side = find(pair, Rule::place).and_then(|side| side.into_inner().next());
        let place = match (side.map(|side| side.as_rule()), who.first(), beside.as_deref()) {
            (Some(Rule::left_of), Some(&who), _) => NotePlace::LeftOf(who),
            (Some(Rule::right_of), Some(&who), _) => NotePlace::RightOf(who),
            (_, Some(_), _) => NotePlace::Over(who),
            (_, None, Some("left")) => NotePlace::LeftOfArrow,
            (_, None, Some(_)) => NotePlace::RightOfArrow,
            (_, None, None) => NotePlace::Across,
        };
        // Words for which the note has no field: kept with its colour.
        let mut style: Vec<String> = Vec::new();
        style.extend(has(pair, Rule::same_height).then(|| "&".to_owned()));
        style.extend(beside.filter(|beside| beside == "top" || beside == "bottom"));
        style.extend(ornaments(pair));
        let mut span = line.whole();
        let text = if has(pair, Rule::open_lines) {
            let ends: &dyn Fn(&str) -> bool = match place {
                NotePlace::LeftOfArrow | NotePlace::RightOfArrow => &|text| is_end(text, &["note"]),
                NotePlace::LeftOf(_) | NotePlace::RightOf(_) | NotePlace::Over(_) | NotePlace::Across => {
                    &|text| is_end(text, &["note", "hnote", "rnote"])
                }
            };
            let Some(body) = self.text(line, ends) else { return };
            span = span.to(body.end);
            body.text
        } else {
            label(line, pair).0
        };
        let style = (!style.is_empty()).then(|| style.join(" "));
        let same_height = has(pair, Rule::merged);
        self.builder.push(Item::Note(Note { shape, place, text, style, same_height, span }));
    }

    /// `ref over A, B : text`, on one line or several.
    pub fn reference(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let over = names(pair).map(|who| self.builder.mention(name(&who), place(line, &who))).collect();
        let mut span = line.whole();
        let text = if has(pair, Rule::open_lines) {
            let Some(body) = self.text(line, &|text| is_end(text, &["ref", ""])) else { return };
            span = span.to(body.end);
            body.text
        } else {
            label(line, pair).0
        };
        self.builder.push(Item::Ref(Ref { over, text, style: ornaments(pair), span }));
    }

    /// The lines up to the one that ends the text, without the white space that all of them begin with; and the line
    /// that ends it. Comments between them are kept before the statement, as PlantUML does not draw them.
    ///
    /// Reports a text that does not end, and gives none.
    pub fn text(&mut self, opened: &Line<'_>, ends: &dyn Fn(&str) -> bool) -> Option<Body> {
        let mut lines: Vec<&str> = Vec::new();
        let mut near: Option<Span> = None;
        // `{{ … }}` holds a diagram of its own, with ends of its own.
        let mut inner = 0usize;
        let end = loop {
            if self.lines.peek().is_none_or(|next| is_marker(next.text)) {
                break None;
            }
            match self.lines.next() {
                None => break None,
                Some(Next::Blank) => lines.push(""),
                Some(Next::Line(line)) if inner == 0 && ends(line.text) => {
                    break Some((line.text.to_owned(), self.input.line_span(line)));
                }
                Some(Next::Line(line)) => {
                    if let Some(found) = preprocessor::in_line(line.text) {
                        self.macros.push((found, self.input.line_span(line)));
                    } else if line.text.len() < 12 && line.text.to_ascii_lowercase().starts_with("end") {
                        near = near.or(Some(self.input.line_span(line)));
                    }
                    inner = inner_depth(inner, line.text);
                    lines.push(line.raw.trim_end());
                }
                Some(aside @ (Next::Comment(..) | Next::Directive(..) | Next::OpenComment(_))) => self.aside(aside),
            }
        };
        let Some((closing, end)) = end else {
            self.open_text(opened, near);
            return None;
        };
        let text = dedent(&lines).join("\n");
        self.builder.label_limit(&text, opened.whole());
        Some(Body { text, closing, end })
    }

    fn open_text(&mut self, opened: &Line<'_>, near: Option<Span>) {
        let first = opened.text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
        let word = first.to_ascii_lowercase();
        let closes = match word.as_str() {
            "participant" => "]".to_owned(),
            "skinparam" | "sprite" => "}".to_owned(),
            "style" => "</style>".to_owned(),
            "left" | "right" | "center" => "end header` or `end footer".to_owned(),
            "hnote" | "rnote" if opened.text.contains(" of ") || opened.text.contains("over") => format!("end {word}"),
            "note" | "hnote" | "rnote" => "end note".to_owned(),
            _ => format!("end {word}"),
        };
        let mut error = Diagnostic::error(SYNTAX, format!("this `{word}` of several lines is never closed"))
            .at(opened.whole(), "opened here")
            .with_help(format!("write a line `{closes}` below its text"));
        if let Some(near) = near {
            error = error.see(near, "this line is part of the text");
        }
        if matches!(word.as_str(), "note" | "hnote" | "rnote" | "ref" | "title") {
            error = error.with_help("or write the text after a colon, on the same line");
        }
        self.builder.problem(error);
    }
}

/// How deep inside of diagrams in a text the reader is behind this line: `{{` opens one, `}}` closes it.
pub(super) fn inner_depth(depth: usize, line: &str) -> usize {
    if line.starts_with("{{") && !line.contains("}}") {
        depth + 1
    } else if line == "}}" {
        depth.saturating_sub(1)
    } else {
        depth
    }
}

/// `end note`, `endnote`, with one of these words; an empty word is `end` alone.
pub(super) fn is_end(text: &str, words: &[&str]) -> bool {
    let Some(word) = text.get(..3).filter(|end| end.eq_ignore_ascii_case("end")).and_then(|_| text.get(3..)) else {
        return false;
    };
    let word = word.strip_prefix([' ', '\t', '\u{a0}']).unwrap_or(word);
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The lines without the white space with which all lines begin that are not blank.
fn dedent<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let common = lines.iter().filter(|line| !line.is_empty()).map(|line| indent(line)).min().unwrap_or(0);
    lines.iter().map(|line| line.get(common..).unwrap_or_default()).collect()
}
