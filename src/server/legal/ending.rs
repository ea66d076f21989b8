//! How connections end.

use crate::server::deviation::{Deviation, How};
use crate::server::machine::{Effect, Input, Timer};
use crate::server::twist::{Scene, Twist};
use fastrand::Rng;
use std::time::Duration;

pub(super) static CLOSE_ECHO: Deviation = Deviation {
    id: "L17",
    name: "close-echo",
    about: "A Close is answered with code 1000 or without a code, independently of its own code.",
    how: &[How::Twist(|seed| Box::new(Echo(Rng::with_seed(seed))))],
};

struct Echo(Rng);

impl Twist for Echo {
    fn rewrite(&mut self, _: &Scene<'_>, mut effects: Vec<Effect>) -> Vec<Effect> {
        for effect in &mut effects {
            if let Effect::Close { code, echo: true, .. } = effect {
                *code = self.0.bool().then_some(1000);
            }
        }
        effects
    }
}

pub(super) static GOING_AWAY: Deviation = Deviation {
    id: "L26",
    name: "going-away-when-idle",
    about: "If no client has sent anything for eight seconds, the server closes every connection with code 1001.",
    how: &[How::Twist(|_| Box::new(GoingAway { last: Duration::ZERO }))],
};

/// How long nobody says anything.
const IDLE: Duration = Duration::from_secs(8);

/// Remembers when somebody last said something. Every connection has a timer, so that the end of one is no matter.
struct GoingAway {
    last: Duration,
}

impl Twist for GoingAway {
    fn rewrite(&mut self, scene: &Scene<'_>, mut effects: Vec<Effect>) -> Vec<Effect> {
        match *scene.input {
            Input::Fired { on, timer: Timer::Odd } if scene.now < self.last + IDLE => {
                effects.push(Effect::Set { on, timer: Timer::Odd, at: self.last + IDLE });
            }
            Input::Fired { timer: Timer::Odd, .. } => {
                let close = |to| Effect::Close { to, code: Some(1001), echo: false };
                effects.extend(scene.everybody().into_iter().map(close));
                effects.extend(scene.machine.subscribers().into_iter().map(|to| Effect::End { to }));
            }
            Input::Request { on, .. } => {
                self.last = scene.now;
                effects.push(Effect::Set { on, timer: Timer::Odd, at: scene.now + IDLE });
            }
            Input::Text { .. } | Input::Body { .. } => self.last = scene.now,
            Input::Binary { .. }
            | Input::Broken { .. }
            | Input::Closed { .. }
            | Input::Ended { .. }
            | Input::Pong { .. }
            | Input::Stalled { .. }
            | Input::Fired { .. }
            | Input::Shutdown => {}
        }
        effects
    }
}
