//! The loop over the lines and statements of one diagram.

use super::disguise::Disguise;
use super::grammar::{Rule, matched};
use super::life::Life;
use super::mistakes::{self, GoOn, Parted, is_keyword, looks_like_message};
use super::statement::Statement;
use super::text::{entity_length, statement_end};
use crate::diagram::Item;
use crate::source::{Diagnostic, Span};
use crate::syntax::{Builder, Input, Reading, SYNTAX, directives::DIRECTIVE, limits};

/// Reads the statements of one diagram into a [`Builder`].
pub(super) struct Reader<'a> {
    pub input: Input<'a>,
    pub builder: Builder,
    pub life: Life,
    /// Blocks that are open: the keyword in lower case, and the line that opened it.
    pub open: Vec<(String, Span)>,
    /// `%%@ as …` that waits for its statement.
    pub disguise: Option<(Disguise, Span)>,
    /// The statement above, where it ended in text, which might go on here.
    pub above: Option<Span>,
    /// The `;` behind the text of the statement before, in the same line.
    parted: Option<Parted>,
    header: bool,
    /// Where the statement ends that was looked at last, in the text: what begins before it ends there too.
    cut: usize,
    /// There is no `}` in the rest of the text, or no `}%%`.
    no_brace: bool,
    no_directive_end: bool,
}

/// What a statement was.
pub(super) enum Outcome {
    /// It was read up to here, or its problem reported; says where its text begins, where it ends in one.
    Done { length: usize, text: Option<usize> },
    /// It cannot be read.
    Unread,
}

/// Reads one diagram.
pub(super) fn read(input: Input<'_>) -> Reading {
    let mut builder = Builder::new(input);
    builder.names_before_labels();
    let mut reader = Reader {
        input,
        builder,
        life: Life::default(),
        open: Vec::new(),
        disguise: None,
        above: None,
        parted: None,
        header: false,
        cut: 0,
        no_brace: false,
        no_directive_end: false,
    };
    if let Err(fatal) = reader.lines() {
        return Reading::nothing(*fatal);
    }
    reader.finish()
}

impl<'a> Reader<'a> {
    fn lines(&mut self) -> Result<(), Box<Diagnostic>> {
        let text = self.input.text();
        let mut at = self.front_matter();
        while at < text.len() {
            let end = line_end(text, at);
            if text[at..end].trim().is_empty() {
                self.builder.blank();
                self.above = None;
                at = next_line(text, end);
            } else {
                at = self.line(at, end)?;
            }
        }
        Ok(())
    }

    /// Reads what begins in one line; says where the line begins that follows.
    fn line(&mut self, start: usize, end: usize) -> Result<usize, Box<Diagnostic>> {
        let text = self.input.text();
        let (mut at, mut end) = (start, end);
        self.parted = None;
        loop {
            at += text[at..end].len() - skip_blank(&text[at..end]).len();
            if at >= end {
                return Ok(next_line(text, end));
            }
            if let Some(problem) = limits::check_line(end - at, self.input.span(at, end)) {
                self.builder.problem(problem);
                return Ok(next_line(text, end));
            }
            let rest = &text[at..end];
            if rest.starts_with("%%{") {
                at = self.init(at, end);
            } else if self.header && rest.starts_with(';') {
                // An empty statement.
                at += 1;
            } else if self.header
                && !self.in_box()
                && let Some(behind) = self.stray(at, end)
            {
                at = behind;
            } else if rest.starts_with('%') || rest.starts_with('#') && entity_length(rest).is_none() {
                self.comment(at, end);
                return Ok(next_line(text, end));
            } else if let Some(open) = description(rest) {
                at = self.description(at, open, end);
            } else {
                match self.statement(at, end)? {
                    Some(next) => at = next,
                    None => return Ok(next_line(text, end)),
                }
            }
            // A statement with braces may end in a line below.
            if at > end {
                end = line_end(text, at);
            }
        }
    }

