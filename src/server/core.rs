use super::machine::{Audience, Content, Delivery, Effect, Id, Input, Machine, Timer};
use super::twist::{Scene, Twist};
use super::watch::Watched;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

/// The machine and whatever twists it: still pure.
pub(super) struct Core {
    machine: Machine,
    twists: Vec<Box<dyn Twist>>,
    /// What twists hold back, and for whom.
    held: BTreeMap<u64, (Id, Content)>,
    tickets: u64,
    watched: Option<Watched>,
}

impl Core {
    pub(super) fn new(machine: Machine, twists: Vec<Box<dyn Twist>>, watched: Option<Watched>) -> Self {
        Core { machine, twists, held: BTreeMap::new(), tickets: 0, watched }
    }

    /// As [`Machine::handle`]; of the effects that only twists have none is left.
    pub(super) fn handle(&mut self, now: Duration, input: &Input<'_>, effects: &mut Vec<Effect>) {
        if let Some(watched) = &mut self.watched {
            watched.happens(now, input);
        } else if self.twists.is_empty() {
            return self.machine.handle(now, input, effects);
        }
        if let Input::Fired { timer: Timer::Held(ticket), .. } = input {
            return self.send_held(now, *ticket, effects);
        }
        let tickets = Cell::new(self.tickets);
        for twist in &mut self.twists {
            if !twist.admits(&Scene { machine: &self.machine, input, now, tickets: &tickets }) {
                return;
            }
        }
        let mut fresh = Vec::new();
        self.machine.handle(now, input, &mut fresh);
        for twist in &mut self.twists {
            fresh = twist.rewrite(&Scene { machine: &self.machine, input, now, tickets: &tickets }, fresh);
        }
        self.tickets = tickets.get();
        for effect in fresh {
            self.settle(now, effect, effects);
        }
        if let Input::Ended { on } | Input::Closed { on, .. } = input {
            self.held.retain(|_, (to, _)| to != on);
        }
    }

    /// Turns what twists alone say into what the host knows.
    fn settle(&mut self, now: Duration, effect: Effect, effects: &mut Vec<Effect>) {
        if let Some(watched) = &mut self.watched {
            watched.does(now, None, &effect);
        }
        match effect {
            Effect::Hold { ticket, to, content, after } => {
                self.held.insert(ticket, (to, content));
                effects.push(Effect::Set { on: to, timer: Timer::Held(ticket), at: now + after });
            }
            Effect::Release { ticket } => {
                if let Some(&(on, _)) = self.held.get(&ticket) {
                    effects.push(Effect::Cancel { on, timer: Timer::Held(ticket) });
                    self.send_held(now, ticket, effects);
                }
            }
            Effect::Forget { ticket } => {
                if let Some((on, _)) = self.held.remove(&ticket) {
                    effects.push(Effect::Cancel { on, timer: Timer::Held(ticket) });
                }
            }
            Effect::Answer { .. }
            | Effect::Deliver(_)
            | Effect::Close { .. }
            | Effect::End { .. }
            | Effect::Cut { .. }
            | Effect::Set { .. }
            | Effect::Cancel { .. } => effects.push(effect),
        }
    }

    fn send_held(&mut self, now: Duration, ticket: u64, effects: &mut Vec<Effect>) {
        if let Some((to, content)) = self.held.remove(&ticket) {
            let effect = Effect::Deliver(Delivery { to: vec![to], audience: Audience::User, content });
            if let Some(watched) = &mut self.watched {
                watched.does(now, Some(ticket), &effect);
            }
            effects.push(effect);
        }
    }
}
