//! Names, declarations, and changes of participants.

use super::{Printer, fits};
use crate::diagram::{Arrow, Create, End, Item, Lifecycle, ParticipantId, ParticipantKind, every};
use crate::source::Span;
use crate::syntax::plantuml::grammar::{PlantUml, Rule};
use crate::syntax::plantuml::life::Change;
use pest::Parser as _;

/// Words that begin a statement even where an arrow follows them.
const STATEMENTS: [&str; 9] =
    ["title", "header", "footer", "caption", "legend", "mainframe", "newpage", "skinparam", "sprite"];

/// Whether a name needs no quotes anywhere.
pub(super) fn is_plain(name: &str) -> bool {
    let whole =
        PlantUml::parse(Rule::id, name).is_ok_and(|mut pairs| pairs.next().is_some_and(|id| id.as_str() == name));
    whole && !STATEMENTS.iter().any(|word| word.eq_ignore_ascii_case(name)) && !name.starts_with('@')
}

/// A name as it is written in arrows. Quotes cannot stand in a quoted name: they become apostrophes.
pub(super) fn written(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let inner = name.replace(['"', '“', '”'], "'").replace('\n', "\\n");
    if inner.is_empty() { "\" \"".to_owned() } else { format!("\"{inner}\"") }
}

impl Printer<'_> {
    /// How a participant is written; it stands in the text from now on.
    pub(super) fn name(&mut self, id: ParticipantId) -> String {
        let index = id.0 as usize;
        if let Some(seen) = self.seen.get_mut(index).filter(|seen| !**seen) {
            *seen = true;
            let participant = self.diagram.participant(id);
            if participant.id.contains(['"', '“', '”', '\n']) || participant.id.is_empty() {
                self.lose(&format!("the name `{}`", participant.id.escape_debug()), participant.span);
            }
        }
        self.names.get(index).cloned().unwrap_or_default()
    }

    pub(super) fn list(&mut self, ids: &[ParticipantId]) -> String {
        ids.iter().map(|&id| self.name(id)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn declare(&mut self, id: ParticipantId, at: Span) {
        let again = self.declared.get_mut(id.0 as usize).is_some_and(|known| std::mem::replace(known, true));
        if again {
            // Outside of a box it would change nothing.
            let name = self.name(id);
            if self.boxes > 0 {
                self.line(&format!("participant {name}"));
            }
            return;
        }
        let (declaration, lines) = self.declaration(id, at);
        self.line(&declaration);
        if let Some(lines) = lines {
            self.depth += 1;
            lines.iter().for_each(|line| self.line(line));
            self.depth -= 1;
            self.line("]");
        }
    }

    /// A declaration without `create`; where its drawn name has several lines, these stand below it.
    fn declaration(&mut self, id: ParticipantId, at: Span) -> (String, Option<Vec<String>>) {
        let participant = self.diagram.participant(id);
        let kind = match participant.kind {
            ParticipantKind::Cloud => {
                self.lose("the symbol of a cloud", at);
                ParticipantKind::Participant
            }
            kind => kind,
        };
        let written = self.name(id);
        let plain = !written.starts_with('"');
        let keyword = kind.keyword();
        let mut lines = None;
        if participant.label.as_deref() == Some("") {
            self.lose("an empty drawn name", at);
        }
        let head = match participant.label.as_deref().filter(|label| !label.is_empty()) {
            None => format!("{keyword} {written}"),
            Some(label)
                if label.contains('\n')
                    && !label.contains(['[', ']'])
                    && kind == ParticipantKind::Participant
                    && plain =>
            {
                lines = Some(label.split('\n').map(str::to_owned).collect());
                format!("{keyword} {written}")
            }
            Some(label) if plain => {
                let label = self.one_line(label).into_owned();
                if label.contains(['"', '“', '”']) {
                    self.lose("a quote in a drawn name", at);
                }
                format!("{keyword} \"{}\" as {written}", label.replace(['"', '“', '”'], "'"))
            }
            Some(_) => {
                self.lose("a drawn name together with an id that needs quotes", at);
                format!("{keyword} {written}")
            }
        };
        let bracket = if lines.is_some() { " [" } else { "" };
        if let Some(style) = &participant.style {
            let styled = format!("{head} {style}{bracket}");
            if fits(&styled, &[Rule::declare]) {
                return (styled, lines);
            }
            self.lose(&format!("the style `{style}`"), at);
        }
        (head + bracket, lines)
    }

    /// A change of a participant; `behind` are the statements below it.
    pub(super) fn lifecycle(
        &mut self,
        id: ParticipantId,
        change: Lifecycle,
        style: Option<&str>,
        at: Span,
        behind: &[Item],
    ) {
        let (word, change) = match change {
            Lifecycle::Activate => ("activate", Change::Activate),
            Lifecycle::Deactivate => ("deactivate", Change::Deactivate),
            Lifecycle::Destroy => ("destroy", Change::Destroy),
            // PlantUML says it below the arrow.
            Lifecycle::DestroyAfter => return self.to_destroy.push(id),
            Lifecycle::Create(create) => return self.create(id, create, style, at, behind),
        };
        let taken = self.life.change(id, change).is_ok();
        let name = self.name_where(id, taken);
        let style = style.map(|style| format!(" {style}")).unwrap_or_default();
        let mut line = format!("{word} {name}{style}");
        if !style.is_empty() && !fits(&line, &[Rule::lifecycle]) {
            self.lose("the colour of an activation", at);
            line = format!("{word} {name}");
        }
        if taken {
            self.line(&line);
        } else {
            self.lose(&format!("`{word}` here"), at);
            self.comment(&format!(" {line}"));
        }
    }

    /// How a participant is written where the line is `taken` for what it says; what stands in a comment stands nowhere.
    fn name_where(&mut self, id: ParticipantId, taken: bool) -> String {
        if taken { self.name(id) } else { self.names.get(id.0 as usize).cloned().unwrap_or_default() }
    }

    /// `create X` stands right above the arrow to X; elsewhere the arrow itself says `**`.
    fn create(&mut self, id: ParticipantId, create: Create, style: Option<&str>, at: Span, behind: &[Item]) {
        let announced = match next_message(behind) {
            Some(Item::Arrow(arrow)) => arrow.drawn.create || reaches(arrow, id),
            // PlantUML forgets a `create` behind which another one stands (`**` is one too), or nothing.
            Some(_) | None => true,
        };
        if announced && self.life.change(id, Change::Create).is_ok() {
            match create {
                Create::Plain => {
                    let name = self.name(id);
                    let styled = format!("create {name} {}", style.unwrap_or_default());
                    let line = if fits(&styled, &[Rule::lifecycle]) { styled } else { format!("create {name}") };
                    self.line(line.trim_end());
                }
                Create::Declaring => {
                    let (declaration, lines) = self.declaration(id, at);
                    if lines.is_some() {
                        self.lose("a created participant with a drawn name of several lines", at);
                    }
                    self.line(&format!("create {}", declaration.trim_end_matches(" [")));
                }
            }
            return;
        }
        if create == Create::Declaring {
            self.declare(id, at);
        }
        self.to_create.push(id);
    }

    /// Those that end with the arrow above.
    pub(super) fn destroy_now(&mut self) {
        for id in std::mem::take(&mut self.to_destroy) {
            let taken = self.life.change(id, Change::Destroy).is_ok();
            let name = self.name_where(id, taken);
            if taken {
                self.line(&format!("destroy {name}"));
            } else {
                self.comment(&format!(" destroy {name}"));
            }
        }
    }
}

/// The first arrow or `create` in the order of the text.
fn next_message(items: &[Item]) -> Option<&Item> {
    every(items).find(|item| matches!(item, Item::Arrow(_) | Item::Lifecycle { change: Lifecycle::Create(_), .. }))
}

/// Whether PlantUML takes an arrow for the one that creates a participant.
fn reaches(arrow: &Arrow, id: ParticipantId) -> bool {
    let who = End::Participant(id);
    match (&arrow.from, &arrow.to) {
        (End::Outside(_), to) => *to == who,
        (from, End::Outside(_)) => *from == who,
        (from, End::Several(ids)) => *from != who && ids.first() == Some(&id),
        (from, to) => *from != who && *to == who,
    }
}
