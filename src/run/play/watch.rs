use super::Stage;
use crate::run::mock::Listens;
use crate::run::played::{Passed, Played};
use crate::trace::{Entry, Event};
use std::sync::mpsc;

/// What the thread that plays says to the one that waits.
pub(in crate::run) enum Told {
    /// Something was recorded.
    Passed(Passed),
    /// Everything listens, at these addresses.
    Listens(Vec<Listens>),
    /// A play is over, and another follows.
    Played(Box<Played>),
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
}

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
    pub(in crate::run) fn played(&self, played: Played) -> Option<Played> {
        if self.wanted != Wanted::Plays {
            return Some(played);
        }
        drop(self.tell.send(Told::Played(Box::new(played))));
        None
    }

    pub(super) fn tell(&self, entry: &Entry, stage: &Stage) {
        if self.wanted != Wanted::Entries {
            return;
        }
        let label = match &entry.event {
            Event::Sent { label, .. } => Some(label.to_string()),
            Event::Received { observed, channel, .. } => {
                stage.words.binding().name_of(observed, *channel).map(|name| name.label)
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
