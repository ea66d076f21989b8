//! Participants: declared, created, destroyed, active, in boxes.

use super::grammar::{Rule, read};
use super::keywords::Change;
use super::{Outcome, Reader, mistakes};
use crate::diagram::{Create, Item, Lifecycle, ParticipantKind};
use crate::source::{Diagnostic, Severity, Span};
use crate::syntax::{Declaration, SYNTAX, TextLine, unquote};
use pest::iterators::Pair;

const EXAMPLE: &str = "participant \"Chat Server\" as Server";

impl<'a> Reader<'a> {
    /// `participant LABEL as ID`
    pub(super) fn declare(&mut self, kind: ParticipantKind, line: TextLine<'a>) -> Outcome {
        let read = read(Rule::declaration, line.text);
        let arrow = line.text.contains("->") || line.text.contains("<-");
        if arrow && !line.text.contains('"') && !matches!(kind, ParticipantKind::Participant | ParticipantKind::Actor) {
            // `Database Server->Client: text`
            let error = Diagnostic::error(SYNTAX, "a declaration has one name and no arrow");
            return Outcome::Declined(error.at(self.input.line_span(line), ""));
        }
        match read {
            Ok(pair) => {
                if let Some(declaration) = self.declaration(pair, kind, line) {
                    self.builder.declare(declaration, self.input.line_span(line));
                }
                Outcome::Done
            }
            Err(misfit) => {
                self.builder.problem(misfit.diagnose(self.input, line, "declaration", EXAMPLE));
                Outcome::Done
            }
        }
    }

    /// `fontawesome6solid f120 LABEL as ID`: the icon is not kept.
    pub(super) fn icon(&mut self, behind: &'a str, line: TextLine<'a>) -> Outcome {
        let at = self.input.line_span(line);
        let offset = line.text.len() - behind.len();
        let Some(space) = behind.find(' ') else {
            let error = Diagnostic::error(SYNTAX, "an icon needs its code and then a name").at(at, "");
            return Outcome::Declined(error.with_help("for example: fontawesome6solid f120 Server"));
        };
        // The rule wants a keyword; the code stands where one would.
        let rest = TextLine { text: &behind[space..], start: line.start + offset + space, ..line };
        let text = format!("participant{}", rest.text);
        match read(Rule::declaration, &text) {
            Ok(_) => {
                let declared = TextLine { text: &line.text[offset..], start: line.start + offset, ..line };
                if let Ok(pair) = read(Rule::declaration, declared.text)
                    && let Some(declaration) = self.declaration(pair, ParticipantKind::Participant, declared)
                {
                    self.builder.declare(declaration, at);
                }
                let warning = Diagnostic::warning(SYNTAX, "icons are not supported: this lifeline is drawn as a box");
                self.builder.problem(warning.at(at, ""));
                Outcome::Done
            }
            Err(misfit) => self.misfit(&misfit, line, "declaration", "fontawesome6solid f120 Server"),
        }
    }

