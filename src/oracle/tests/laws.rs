//! The laws, by their numbers.

use super::generate::{Shape, Sketch, diagram, fragment};
use super::world::{Dice, Fault, brute_force, is_mixed, judge, plan, play, play_with, told};
use crate::diagram::OrderMode;
use crate::diagram::{Diagram, FragmentKind, Turns};
use crate::oracle::{Class, Options, Verdict};
use crate::trace::Event;
use proptest::prelude::*;

const PLAIN: Shape = Shape { clients: 3, depth: 2, distinct: true, choices: false };
const CHOICES: Shape = Shape { clients: 2, depth: 2, distinct: true, choices: true };
const COLLIDING: Shape = Shape { clients: 2, depth: 2, distinct: false, choices: true };

fn options(mode: OrderMode, play: u64) -> Options {
    Options { order: mode, echo: true, play: (play % 7) as u32, ..Options::default() }
}

fn fault(kind: u8, at: usize, to: u32) -> Fault {
    match kind {
        0 => Fault::Drop(at),
        1 => Fault::Double(at),
        2 => Fault::Move(at, to),
        3 => Fault::Foreign(at),
        4 => Fault::Swap(at),
        _ => Fault::None,
    }
}

/// The same diagram in other words.
fn reworded(drawn: &Diagram, how: u8) -> Diagram {
    let body = drawn.body.clone();
    let once = Turns::Between { min: 1, max: Some(1) };
    let body = match how {
        0 => vec![fragment(FragmentKind::Alt, vec![body.clone(), body])],
        1 => body.into_iter().chain([fragment(FragmentKind::Opt, vec![Vec::new()])]).collect(),
        2 => vec![fragment(FragmentKind::Par, vec![body, Vec::new()])],
        3 => vec![fragment(FragmentKind::Loop(once), vec![body])],
        4 => vec![fragment(FragmentKind::Group, vec![body])],
        _ => {
            let swap = |item: crate::diagram::Item| match item {
                crate::diagram::Item::Fragment(mut inner) if inner.kind == FragmentKind::Par => {
                    inner.operands.reverse();
                    crate::diagram::Item::Fragment(inner)
                }
                other => other,
            };
            body.into_iter().map(swap).collect()
        }
    };
    Diagram { body, ..drawn.clone() }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: cases_from_env(),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    }
}

