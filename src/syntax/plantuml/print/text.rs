//! Notes, references, titles, styling, comments.

use super::{Printer, fits};
use crate::diagram::{Diagram, End, Head, Note, NotePlace, NoteShape, ParticipantId, Ref, Side};
use crate::source::Span;
use crate::syntax::plantuml::frame::{is_begin, is_marker};
use crate::syntax::plantuml::grammar::{PlantUml, Rule, name};
use crate::syntax::plantuml::life::Message;
use crate::syntax::plantuml::note::inner_depth;
use crate::syntax::plantuml::preprocessor;
use pest::Parser as _;
use std::borrow::Cow;

impl Printer<'_> {
    pub(super) fn title(&mut self, title: &str) {
        let quoted = title.starts_with('"') && title.ends_with('"');
        if title.contains('\n') || quoted {
            let span = self.diagram.span;
            return self.block("title", title, "end title", span);
        }
        let colon = if title.starts_with(':') { ":" } else { "" };
        self.line(&format!("title{colon} {title}"));
    }

    pub(super) fn note(&mut self, note: &Note) {
        let word = match note.shape {
            NoteShape::Note => "note",
            NoteShape::Round => "rnote",
            NoteShape::Angled => "hnote",
            NoteShape::Box | NoteShape::State => {
                self.lose("the shape of this note", note.span);
                if note.shape == NoteShape::Box { "rnote" } else { "hnote" }
            }
        };
        let place = match &note.place {
            NotePlace::LeftOf(id) => format!("left of {}", self.name(*id)),
            NotePlace::RightOf(id) => format!("right of {}", self.name(*id)),
            NotePlace::Over(over) if over.len() > 2 => {
                self.lose("a note over more than two participants (written over the first and the last)", note.span);
                let ends: Vec<_> = over.first().into_iter().chain(over.last()).copied().collect();
                format!("over {}", self.list(&ends))
            }
            NotePlace::Over(over) => format!("over {}", self.list(over)),
            NotePlace::Across => "across".to_owned(),
            NotePlace::LeftOfArrow => "left".to_owned(),
            NotePlace::RightOfArrow => "right".to_owned(),
        };
        let slash = if note.same_height { "/ " } else { "" };
        let plain = format!("{slash}{word} {place}");
        let styled = note.style.as_deref().map(|style| styled_note(slash, word, &place, style));
        let head = match styled {
            Some(styled) if fits(&format!("{styled} : x"), &[Rule::note]) => styled,
            Some(_) => {
                self.lose("the style of this note", note.span);
                plain
            }
            None => plain,
        };
        if note.text.contains('\n') {
            self.block(&head, &note.text, "end note", note.span);
        } else {
            self.line(format!("{head} : {}", note.text).trim_end());
        }
    }

    pub(super) fn reference(&mut self, reference: &Ref) {
        let over = self.list(&reference.over);
        let mut words = reference.style.as_deref().unwrap_or_default().split(' ').peekable();
        let colour = words.next_if(|word| word.starts_with('#')).unwrap_or_default();
        let rest: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" {}", rest.join(" ")) };
        let mut head = format!("ref{colour} over {over}{rest}");
        if !fits(&format!("{head} : x"), &[Rule::reference]) {
            self.lose("the style of this reference", reference.span);
            head = format!("ref over {over}");
        }
        if reference.text.contains('\n') {
            self.block(&head, &reference.text, "end ref", reference.span);
        } else {
            self.line(format!("{head} : {}", reference.text).trim_end());
        }
    }

    /// A text of several lines.
    fn block(&mut self, head: &str, text: &str, end: &str, at: Span) {
        self.line(head);
        self.depth += 1;
        if text.split('\n').any(|line| line.trim_end() != line) {
            self.lose("a space at the end of a line of this text", at);
        }
        let closed = inner_depths(text).last() == Some(0);
        let mut depths = inner_depths(text);
        for line in text.split('\n').map(str::trim_end) {
            // A diagram inside a text may hold whatever it wants; where it is not closed it is only text.
            let inside = closed && (depths.next() != Some(0) || line.trim() == "}}");
            // `~` keeps PlantUML from taking what follows for anything but text.
            if !inside && is_dangerous(line.trim(), end) {
                self.lose("a line of a text that would end the text, or would be a comment,", at);
                self.line(&format!("~{line}"));
            } else {
                self.line(line);
            }
        }
        self.depth -= 1;
        self.line(end);
    }

    pub(super) fn comment(&mut self, text: &str) {
        // What begins like a diagram would be one, also behind the sign of a comment.
        if text.lines().any(|line| is_begin(&format!("'{line}"))) {
            self.comment(&text.replace("@start", "~@start").replace("\\start", "~\\start"));
        } else if text.contains('\n') || text.starts_with('@') {
            self.line(&format!("/'{text}'/"));
        } else {
            self.line(&format!("'{text}"));
        }
    }

    pub(super) fn style(&mut self, text: &str, at: Span) {
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        let hidden = first.contains("hidden");
        let known = fits(first, &[Rule::style, Rule::text_block])
            || preprocessor::included(first).is_some()
            || hidden && fits(first, &[Rule::arrow, Rule::from_outside, Rule::to_outside]);
        if hidden && known {
            self.life.message(hidden_message(self.diagram, first));
        }
        if !known {
            self.lose("a line that changes only the drawing", at);
            return text.split('\n').for_each(|line| self.comment(format!(" {line}").trim_end()));
        }
        self.line(first);
        let inner: Vec<&str> = lines.collect();
        if let Some((last, inner)) = inner.split_last() {
            self.depth += 1;
            inner.iter().for_each(|line| self.line(line));
            self.depth -= 1;
            self.line(last);
        }
    }

    /// A text that fits one line: PlantUML writes its line breaks `\n`.
    pub(super) fn one_line<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(['\n', '\0']) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace('\n', "\\n").replace('\0', ""))
    }
}

