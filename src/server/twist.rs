use super::machine::{Effect, Id, Input, Machine};
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
