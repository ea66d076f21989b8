//! How the work of judging grows with the diagram, counted in what is looked at and not in time: expectations that are held
//! against a frame, steps to them, and readings.
#![allow(clippy::print_stdout, reason = "tests tell what they counted")]

use super::cases::{A, B, S, arrow, diagram, got, opt};
use super::generate::fragment;
use super::world::{plan, told};
use crate::diagram::{FragmentKind, Item, OrderMode, Turns};
use crate::oracle::{Options, Verdict};
use crate::trace::{Entry, Event, Evidence, Moment};
use std::time::Duration;

/// A diagram of a size, and what happens.
type Family = fn(usize) -> (Vec<Item>, Vec<Event>);

/// What is looked at, and how many readings there are at most.
fn work(family: Family, size: usize) -> (usize, usize) {
    let (body, happened) = family(size);
    let options = Options::default();
    let plan = plan(&diagram(body), OrderMode::Diagram);
    let mut log: Vec<Entry> = happened.into_iter().map(|event| Entry { at: Moment(0), event }).collect();
    let mut most = 0;
    for count in [log.len() / 4, log.len() / 2, 3 * log.len() / 4] {
        most = most.max(told(&plan, options.clone(), &log[..count]).readings.configs.len());
    }
    let mut at = Moment(0);
    for _ in 0..3 {
        at = at.plus(options.timeout + Duration::from_secs(1));
        let event = Event::Quiet { evidence: Evidence::Virtual, weaker: Vec::new(), listened: Duration::ZERO };
        log.push(Entry { at, event });
    }
    let oracle = told(&plan, options, &log);
    let work = oracle.readings.work;
    let outcome = oracle.freeze(&super::world::Plain::default()).0;
    assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:#?}");
    (work, most)
}

fn options(count: usize) -> (Vec<Item>, Vec<Event>) {
    ((0..count).map(|_| opt(vec![arrow(S, A, "a")])).collect(), (0..count).map(|_| got(A, "a")).collect())
}

fn loops(count: usize) -> (Vec<Item>, Vec<Event>) {
    let turns = FragmentKind::Loop(Turns::Between { min: 0, max: Some(20) });
    let body = (0..count).map(|_| fragment(turns.clone(), vec![vec![arrow(S, A, "a")]])).collect();
    (body, (0..4 * count).map(|_| got(A, "a")).collect())
}

/// Chains that say the same.
fn chains(count: usize) -> (Vec<Item>, Vec<Event>) {
    let chain = || vec![arrow(S, A, "a"), arrow(S, A, "b")];
    let body = vec![fragment(FragmentKind::Par, (0..count).map(|_| chain()).collect())];
    let turn = |at: usize| [got(A, "a"), got(A, if at.is_multiple_of(2) { "a" } else { "b" })];
    let mixed: Vec<Event> = (0..count / 2).flat_map(turn).collect();
    let said = |label: &str| {
        mixed
            .iter()
            .filter(|event| matches!(event, Event::Received { observed, .. } if *observed == super::world::text(label)))
            .count()
    };
    let rest = (said("a")..count).map(|_| got(A, "a")).chain((said("b")..count).map(|_| got(A, "b")));
    let rest: Vec<Event> = rest.collect();
    (body, mixed.into_iter().chain(rest).collect())
}

/// Chains that say different things.
fn own_chains(count: usize) -> (Vec<Item>, Vec<Event>) {
    let chain = |at: usize| vec![arrow(S, A, &format!("a{at}")), arrow(S, A, &format!("b{at}"))];
    let body = vec![fragment(FragmentKind::Par, (0..count).map(chain).collect())];
    let turns = (0..count).map(|at| got(A, &format!("a{at}"))).chain((0..count).map(|at| got(A, &format!("b{at}"))));
    (body, turns.collect())
}

/// Chains each of which begins with a choice, all alike.
fn choices(count: usize) -> (Vec<Item>, Vec<Event>) {
    let chain = |label: &str| vec![arrow(S, A, "a"), arrow(S, A, label)];
    let choice = || vec![fragment(FragmentKind::Alt, vec![chain("b"), chain("c")])];
    let body = vec![fragment(FragmentKind::Par, (0..count).map(|_| choice()).collect())];
    let turns = (0..count).flat_map(|at| [got(A, "a"), got(A, if at.is_multiple_of(2) { "b" } else { "c" })]);
    (body, turns.collect())
}

/// Alternatives side by side.
fn alternatives(count: usize) -> (Vec<Item>, Vec<Event>) {
    let choice = || fragment(FragmentKind::Alt, vec![vec![arrow(S, A, "a")], vec![arrow(S, A, "b")]]);
    let frames = (0..count).map(|at| got(A, if at.is_multiple_of(3) { "b" } else { "a" }));
    ((0..count).map(|_| choice()).collect(), frames.collect())
}

/// Alternatives of which another client sees nothing, decided by it.
fn elsewhere(count: usize) -> (Vec<Item>, Vec<Event>) {
    let operands = || vec![vec![arrow(S, A, "a")], vec![arrow(S, A, "b")], vec![arrow(S, B, "c")]];
    let choices = (0..count).map(|_| fragment(FragmentKind::Alt, operands()));
    let frames = std::iter::once(got(B, "q")).chain((0..count).map(|_| got(A, "a")));
    (choices.chain([arrow(S, B, "q")]).collect(), frames.collect())
}

/// Frames of another client behind fourteen options.
fn others(count: usize) -> (Vec<Item>, Vec<Event>) {
    let options = (0..14).map(|_| opt(vec![arrow(S, A, "a")]));
    let body = options.chain((0..count).map(|_| arrow(S, B, "b"))).collect();
    (body, (0..7).map(|_| got(A, "a")).chain((0..count).map(|_| got(B, "b"))).collect())
}

/// Twice the size costs at most a little more than twice the work: n log n at most.
#[test]
fn work_grows_no_faster_than_the_diagram() {
    let families: [(&str, Family); 8] = [
        ("options", options),
        ("loops", loops),
        ("chains", chains),
        ("own chains", own_chains),
        ("choices", choices),
        ("alternatives", alternatives),
        ("elsewhere", elsewhere),
        ("others", others),
    ];
    let sizes = [4, 50, 100, 200];
    let mut fast = Vec::new();
    println!("looked at, of {sizes:?}; growth from the last but one to the last; readings at most");
    for (name, family) in families {
        let all = sizes.map(|size| work(family, size));
        let growth = all[3].0 as f64 / all[2].0 as f64;
        let readings = all.iter().map(|(_, readings)| *readings).max().unwrap_or_default();
        println!("{name:<13} {:?} {growth:.2} {readings}", all.map(|(work, _)| work));
        // 200 log 200 is 2.3 times 100 log 100.
        fast.extend((growth > 2.3).then_some((name, growth)));
    }
    assert!(fast.is_empty(), "{fast:?}");
}
