//! Arrows.

use super::{Printer, name};
use crate::diagram::{Arrow, Decoration, Drawn, End, Head, Line, Side};
use crate::source::Span;

impl Printer<'_> {
    pub(super) fn arrow(&mut self, arrow: &Arrow) {
        let several = |end: &End| match end {
            End::Several(ids) => ids.iter().map(|&id| End::Participant(id)).collect(),
            End::Participant(_) | End::Outside(_) | End::Everyone { .. } => vec![end.clone()],
        };
        let (from, to) = (several(&arrow.from), several(&arrow.to));
        if from.len() * to.len() != 1 {
            self.lose("one arrow to several lifelines (written as one arrow for each)", arrow.span);
        }
        self.losses_of(&arrow.drawn, arrow.span);
        for from in &from {
            for to in &to {
                let line = self.one_arrow(from, to, arrow);
                self.line(&line);
                self.life_behind(from, to, &arrow.drawn);
                if let (true, End::Participant(id)) = (arrow.drawn.destroy, to) {
                    let name = self.name(*id);
                    self.line(&format!("destroy {name}"));
                }
            }
        }
    }

    /// What the signs of an arrow say that is written from its head, where signs cannot stand.
    fn life_behind(&mut self, from: &End, to: &End, drawn: &Drawn) {
        let Some(backward) = self.backward.take() else { return };
        if let (true, true, End::Participant(id)) = (backward, drawn.activate, to) {
            let name = self.name(*id);
            self.line(&format!("activate {name}"));
        }
        if let (true, true, End::Participant(id)) = (backward, drawn.deactivate, from) {
            let name = self.name(*id);
            self.line(&format!("deactivate {name}"));
        }
    }

    fn one_arrow(&mut self, from: &End, to: &End, arrow: &Arrow) -> String {
        let drawn = &arrow.drawn;
        if arrow.label.contains('\n') {
            self.lose("a line break next to the two characters `\\n` (both are written as `\\n`)", arrow.label_span);
        }
        let label = self.one_line(&arrow.label);
        let label = if label.is_empty() { String::new() } else { format!(": {label}") };
        let backward = self.backward(from, to, drawn);
        self.backward = Some(backward);
        if backward {
            let (to, from) = (self.end(to), self.end(from));
            if drawn.lost {
                let cross = if drawn.line == Line::Dashed { "x--" } else { "x-" };
                let label = if label.is_empty() { ":" } else { &label };
                return format!("{} {cross} {from}{label}", name::before_cross(to));
            }
            let style = match &drawn.style {
                Some(style) if style.starts_with('#') => format!("[{style}]"),
                Some(_) => {
                    self.lose("the style of this arrow", arrow.span);
                    String::new()
                }
                None => String::new(),
            };
            return format!("{to}{}{}{style}{}{from}{label}", head(drawn.head, "<"), dashes(drawn.line), slant(drawn));
        }
        let (from, to) = (self.end(from), self.end(to));
        let modifiers = format!(
            "{}{}{}{}",
            if drawn.create { "*" } else { "" },
            if drawn.activate { "+" } else { "" },
            if drawn.deactivate { "-" } else { "" },
            slant(drawn)
        );
        let plain = drawn.style.is_none() && head(drawn.head, ">") == ">";
        if drawn.lost && (plain || !modifiers.is_empty()) {
            if !plain {
                self.lose("the style of a lost message with other signs", arrow.span);
            }
            let label = if label.is_empty() { ":" } else { &label };
            return format!("{} {}x{modifiers} {to}{label}", name::before_cross(from), dashes(drawn.line));
        }
        let style = drawn.style.as_ref().map(|style| format!("[{style}]")).unwrap_or_default();
        let head = head(drawn.head, ">");
        let shaft = dashes(drawn.line);
        if drawn.both {
            if !modifiers.is_empty() {
                self.lose("a sign after an arrow with two heads", arrow.span);
            }
            return format!("{from}{}{shaft}{style}{head}{to}{label}", head.replace('>', "<"));
        }
        let lost = if drawn.lost { "x " } else { "" };
        format!("{from}{shaft}{style}{head}{lost}{modifiers}{to}{label}")
    }

    /// Whether the receiver is written first: at the left edge or before the right one, and where the lifelines would
    /// otherwise be drawn in another order.
    fn backward(&self, from: &End, to: &End, drawn: &Drawn) -> bool {
        if drawn.create || drawn.both {
            return false;
        }
        let signs = drawn.activate || drawn.deactivate;
        match (from, to) {
            (End::Outside(Side::Right), End::Participant(_)) | (End::Participant(_), End::Outside(Side::Left)) => {
                !drawn.lost && !signs
            }
            (End::Participant(from), End::Participant(to)) => {
                let new = |id: u32| self.seen.get(id as usize) == Some(&false);
                to.0 < from.0 && new(to.0) && new(from.0) && (!drawn.lost || drawn.slant.is_none())
            }
            _ => false,
        }
    }

    fn end(&mut self, end: &End) -> String {
        match end {
            End::Participant(id) => self.name(*id),
            End::Outside(Side::Left) => "[".to_owned(),
            End::Outside(Side::Right) => "]".to_owned(),
            End::Everyone { except } if except.is_empty() => "*".to_owned(),
            End::Everyone { except } => format!("* except {}", self.list(except)),
            End::Several(ids) => self.list(ids),
        }
    }

    fn losses_of(&mut self, drawn: &Drawn, at: Span) {
        match drawn.head {
            Head::Filled | Head::Open => {}
            Head::None | Head::Cross | Head::HalfUpper | Head::HalfLower => self.lose("this head of an arrow", at),
        }
        let Decoration { circles, cross_at_sender, short: _, thin: _, sender_head, leftward, tail } = &drawn.decoration;
        if *cross_at_sender {
            self.lose("a cross at the sender of an arrow", at);
        }
        if *circles != (false, false) {
            self.lose("a circle at an end of an arrow", at);
        }
        if sender_head.is_some() {
            self.lose("a head at the sender that differs from the head at the receiver", at);
        }
        if *leftward {
            self.lose("the side of an arrow to the same lifeline", at);
        }
        if let Some(tail) = tail {
            self.lose(&format!("`{tail}` after an arrow"), at);
        }
        if drawn.same_height {
            self.lose("the height of this arrow", at);
        }
        if drawn.anchors != (None, None) {
            self.lose("an anchor at an arrow", at);
        }
        if drawn.lost && drawn.both {
            self.lose("a lost message in two directions", at);
        }
    }
}

fn head(head: Head, sign: &str) -> String {
    match head {
        Head::Open => sign.repeat(2),
        Head::Filled | Head::None | Head::Cross | Head::HalfUpper | Head::HalfLower => sign.to_owned(),
    }
}

fn dashes(line: Line) -> &'static str {
    match line {
        Line::Solid => "-",
        Line::Dashed => "--",
    }
}

fn slant(drawn: &Drawn) -> String {
    drawn.slant.map(|units| format!("({units})")).unwrap_or_default()
}
