//! The laws, by their numbers.

use super::generate::{Shape, Sketch, diagram, fragment};
use super::world::{
    Dice, Fault, NOISE, brute_force, is_mixed, judge, plan, plan_ignoring, play, play_at_once, play_with, text, told,
};
use crate::diagram::OrderMode;
use crate::diagram::{Diagram, FragmentKind, Item, Turns};
use crate::oracle::{Choices, Class, Options, Outcome, Verdict, choices};
use crate::order::ArrowId;
use crate::trace::{Entry, Event, Moment};
use crate::wire::Channel;
use proptest::prelude::*;
use std::sync::Arc;

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

/// A record in which two frames of different clients, one right after the other, have changed places; none where it has no
/// such frames.
fn neighbours_exchanged(mut log: Vec<Entry>, place: usize) -> Option<Vec<Entry>> {
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

/// What a law compares: the verdict, and of each finding its class and line.
fn summary(outcome: &Outcome) -> (Verdict, Vec<(Class, Option<ArrowId>)>) {
    (outcome.verdict, outcome.findings.iter().map(|finding| (finding.class, finding.arrow)).collect())
}

/// Another name for a frame, in another order of the alphabet.
fn other_word(word: &str) -> String {
    match word.strip_prefix('m').and_then(|number| number.parse::<u32>().ok()) {
        Some(number) => format!("w{}", 1_000 - number),
        None => word.to_owned(),
    }
}

/// Other names for clients and frames.
fn renamed(drawn: &Diagram) -> Diagram {
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

fn renamed_entry(entry: Entry) -> Entry {
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

/// A diagram that allows more: an order taken away, an operand more, turns more, an option.
fn widened(drawn: &Diagram, how: u8, place: usize) -> Diagram {
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

fn wider_loops(items: Vec<Item>) -> Vec<Item> {
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

    /// P10: a record judged again has the same verdict, class and line.
    #[test]
    fn a_record_is_judged_the_same(drawn in diagram(COLLIDING), seed in any::<u64>()) {
        let plan = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&plan));
        let (outcome, log) = play(&plan, options(OrderMode::Diagram, seed), &mut Dice(seed));
        let again = judge(&plan, Options { recorded: Some(choices(&log)), ..options(OrderMode::Diagram, 0) }, &log);
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
        drawn in diagram(COLLIDING), seed in any::<u64>(), how in 0u8..5, place in 0usize..6,
    ) {
        let first = plan(&drawn.0, OrderMode::Diagram);
        prop_assume!(!is_mixed(&first));
        let options = options(OrderMode::Diagram, seed);
        let (outcome, log) = play(&first, options.clone(), &mut Dice(seed));
        prop_assume!(outcome.verdict == Verdict::Pass);
        // What may come earlier must also have come earlier: its deadline runs from then.
        prop_assume!(log.last().is_some_and(|last| last.at < Moment(0).plus(options.timeout)));
        let wide = Sketch(widened(&drawn.0, how, place));
        let ignored = if how == 4 { "m1" } else { NOISE };
        let wider = plan_ignoring(&wide.0, OrderMode::Diagram, ignored);
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
        let class = |outcome: &Outcome| outcome.findings.first().map(|finding| finding.class);
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
