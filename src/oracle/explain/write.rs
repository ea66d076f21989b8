//! Findings in words: one root, the earliest line first, the others folded under it.

use super::assign::Whole;
use super::blame::Blame;
use super::finding::finding;
use super::known::Known;
use super::marks::marks;
use super::open::Open;
use super::pair::Pair;
use super::trail::Trails;
use super::{Namer, cause, fits, storm, ties};
use crate::oracle::config::{Config, Key, Wait};
use crate::oracle::judge::{Excuse, Oracle};
use crate::oracle::plan::NONE;
use crate::oracle::verdict::{By, Cause, Class, Doubt, Finding, Outcome, Timing};
use crate::order::ArrowId;
use crate::trace::Moment;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A finding, what would excuse it, and the pair that it is of.
type Told = (Finding, Option<Vec<Open>>, Option<Pair>);

/// One explanation of a run.
struct Explained {
    whole: Whole,
    trails: Trails,
    findings: Vec<Told>,
    /// Why nobody is to blame for any of it; empty where the server is for some.
    doubts: Vec<Doubt>,
}

impl Explained {
    /// Whether the server is to blame for some of it.
    fn blames(&self) -> bool {
        self.findings.iter().any(|(_, excuse, _)| excuse.is_none())
    }
}

/// Explains a failing run.
pub(super) fn findings(oracle: &mut Oracle, namer: &dyn Namer, outcome: &mut Outcome) {
    let mut known = Known::of(oracle);
    let plainest = ties::plainest(oracle, &known);
    let mut told = explained(oracle, namer, &known, plainest);
    if told.blames()
        && let Some((known_then, excused)) = excused_wholly(oracle, namer, &known, &told.whole)
    {
        told = excused;
        known = known_then.unwrap_or(known);
    }
    let Explained { whole, trails, mut findings, doubts } = told;
    outcome.fallback = whole.fallback;
    outcome.doubts = doubts;
    let places = places(oracle, &findings);
    let mut order: Vec<usize> = (0..findings.len()).collect();
    // What the server is to blame for comes before what another order would excuse.
    let blamed = findings.iter().any(|(_, excuse, _)| excuse.is_none());
    order.sort_by_key(|index| (blamed && findings[*index].1.is_some(), places[*index]));
    if let Some(Some(root)) = order.first().map(|root| findings[*root].2.clone()) {
        findings[order[0]].0.or = ties::ties(oracle, &known, &whole, &root, &trails);
    }
    let findings: Vec<Finding> = order.into_iter().map(|index| findings[index].0.clone()).collect();
    let pending = pending(oracle, &whole, &findings);
    outcome.marks = marks(oracle, &whole, &findings);
    let mut findings = storm::folded(oracle, findings).into_iter();
    let Some(mut root) = findings.next() else { return };
    root.pending = pending;
    root.consequences = findings.collect();
    outcome.findings.push(root);
}

/// Another explanation, by which nobody is to blame for anything: then the server is not wrong in every order of the sends.
/// With what is known where it was found; none where that is what was known before.
fn excused_wholly(
    oracle: &mut Oracle,
    namer: &dyn Namer,
    known: &Known,
    whole: &Whole,
) -> Option<(Option<Known>, Explained)> {
    let excusable = Blame::new(oracle, namer, &[]).excusable();
    if excusable.is_empty() || whole.fallback {
        return None;
    }
    let mut mild = Known::of(oracle);
    mild.excusable = Rc::new(excusable);
    let (same, milder) = ties::milder(oracle, known, &mild, whole);
    let mut excused =
        |way| Some(explained(oracle, namer, known, way)).filter(|it| !it.findings.is_empty() && !it.blames());
    if let Some(told) = same.into_iter().find_map(&mut excused) {
        return Some((None, told));
    }
    milder.into_iter().find_map(excused).map(|told| (Some(mild), told))
}

