//! Statements that only change how the diagram looks, and those that divide it.

use super::grammar::{Pair, Rule, find, has, name};
use super::lines::{Line, starts_with};
use super::note::is_end;
use super::number;
use super::reader::{Numbering, Reader};
use crate::diagram::{Autonumber, Item, parse_duration};
use crate::source::Diagnostic;
use crate::syntax::SYNTAX;

impl Reader<'_> {
    /// `skinparam`, `hide`, `scale`, `!theme`, `<style>`, `sprite` and their like: kept verbatim.
    pub fn style(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let mut text = line.text.to_string();
        let mut span = line.whole();
        let depth = std::cell::Cell::new(1usize);
        let braces = |inner: &str| {
            let opens = usize::from(inner.ends_with('{'));
            depth.set((depth.get() + opens).saturating_sub(usize::from(inner.starts_with('}'))));
            depth.get() == 0
        };
        let ends: Option<&dyn Fn(&str) -> bool> = if starts_with(&text, "skinparam") {
            let words = text.split_whitespace().count();
            if text.ends_with('{') {
                Some(&braces)
            } else if words < 3 && !text.contains(">>") {
                let error = Diagnostic::error(SYNTAX, "`skinparam` needs a name and a value").at(span, "");
                self.builder.problem(error.with_help("skinparam shadowing false"));
                None
            } else {
                None
            }
        } else if starts_with(&text, "<style>") && !text.to_ascii_lowercase().contains("</style>") {
            Some(&|text| text.to_ascii_lowercase().contains("</style>"))
        } else if starts_with(&text, "sprite") && text.ends_with('{') {
            Some(&|text| text == "}")
        } else if starts_with(&text, "sprite") && text.contains("<svg") && !text.contains("</svg>") {
            Some(&|text| text.contains("</svg>"))
        } else {
            None
        };
        if let Some(ends) = ends {
            let Some(body) = self.text(line, ends) else { return };
            let inner = if body.text.is_empty() { String::new() } else { format!("{}\n", body.text) };
            text = format!("{text}\n{inner}{}", body.closing);
            span = span.to(body.end);
        }
        if let Some(switch) = find(pair, Rule::autoactivate) {
            self.life.automatic = has(&switch, Rule::on);
        }
        if starts_with(&text, "scale") {
            self.scale(line, pair);
        }
        self.builder.push(Item::Style(text, span));
    }

    fn scale(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let alone = !line.text.contains(|c: char| c.is_ascii_alphabetic()) || line.text.split_whitespace().count() == 2;
        let zero = pair.clone().into_inner().filter(|piece| piece.as_rule() == Rule::decimal);
        let zero = zero.into_iter().any(|piece| piece.as_str().parse() == Ok(0.0));
        if zero && alone {
            let error = Diagnostic::error(SYNTAX, "the scale of a diagram cannot be zero").at(line.whole(), "");
            self.builder.problem(error.with_help("scale 1.5"));
        }
    }

    /// `title text`
    pub fn title(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        if let Some(text) = find(pair, Rule::title_text) {
            let text = text.as_str().trim();
            let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            self.builder.title(bare.unwrap_or(text), line.whole());
        }
    }

    /// `title … end title`
    pub fn title_block(&mut self, line: &Line<'_>) {
        if let Some(body) = self.text(line, &|text| is_end(text, &["title"])) {
            self.builder.title(&body.text, line.whole().to(body.end));
        }
    }

    /// `header … end header`, `legend right … end legend`: kept verbatim.
    pub fn drawn_text(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let word = if has(pair, Rule::header) {
            "header"
        } else if has(pair, Rule::footer) {
            "footer"
        } else if has(pair, Rule::caption) {
            "caption"
        } else {
            "legend"
        };
        if let Some(body) = self.text(line, &|text| is_end(text, &[word])) {
            let inner: String = body.text.lines().map(|inner| format!("{inner}\n")).collect();
            let style = format!("{}\n{inner}end {word}", line.text);
            self.builder.push(Item::Style(style, line.whole().to(body.end)));
        }
    }

    /// `autonumber 10 5 "<b>0"`, `stop`, `resume`, `inc A`.
    pub fn autonumber(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let format = find(pair, Rule::quoted).map(|quoted| name(&quoted).to_owned());
        if let Some(why) = format.as_deref().and_then(number::refuse) {
            let error = Diagnostic::error(SYNTAX, "this is not a number format of PlantUML").at(line.whole(), why);
            self.builder.problem(
                error.with_help("put letters in single quotes, and 0 at the place of the number: \"<b>'REQ-'0</b>\""),
            );
        }
        let text = |rule| find(pair, rule).map(|piece| piece.as_str().to_owned());
        let step = text(Rule::step);
        let number = if has(pair, Rule::number_stop) {
            Autonumber::Off
        } else if has(pair, Rule::number_resume) {
            Autonumber::Resume { step, format }
        } else if has(pair, Rule::number_inc) {
            // Without a level it is the first one.
            Autonumber::Increment(text(Rule::level).unwrap_or_else(|| "A".to_owned()))
        } else {
            Autonumber::On { start: text(Rule::first), step, format }
        };
        match number {
            Autonumber::On { .. } => self.numbering = Numbering::Begun,
            Autonumber::Resume { .. } if self.numbering == Numbering::None => {
                self.numbering = Numbering::Missing(line.whole());
            }
            Autonumber::Increment(_) if self.numbering == Numbering::None => {
                let error = Diagnostic::error(SYNTAX, "there is no numbering to continue").at(line.whole(), "");
                self.builder.problem(error.with_help("start one with `autonumber`"));
            }
            Autonumber::Resume { .. } | Autonumber::Off | Autonumber::Increment(_) => {}
        }
        self.builder.push(Item::Autonumber(number, line.whole()));
    }

    /// `...`, `... 5 minutes later ...`
    pub fn delay(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let text = find(pair, Rule::delay_text).map(|text| text.as_str().trim().to_owned()).unwrap_or_default();
        let duration = parse_duration(&text);
        self.life.delay();
        self.builder.push(Item::Delay { text, duration, span: line.whole() });
    }

    /// `== text ==`
    pub fn divider(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let text = find(pair, Rule::divider_text).map(|text| text.as_str().trim().to_owned()).unwrap_or_default();
        self.life.divide();
        self.builder.push(Item::Divider { text, span: line.whole() });
    }

    /// `|||`, `||45||`
    pub fn space(&mut self, line: &Line<'_>, pair: &Pair<'_>) {
        let height = find(pair, Rule::number).and_then(|number| number.as_str().parse().ok());
        self.builder.push(Item::Space(height, line.whole()));
    }
}
