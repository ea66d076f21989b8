use super::machine::{Content, Delivery, Effect, Id, Input, Machine, ServerMessage};
use std::cell::Cell;
use std::time::Duration;

/// A server that behaves otherwise: it looks at what happens and at what the machine makes of it, and changes that.
///
/// Decided here, done elsewhere: a twist sees the machine only from outside, and speaks in the machine's own effects.
pub(crate) trait Twist: Send {
    /// Whether the machine gets to know of this at all.
    fn admits(&mut self, _scene: &Scene<'_>) -> bool {
        true
    }

    /// Changes what follows from the input. The machine is in the state after it.
    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect>;
}

/// What a twist sees.
pub(crate) struct Scene<'a> {
    /// The state: before the input in [`Twist::admits`], after it in [`Twist::rewrite`].
    pub machine: &'a Machine,
    /// What happened.
    pub input: &'a Input<'a>,
    /// Time since the server began.
    pub now: Duration,
    pub(super) tickets: &'a Cell<u64>,
}

impl Scene<'_> {
    /// A name for something to hold.
    pub fn ticket(&self) -> u64 {
        self.tickets.set(self.tickets.get() + 1);
        self.tickets.get()
    }

    /// Every user's connection.
    pub fn everybody(&self) -> Vec<Id> {
        self.machine.people().iter().map(|(id, _)| id).collect()
    }
}

/// A twist that looks at one delivery at a time and puts something in its place; other effects stay.
pub(super) struct EachDelivery<F>(F);

/// Makes a twist of what is to be put in the place of a delivery.
pub(super) fn each<F>(change: F) -> Box<dyn Twist>
where
    F: FnMut(&Scene<'_>, Delivery, &mut Vec<Effect>) + Send + 'static,
{
    Box::new(EachDelivery(change))
}

impl<F> Twist for EachDelivery<F>
where
    F: FnMut(&Scene<'_>, Delivery, &mut Vec<Effect>) + Send,
{
    fn rewrite(&mut self, scene: &Scene<'_>, effects: Vec<Effect>) -> Vec<Effect> {
        let mut out = Vec::with_capacity(effects.len() + 1);
        for effect in effects {
            match effect {
                Effect::Deliver(delivery) => (self.0)(scene, delivery, &mut out),
                other @ (Effect::Answer { .. }
                | Effect::Close { .. }
                | Effect::End { .. }
                | Effect::Cut { .. }
                | Effect::Set { .. }
                | Effect::Cancel { .. }
                | Effect::Hold { .. }
                | Effect::Release { .. }
                | Effect::Forget { .. }) => out.push(other),
            }
        }
        out
    }
}

/// Makes a twist that changes the messages of the protocol and nothing else.
pub(super) fn each_message<F>(mut change: F) -> Box<dyn Twist>
where
    F: FnMut(&mut ServerMessage) + Send + 'static,
{
    each(move |_, mut delivery, out| {
        if let Content::Message(message) = &mut delivery.content {
            change(message);
        }
        out.push(Effect::Deliver(delivery));
    })
}
