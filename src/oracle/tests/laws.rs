//! The laws, by their numbers.

use super::edits::{neighbours_exchanged, renamed, renamed_entry, reworded, turned, widened, with_silent_arrows};
use super::generate::{Shape, Sketch, diagram, fragment};
use super::world::{
    Dice, Fault, NOISE, SILENT, brute_force, is_mixed, judge, plan, plan_ignoring, play, play_at_once, play_with,
};
use crate::diagram::OrderMode;
use crate::diagram::{Diagram, FragmentKind, Item};
use crate::oracle::{Choices, Class, Finding, Options, Outcome, Plan, Verdict, choices};
use crate::order::ArrowId;
use crate::trace::{Entry, Event, Moment};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

pub const PLAIN: Shape = Shape { clients: 3, depth: 2, distinct: true, choices: false };
const CHOICES: Shape = Shape { clients: 2, depth: 2, distinct: true, choices: true };
pub const COLLIDING: Shape = Shape { clients: 2, depth: 2, distinct: false, choices: true };

pub fn options(mode: OrderMode, play: u64) -> Options {
    Options { order: mode, echo: true, play: (play % 7) as u32, ..Options::default() }
}

/// Any order of the clients.
fn order() -> impl Strategy<Value = OrderMode> {
    prop_oneof![Just(OrderMode::Diagram), Just(OrderMode::Local), Just(OrderMode::Burst)]
}

pub fn fault(kind: u8, at: usize, to: u32) -> Fault {
    match kind {
        0 => Fault::Drop(at),
        1 => Fault::Double(at),
        2 => Fault::Move(at, to),
        3 => Fault::Foreign(at),
        4 => Fault::Swap(at),
        _ => Fault::None,
    }
}

/// What a law compares: the verdict, and of each finding its class and line.
pub fn summary(outcome: &Outcome) -> (Verdict, Vec<(Class, Option<ArrowId>)>) {
    (outcome.verdict, outcome.findings.iter().map(|finding| (finding.class, finding.arrow)).collect())
}

pub fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: cases_from_env(),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    }
}

