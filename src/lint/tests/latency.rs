//! What lint says of races, held against servers and clients that play the diagram under chosen latencies.
//!
//! Two models that know nothing of the orders: one in which every lifeline does what it can as soon as it can, and the
//! oracle itself with clients on their own (`--order local`) against a server that answers what it was told, and only what
//! is drawn below what it has heard.

use crate::diagram::OrderMode;
use crate::lint::races::Cause;
use crate::lint::{Hand, Subject, facts::Facts};
use crate::oracle::tests::world::{Plain, plan, text};
use crate::oracle::{Options, Oracle, Outcome, Plan, Verdict, Want};
use crate::order::relation::Point;
use crate::order::{ArrowId, LifelineId};
use crate::source::{Source, Sources};
use crate::syntax::{Dialect, parse};
use crate::trace::{Evidence, Moment};
use crate::wire::{Channel, Raw};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long what is slow takes; all else takes 1.
const SLOW: u64 = 1_000_000;

/// Three clients and a server; each arrow is a client and a direction.
fn drawn(arrows: &[(u8, bool)]) -> (Sources, crate::diagram::Diagram) {
    let mut text = String::new();
    for (n, (client, out)) in arrows.iter().enumerate() {
        let client = ["A", "B", "C"][usize::from(*client % 3)];
        let (from, to) = if *out { (client, "S") } else { ("S", client) };
        text.push_str(&format!("{from}->{to}: m{n}\n"));
    }
    let mut sources = Sources::new();
    let id = sources.add(Source::new("generated.seq", text.as_str()));
    let diagram = parse(&sources, id, 0..text.len(), Dialect::Native).expect("a diagram").diagram;
    (sources, diagram)
}

/// What lint says of it: the causes, and how many pairs.
fn races(sources: &Sources, diagram: &crate::diagram::Diagram, plan: &Plan) -> (Vec<Cause>, u64) {
    let subject = Subject {
        sources,
        diagram,
        plan,
        words: &Plain { ignored: None },
        binding: None,
        echo: true,
        mode: OrderMode::Diagram,
        hand: Hand::Native,
        before: &[],
        deep: false,
    };
    let facts = Facts::new(&subject);
    (facts.races.causes.clone(), facts.races.pairs)
}

/// The hops of a message: the time before it is sent, and on the wire.
fn hops(slow: Point, id: ArrowId) -> (u64, u64) {
    let takes = |point: Point| if point == slow { SLOW } else { 1 };
    (takes(Point::Send(id)), takes(Point::Receive(id)))
}

/// When everything happens where one event is slow: every lifeline sends when all drawn above on it has happened, and
/// receives what comes, first in, first out on each connection.
fn play(plan: &Plan, slow: Point) -> BTreeMap<Point, u64> {
    let order = plan.order();
    let ends = |id: ArrowId| {
        let arrow = order.arrow(id);
        (arrow.from.lifeline().expect("a lifeline"), arrow.to.lifeline().expect("a lifeline"))
    };
    let mut above: BTreeMap<LifelineId, Vec<Point>> = BTreeMap::new();
    let mut wires: BTreeMap<(LifelineId, LifelineId), u64> = BTreeMap::new();
    let mut times = BTreeMap::new();
    // All that a send needs stands above it in the text, so one pass is enough.
    for (id, _) in order.arrow_ids() {
        let (from, to) = ends(id);
        let ready = above.entry(from).or_default().iter().map(|point| times[point]).max().unwrap_or(0u64);
        let (think, travel) = hops(slow, id);
        let sent = ready + think;
        let wire = wires.entry((from, to)).or_default();
        *wire = (sent + travel).max(*wire + 1);
        times.insert(Point::Send(id), sent);
        times.insert(Point::Receive(id), *wire);
        above.entry(from).or_default().push(Point::Send(id));
        above.entry(to).or_default().push(Point::Receive(id));
    }
    times
}

/// Every pair of one lifeline that comes the other way round when its first event is slow. Two messages of the server to
/// one client, or of one client to the server, keep their order whatever happens.
fn flipped(plan: &Plan) -> BTreeSet<(Point, Point)> {
    let order = plan.order();
    let lifeline = |point: Point| match point {
        Point::Send(id) => order.arrow(id).from,
        Point::Receive(id) => order.arrow(id).to,
        Point::Join | Point::Meet(_) => unreachable!("events alone"),
    };
    let events: Vec<Point> = order.arrow_ids().flat_map(|(id, _)| [Point::Send(id), Point::Receive(id)]).collect();
    let mut flipped = BTreeSet::new();
    for (at, early) in events.iter().enumerate() {
        let times = play(plan, *early);
        let late = events[at + 1..].iter().filter(|late| lifeline(**late) == lifeline(*early));
        flipped.extend(late.filter(|late| times[late] < times[early]).map(|late| (*early, *late)));
    }
    flipped
}

/// What is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Coming {
    ToServer(ArrowId),
    Leaves(ArrowId),
    ToClient(ArrowId),
}

