//! The laws of what goes wrong, by their numbers.

use super::generate::{Shape, diagram, fragment};
use super::laws::{COLLIDING, PLAIN, cases, fault, options, summary};
use super::world::{Dice, Fault, NOISE, brute_force, is_mixed, judge, plan, play_with, text, told};
use crate::diagram::{FragmentKind, Item, OrderMode};
use crate::oracle::{Class, Verdict};
use crate::trace::{Entry, Event, Moment};
use crate::wire::Channel;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases())]

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

    /// P07: a frame that is not judged changes nothing, wherever it comes.
    #[test]
    fn an_ignored_frame_changes_nothing(
        drawn in diagram(COLLIDING), seed in any::<u64>(), kind in 0u8..6, at in 0usize..6, to in 0u32..2, place in any::<usize>(),
    ) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let options = options(OrderMode::Diagram, seed);
        let (outcome, mut log, _) = play_with(&plan, options.clone(), &mut Dice(seed), fault(kind, at, to));
        let place = place % log.len().max(1);
        let Some(like) = log.iter().find_map(|entry| match &entry.event {
            Event::Received { lifeline, from, .. } => Some((*lifeline, *from)),
            _ => None,
        }) else { return Ok(()) };
        let noise = Event::Received { lifeline: like.0, from: like.1, channel: Channel::Socket, observed: text(NOISE) };
        let at = log.get(place).map(|entry| entry.at).unwrap_or_default();
        log.insert(place, Entry { at, event: noise });
        let again = judge(&plan, options, &log);
        prop_assert_eq!(summary(&outcome), summary(&again), "{:#?}\n{:#?}", log, again);
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
}

/// P20 where an option that the client would answer stands before what has to come: it was quiet, so that it was left out.
#[test]
fn an_option_that_was_left_out_hides_nothing_behind_it() {
    let mut drawn = super::generate::pair("a", "b");
    let (offer, must) = (drawn.body.remove(0), drawn.body.remove(0));
    let mut answer = offer.clone();
    if let Item::Arrow(arrow) = &mut answer {
        std::mem::swap(&mut arrow.from, &mut arrow.to);
        arrow.label = "answer".to_owned();
    }
    let option = fragment(FragmentKind::Opt, vec![vec![offer, answer]]);
    let other = super::generate::pair("c", "d").body;
    drawn.body = vec![fragment(FragmentKind::Alt, vec![vec![option, must], other])];
    let plan = plan(&drawn, OrderMode::Diagram);
    let options = options(OrderMode::Diagram, 0);
    let quiet = |at| Entry {
        at,
        event: Event::Quiet {
            evidence: crate::trace::Evidence::Virtual,
            listened: Default::default(),
            weaker: Vec::new(),
        },
    };
    let silent = [quiet(Moment(1)), quiet(Moment(0).plus(options.timeout).plus(options.timeout))];
    let outcome = judge(&plan, options.clone(), &silent);
    assert_eq!(summary(&outcome).0, Verdict::Fail, "{outcome:#?}");
    assert!(summary(&outcome).1[0].1.is_some_and(|arrow| [2, 3].contains(&arrow.0)), "{outcome:#?}");
    assert_eq!(crate::oracle::explain::cost(&mut told(&plan, options, &silent)), 1);
}
