//! Who is seen to come and to go.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Delivery, Effect, GENERAL, Input, ServerMessage};
use crate::server::twist::{Scene, Twist, each};
use std::sync::Arc;

pub(super) static LEFT_NEVER_SENT: Deviation = Deviation {
    id: "M05",
    name: "left-never-sent",
    about: "The other users are not told that a user left a room or disconnected.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if !matches!(delivery.message(), Some(ServerMessage::Left { .. })) {
                out.push(Effect::Deliver(delivery));
            }
        })
    })],
};

pub(super) static JOINED_NEVER_SENT: Deviation = Deviation {
    id: "M06",
    name: "joined-never-sent",
    about: "The other users are not told that a user joined.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if !matches!(delivery.message(), Some(ServerMessage::Joined { .. })) {
                out.push(Effect::Deliver(delivery));
            }
        })
    })],
};

pub(super) static LEFT_TWICE: Deviation = Deviation {
    id: "M10",
    name: "left-twice-after-drop",
    about: "If a connection ends without Close, the other users are told twice.",
    how: &[How::Twist(|_| {
        each(|scene, delivery, out| {
            if let (Audience::Neighbours, Input::Ended { .. }) = (&delivery.audience, scene.input) {
                out.push(Effect::Deliver(delivery.clone()));
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static JOINED_TO_JOINER: Deviation = Deviation {
    id: "M15",
    name: "joined-to-joiner",
    about: "A user who joins a room gets the announcement of this join too.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if let Some(ServerMessage::Joined { .. }) = delivery.message() {
                delivery.to.extend(scene.input.on());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static JOINED_AT_CONNECT: Deviation = Deviation {
    id: "M35",
    name: "joined-at-connect",
    about: "When a user connects, the server announces that the user has joined the default room.",
    how: &[How::Twist(|_| {
        each(|scene, delivery, out| {
            let joined = match (delivery.message(), scene.input.on()) {
                (Some(ServerMessage::Connected { user }), Some(on)) => Some(Delivery {
                    to: scene.machine.people().others(GENERAL, on),
                    audience: Audience::Room(Arc::from(GENERAL)),
                    content: Content::Message(ServerMessage::Joined { user: user.clone(), room: Arc::from(GENERAL) }),
                }),
                _ => None,
            };
            out.push(Effect::Deliver(delivery));
            out.extend(joined.map(Effect::Deliver));
        })
    })],
};

pub(super) static DROP_NOT_NOTICED: Deviation = Deviation {
    id: "M46",
    name: "drop-not-noticed",
    about: "A connection that ends without Close counts as connected for ever: there is no `left`, and the id stays \
            in use.",
    how: &[How::Twist(|_| Box::new(DropNotNoticed))],
};

struct DropNotNoticed;

impl Twist for DropNotNoticed {
    fn admits(&mut self, scene: &Scene<'_>) -> bool {
        !is_drop(scene)
    }

    fn rewrite(&mut self, _: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        effects
    }
}

pub(super) static DROP_ENDS_SERVER: Deviation = Deviation {
    id: "M47",
    name: "drop-ends-server",
    about: "The first connection that ends without Close ends the server: all other connections are cut.",
    how: &[How::Twist(|_| Box::new(DropEndsServer { over: false, dropping: false }))],
};

struct DropEndsServer {
    over: bool,
    dropping: bool,
}

impl Twist for DropEndsServer {
    fn admits(&mut self, scene: &Scene<'_>) -> bool {
        self.dropping = is_drop(scene);
        !self.over
    }

    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        if !self.dropping {
            return effects;
        }
        self.over = true;
        let all = scene.everybody().into_iter().chain(scene.machine.subscribers());
        all.map(|to| Effect::Cut { to }).collect()
    }
}

/// Whether the input, not handled yet, is the end of a user's connection without Close.
fn is_drop(scene: &Scene<'_>) -> bool {
    matches!(scene.input, Input::Ended { on } if scene.machine.people().get(*on).is_some())
}