/// A note with its style; what the reader kept there because a note has no field for it stands before the place.
fn styled_note(slash: &str, word: &str, place: &str, style: &str) -> String {
    let (same, style) = match style.strip_prefix('&') {
        Some(rest) => ("& ", rest.trim_start()),
        None => ("", style),
    };
    let (first, rest) = style.split_once(' ').unwrap_or((style, ""));
    let (place, style) = if matches!(first, "top" | "bottom") { (first, rest) } else { (place, style) };
    format!("{same}{slash}{word} {place} {style}").trim_end().to_owned()
}

/// How deep inside of `{{ … }}` each line of a text leaves the reader.
fn inner_depths(text: &str) -> impl Iterator<Item = usize> {
    text.split('\n').scan(0usize, |depth, line| {
        *depth = inner_depth(*depth, line.trim());
        Some(*depth)
    })
}

fn is_dangerous(line: &str, end: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let joined = lower.replacen("end ", "end", 1);
    line.starts_with('\'')
        || line.starts_with("/'")
        || line.starts_with("{{")
        || is_marker(line)
        || preprocessor::in_line(line).is_some()
        || ["endnote", "endhnote", "endrnote"].contains(&joined.as_str()) && end == "end note"
        || (joined == "endref" || joined == "end") && end == "end ref"
        || joined == "endtitle" && end == "end title"
}

/// What the reader makes of a hidden arrow: a message that PlantUML counts.
fn hidden_message(diagram: &Diagram, line: &str) -> Message {
    let names = PlantUml::parse(Rule::line, line).ok().and_then(|mut pairs| pairs.next()).map(|pair| {
        let ends = pair.into_inner().flatten().filter(|piece| matches!(piece.as_rule(), Rule::quoted | Rule::id));
        ends.filter_map(|end| diagram.find(name(&end))).take(2).collect::<Vec<_>>()
    });
    let names = names.unwrap_or_default();
    let end = |id: Option<&ParticipantId>| id.map_or(End::Outside(Side::Left), |&id| End::Participant(id));
    let (from, to) = (end(names.first()), end(names.get(1)));
    Message { from, to, head: Head::Filled, receiver: names.get(1).or(names.first()).copied() }
}
