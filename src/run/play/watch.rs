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
    /// All plays are over.
    Over(Vec<Played>),
}

/// Somebody who looks on while a scenario is played. Nothing depends on whether there is one.
#[derive(Clone)]
pub(in crate::run) struct Watch(pub mpsc::Sender<Told>);

impl Watch {
    pub(in crate::run) fn listens(&self, all: Vec<Listens>) {
        // As below.
        drop(self.0.send(Told::Listens(all)));
    }

    pub(super) fn tell(&self, entry: &Entry, stage: &Stage) {
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
        drop(self.0.send(Told::Passed(Passed { play: stage.judging.play, entry: entry.clone(), label })));
    }
}
