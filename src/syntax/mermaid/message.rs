//! Messages.

use super::arrows;
use super::disguise::Disguise;
use super::grammar::{Pair, Rule, find, read};
use super::reader::{Outcome, Reader};
use super::statement::Statement;
use super::text::read_name;
use crate::diagram::{Arrow, Decoration, Drawn, End, Item, Lifecycle};
use crate::source::Span;
use crate::syntax::split_names;

impl Reader<'_> {
    /// `A->>+B: text`
    pub fn message(&mut self, statement: &Statement<'_>) -> Outcome {
        let Some(pair) = read(Rule::message, statement.text) else { return Outcome::Unread };
        let mut names = pair.clone().into_inner().filter(|inner| inner.as_rule() == Rule::name);
        let (Some(left), Some(right)) = (names.next(), names.next()) else { return Outcome::Unread };
        let Some(spelling) = find(&pair, Rule::arrow).and_then(|arrow| arrows::read(arrow.as_str())) else {
            return Outcome::Unread;
        };
        let has = |rule| find(&pair, rule).is_some();
        let (activate, deactivate) = (has(Rule::activate), has(Rule::deactivate));
        let label = statement.text_of(&pair, &mut self.builder);
        let at = statement.span(0, (label.at.end - statement.span(0, 0).start) as usize);
        let (left_at, right_at) = (statement.place(&left), statement.place(&right));
        let (left, right) = (read_name(left.as_str()), read_name(right.as_str()));
        if let Some(problem) = self.life.message(&left, &right, at) {
            self.builder.problem(problem);
        }
        // `#42;` is a sign of a name; a bare `*` is everyone.
        let bare = names_everyone(&pair);
        let (mut from, mut to) = (self.sender(&left, left_at), self.receiver(&right, right_at, bare));
        let everyone = matches!(to, End::Everyone { .. });
        let activate = activate && !everyone;
        let mut circles = (has(Rule::central_from), has(Rule::central_to));
        let mut style: Vec<&str> = label.wrap.into_iter().collect();
        if spelling.reversed {
            // The head is at the left end: the message comes from the right.
            std::mem::swap(&mut from, &mut to);
            circles = (circles.1, circles.0);
            style.insert(0, super::REVERSED);
        }
        let mut drawn = Drawn {
            line: spelling.line,
            head: spelling.head,
            both: spelling.both,
            activate: activate && !spelling.reversed,
            deactivate: deactivate && !spelling.reversed,
            style: (!style.is_empty()).then(|| style.join(" ")),
            decoration: Decoration { circles, thin: spelling.thin, ..Decoration::default() },
            ..Drawn::default()
        };
        match self.disguise.take() {
            Some((Disguise::Lost, _)) => {
                drawn.lost = true;
                drawn.head = crate::diagram::Head::Filled;
            }
            Some((Disguise::From(side), _)) => from = End::Outside(side),
            Some((Disguise::To(side), _)) => to = End::Outside(side),
            other => self.disguise = other,
        }
        let arrow = Arrow { from, to, drawn, label: label.text, span: at, label_span: label.at };
        self.builder.arrow(arrow);
        self.activation(activate, deactivate, (&left, left_at), (&right, right_at), spelling.reversed);
        Outcome::Done { length: pair.as_span().end(), text: Some(label.start) }
    }

    fn sender(&mut self, name: &str, at: Span) -> End {
        End::Participant(self.builder.mention(name, at))
    }

    /// `*` and `* except A` are everyone, where no lifeline is called so.
    fn receiver(&mut self, name: &str, at: Span, bare: bool) -> End {
        let behind = name.strip_prefix('*').filter(|_| bare && self.builder.known(name).is_none());
        let except = match behind.map(str::trim) {
            Some("") => Some(Vec::new()),
            Some(behind) => behind.strip_prefix("except ").map(split_names),
            None => None,
        };
        match except {
            Some(names) => {
                let except = names.into_iter().map(|(_, name)| self.builder.mention(&name, at)).collect();
                End::Everyone { except }
            }
            None => End::Participant(self.builder.mention(name, at)),
        }
    }

    /// `+` is about the right end, `-` about the left one, wherever the head is.
    fn activation(
        &mut self,
        activate: bool,
        deactivate: bool,
        left: (&str, Span),
        right: (&str, Span),
        reversed: bool,
    ) {
        let mut change = None;
        if activate {
            self.life.activate(right.0);
            change = Some((right, Lifecycle::Activate));
        }
        if deactivate {
            if let Some(problem) = self.life.deactivate(left.0, left.1, true) {
                self.builder.problem(problem);
            }
            change = Some((left, Lifecycle::Deactivate));
        }
        if let (true, Some(((name, at), change))) = (reversed, change) {
            let participant = self.builder.mention(name, at);
            self.builder.push(Item::Lifecycle { participant, change, style: None, span: at });
        }
    }
}

/// Whether the receiver begins with a bare `*`.
fn names_everyone(message: &Pair<'_>) -> bool {
    let names = message.clone().into_inner().filter(|inner| inner.as_rule() == Rule::name);
    names.last().is_some_and(|receiver| receiver.as_str().starts_with('*'))
}
