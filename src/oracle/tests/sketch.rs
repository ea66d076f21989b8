//! Diagrams with every construct, for the differential test.

use super::generate::{Sketch, fragment, number, participant};
use super::world::Dice;
use crate::diagram::{Arrow, Diagram, Directive, DirectiveKind, Drawn, End, FragmentKind, Item, ParticipantId, Turns};
use crate::source::Span;
use std::collections::BTreeSet;
use std::time::Duration;

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
    /// Values that the server chooses.
    Data,
    /// Requests and their responses.
    Http,
    /// Event streams.
    Events,
    /// Two servers.
    Servers,
    /// `after` and `within`.
    Times,
    /// The tool decides a choice.
    Tool,
}

struct Pen<'a> {
    dice: &'a mut Dice,
    clients: u32,
    has: BTreeSet<Construct>,
    left: usize,
    /// More than text on sockets of one server.
    wide: bool,
    servers: u32,
    /// Streams that are open.
    streams: Vec<(u32, u32)>,
}

/// A random diagram, and what it has in it.
pub fn sketch(dice: &mut Dice, wide: bool) -> (Sketch, BTreeSet<Construct>) {
    let clients = 1 + dice.roll(3) as u32;
    let servers = if wide { 1 + dice.roll(2) as u32 } else { 1 };
    let mut pen = Pen { clients, has: BTreeSet::new(), left: 12, dice, wide, servers, streams: Vec::new() };
    let mut body = pen.streams();
    body.extend(pen.block(2, 5, false));
    if pen.has.is_empty() {
        pen.has.insert(Construct::Plain);
    }
    if wide {
        pen.has.extend((servers > 1).then_some(Construct::Servers));
    } else if pen.dice.roll(2) == 0 {
        number(&mut body, &mut 0);
    } else {
        pen.has.insert(Construct::Colliding);
    }
    let has = pen.has;
    let mut participants: Vec<_> = ["A", "B", "C"].iter().take(clients as usize).map(|id| participant(id)).collect();
    participants.extend(["S", "T"].iter().take(servers as usize).map(|id| participant(id)));
    (Sketch(Diagram { participants, body, ..Diagram::default() }), has)
}

impl Pen<'_> {
    fn arrow(&mut self, out: bool, label: String) -> Item {
        let client = self.dice.roll(self.clients as usize) as u32;
        let server = if self.servers > 1 { self.dice.roll(2) as u32 } else { 0 };
        self.between((client, server), out, label)
    }

    fn between(&self, (client, server): (u32, u32), out: bool, label: String) -> Item {
        let server = End::Participant(ParticipantId(self.clients + server));
        let client = End::Participant(ParticipantId(client));
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

    /// Opens event streams, some.
    fn streams(&mut self) -> Vec<Item> {
        if !self.wide || self.dice.roll(2) == 0 {
            return Vec::new();
        }
        self.has.insert(Construct::Events);
        let all = (0..self.clients).flat_map(|client| (0..self.servers).map(move |server| (client, server)));
        self.streams = all.collect();
        self.streams.iter().map(|place| self.between(*place, true, "listen".to_owned())).collect()
    }

    /// What is more than text on a socket.
    fn other(&mut self, items: &mut Vec<Item>, top: bool) -> bool {
        let number = self.dice.roll(3);
        let client = self.dice.roll(self.clients as usize) as u32;
        let place = (client, if self.servers > 1 { self.dice.roll(2) as u32 } else { 0 });
        match self.dice.roll(8) {
            0 | 1 => {
                self.has.insert(Construct::Data);
                let name = ["x", "y"][number % 2];
                items.push(self.between(place, false, format!("id {name}")));
            }
            2 => {
                self.has.insert(Construct::Http);
                items.push(self.between(place, true, format!("ask {number}")));
                if self.dice.roll(2) == 0 {
                    let between = self.message();
                    items.push(between);
                }
                items.push(self.between(place, false, format!("told {number}")));
            }
            3 | 4 if !self.streams.is_empty() => items.push(self.between(place, false, format!("event {number}"))),
            5 if top => {
                self.has.insert(Construct::Times);
                let (after, within) = (Duration::from_secs(2), Duration::from_secs(3));
                let kind = match number {
                    0 => DirectiveKind::After(after),
                    1 => DirectiveKind::Within(within),
                    _ => DirectiveKind::Between(after, within),
                };
                items.push(Item::Directive(Directive { kind, span: Span::default() }));
                let label = format!("m{}", self.dice.roll(4));
                items.push(self.between(place, false, label));
            }
            _ => return false,
        }
        self.left = self.left.saturating_sub(1);
        true
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
                    // Times stand where nothing is chosen: that what is to come late begins a choice is not told from silence.
                    if self.wide && self.other(&mut items, depth == 2) {
                        continue;
                    }
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
