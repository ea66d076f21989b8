//! How well single faults are told, and that explaining is bounded.
#![allow(clippy::print_stdout, reason = "tests tell what they counted")]

use super::generate::{Shape, diagram, fragment, pair};
use super::world::{Dice, Fault, is_mixed, judge, plan, play_with, text, told};
use crate::diagram::{Diagram, FragmentKind, Item, OrderMode};
use crate::oracle::{Class, Finding, Options, Outcome, Tie, Verdict};
use crate::order::{ArrowId, LifelineId};
use crate::trace::{Entry, Event, Evidence, Moment};
use crate::wire::Channel;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use std::time::Duration;

/// `SEQCHECK_FAULTS` plays more diagrams than the suite does.
fn diagrams() -> usize {
    std::env::var("SEQCHECK_FAULTS").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

/// Whether that many were asked for; then records in disorder are large ones, too.
fn is_long() -> bool {
    std::env::var_os("SEQCHECK_FAULTS").is_some()
}

/// Whether a finding is about this arrow, at least as one of those that explain as well.
fn is_at(finding: &Finding, struck: ArrowId) -> bool {
    finding.arrow == Some(struck) || could_be_at(finding, struck)
}

fn could_be_at(finding: &Finding, struck: ArrowId) -> bool {
    finding.or.iter().any(|tie| tie.arrow == struck)
}

/// Whether it is of this class, at least as one of those that explain as well.
fn is_class(finding: &Finding, class: Class, struck: ArrowId) -> bool {
    finding.class == class || finding.or.contains(&Tie { class, arrow: struck })
}

/// Whether it is at this client, or says that it may as well be at that arrow of it.
fn is_of(finding: &Finding, receiver: LifelineId, struck: ArrowId) -> bool {
    finding.lifeline == receiver || could_be_at(finding, struck)
}

/// Whether the root finding names fault, arrow and client.
fn is_right(outcome: &Outcome, fault: Fault, struck: ArrowId, receiver: LifelineId) -> bool {
    let Some(root) = outcome.findings.first() else { return false };
    match fault {
        Fault::Drop(_) => {
            is_class(root, Class::Missing, struck) && is_at(root, struck) && is_of(root, receiver, struck)
        }
        Fault::Double(_) => {
            is_class(root, Class::Duplicate, struck) && is_at(root, struck) && is_of(root, receiver, struck)
        }
        Fault::Move(_, to) => {
            let meant = root.meant_for == Some(receiver);
            let at = root.arrow == Some(struck) || root.related == Some(struck) || could_be_at(root, struck);
            root.class == Class::Misrouted && at && root.lifeline == LifelineId(to) && meant
        }
        Fault::Foreign(_) => root.class == Class::Unexpected && root.lifeline == receiver,
        Fault::Swap(_) => {
            is_class(root, Class::Reordered, struck) && is_at(root, struck) && is_of(root, receiver, struck)
        }
        Fault::None => false,
    }
}

/// In how many of a hundred runs with one fault the root finding is right; what is not is printed.
fn single_faults(shape: Shape) -> f64 {
    let mut runner = TestRunner::deterministic();
    let (mut right, mut all) = (0u32, 0u32);
    for number in 0..diagrams() {
        let drawn = diagram(shape).new_tree(&mut runner).expect("a diagram").current();
        let plan = plan(&drawn.0, OrderMode::Diagram);
        if is_mixed(&plan) {
            continue;
        }
        for kind in 0..5u32 {
            let at = (number + kind as usize) % 5;
            let fault = match kind {
                0 => Fault::Drop(at),
                1 => Fault::Double(at),
                2 => Fault::Move(at, number as u32 % shape.clients),
                3 => Fault::Foreign(at),
                _ => Fault::Swap(at),
            };
            let options = Options { echo: true, play: (number % 7) as u32, ..Options::default() };
            let (outcome, _, struck) = play_with(&plan, options, &mut Dice(number as u64), fault);
            // Some faults are none: an optional frame that does not come, two equal frames that change places.
            let (Verdict::Fail, Some(struck)) = (outcome.verdict, struck) else { continue };
            let receiver = plan.order().arrow(struck).to.lifeline().expect("a client");
            all += 1;
            if is_right(&outcome, fault, struck, receiver) {
                right += 1;
            } else {
                let root = outcome.findings.first().map(|it| (it.class, it.arrow, it.lifeline, &it.or, it.related));
                println!("{drawn:?}{fault:?} at {struck:?} of {receiver:?}: {root:?}");
            }
        }
    }
    let percent = 100.0 * f64::from(right) / f64::from(all);
    println!("{shape:?}: {right} of {all} single faults told with class, arrow and client ({percent:.1} %)");
    assert!(all > 100, "{all}");
    percent
}

#[test]
fn single_faults_are_told_with_class_arrow_and_client() {
    let shape = Shape { clients: 3, depth: 2, distinct: true, choices: true };
    let distinct = single_faults(shape);
    let colliding = single_faults(Shape { distinct: false, ..shape });
    assert!(distinct >= 98.0 && colliding >= 90.0, "{distinct} {colliding}");
}

/// Messages of the server to one client, in this order.
pub(super) fn says<'l>(labels: impl IntoIterator<Item = &'l str>) -> Vec<Item> {
    labels.into_iter().map(|label| pair(label, "").body.remove(0)).collect()
}

