use super::Stage;
use crate::oracle::Namer as _;
use crate::order::LifelineId;
use crate::run::mock::Listens;
use crate::run::played::{Passed, Played};
use crate::trace::{Entry, Event};
use crate::wire::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

/// What the thread that plays says to the one that waits.
pub(in crate::run) enum Told {
    /// Something was recorded.
    Passed(Passed),
    /// Everything listens, at these addresses.
    Listens(Vec<Listens>),
    /// Plays that are over, and another follows.
    Played(Vec<Played>),
    /// All plays are over: those that were not told of.
    Over(Vec<Played>),
}

/// Somebody who looks on while a scenario is played. Nothing depends on whether there is one.
#[derive(Clone)]
pub(in crate::run) struct Watch {
    /// Who listens.
    pub tell: mpsc::Sender<Told>,
    /// What is wanted.
    pub wanted: Wanted,
    /// Plays that are over and not handed over yet.
    pub held: Arc<Mutex<Vec<Played>>>,
}

/// So many plays in virtual time are handed over together: to wake somebody for each would take half as long as a play.
const TOGETHER: usize = 32;

/// What somebody who looks on wants to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Wanted {
    /// Whatever is recorded.
    Entries,
    /// Each play when it is over.
    Plays,
}

impl Watch {
    pub(in crate::run) fn listens(&self, all: Vec<Listens>) {
        // As below.
        drop(self.tell.send(Told::Listens(all)));
    }

    /// Hands a play over, where plays are wanted one by one; gives it back else.
    pub(in crate::run) fn played(&self, played: Played, virtual_time: bool) -> Option<Played> {
        if self.wanted != Wanted::Plays {
            return Some(played);
        }
        let mut held = self.held();
        held.push(played);
        if !virtual_time || held.len() >= TOGETHER {
            self.hand_over(&mut held);
        }
        None
    }

    /// Hands over what is held.
    pub(in crate::run) fn over(&self) {
        self.hand_over(&mut self.held());
    }

    fn held(&self) -> MutexGuard<'_, Vec<Played>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over(&self, held: &mut Vec<Played>) {
        // Whoever looked on may have gone.
        drop(self.tell.send(Told::Played(std::mem::take(held))));
    }

    pub(super) fn tell(&self, entry: &Entry, stage: &Stage) {
        if self.wanted != Wanted::Entries {
            return;
        }
        let label = match &entry.event {
            Event::Sent { label, .. } => Some(label.to_string()),
            Event::Received { lifeline, from, observed, channel } => {
                let served = stage.plan.order().serves(LifelineId(*lifeline), LifelineId(*from));
                let sender = if served { Sender::Client } else { Sender::Server };
                stage.words.label(observed, *channel, sender)
            }
            Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. }
            | Event::Frozen => None,
        };
        // Whoever looked on may have gone; the play goes on.
        drop(self.tell.send(Told::Passed(Passed { play: stage.judging.play, entry: entry.clone(), label })));
    }
}
