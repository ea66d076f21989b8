//! The deadline for authentication, event streams, editing.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Effect, Event, ServerMessage, Timer};
use crate::server::twist::{Scene, Twist, each};
use std::sync::Arc;

pub(super) static NEVER_CLOSED: Deviation = Deviation {
    id: "M59",
    name: "unauthenticated-never-closed",
    about: "A connection may stay for ever without authentication.",
    how: &[How::Twist(|_| Box::new(NoDeadline))],
};

struct NoDeadline;

impl Twist for NoDeadline {
    fn rewrite(&mut self, _: &Scene<'_>, mut effects: Vec<Effect>) -> Vec<Effect> {
        effects.retain(|effect| !matches!(effect, Effect::Set { timer: Timer::Authentication, .. }));
        effects
    }
}

pub(super) static OTHER_TOPIC: Deviation = Deviation {
    id: "M62",
    name: "event-to-other-topic",
    about: "An event reaches the subscribers of every topic.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if let Audience::Topic(_) = delivery.audience {
                delivery.to = scene.machine.subscribers();
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static SKIPS_LAST_SUBSCRIBER: Deviation = Deviation {
    id: "M67",
    name: "last-subscriber-skipped",
    about: "The last subscriber of a topic does not get its events.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            if let Audience::Topic(_) = delivery.audience {
                delivery.to.pop();
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static CONSTANT_EVENT_ID: Deviation = Deviation {
    id: "M69",
    name: "constant-event-id",
    about: "Every event has the id 1.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            if let Content::Event(event) = &mut delivery.content {
                *event = Arc::new(Event { id: 1, ..Event::clone(event) });
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static NO_REPLAY: Deviation = Deviation {
    id: "M63",
    name: "no-replay",
    about: "`Last-Event-ID` is ignored: missed events are not sent again.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if !matches!((&delivery.audience, &delivery.content), (Audience::Sender, Content::Event(_))) {
                out.push(Effect::Deliver(delivery));
            }
        })
    })],
};

pub(super) static OWN_EDIT: Deviation = Deviation {
    id: "M65",
    name: "own-edit-back",
    about: "An editor gets its own edit as if another user had made it.",
    how: &[How::Twist(|_| {
        each(|scene, mut delivery, out| {
            if let Some(ServerMessage::Edited { .. }) = delivery.message() {
                delivery.to.extend(scene.input.on());
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};