pub(super) fn one_client(body: Vec<Item>) -> Diagram {
    Diagram { body, ..pair("", "") }
}

/// The client got these frames, and then it was quiet for longer than anything may take.
pub(super) fn heard<'l>(labels: impl IntoIterator<Item = &'l str>) -> Vec<Entry> {
    let received = |label| Event::Received { lifeline: 0, from: 1, channel: Channel::Socket, observed: text(label) };
    let frames = labels.into_iter().map(|label| Entry { at: Moment(1), event: received(label) });
    let quiet = |after: u64| Entry {
        at: Moment(0).plus(Duration::from_secs(after)),
        event: Event::Quiet { evidence: Evidence::Virtual, weaker: Vec::new(), listened: Default::default() },
    };
    frames.chain([quiet(6), quiet(12), quiet(18)]).collect()
}

/// What explaining a record costs, its findings, and whether it was told to be partial.
fn explained(drawn: &Diagram, entries: &[Entry]) -> (Vec<(Class, u32)>, usize, bool) {
    let plan = plan(drawn, OrderMode::Diagram);
    let outcome = judge(&plan, Options::default(), entries);
    // Where labels collide there may be more readings than the cap: that is an error, and explained all the same.
    assert!(matches!(outcome.verdict, Verdict::Fail | Verdict::Error), "{outcome:#?}");
    let cost = crate::oracle::explain::cost(&mut told(&plan, Options::default(), entries));
    let all = outcome.findings.iter().flat_map(|root| std::iter::once(root).chain(&root.consequences));
    let place = |finding: &Finding| (finding.class, finding.arrow.map_or(u32::MAX, |arrow| arrow.0));
    (all.map(place).collect(), cost, outcome.fallback)
}

#[test]
fn the_cheapest_way_through_nested_choices_is_told() {
    let inner = fragment(FragmentKind::Alt, vec![says(["a"]), says(["e"])]);
    let mut body = says(["f"]);
    body.push(fragment(FragmentKind::Opt, vec![vec![inner]]));
    let (findings, cost, partial) = explained(&one_client(body), &heard(["e"]));
    assert_eq!((findings, cost, partial), (vec![(Class::Missing, 0)], 1, false));
}

#[test]
fn a_choice_that_two_frames_speak_for_is_not_decided_by_a_stray_one_before_them() {
    let body = vec![fragment(FragmentKind::Alt, vec![says(["a", "b"]), says(["c", "d"])])];
    let (findings, cost, _) = explained(&one_client(body), &heard(["a", "c", "d"]));
    assert_eq!((findings[0].0, cost), (Class::Unexpected, 1), "{findings:?}");
}

#[test]
fn equal_operands_of_a_par_are_explained_as_one() {
    for chains in [20, if is_long() { 200 } else { 40 }] {
        let chain = || says(["a", "b", "c"]);
        let body = vec![fragment(FragmentKind::Par, (0..chains).map(|_| chain()).collect())];
        let (findings, cost, partial) = explained(&one_client(body), &heard(["a", "c"]));
        assert_eq!((findings[0], cost, partial), ((Class::Missing, 1), 3 * chains - 2, false));
    }
}

/// Numbers in disorder, the same for the same start.
fn shuffled(count: usize, labels: usize) -> Vec<String> {
    let mut all: Vec<String> = (0..count).map(|number| format!("m{}", number % labels)).collect();
    let mut dice = Dice(7);
    for place in (1..all.len()).rev() {
        all.swap(place, dice.roll(place + 1));
    }
    all
}

#[test]
fn a_record_in_disorder_is_explained_by_its_order_within_the_steps() {
    let long = [(350, 10), (1_000, 1_000), (1_000, 3), (1_000, 40)];
    for &(count, labels) in if is_long() { &long[..] } else { &[(120, 10), (200, 200)][..] } {
        let drawn: Vec<String> = (0..count).map(|number| format!("m{}", number % labels)).collect();
        let came = shuffled(count, labels);
        let body = says(drawn.iter().map(String::as_str));
        let (findings, cost, _) = explained(&one_client(body), &heard(came.iter().map(String::as_str)));
        assert!(findings.iter().all(|(class, _)| *class == Class::Reordered), "{:?}", &findings[..5]);
        assert_eq!(cost, 2 * findings.len());
        assert!(findings.len() < count, "{} of {count}", findings.len());
    }
}

#[test]
fn operands_in_disorder_are_explained_within_the_steps() {
    let long = [(20, 3), (20, 60), (40, 120), (40, 7), (300, 900)];
    for &(chains, labels) in if is_long() { &long[..] } else { &[(20, 60)][..] } {
        let label = |number: usize| format!("m{}", number % labels);
        let chain = |chain: usize| {
            let own: Vec<String> = (0..3).map(|place| label(3 * chain + place)).collect();
            says(own.iter().map(String::as_str))
        };
        let body = vec![fragment(FragmentKind::Par, (0..chains).map(chain).collect())];
        let came = shuffled(3 * chains, labels);
        let (findings, cost, partial) = explained(&one_client(body), &heard(came.iter().map(String::as_str)));
        println!("{chains} chains of {labels} labels: {} findings, cost {cost}, partial {partial}", findings.len());
        assert!(0 < cost && cost < 6 * chains, "{cost}");
    }
}
