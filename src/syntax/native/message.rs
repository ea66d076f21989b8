//! Arrows.

use super::Reader;
use super::grammar::{Rule, read};
use super::mistakes;
use crate::diagram::{Arrow, Drawn, End, Head, Line, ParticipantId, Side};
use crate::source::{Diagnostic, Span};
use crate::syntax::{SYNTAX, TextLine, split_names, unquote};
use pest::iterators::Pair;

/// What an end of an arrow is, before its lifeline is mentioned.
enum Drawing<'a> {
    Named(Pair<'a, Rule>),
    /// A name with the cross of a lost message before it: `Alice->xServer`.
    Crossed(Pair<'a, Rule>),
    Edge(Side),
    Everyone(Pair<'a, Rule>),
    /// `A->ref over B, C: text`: the names behind `ref over`.
    Reference(Pair<'a, Rule>),
}

/// An arrow as it stands in the line, from left to right.
#[derive(Default)]
struct Shape {
    drawn: Drawn,
    backward: bool,
    twice: bool,
}

impl<'a> Reader<'a> {
    /// Reads a line as an arrow; says whether it is one.
    pub(super) fn message(&mut self, line: TextLine<'a>) -> bool {
        let Some(pair) = self.cross_with_blanks(line.text).or_else(|| self.any_message(line.text)) else {
            return false;
        };
        let (mut ends, mut shape, mut label) = (Vec::with_capacity(2), Shape::default(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::receiver if self.is_crossed(&part, &shape, line.text) => {
                    shape.drawn.lost = true;
                    ends.push(Drawing::Crossed(part));
                }
                Rule::receiver if is_reference(part.as_str()) => ends.push(Drawing::Reference(part)),
                Rule::sender | Rule::receiver | Rule::lost_sender => ends.extend(drawing(part)),
                Rule::link => shape = link(part),
                Rule::lost_link => shape = lost_link(part),
                Rule::rest => label = Some((part.as_span().start(), part.as_str())),
                _ => {}
            }
        }
        let at = self.input.line_span(line);
        let (label, label_span) = self.label(line, label);
        let before = self.builder.has_errors();
        let ends: Vec<Option<End>> = ends.into_iter().map(|end| self.end_of(end, line)).collect();
        if shape.twice {
            let error = Diagnostic::error(SYNTAX, "a sign after the arrow is there twice").at(at, "");
            self.builder
                .problem(error.with_help("`+` activates the receiver, `-` deactivates the sender, `*` creates"));
        }
        let [Some(left), Some(right)] = <[Option<End>; 2]>::try_from(ends).unwrap_or([None, None]) else {
            // The name was wrong, and reported; a directive before the line was about this arrow all the same.
            self.builder.pending.arrow();
            debug_assert!(before || self.builder.has_errors(), "an arrow was omitted without a message");
            return true;
        };
        let (from, to) = if shape.backward { (right, left) } else { (left, right) };
        if matches!(from, End::Everyone { .. }) || matches!((&to, shape.drawn.both), (End::Everyone { .. }, true)) {
            let error = Diagnostic::error(SYNTAX, "`*` cannot send").at(at, "`*` means all receivers");
            self.builder
                .problem(error.with_help("draw one arrow for each sender, or a lifeline with #@ clients NAME = 50"));
        }
        if let (End::Outside(_), End::Outside(_)) = (&from, &to) {
            let error =
                Diagnostic::error(SYNTAX, "this arrow has no lifeline").at(at, "both ends are the edge of the drawing");
            self.builder.problem(error.with_help("write a lifeline at one end: [->Server: text"));
        }
        if let (true, End::Participant(id)) = (shape.drawn.activate, &to) {
            self.activated.insert(*id);
        }
        if let (true, End::Participant(id)) = (shape.drawn.deactivate, &from) {
            self.deactivated.push((*id, at));
        }
        if let Some(over) = self.into_reference.take() {
            let drawn = shape.drawn;
            self.builder.arrow(Arrow {
                from,
                to,
                drawn,
                label: String::new(),
                span: at,
                label_span: Span { start: at.end, ..at },
            });
            self.open_reference(over, label, line);
            return true;
        }
        if !label.is_empty() {
            self.after_label = Some(at);
        }
        self.builder.arrow(Arrow { from, to, drawn: shape.drawn, label, span: at, label_span });
        true
    }

    fn any_message(&self, text: &'a str) -> Option<Pair<'a, Rule>> {
        if let Ok(pair) = read(Rule::message, text) {
            return Some(pair);
        }
        // A lost message needs its cross and its colon.
        if !text.contains(':') || !text.contains('x') {
            return None;
        }
        read(Rule::lost_message, text).ok().filter(|pair| self.means_lost(pair, text))
    }

    /// A lost message whose cross stands between blanks. It is looked for first: the name behind it may stand in
    /// quotes and hold an arrow.
    fn cross_with_blanks(&self, text: &'a str) -> Option<Pair<'a, Rule>> {
        if ![" -x", " --x", " x-"].iter().any(|cross| text.contains(cross)) {
            return None;
        }
        let pair = read(Rule::lost_message, text).ok()?;
        let mut parts = pair.clone().into_inner();
        let (sender, link) = (parts.next()?, parts.next()?);
        let (sender, behind) = (sender.as_str(), &text[link.as_span().end()..]);
        let before = &text[..link.as_span().start()];
        let arrow = !sender.starts_with('"') && (sender.contains("->") || sender.contains("<-"));
        (!arrow && before.ends_with(' ') && behind.starts_with(' ')).then_some(pair)
    }

    fn label(&self, line: TextLine<'_>, label: Option<(usize, &str)>) -> (String, Span) {
        let (start, text) = label.unwrap_or((line.text.len(), ""));
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        let start = if trimmed.is_empty() { line.text.len() } else { start + lead };
        (trimmed.to_owned(), self.input.piece(line, start..start + trimmed.len()))
    }

    fn end_of(&mut self, drawing: Drawing<'a>, line: TextLine<'_>) -> Option<End> {
        match drawing {
            Drawing::Edge(side) => Some(End::Outside(side)),
            Drawing::Named(name) => self.lifeline(&name, line).map(End::Participant),
            Drawing::Reference(names) => {
                let text = &names.as_str()[REFERENCE.len()..];
                let start = names.as_span().start() + REFERENCE.len();
                let over: Vec<ParticipantId> = split_names(text)
                    .into_iter()
                    .filter(|(_, name)| !name.is_empty())
                    .map(|(at, name)| {
                        let place = self.input.piece(line, start + at..start + at + name.len());
                        self.builder.mention(&name, place)
                    })
                    .collect();
                let first = over.first().copied();
                if first.is_none() {
                    let at = self.input.line_span(line);
                    let error = Diagnostic::error(SYNTAX, "this reference is over no lifeline").at(at, "");
                    self.builder.problem(error.with_help("for example: A->ref over B, C: name"));
                }
                self.into_reference = Some(over);
                first.map(End::Participant)
            }
            Drawing::Crossed(name) => {
                let (start, text) = (name.as_span().start() + 1, name.as_str()[1..].trim_end());
                let at = self.input.piece(line, start..start + text.len());
                Some(End::Participant(self.builder.mention(text, at)))
            }
            Drawing::Everyone(everyone) => {
                let names = everyone.into_inner().next();
                Some(End::Everyone { except: names.map_or_else(Vec::new, |names| self.lifelines(names, line)) })
            }
        }
    }

    /// The participants of a list of names; those whose name is a mistake are reported and left out.
    pub(super) fn lifelines(&mut self, names: Pair<'a, Rule>, line: TextLine<'_>) -> Vec<ParticipantId> {
        names.into_inner().filter_map(|name| self.lifeline(&name, line)).collect()
    }

    /// The participant of a name in a statement; none where the name is a mistake, which is then reported.
    pub(super) fn lifeline(&mut self, name: &Pair<'a, Rule>, line: TextLine<'_>) -> Option<ParticipantId> {
        let text = name.as_str().trim();
        let start = name.as_span().start() + (name.as_str().len() - name.as_str().trim_start().len());
        let at = self.input.piece(line, start..start + text.len());
        if let Some(who) = self.out_of_reference.take_if(|_| text == "ref") {
            return Some(who);
        }
        match unquote(text) {
            Some(quoted) if quoted.trim().is_empty() => {
                let error = Diagnostic::error(SYNTAX, "this lifeline has no name").at(at, "empty quotes");
                self.builder.problem(error);
                None
            }
            Some(quoted) => Some(self.builder.mention(&quoted, at)),
            // A name that was used before was looked at before.
            None if self.builder.known(text).is_some() => Some(self.builder.mention(text, at)),
            None => match mistakes::bare_name(text, at) {
                Some(problem) => {
                    let refused = problem.severity == crate::source::Severity::Error;
                    self.builder.problem(problem);
                    (!refused).then(|| self.builder.mention(text, at))
                }
                None => Some(self.builder.mention(text, at)),
            },
        }
    }

    /// Whether the x right behind an arrow is the cross of a lost message and not the first letter of a name: what stands
    /// behind it is a lifeline, and with the x it is none.
    fn is_crossed(&self, receiver: &Pair<'a, Rule>, shape: &Shape, text: &str) -> bool {
        let name = receiver.as_str().trim_end();
        let behind_head = text[..receiver.as_span().start()].ends_with('>');
        let known = |name: &str| self.builder.known(name).is_some();
        behind_head
            && !(shape.backward || shape.drawn.both || shape.drawn.lost)
            && name.strip_prefix('x').is_some_and(|rest| known(rest) && !known(name))
    }

    /// Whether a hyphen and an x in a line are meant as the cross of a lost message: white space stands beside them,
    /// or one of the names is that of a lifeline.
    fn means_lost(&self, pair: &Pair<'a, Rule>, text: &str) -> bool {
        pair.clone().into_inner().any(|part| match part.as_rule() {
            Rule::lost_link => {
                let (before, behind) = (&text[..part.as_span().start()], &text[part.as_span().end()..]);
                before.ends_with(char::is_whitespace) || behind.starts_with(char::is_whitespace)
            }
            Rule::lost_sender | Rule::receiver => {
                let name = part.as_str().trim();
                name.starts_with(['"', '[', ']']) || self.builder.known(name).is_some()
            }
            _ => false,
        })
    }
}

/// What stands before the names of a reference that an arrow leads into.
const REFERENCE: &str = "ref over ";

fn is_reference(name: &str) -> bool {
    name.get(..REFERENCE.len()).is_some_and(|head| head.eq_ignore_ascii_case(REFERENCE))
}

fn drawing(end: Pair<'_, Rule>) -> Option<Drawing<'_>> {
    let inner = end.into_inner().next()?;
    Some(match inner.as_rule() {
        Rule::edge if inner.as_str() == "[" => Drawing::Edge(Side::Left),
        Rule::edge => Drawing::Edge(Side::Right),
        Rule::everyone => Drawing::Everyone(inner),
        _ => Drawing::Named(inner),
    })
}

fn link(pair: Pair<'_, Rule>) -> Shape {
    let mut shape = Shape::default();
    let mut dashes = 0;
    let mut parts: Vec<Pair<'_, Rule>> = pair.into_inner().flat_map(Pair::into_inner).rev().collect();
    while let Some(part) = parts.pop() {
        match part.as_rule() {
            Rule::shaft => parts.extend(part.into_inner().rev()),
            Rule::dashes => dashes += part.as_str().len(),
            Rule::style | Rule::old_style => {
                dashes = dashes.max(usize::from(part.as_rule() == Rule::old_style));
                shape.drawn.style = Some(part.as_str().to_owned());
            }
            Rule::tail => {
                shape.backward = true;
                shape.drawn.head = head(part.as_str());
            }
            Rule::head => {
                shape.drawn.both = shape.backward;
                shape.backward = false;
                shape.drawn.head = if shape.drawn.head == Head::Open { Head::Open } else { head(part.as_str()) };
            }
            Rule::lost => shape.drawn.lost = true,
            Rule::modifier | Rule::slant => modifier(part, &mut shape),
            _ => {}
        }
    }
    shape.drawn.line = if dashes > 1 { Line::Dashed } else { Line::Solid };
    shape
}

fn lost_link(pair: Pair<'_, Rule>) -> Shape {
    let mut shape = Shape { drawn: Drawn { lost: true, ..Drawn::default() }, ..Shape::default() };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::cross | Rule::back_cross => {
                shape.backward = part.as_rule() == Rule::back_cross;
                shape.drawn.line = if part.as_str().contains("--") { Line::Dashed } else { Line::Solid };
            }
            _ => modifier(part, &mut shape),
        }
    }
    shape
}

fn head(text: &str) -> Head {
    if text.len() > 1 { Head::Open } else { Head::Filled }
}

fn modifier(pair: Pair<'_, Rule>, shape: &mut Shape) {
    let inner = if pair.as_rule() == Rule::modifier { pair.into_inner().next() } else { Some(pair) };
    let Some(inner) = inner else { return };
    let drawn = &mut shape.drawn;
    let set = |flag: &mut bool| std::mem::replace(flag, true);
    shape.twice |= match inner.as_rule() {
        Rule::activate => set(&mut drawn.activate),
        Rule::deactivate => set(&mut drawn.deactivate),
        Rule::create => set(&mut drawn.create),
        Rule::slant => {
            // At most nine digits: it always fits.
            let units = inner.into_inner().next().and_then(|digits| digits.as_str().parse().ok());
            std::mem::replace(&mut drawn.slant, units).is_some()
        }
        _ => false,
    };
}
