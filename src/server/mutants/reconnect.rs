//! What a user meets who comes back.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Content, Effect, Id, ServerMessage};
use crate::server::twist::each;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) static REDELIVERED: Deviation = Deviation {
    id: "M11",
    name: "redelivered-after-reconnect",
    about: "After a reconnect, a user gets the last delivered message again.",
    how: &[How::Twist(|_| {
        let mut last: BTreeMap<Arc<str>, Content> = BTreeMap::new();
        each(move |scene, delivery, out| match delivery.message() {
            Some(ServerMessage::Message { .. } | ServerMessage::Direct { .. }) => {
                for person in delivery.to.iter().filter_map(|&id| scene.machine.people().get(id)) {
                    last.insert(person.user.clone(), delivery.content.clone());
                }
                out.push(Effect::Deliver(delivery));
            }
            Some(ServerMessage::Connected { user }) => {
                let again = last.get(user).map(|content| {
                    let mut again = delivery.to(delivery.to.clone());
                    again.content = content.clone();
                    again
                });
                out.push(Effect::Deliver(delivery));
                out.extend(again.map(Effect::Deliver));
            }
            Some(_) | None => out.push(Effect::Deliver(delivery)),
        })
    })],
};

pub(super) static STALE_SUBSCRIPTION: Deviation = Deviation {
    id: "M18",
    name: "stale-subscription",
    about: "The subscription of an ended connection stays: after a reconnect, a user gets every message to a room \
            twice.",
    how: &[How::Twist(|_| {
        let mut known: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut back: BTreeSet<Id> = BTreeSet::new();
        each(move |_, delivery, out| {
            if let Some(ServerMessage::Connected { user }) = delivery.message()
                && !known.insert(user.clone())
            {
                back.extend(&delivery.to);
            }
            if delivery.is_room_message() {
                let twice: Vec<Id> = delivery.to.iter().copied().filter(|id| back.contains(id)).collect();
                out.push(Effect::Deliver(delivery.to(twice)));
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};
