//! One finding in words.

use super::allowed;
use super::known::Known;
use super::pair::{Pair, mistimed};
use super::passed::Passed;
use super::phrases::{at_odds, unread, with_code};
use super::place::{last_before, stray};
use super::trail::Trails;
use super::{Namer, cause, passed, redraw};
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::plan::LaneKind;
use crate::oracle::verdict::{BoundBy, By, Cause, Class, Finding, Timing};
use crate::order::{ArrowId, LifelineId, Role};
use crate::wire::{Channel, Observed, Raw, Sender, is_empty};

/// The way out where no rule names a frame, of a server or of a client.
const UNREAD: &str = "the binding has no rule for this frame: add a `[[rule]]` with `server` to expect it, or an \
                      `[[ignore]]` to ignore it";
const LEAVES_UNREAD: &str = "find out why the client does not read; if it need not, draw fewer messages to it";
const UNREAD_OF_CLIENT: &str = "the binding has no rule for this frame: add a `[[rule]]` with `client` to expect it";

/// Puts a pair into words; `trails` know where a frame comes from that nobody drew.
pub(super) fn finding(oracle: &Oracle, namer: &dyn Namer, pair: &Pair, trails: &Trails, known: &Known) -> Finding {
    let order = &oracle.plan.order;
    let (lifeline, channel) = match oracle.plan.lanes.kinds.get(pair.lane as usize) {
        Some(LaneKind::Receive { client, channel, .. }) => (*client, *channel),
        Some(LaneKind::Cause(_) | LaneKind::Tool(_) | LaneKind::Gate(_)) | None => stray(oracle, pair.frame),
    };
    let observed = pair.frame.and_then(|entry| oracle.frame(entry)).map(|(_, observed)| observed);
    let at = pair.frame.map(|entry| oracle.record.entries[entry].at);
    let item = pair.item.map(|key| ArrowId(key.0));
    let related = pair.related.map(|key| ArrowId(key.0));
    let drawn = item
        .or_else(|| forbidden(oracle, pair))
        .or_else(|| if pair.class == Class::Duplicate { related } else { None });
    // What must never come stands at the arrow that says so, what was repeated at its own; a frame that none drew stands
    // at the send from which it follows.
    // What is drawn where a choice went past it stands at what that follows from.
    let past = pair.past.filter(|_| drawn.is_none()).and_then(|(key, _)| passed::sent_above(oracle, ArrowId(key.0)));
    let trail = past.or_else(|| elsewhere(oracle, pair));
    let trail = trail.or_else(|| pair.frame.filter(|_| drawn.is_none()).and_then(|entry| trails.cause(oracle, entry)));
    let arrow =
        drawn.or(trail.map(|cause| cause.arrow)).or_else(|| pair.frame.and_then(|entry| last_before(oracle, entry)));
    let leaves = matches!(observed, Some(Observed::Garbled { why, .. }) if why.starts_with(crate::wire::UNREAD));
    let leaves = leaves.then_some(LEAVES_UNREAD);
    let differs = matches!(pair.class, Class::WrongPayload) && leaves.is_none();
    let diff = match (item.filter(|_| differs), pair.frame, observed) {
        (Some(id), Some(entry), Some(observed)) => known.differences(oracle, namer, id, entry, observed),
        _ => Vec::new(),
    };
    let name = &order.lifeline(lifeline).name;
    let pattern = observed.and_then(|observed| namer.pattern(observed, channel));
    let served = super::of_client::served(oracle, pair).is_some();
    let undrawn = matches!(pair.class, Class::Duplicate | Class::Misrouted | Class::Unexpected | Class::Closed);
    let sender = if served { Sender::Client } else { Sender::Server };
    let label = observed.and_then(|observed| namer.label(observed, channel, sender));
    // What no rule names, nobody can draw: the binding is to speak of it first.
    let unnamed = if served { label.is_none() } else { pattern.is_none() };
    let unread =
        undrawn && unnamed && observed.is_some_and(|it| matches!(it, Observed::Message(_) | Observed::Event { .. }));
    let unread = unread.then_some(if served { UNREAD_OF_CLIENT } else { UNREAD });
    let allow =
        allowed::allow(oracle, namer, pair, (lifeline, channel), label.as_deref()).filter(|_| undrawn && !served);
    // What the diagram draws it after may never have been sent; then nothing that was sent is its cause.
    let cause = match pair.item {
        Some(key) if pair.class == Class::Early && !mistimed(oracle, pair) => cause::owing(oracle, key),
        Some(key) => cause::sent(oracle, key),
        None => trail,
    };
    let deadline = Timing { measured: None, at_least: None, at_most: Some(allowed(oracle, item)) };
    Finding {
        class: pair.class,
        arrow,
        or: Vec::new(),
        lifeline,
        channel,
        what: what(oracle, pair, name, observed, channel) + &follows(oracle, trail, lifeline),
        label,
        raw: observed.and_then(raw),
        entry: pair.frame,
        at,
        diff,
        timing: (pair.class == Class::Missing).then_some(deadline),
        cause,
        related: related.or(pair.past.map(|(key, _)| ArrowId(key.0))).filter(|related| Some(*related) != item),
        meant_for: pair.meant_for,
        bound: pair.conflict.as_ref().map(|conflict| BoundBy {
            name: conflict.other.clone().unwrap_or_else(|| conflict.name.clone()),
            value: conflict.bound.value.clone(),
            arrow: ArrowId(conflict.bound.arrow),
        }),
        pending: Vec::new(),
        allow,
        help: unread.or(leaves).map(str::to_owned).into_iter().chain(redraw::redraw(oracle, pair)).collect(),
        consequences: Vec::new(),
    }
}

