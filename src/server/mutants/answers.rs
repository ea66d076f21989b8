//! What a client gets back for what it does: answers, and how its connection ends.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Effect, ErrorCode, ServerMessage};
use crate::server::twist::{Scene, Twist, each};

pub(super) static NO_ANSWER: Deviation = Deviation {
    id: "M02",
    name: "no-answer-to-sender",
    about: "Requests take effect, but their sender never gets an answer (no error and no acknowledgement).",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            let stays = match (&delivery.audience, &delivery.content) {
                (Audience::Sender, Content::Message(message)) => {
                    matches!(message, ServerMessage::Connected { .. } | ServerMessage::Pong { .. })
                }
                _ => true,
            };
            if stays {
                out.push(Effect::Deliver(delivery));
            }
        })
    })],
};

pub(super) static UNKNOWN_TYPE_CLOSES: Deviation = Deviation {
    id: "M39",
    name: "unknown-type-closes",
    about: "A request of an unknown type is answered with Close 1008 and not with an error.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| match delivery.message() {
            Some(ServerMessage::Error { code: ErrorCode::UnknownType, .. }) => {
                let close = |&to| Effect::Close { to, code: Some(1008), echo: false };
                out.extend(delivery.to.iter().map(close));
            }
            Some(_) | None => out.push(Effect::Deliver(delivery)),
        })
    })],
};

pub(super) static WRONG_CLOSE_CODE: Deviation = Deviation {
    id: "M45",
    name: "wrong-close-code",
    about: "Every Close has the code 1011, both a Close of the server itself and the answer to a Close of a client.",
    how: &[How::Twist(|_| {
        Box::new(Endings(|effect| match effect {
            Effect::Close { to, echo, .. } => Effect::Close { to, code: Some(1011), echo },
            other => other,
        }))
    })],
};

pub(super) static ENDS_WITHOUT_CLOSE: Deviation = Deviation {
    id: "M52",
    name: "ends-without-close",
    about: "The server ends a connection without a Close where the protocol requires one.",
    how: &[How::Twist(|_| {
        Box::new(Endings(|effect| match effect {
            Effect::Close { to, .. } => Effect::End { to },
            other => other,
        }))
    })],
};

/// Changes how connections end.
struct Endings(fn(Effect) -> Effect);

impl Twist for Endings {
    fn rewrite(&mut self, _: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        effects.into_iter().map(self.0).collect()
    }
}
