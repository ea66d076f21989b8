//! Findings in words: one root, the earliest line first, the others folded under it.

use super::assign;
use super::pair::{self, Pair};
use super::{Namer, cause, fits, redraw};
use crate::oracle::config::Key;
use crate::oracle::judge::{Excuse, Oracle};
use crate::oracle::plan::{LaneKind, NONE};
use crate::oracle::verdict::{BoundBy, Cause, Class, Fate, Finding, Mark, Outcome, Timing};
use crate::order::{ArrowId, LifelineId};
use crate::trace::Event;
use crate::wire::{Channel, Observed, Raw};

/// Explains a failing run.
pub(super) fn findings(oracle: &mut Oracle, namer: &dyn Namer, outcome: &mut Outcome) {
    let whole = assign::best(oracle);
    let pairs = pair::pair(oracle, &whole);
    outcome.fallback = whole.fallback;
    let pending = pending(oracle);
    let mut findings: Vec<Finding> = Vec::new();
    let excused = |key: Option<Key>| key.is_some_and(|key| oracle.excuses.iter().any(|excuse| excuse.key == key));
    for pair in pairs.iter().filter(|pair| !excused(pair.item)) {
        findings.push(finding(oracle, namer, pair));
    }
    for (entry, key, fault) in &oracle.record.mistimed {
        let lane = oracle.frame(*entry).map_or(NONE, |(lane, _)| lane);
        let pair = Pair {
            class: fault.class,
            lane,
            item: Some(*key),
            frame: Some(*entry),
            related: None,
            meant_for: None,
            conflict: None,
        };
        findings.push(Finding { timing: Some(fault.timing), ..finding(oracle, namer, &pair) });
    }
    if findings.is_empty() {
        findings.extend(crossed(oracle, &whole).map(|pair| finding(oracle, namer, &pair)));
    }
    if findings.is_empty() {
        findings.extend(unanswered(oracle));
    }
    let places = places(oracle, &findings);
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|index| places[*index]);
    let findings: Vec<Finding> = order.into_iter().map(|index| findings[index].clone()).collect();
    outcome.marks = marks(oracle, &whole, &findings);
    let mut findings = findings.into_iter();
    let Some(mut root) = findings.next() else { return };
    root.pending = pending;
    root.consequences = findings.collect();
    outcome.findings.push(root);
}

/// Findings at arrows that are known to fail.
pub(super) fn excused(oracle: &Oracle, namer: &dyn Namer) -> Vec<Finding> {
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
        let pair = Pair {
            class,
            lane,
            item: Some(excuse.key),
            frame: excuse.entry,
            related: None,
            meant_for: None,
            conflict: None,
        };
        finding(oracle, namer, &pair)
    };
    oracle.excuses.iter().map(of).collect()
}

/// The way out where no rule names a frame.
const UNREAD: &str =
    "the binding has no rule for this frame: a `[[rule]]` with `server` names it, an `[[ignore]]` leaves it out";

/// The way out where a server does not answer the echo.
pub(crate) const ECHO_HELP: &str =
    "`[echo]` in the binding says what it answers at once and in order; `echo = false` does without";

/// Where findings stand in the diagram, then in time: the first is the root. A frame that belongs to no arrow comes after
/// whatever went wrong before it came.
fn places(oracle: &Oracle, findings: &[Finding]) -> Vec<(u32, usize)> {
    let number = |id: ArrowId| oracle.plan.order.arrow(id).number;
    let stray = |finding: &Finding| matches!(finding.class, Class::Unexpected | Class::Closed | Class::Misrouted);
    let place = |finding: &Finding| {
        let own = finding.arrow.or(finding.related).map_or(0, number);
        let before = findings
            .iter()
            .filter(|other| stray(finding) && !stray(other) && other.entry.is_some() && other.entry < finding.entry)
            .filter_map(|other| other.arrow.map(number))
            .max();
        (own.max(before.unwrap_or(0)), finding.entry.unwrap_or(usize::MAX))
    };
    findings.iter().map(place).collect()
}

