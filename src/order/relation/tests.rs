//! Each order on small diagrams, and the sweeps against a search that knows nothing of bits.

use super::*;
use crate::order::{Casting, NoLibrary, Setup, Vocabulary, Word, compile};
use crate::source::{Source, Sources};
use crate::syntax::{Dialect, parse};
use crate::wire::Channel;
use std::collections::BTreeMap;

struct Words;

impl Vocabulary for Words {
    fn word(&self, label: &str) -> Word {
        match label {
            "connect" => Word::Connect,
            _ => Word::Message,
        }
    }
}

fn order(text: &str) -> Order {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("test.seq", text));
    let diagram = parse(&sources, id, 0..text.len(), Dialect::Native).expect("a diagram").diagram;
    let (casting, vars) = (Casting::default().or_settings(&diagram), BTreeMap::new());
    let setup = Setup { sources: &sources, words: &Words, casting: &casting, vars: &vars, library: &NoLibrary };
    compile(&diagram, &setup).expect("an order")
}

/// Labels of HTTP travel on a connection of their own.
fn relation(order: &Order, which: Which) -> Relation {
    let channel = |id: ArrowId| {
        if order.arrow(id).label.starts_with("http") { Channel::Http } else { Channel::Socket }
    };
    let after = |id: ArrowId| order.arrow(id).traits.depends.as_slice();
    relate(order, which, &channel, &after)
}

/// `!3` is the send of the third arrow, `?3` its receive.
fn point(word: &str) -> Point {
    let id = ArrowId(word[1..].parse::<u32>().expect("a number") - 1);
    if word.starts_with('!') { Point::Send(id) } else { Point::Receive(id) }
}

/// Each line: pairs that are ordered, `|`, pairs that are not.
fn check(text: &str, which: Which, ordered: &str, free: &str) {
    let order = order(text);
    let relation = relation(&order, which);
    for (pairs, wanted) in [(ordered, true), (free, false)] {
        for pair in pairs.split_whitespace() {
            let (a, b) = pair.split_once('<').expect("a pair");
            assert_eq!(relation.before(&order, point(a), point(b)), wanted, "{which:?} {pair} in\n{text}");
        }
    }
}

const CHAT: &str = "#@ simulate A, B\nA->S: connect\nS->A: ok\nB->S: connect\nS->B: ok\nA->S: join\nS->B: joined\n\
                    B->S: hi\nS->A: hi\nA->S: ho\nS->B: ho\nA->S: bye\nS->B: left\n";

#[test]
fn what_is_drawn() {
    check(CHAT, Which::Visual, "!1<?1 ?1<!2 !2<?3 !1<?4 ?2<!5 ?3<?5 !10<?11 ?4<?6", "?3<!2 !1<!3 ?2<?4 ?2<!3 ?10<!11");
}

#[test]
fn what_somebody_can_keep() {
    let free = "?1<?3 !2<?3 ?3<?5 !4<?5 !10<?11";
    check(CHAT, Which::Enforceable, "!1<?1 ?1<!2 ?1<!4 !2<!4 ?5<?9 ?4<?6 !6<?7 ?9<?11", free);
}

#[test]
fn what_a_server_can_be_held_to() {
    // Bob's `ok` follows from his own connect, and from nothing of Alice.
    check(CHAT, Which::Cause, "?3<!4 ?5<!6 ?4<?6 !5<?6 ?2<!5", "?1<!4 !2<!4 ?3<?5 ?3<!6");
}

#[test]
fn the_chat_has_five_pairs_that_nobody_can_keep() {
    let order = order(CHAT);
    let (visual, enforceable) = (relation(&order, Which::Visual), relation(&order, Which::Enforceable));
    let lifeline = |point: Point| match point {
        Point::Send(id) => order.arrow(id).from,
        Point::Receive(id) => order.arrow(id).to,
        Point::Join | Point::Meet(_) => unreachable!("events alone"),
    };
    let mut races = Vec::new();
    for b in (0..12).flat_map(|id| [Point::Send(ArrowId(id)), Point::Receive(ArrowId(id))]) {
        let kept = enforceable.causes(&order, b);
        let drawn = visual.causes(&order, b).into_iter().filter(|a| lifeline(*a) == lifeline(b));
        races.extend(drawn.filter(|a| !kept.contains(a)).map(|a| (a, b)));
    }
    races.sort_unstable();
    let mut wanted = ["?1 ?3", "!2 ?3", "?3 ?5", "!4 ?5", "!10 ?11"].map(|pair| {
        let (a, b) = pair.split_once(' ').expect("a pair");
        (point(a), point(b))
    });
    wanted.sort_unstable();
    assert_eq!(races, wanted);
}

#[test]
fn par_frees_and_what_follows_joins() {
    let text = "#@ simulate A, B\nA->S: x\npar\nS->A: a\nS->A: b\nand\nS->A: c\nand\nS->B: d\nend\nA->S: y\n";
    check(text, Which::Visual, "?2<?3 !1<!4 ?3<!6 ?4<!6 !5<?6", "?2<?4 ?4<?2 !2<!4 !5<!2 ?5<!6");
    check(text, Which::Enforceable, "?2<?3 ?3<!6 ?4<!6", "!5<?6 ?2<?4");
}

