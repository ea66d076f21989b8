//! Diagrams for the laws: 1 to 3 clients and a server, up to 12 arrows, fragments to depth 3, labels that may collide.

use crate::diagram::{
    Arrow, Diagram, Drawn, End, Fragment, FragmentKind, Item, Operand, Participant, ParticipantId, Turns,
};
use crate::source::Span;
use proptest::prelude::*;

/// What may be generated.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub clients: u32,
    pub depth: u32,
    /// Labels are numbered rather than drawn from a few.
    pub distinct: bool,
    /// Choices and loops as well as `par`.
    pub choices: bool,
}

/// A diagram that shows itself as text when a law fails.
#[derive(Clone)]
pub struct Sketch(pub Diagram);

impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn items(diagram: &Diagram, all: &[Item], depth: usize, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let name = |end: &End| match end {
                End::Participant(id) => diagram.participant(*id).id.clone(),
                _ => "?".to_owned(),
            };
            for item in all {
                match item {
                    Item::Arrow(arrow) => {
                        writeln!(f, "{:depth$}{}->{}: {}", "", name(&arrow.from), name(&arrow.to), arrow.label)?;
                    }
                    Item::Fragment(fragment) => {
                        for (index, operand) in fragment.operands.iter().enumerate() {
                            let word = if index == 0 { format!("{:?}", fragment.kind) } else { "else".to_owned() };
                            writeln!(f, "{:depth$}{word}", "")?;
                            items(diagram, &operand.body, depth + 2, f)?;
                        }
                        writeln!(f, "{:depth$}end", "")?;
                    }
                    _ => {}
                }
            }
            Ok(())
        }
        writeln!(f)?;
        items(&self.0, &self.0.body, 0, f)
    }
}

/// A diagram of clients `A`, `B`, `C` and a server `S`.
pub fn diagram(shape: Shape) -> impl Strategy<Value = Sketch> {
    block(shape, shape.depth, 6).prop_map(move |mut body| {
        if shape.distinct {
            number(&mut body, &mut 0);
        }
        let mut participants: Vec<Participant> =
            ["A", "B", "C"].iter().take(shape.clients as usize).map(|id| participant(id)).collect();
        participants.push(participant("S"));
        Sketch(Diagram { participants, body, ..Diagram::default() })
    })
}

pub fn participant(id: &str) -> Participant {
    Participant {
        id: id.to_owned(),
        label: None,
        kind: Default::default(),
        style: None,
        declared: false,
        span: Span::default(),
    }
}

fn block(shape: Shape, depth: u32, most: usize) -> BoxedStrategy<Vec<Item>> {
    let leaf = arrow(shape).boxed();
    let item = if depth == 0 {
        leaf
    } else {
        let inner = move || block(shape, depth - 1, 3);
        let two = (inner(), inner());
        let par = two.prop_map(|(a, b)| fragment(FragmentKind::Par, vec![a, b])).boxed();
        if shape.choices {
            prop_oneof![
                6 => leaf,
                1 => par,
                1 => (inner(), inner()).prop_map(|(a, b)| fragment(FragmentKind::Alt, vec![a, b])),
                1 => inner().prop_map(|a| fragment(FragmentKind::Opt, vec![a])),
                1 => (inner(), 0u32..2, 0u32..2).prop_map(|(a, min, more)| {
                    fragment(FragmentKind::Loop(Turns::Between { min, max: Some(min + more) }), vec![a])
                }),
            ]
            .boxed()
        } else {
            prop_oneof![6 => leaf, 1 => par].boxed()
        }
    };
    prop::collection::vec(item, 1..=most).boxed()
}

fn arrow(shape: Shape) -> impl Strategy<Value = Item> {
    (0..shape.clients, any::<bool>(), 0u32..4).prop_map(move |(client, out, label)| {
        let server = End::Participant(ParticipantId(shape.clients));
        let client = End::Participant(ParticipantId(client));
        let (from, to) = if out { (client, server) } else { (server, client) };
        Item::Arrow(Arrow {
            from,
            to,
            drawn: Drawn::default(),
            label: format!("m{label}"),
            span: Span::default(),
            label_span: Span::default(),
        })
    })
}

/// A fragment of these operands.
pub fn fragment(kind: FragmentKind, operands: Vec<Vec<Item>>) -> Item {
    let operands = operands
        .into_iter()
        .map(|body| Operand { guard: String::new(), body, style: None, span: Span::default() })
        .collect();
    Item::Fragment(Fragment { kind, operands, style: None, span: Span::default() })
}

pub fn number(items: &mut [Item], next: &mut u32) {
    for item in items {
        match item {
            Item::Arrow(arrow) => {
                *next += 1;
                if arrow.label != "n" {
                    arrow.label = format!("m{next}");
                }
            }
            Item::Fragment(fragment) => {
                fragment.operands.iter_mut().for_each(|operand| number(&mut operand.body, next));
            }
            _ => {}
        }
    }
}

/// Two messages from the server to one client.
pub fn pair(first: &str, second: &str) -> Diagram {
    let arrow = |label: &str| {
        Item::Arrow(Arrow {
            from: End::Participant(ParticipantId(1)),
            to: End::Participant(ParticipantId(0)),
            drawn: Drawn::default(),
            label: label.to_owned(),
            span: Span::default(),
            label_span: Span::default(),
        })
    };
    let participants = vec![participant("A"), participant("S")];
    Diagram { participants, body: vec![arrow(first), arrow(second)], ..Diagram::default() }
}
