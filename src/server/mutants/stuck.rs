//! Servers that stand still.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Delivery, Effect, Id, Input, Timer};
use crate::server::twist::{Scene, Twist};
use std::collections::BTreeSet;

pub(super) static SLOW_READER_BLOCKS: Deviation = Deviation {
    id: "M48",
    name: "slow-reader-blocks",
    about: "While one member of a room does not read, no member of the room gets anything.",
    how: &[How::Twist(|_| Box::<Blocked>::default())],
};

/// What waits for slow readers.
#[derive(Default)]
struct Blocked {
    slow: BTreeSet<Id>,
    waiting: Vec<Delivery>,
}

impl Blocked {
    fn is_blocked(&self, scene: &Scene<'_>, delivery: &Delivery) -> bool {
        match &delivery.audience {
            Audience::Room(room) => scene.machine.people().members(room).any(|id| self.slow.contains(&id)),
            Audience::Sender | Audience::User | Audience::Neighbours | Audience::Topic(_) | Audience::Transport => {
                false
            }
        }
    }
}

impl Twist for Blocked {
    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        match *scene.input {
            Input::Stalled { on, now: true } => {
                self.slow.insert(on);
            }
            Input::Stalled { on, now: false } | Input::Ended { on } => {
                self.slow.remove(&on);
            }
            _ => {}
        }
        // What waited goes first.
        let waiting = std::mem::take(&mut self.waiting).into_iter().map(Effect::Deliver);
        let mut out = Vec::new();
        for effect in waiting.chain(effects) {
            match effect {
                Effect::Deliver(delivery) if self.is_blocked(scene, &delivery) => self.waiting.push(delivery),
                other => out.push(other),
            }
        }
        out
    }
}

pub(super) static HANGS: Deviation = Deviation {
    id: "M49",
    name: "hangs-after-messages",
    about: "After three messages to rooms, the server handles no more messages of clients.",
    how: &[How::Twist(|_| Box::new(Hangs { left: 3 }))],
};

/// Counts messages to rooms; then it is deaf to those who are connected.
struct Hangs {
    left: u32,
}

impl Twist for Hangs {
    fn admits(&mut self, scene: &Scene<'_>) -> bool {
        self.left > 0
            || match scene.input {
                Input::Request { .. } | Input::Body { .. } | Input::Ended { .. } | Input::Shutdown => true,
                Input::Fired { timer, .. } => !matches!(timer, Timer::Typing),
                Input::Text { .. }
                | Input::Binary { .. }
                | Input::Broken { .. }
                | Input::Closed { .. }
                | Input::Pong { .. }
                | Input::Stalled { .. } => false,
            }
    }

    fn rewrite(&mut self, _: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        let said = |effect: &&Effect| matches!(effect, Effect::Deliver(delivery) if delivery.is_room_message());
        self.left = self.left.saturating_sub(u32::try_from(effects.iter().filter(said).count()).unwrap_or(u32::MAX));
        effects
    }
}