/// `, with values of line 13`, where the values of a frame tell what it follows from.
fn follows(oracle: &Oracle, trail: Option<Cause>, client: LifelineId) -> String {
    let Some(cause) = trail.filter(|cause| cause.by == By::Values) else { return String::new() };
    let sent = oracle.plan.order.arrow(cause.arrow);
    // What greets a client that has connected repeats nothing.
    let opened = oracle.plan.planned(cause.arrow).resolved.as_ref().is_some_and(|resolved| resolved.opens().is_some());
    let own = sent.from.lifeline() == Some(client) && !opened;
    let how = if own { "with values of" } else { "which follows from" };
    format!(", {how} line {}", sent.line)
}

/// From what a copy follows of what another side under test said, which nobody told the side that said it here.
fn elsewhere(oracle: &Oracle, pair: &Pair) -> Option<Cause> {
    let key = pair.related.filter(|_| pair.class == Class::Misrouted && pair.item.is_none())?;
    let (_, tested) = oracle.plan.client(ArrowId(key.0))?;
    let from = oracle.record.entries[pair.frame?].event.received()?.from;
    if tested.0 == from { None } else { cause::sent(oracle, key) }
}

/// The arrow that says that a frame must never come.
fn forbidden(oracle: &Oracle, pair: &Pair) -> Option<ArrowId> {
    oracle.record.residue.iter().find(|residue| Some(residue.entry) == pair.frame).and_then(|residue| residue.forbidden)
}

/// What is drawn, as the frame would look.
fn wanted(oracle: &Oracle, pair: &Pair) -> Option<String> {
    let expectation = oracle.plan.expectation(ArrowId(pair.item?.0))?;
    Some(expectation.describe())
}

fn wants_answer(oracle: &Oracle, pair: &Pair) -> bool {
    pair.item.and_then(|key| oracle.plan.expectation(ArrowId(key.0))).is_some_and(crate::wire::Expectation::is_answer)
}

/// What is said of the side under test: its name where there are several, or where it is a client as well.
fn peer<'a>(oracle: &'a Oracle, pair: &Pair) -> &'a str {
    let order = &oracle.plan.order;
    let tested = order.lifelines.iter().filter(|lifeline| lifeline.role == Role::Tested).count();
    match oracle.plan.lanes.kinds.get(pair.lane as usize) {
        Some(LaneKind::Receive { tested: id, .. }) if tested > 1 || order.dials(*id) => &order.lifeline(*id).name,
        _ => "the server",
    }
}

