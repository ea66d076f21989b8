//! Diagrams with every construct, for the differential test.

use super::generate::{Sketch, fragment, number, participant};
use super::world::Dice;
use crate::diagram::{Arrow, Diagram, Directive, DirectiveKind, Drawn, End, FragmentKind, Item, ParticipantId, Turns};
use crate::source::Span;
use std::collections::BTreeSet;

/// What a diagram has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Construct {
    Plain,
    Alt,
    /// An `alt` of three operands.
    Three,
    Opt,
    Loop,
    Par,
    Strict,
    Critical,
    Break,
    Never,
    Ignore,
    /// A choice in a choice.
    Nested,
    /// A choice right behind a choice.
    Beside,
    /// Tool and server may begin the same choice.
    Mixed,
    /// Labels occur more than once.
    Colliding,
}

struct Pen<'a> {
    dice: &'a mut Dice,
    clients: u32,
    has: BTreeSet<Construct>,
    left: usize,
}

/// A random diagram, and what it has in it.
pub fn sketch(dice: &mut Dice) -> (Sketch, BTreeSet<Construct>) {
    let clients = 1 + dice.roll(3) as u32;
    let mut pen = Pen { clients, has: BTreeSet::new(), left: 12, dice };
    let mut body = pen.block(2, 5, false);
    if pen.has.is_empty() {
        pen.has.insert(Construct::Plain);
    }
    if pen.dice.roll(2) == 0 {
        number(&mut body, &mut 0);
    } else {
        pen.has.insert(Construct::Colliding);
    }
    let has = pen.has;
    let mut participants: Vec<_> = ["A", "B", "C"].iter().take(clients as usize).map(|id| participant(id)).collect();
    participants.push(participant("S"));
    (Sketch(Diagram { participants, body, ..Diagram::default() }), has)
}

impl Pen<'_> {
    fn arrow(&mut self, out: bool, label: String) -> Item {
        let server = End::Participant(ParticipantId(self.clients));
        let client = End::Participant(ParticipantId(self.dice.roll(self.clients as usize) as u32));
        let (from, to) = if out { (client, server) } else { (server, client) };
        Item::Arrow(Arrow {
            from,
            to,
            drawn: Drawn::default(),
            label,
            span: Span::default(),
            label_span: Span::default(),
        })
    }

    fn message(&mut self) -> Item {
        self.left = self.left.saturating_sub(1);
        let out = self.dice.roll(5) < 2;
        let label = format!("m{}", self.dice.roll(4));
        self.arrow(out, label)
    }

    fn block(&mut self, depth: u32, most: usize, in_choice: bool) -> Vec<Item> {
        let count = 1 + self.dice.roll(most);
        let mut items = Vec::new();
        let mut chose = false;
        for _ in 0..count {
            let what = if depth == 0 || self.left == 0 { 99 } else { self.dice.roll(20) };
            let choice = matches!(what, 1..=4);
            if choice && chose {
                self.has.insert(Construct::Beside);
            }
            if choice && in_choice {
                self.has.insert(Construct::Nested);
            }
            chose = choice;
            let construct = match what {
                0 | 9 => Construct::Par,
                1 | 2 => Construct::Alt,
                3 => Construct::Opt,
                4 => Construct::Loop,
                5 => Construct::Strict,
                6 => Construct::Critical,
                7 => Construct::Break,
                8 => Construct::Never,
                10 => Construct::Ignore,
                _ => {
                    let message = self.message();
                    items.push(message);
                    continue;
                }
            };
            self.has.insert(construct);
            self.draw(construct, depth - 1, &mut items);
        }
        items
    }

    fn draw(&mut self, construct: Construct, depth: u32, items: &mut Vec<Item>) {
        let one = |kind, body| fragment(kind, vec![body]);
        let item = match construct {
            Construct::Par => {
                let count = 2 + self.dice.roll(2);
                fragment(FragmentKind::Par, (0..count).map(|_| self.block(depth, 2, false)).collect())
            }
            Construct::Alt => {
                let count = 2 + self.dice.roll(2);
                if count == 3 {
                    self.has.insert(Construct::Three);
                }
                fragment(FragmentKind::Alt, (0..count).map(|_| self.block(depth, 3, true)).collect())
            }
            Construct::Opt => one(FragmentKind::Opt, self.block(depth, 3, true)),
            Construct::Loop => {
                let min = self.dice.roll(2) as u32;
                let max = Some(min + self.dice.roll(2) as u32 + u32::from(min == 0));
                one(FragmentKind::Loop(Turns::Between { min, max }), self.block(depth, 2, true))
            }
            Construct::Strict => one(FragmentKind::Strict, self.block(0, 4, false)),
            Construct::Critical => one(FragmentKind::Critical, self.block(0, 3, false)),
            Construct::Break => one(FragmentKind::Break, self.block(0, 2, false)),
            Construct::Ignore => one(FragmentKind::Ignore(vec!["z".to_owned()]), self.block(depth, 4, false)),
            _ => {
                items.push(Item::Directive(Directive { kind: DirectiveKind::Never, span: Span::default() }));
                self.arrow(false, "n".to_owned())
            }
        };
        items.push(item);
    }
}