fn finding(oracle: &Oracle, namer: &dyn Namer, pair: &Pair) -> Finding {
    let order = &oracle.plan.order;
    let (lifeline, channel) = match oracle.plan.lanes.kinds.get(pair.lane as usize) {
        Some(LaneKind::Receive { client, channel, .. }) => (*client, *channel),
        Some(LaneKind::Cause { .. } | LaneKind::Tool(_) | LaneKind::Gate(_)) | None => stray(oracle, pair.frame),
    };
    let observed = pair.frame.and_then(|entry| oracle.frame(entry)).map(|(_, observed)| observed);
    let at = pair.frame.map(|entry| oracle.record.entries[entry].at);
    let item = pair.item.map(|key| ArrowId(key.0));
    let related = pair.related.map(|key| ArrowId(key.0));
    // What must never come stands at the arrow that says so; a frame that none drew stands behind the arrow that was
    // last played or observed before it.
    let arrow = item
        .or_else(|| forbidden(oracle, pair))
        .or_else(|| if pair.class == Class::Duplicate { related } else { None })
        .or_else(|| pair.frame.and_then(|entry| last_before(oracle, entry)));
    let expectation = item.and_then(|id| oracle.plan.expectation(id));
    let differs = matches!(pair.class, Class::WrongPayload);
    let diff = match (differs, expectation, observed) {
        (true, Some(expectation), Some(observed)) => namer.differences(expectation, observed),
        _ => Vec::new(),
    };
    let name = &order.lifeline(lifeline).name;
    let pattern = observed.and_then(|observed| namer.pattern(observed, channel));
    let allows = matches!(pair.class, Class::Duplicate | Class::Misrouted | Class::Unexpected);
    // What no rule names, nobody can draw: the binding is to speak of it first.
    let unread = allows
        && pattern.is_none()
        && observed.is_some_and(|it| matches!(it, Observed::Message(_) | Observed::Event { .. }));
    // A handshake that is refused is nothing to pass over: without it there is no connection.
    let refused = channel == Channel::Socket && matches!(observed, Some(Observed::Status { .. }));
    // What the diagram draws it after may never have been sent; then nothing that was sent is its cause.
    let cause = match pair.item {
        Some(key) if pair.class == Class::Early && !mistimed(oracle, pair) => cause::owing(oracle, key),
        Some(key) => cause::sent(oracle, ArrowId(key.0)),
        None => None,
    };
    let deadline = Timing { measured: None, at_least: None, at_most: Some(oracle.options.timeout) };
    Finding {
        class: pair.class,
        arrow,
        lifeline,
        channel,
        what: what(oracle, pair, name, observed, channel),
        label: observed.and_then(|observed| namer.label(observed, channel)),
        raw: observed.and_then(raw),
        entry: pair.frame,
        at,
        diff,
        timing: (pair.class == Class::Missing).then_some(deadline),
        cause,
        related,
        meant_for: pair.meant_for,
        bound: pair.conflict.as_ref().map(|conflict| BoundBy {
            name: conflict.other.clone().unwrap_or_else(|| conflict.name.clone()),
            value: conflict.bound.value.clone(),
            arrow: ArrowId(conflict.bound.arrow),
        }),
        pending: Vec::new(),
        allow: pattern.filter(|_| allows && !refused).map(|pattern| format!("#@ ignore {name}: {pattern}")),
        help: unread.then(|| UNREAD.to_owned()).into_iter().chain(redraw::redraw(oracle, pair)).collect(),
        consequences: Vec::new(),
    }
}

/// The arrow that says that a frame must never come.
fn forbidden(oracle: &Oracle, pair: &Pair) -> Option<ArrowId> {
    oracle.record.residue.iter().find(|residue| Some(residue.entry) == pair.frame).and_then(|residue| residue.forbidden)
}

/// Whether it came as drawn, but not when.
pub(super) fn mistimed(oracle: &Oracle, pair: &Pair) -> bool {
    pair.frame.is_some_and(|entry| oracle.record.mistimed.iter().any(|(at, ..)| *at == entry))
}