/// The clients as the oracle lets them be on their own, against a server that answers at once what is drawn below a
/// message, unless something drawn above has not happened: then it does not know the answer.
fn judged(plan: &Arc<Plan>, slow: Point) -> Outcome {
    let order = plan.order();
    let server = order.find("S").expect("the server");
    let mut oracle = Oracle::new(Arc::clone(plan), Options { order: OrderMode::Local, ..Options::default() });
    let mut coming: BTreeSet<(u64, u64, Coming)> = BTreeSet::new();
    let mut wires: BTreeMap<LifelineId, [u64; 2]> = BTreeMap::new();
    let mut happened: BTreeSet<ArrowId> = BTreeSet::new();
    let (mut now, mut number) = (0u64, 0u64);
    let is_stimulus = |id: ArrowId| order.simulated(order.arrow(id).from);
    let client = |id: ArrowId| {
        let arrow = order.arrow(id);
        let end = if is_stimulus(id) { arrow.from } else { arrow.to };
        end.lifeline().expect("a client")
    };
    // What the server says before it is asked anything.
    let mut leaves = 0;
    for id in (0..order.arrows.len() as u32).map(ArrowId).take_while(|id| !is_stimulus(*id)) {
        number += 1;
        leaves += hops(slow, id).0;
        coming.insert((leaves, number, Coming::Leaves(id)));
    }
    for _ in 0..10_000 {
        let mut step = |now: &mut u64, oracle: &mut Oracle, number: &mut u64| {
            let Some((at, _, what)) = coming.pop_first() else { return false };
            *now = at.max(*now);
            *number += 1;
            match what {
                Coming::ToServer(id) => {
                    let knows = (0..id.0).map(ArrowId).all(|above| happened.contains(&above));
                    happened.insert(id);
                    let answers = (id.0 + 1..order.arrows.len() as u32).map(ArrowId).take_while(|id| !is_stimulus(*id));
                    let mut leaves = *now;
                    for answer in answers.filter(|_| knows) {
                        leaves += hops(slow, answer).0;
                        *number += 1;
                        coming.insert((leaves, *number, Coming::Leaves(answer)));
                    }
                }
                Coming::Leaves(id) => {
                    happened.insert(id);
                    let wire = &mut wires.entry(client(id)).or_default()[1];
                    *wire = (*now + hops(slow, id).1).max(*wire + 1);
                    coming.insert((*wire, *number, Coming::ToClient(id)));
                }
                Coming::ToClient(id) => {
                    let label = order.arrow(id).label.clone();
                    oracle.received(Moment(*now), client(id), server, Channel::Socket, text(&label));
                }
            }
            true
        };
        match oracle.want(Moment(now)) {
            Want::Play(ready) => {
                let ready = ready[0];
                let id = ready.arrow;
                oracle.sent(Moment(now), &ready, vec![Raw::Text(order.arrow(id).label.clone())], Vec::new());
                let (think, travel) = hops(slow, id);
                let wire = &mut wires.entry(client(id)).or_default()[0];
                *wire = (now + think + travel).max(*wire + 1);
                number += 1;
                coming.insert((*wire, number, Coming::ToServer(id)));
                now += 1;
            }
            Want::Echo(clients) => clients.into_iter().for_each(|client| oracle.echoed(Moment(now), client)),
            Want::Wait(until) => {
                if !step(&mut now, &mut oracle, &mut number) {
                    now = until.plus(Duration::from_nanos(1)).0;
                }
            }
            Want::Quiet => {
                if !step(&mut now, &mut oracle, &mut number) {
                    oracle.quiet(Moment(now), Evidence::Virtual, Vec::new());
                }
            }
            Want::Over => return oracle.freeze(&Plain { ignored: None }).0,
        }
    }
    panic!("the play does not end: {:?}", oracle.log());
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("SEQCHECK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    /// Lint names exactly the pairs that some latency turns round.
    #[test]
    fn races_are_the_pairs_that_latencies_turn_round(arrows in prop::collection::vec((0u8..3, any::<bool>()), 1..14)) {
        let (sources, diagram) = drawn(&arrows);
        let plan = plan(&diagram, OrderMode::Diagram);
        let (causes, pairs) = races(&sources, &diagram, &plan);
        let flipped = flipped(&plan);
        for cause in &causes {
            for early in &cause.nearest {
                prop_assert!(flipped.contains(&(*early, Point::Receive(cause.late))), "{early:?} {:?}", cause.late);
            }
        }
        prop_assert_eq!(pairs as usize, flipped.len(), "{:?}", flipped);
    }

    /// P18: without races the verdict does not depend on latencies; and every race between messages to the server, of
    /// which the later one is answered, has latencies under which the run does not pass.
    #[test]
    fn the_verdict_hangs_on_latencies_exactly_where_lint_says(arrows in prop::collection::vec((0u8..3, any::<bool>()), 1..12)) {
        let (sources, diagram) = drawn(&arrows);
        let drawn = plan(&diagram, OrderMode::Diagram);
        let local = plan(&diagram, OrderMode::Local);
        let (causes, _) = races(&sources, &diagram, &drawn);
        let order = local.order();
        let events = order.arrow_ids().flat_map(|(id, _)| [Point::Send(id), Point::Receive(id)]);
        if causes.is_empty() {
            for slow in events {
                let outcome = judged(&local, slow);
                prop_assert_eq!(outcome.verdict, Verdict::Pass, "{:?} slow: {:?}", slow, outcome.findings);
            }
            return Ok(());
        }
        for cause in causes.iter().filter(|cause| order.simulated(order.arrow(cause.late).from)) {
            let next = order.arrows.get(cause.late.0 as usize + 1);
            if next.is_none_or(|next| order.simulated(next.from)) {
                continue;
            }
            for early in &cause.nearest {
                let outcome = judged(&local, *early);
                prop_assert!(outcome.verdict != Verdict::Pass, "{:?} slow, {:?}", early, cause);
            }
        }
    }
}