/// `SEQCHECK_CASES` runs the laws longer than the suite does.
fn cases_from_env() -> u32 {
    std::env::var("SEQCHECK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150)
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

    /// P10: a record judged again has the same verdict, class and line.
    #[test]
    fn a_record_is_judged_the_same(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        let again = judge(&plan, options(OrderMode::Diagram, seed), &log);
        prop_assert_eq!(outcome, again);
    }

    /// P01 under `--order local`, where a client waits only for its own events.
    #[test]
    fn every_linear_extension_passes_when_clients_run_ahead(drawn in diagram(PLAIN), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Local);
        let (outcome, log) = play(&plan, options(OrderMode::Local, 0), &mut Dice(seed));
        prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}\n{:#?}", outcome, log);
    }

    /// P02: an expected frame that is dropped is missing, at its line.
    #[test]
    fn a_dropped_frame_is_missing(drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log, struck) = play_with(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed), Fault::Drop(at));
        prop_assume!(struck.is_some());
        prop_assert_eq!(outcome.verdict, Verdict::Fail, "{:#?}", log);
        prop_assert_eq!(outcome.findings[0].class, Class::Missing, "{:#?}", outcome);
        prop_assert_eq!(outcome.findings[0].arrow, struck, "{:#?}", outcome);
        prop_assert!(outcome.findings[0].consequences.is_empty(), "{:#?}", outcome);
    }

    /// P04: two ordered receives on one connection that change places are reordered.
    #[test]
    fn swapped_frames_are_reordered(drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log, struck) = play_with(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed), Fault::Swap(at));
        prop_assume!(struck.is_some());
        // In a `par` they may come either way.
        prop_assume!(outcome.verdict != Verdict::Pass || !brute_force(&plan, &options(OrderMode::Diagram, 0), &log));
        prop_assert_eq!(outcome.verdict, Verdict::Fail, "{:#?}", log);
        prop_assert_eq!(outcome.findings[0].class, Class::Reordered, "{:#?}", outcome);
    }

    /// P05: a frame that comes twice is a duplicate.
    #[test]
    fn a_doubled_frame_is_a_duplicate(drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log, struck) = play_with(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed), Fault::Double(at));
        prop_assume!(struck.is_some());
        prop_assert_eq!(outcome.verdict, Verdict::Fail, "{:#?}", log);
        prop_assert_eq!(outcome.findings[0].class, Class::Duplicate, "{:#?}", outcome);
        prop_assert_eq!(outcome.findings[0].arrow, struck, "{:#?}", outcome);
    }

    /// P06: a frame that another client gets is misrouted.
    #[test]
    fn a_frame_at_another_client_is_misrouted(drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6, to in 0u32..3) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let fault = Fault::Move(at, to);
        let (outcome, log, struck) = play_with(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed), fault);
        prop_assume!(struck.is_some());
        prop_assert_eq!(outcome.verdict, Verdict::Fail, "{:#?}", log);
        prop_assert_eq!(outcome.findings[0].class, Class::Misrouted, "{:#?}", outcome);
        prop_assert_eq!(outcome.findings[0].arrow, struck, "{:#?}", outcome);
    }

    /// P07: a frame that nobody drew is unexpected.
    #[test]
    fn a_foreign_frame_is_unexpected(drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let (outcome, log, struck) = play_with(&plan, options(OrderMode::Diagram, 0), &mut Dice(seed), Fault::Foreign(at));
        prop_assume!(struck.is_some());
        prop_assert_eq!(outcome.verdict, Verdict::Fail, "{:#?}", log);
        prop_assert_eq!(outcome.findings[0].class, Class::Unexpected, "{:#?}", outcome);
    }

    /// P12: the configuration set accepts what brute force accepts, also where frames change places.
    #[test]
    fn the_configuration_set_equals_brute_force(
        drawn in diagram(Shape { depth: 1, ..COLLIDING }), seed in any::<u64>(), a in 0usize..12, b in 0usize..12, what in 0u8..4,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
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

    /// P11: telling one after the other equals telling all; and a play that fails does not recover.
    #[test]
    fn a_fail_stays_a_fail(
        drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6, to in 0u32..3, kind in 0u8..5,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let options = options(OrderMode::Diagram, 0);
        let (_, log, _) = play_with(&plan, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let mut failed = false;
        for end in 0..=log.len() {
            let verdict = judge(&plan, options.clone(), &log[..end]).verdict;
            prop_assert!(!failed || verdict == Verdict::Fail, "{:#?}", &log[..end]);
            failed |= verdict == Verdict::Fail;
        }
    }

    /// P14: saying the same in other words changes neither verdict nor class.
    #[test]
    fn rewording_changes_nothing(
        drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6, to in 0u32..3, kind in 0u8..6, how in 0u8..6,
    ) {
        let first = plan(&drawn.0, OrderMode::Diagram);
        let options = options(OrderMode::Diagram, 0);
        let (outcome, log, _) = play_with(&first, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let other = Sketch(reworded(&drawn.0, how));
        let reworded = plan(&other.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&reworded));
        let again = judge(&reworded, options, &log);
        let class = |outcome: &crate::oracle::Outcome| outcome.findings.first().map(|finding| finding.class);
        prop_assert_eq!((outcome.verdict, class(&outcome)), (again.verdict, class(&again)), "{:?}{:#?}", other, again);
    }

    /// P20: the alignment costs nothing exactly when nothing is wrong.
    #[test]
    fn the_alignment_is_free_when_nothing_is_wrong(
        drawn in diagram(Shape { choices: true, ..PLAIN }), seed in any::<u64>(), at in 0usize..6, to in 0u32..3, kind in 0u8..6,
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let options = options(OrderMode::Diagram, 0);
        let (outcome, log, _) = play_with(&plan, options.clone(), &mut Dice(seed), fault(kind, at, to));
        prop_assume!(matches!(outcome.verdict, Verdict::Pass | Verdict::Fail));
        let mut oracle = told(&plan, options, &log);
        let cost = crate::oracle::explain::cost(&mut oracle);
        prop_assert_eq!(cost == 0, outcome.verdict == Verdict::Pass, "cost {}: {:#?}\n{:#?}", cost, outcome, log);
    }

    /// P21: taking out of the record what the finding says is too much, it fails no more.
    #[test]
    fn the_reported_edit_mends_the_record(
        drawn in diagram(PLAIN), seed in any::<u64>(), at in 0usize..6, double in any::<bool>(),
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        let options = options(OrderMode::Diagram, 0);
        let fault = if double { Fault::Double(at) } else { Fault::Foreign(at) };
        let (outcome, mut log, struck) = play_with(&plan, options.clone(), &mut Dice(seed), fault);
        prop_assume!(struck.is_some());
        log.remove(outcome.findings[0].entry.unwrap_or_default());
        // What stopped the play stops it still: the rest was never sent.
        let again = judge(&plan, options, &log);
        prop_assert_ne!(again.verdict, Verdict::Fail, "{:#?}", again);
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

/// Operands of a `par` that begin alike and go on differently.
fn ambiguous(operands: usize) -> Diagram {
    use crate::diagram::Item;
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
