//! Dividers, delays, numbers, space, and lines that are only about the drawing.

use super::grammar::{Rule, read};
use super::{Outcome, Reader};
use crate::diagram::{Autonumber, Item, parse_duration};
use crate::source::Diagnostic;
use crate::syntax::{SYNTAX, TextLine, unquote};

impl<'a> Reader<'a> {
    /// `== text ==`, `...text...`
    pub(super) fn divider_or_delay(&mut self, line: TextLine<'a>) -> bool {
        let (text, span) = (line.text, self.input.line_span(line));
        let item = if text.starts_with('=') {
            // sequencediagram.org styles a divider behind it: `==text==[#red]`.
            let body = match text.rfind("==[") {
                Some(at) if text.ends_with(']') => &text[..at + 2],
                Some(_) | None => match text.rfind("==#") {
                    // `==text==#red`
                    Some(at) if at > 1 && !text[at + 2..].contains(' ') => &text[..at + 2],
                    Some(_) | None => text,
                },
            };
            if body.len() < 4 || !body.ends_with("==") {
                let error = Diagnostic::error(SYNTAX, "this divider has no end").at(span, "it begins with `==`");
                self.builder.problem(error.with_help("for example: == second part =="));
                return true;
            }
            Item::Divider { text: body.trim_matches('=').trim().to_owned(), span }
        } else {
            let inner = text.strip_prefix("...").or_else(|| text.strip_prefix('…')).unwrap_or(text);
            let dots = inner.bytes().all(|byte| byte == b'.');
            let tail = inner.strip_suffix("...").or_else(|| inner.strip_suffix('…'));
            let Some(inner) = tail.or(dots.then_some("")) else {
                let error = Diagnostic::error(SYNTAX, "this delay has no end").at(span, "it begins with `...`");
                self.builder.problem(error.with_help("for example: ...3s..."));
                return true;
            };
            let text = inner.trim().to_owned();
            Item::Delay { duration: parse_duration(&text), text, span }
        };
        if let Item::Divider { text, .. } | Item::Delay { text, .. } = &item {
            self.builder.label_limit(text, span);
        }
        self.builder.push(item);
        true
    }

    /// goseq: `horizontal gap: text`
    pub(super) fn horizontal(&mut self, behind: &str, line: TextLine<'a>) -> Outcome {
        let span = self.input.line_span(line);
        let (form, text) = behind.split_once(':').unwrap_or((behind, ""));
        let form = form.trim();
        if !["gap", "frame", "line"].iter().any(|known| form.eq_ignore_ascii_case(known)) {
            let error = Diagnostic::error(SYNTAX, "`horizontal` needs gap, frame or line").at(span, "");
            return Outcome::Declined(error.with_help("or write a divider: == text =="));
        }
        self.builder.push(Item::Divider { text: text.trim().trim_matches('=').trim().to_owned(), span });
        Outcome::Done
    }

    /// `autonumber`, `autonumber 10 5 "<b>0</b>"`, `autonumber off`
    pub(super) fn autonumber(&mut self, line: TextLine<'a>) -> Outcome {
        let pair = match read(Rule::autonumber, line.text) {
            Ok(pair) => pair,
            Err(misfit) => return self.misfit(&misfit, line, "`autonumber`", "autonumber 10"),
        };
        let mut numbers = Autonumber::On { start: None, step: None, format: None };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::off => numbers = Autonumber::Off,
                Rule::increment => {
                    let what = part.into_inner().next().map_or("", |rest| rest.as_str().trim());
                    numbers = Autonumber::Increment(what.to_owned());
                }
                Rule::resume | Rule::numbers => {
                    let resume = part.as_rule() == Rule::resume;
                    let (mut first, mut by, mut shown) = (None, None, None);
                    for part in part.into_inner() {
                        let text = part.as_str().to_owned();
                        match part.as_rule() {
                            Rule::start => first = Some(text),
                            Rule::step => by = Some(text),
                            Rule::format => shown = unquote(&text).map(std::borrow::Cow::into_owned),
                            _ => {}
                        }
                    }
                    numbers = if resume {
                        Autonumber::Resume { step: by, format: shown }
                    } else {
                        Autonumber::On { start: first, step: by, format: shown }
                    };
                }
                _ => {}
            }
        }
        self.builder.push(Item::Autonumber(numbers, self.input.line_span(line)));
        Outcome::Done
    }

    /// `space -2`
    pub(super) fn space(&mut self, line: TextLine<'a>) -> Outcome {
        match read(Rule::space, line.text) {
            Ok(pair) => {
                let amount = pair.into_inner().find(|part| part.as_rule() == Rule::amount);
                // At most nine digits: it always fits.
                let amount = amount.and_then(|amount| amount.as_str().parse().ok());
                self.builder.push(Item::Space(amount, self.input.line_span(line)));
                Outcome::Done
            }
            Err(misfit) => self.misfit(&misfit, line, "`space`", "space 2"),
        }
    }

    /// `option footer=bar` and its like: kept as it stands.
    pub(super) fn style(&mut self, line: TextLine<'a>) -> Outcome {
        let span = self.input.line_span(line);
        if self.reads_as_message(line) {
            // `Option Server->Client: text`
            return Outcome::Declined(Diagnostic::error(SYNTAX, "this line changes only the drawing").at(span, ""));
        }
        self.builder.push(Item::Style(line.text.to_owned(), span));
        Outcome::Done
    }

    /// websequencediagrams' `include "name"`.
    pub(super) fn include(&mut self, line: TextLine<'a>) -> Outcome {
        let error = Diagnostic::error(SYNTAX, "seqcheck does not include files");
        let error = error.at(self.input.line_span(line), "this line includes a file");
        Outcome::Declined(error.with_help("refer to the other diagram instead: ref over A, B: name"))
    }
}
