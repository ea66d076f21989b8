//! What may come at any time and means nothing.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Delivery, Effect, Id, ServerMessage};
use crate::server::twist::{Twist, each};
use fastrand::Rng;

pub(super) static HEARTBEATS: Deviation = Deviation {
    id: "L04",
    name: "heartbeats",
    about: "About every second message has a `heartbeat` before it.",
    how: &[How::Twist(|seed| before(seed, Content::Message(ServerMessage::Heartbeat)))],
};

pub(super) static PINGS: Deviation = Deviation {
    id: "L11",
    name: "pings",
    about: "About every second message has a ping before it, and messages of more than 16 bytes have pings between \
            their frames.",
    how: &[
        How::Twist(|seed| before(seed, Content::Ping)),
        How::Style(|style| {
            style.fragment = Some(16);
            style.ping_inside = true;
        }),
    ],
};

pub(super) static PONGS: Deviation = Deviation {
    id: "L15",
    name: "unsolicited-pongs",
    about: "About every second message has an unsolicited pong before it.",
    how: &[How::Twist(|seed| before(seed, Content::Pong))],
};

/// Puts noise before what is said, but never before `connected`.
fn before(seed: u64, noise: Content) -> Box<dyn Twist> {
    let mut chance = Rng::with_seed(seed);
    each(move |_, delivery, out| {
        if !matches!(delivery.message(), Some(ServerMessage::Connected { .. })) {
            let to: Vec<Id> = delivery.to.iter().copied().filter(|_| chance.bool()).collect();
            out.push(Effect::Deliver(Delivery { to, audience: Audience::Transport, content: noise.clone() }));
        }
        out.push(Effect::Deliver(delivery));
    })
}
