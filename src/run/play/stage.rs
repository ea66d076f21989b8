//! What a play is given: plain values, and the doors that plays share.

use super::callers::Answers;
use super::open::Drawn;
use super::watch::Watch;
use crate::listen::Door;
use crate::net::{Frames, Route};
use crate::oracle::{self, Plan};
use crate::order::LifelineId;
use crate::run::company::Company;
use crate::run::options::Settled;
use crate::run::words::Words;
use crate::wire::Bind;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// What a play needs.
pub(in crate::run) struct Stage {
    /// What is judged.
    pub plan: Arc<Plan>,
    /// What labels are on the wire.
    pub words: Words,
    /// The statuses that the diagram draws.
    pub drawn: Arc<Drawn>,
    /// How to get to each tested lifeline that is dialled, and what `{target}` is for it.
    pub routes: Vec<Place>,
    /// Where the lifelines listen that clients under test dial.
    pub doors: Vec<OwnDoor>,
    /// What callers are drawn to be answered.
    pub answers: Arc<Answers>,
    /// How long the first caller is waited for.
    pub wait: Duration,
    /// The command that was started when everything listened.
    pub company: Option<Company>,
    /// Deadlines.
    pub settled: Settled,
    /// How the oracle judges.
    pub judging: oracle::Options,
    /// Whether nothing leaves this process, so that the clock is paused.
    pub virtual_time: bool,
    /// Whether no play follows on these servers.
    pub last: bool,
    /// What `[setup]` gave.
    pub learned: Vec<Bind>,
    /// What `{run}` stands for.
    pub run: String,
    /// What `{run.mark}` stands for.
    pub mark: String,
    /// What `{uuid}` follows from.
    pub entropy: u64,
    /// What `{now}` stands for at the beginning, in milliseconds since 1970.
    pub epoch_millis: u64,
    /// Who looks on.
    pub watch: Option<Watch>,
}

/// Where a tested lifeline is.
pub(in crate::run) struct Place {
    /// The lifeline.
    pub server: LifelineId,
    /// How to get there.
    pub route: Route,
    /// What `{target}` is for it.
    pub base: String,
    /// How messages are framed, where it is a plain stream of bytes.
    pub frames: Option<Frames>,
    /// Messages are requests, where the binding knows how.
    pub posts: bool,
}

/// A door of a lifeline that the tool serves.
pub(in crate::run) struct OwnDoor {
    /// Whose it is.
    pub server: LifelineId,
    /// The door; plays one after the other share it.
    pub door: Rc<RefCell<Door>>,
    /// Its address: `ws://HOST:PORT`.
    pub base: String,
    /// How messages are framed, where it is for plain streams of bytes.
    pub frames: Option<Frames>,
    /// A client in this process dials through it, for this play alone.
    pub attended: bool,
}

impl OwnDoor {
    /// Whether a client in this process may still dial through it.
    pub(in crate::run) fn is_attended(&self) -> bool {
        self.attended && !self.door.borrow().is_left()
    }

    /// The same door, for another play.
    pub(in crate::run) fn again(&self) -> OwnDoor {
        let (door, base) = (self.door.clone(), self.base.clone());
        OwnDoor { server: self.server, door, base, frames: self.frames, attended: self.attended }
    }
}
