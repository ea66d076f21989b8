//! Participants: declared, created, activated, ended.

use super::disguise::Disguise;
use super::front::closing;
use super::grammar::{Pair, Rule, find, read};
use super::reader::{Outcome, Reader};
use super::statement::Statement;
use super::text::{entity_length, read_name, read_text};
use crate::diagram::{Item, Lifecycle, ParticipantKind};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Declaration, SYNTAX, quote, unquote};

impl Reader<'_> {
    /// `participant A as Alice`, `create actor B`, `participant C@{ "type": "database" }`
    pub fn participant(&mut self, statement: &Statement<'_>) -> Outcome {
        let cut = uncommented(statement.text);
        let Some(pair) = read(Rule::participant, cut).filter(|pair| !dangling(pair, statement, cut)) else {
            return Outcome::Unread;
        };
        let named = |inner: &Pair<'_>| matches!(inner.as_rule(), Rule::declared_name | Rule::declared_word);
        let Some(name) = pair.clone().into_inner().find(named) else { return Outcome::Unread };
        let actor = find(&pair, Rule::kind).is_some_and(|kind| kind.as_str().eq_ignore_ascii_case("actor"));
        let mut kind = if actor { ParticipantKind::Actor } else { ParticipantKind::Participant };
        let at = statement.whole(&pair);
        let create = find(&pair, Rule::create).is_some();
        let (mut label, mut style) = (None, None);
        if find(&pair, Rule::text).is_some() {
            let text = statement.text_of(&pair, &mut self.builder);
            style = text.wrap.map(str::to_owned);
            label = Some(text.text);
        }
        if let Some(config) = find(&pair, Rule::config) {
            let settings = self.config(&config, statement);
            kind = settings.0.unwrap_or(kind);
            label = label.or(settings.1);
        }
        self.native_alias(&name, kind, statement);
        if let Some((Disguise::Kind(real), _)) = self.disguise {
            kind = real;
            self.disguise = None;
        }
        let id = read_name(name.as_str());
        let declaration = Declaration { id, label, kind, style };
        if create {
            if let Some(known) = self.builder.known(&declaration.id) {
                let known = self.builder.participant(known);
                let error = Diagnostic::error(SYNTAX, format!("`{}` cannot be created: it already exists", known.id))
                    .at(at, "")
                    .see(known.span, "drawn from here on");
                let other = format!("use a different id for the new one: create participant {0}2 as {0}", known.id);
                self.builder.problem(error.with_help(other));
            }
            self.life.create(&declaration.id, at);
            self.builder.create(declaration, at);
        } else {
            self.declare(declaration, at);
        }
        Outcome::Done { length: pair.as_span().end(), text: None }
    }

    /// What Mermaid makes of a declaration: the last label counts, and without a label a known lifeline stays as it is.
    fn declare(&mut self, declaration: Declaration, at: Span) {
        if let Some((word, opened)) = self.open.last()
            && word == "box"
            && let Some(problem) = self.life.boxed(&declaration.id, *opened, at)
        {
            self.builder.problem(problem);
        }
        let Some(id) = self.builder.known(&declaration.id) else {
            self.builder.declare(declaration, at);
            return;
        };
        let before = self.builder.participant(id).clone();
        let again = Diagnostic::warning(SYNTAX, format!("`{}` is declared twice", before.id));
        let again = again.at(at, "declared again here").see(before.span, "first declared here");
        let problem = if declaration.label.is_none() {
            let ignored = before.kind != declaration.kind;
            let known =
                || format!("`{}` is already drawn as {}, and this does not change", before.id, before.kind.keyword());
            let stays = || Diagnostic::warning(SYNTAX, known()).at(at, "").see(before.span, "first drawn here");
            let help = "declare it before its first arrow";
            let first = if before.declared { Span { ..before.span } } else { at };
            self.builder.redeclare(
                Declaration { label: before.label, kind: before.kind, style: before.style, ..declaration },
                first,
            );
            if ignored {
                Some(stays().with_help(help))
            } else {
                (before.declared && !self.builder.in_group()).then_some(again)
            }
        } else {
            let other = before.label != declaration.label || before.kind != declaration.kind;
            self.builder.redeclare(declaration, at);
            (before.declared && other).then(|| again.with_note("the last one is used"))
        };
        problem.into_iter().for_each(|problem| self.builder.problem(problem));
        self.builder.push(Item::Declare(id, at));
    }

    /// `activate A`, `deactivate A`, `destroy A`
    pub fn lifecycle(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::lifecycle, statement.text) else { return Outcome::Unread };
        let (Some(word), Some(name)) = (find(&pair, Rule::lifecycle_word), find(&pair, Rule::declared_name)) else {
            return Outcome::Unread;
        };
        let (at, name) = (statement.whole(&pair), read_name(name.as_str()));
        let change = match word.as_str().to_ascii_lowercase().as_str() {
            "activate" => {
                self.life.activate(&name);
                Lifecycle::Activate
            }
            "deactivate" => {
                if let Some(problem) = self.life.deactivate(&name, at, false) {
                    self.builder.problem(problem);
                    return Outcome::Done { length: pair.as_span().end(), text: None };
                }
                Lifecycle::Deactivate
            }
            _ => {
                self.life.destroy(&name, at);
                Lifecycle::DestroyAfter
            }
        };
        let participant = self.life.participant(&mut self.builder, &name, at);
        self.builder.push(Item::Lifecycle { participant, change, style: None, span: at });
        Outcome::Done { length: pair.as_span().end(), text: None }
    }

    /// The symbol and the label in `@{ … }`.
    fn config(&mut self, config: &Pair<'_>, statement: &Statement<'_>) -> (Option<ParticipantKind>, Option<String>) {
        let (mut kind, mut label) = (None, None);
        let at = statement.place(config);
        if is_no_yaml(config.as_str()) {
            let what = "Mermaid reads settings of several lines as YAML: no commas between them, no spaces before \
                        them";
            let error = Diagnostic::error(SYNTAX, what).at(at, "");
            self.builder
                .problem(error.with_help("write them in one line: @{ \"type\": \"database\", \"alias\": \"Store\" }"));
        }
        for entry in entries(config.as_str()) {
            if let Some(odd) = entry.splitn(2, ':').find(|part| !closed(part.trim())) {
                let error = Diagnostic::error(
                    SYNTAX,
                    format!("`{}` is not a setting: its closing quote is missing", odd.trim()),
                );
                let help =
                    "write settings in quotes, with commas between them: \"type\": \"database\", \"alias\": \"Store\"";
                self.builder.problem(error.at(at, "").with_help(help));
                continue;
            }
            let mut parts = entry.splitn(2, ':').map(bare);
            let (key, value) = (parts.next().unwrap_or(""), parts.next());
            let known = value.and_then(ParticipantKind::from_keyword);
            let problem = match (key, value) {
                ("", None) => None,
                (_, None) => Some(format!("`{key}` is not a setting")),
                ("type", Some(value)) => {
                    kind = known.filter(|kind| *kind != ParticipantKind::Cloud);
                    kind.is_none().then(|| format!("Mermaid has no symbol `{value}`, and draws a box"))
                }
                ("alias", Some(value)) => {
                    label = Some(read_text(value).0);
                    None
                }
                (_, Some(_)) => Some(format!("`{key}` is not a setting of a participant")),
            };
            if let Some(problem) = problem {
                let known = "the settings are: \"type\": \"actor\" (or boundary, control, entity, database, queue, \
                             collections), \"alias\": \"a label\"";
                self.builder.problem(Diagnostic::warning(SYNTAX, problem).at(at, "").with_help(known));
            }
        }
        (kind, label)
    }

    /// `participant "Chat Server" as Server`: for Mermaid one name from end to end.
    fn native_alias(&mut self, name: &Pair<'_>, kind: ParticipantKind, statement: &Statement<'_>) {
        let raw = name.as_str().trim();
        let lower = raw.to_ascii_lowercase();
        let Some(at) = lower.rfind(" as ") else { return };
        let (first, second) = (raw[..at].trim(), raw[at + 4..].trim());
        if first.is_empty() || second.is_empty() {
            return;
        }
        let place = statement.place(name);
        let warning = Diagnostic::warning(SYNTAX, format!("in Mermaid, this is one lifeline with the name `{raw}`"))
            .at(place, "`as` is only possible after a name without spaces");
        let (id, label) = match unquote(first) {
            Some(label) => (second.to_owned(), label.into_owned()),
            // `Chat Server as CS`: either way round is likely; the shorter is the id.
            None if second.contains(char::is_whitespace) => (first.replace(char::is_whitespace, ""), second.to_owned()),
            None => (second.to_owned(), first.to_owned()),
        };
        let word = kind.keyword();
        let word = if kind == ParticipantKind::Actor { word } else { "participant" };
        self.builder.problem(
            warning
                .with_note("Mermaid writes the id first, and the drawn name after `as`")
                .with_help(format!("write: {word} {id} as {label}"))
                .with_help(format!(
                    "or write the file in the dialect seq, where it is {word} {} as {id}",
                    quote(&label)
                )),
        );
    }
}