    /// Reads one statement; says where it ends, or that the rest of the line cannot be read.
    fn statement(&mut self, at: usize, end: usize) -> Result<Option<usize>, Box<Diagnostic>> {
        let statement = Statement { input: self.input, text: self.slice(at, end), start: at };
        let word = word(statement.text);
        if !self.header {
            self.header = true;
            if let Some(length) = matched(Rule::header, statement.text) {
                return Ok(Some(at + length));
            }
            let (problem, go_on) = mistakes::no_header(&statement);
            match go_on {
                GoOn::Not => return Err(Box::new(problem)),
                GoOn::Behind(length) => {
                    self.builder.problem(problem);
                    return Ok(Some(at + length));
                }
                GoOn::Here => self.builder.problem(problem),
            }
        }
        let lower = word.to_ascii_lowercase();
        self.box_holds(&lower, &statement);
        let disguised = self.disguise.as_ref().map(|(_, at)| *at);
        let parted = self.parted.take();
        let outcome = match lower.as_str() {
            "participant" | "actor" | "create" => self.participant(&statement),
            "activate" | "deactivate" | "destroy" => self.lifecycle(&statement),
            "loop" | "rect" | "opt" | "alt" | "else" | "par" | "par_over" | "and" | "critical" | "option" | "break"
            | "box" => self.block(&statement),
            "end" => self.end(&statement, end),
            "note" => self.note(&statement),
            "autonumber" => self.autonumber(&statement),
            "title" if matched(Rule::title_word, statement.text).is_some() => self.title(&statement),
            "link" | "links" | "properties" | "details" if matched(Rule::extra_word, statement.text).is_some() => {
                self.extra(&statement)
            }
            "acctitle" | "accdescr" if matched(Rule::accessible, statement.text).is_some() => {
                return Ok(Some(self.accessible(at, end)));
            }
            _ => self.message(&statement),
        };
        if let (Some(at), Some((disguise, still))) = (disguised, &self.disguise)
            && at == *still
        {
            let carrier = disguise.carrier();
            let error =
                Diagnostic::error(DIRECTIVE, format!("this applies to {carrier}, but another statement follows"));
            self.builder.problem(error.at(at, "").see(statement.all(), "the next statement"));
            self.disguise = None;
        }
        let (length, has_text) = match outcome {
            Outcome::Done { length, text } => (length, text),
            Outcome::Unread => {
                let problem = mistakes::unread(self, &statement, &self.input.text()[at..end], parted);
                self.builder.problem(problem);
                self.above = None;
                return Ok(None);
            }
        };
        if let Some(parted) = parted {
            self.builder.problem(mistakes::parted(parted, &statement, &self.input.text()[at..end.max(at)]));
        }
        self.above = has_text.map(|_| statement.span(0, statement.text[..length].trim_end().len()));
        if let Some(text) = has_text.filter(|_| statement.text[..length].ends_with(';')) {
            self.parted = Some(Parted { semicolon: statement.span(length - 1, length), text });
        }
        Ok(Some(at + length))
    }