fn what(oracle: &Oracle, pair: &Pair, name: &str, observed: Option<&Observed>, channel: Channel) -> String {
    let order = &oracle.plan.order;
    let server = peer(oracle, pair);
    let line = |key: Option<Key>| key.map_or(0, |key| order.arrow(ArrowId(key.0)).line);
    let meant = pair.meant_for.map_or(String::new(), |id| order.lifeline(id).name.to_string());
    if let Some(client) = super::of_client::served(oracle, pair) {
        return super::of_client::what(oracle, pair, client, observed, channel);
    }
    if forbidden(oracle, pair).is_some() {
        return format!("{name} received a message that must never come");
    }
    match pair.class {
        Class::Missing => format!("{name} did not receive this"),
        Class::Late => format!("{name} received this too late"),
        Class::Early if mistimed(oracle, pair) => format!("{name} received this too early"),
        Class::Early => format!("{name} received this before its cause was sent"),
        Class::Reordered => match pair.past {
            Some((_, Passed::Ahead)) => format!("{name} received this before the messages that are drawn above it"),
            Some((_, Passed::Operand | Passed::Option | Passed::Behind)) => {
                format!("{name} received this after a message that is drawn below it: the option has passed")
            }
            None => format!("{name} received this at another place in the order of the connection"),
        },
        Class::WrongPayload => match &pair.conflict {
            Some(conflict) => format!("{name} received {}", at_odds(conflict)),
            None => match (observed, wanted(oracle, pair)) {
                (Some(Observed::Status { code: 101, .. }), Some(drawn)) if channel == Channel::Socket => {
                    format!("{server} accepted the handshake of {name} (101), but {drawn} is drawn")
                }
                (Some(Observed::Message(_) | Observed::Event { .. }), Some(drawn)) if wants_answer(oracle, pair) => {
                    format!("{server} accepted the connection of {name} and sent a message on it, but {drawn} is drawn")
                }
                (Some(Observed::Garbled { raw, why }), _) => {
                    format!("{name} received this as {}", unread(raw, why))
                }
                _ => format!("{name} received this with different content"),
            },
        },
        Class::Misrouted if pair.item.is_some() => format!("{name} received this, which is for {meant}"),
        Class::Misrouted => format!("{name} received a copy of the message for {meant} (line {})", line(pair.related)),
        Class::Duplicate => format!("{name} received this frame twice"),
        Class::Unexpected => match observed {
            Some(Observed::Status { code, .. }) => format!("{server} answered {name} with HTTP {code}"),
            Some(Observed::Garbled { raw, why }) => format!("{name} received {}", unread(raw, why)),
            Some(
                Observed::Message(_)
                | Observed::Event { .. }
                | Observed::Close { .. }
                | Observed::End { .. }
                | Observed::Dialled { .. }
                | Observed::Asked { .. },
            )
            | None => match pair.past {
                Some(past) => format!("{name} also received a message that {}", passed::described(oracle, past)),
                None => format!("{name} received a frame that is not drawn"),
            },
        },
        Class::Closed => match observed {
            Some(Observed::Close { code, reason }) => {
                format!("{server} closed {name}'s connection {}", with_code(*code, reason))
            }
            Some(Observed::End { how }) if channel == Channel::Events && how != "end of stream" => {
                format!("{server} ended {name}'s event stream: {how}")
            }
            Some(Observed::End { .. }) if channel == Channel::Events => {
                format!("{server} ended {name}'s event stream")
            }
            Some(Observed::End { how }) if channel == Channel::Http => {
                format!("{server} did not answer {name}'s request: {how}")
            }
            Some(Observed::End { how }) => format!("{name}'s connection ended without Close: {how}"),
            Some(
                Observed::Message(_)
                | Observed::Garbled { .. }
                | Observed::Status { .. }
                | Observed::Event { .. }
                | Observed::Dialled { .. }
                | Observed::Asked { .. },
            )
            | None => format!("{name}'s connection ended"),
        },
    }
}

fn raw(observed: &Observed) -> Option<Raw> {
    match observed {
        Observed::Message(message) => Some(message.raw.clone()),
        Observed::Garbled { raw, .. } => Some(raw.clone()).filter(|raw| raw.len() > 0),
        Observed::Event { data, .. } if observed.is_comment() => Some(Raw::Text(format!(": {data}").into())),
        Observed::Event { data, .. } if observed.is_retry() => Some(Raw::Text(format!("retry: {data}").into())),
        Observed::Event { event, id, data } => {
            let id = id.as_ref().map(|id| format!("id: {id} ")).unwrap_or_default();
            let event = if event == "message" { String::new() } else { format!("event: {event} ") };
            let data =
                if id.is_empty() && event.is_empty() { data.clone() } else { format!("{id}{event}data: {data}") };
            Some(Raw::Text(data.into()))
        }
        Observed::Status { body, .. } if !is_empty(body) => Some(Raw::Text(body.to_string().into())),
        Observed::Asked { body, .. } if !is_empty(body) => Some(Raw::Text(body.to_string().into())),
        Observed::Dialled { .. } | Observed::Asked { .. } => None,
        Observed::Status { .. } | Observed::Close { .. } | Observed::End { .. } => None,
    }
}

/// How long a message may take, as it is drawn.
fn allowed(oracle: &Oracle, id: Option<ArrowId>) -> std::time::Duration {
    let traits = id.map(|id| &oracle.plan.order.arrow(id).traits);
    let drawn = |traits: &crate::order::Traits| traits.delay.unwrap_or_default() + traits.after.unwrap_or_default();
    traits.map_or(oracle.options.timeout, |traits| {
        traits.within.unwrap_or_else(|| drawn(traits) + oracle.options.timeout)
    })
}
