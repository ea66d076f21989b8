//! What a finding says of a client that the tool serves: it is about the one who sent.

use super::pair::{Pair, mistimed};
use super::phrases::{at_odds, unread, with_code};
use super::resent::is_over;
use crate::oracle::config::Key;
use crate::oracle::judge::Oracle;
use crate::oracle::verdict::Class;
use crate::order::{ArrowId, LifelineId};
use crate::wire::{Channel, Observed, UNREAD};

/// The client that a pair of frame and arrow is about, where the tool serves it.
pub(super) fn served(oracle: &Oracle, pair: &Pair) -> Option<LifelineId> {
    let order = &oracle.plan.order;
    let came = pair.frame.and_then(|entry| oracle.record.entries[entry].event.received());
    let came = came.map(|it| (LifelineId(it.lifeline), LifelineId(it.from)));
    let drawn = || pair.item.and_then(|key| oracle.plan.client(ArrowId(key.0)));
    let (own, client) = came.or_else(drawn)?;
    order.serves(own, client).then_some(client)
}

/// In a sentence.
pub(super) fn what(
    oracle: &Oracle,
    pair: &Pair,
    client: LifelineId,
    observed: Option<&Observed>,
    channel: Channel,
) -> String {
    let order = &oracle.plan.order;
    let name = &*order.lifeline(client).name;
    let line = |key: Option<Key>| key.map_or(0, |key| order.arrow(ArrowId(key.0)).line);
    // Whose it would have been.
    let other = |key: Option<Key>| {
        let other = key.and_then(|key| oracle.plan.client(ArrowId(key.0)));
        other.map_or(String::new(), |(_, other)| order.lifeline(other).name.to_string())
    };
    let dialled = matches!(observed, Some(Observed::Dialled { .. }));
    let arrives = pair.item.and_then(|key| oracle.plan.expectation(ArrowId(key.0))).is_some_and(|it| it.is_arrival());
    if let Some(Observed::Garbled { why, .. }) = observed
        && let Some(behind) = why.strip_prefix(UNREAD)
    {
        return format!("{name} does not read{behind}");
    }
    match pair.class {
        Class::Missing if arrives => format!("{name} did not connect"),
        Class::Missing => format!("{name} did not send this"),
        Class::Late => format!("{name} sent this too late"),
        Class::Early if mistimed(oracle, pair) => format!("{name} sent this too early"),
        Class::Early => format!("{name} sent this before it received its cause"),
        Class::Reordered => format!("{name} sent this at another place in the order of its connection"),
        Class::WrongPayload => match &pair.conflict {
            Some(conflict) => format!("{name} sent {}", at_odds(conflict)),
            None if dialled => format!("{name} connected with a different request"),
            None => format!("{name} sent this with different content"),
        },
        Class::Misrouted => {
            let (did, verb) = match observed {
                Some(Observed::Dialled { url, .. }) => (format!("connected to {url}"), "connect"),
                Some(Observed::Asked { method, url, .. }) => (format!("requested {method} {url}"), "request"),
                Some(_) | None => ("sent this".to_owned(), "send"),
            };
            let key = pair.item.or(pair.related);
            let server = |id: LifelineId| &order.lifeline(id).name;
            let came = pair.frame.and_then(|entry| oracle.record.entries[entry].event.received());
            // He may have said it to another server than is drawn.
            let whose = match (key.and_then(|key| oracle.plan.client(ArrowId(key.0))), came) {
                (Some((drawn, other)), Some(came)) if other == client => {
                    format!("at {}, but it is drawn to {}", server(LifelineId(came.lifeline)), server(drawn))
                }
                _ => format!("which {} has to {verb}", other(key)),
            };
            let comma = if whose.starts_with("at ") { "" } else { "," };
            match pair.item {
                Some(_) => format!("{name} {did}{comma} {whose}"),
                None => format!("{name} {did} too{comma} {whose} (line {})", line(pair.related)),
            }
        }
        Class::Duplicate if dialled && pair.frame.is_some_and(|entry| is_over(oracle, entry)) => {
            format!("{name} connected again after its connection had ended, but this connection is not drawn")
        }
        // What is dialled itself is no page.
        Class::Duplicate if dialled && order.is_dialled(client) => format!("{name} connected twice"),
        Class::Duplicate if dialled => {
            format!("{name} connected twice (was a page loaded again, or a component mounted twice?)")
        }
        Class::Duplicate => format!("{name} sent this twice"),
        Class::Unexpected => match observed {
            Some(Observed::Dialled { url, .. }) => format!("{name} connected, but this connection is not drawn: {url}"),
            Some(Observed::Asked { method, url, .. }) => {
                format!("{name} sent a request that is not drawn: {method} {url}")
            }
            Some(Observed::Garbled { raw, why }) => format!("{name} sent {}", unread(raw, why)),
            Some(
                Observed::Message(_)
                | Observed::Event { .. }
                | Observed::Status { .. }
                | Observed::Close { .. }
                | Observed::End { .. },
            )
            | None => format!("{name} sent a frame that is not drawn"),
        },
        Class::Closed => match observed {
            Some(Observed::Close { code, reason }) => {
                format!("{name} closed its connection {}", with_code(*code, reason))
            }
            Some(Observed::End { .. }) if channel == Channel::Events => format!("{name} left its event stream"),
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
