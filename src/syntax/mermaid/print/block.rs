//! Blocks and boxes.

use super::super::colour;
use super::super::disguise::Disguise;
use super::super::text::print_text;
use super::Printer;
use super::life::is_wrap;
use crate::diagram::{Fragment, FragmentKind, Item, Operand, ParticipantGroup, Turns};
use crate::syntax::print_turns;

/// How a block is written.
struct Shape {
    /// The first word, and the word that begins each further operand.
    words: (&'static str, &'static str),
    /// What it really is.
    disguise: Option<Disguise>,
    /// The guard of the first operand.
    guard: String,
}

impl<'a> Printer<'a> {
    /// `alt guard` … `end`; `after` is what follows it in its block.
    pub(super) fn fragment(&mut self, fragment: &'a Fragment, after: &'a [Item]) {
        let Some(first) = fragment.operands.first() else { return };
        let words: Vec<&str> = fragment.style.iter().flat_map(|style| style.split(' ')).collect();
        let wrap = words.iter().find(|word| is_wrap(word)).map_or_else(String::new, |wrap| format!("{wrap}:"));
        let over = words.contains(&"par_over");
        let colour = words.into_iter().filter(|word| !is_wrap(word) && *word != "par_over");
        let colour = colour.collect::<Vec<_>>().join(" ");
        let shape = shape(fragment, first, over);
        if let Some(disguise) = &shape.disguise {
            self.line(&format!("%%@ as {}", disguise.print()));
            let instead = if shape.words.0 == "rect" { "a coloured background" } else { "`par`" };
            let what = format!("Mermaid has no such `{}`", fragment.kind.keyword());
            self.out.lose(fragment.span, what, Some(instead));
        }
        if shape.words.0 == "rect" {
            let neutral = if shape.disguise.is_some() { super::super::NEUTRAL } else { "transparent" };
            let css = colour::css(&colour).unwrap_or_else(|| colour.clone());
            let fill = if colour.is_empty() { neutral.to_owned() } else { print_text(&css) };
            self.line(&format!("rect {wrap}{fill}"));
        } else {
            if !colour.is_empty() {
                self.out.lose(fragment.span, "Mermaid has no colours for blocks", None);
            }
            self.line(&format!("{} {wrap}{}", shape.words.0, print_text(&shape.guard)));
        }
        let outer = self.behind.len();
        self.behind.push(after);
        self.behind.extend(fragment.operands[1..].iter().rev().map(|operand| operand.body.as_slice()));
        self.nested(&first.body);
        for operand in &fragment.operands[1..] {
            self.line(&format!("{} {}", shape.words.1, print_text(&operand.guard)));
            self.behind.pop();
            self.nested(&operand.body);
        }
        self.line("end");
        self.behind.truncate(outer);
    }

    fn nested(&mut self, items: &'a [Item]) {
        self.depth += 1;
        self.items(items);
        self.depth -= 1;
    }

    /// `box Aqua Title`; what is no declaration stands behind it.
    pub(super) fn group(&mut self, group: &'a ParticipantGroup) {
        let words: Vec<&str> = group.style.iter().flat_map(|style| style.split(' ')).collect();
        let wrap = words.iter().find(|word| is_wrap(word)).map_or_else(String::new, |wrap| format!("{wrap}:"));
        let style = words.into_iter().filter(|word| !is_wrap(word)).collect::<Vec<_>>().join(" ");
        let colour = colour::css(&style);
        if !style.is_empty() && colour.is_none() {
            self.out.lose(group.span, "Mermaid does not know this colour", None);
        }
        let title = print_text(&group.title);
        // A title that begins like a colour must not be taken for one.
        let parted = colour.is_none() && colour::split(&group.title).0.is_some();
        let colour = colour.unwrap_or_else(|| if parted { "transparent".to_owned() } else { String::new() });
        self.line(&format!("box {}", format!("{wrap}{colour} {title}").trim()));
        let mut behind = Vec::new();
        self.depth += 1;
        self.members(&group.body, &mut behind);
        self.depth -= 1;
        self.line("end");
        if !behind.is_empty() {
            self.out.lose(group.span, "a box of Mermaid can contain only participants", Some("statements after it"));
        }
        for item in behind {
            self.item(item, &[]);
        }
    }

    fn members(&mut self, items: &'a [Item], behind: &mut Vec<&'a Item>) {
        for item in items {
            match item {
                Item::Declare(..) | Item::Comment(..) | Item::Blank => self.item(item, &[]),
                Item::Group(inner) => {
                    self.out.lose(inner.span, "Mermaid has no nested boxes", Some("one box"));
                    self.members(&inner.body, behind);
                }
                Item::Arrow(_)
                | Item::Fragment(_)
                | Item::Note(_)
                | Item::Ref(_)
                | Item::Divider { .. }
                | Item::Delay { .. }
                | Item::Space(..)
                | Item::Lifecycle { .. }
                | Item::Autonumber(..)
                | Item::TimeBound(_)
                | Item::Style(..)
                | Item::Directive(_) => behind.push(item),
            }
        }
    }
}

fn shape(fragment: &Fragment, first: &Operand, over: bool) -> Shape {
    let several = fragment.operands.len() > 1;
    let plain = |word| Shape { words: (word, ""), disguise: None, guard: first.guard.clone() };
    match &fragment.kind {
        FragmentKind::Alt => Shape { words: ("alt", "else"), ..plain("alt") },
        FragmentKind::Par => {
            let word = if over { "par_over" } else { "par" };
            Shape { words: (word, "and"), ..plain(word) }
        }
        FragmentKind::TryRecover if several => Shape { words: ("critical", "option"), ..plain("critical") },
        FragmentKind::Critical if !several => plain("critical"),
        FragmentKind::Opt if !several => plain("opt"),
        FragmentKind::Break if !several => plain("break"),
        FragmentKind::Loop(turns) if !several => {
            let text = if *turns == Turns::Free { String::new() } else { print_turns(*turns) };
            Shape { guard: format!("{text} {}", first.guard).trim().to_owned(), ..plain("loop") }
        }
        FragmentKind::Rect if !several && first.guard.is_empty() => plain("rect"),
        kind => {
            // A guard that a directive cannot hold needs a block with a text of its own.
            let patterns = matches!(kind, FragmentKind::Ignore(_) | FragmentKind::Consider(_));
            let apart = first.guard.contains(['\n', '\r']) || patterns && !first.guard.is_empty();
            if several || apart {
                let disguise = Disguise::Block(kind.clone(), String::new());
                Shape { words: ("par", "and"), disguise: Some(disguise), guard: first.guard.clone() }
            } else {
                let disguise = Disguise::Block(kind.clone(), first.guard.clone());
                Shape { words: ("rect", ""), disguise: Some(disguise), guard: String::new() }
            }
        }
    }
}
