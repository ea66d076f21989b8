//! Many random diagrams and traces: what the oracle says of each, and what every way through the diagram says.
//!
//! `SEQCHECK_TRACES=20000` runs it longer than the suite does, `SEQCHECK_START=N` with other diagrams.
#![allow(clippy::print_stdout, reason = "tests tell what they counted")]

use super::frames::{Trial, said};
use super::reference::{Right, reference};
use super::serving::{HARMS, Harm, Server, play};
use super::sketch::{Construct, sketch};
use super::ways::ways;
use super::world::{Dice, is_mixed, order_in, plan};
use crate::diagram::OrderMode;
use crate::oracle::{Options, Outcome, Plan, Reason, Verdict};
use crate::order::{Arrow, ArrowId, Begins, Chooser, Kind};
use crate::trace::{Entry, Event};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row of the table.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    traces: usize,
    right_pass: usize,
    right_fail: usize,
    open: usize,
    wrong_pass: usize,
    wrong_fail: usize,
    needless: usize,
    errors: usize,
}

impl Row {
    fn add(&mut self, outcome: &Outcome, right: Right, mode: OrderMode, mixed: bool) -> bool {
        self.traces += 1;
        let excused = |reason: Reason| match reason {
            Reason::UnknownBranch => right == Right::Open,
            // Whose send was handled first is not part of the reference, where clients run ahead.
            Reason::Unconfirmed => mode != OrderMode::Diagram && right != Right::Pass,
            Reason::Collision => mixed,
            Reason::Gaps => false,
        };
        let place = match (outcome.verdict, right) {
            (Verdict::Pass, Right::Pass) => &mut self.right_pass,
            (Verdict::Fail, Right::Fail) => &mut self.right_fail,
            (Verdict::Pass, Right::Fail | Right::Goes) => &mut self.wrong_pass,
            (Verdict::Fail, Right::Pass | Right::Goes | Right::Open) => &mut self.wrong_fail,
            (Verdict::Error, _) => &mut self.errors,
            (Verdict::Pass, Right::Open) => &mut self.open,
            (Verdict::Inconclusive, _) if outcome.doubts.iter().all(|doubt| excused(doubt.reason)) => &mut self.open,
            (Verdict::Inconclusive, _) => &mut self.needless,
        };
        *place += 1;
        self.wrong_pass + self.wrong_fail + self.needless + self.errors > 0
    }
}

/// Whether the tool may pass over what it could as well begin: a server that waits for it does nothing wrong, and neither
/// does one that goes on.
fn is_tangled(plan: &Plan) -> bool {
    plan.order().fragments.iter().any(|fragment| match fragment.kind {
        Kind::Loop { chooser: Chooser::Mixed, .. } => true,
        Kind::Choice(Chooser::Mixed) => {
            let open = |begins: Begins| begins.tool && (begins.server || begins.nothing);
            let or_nothing = fragment.operands.iter().any(|operand| operand.begins.nothing);
            or_nothing || fragment.operands.iter().any(|operand| open(operand.begins))
        }
        _ => false,
    })
}

/// Whether a choice that both may begin stands beside a send in a `par` that looks like its own: nobody can tell whether the
/// tool has begun it.
fn is_ambiguous(plan: &Plan) -> bool {
    let order = plan.order();
    let mixed = |id: ArrowId| {
        let mut around = order.around(order.arrow(id));
        around.any(|(id, _)| order.fragment(id).kind == Kind::Choice(Chooser::Mixed))
    };
    let sends: Vec<(ArrowId, &Arrow)> = order.arrow_ids().filter(|(id, _)| plan.is_stimulus(*id)).collect();
    let alike = |one: &Arrow, other: &Arrow| one.label == other.label && one.from == other.from && one.to == other.to;
    sends
        .iter()
        .filter(|(id, _)| mixed(*id))
        .any(|(id, one)| sends.iter().any(|(beside, other)| plan.beside(*id, *beside) && alike(one, other)))
}

