//! Notes, the title, numbers, links: what is only drawn.

use super::disguise::{Disguise, Form, Place};
use super::grammar::{Pair, Rule, find, matched, read};
use super::mistakes::{is_keyword, looks_like_message};
use super::reader::{Outcome, Reader, skip_blank, word as first_word};
use super::statement::Statement;
use super::text::read_name;
use crate::diagram::{Autonumber, Item, Note, NotePlace, NoteShape, ParticipantId, Ref, parse_duration};
use crate::source::{Diagnostic, Span};
use crate::syntax::SYNTAX;

impl Reader<'_> {
    /// `note over A,B: text`, `note left of A: text`
    pub fn note(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::note, statement.text) else { return Outcome::Unread };
        let text = statement.text_of(&pair, &mut self.builder);
        let at = statement.span(0, (text.at.end - statement.span(0, 0).start) as usize);
        let disguise = match self.disguise.take() {
            Some((Disguise::Note(form, place), at)) => Some((form, place, at)),
            other => {
                self.disguise = other;
                None
            }
        };
        let named = match &disguise {
            Some((_, Place::Over(names), at)) => names.iter().map(|name| self.builder.mention(name, *at)).collect(),
            _ => Vec::new(),
        };
        // A divider is over nobody: the lifelines that the note is drawn over are only there for Mermaid.
        let place = match &disguise {
            None | Some((Form::Ref | Form::Shape(_), Place::Drawn, _)) => self.place(&pair, statement),
            Some(_) => NotePlace::Across,
        };
        let (form, place) = match disguise {
            Some((form, Place::Drawn, _)) => (form, place),
            Some((form, Place::Over(_), _)) => (form, NotePlace::Over(named)),
            Some((form, Place::Across, _)) => (form, NotePlace::Across),
            Some((form, Place::LeftOfArrow, _)) => (form, NotePlace::LeftOfArrow),
            Some((form, Place::RightOfArrow, _)) => (form, NotePlace::RightOfArrow),
            None => (Form::Shape(NoteShape::Note), place),
        };
        let (style, start, text) = (text.wrap.map(str::to_owned), text.start, text.text);
        self.builder.label_limit(&text, at);
        self.builder.push(match form {
            Form::Divider => Item::Divider { text, span: at },
            Form::Delay => Item::Delay { duration: parse_duration(&text), text, span: at },
            Form::Ref => Item::Ref(Ref { over: place.participants().to_vec(), text, style, span: at }),
            Form::Shape(shape) => Item::Note(Note { shape, place, text, style, same_height: false, span: at }),
        });
        Outcome::Done { length: pair.as_span().end(), text: Some(start) }
    }

    fn place(&mut self, pair: &Pair<'_>, statement: &Statement<'_>) -> NotePlace {
        let names = pair.clone().into_inner().filter(|inner| inner.as_rule() == Rule::name);
        let names: Vec<(String, Span)> = names.map(|name| (read_name(name.as_str()), statement.place(&name))).collect();
        let over: Vec<ParticipantId> = names.iter().map(|(name, at)| self.builder.mention(name, *at)).collect();
        let side = find(pair, Rule::side).map(|side| side.as_str().to_ascii_lowercase());
        match (side.as_deref(), over.first()) {
            (Some(side), Some(&one)) if side.starts_with("left") => NotePlace::LeftOf(one),
            (Some(_), Some(&one)) => NotePlace::RightOf(one),
            _ => NotePlace::Over(over),
        }
    }

    /// `title text`, `title: text`
    pub fn title(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::title, statement.text) else { return Outcome::Unread };
        let text = statement.text_of(&pair, &mut self.builder);
        let word = matched(Rule::title_word, statement.text).unwrap_or_default();
        if text.text.is_empty() {
            // One blank belongs to the word, and something has to follow it.
            if statement.text[word..].starts_with([' ', '\t']) {
                let warning = Diagnostic::warning(SYNTAX, "this title is empty").at(statement.whole(&pair), "");
                self.builder.problem(warning.with_help("write the title after the word, or remove the line"));
                return Outcome::Done { length: pair.as_span().end(), text: None };
            }
            return Outcome::Unread;
        }
        let start = text.start;
        let below = statement.text[..word].ends_with(['\n', '\r']);
        let line = skip_blank(&statement.text[word..]);
        if below && (is_keyword(&first_word(line).to_ascii_lowercase()) || looks_like_message(line)) {
            let warning = Diagnostic::warning(SYNTAX, "Mermaid reads the line below `title` as the title")
                .at(text.at, "drawn as the title, never played");
            self.builder.problem(warning.with_help("write the title after the word, or remove `title`"));
        }
        self.builder.title(&text.text, statement.whole(&pair));
        Outcome::Done { length: pair.as_span().end(), text: Some(start) }
    }

    /// `autonumber 10 5`
    pub fn autonumber(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::autonumber, statement.text) else { return Outcome::Unread };
        let (at, length) = (statement.whole(&pair), pair.as_span().end());
        if length == statement.text.len() && statement.text.ends_with(char::is_whitespace) {
            // Mermaid takes blanks here together with the end of the line, and then misses that end.
            let error =
                Diagnostic::error(SYNTAX, "Mermaid cannot read `autonumber` with a space at the end of its line");
            self.builder.problem(error.at(at, "").with_help("remove the space at the end of the line"));
        }
        let mut numbers = pair.clone().into_inner().filter(|inner| inner.as_rule() == Rule::number);
        let (start, step) = (numbers.next(), numbers.next());
        let written = |number: Option<Pair<'_>>| number.map(|number| number.as_str().to_owned());
        let numbering = match find(&pair, Rule::off) {
            Some(_) => Autonumber::Off,
            None => Autonumber::On { start: written(start), step: written(step), format: None },
        };
        self.builder.push(Item::Autonumber(numbering, at));
        Outcome::Done { length, text: None }
    }

    /// `link A: label @ URL`, kept for drawing.
    pub fn extra(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::extra, statement.text) else { return Outcome::Unread };
        let Some(name) = find(&pair, Rule::name) else { return Outcome::Unread };
        let text = statement.text_of(&pair, &mut self.builder);
        let (end, start) = ((text.at.end - statement.span(0, 0).start) as usize, text.start);
        self.builder.mention(&read_name(name.as_str()), statement.place(&name));
        self.builder.push(Item::Style(statement.text[..end].to_owned(), statement.span(0, end)));
        Outcome::Done { length: pair.as_span().end(), text: Some(start) }
    }
}