    /// `create X`, `create actor LABEL as ID`
    pub(super) fn create(&mut self, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::creation, line.text) {
            Ok(pair) if line.text.contains('"') || !self.reads_as_message(line) => pair,
            Ok(_) => return Outcome::Declined(Diagnostic::error(SYNTAX, "this is an arrow")),
            Err(misfit) => return self.misfit(&misfit, line, "`create`", "create participant Worker"),
        };
        let at = self.input.line_span(line);
        let keyword = pair.clone().into_inner().any(|part| part.as_rule() == Rule::kind);
        let Some(declaration) = self.declaration(pair, ParticipantKind::Participant, line) else {
            return Outcome::Done;
        };
        if keyword || declaration.label.is_some() || declaration.style.is_some() {
            self.builder.create(declaration, at);
        } else {
            let participant = self.builder.mention(&declaration.id, at);
            let change = Lifecycle::Create(Create::Plain);
            self.builder.push(Item::Lifecycle { participant, change, style: None, span: at });
        }
        Outcome::Done
    }

    /// `activate X` and its like.
    pub(super) fn lifecycle(&mut self, change: Change, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::lifecycle, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "statement", "activate Server"),
        };
        let (mut participant, mut style) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::id => participant = self.lifeline(&part, line),
                Rule::colour => add_style(&mut style, part.as_str()),
                _ => {}
            }
        }
        let span = self.input.line_span(line);
        let Some(participant) = participant else { return Outcome::Done };
        let change = match change {
            Change::Activate => {
                self.activated.insert(participant);
                Lifecycle::Activate
            }
            Change::Deactivate => {
                self.deactivated.push((participant, span));
                Lifecycle::Deactivate
            }
            Change::Destroy => Lifecycle::Destroy,
            Change::DestroyAfter => Lifecycle::DestroyAfter,
        };
        self.builder.push(Item::Lifecycle { participant, change, style, span });
        Outcome::Done
    }

    /// `participantgroup #red TITLE`
    pub(super) fn group(&mut self, word: &str, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::group, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "box", "participantgroup #lightblue Backend"),
        };
        let (mut title, mut style) = (String::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::title => title = plain(part.as_str()),
                Rule::colour => add_style(&mut style, part.as_str()),
                _ => {}
            }
        }
        self.builder.open_group(&word.to_ascii_lowercase(), &title, style, self.input.line_span(line));
        Outcome::Done
    }

    fn declaration(&mut self, pair: Pair<'_, Rule>, kind: ParticipantKind, line: TextLine<'_>) -> Option<Declaration> {
        let mut declaration = Declaration { kind, ..Declaration::default() };
        let (mut drawn, mut id) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kind => declaration.kind = ParticipantKind::from_keyword(part.as_str()).unwrap_or(kind),
                Rule::declared => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::drawn => drawn = Some(part),
                            Rule::id => id = Some(part),
                            Rule::colour => add_style(&mut declaration.style, part.as_str()),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let drawn = drawn?;
        let place = |pair: &Pair<'_, Rule>| self.input.piece(line, pair.as_span().start()..pair.as_span().end());
        let (drawn_at, drawn_text) = (place(&drawn), drawn.as_str().trim());
        let id = id.map(|id| (place(&id), id.as_str().trim().to_owned()));
        // goseq writes `participant id: label`.
        if id.is_none()
            && !drawn_text.starts_with('"')
            && let Some((id, label)) = drawn_text.split_once(':')
        {
            declaration.id = self.checked(id.trim(), drawn_at)?;
            declaration.label = Some(label.trim().to_owned());
            return Some(declaration);
        }
        match id {
            None => declaration.id = self.checked(drawn_text, drawn_at)?,
            Some((at, text)) => {
                declaration.id = self.checked(&text, at)?;
                declaration.label = Some(match unquote(drawn_text) {
                    Some(label) => label.into_owned(),
                    None => self.checked(drawn_text, drawn_at)?,
                });
            }
        }
        Some(declaration)
    }

    /// A name in a declaration without its quotes; none where it is a mistake, which is then reported.
    fn checked(&mut self, text: &str, at: Span) -> Option<String> {
        let problem = match unquote(text) {
            Some(name) if !name.trim().is_empty() => return Some(name.into_owned()),
            Some(_) => Some(Diagnostic::error(SYNTAX, "this lifeline has no name").at(at, "empty quotes")),
            None => mistakes::declared_name(text, at),
        };
        let refused = problem.as_ref().is_some_and(|problem| problem.severity == Severity::Error);
        problem.into_iter().for_each(|problem| self.builder.problem(problem));
        (!refused).then(|| text.to_owned())
    }
}

/// Colours that follow one another are kept with one blank between.
pub(super) fn add_style(style: &mut Option<String>, colour: &str) {
    match style {
        Some(style) => {
            style.push(' ');
            style.push_str(colour);
        }
        None => *style = Some(colour.to_owned()),
    }
}

/// A text without the quotes around it, where there are any.
fn plain(text: &str) -> String {
    let text = text.trim();
    unquote(text).map_or_else(|| text.to_owned(), std::borrow::Cow::into_owned)
}
