//! A diagram as canonical native text: what [`super::parse`] reads as the same diagram.
//!
//! What the dialect has no spelling for (it comes from another dialect) is printed as near as it can be, and named in
//! [`Converted::losses`]. Names are quoted only where a reader would take them for something else.

mod arrow;
mod block;
mod name;

use super::grammar::{Rule, begins_with_link, read};
use super::keywords;
use crate::diagram::{Autonumber, Create, Diagram, Item, Lifecycle, Note, NotePlace, NoteShape, ParticipantId, Ref};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Converted, LOSS, directives, quote};
use std::borrow::Cow;

/// Prints a diagram.
pub(in crate::syntax) fn print(diagram: &Diagram) -> Converted {
    let mut printer = Printer {
        diagram,
        names: name::all_printed(diagram.participants.iter().map(|participant| &*participant.id)),
        seen: vec![false; diagram.participants.len()],
        backward: None,
        out: String::new(),
        losses: Vec::new(),
        depth: 0,
    };
    printer.head();
    let body = &diagram.body;
    let first = usize::from(printer.out.is_empty() && body.first() == Some(&Item::Blank));
    let last = body.len() - usize::from(body.len() > first && body.last() == Some(&Item::Blank));
    printer.items(&body[first..last]);
    Converted { text: printer.out, losses: printer.losses }
}

struct Printer<'a> {
    diagram: &'a Diagram,
    /// How each participant is written.
    names: Vec<String>,
    /// Which participants stand in the text by now.
    seen: Vec<bool>,
    /// Whether the arrow that was written last stands in the text from its head.
    backward: Option<bool>,
    out: String,
    losses: Vec<Diagnostic>,
    depth: usize,
}

