//! When something comes, if it still does.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Content, Effect, Id, Input};
use crate::server::twist::{Scene, Twist, each};
use std::collections::BTreeMap;
use std::time::Duration;

/// Later than any usual deadline for an answer, and not by chance.
const AFTER_THE_DEADLINE: Duration = Duration::from_secs(8);

pub(super) static PENDING_DROPPED: Deviation = Deviation {
    id: "M04",
    name: "pending-dropped-on-disconnect",
    about: "Every message is sent 100 ms late, and pending messages of a client are lost when it disconnects.",
    how: &[How::Twist(|_| Box::<Pending>::default())],
};

pub(super) static AFTER_DEADLINE: Deviation = Deviation {
    id: "M36",
    name: "delivery-after-deadline",
    about: "A message to a room is delivered eight seconds late.",
    how: &[How::Twist(|_| {
        each(|scene, delivery, out| {
            if !delivery.is_room_message() {
                return out.push(Effect::Deliver(delivery));
            }
            for &to in &delivery.to {
                let content = delivery.content.clone();
                out.push(Effect::Hold { ticket: scene.ticket(), to, content, after: AFTER_THE_DEADLINE });
            }
        })
    })],
};

pub(super) static DUPLICATE_LATER: Deviation = Deviation {
    id: "M38",
    name: "duplicate-ten-seconds-later",
    about: "A message to a room is delivered again after ten seconds.",
    how: &[How::Twist(|_| {
        each(|scene, delivery, out| {
            if delivery.is_room_message() {
                for &to in &delivery.to {
                    let (ticket, content) = (scene.ticket(), delivery.content.clone());
                    out.push(Effect::Hold { ticket, to, content, after: Duration::from_secs(10) });
                }
            }
            out.push(Effect::Deliver(delivery));
        })
    })],
};

/// How long everything waits.
const PENDING: Duration = Duration::from_millis(100);

/// What waits, by ticket: for whom, and from whom where it is lost with its sender. Everything waits the same time, so
/// that nothing overtakes anything.
#[derive(Default)]
struct Pending {
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    to: Id,
    from: Option<Id>,
    until: Duration,
}

impl Pending {
    fn tickets(&self, of: impl Fn(&Waiting) -> bool) -> Vec<u64> {
        self.waiting.iter().filter(|(_, waiting)| of(waiting)).map(|(ticket, _)| *ticket).collect()
    }
}

impl Twist for Pending {
    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        self.waiting.retain(|_, waiting| scene.now < waiting.until);
        let mut out = Vec::new();
        if let Input::Closed { on, .. } | Input::Ended { on } = *scene.input {
            let lost = self.tickets(|waiting| waiting.from == Some(on));
            out.extend(lost.into_iter().map(|ticket| Effect::Forget { ticket }));
        }
        for effect in effects {
            match effect {
                // An event stream has no clock of its own.
                Effect::Deliver(delivery) if matches!(delivery.content, Content::Event(_)) => {
                    out.push(Effect::Deliver(delivery));
                }
                Effect::Deliver(delivery) => {
                    let from = scene.input.on().filter(|_| delivery.is_room_message());
                    for &to in &delivery.to {
                        let ticket = scene.ticket();
                        self.waiting.insert(ticket, Waiting { to, from, until: scene.now + PENDING });
                        out.push(Effect::Hold { ticket, to, content: delivery.content.clone(), after: PENDING });
                    }
                }
                Effect::Close { to, .. } | Effect::End { to } => {
                    let due = self.tickets(|waiting| waiting.to == to);
                    out.extend(due.into_iter().map(|ticket| Effect::Release { ticket }));
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