    /// The text that a statement may take: up to its `;`, or in another line where braces go on to there.
    fn slice(&mut self, at: usize, end: usize) -> &'a str {
        let text = self.input.text();
        let line = &text[at..end];
        // Several statements may stand before one `;`: the way to it is gone once.
        if self.cut <= at || self.cut > end {
            self.cut = at + statement_end(line);
        }
        let first = self.cut - at;
        if let Some(below) = title_below(text, at, end) {
            return &text[at..below + statement_end(&text[below..line_end(text, below)])];
        }
        let word = word(line).to_ascii_lowercase();
        if !matches!(word.as_str(), "participant" | "actor" | "create") || self.no_brace {
            return &line[..first];
        }
        let Some(open) = line[..first].find("@{") else { return &line[..first] };
        let Some(close) = text[at + open..].find('}') else {
            self.no_brace = true;
            return &line[..first];
        };
        let close = at + open + close;
        let rest = &text[close..line_end(text, close)];
        &text[at..close + statement_end(rest)]
    }

    /// `%%{init: …}%%`, kept; says where it ends.
    fn init(&mut self, at: usize, end: usize) -> usize {
        let text = self.input.text();
        let close = if self.no_directive_end { None } else { text[at..].find("}%%") };
        match close {
            Some(length) => {
                let to = at + length + 3;
                self.builder.push(Item::Style(lines_as_one(&text[at..to]), self.input.span(at, to)));
                to
            }
            None => {
                self.no_directive_end = true;
                let error = Diagnostic::error(SYNTAX, "this `%%{` is never closed").at(self.input.span(at, end), "");
                self.builder.problem(error.with_help("close it with `}%%`"));
                end
            }
        }
    }

    /// Signs that Mermaid skips where a statement may begin, and says where they end; none where what follows them is no
    /// statement either, and there is more to be said of it.
    fn stray(&mut self, at: usize, end: usize) -> Option<usize> {
        let rest = &self.input.text()[at..end];
        let length = stray(rest);
        let behind = &self.slice(at, end)[length..];
        let first = word(behind).to_ascii_lowercase();
        if length == 0 || !(behind.is_empty() || is_keyword(&first) || looks_like_message(behind)) {
            return None;
        }
        let signs = rest[..length].trim_end();
        let mut warning =
            Diagnostic::warning(SYNTAX, format!("Mermaid ignores `{signs}` at the beginning of a statement"))
                .at(self.input.span(at, at + signs.len()), "");
        if signs.starts_with("//") {
            warning = warning.with_help(format!("write a comment like this: %% {}", behind.trim()));
        }
        self.builder.problem(warning.with_help("remove the character"));
        Some(at + length)
    }

    fn comment(&mut self, at: usize, end: usize) {
        let rest = &self.input.text()[at..end];
        let span = self.input.span(at, at + rest.trim_end().len());
        if !self.header && !rest.starts_with("%%") {
            let sign = &rest[..1];
            let error = Diagnostic::error(
                SYNTAX,
                format!("above `sequenceDiagram`, Mermaid does not accept a comment with `{sign}`"),
            );
            let text = rest.trim_start_matches(['#', '%']).trim_end();
            self.builder.problem(error.at(span, "").with_text(span, format!("%%{text}")));
        }
        let text = ["%%", "%", "#"].iter().find_map(|leader| rest.strip_prefix(leader)).unwrap_or("");
        match text.strip_prefix('@') {
            Some(directive) => self.directive(directive.trim(), span),
            // `%%{` would be a setting when it is printed again.
            None if text.starts_with('{') => self.builder.comment(&format!(" {text}"), span),
            None => self.builder.comment(text, span),
        }
    }

    fn directive(&mut self, text: &str, at: Span) {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if !word.eq_ignore_ascii_case("as") {
            self.builder.directive(text, at);
            return;
        }
        match Disguise::read(rest, at) {
            Ok(disguise) => self.disguise = Some((disguise, at)),
            Err(problem) => self.builder.problem(problem),
        }
    }

    /// `accDescr { … }`, kept; says where it ends.
    fn description(&mut self, at: usize, open: usize, end: usize) -> usize {
        let text = self.input.text();
        let close = if self.no_brace { None } else { text[at + open..].find('}') };
        match close {
            Some(length) => {
                let to = at + open + length + 1;
                self.builder.push(Item::Style(lines_as_one(&text[at..to]), self.input.span(at, to)));
                to
            }
            None => {
                self.no_brace = true;
                let error = Diagnostic::error(SYNTAX, "this description is never closed");
                let error = error.at(self.input.span(at, end), "").with_help("close it with `}`");
                self.builder.problem(error);
                end
            }
        }
    }

    /// `accTitle: …`, kept: it takes the whole line, whatever stands in it; where nothing stands there, the next line that
    /// is neither blank nor a comment. Says where it ends.
    fn accessible(&mut self, at: usize, end: usize) -> usize {
        let text = self.input.text();
        let line = text[at..end].trim_end();
        let empty = line.split_once(':').is_some_and(|(_, said)| said.trim().is_empty());
        let mut below = if empty { next_line(text, end) } else { text.len() };
        while below < text.len() {
            let stop = line_end(text, below);
            let said = skip_blank(&text[below..stop]);
            let (begin, said) = (stop - said.len(), said.trim_end());
            let here = self.input.span(begin, begin + said.len());
            if let Some(problem) = limits::check_line(stop - below, here) {
                self.builder.problem(problem);
            } else if said.starts_with("%%") && !said.starts_with("%%{") {
                self.comment(begin, stop);
            } else if !said.is_empty() {
                if is_keyword(&word(said).to_ascii_lowercase()) || looks_like_message(said) {
                    let what = "Mermaid reads this line as a text for screen readers";
                    let warning = Diagnostic::warning(SYNTAX, what).at(here, "never drawn, never played");
                    let above = self.input.span(at, at + line.len());
                    let warning = warning.see(above, "nothing follows this colon");
                    self.builder.problem(warning.with_help("write a text after the colon, or remove the line above"));
                }
                self.builder.push(Item::Style(format!("{line} {said}"), self.input.span(at, begin + said.len())));
                return stop;
            }
            below = next_line(text, stop);
        }
        self.builder.push(Item::Style(line.to_owned(), self.input.span(at, at + line.len())));
        if empty { text.len() } else { end }
    }

    fn finish(mut self) -> Reading {
        if !self.header && !self.builder.has_errors() {
            let at = self.input.span(0, 0);
            let error = Diagnostic::error(SYNTAX, "there is no diagram here").at(at, "the text is empty");
            self.builder.problem(error.with_help("begin with a line `sequenceDiagram`"));
        }
        if let Some((disguise, at)) = self.disguise.take() {
            let error =
                Diagnostic::error(DIRECTIVE, format!("this applies to {}, but none follows", disguise.carrier()));
            self.builder.problem(error.at(at, "").with_help("remove the line"));
        }
        let names = self.builder.participants();
        let problems = [mistakes::quoted_names(names), mistakes::taken_names(names)].concat();
        problems.into_iter().for_each(|problem| self.builder.problem(problem));
        let waiting = self.life.waiting();
        waiting.into_iter().for_each(|problem| self.builder.problem(problem));
        let Reader { builder, life, .. } = self;
        life.settle(builder.finish())
    }
}

