//! Readings that must not be lost, and families of diagrams in which there is one reading although there are many ways.

use super::generate::fragment;
use super::world::{judge, plan, text};
use crate::diagram::{Arrow, Diagram, Drawn, End, FragmentKind, Item, OrderMode, Participant, ParticipantId, Turns};
use crate::oracle::{Options, Outcome, Verdict};
use crate::source::Span;
use crate::trace::{Entry, Event, Evidence, Moment};
use crate::wire::{Channel, Raw};
use std::time::Duration;

pub const A: u32 = 0;
pub const B: u32 = 1;
pub const S: u32 = 2;

pub fn arrow(from: u32, to: u32, label: &str) -> Item {
    Item::Arrow(Arrow {
        from: End::Participant(ParticipantId(from)),
        to: End::Participant(ParticipantId(to)),
        drawn: Drawn::default(),
        label: label.to_owned(),
        span: Span::default(),
        label_span: Span::default(),
    })
}

pub fn opt(body: Vec<Item>) -> Item {
    fragment(FragmentKind::Opt, vec![body])
}

pub fn diagram(body: Vec<Item>) -> Diagram {
    let participant = |id: &str| Participant {
        id: id.to_owned(),
        label: None,
        kind: Default::default(),
        style: None,
        declared: false,
        span: Span::default(),
    };
    Diagram { participants: ["A", "B", "S"].map(participant).to_vec(), body, ..Diagram::default() }
}

pub fn got(client: u32, label: &str) -> Event {
    Event::Received { lifeline: client, from: S, channel: Channel::Socket, observed: text(label) }
}

fn sent(client: u32, arrow: u32, label: &str) -> Event {
    let raw = vec![Raw::Text(label.into())];
    Event::Sent { lifeline: client, to: S, channel: Channel::Socket, arrow, label: label.into(), raw }
}

/// Whatever arrow of this label the client has to send.
pub fn sent_by(client: u32, label: &str) -> Event {
    sent(client, u32::MAX, label)
}

/// Judges what happened at once, and then nothing for as long as anything may take.
fn verdict(body: Vec<Item>, happened: impl IntoIterator<Item = Event>) -> Outcome {
    verdict_in(OrderMode::Diagram, body, [happened.into_iter().collect()])
}

/// The same for what happened in several steps, between which nothing did, with clients that wait in one of the orders.
fn verdict_in(order: OrderMode, body: Vec<Item>, steps: impl IntoIterator<Item = Vec<Event>>) -> Outcome {
    let options = Options { order, ..Options::default() };
    let log = long_silences(&options, steps);
    judge(&plan(&diagram(body), order), options, &log)
}

/// A record of several steps; nothing happens behind each for longer than anything may take.
pub fn long_silences(options: &Options, steps: impl IntoIterator<Item = Vec<Event>>) -> Vec<Entry> {
    let long = options.timeout + Duration::from_secs(1);
    let quiet = || Event::Quiet { evidence: Evidence::Virtual, weaker: Vec::new(), listened: Default::default() };
    let mut log: Vec<Entry> = Vec::new();
    let mut at = Moment(0);
    for step in steps.into_iter().chain([Vec::new(), Vec::new()]) {
        log.extend(step.into_iter().map(|event| Entry { at, event }));
        at = at.plus(long);
        log.push(Entry { at, event: quiet() });
    }
    log
}

fn assert_verdict(outcome: &Outcome, verdict: Verdict) {
    assert_eq!(outcome.verdict, verdict, "{outcome:#?}");
}

