//! Who is said to have read what.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Delivery, Effect, ServerMessage};
use crate::server::twist::{each, each_message};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) static WRONG_MESSAGE: Deviation = Deviation {
    id: "M28",
    name: "receipt-for-wrong-message",
    about: "A receipt names the message before the one that was read (for the first message, the next one).",
    how: &[How::Twist(|_| {
        each_message(|message| {
            if let ServerMessage::Read { id, .. } = message {
                *id = if *id > 1 { *id - 1 } else { *id + 1 };
            }
        })
    })],
};

pub(super) static READ_ON_DELIVERY: Deviation = Deviation {
    id: "M37",
    name: "read-on-delivery",
    about: "A message counts as read as soon as it is delivered.",
    how: &[How::Twist(|_| {
        let mut said: BTreeSet<(Arc<str>, u64)> = BTreeSet::new();
        each(move |scene, delivery, out| {
            let mut receipts = Vec::new();
            match delivery.message() {
                Some(ServerMessage::Message { id, .. } | ServerMessage::Direct { id, .. }) => {
                    for person in delivery.to.iter().filter_map(|&to| scene.machine.people().get(to)) {
                        said.insert((person.user.clone(), *id));
                        receipts.push(Effect::Deliver(Delivery {
                            to: scene.input.on().into_iter().collect(),
                            audience: Audience::User,
                            content: Content::Message(ServerMessage::Read { user: person.user.clone(), id: *id }),
                        }));
                    }
                }
                Some(ServerMessage::Read { user, id }) if said.contains(&(user.clone(), *id)) => return,
                Some(_) | None => {}
            }
            out.push(Effect::Deliver(delivery));
            out.extend(receipts);
        })
    })],
};
