//! Arrows: to many split, their labels filled in, what they open and end.

use super::Word;
use super::budget::{self, EXPANDED};
use super::compile::Compiler;
use super::model::{Arrow, ArrowId, Kind, Node, Point};
use super::scope::{Pending, Scope};
use crate::diagram::{self, DirectiveKind};
use crate::source::Diagnostic;
use std::sync::Arc;
use std::time::Duration;

impl Compiler<'_> {
    pub(super) fn arrow(&mut self, arrow: &diagram::Arrow, scope: Scope, pending: &mut Pending, nodes: &mut Vec<Node>) {
        let mut above = Pending::default();
        // What stands above it in the text is about the message whose connect is implied here.
        let pending = if arrow.drawn.implied { &mut above } else { pending };
        self.number += u32::from(!arrow.drawn.implied);
        let directives = std::mem::take(&mut pending.directives);
        let delay = std::mem::take(&mut pending.delay);
        let label = self.label(arrow);
        let mut traits = self.traits(&directives, arrow);
        traits.delay = (!delay.is_zero()).then_some(delay);
        traits.drawn = std::mem::take(&mut pending.drawn);
        traits.most = std::mem::take(&mut pending.most);
        let begins = std::mem::take(&mut pending.begins);
        traits.again = begins.into_iter().rev().map(|(id, above)| (id, delay.saturating_sub(above))).collect();
        traits.lost = arrow.drawn.lost;
        let word = self.setup.words.word(&label);
        let from = self.ends((&arrow.from, &arrow.to), arrow.span, word);
        let to = self.receivers(arrow, &label, &from, word);
        if from.len() > 1 && to.len() > 1 {
            self.problems.push(
                Diagnostic::error("arrow", "this arrow has several senders and several receivers")
                    .at(arrow.span, format!("{} × {} messages", from.len(), to.len()))
                    .with_help("name one lifeline at one end: with #@ clients Watcher = 3, Watcher1 is one of them"),
            );
            return;
        }
        let wanted = self.order.arrows.len() + from.len() * to.len() * if arrow.drawn.both { 2 } else { 1 };
        if u64::try_from(wanted).is_ok_and(|wanted| wanted > EXPANDED) {
            if !std::mem::replace(&mut self.full, true) {
                let problem = budget::exceeded(wanted as u64, "with its clients");
                self.problems.push(problem.at(arrow.span, format!("this line is {} arrows", from.len() * to.len())));
            }
            return;
        }
        let line = self.setup.sources.position(arrow.span).line;
        let many = from.len() * to.len() != 1;
        let inner = many.then(|| self.open(Kind::Par, "*", arrow.span, scope, &mut Pending::default()));
        let mut operands = Vec::new();
        let mut ids = Vec::new();
        for (sender, receiver) in from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to))) {
            let directions: &[(Point, Point)] =
                if arrow.drawn.both { &[(sender, receiver), (receiver, sender)] } else { &[(sender, receiver)] };
            let mut body = Vec::new();
            for &(from, to) in directions {
                let id = ArrowId(self.order.arrows.len() as u32);
                let inside = match inner {
                    Some(fragment) => Some((fragment, operands.len() as u32)),
                    None => scope.inside,
                };
                self.order.arrows.push(Arrow {
                    from,
                    to,
                    label: label.clone(),
                    number: self.number + u32::from(arrow.drawn.implied),
                    line,
                    span: arrow.span,
                    inside,
                    traits: traits.clone(),
                });
                ids.push(id);
                body.push(Node::Arrow(id));
                self.note_connection(word, from, to);
                if let (Word::Connect | Word::Request, Some(from), Some(to)) = (word, from.lifeline(), to.lifeline())
                    && from != to
                {
                    self.order.dials.insert((from, to));
                }
            }
            match inner {
                Some(_) => operands.push(self.operand("", arrow.span, body, Duration::ZERO)),
                None => nodes.extend(body),
            }
        }
        if let Some(id) = inner {
            nodes.extend(self.close(id, operands));
        }
        for directive in &directives {
            if let DirectiveKind::Depends(on) = &directive.kind {
                self.depends.extend(ids.iter().map(|id| (*id, on.clone(), directive.span)));
            }
        }
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            let (sending, receiving) = &arrow.drawn.anchors;
            self.anchors.extend(sending.iter().map(|name| (name.clone(), *first)));
            self.anchors.extend(receiving.iter().map(|name| (name.clone(), *last)));
        }
    }

    fn note_connection(&mut self, word: Word, from: Point, to: Point) {
        match word {
            Word::Connect => from.lifeline().into_iter().for_each(|id| self.connected[id.0 as usize] = true),
            Word::End => {
                for id in [from, to].into_iter().filter_map(Point::lifeline) {
                    self.connected[id.0 as usize] = false;
                }
            }
            Word::Status | Word::Request | Word::Local | Word::Message => {}
        }
    }

    fn label(&mut self, arrow: &diagram::Arrow) -> Arc<str> {
        if !arrow.label.contains("${") {
            return arrow.label.as_str().into();
        }
        let mut out = String::with_capacity(arrow.label.len());
        let mut rest = arrow.label.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            match self.vars.get(name.trim()) {
                Some(value) => out.push_str(value),
                None => self.problems.push(
                    Diagnostic::error("var", format!("no value for ${{{name}}}"))
                        .at(arrow.label_span, "used in this label")
                        .with_help(format!("set one: #@ var {name} = …, or --var {name}=…")),
                ),
            }
            rest = tail;
        }
        out.push_str(rest);
        out.into()
    }
}