/// Two choices beside each other, each with two operands of which a client sees nothing: whoever is read first.
#[test]
fn every_silent_operand_stays_possible() {
    let choice = |first: &str, second: &str, third: &str| {
        let operands = vec![vec![arrow(S, B, first)], vec![arrow(S, B, second)], vec![arrow(S, A, third)]];
        vec![fragment(FragmentKind::Alt, operands)]
    };
    let body = || {
        let both = fragment(FragmentKind::Par, vec![choice("a", "b", "x"), choice("c", "d", "y")]);
        vec![both, arrow(S, A, "q")]
    };
    for (first, second) in [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")] {
        assert_verdict(&verdict(body(), [got(A, "q"), got(B, first), got(B, second)]), Verdict::Pass);
        assert_verdict(&verdict(body(), [got(B, second), got(A, "q"), got(B, first)]), Verdict::Pass);
    }
    assert_verdict(&verdict(body(), [got(A, "x"), got(A, "q"), got(B, "d")]), Verdict::Pass);
    assert_verdict(&verdict(body(), [got(A, "q"), got(B, "a"), got(B, "b")]), Verdict::Fail);
    assert_verdict(&verdict(body(), [got(A, "q"), got(B, "a")]), Verdict::Fail);
}

/// Alternatives side by side of which another client sees nothing: they are decided when somebody does.
#[test]
fn alternatives_before_a_frame_of_another_client_are_one_reading() {
    let body = |count: usize| -> Vec<Item> {
        let choice = || {
            let operands = vec![vec![arrow(S, A, "a")], vec![arrow(S, A, "b")], vec![arrow(S, B, "c")]];
            fragment(FragmentKind::Alt, operands)
        };
        (0..count).map(|_| choice()).chain([arrow(S, B, "q")]).collect()
    };
    for count in [13, 60] {
        let frames = (0..count).map(|place| got(A, ["a", "b"][place % 2]));
        assert_verdict(&verdict(body(count), [got(B, "q")].into_iter().chain(frames)), Verdict::Pass);
        let frames = (1..count).map(|_| got(A, "a"));
        assert_verdict(&verdict(body(count), [got(B, "q")].into_iter().chain(frames)), Verdict::Fail);
    }
}

/// Which of several equal options or turns was taken is never asked.
#[test]
fn equal_options_and_loops_are_one_reading() {
    let options = |count: usize| (0..count).map(|_| opt(vec![arrow(S, A, "a")])).collect::<Vec<Item>>();
    for (count, taken) in [(16, 5), (16, 16), (200, 100), (200, 200)] {
        assert_verdict(&verdict(options(count), (0..taken).map(|_| got(A, "a"))), Verdict::Pass);
    }
    assert_verdict(&verdict(options(16), (0..17).map(|_| got(A, "a"))), Verdict::Fail);
    let loops = || {
        let turns = FragmentKind::Loop(Turns::Between { min: 0, max: Some(20) });
        (0..6).map(|_| fragment(turns.clone(), vec![vec![arrow(S, A, "a")]])).collect::<Vec<Item>>()
    };
    assert_verdict(&verdict(loops(), (0..120).map(|_| got(A, "a"))), Verdict::Pass);
    assert_verdict(&verdict(loops(), (0..121).map(|_| got(A, "a"))), Verdict::Fail);
    // What must come behind them still has to.
    let mut must = options(14);
    must.push(arrow(S, A, "a"));
    assert_verdict(&verdict(must.clone(), (0..15).map(|_| got(A, "a"))), Verdict::Pass);
    assert_verdict(&verdict(must.clone(), [got(A, "a")]), Verdict::Pass);
    assert_verdict(&verdict(must, []), Verdict::Fail);
}

/// Frames of another client behind choices of which it sees nothing.
#[test]
fn frames_of_others_cost_nothing_extra() {
    let mut body: Vec<Item> = (0..14).map(|_| opt(vec![arrow(S, A, "a")])).collect();
    body.extend((0..200).map(|_| arrow(S, B, "b")));
    let frames = (0..7).map(|_| got(A, "a")).chain((0..200).map(|_| got(B, "b")));
    assert_verdict(&verdict(body, frames), Verdict::Pass);
}

/// Any number of options that the server left out may stand before a message.
#[test]
fn no_number_of_options_before_a_message_is_too_many() {
    for count in [64, 65, 200] {
        let mut body: Vec<Item> = (0..count).map(|_| opt(vec![arrow(S, B, "y"), arrow(B, S, "msg")])).collect();
        body.push(arrow(S, A, "q"));
        assert_verdict(&verdict(body, [got(A, "q")]), Verdict::Pass);
    }
}

