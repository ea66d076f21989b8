//! Who is seen to type.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Content, Delivery, Effect, Input, ServerMessage, Timer, TypingState};
use crate::server::twist::{Scene, Twist, each};

pub(super) static NEVER_STOPS: Deviation = Deviation {
    id: "M56",
    name: "typing-never-stops",
    about: "The other users are not told that a user stopped typing.",
    how: &[How::Twist(|_| {
        each(|_, delivery, out| {
            if !matches!(delivery.message(), Some(ServerMessage::Typing { state: TypingState::Stop, .. })) {
                out.push(Effect::Deliver(delivery));
            }
        })
    })],
};

pub(super) static STOPS_AT_ONCE: Deviation = Deviation {
    id: "M57",
    name: "typing-stops-at-once",
    about: "The announcement that a user types is followed at once by the announcement that the user stopped.",
    how: &[How::Twist(|_| {
        each(|_, mut delivery, out| {
            let began = matches!(delivery.message(), Some(ServerMessage::Typing { state: TypingState::Start, .. }));
            if began {
                out.push(Effect::Deliver(delivery.clone()));
                if let Content::Message(ServerMessage::Typing { state, .. }) = &mut delivery.content {
                    *state = TypingState::Stop;
                }
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static EVERY_START_ANNOUNCED: Deviation = Deviation {
    id: "M58",
    name: "typing-start-repeated",
    about: "Every `start` within a burst of typing is announced again.",
    how: &[How::Twist(|_| Box::new(EveryStart))],
};

/// A `start` within a burst sets the timer anew and says nothing: that is how it is told from the first.
struct EveryStart;

impl Twist for EveryStart {
    fn rewrite(&mut self, scene: &Scene<'_>, mut effects: Vec<Effect>) -> Vec<Effect> {
        let extends = matches!(scene.input, Input::Text { .. })
            && effects.iter().all(|effect| !matches!(effect, Effect::Deliver(_)))
            && effects.iter().any(|effect| matches!(effect, Effect::Set { timer: Timer::Typing, .. }));
        let typist = scene.input.on().and_then(|on| Some((on, scene.machine.people().get(on)?)));
        if let (true, Some((on, person))) = (extends, typist)
            && let Some(room) = person.typing.clone()
        {
            effects.push(Effect::Deliver(Delivery {
                to: scene.machine.people().others(&room, on),
                audience: Audience::Room(room.clone()),
                content: Content::Message(ServerMessage::Typing {
                    user: person.user.clone(),
                    room,
                    state: TypingState::Start,
                }),
            }));
        }
        effects
    }
}
