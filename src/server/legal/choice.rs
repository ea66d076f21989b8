//! What the protocol leaves to the server.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Audience, Effect};
use crate::server::twist::{Scene, Twist, each};
use fastrand::Rng;
use std::time::Duration;

pub(super) static RECIPIENTS_ANY_ORDER: Deviation = Deviation {
    id: "L01",
    name: "recipients-in-any-order",
    about: "The receivers of a broadcast get it in a different order each time.",
    how: &[How::Twist(|seed| {
        let mut chance = Rng::with_seed(seed);
        each(move |_, mut delivery, out| {
            chance.shuffle(&mut delivery.to);
            out.push(Effect::Deliver(delivery));
        })
    })],
};

pub(super) static ANSWER_AFTER_BROADCAST: Deviation = Deviation {
    id: "L02",
    name: "answer-after-broadcast",
    about: "The answer to the sender comes after the messages that its request causes for other clients.",
    how: &[How::Twist(|_| Box::new(AnswersLast))],
};

struct AnswersLast;

impl Twist for AnswersLast {
    fn rewrite(&mut self, _: &Scene<'_>, mut effects: Vec<Effect>) -> Vec<Effect> {
        // Only deliveries change places, and only with one another: a Close stays behind all of them.
        let is_delivery = |effect: &Effect| matches!(effect, Effect::Deliver(_));
        let is_answer =
            |effect: &Effect| matches!(effect, Effect::Deliver(delivery) if delivery.audience == Audience::Sender);
        for run in effects.chunk_by_mut(|a, b| is_delivery(a) && is_delivery(b)) {
            run.sort_by_key(is_answer);
        }
        effects
    }
}

pub(super) static IDS_WITH_GAPS: Deviation = Deviation {
    id: "L08",
    name: "ids-with-gaps",
    about: "Message ids start at 41,000 and have gaps.",
    how: &[How::Policy(|policy| {
        policy.first_id = 41_000;
        policy.id_stride = 7;
    })],
};

pub(super) static RESPONSE_AFTER_PUSH: Deviation = Deviation {
    id: "L21",
    name: "response-after-push",
    about: "`publish` is answered 50 ms after the event was pushed.",
    how: &[How::Policy(|policy| policy.publish_delay = Duration::from_millis(50))],
};