/// A declaration up to the `#` where Mermaid takes the rest for a comment: only where more than a name follows, as
/// otherwise the `#` is part of the name.
fn uncommented(text: &str) -> &str {
    let first = text.find('#').filter(|&at| entity_length(&text[at..]).is_none());
    let Some(_) = first else { return text };
    if read(Rule::participant, text).is_some() {
        return text;
    }
    let end = text.find(['<', '>', ':', ',', ';', '@']).unwrap_or(text.len());
    text[..end].rfind('#').map_or(text, |at| &text[..at])
}

/// Mermaid takes blanks behind `}` together with the end of the line, and then misses that end.
fn dangling(pair: &Pair<'_>, statement: &Statement<'_>, text: &str) -> bool {
    let whole = text.len() == statement.text.len() && pair.as_span().end() == text.len();
    whole
        && find(pair, Rule::config).is_some()
        && find(pair, Rule::text).is_none()
        && text.ends_with(char::is_whitespace)
}

/// Whether settings stand in several lines, and are no YAML.
fn is_no_yaml(config: &str) -> bool {
    let lines = config.trim().lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let (indented, parted) = (lines.clone().skip(1), lines.clone());
    lines.count() > 1
        && (indented.into_iter().any(|line| line.starts_with(char::is_whitespace))
            || parted.into_iter().any(|line| line.trim_end().ends_with(',')))
}

/// The entries of `"type": "database", alias: "a, b"`.
fn entries(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (None, '"' | '\'') => quote = Some(sign),
            (Some(open), _) if open == sign => quote = None,
            (None, ',' | '\n' | '\r') => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    // A line of YAML may be a comment.
    found.retain(|entry| !entry.starts_with('#'));
    found
}

/// Whether a key or a value that begins with a quote ends with it.
fn closed(text: &str) -> bool {
    let Some(quote) = text.chars().next().filter(|sign| matches!(sign, '"' | '\'')) else { return true };
    closing(&text[1..], quote).is_some_and(|behind| behind.trim().is_empty())
}

/// A key or a value without its quotes.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let quoted = |sign| text.strip_prefix(sign).and_then(|text: &str| text.strip_suffix(sign));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}
