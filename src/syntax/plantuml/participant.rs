//! Declarations, boxes around them, and changes of participants.

use super::grammar::{Pair, Rule, find, has, name, names, ornaments, place};
use super::life::Change;
use super::lines::Line;
use super::reader::Reader;
use crate::diagram::{Create, Item, Lifecycle, ParticipantId, ParticipantKind};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Declaration, SYNTAX};

impl Reader<'_> {
    /// `participant …`, `create actor …`, `participant X [`.
    pub fn declare(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let creates = has(pair, Rule::create) || has(pair, Rule::create_kind);
        let kind = find(pair, Rule::create_kind)
            .as_ref()
            .map_or_else(|| find(pair, Rule::kind), |both| find(both, Rule::kind));
        let kind = kind.and_then(|kind| ParticipantKind::from_keyword(kind.as_str())).unwrap_or_default();
        let (id, mut label) = naming(pair);
        let mut at = line.whole();
        if has(pair, Rule::open_text) {
            let Some(body) =
                self.text(line, &|text| text.ends_with(']') && !text[..text.len() - 1].contains(['[', ']']))
            else {
                return;
            };
            // What stands before the bracket belongs to the text.
            let last = body.closing.trim_end_matches(']').trim_end();
            label = Some(if last.is_empty() {
                body.text
            } else {
                format!("{}\n{last}", body.text).trim_start_matches('\n').to_owned()
            });
            at = at.to(body.end);
        }
        let known = self.builder.known(&id).map(|known| &self.builder.diagram.participants[known.0 as usize]);
        if let Some(first) = known.filter(|known| known.declared || creates) {
            if creates
                && !first.declared
                && let Some(who) = self.builder.known(&id)
            {
                self.across.declared_late(who, self.builder.participants().len());
            }
            // Listed again inside a box, it stands in that box.
            if !creates
                && self.open.last().is_some_and(|(word, _)| word == "box")
                && let Some(who) = self.builder.known(&id)
            {
                self.builder.push(Item::Declare(who, at));
                return;
            }
            let (said, help) = if creates {
                ("already exists, so PlantUML does not create it here", "write `create` before its first mention")
            } else {
                ("is declared twice; PlantUML keeps the first declaration", "remove one of the two lines")
            };
            let warning = Diagnostic::warning(SYNTAX, format!("`{id}` {said}"))
                .at(at, "this line has no effect")
                .see(first.span, "it first appears here")
                .with_help(help);
            self.builder.problem(warning);
            return;
        }
        let late = known.is_some();
        let declaration = Declaration { id, label, kind, style: ornaments(pair) };
        let who = if creates { self.builder.create(declaration, at) } else { self.builder.declare(declaration, at) };
        if late {
            self.across.declared_late(who, self.builder.participants().len());
        }
        if let Some(order) = find(pair, Rule::order) {
            self.across.ordered(who, order.as_str());
        }
        if creates {
            self.change(who, Change::Create, at);
        }
    }

    /// `activate X`, `deactivate X`, `destroy X`, `create X`, `deactivate`.
    pub fn lifecycle(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let at = line.whole();
        if has(pair, Rule::deactivate_last) {
            let Some(who) = self.life.innermost() else {
                let error = Diagnostic::error(SYNTAX, "nothing is active here, so there is nothing to deactivate")
                    .at(at, "")
                    .with_help("name the participant: deactivate B");
                self.builder.problem(error);
                return;
            };
            self.changes(who, Change::Deactivate, None, at);
            return;
        }
        let change = match find(pair, Rule::change).map(|word| word.as_str().to_ascii_lowercase()).as_deref() {
            Some("deactivate") => Change::Deactivate,
            Some("destroy") => Change::Destroy,
            Some("create") => Change::Create,
            _ => Change::Activate,
        };
        if let Some(who) = names(pair).next() {
            let who = self.builder.mention(name(&who), place(line, &who));
            self.changes(who, change, ornaments(pair), at);
        }
    }

    /// `X ++`, `X --`.
    pub fn lifecycle_short(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        if let Some(who) = names(pair).next() {
            let who = self.builder.mention(who.as_str(), place(line, &who));
            let change = if has(pair, Rule::plus) { Change::Activate } else { Change::Deactivate };
            self.changes(who, change, ornaments(pair), line.whole());
        }
    }

    fn changes(&mut self, participant: ParticipantId, change: Change, style: Option<String>, span: Span) {
        self.change(participant, change, span);
        let change = match change {
            Change::Activate => Lifecycle::Activate,
            Change::Deactivate => Lifecycle::Deactivate,
            Change::Destroy => Lifecycle::Destroy,
            Change::Create => Lifecycle::Create(Create::Plain),
        };
        self.builder.push(Item::Lifecycle { participant, change, style, span });
    }

    fn change(&mut self, who: ParticipantId, change: Change, at: Span) {
        if let Err(why) = self.life.change(who, change) {
            let word = match change {
                Change::Activate => "activated",
                Change::Deactivate => "deactivated",
                Change::Destroy => "destroyed",
                Change::Create => "created",
            };
            let name = &self.builder.diagram.participants[who.0 as usize].id;
            let error = Diagnostic::error(SYNTAX, format!("`{name}` cannot be {word} here"))
                .at(at, why)
                .with_help("move the line below the next message, or remove it");
            self.builder.problem(error);
        }
    }

    /// `box "Title" #colour`
    pub fn group_open(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let title = match (find(pair, Rule::quoted), find(pair, Rule::bare_title)) {
            (Some(quoted), _) => name(&quoted).to_owned(),
            (None, Some(bare)) => bare.as_str().trim().to_owned(),
            (None, None) => String::new(),
        };
        self.open.push(("box".to_owned(), line.whole()));
        self.builder.open_group("box", &title, ornaments(pair), line.whole());
    }

    /// `end box`
    pub fn group_close(&mut self, line: &Line<'_>) {
        let error = Diagnostic::error(SYNTAX, "this `end box` closes no box").at(line.whole(), "");
        match self.open.last() {
            Some((word, _)) if word == "box" => {
                self.open.pop();
                self.builder.close("", line.whole());
            }
            Some((word, at)) => {
                let error = error.see(*at, format!("the innermost open block is this `{word}`"));
                self.builder.problem(error.with_help(format!("close the `{word}` with `end` first")));
            }
            None => self.builder.problem(error.with_help("remove the line")),
        }
    }
}

/// The id and the drawn name of a declaration.
fn naming(pair: &Pair<'_>) -> (String, Option<String>) {
    for inner in pair.clone().into_inner() {
        let ids: Vec<Pair<'_>> = names(&inner).collect();
        return match (inner.as_rule(), ids.as_slice()) {
            (Rule::label_as_id | Rule::plain_as_id, [label, id]) => (name(id).to_owned(), Some(name(label).to_owned())),
            (Rule::id_as_label, [id, label]) => (name(id).to_owned(), Some(name(label).to_owned())),
            (Rule::quoted | Rule::id, _) => (name(&inner).to_owned(), None),
            _ => continue,
        };
    }
    (String::new(), None)
}
