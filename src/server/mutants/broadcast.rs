//! Who gets a broadcast, and how often.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Effect, Id, ServerMessage};
use crate::server::twist::each;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) static SKIPS_LAST: Deviation = Deviation {
    id: "M01",
    name: "broadcast-skips-last",
    about: "The last receiver of a broadcast gets nothing.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            if let Audience::Room(_) = delivery.audience {
                delivery.to.pop();
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static EVERY_SECOND_LOST: Deviation = Deviation {
    id: "M03",
    name: "every-second-lost",
    about: "Every second message to a room is lost.",
    how: &[How::Twist(|_| {
        let mut odd = false;
        each(move |_, delivery, out| {
            if delivery.is_room_message() {
                odd = !odd;
                if !odd {
                    return;
                }
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static TWICE: Deviation = Deviation {
    id: "M08",
    name: "broadcast-twice",
    about: "A message to a room is delivered twice to every receiver.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if delivery.is_room_message() {
                out.push(Effect::Deliver(delivery.clone()));
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static ECHOED: Deviation = Deviation {
    id: "M12",
    name: "echo-to-sender",
    about: "The sender of a message to a room gets the message too.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if delivery.is_room_message() {
                delivery.to.extend(scene.input.on());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static IGNORES_ROOMS: Deviation = Deviation {
    id: "M13",
    name: "ignores-rooms",
    about: "A message to a room reaches every user, also users outside the room.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if delivery.is_room_message() {
                delivery.to = others(scene.everybody(), scene.input.on());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static DIRECT_TO_ALL: Deviation = Deviation {
    id: "M14",
    name: "direct-to-all",
    about: "A direct message reaches every user except its author.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if let Some(ServerMessage::Direct { .. }) = delivery.message() {
                delivery.to = others(scene.everybody(), scene.input.on());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static STILL_AFTER_LEAVE: Deviation = Deviation {
    id: "M17",
    name: "delivers-after-leave",
    about: "A user who has left a room with `leave` still gets its messages.",
    how: &[How::Twist(|_| {
        let mut parted: BTreeMap<Arc<str>, BTreeSet<Id>> = BTreeMap::new();
        each(move |scene, mut delivery, out| {
            match delivery.message() {
                Some(ServerMessage::Left { room: Some(room), .. }) => {
                    parted.entry(room.clone()).or_default().extend(scene.input.on());
                }
                Some(ServerMessage::Message { room, .. }) => {
                    let gone = parted.get(room).into_iter().flatten().copied();
                    let gone: Vec<Id> = gone.filter(|id| !delivery.to.contains(id)).collect();
                    delivery.to.extend(others(gone, scene.input.on()));
                }
                Some(_) | None => {}
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

fn others(all: Vec<Id>, but: Option<Id>) -> Vec<Id> {
    all.into_iter().filter(|id| Some(*id) != but).collect()
}