#[test]
fn operands_exclude_one_another_and_only_what_all_know_is_known() {
    // Only where the note was sent does Bob answer after line x.
    let text = "#@ simulate A, B\nA->S: x\nopt\nS->B: note\nend\nB->S: y\n";
    check(text, Which::Visual, "?1<!2 ?1<?3 ?2<!3", "!1<!3 ?1<!3");
    check(text, Which::Enforceable, "?2<!3 ?1<!2", "?1<?3");
    // Both operands tell Bob.
    let text = "#@ simulate A, B\nA->S: x\nalt\nS->B: yes\nelse\nS->B: no\nend\nB->S: y\n";
    check(text, Which::Enforceable, "?1<?4 ?2<!4 ?3<!4", "?2<?3 ?3<?2");
    let order = order(text);
    assert!(conflict(&order, ArrowId(1), ArrowId(2)) && !conflict(&order, ArrowId(0), ArrowId(2)));
}

#[test]
fn a_loop_that_may_not_happen_tells_nothing() {
    let text = |turns: &str| format!("#@ simulate A, B\nA->S: x\nloop {turns}\nS->B: note\nend\nB->S: y\n");
    check(&text("0..3"), Which::Enforceable, "?1<!2 ?2<!3", "?1<?3");
    check(&text("1..3"), Which::Enforceable, "?1<!2 ?2<!3 ?1<?3", "?3<?1");
}

#[test]
fn connections_of_one_client_are_apart() {
    let text = "#@ simulate A\nA->S: x\nS->A: http 200\nS->A: push\nS->A: push 2\nA->S: y\n";
    check(text, Which::Visual, "?3<?4 ?2<!5 ?3<!5 !2<!3", "?2<?3");
    check(text, Which::Enforceable, "?3<?4 ?2<!5 !2<!3", "?2<?3");
}

#[test]
fn what_never_happens_is_no_event_and_what_is_lost_does_not_arrive() {
    let text = "#@ simulate A, B\nA->S: x\n#@ never\nS->B: y\nB->S: z\n";
    check(text, Which::Visual, "?1<?3", "!2<?3 ?2<!3");
    let text = "#@ simulate A, B\nA->x S: x\nS->B: y\n";
    check(text, Which::Visual, "!1<?1", "?1<!2");
}

#[test]
fn depends_is_an_order_that_somebody_keeps() {
    let text = "#@ simulate A, B\nA->S: x\nS->A: ok\nB->S: y\n";
    check(text, Which::Enforceable, "?1<!2", "!2<?3");
    let text = "#@ simulate A, B\nA->S: x\nS->A: ok\n#@ depends 2\nB->S: y\n";
    check(text, Which::Enforceable, "?2<!3 !2<?3 ?1<?3", "?3<!2");
}

#[test]
fn sweeps_beyond_the_first_see_what_a_search_sees() {
    let mut text = String::from("#@ simulate A, B, C\n");
    for turn in 0..130 {
        let (from, to) = [("A", "S"), ("S", "B"), ("B", "S"), ("S", "C"), ("C", "S")][turn % 5];
        text.push_str(&format!("{from}->{to}: m{turn}\n"));
        text.push_str(if turn % 7 == 0 { "opt\nS->A: o\nend\n" } else { "par\nS->A: p\nand\nC->S: q\nend\n" });
    }
    let order = order(&text);
    for which in [Which::Visual, Which::Cause] {
        let relation = relation(&order, which);
        let frozen = relation.freeze(&order);
        // Without meets a search of the graph is the closure.
        let plain = |point: Point| {
            let reversed = petgraph::visit::Reversed(&relation.graph);
            let start = relation.node(point).expect("an event");
            let mut search = petgraph::visit::Dfs::new(reversed, start);
            std::iter::from_fn(move || search.next(reversed)).filter(|node| *node != start).count()
        };
        let mut rows = Rows::default();
        let mut counts = vec![0; order.arrows.len()];
        // Not in their order: rows must not keep anything of another sweep.
        for first in [256, 0] {
            frozen.sweep(first, &mut rows);
            for (id, count) in counts.iter_mut().enumerate() {
                let rank = frozen.rank(Point::Receive(ArrowId(id as u32))).expect("an event");
                *count += bits(rows.at(rank)).count();
            }
        }
        for (id, count) in counts.iter().enumerate() {
            let point = Point::Receive(ArrowId(id as u32));
            assert_eq!(relation.causes(&order, point).len() + 1, *count, "{point:?}");
            assert!(*count <= plain(point) + 1);
        }
    }
}

#[test]
fn rows_have_the_bits_of_their_arrows() {
    assert_eq!(bits(&range(256, &(200..258))).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(bits(&range(0, &(30..34))).collect::<Vec<_>>(), (60..68).collect::<Vec<_>>());
    assert_eq!(bits(&range(0, &(0..1000))).count(), 512);
    assert_eq!(bits(&range(512, &(0..512))).count(), 0);
}

#[test]
fn components_and_width() {
    let numbers = components(4, &[(0, 1), (1, 0), (1, 2), (2, 3)]);
    assert!(numbers[0] == numbers[1] && numbers[1] != numbers[2] && numbers[2] != numbers[3]);
    assert_eq!(width(4, &[(0, 1), (1, 2), (0, 2)]), 2);
    assert_eq!(width(3, &[]), 3);
}