/// The plan of a diagram; none where what is drawn stands against a run.
fn planned(diagram: &crate::diagram::Diagram, mode: OrderMode, wide: bool) -> Option<Arc<Plan>> {
    if !wide {
        return Some(plan(diagram, mode));
    }
    let words = Trial::new();
    let (plan, mut problems) = Plan::survey(order_in(diagram, &words), mode, &words);
    // Whoever takes part here is connected from the beginning.
    problems.retain(|problem| problem.code != "unconnected");
    assert!(problems.iter().all(|problem| problem.code == "SQ116"), "{problems:?}");
    problems.is_empty().then(|| Arc::new(plan))
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

/// Diagrams that were once judged wrong, by the form (with more than text or without) and the seed: they come first.
/// `SEQCHECK_SEED` shows one.
const ONCE_WRONG: [(bool, u64); 18] = [
    (false, 1181),
    (false, 301_006_446),
    (false, 404_002_369),
    (false, 503_002_114),
    (true, 567),
    (true, 1444),
    (true, 1675),
    (true, 1801),
    (true, 2326),
    (true, 13_001_089),
    (true, 401_001_440),
    (true, 403_001_333),
    (true, 403_001_572),
    (true, 501_004_539),
    (true, 602_002_327),
    (true, 603_001_820),
    (true, 604_001_834),
    (true, 604_004_907),
];

fn compare(mode: OrderMode, wide: bool, traces: usize) {
    let (mut rows, mut total) = (BTreeMap::<Construct, Row>::new(), Row::default());
    let mut told = Vec::new();
    // One diagram alone, with all that is told of it.
    let only = number("SEQCHECK_SEED").map(|seed| seed as u64);
    let first = number("SEQCHECK_START").unwrap_or(0) as u64 * 1_000_003 + 1;
    let known = ONCE_WRONG.iter().filter(|(form, _)| *form == wide).map(|(_, seed)| *seed);
    let all = known.chain(first..).take_while(|_| only.is_none());
    for seed in only.into_iter().chain(all) {
        if total.traces >= traces {
            break;
        }
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (drawn, mut constructs) = sketch(&mut dice, wide);
        let Some(plan) = planned(&drawn.0, mode, wide) else { continue };
        let clients = drawn.0.participants.iter().filter(|it| it.id != "S" && it.id != "T").count() as u32;
        let options = Options { order: mode, echo: true, play: (seed % 5) as u32, ..Options::default() };
        if is_tangled(&plan) || is_ambiguous(&plan) {
            continue;
        }
        if is_mixed(&plan) {
            constructs.insert(Construct::Mixed);
        }
        let Some(all) = ways(&plan, &options).filter(|all| !all.is_empty()) else { continue };
        let mixed = constructs.contains(&Construct::Mixed);
        let tool =
            |kind: &Kind| matches!(kind, Kind::Choice(Chooser::Tool) | Kind::Loop { chooser: Chooser::Tool, .. });
        constructs.extend(plan.order().fragments.iter().any(|it| tool(&it.kind)).then_some(Construct::Tool));
        if only.is_some() {
            for (id, arrow) in plan.order().arrow_ids() {
                let (planned, traits) = (plan.planned(id), &arrow.traits);
                let times = (traits.after, traits.within);
                println!("{} {} {:?} may be {:?} {times:?}", id.0, arrow.label, planned.cause, planned.optional);
            }
        }
        for _ in 0..4 {
            let harm = (dice.roll(3) > 0).then(|| (HARMS[dice.roll(HARMS.len())], dice.roll(4)));
            let way = &all[dice.roll(all.len())];
            let at_once = dice.roll(2) == 0;
            let mut server = Server::new(way, clients, wide, at_once, harm);
            let (outcome, log) = play(&plan, &options, &mut server, &mut dice);
            let right = reference(&all, &log, &options);
            if only.is_some() {
                println!("{right:?} {outcome:#?}");
            }
            total.add(&outcome, right, mode, mixed);
            constructs.iter().for_each(|one| {
                rows.entry(*one).or_default().add(&outcome, right, mode, mixed);
            });
            let mut alone = Row::default();
            if alone.add(&outcome, right, mode, mixed) {
                told.push(tell(seed, &drawn, (harm, at_once, right), &outcome, &log));
            }
        }
    }
    let form = if wide { ", with data, HTTP, events, times, two servers" } else { "" };
    println!("{mode:?}{form}: traces, right PASS, right FAIL, open | wrong PASS, wrong FAIL, needless, errors");
    let named = rows.iter().map(|(name, row)| (format!("{name:?}"), row));
    for (name, row) in named.chain([("all".to_owned(), &total)]) {
        let Row { traces, right_pass, right_fail, open, wrong_pass, wrong_fail, needless, errors } = row;
        println!(
            "{name:<10} {traces:>6} {right_pass:>6} {right_fail:>6} {open:>5} | {wrong_pass:>4} {wrong_fail:>4} {needless:>4} {errors:>4}"
        );
    }
    told.sort_by_key(String::len);
    let shown: String = told.iter().take(number("SEQCHECK_SHOW").unwrap_or(3)).cloned().collect();
    assert_eq!(total.wrong_pass + total.wrong_fail + total.errors, 0, "{shown}");
    assert!(total.needless * 500 <= total.traces, "{} needless: {shown}", total.needless);
}

fn tell(
    seed: u64,
    drawn: &super::generate::Sketch,
    why: (Option<(Harm, usize)>, bool, Right),
    outcome: &Outcome,
    log: &[Entry],
) -> String {
    let say = |entry: &Entry| match &entry.event {
        Event::Sent { lifeline, label, .. } => format!("{} {lifeline} sends {label}\n", entry.at.0),
        Event::Received { lifeline, from, observed, .. } => {
            format!("{} {lifeline} gets {} from {from}\n", entry.at.0, said(observed))
        }
        Event::Quiet { .. } => format!("{} quiet\n", entry.at.0),
        _ => String::new(),
    };
    let log: String = log.iter().map(say).collect();
    let doubts: Vec<_> = outcome.doubts.iter().map(|doubt| (doubt.reason, &doubt.text)).collect();
    let finding = outcome.findings.first().map(|finding| (finding.class, finding.arrow));
    format!("seed {seed} {why:?}: {:?} {finding:?} {doubts:?} {:?}{drawn:?}{log}", outcome.verdict, outcome.trouble)
}

/// How many traces the suite compares.
const USUAL: usize = 1_500;

/// `SEQCHECK_TRACES`, or of what is usual a part.
fn traces(part: usize) -> usize {
    number("SEQCHECK_TRACES").unwrap_or(USUAL) / part
}

#[test]
fn verdicts_are_those_of_the_reference() {
    compare(OrderMode::Diagram, false, traces(1));
}

#[test]
fn verdicts_are_those_of_the_reference_where_clients_run_ahead() {
    compare(OrderMode::Local, false, traces(4));
}

#[test]
fn verdicts_are_those_of_the_reference_where_clients_do_not_wait() {
    compare(OrderMode::Burst, false, traces(4));
}

#[test]
fn verdicts_are_those_of_the_reference_with_more_than_text() {
    compare(OrderMode::Diagram, true, traces(2));
}

#[test]
fn verdicts_are_those_of_the_reference_with_more_than_text_where_clients_run_ahead() {
    compare(OrderMode::Local, true, traces(4));
}