impl Printer<'_> {
    fn head(&mut self) {
        if let Some(title) = &self.diagram.title {
            let title = self.one_line(title);
            // A colon behind the keyword would be taken for part of it, and an arrow for an arrow.
            let colon = if title.starts_with([':', '-', '<', '(']) { ":" } else { "" };
            self.line(&format!("title{colon} {title}"));
        }
        for setting in &self.diagram.settings {
            self.line(&format!("#@ {}", directives::print_setting(setting)));
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Declare(id, _) => {
                let declaration = self.declaration(*id);
                self.line(&declaration);
            }
            Item::Group(group) => self.group(group),
            Item::Arrow(arrow) => self.arrow(arrow),
            Item::Fragment(fragment) => self.fragment(fragment),
            Item::Note(note) => self.note(note),
            Item::Ref(reference) => self.reference(reference),
            Item::Divider { text, .. } => {
                let text = self.one_line(text);
                self.line(&format!("== {text} ==").replace("==  ==", "== =="));
            }
            Item::Delay { text, .. } => {
                let text = self.one_line(text);
                let line = if text.is_empty() { "...".to_owned() } else { format!("...{text}...") };
                self.line(&line);
            }
            Item::Space(None, _) => self.line("space"),
            Item::Space(Some(amount), _) => self.line(&format!("space {amount}")),
            Item::Lifecycle { participant, change, style, span } => {
                self.lifecycle(*participant, *change, style.as_deref(), *span);
            }
            Item::Autonumber(numbers, span) => {
                let line = autonumber(numbers);
                // `autonumber 1-1` of PlantUML.
                if read(Rule::autonumber, &line).is_ok() {
                    self.line(&line);
                } else {
                    self.lose(&format!("`{line}`, whose numbers have other separators than dots,"), *span);
                    self.line(&format!("# {line}"));
                }
            }
            Item::TimeBound(bound) => {
                self.lose("a time between two anchors", bound.span);
                self.line(&format!("# {{{}}} <-> {{{}}}: {}", bound.from, bound.to, bound.text));
            }
            Item::Style(text, span) => self.style(text, *span),
            Item::Directive(directive) => {
                let participants = &self.diagram.participants;
                let name = |id: ParticipantId| participants[id.0 as usize].id.clone();
                let known = |name: &str| self.diagram.find(name).is_some();
                let text = directives::print_directive(&directive.kind, name, known);
                self.line(&format!("#@ {text}"));
            }
            Item::Comment(text, _) => {
                for line in text.split('\n') {
                    let gap = if line.starts_with('@') { " " } else { "" };
                    self.line(format!("#{gap}{line}").trim_end());
                }
            }
            Item::Blank => self.line(""),
        }
    }

    /// `participant "Chat Server" as Server #red`
    fn declaration(&mut self, id: ParticipantId) -> String {
        let participant = self.diagram.participant(id);
        let name = self.name(id);
        let keyword = participant.kind.keyword();
        let colours = self.colours(participant.style.as_deref(), participant.span);
        match &participant.label {
            None => format!("{keyword} {name}{colours}"),
            Some(label) => {
                let label = self.one_line(label);
                let simple = !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '_');
                let label = if simple { label } else { Cow::Owned(quote(&label)) };
                format!("{keyword} {label} as {name}{colours}")
            }
        }
    }

    fn lifecycle(&mut self, id: ParticipantId, change: Lifecycle, style: Option<&str>, at: Span) {
        let word = match change {
            Lifecycle::Activate => "activate",
            Lifecycle::Deactivate => "deactivate",
            Lifecycle::Destroy => "destroy",
            Lifecycle::DestroyAfter => "destroyafter",
            Lifecycle::Create(Create::Plain) => {
                if style.is_some() {
                    self.lose("the colour of `create`", at);
                }
                let name = self.name(id);
                return self.line(&format!("create {name}"));
            }
            Lifecycle::Create(Create::Declaring) => {
                let declaration = self.declaration(id);
                return self.line(&format!("create {declaration}"));
            }
        };
        let (name, colours) = (self.name(id), self.colours(style, at));
        self.line(&format!("{word} {name}{colours}"));
    }

    fn note(&mut self, note: &Note) {
        if note.same_height {
            self.lose("the height of this note", note.span);
        }
        let word = match note.shape {
            NoteShape::Note => "note",
            NoteShape::Box => "box",
            NoteShape::Round => "rbox",
            NoteShape::Angled => "abox",
            NoteShape::State => "state",
        };
        let place = match &note.place {
            NotePlace::LeftOf(id) => format!("left of {}", self.name(*id)),
            NotePlace::RightOf(id) => format!("right of {}", self.name(*id)),
            NotePlace::Over(over) => format!("over {}", self.list(over)),
            NotePlace::Across => "across".to_owned(),
            NotePlace::LeftOfArrow => "left".to_owned(),
            NotePlace::RightOfArrow => "right".to_owned(),
        };
        let colours = self.colours(note.style.as_deref(), note.span);
        self.text_or_block(word, &format!("{word} {place}{colours}"), &note.text);
    }

    fn reference(&mut self, reference: &Ref) {
        let over = self.list(&reference.over);
        let colours = self.colours(reference.style.as_deref(), reference.span);
        self.text_or_block("ref", &format!("ref over {over}{colours}"), &reference.text);
    }

    /// A text behind a colon, or in lines up to `end WORD`.
    fn text_or_block(&mut self, word: &str, head: &str, text: &str) {
        if text.contains('\n') && super::note::fits_block(text) {
            self.line(head);
            self.depth += 1;
            for line in text.split('\n') {
                self.line(line);
            }
            self.depth -= 1;
            return self.line(&format!("end {word}"));
        }
        let text = self.one_line(text);
        self.line(format!("{head}: {text}").trim_end());
    }

    fn style(&mut self, text: &str, at: Span) {
        let word = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        // What this dialect would take for an arrow is none.
        let arrow = begins_with_link(text[word.len()..].trim_start());
        if keywords::is_style(word) && !text.contains('\n') && !arrow {
            return self.line(text);
        }
        self.lose("a line that changes only the drawing", at);
        for line in text.split('\n') {
            self.line(format!("# {line}").trim_end());
        }
    }

    /// How a participant is written; it stands in the text from now on.
    fn name(&mut self, id: ParticipantId) -> String {
        if let Some(seen) = self.seen.get_mut(id.0 as usize) {
            *seen = true;
        }
        self.names[id.0 as usize].clone()
    }

    fn list(&mut self, ids: &[ParticipantId]) -> String {
        ids.iter().map(|&id| self.name(id)).collect::<Vec<_>>().join(", ")
    }

    /// Colours behind a statement, with the blank before them.
    fn colours(&mut self, style: Option<&str>, at: Span) -> String {
        let Some(style) = style else { return String::new() };
        for style in [style.to_owned(), format!("#{style}")] {
            if name::are_colours(&style) {
                return format!(" {style}");
            }
        }
        self.lose(&format!("the style `{style}`"), at);
        String::new()
    }

    /// A text that fits one line.
    fn one_line<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains(['\n', '\0']) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace('\n', "\\n").replace('\0', ""))
    }

    fn lose(&mut self, what: &str, at: Span) {
        let note = Diagnostic::note(LOSS, format!("{what} is not supported in the native dialect"));
        self.losses.push(note.at(at, ""));
    }

    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            for _ in 0..self.depth {
                self.out.push_str("    ");
            }
            self.out.push_str(text);
        }
        self.out.push('\n');
    }
}

fn autonumber(numbers: &Autonumber) -> String {
    let format_of = |format: &Option<String>| format.as_deref().map(quote);
    let words = match numbers {
        Autonumber::Off => vec![Some("off".to_owned())],
        Autonumber::On { start, step, format } => {
            // A step or a format needs a start before it.
            let first = start.clone().or_else(|| step.as_ref().map(|_| "1".to_owned()));
            vec![first, step.clone(), format_of(format)]
        }
        Autonumber::Resume { step, format } => vec![Some("resume".to_owned()), step.clone(), format_of(format)],
        Autonumber::Increment(what) => vec![Some("inc".to_owned()), Some(what.clone())],
    };
    let mut line = "autonumber".to_owned();
    for word in words.into_iter().flatten() {
        line.push(' ');
        line.push_str(&word);
    }
    line
}