fn what(oracle: &Oracle, pair: &Pair, name: &str, observed: Option<&Observed>, channel: Channel) -> String {
    let order = &oracle.plan.order;
    let line = |key: Option<Key>| key.map_or(0, |key| order.arrow(ArrowId(key.0)).line);
    let meant = pair.meant_for.map_or(String::new(), |id| order.lifeline(id).name.to_string());
    if forbidden(oracle, pair).is_some() {
        return format!("{name} got what must never come");
    }
    match pair.class {
        Class::Missing => format!("{name} did not get this"),
        Class::Late => format!("{name} got this too late"),
        Class::Early if mistimed(oracle, pair) => format!("{name} got this too early"),
        Class::Early => format!("{name} got this before its cause was sent"),
        Class::Reordered => format!("{name} got this at another place in the order of the connection"),
        Class::WrongPayload => match &pair.conflict {
            Some(conflict) => match &conflict.other {
                Some(other) => format!("{name} got {} for {}, which is {other} already", conflict.found, conflict.name),
                None => {
                    format!("{name} got {} for {}, which is {}", conflict.found, conflict.name, conflict.bound.value)
                }
            },
            None => format!("{name} got this with other content"),
        },
        Class::Misrouted if pair.item.is_some() => format!("{name} got this, which is for {meant}"),
        Class::Misrouted => format!("{name} got a copy of what is for {meant} (line {})", line(pair.related)),
        Class::Duplicate => format!("{name} got this frame twice"),
        Class::Unexpected => match observed {
            Some(Observed::Status { code, .. }) => format!("the server answered {name} with HTTP {code}"),
            Some(Observed::Garbled { why, .. }) => format!("{name} got bytes that cannot be read: {why}"),
            Some(Observed::Message(_) | Observed::Event { .. } | Observed::Close { .. } | Observed::End { .. })
            | None => format!("{name} got a frame that is not drawn"),
        },
        Class::Closed => match observed {
            Some(Observed::Close { code: Some(code), reason }) if reason.is_empty() => {
                format!("the server closed {name}'s connection with code {code}")
            }
            Some(Observed::Close { code: Some(code), reason }) => {
                format!("the server closed {name}'s connection with code {code}: {reason}")
            }
            Some(Observed::Close { code: None, .. }) => format!("the server closed {name}'s connection"),
            Some(Observed::End { .. }) if channel == Channel::Events => {
                format!("the server ended {name}'s event stream")
            }
            Some(Observed::End { how }) => format!("{name}'s connection ended without Close: {how}"),
            Some(
                Observed::Message(_) | Observed::Garbled { .. } | Observed::Status { .. } | Observed::Event { .. },
            )
            | None => format!("{name}'s connection ended"),
        },
    }
}

/// Nothing is left over, and yet a frame could not be accounted for when it came: it is inside a `critical` block of
/// others, which the alignment does not know of.
fn crossed(oracle: &Oracle, whole: &assign::Whole) -> Option<Pair> {
    let residue = oracle.record.residue.first()?;
    whole.lanes.iter().find_map(|aligned| {
        let synced = |(_, frame): &&(u32, u32)| aligned.frames[*frame as usize].0 == residue.entry;
        let (item, _) = aligned.alignment.synced.iter().find(synced)?;
        Some(Pair {
            class: Class::Reordered,
            lane: aligned.lane,
            item: Some(aligned.items[*item as usize].0.key),
            frame: Some(residue.entry),
            related: None,
            meant_for: None,
            conflict: None,
        })
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
        None => format!("the server did not answer what {name} began here"),
    };
    Some(Finding {
        class: Class::Missing,
        arrow: Some(id),
        lifeline: oracle.talk.unanswered_echo.unwrap_or(client),
        channel: oracle.plan.planned(id).channel,
        what,
        label: None,
        raw: None,
        entry: None,
        at: None,
        diff: Vec::new(),
        timing: Some(Timing { measured: None, at_least: None, at_most: Some(oracle.options.timeout) }),
        cause: Some(Cause { arrow: id, complete: Some(since) }),
        related: None,
        meant_for: None,
        bound: None,
        pending: Vec::new(),
        allow: None,
        help: oracle.talk.unanswered_echo.map(|_| ECHO_HELP.to_owned()).into_iter().collect(),
        consequences: Vec::new(),
    })
}

fn stray(oracle: &Oracle, entry: Option<usize>) -> (LifelineId, Channel) {
    match entry.map(|entry| &oracle.record.entries[entry].event) {
        Some(Event::Received { lifeline, channel, .. }) => (LifelineId(*lifeline), *channel),
        Some(
            Event::Sent { .. }
            | Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. }
            | Event::Frozen,
        )
        | None => (LifelineId(0), Channel::Socket),
    }
}