/// Where the line below begins, where it is the title: `title` ends its line.
fn title_below(text: &str, at: usize, end: usize) -> Option<usize> {
    let line = &text[at..end];
    let word = line.strip_suffix(':').unwrap_or(line);
    let below = next_line(text, end);
    let titled = word.eq_ignore_ascii_case("title") && below > end;
    // Comments are taken out before: what stands below one is not looked for.
    (titled && !text[below..].starts_with(['\n', '\r', '#', ';', '%']) && below < text.len()).then_some(below)
}

/// How long the signs are that a text begins with, and that begin no statement; blanks between them count.
fn stray(text: &str) -> usize {
    const ARROWS: [&str; 7] = ["()", "<<->>", "<<-->>", "/|-", "\\|-", "//-", "\\\\-"];
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if !rest.starts_with(['(', ')', '<', '>', '/', '\\']) || ARROWS.iter().any(|arrow| rest.starts_with(arrow)) {
            return at;
        }
        at += 1;
        at += text[at..].len() - skip_blank(&text[at..]).len();
    }
}

/// The letters, digits and underscores that a text begins with.
pub(super) fn word(text: &str) -> &str {
    &text[..text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()]
}

/// A text without the blanks in front; JavaScript takes a byte order mark for one.
pub(super) fn skip_blank(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() && c != '\n' && c != '\r' || c == '\u{feff}')
}

/// Whether a text begins with `accDescr {`, and where its brace stands.
fn description(text: &str) -> Option<usize> {
    let head = text.get(..8).filter(|head| head.eq_ignore_ascii_case("accDescr"))?;
    let behind = skip_blank(&text[head.len()..]);
    behind.starts_with('{').then(|| text.len() - behind.len())
}

fn lines_as_one(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length)
}

pub(super) fn next_line(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    if rest.starts_with("\r\n") { end + 2 } else { (end + 1).min(text.len()) }
}
