//! What the laws do to diagrams and records: other words, other names, more that is allowed.

use super::generate::{fragment, participant};
use super::world::{Dice, SILENT, text};
use crate::diagram::{Arrow, Diagram, Drawn, End, FragmentKind, Item, ParticipantId, Turns};
use crate::source::Span;
use crate::trace::{Entry, Event};
use std::sync::Arc;

/// The same diagram in other words.
pub fn reworded(drawn: &Diagram, how: u8) -> Diagram {
    let body = drawn.body.clone();
    let once = Turns::Between { min: 1, max: Some(1) };
    let body = match how {
        0 => vec![fragment(FragmentKind::Alt, vec![body.clone(), body])],
        1 => body.into_iter().chain([fragment(FragmentKind::Opt, vec![Vec::new()])]).collect(),
        2 => vec![fragment(FragmentKind::Par, vec![body, Vec::new()])],
        3 => vec![fragment(FragmentKind::Loop(once), vec![body])],
        4 => vec![fragment(FragmentKind::Group, vec![body])],
        _ => {
            let swap = |item: Item| match item {
                Item::Fragment(mut inner) if inner.kind == FragmentKind::Par => {
                    inner.operands.reverse();
                    Item::Fragment(inner)
                }
                other => other,
            };
            body.into_iter().map(swap).collect()
        }
    };
    Diagram { body, ..drawn.clone() }
}

/// A diagram of which some items come so many times: as turns of a loop, or written out.
pub fn turned(drawn: &Diagram, from: usize, count: usize, turns: u32, looped: bool) -> Diagram {
    let mut before = drawn.body.clone();
    let mut inside = before.split_off(from % before.len());
    let behind = inside.split_off(count.min(inside.len()));
    let inside = if looped {
        let kind = FragmentKind::Loop(Turns::Between { min: turns, max: Some(turns) });
        vec![fragment(kind, vec![inside])]
    } else {
        std::iter::repeat_n(inside, turns as usize).flatten().collect()
    };
    Diagram { body: before.into_iter().chain(inside).chain(behind).collect(), ..drawn.clone() }
}

/// A record in which two frames of different clients, one right after the other, have changed places; none where it has no
/// such frames.
pub fn neighbours_exchanged(mut log: Vec<Entry>, place: usize) -> Option<Vec<Entry>> {
    let client = |entry: &Entry| match entry.event {
        Event::Received { lifeline, .. } => Some(lifeline),
        _ => None,
    };
    let apart =
        |pair: &[Entry]| matches!((client(&pair[0]), client(&pair[1])), (Some(one), Some(other)) if one != other);
    let places: Vec<usize> = (1..log.len()).filter(|at| apart(&log[at - 1..=*at])).collect();
    let place = *places.get(place % places.len().max(1))?;
    let (one, other) = (log[place - 1].event.clone(), log[place].event.clone());
    (log[place - 1].event, log[place].event) = (other, one);
    Some(log)
}

/// Another name for a frame, in another order of the alphabet.
pub fn other_word(word: &str) -> String {
    match word.strip_prefix('m').and_then(|number| number.parse::<u32>().ok()) {
        Some(number) => format!("w{}", 1_000 - number),
        None => word.to_owned(),
    }
}

/// Other names for clients and frames.
pub fn renamed(drawn: &Diagram) -> Diagram {
    fn items(all: &mut [Item]) {
        for item in all {
            match item {
                Item::Arrow(arrow) => arrow.label = other_word(&arrow.label),
                Item::Fragment(inner) => inner.operands.iter_mut().for_each(|operand| items(&mut operand.body)),
                _ => {}
            }
        }
    }
    let mut drawn = drawn.clone();
    items(&mut drawn.body);
    let clients = drawn.participants.iter_mut().filter(|participant| participant.id != "S");
    clients.zip(["Zoe", "Yan", "Xenia"]).for_each(|(participant, name)| participant.id = name.to_owned());
    drawn
}