/// The arrow that was last played by anybody, or observed by this client, before an entry. What others observed
/// meanwhile does not count: in which order that came is chance, and the place of a finding must not be.
pub(super) fn last_before(oracle: &Oracle, entry: usize) -> Option<ArrowId> {
    let client = |at: usize| stray(oracle, Some(at)).0;
    let before = oracle.record.matched.iter().take_while(|(at, _)| *at < entry);
    let observed = before.filter(|(at, _)| client(*at) == client(entry)).last();
    let sent = oracle.record.entries[..entry].iter().enumerate().rev().find_map(|(index, entry)| match &entry.event {
        Event::Sent { arrow, .. } => Some((index, ArrowId(*arrow))),
        Event::Received { .. }
        | Event::Done { .. }
        | Event::Echoed { .. }
        | Event::Quiet { .. }
        | Event::Chose { .. }
        | Event::Learned { .. }
        | Event::Frozen => None,
    });
    match (observed, sent) {
        (Some((seen, key)), Some((index, arrow))) => Some(if *seen > index { ArrowId(key.0) } else { arrow }),
        (Some((_, key)), None) => Some(ArrowId(key.0)),
        (None, sent) => sent.map(|(_, arrow)| arrow),
    }
}

/// What the tool was still waiting for.
fn pending(oracle: &Oracle) -> Vec<ArrowId> {
    let Some(config) = oracle.readings.configs.first() else { return Vec::new() };
    let mut pending: Vec<ArrowId> = config.due.iter().map(|(_, key)| ArrowId(key.0)).collect();
    pending.sort_unstable();
    pending.dedup();
    pending.truncate(16);
    pending
}

fn raw(observed: &Observed) -> Option<Raw> {
    match observed {
        Observed::Message(message) => Some(message.raw.clone()),
        Observed::Garbled { raw, .. } => Some(raw.clone()),
        Observed::Event { data, .. } => Some(Raw::Text(data.as_str().into())),
        Observed::Status { body, .. } if !body.is_null() => Some(Raw::Text(body.to_string().into())),
        Observed::Status { .. } | Observed::Close { .. } | Observed::End { .. } => None,
    }
}

fn marks(oracle: &Oracle, whole: &assign::Whole, findings: &[Finding]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (index, entry) in oracle.record.entries.iter().enumerate() {
        if let Event::Sent { lifeline, channel, arrow, .. } = &entry.event {
            marks.push(Mark {
                arrow: Some(ArrowId(*arrow)),
                lifeline: LifelineId(*lifeline),
                channel: *channel,
                at: Some(entry.at),
                entry: Some(index),
                fate: Fate::Sent,
            });
        }
    }
    for aligned in &whole.lanes {
        let (lifeline, channel) = match oracle.plan.lanes.kinds.get(aligned.lane as usize) {
            Some(LaneKind::Receive { client, channel, .. }) => (*client, *channel),
            Some(LaneKind::Cause { .. } | LaneKind::Tool(_) | LaneKind::Gate(_)) | None => continue,
        };
        for (item, frame) in &aligned.alignment.synced {
            let (entry, at) = aligned.frames[*frame as usize];
            if findings.iter().any(|finding| finding.entry == Some(entry)) {
                continue;
            }
            let arrow = Some(ArrowId(aligned.items[*item as usize].0.key.0));
            marks.push(Mark { arrow, lifeline, channel, at: Some(at), entry: Some(entry), fate: Fate::Passed });
        }
    }
    for finding in findings {
        let drawn = finding.entry.is_none()
            || matches!(
                finding.class,
                Class::Missing | Class::Reordered | Class::WrongPayload | Class::Late | Class::Early
            );
        marks.push(Mark {
            arrow: finding.arrow.filter(|_| drawn),
            lifeline: finding.lifeline,
            channel: finding.channel,
            at: finding.at,
            entry: finding.entry,
            fate: Fate::Found(finding.class),
        });
    }
    marks.sort_by_key(|mark| mark.entry.unwrap_or(usize::MAX));
    marks
}