/// Nobody can tell two sends apart that are the same on the wire and stand in one `par`.
#[test]
fn two_equal_sends_beside_each_other_are_interchangeable() {
    let body = || {
        let operands = vec![vec![arrow(A, S, "q"), arrow(S, A, "a")], vec![arrow(A, S, "q")]];
        vec![fragment(FragmentKind::Par, operands)]
    };
    for (first, second) in [(2, 0), (0, 2)] {
        let happened = [sent(A, first, "q"), got(A, "a"), sent(A, second, "q")];
        assert_verdict(&verdict(body(), happened), Verdict::Pass);
        let late = [sent(A, first, "q"), sent(A, second, "q"), got(A, "a")];
        assert_verdict(&verdict(body(), late), Verdict::Pass);
        let twice = [sent(A, first, "q"), got(A, "a"), sent(A, second, "q"), got(A, "a")];
        assert_verdict(&verdict(body(), twice), Verdict::Fail);
    }
}

/// What is nearest above a message is the last that any operand of a `par` received.
#[test]
fn clients_that_run_ahead_need_one_operand_of_a_par() {
    let body = || {
        let asked = vec![arrow(B, S, "q"), arrow(A, S, "p")];
        vec![fragment(FragmentKind::Par, vec![asked, vec![arrow(S, A, "b")]]), arrow(S, A, "a")]
    };
    let happened = vec![sent(A, 1, "p"), got(A, "b"), got(A, "a"), sent(B, 0, "q")];
    assert_verdict(&verdict_in(OrderMode::Local, body(), [happened]), Verdict::Pass);
}

/// Quiet says nothing of a choice that stands behind what the tool has yet to send.
#[test]
fn quiet_closes_no_choice_that_cannot_have_begun() {
    let first = opt(vec![arrow(S, A, "c"), arrow(B, S, "p")]);
    let body = vec![first, arrow(A, S, "p"), opt(vec![arrow(S, B, "a"), arrow(B, S, "q")])];
    let happened = vec![sent(A, 2, "p"), got(B, "a"), sent(B, 4, "q")];
    assert_verdict(&verdict_in(OrderMode::Local, body, [Vec::new(), happened]), Verdict::Pass);
}

/// What must still come after quiet tells the branch, although the other would have begun alike.
#[test]
fn quiet_leaves_one_reading() {
    let silent = opt(vec![arrow(S, B, "b"), arrow(S, B, "b"), arrow(S, A, "b")]);
    let asked = vec![arrow(S, A, "b"), arrow(B, S, "p"), arrow(S, A, "b")];
    let body = vec![arrow(S, B, "c"), opt(vec![fragment(FragmentKind::Alt, vec![asked, vec![silent]])])];
    let steps = [vec![got(A, "b"), got(B, "c")], vec![sent(B, 2, "p"), got(A, "b")]];
    assert_verdict(&verdict_in(OrderMode::Local, body, steps), Verdict::Pass);
}

/// A choice that begins with another choice, or with a loop, is left out in silence as any other: the tool goes on.
#[test]
fn quiet_closes_a_choice_that_begins_with_a_choice() {
    let once = FragmentKind::Loop(Turns::Between { min: 1, max: Some(1) });
    let inner = [
        fragment(once, vec![vec![arrow(S, B, "a"), arrow(S, B, "b")]]),
        fragment(FragmentKind::Alt, vec![vec![arrow(S, B, "a"), arrow(S, B, "b")], vec![arrow(S, A, "c")]]),
    ];
    for inner in inner {
        let body = vec![arrow(A, S, "q"), opt(vec![inner, arrow(B, S, "p")])];
        assert_verdict(&verdict(body.clone(), [sent(A, 0, "q")]), Verdict::Pass);
        assert_verdict(&verdict(body, [sent(A, 0, "q"), got(B, "a")]), Verdict::Fail);
    }
}