pub fn renamed_entry(entry: Entry) -> Entry {
    let event = match entry.event {
        Event::Sent { lifeline, to, channel, arrow, label, raw } => {
            let label: Arc<str> = other_word(&label).into();
            let raw = raw.iter().map(|raw| crate::wire::Raw::Text(other_word(&raw.to_string()).into())).collect();
            Event::Sent { lifeline, to, channel, arrow, label, raw }
        }
        Event::Received { lifeline, from, channel, observed } => {
            let observed = match &observed {
                crate::wire::Observed::Message(message) => text(&other_word(&message.raw.to_string())),
                _ => observed,
            };
            Event::Received { lifeline, from, channel, observed }
        }
        other => other,
    };
    Entry { at: entry.at, event }
}

/// The same diagram with arrows of silent lifelines among its items: to them, from them and between them. Each has
/// lifelines of its own, so that it orders nothing; none begins an operand, where it would say who does.
pub fn with_silent_arrows(drawn: &Diagram, dice: &mut Dice) -> Diagram {
    fn insert(items: Vec<Item>, diagram: &mut Diagram, dice: &mut Dice, speaking: usize) -> Vec<Item> {
        let mut all = Vec::new();
        for item in items {
            all.push(match item {
                Item::Fragment(mut inner) => {
                    for operand in &mut inner.operands {
                        operand.body = insert(std::mem::take(&mut operand.body), diagram, dice, speaking);
                    }
                    Item::Fragment(inner)
                }
                other => other,
            });
            let mut silent = || {
                let number = diagram.participants.len();
                diagram.participants.push(participant(&format!("{SILENT}{number}")));
                End::Participant(ParticipantId(number as u32))
            };
            let other = End::Participant(ParticipantId(dice.roll(speaking) as u32));
            let (from, to) = match dice.roll(5) {
                0 => (silent(), other),
                1 => (other, silent()),
                2 => (silent(), silent()),
                _ => continue,
            };
            let label = format!("{SILENT}{}", diagram.participants.len());
            let (drawn, span, label_span) = (Drawn::default(), Span::default(), Span::default());
            all.push(Item::Arrow(Arrow { from, to, drawn, label, span, label_span }));
        }
        all
    }
    let mut diagram = drawn.clone();
    let body = std::mem::take(&mut diagram.body);
    diagram.body = insert(body, &mut diagram, dice, drawn.participants.len());
    diagram
}

/// A diagram that allows more: an order taken away, an operand more, turns more, an option.
pub fn widened(drawn: &Diagram, how: u8, place: usize) -> Diagram {
    let body = drawn.body.clone();
    let at = place % body.len();
    let unordered = |(index, item): (usize, Item)| match how {
        0 if index == at => fragment(FragmentKind::Opt, vec![vec![item]]),
        1 if index == at => fragment(FragmentKind::Alt, vec![vec![item], super::generate::pair("x", "y").body]),
        _ => item,
    };
    let body = match how {
        2 => {
            let mut before = body;
            let behind = before.split_off(at);
            vec![fragment(FragmentKind::Par, vec![before, behind])]
        }
        3 => wider_loops(body),
        _ => body.into_iter().enumerate().map(unordered).collect(),
    };
    Diagram { body, ..drawn.clone() }
}

pub fn wider_loops(items: Vec<Item>) -> Vec<Item> {
    let wide = |item: Item| match item {
        Item::Fragment(mut inner) => {
            if let FragmentKind::Loop(Turns::Between { max: Some(max), .. }) = inner.kind {
                inner.kind = FragmentKind::Loop(Turns::Between { min: 0, max: Some(max + 1) });
            }
            inner.operands.iter_mut().for_each(|operand| operand.body = wider_loops(std::mem::take(&mut operand.body)));
            Item::Fragment(inner)
        }
        other => other,
    };
    items.into_iter().map(wide).collect()
}