/// What is left over on one way, in words.
fn explained(oracle: &Oracle, namer: &dyn Namer, known: &Known, (whole, trails, pairs): ties::Way) -> Explained {
    let mut findings: Vec<Told> = Vec::new();
    let blame = Blame::new(oracle, namer, &pairs);
    let excused = |key: Option<Key>| key.is_some_and(|key| oracle.excuses.iter().any(|excuse| excuse.key == key));
    // What had not had its time is still open, and no finding.
    let unsent: Vec<ArrowId> = oracle.unsent().collect();
    let open = |pair: &Pair| pair.class == Class::Missing && pair.item.is_some_and(|key| oracle.is_open(key, &unsent));
    let pairs: Vec<Pair> = pairs.into_iter().filter(|pair| !excused(pair.item)).collect();
    // A record that ends early leaves everything open; what it lacks is then all that there is to say.
    let all_open = oracle.record.mistimed.is_empty() && pairs.iter().all(open);
    for pair in pairs.into_iter().filter(|pair| all_open || !open(pair)) {
        let excuse = blame.excuse(&pair, false);
        findings.push((finding(oracle, namer, &pair, &trails, known), excuse, Some(pair)));
    }
    for (entry, key, fault) in &oracle.record.mistimed {
        let lane = oracle.frame(*entry).map_or(NONE, |(lane, _)| lane);
        let pair = Pair { item: Some(*key), frame: Some(*entry), ..Pair::new(fault.class, lane) };
        let mut found = Finding { timing: Some(fault.timing), ..finding(oracle, namer, &pair, &trails, known) };
        let late = fault.timing.measured.filter(|_| fault.class == Class::Late);
        if let (Some(arrow), Some(measured)) = (fault.from, fault.timing.measured) {
            let left = Moment::after(oracle.record.entries[*entry].at.since(Moment(0)).saturating_sub(measured));
            found.cause = Some(Cause { arrow, complete: Some(left), by: By::Drawn });
        }
        found.cause = late.and_then(|late| cause::before(oracle, *entry, *key, late)).or(found.cause);
        findings.push((found, blame.excuse(&pair, true), None));
    }
    if findings.is_empty()
        && let Some(pair) = crossed(oracle, &whole)
    {
        findings.push((finding(oracle, namer, &pair, &trails, known), blame.excuse(&pair, false), None));
    }
    if findings.is_empty()
        && let Some(found) = unanswered(oracle)
    {
        let excuse = found.arrow.and_then(|arrow| blame.unanswered(arrow));
        findings.push((found, excuse, None));
    }
    if findings.is_empty()
        && let Some(pair) = owed(oracle)
    {
        findings.push((finding(oracle, namer, &pair, &trails, known), blame.excuse(&pair, false), Some(pair)));
    }
    if oracle.is_cut() {
        // Not seen is not missing where nobody looked to the end.
        findings.retain(|finding| !matches!(finding.0.class, Class::Missing | Class::Late));
    }
    let mut doubts = Vec::new();
    if findings.iter().all(|(_, excuse, _)| excuse.is_some()) {
        let open: Vec<_> = findings.iter().filter_map(|(_, excuse, _)| excuse.as_ref()).flatten().copied().collect();
        doubts = blame.doubts(open);
    }
    Explained { whole, trails, findings, doubts }
}

/// Findings at arrows that are known to fail.
pub(super) fn excused(oracle: &Oracle, namer: &dyn Namer) -> Vec<Finding> {
    if oracle.excuses.is_empty() {
        return Vec::new();
    }
    let known = Known::of(oracle);
    let of = |excuse: &Excuse| {
        let lane = oracle.plan.lanes.routes[excuse.key.0 as usize].receive;
        let class = match excuse.entry.and_then(|entry| oracle.frame(entry)) {
            None => Class::Missing,
            Some((_, observed)) => {
                let id = ArrowId(excuse.key.0);
                let same = oracle.plan.expectation(id).is_some_and(|expectation| fits(expectation, observed, id));
                if same { Class::Duplicate } else { Class::WrongPayload }
            }
        };
        let pair = Pair { item: Some(excuse.key), frame: excuse.entry, ..Pair::new(class, lane) };
        finding(oracle, namer, &pair, &Trails::default(), &known)
    };
    oracle.excuses.iter().map(of).collect()
}

/// How a help begins that says what a step of the binding waits for.
pub(crate) const AWAITED_HELP: &str = "the binding waits";

/// The way out where a server does not answer the echo.
pub(crate) const ECHO_HELP: &str = "`[echo]` in the binding defines a frame that the server answers at once and in \
                                    order; `echo = false` disables echoes";

/// Where findings stand: the first is the root. What was too much and came after what stopped the play may follow from
/// that, since nothing more was sent; of the others the earliest line of the diagram comes first, then the earliest
/// frame. A frame that nobody drew comes behind whatever went wrong before it came.
fn places(oracle: &Oracle, findings: &[Told]) -> Vec<(bool, u32, usize)> {
    let number = |id: ArrowId| oracle.plan.order.arrow(id).number;
    let stray = |finding: &Finding| matches!(finding.class, Class::Unexpected | Class::Closed | Class::Misrouted);
    let stopped = oracle.record.residue.iter().map(|residue| residue.entry).min();
    // Other frames that went wrong, in the order in which they came, each with the latest line of those up to it.
    let drawn = findings.iter().map(|(other, ..)| other).filter(|other| !stray(other));
    let mut wrong: Vec<(usize, u32)> = drawn.filter_map(|other| Some((other.entry?, number(other.arrow?)))).collect();
    wrong.sort_unstable();
    let mut latest = 0;
    for (_, number) in &mut wrong {
        latest = latest.max(*number);
        *number = latest;
    }
    let place = |finding: &Finding| {
        let own = finding.arrow.or(finding.related).map_or(0, number);
        let before = finding.entry.filter(|_| stray(finding)).and_then(|entry| {
            let count = wrong.partition_point(|(at, _)| *at < entry);
            Some(wrong[count.checked_sub(1)?].1)
        });
        let extra = finding.class == Class::Duplicate || stray(finding);
        let behind = extra && stopped.is_some_and(|stopped| finding.entry.is_some_and(|entry| entry > stopped));
        (behind, own.max(before.unwrap_or(0)), finding.entry.unwrap_or(usize::MAX))
    };
    findings.iter().map(|(finding, ..)| place(finding)).collect()
}

