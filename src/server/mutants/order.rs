//! In which order something comes.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Content, Delivery, Effect, Id, ServerMessage};
use crate::server::twist::{Scene, Twist, each};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) static FLUSHED_LAST_FIRST: Deviation = Deviation {
    id: "M19",
    name: "flushed-last-first",
    about: "If two messages wait for the same client within 20 ms, the later one is sent first.",
    how: &[How::Twist(|_| Shuffle::make(Duration::from_millis(20), Whom::All, By::Message))],
};

pub(super) static OVERTAKEN: Deviation = Deviation {
    id: "M21",
    name: "delivery-overtaken",
    about: "A message to a room is held for up to 50 ms, and other messages to the same client overtake it.",
    how: &[How::Twist(|_| Shuffle::make(Duration::from_millis(50), Whom::All, By::Anything))],
};

pub(super) static GREETING_FIRST: Deviation = Deviation {
    id: "M22",
    name: "greeting-before-connected",
    about: "The first message on a connection is a welcome, and `connected` is the second.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if let Some(ServerMessage::Connected { user }) = delivery.message() {
                let mut greeting = delivery.to(delivery.to.clone());
                greeting.content = Content::Json(json!({"type": "welcome", "user": &**user}));
                out.push(Effect::Deliver(greeting));
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static DIFFERENT_ORDERS: Deviation = Deviation {
    id: "M23",
    name: "different-orders",
    about: "If two messages to a room come within 20 ms, every second member gets the later one first.",
    how: &[How::Twist(|_| Shuffle::make(Duration::from_millis(20), Whom::EverySecond, By::Message))],
};

/// Whose messages are held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    All,
    EverySecond,
}

/// What overtakes a message that is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Message,
    Anything,
}

/// Holds a message to a room until something comes that may overtake it, or for a while. Whatever may not overtake it
/// sends it off first; a pong is among these, so that the order alone is wrong and the proof of quiet is sound.
struct Shuffle {
    window: Duration,
    whom: Whom,
    by: By,
    held: BTreeMap<Id, Held>,
}

struct Held {
    ticket: u64,
    until: Duration,
}

impl Shuffle {
    fn make(window: Duration, whom: Whom, by: By) -> Box<dyn Twist> {
        Box::new(Shuffle { window, whom, by, held: BTreeMap::new() })
    }

    fn may_overtake(&self, delivery: &Delivery) -> bool {
        match self.by {
            By::Message => delivery.is_room_message(),
            By::Anything => !matches!(delivery.message(), Some(ServerMessage::Pong { .. })),
        }
    }

    fn deliver(&mut self, scene: &Scene<'_>, delivery: &Delivery, index: usize, to: Id, out: &mut Vec<Effect>) {
        let one = Effect::Deliver(delivery.to(vec![to]));
        match self.held.remove(&to).filter(|held| scene.now < held.until) {
            Some(held) if self.may_overtake(delivery) => out.extend([one, Effect::Release { ticket: held.ticket }]),
            Some(held) => out.extend([Effect::Release { ticket: held.ticket }, one]),
            None if delivery.is_room_message() && (self.whom == Whom::All || index % 2 == 1) => {
                let ticket = scene.ticket();
                self.held.insert(to, Held { ticket, until: scene.now + self.window });
                out.push(Effect::Hold { ticket, to, content: delivery.content.clone(), after: self.window });
            }
            None => out.push(one),
        }
    }
}

impl Twist for Shuffle {
    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        let mut out = Vec::new();
        for effect in effects {
            match effect {
                Effect::Deliver(delivery) => {
                    for (index, &to) in delivery.to.iter().enumerate() {
                        self.deliver(scene, &delivery, index, to, &mut out);
                    }
                }
                Effect::Close { to, .. } | Effect::End { to } => {
                    let held = self.held.remove(&to);
                    out.extend(held.map(|held| Effect::Release { ticket: held.ticket }));
                    out.push(effect);
                }
                Effect::Answer { .. }
                | Effect::Cut { .. }
                | Effect::Set { .. }
                | Effect::Cancel { .. }
                | Effect::Hold { .. }
                | Effect::Release { .. }
                | Effect::Forget { .. } => out.push(effect),
            }
        }
        out
    }
}