/// `SEQCHECK_CASES` runs the laws longer than the suite does.
pub fn cases_from_env() -> u32 {
    std::env::var("SEQCHECK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100)
}

proptest! {
    #![proptest_config(cases())]

    /// P01: whatever a server does that behaves as drawn, it passes.
    #[test]
    fn every_linear_extension_passes(drawn in diagram(PLAIN), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}\n{:#?}", outcome, log);
    }

    /// P01, with choices and loops.
    #[test]
    fn every_linear_extension_passes_with_choices(drawn in diagram(CHOICES), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        prop_assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Inconclusive), "{:#?}\n{:#?}", outcome, log);
    }

    /// P01, with labels that collide.
    #[test]
    fn every_linear_extension_passes_with_collisions(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        prop_assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Inconclusive), "{:#?}\n{:#?}", outcome, log);
    }

    /// P27: whoever answers each message as soon as it has it is not early for that, whatever else is drawn above.
    #[test]
    fn a_server_that_answers_at_once_passes(drawn in diagram(PLAIN), seed in any::<u64>(), local in any::<bool>()) {
        let mode = if local { OrderMode::Local } else { OrderMode::Diagram };
        let plan = plan(&drawn.0, mode);
        let (outcome, log) = play_at_once(&plan, options(mode, 0), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}\n{:#?}", outcome, log);
    }

    /// P27, with choices, loops and labels that collide.
    #[test]
    fn a_server_that_answers_at_once_passes_with_collisions(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play_at_once(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        prop_assert!(matches!(outcome.verdict, Verdict::Pass | Verdict::Inconclusive), "{:#?}\n{:#?}", outcome, log);
    }

    /// P10: a record judged again has the same outcome, to the last field, in every order and whatever went wrong.
    #[test]
    fn a_record_is_judged_the_same(
        drawn in diagram(COLLIDING), seed in any::<u64>(), mode in order(), kind in 0u8..6, at in 0usize..6, to in 0u32..2,
    ) {
        let plan = plan(&drawn.0, mode);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log, _) = play_with(&plan, options(mode, seed), &mut Dice(seed), fault(kind, at, to));
        let again = judge(&plan, Options { recorded: Some(choices(&log)), ..options(mode, 0) }, &log);
        prop_assert_eq!(outcome, again);
    }

    /// P01 under `--order local`, where a client waits only for its own events.
    #[test]
    fn every_linear_extension_passes_when_clients_run_ahead(drawn in diagram(PLAIN), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Local);
        let (outcome, log) = play(&plan, options(OrderMode::Local, 0), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}\n{:#?}", outcome, log);
    }

    /// P03: two frames of different clients that came right after each other may as well have come the other way round.
    #[test]
    fn exchanging_neighbours_of_different_clients_changes_nothing(
        drawn in diagram(PLAIN), seed in any::<u64>(), kind in 0u8..6, at in 0usize..6, to in 0u32..2, place in 0usize..24,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let options = options(OrderMode::Diagram, seed);
        let (outcome, log, _) = play_with(&plan, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let Some(log) = neighbours_exchanged(log, place) else { return Ok(()) };
        let again = judge(&plan, options, &log);
        prop_assert_eq!(summary(&outcome), summary(&again), "{:#?}\n{:#?}", log, again);
    }

    /// P03 with choices and labels that collide: the verdict stays. What is to blame may be told otherwise, since there is
    /// more than one way to tell it.
    #[test]
    fn exchanging_neighbours_does_not_change_the_verdict(
        drawn in diagram(COLLIDING), seed in any::<u64>(), kind in 0u8..6, at in 0usize..6, to in 0u32..2, place in 0usize..24,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let options = options(OrderMode::Diagram, seed);
        let (outcome, log, _) = play_with(&plan, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let Some(log) = neighbours_exchanged(log, place) else { return Ok(()) };
        let again = judge(&plan, options, &log);
        prop_assert_eq!(outcome.verdict, again.verdict, "{:#?}\n{:#?}", log, again);
    }

    /// P08: other names and other words for the same things change nothing.
    #[test]
    fn renaming_changes_nothing(
        drawn in diagram(COLLIDING), seed in any::<u64>(), kind in 0u8..6, at in 0usize..6, to in 0u32..2,
    ) {
        let first = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&first));
        let options = options(OrderMode::Diagram, seed);
        let (outcome, log, _) = play_with(&first, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let other = Sketch(renamed(&drawn.0));
        let log: Vec<Entry> = log.into_iter().map(renamed_entry).collect();
        let again = judge(&plan(&other.0, OrderMode::Diagram), options, &log);
        prop_assert_eq!(summary(&outcome), summary(&again), "{:?}{:#?}", other, again);
    }

    /// P13: a diagram that allows more does not fail what passed before.
    #[test]
    fn allowing_more_fails_nothing(
        drawn in diagram(COLLIDING), seed in any::<u64>(), mode in order(), how in 0u8..5, place in 0usize..6,
    ) {
        let first = plan(&drawn.0, mode);
        prop_assume!(!is_mixed(&first));
        let options = options(mode, seed);
        let (outcome, log) = play(&first, options.clone(), &mut Dice(seed));
        prop_assume!(outcome.verdict == Verdict::Pass);
        // What may come earlier must also have come earlier: its deadline runs from then.
        prop_assume!(log.last().is_some_and(|last| last.at < Moment(0).plus(options.timeout)));
        let wide = Sketch(widened(&drawn.0, how, place));
        let ignored = if how == 4 { "m1" } else { NOISE };
        let wider = plan_ignoring(&wide.0, mode, ignored);
        // Where the server is given a choice that the tool has too, nobody can tell who made it.
        prop_assume!(!is_mixed(&wider));
        // Another diagram's choices say nothing of this one's.
        let again = judge(&wider, Options { recorded: Some(Choices::new()), ..options }, &log);
        prop_assert_ne!(again.verdict, Verdict::Fail, "{:?}{:#?}\n{:#?}", wide, log, again);
    }

    /// P12: the configuration set accepts what brute force accepts, also where frames change places.
    #[test]
    fn the_configuration_set_equals_brute_force(
        drawn in diagram(Shape { depth: 1, ..COLLIDING }), seed in any::<u64>(), a in 0usize..12, b in 0usize..12, what in 0u8..4,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        // From when on such a message may come depends on what was sent, which a term does not know (P30 does).
        prop_assume!(plan.planned.iter().all(|planned| planned.optional.is_empty()));
        let options = options(OrderMode::Diagram, seed);
        let (_, mut log) = play(&plan, options.clone(), &mut Dice(seed));
        let frames: Vec<usize> = (0..log.len()).filter(|at| matches!(log[*at].event, Event::Received { .. })).collect();
        prop_assume!(frames.len() >= 2 && log.len() <= 24);
        let (a, b) = (frames[a % frames.len()], frames[b % frames.len()]);
        match what {
            0 => {}
            1 => {
                let (x, y) = (log[a].event.clone(), log[b].event.clone());
                log[a].event = y;
                log[b].event = x;
            }
            2 => {
                log.remove(a);
            }
            _ => {
                let again = log[a].clone();
                log.insert(a, again);
            }
        }
        let outcome = judge(&plan, options.clone(), &log);
        prop_assume!(outcome.verdict != Verdict::Inconclusive);
        let accepted = brute_force(&plan, &options, &log);
        if outcome.verdict == Verdict::Pass {
            prop_assert!(accepted, "passes, and brute force refuses it: {:#?}", log);
        } else if what == 0 {
            prop_assert!(!accepted, "fails, and brute force accepts it: {:#?}\n{:#?}", log, outcome);
        }
    }

    /// P14: saying the same in other words changes neither verdict nor class.
    #[test]
    fn rewording_changes_nothing(
        drawn in diagram(PLAIN), seed in any::<u64>(), mode in order(), at in 0usize..6, to in 0u32..3, kind in 0u8..6,
        how in 0u8..6,
    ) {
        let first = plan(&drawn.0, mode);
        let options = options(mode, 0);
        let (outcome, log, _) = play_with(&first, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let other = Sketch(reworded(&drawn.0, how));
        let reworded = plan(&other.0, mode);
        prop_assume!(!is_mixed(&reworded));
        let again = judge(&reworded, options, &log);
        let class = |outcome: &Outcome| outcome.findings.first().map(|finding| finding.class);
        prop_assert_eq!((outcome.verdict, class(&outcome)), (again.verdict, class(&again)), "{:?}{:#?}", other, again);
    }

    /// P14: a loop equals its turns, in every order: what behaves as the one is drawn passes as the other.
    #[test]
    fn a_loop_equals_its_turns(
        drawn in diagram(PLAIN), seed in any::<u64>(), mode in order(), from in 0usize..6, count in 1usize..4, turns in 2u32..4,
        looped in any::<bool>(),
    ) {
        let (one, other) = (Sketch(turned(&drawn.0, from, count, turns, true)), Sketch(turned(&drawn.0, from, count, turns, false)));
        let (played, judged) = if looped { (&one, &other) } else { (&other, &one) };
        let options = options(mode, 0);
        let (outcome, log) = play(&plan(&played.0, mode), options.clone(), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:?}{:#?}", played, outcome);
        let again = judge(&plan(&judged.0, mode), options, &log);
        prop_assert_eq!(again.verdict, Verdict::Pass, "{:?}{:#?}\n{:#?}", judged, log, again);
    }

    /// P32: arrows of silent lifelines that order nothing change neither verdict, class nor line, whatever went wrong.
    #[test]
    fn silent_arrows_change_nothing(
        drawn in diagram(PLAIN), seed in any::<u64>(), mode in order(), kind in 0u8..6, at in 0usize..6, to in 0u32..3,
    ) {
        let (plans, outcomes) = with_and_without_silent_arrows(&drawn.0, seed, mode, fault(kind, at, to));
        // Where a frame came that nobody drew is told by what is drawn around it.
        // Which of two findings is told as what the other led to is as well.
        let told = |index: usize| -> BTreeSet<(Class, Option<Arc<str>>)> {
            let label = |id: ArrowId| plans[index].order().arrow(id).label.clone();
            let place = |finding: &Finding| finding.arrow.filter(|_| finding.class != Class::Unexpected).map(label);
            let all = outcomes[index].findings.iter().flat_map(|finding| finding.consequences.iter().chain([finding]));
            all.map(|finding| (finding.class, place(finding))).collect()
        };
        prop_assert_eq!(outcomes[0].verdict, outcomes[1].verdict, "{:#?}", outcomes);
        prop_assert_eq!(told(0), told(1), "{:#?}", outcomes);
    }

    /// P25: more readings than the cap are an error that names the lines, never a verdict.
    #[test]
    fn too_many_readings_are_an_error(clients in 5usize..9) {
        let drawn = ambiguous(clients);
        let plan = plan(&drawn, OrderMode::Diagram);
        let options = Options { cap: 4, ..options(OrderMode::Diagram, 0) };
        let (outcome, _) = play(&plan, options, &mut Dice(1));
        prop_assert_eq!(outcome.verdict, Verdict::Error, "{:#?}", outcome);
        let trouble = outcome.trouble.unwrap_or_else(|| panic!("no reason is given"));
        prop_assert_eq!(trouble.kind, "ambiguous");
        prop_assert!(!trouble.spans.is_empty());
    }
}

/// A play of a diagram with arrows of silent lifelines, and its record, without what they say, judged by the diagram without.
fn with_and_without_silent_arrows(
    drawn: &Diagram,
    seed: u64,
    mode: OrderMode,
    fault: Fault,
) -> ([Arc<Plan>; 2], [Outcome; 2]) {
    let with = plan(&with_silent_arrows(drawn, &mut Dice(seed)), mode);
    let without = plan(drawn, mode);
    let (outcome, mut log, _) = play_with(&with, options(mode, seed), &mut Dice(seed), fault);
    let is_silent = |arrow: u32| with.order().arrow(ArrowId(arrow)).label.starts_with(SILENT);
    log.retain(|entry| !matches!(entry.event, Event::Sent { arrow, .. } if is_silent(arrow)));
    for entry in &mut log {
        if let Event::Sent { arrow, .. } = &mut entry.event {
            *arrow -= (0..*arrow).filter(|above| is_silent(*above)).count() as u32;
        }
    }
    let again = judge(&without, Options { recorded: Some(choices(&log)), ..options(mode, seed) }, &log);
    ([with, without], [outcome, again])
}

/// Operands of a `par` that begin alike and go on differently.
fn ambiguous(operands: usize) -> Diagram {
    let mut drawn = super::generate::pair("m0", "m0");
    let template = drawn.body.clone();
    let operands = (0..operands).map(|index| {
        let mut body = template.clone();
        if let Some(Item::Arrow(arrow)) = body.last_mut() {
            arrow.label = format!("end{index}");
        }
        body
    });
    drawn.body = vec![fragment(FragmentKind::Par, operands.collect())];
    drawn
}