/// Nothing is left over, and yet a frame could not be accounted for when it came: it is inside a `critical` block of
/// others, which the alignment does not know of.
fn crossed(oracle: &Oracle, whole: &Whole) -> Option<Pair> {
    let residue = oracle.record.residue.first()?;
    let (entry, lane, key) = whole.synced().find(|(entry, ..)| *entry == residue.entry)?;
    Some(Pair { item: Some(key), frame: Some(entry), ..Pair::new(Class::Reordered, lane) })
}

/// Nothing is left over, and yet something was overdue in every reading: what was first in the first.
fn owed(oracle: &Oracle) -> Option<Pair> {
    let config = oracle.readings.configs.first().filter(|_| oracle.overdue)?;
    let key = config.due.first().map(|(_, key)| *key).or_else(|| must_begin(oracle, config))?;
    let lane = oracle.plan.lanes.routes[key.0 as usize].receive;
    Some(Pair { item: Some(key), ..Pair::new(Class::Missing, lane) })
}

/// What could have come first of a choice or a loop that a tested side had still to begin.
fn must_begin(oracle: &Oracle, config: &Config) -> Option<Key> {
    let order = &oracle.plan.order;
    let inside = |id: ArrowId, around: u32| order.around(order.arrow(id)).any(|(id, _)| id.0 == around);
    config.lanes.iter().flat_map(|lane| &lane.waiting).find_map(|(wait, _)| {
        let (Wait::Choice((around, turn)) | Wait::Loop((around, turn))) = *wait else { return None };
        let mut arrows = order.arrow_ids().map(|(id, _)| id).filter(|id| oracle.plan.expectation(*id).is_some());
        arrows.find(|id| inside(*id, around)).map(|id| (id.0, turn))
    })
}

/// Nothing is left over, and yet the run could not go on: an exchange or an echo has no answer.
fn unanswered(oracle: &Oracle) -> Option<Finding> {
    let (key, since) = oracle.talk.open_exchange().or_else(|| oracle.record.sends.last().copied())?;
    let id = ArrowId(key.0);
    let (client, _) = oracle.plan.client(id)?;
    let name = &oracle.plan.order.lifeline(client).name;
    let what = match oracle.talk.unanswered_echo {
        Some(asked) => format!("the server does not answer the echo of {}", oracle.plan.order.lifeline(asked).name),
        None => format!("the server did not answer the connection that {name} opened here"),
    };
    Some(Finding {
        class: Class::Missing,
        arrow: Some(id),
        or: Vec::new(),
        lifeline: oracle.talk.unanswered_echo.unwrap_or(client),
        channel: oracle.plan.planned(id).channel,
        what,
        label: None,
        raw: None,
        entry: None,
        at: None,
        diff: Vec::new(),
        timing: Some(Timing { measured: None, at_least: None, at_most: Some(oracle.options.timeout) }),
        cause: Some(Cause { arrow: id, complete: Some(since), by: By::Drawn }),
        related: None,
        meant_for: None,
        bound: None,
        pending: Vec::new(),
        allow: None,
        help: oracle.talk.unanswered_echo.map(|_| ECHO_HELP.to_owned()).into_iter().collect(),
        consequences: Vec::new(),
    })
}

/// What the tool was still waiting for: what was due, and has not come, at whatever place or in whatever form.
fn pending(oracle: &Oracle, whole: &Whole, findings: &[Finding]) -> Vec<ArrowId> {
    let Some(config) = oracle.readings.configs.first() else { return Vec::new() };
    let told = findings.iter().filter(|finding| finding.entry.is_some());
    let told: BTreeSet<ArrowId> = told.filter_map(|finding| finding.arrow).collect();
    let came: BTreeSet<Key> = whole.synced().map(|(.., key)| key).collect();
    let waited = |key: &Key| !came.contains(key) && !told.contains(&ArrowId(key.0));
    let due = config.due.iter().map(|(_, key)| *key).filter(waited);
    let mut pending: Vec<ArrowId> = due.map(|key| ArrowId(key.0)).collect();
    pending.sort_unstable();
    pending.dedup();
    pending.truncate(16);
    pending
}
