//! What was observed in one play: plain data, and the versioned file that keeps it.
//!
//! A trace is complete: judging it again ([`crate::oracle`]) needs the diagram and the binding, but no server, and gives
//! the same verdict, class and line.

mod aside;
pub mod file;
mod server;
mod stops;

pub use aside::{Aside, Content, Head, Purpose};
pub use server::Server;
pub use stops::Stops;

use crate::wire::{Channel, Observed, Raw, Reach};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Time since the start of the play, in nanoseconds of the clock that the play used (virtual or monotonic).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// So many nanoseconds after the start of the play.
    pub fn after(duration: Duration) -> Self {
        Moment(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    /// How long after `earlier` this is; zero where it is before.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This moment, so much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Moment(self.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// This moment, so much earlier; the start of the play where that is before it.
    #[must_use]
    pub fn less(self, duration: Duration) -> Self {
        Moment(self.0.saturating_sub(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// What kind of evidence says that nothing more comes; see `docs/semantics.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A window of real time passed.
    Timed,
    /// Two rounds of echoes.
    Echo,
    /// Virtual time was advanced through the window.
    Virtual,
    /// No client was connected any more, so that nothing could come.
    Nobody,
}

impl Evidence {
    /// The word that reports show.
    pub fn word(self) -> &'static str {
        match self {
            Evidence::Timed => "timed",
            Evidence::Echo => "echo",
            Evidence::Virtual => "virtual",
            Evidence::Nobody => "nobody",
        }
    }
}

/// One thing that happened. Lifelines are indices of the order, in the order of the diagram's participants after
/// `#@ clients` was unfolded; the file form names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When: for a send, the moment before the frame was handed to the socket; for an observation, after decoding.
    pub at: Moment,
    /// What.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A simulated lifeline played an arrow.
    Sent {
        /// Who sent.
        lifeline: u32,
        /// To whom.
        to: u32,
        /// On which of its connections.
        channel: Channel,
        /// The arrow, as an index of the order.
        arrow: u32,
        /// The label as drawn.
        label: Arc<str>,
        /// The frames; none where the arrow only opens or ends a connection.
        raw: Vec<Raw>,
    },
    /// A client observed something.
    Received {
        /// Who observed.
        lifeline: u32,
        /// From whom.
        from: u32,
        /// On which of its connections.
        channel: Channel,
        /// What.
        observed: Observed,
    },
    /// The exchange that an arrow began is complete: the handshake was accepted, the Close was answered.
    Done {
        /// Who began it.
        lifeline: u32,
        /// The arrow, as an index of the order.
        arrow: u32,
    },
    /// A client's echo was answered: everything that it sent before is handled.
    Echoed {
        /// Who asked.
        lifeline: u32,
    },
    /// Nothing more comes for now.
    Quiet {
        /// How that is known, for all connected clients together: the weakest of theirs.
        evidence: Evidence,
        /// How long it was listened after the last message, at least.
        listened: Duration,
        /// Clients whose evidence differs.
        weaker: Vec<(u32, Evidence)>,
    },
    /// The tool chose an operand (from 0) or a number of turns.
    Chose {
        /// The fragment, as an index of the order.
        fragment: u32,
        /// The turn of the loops around it.
        turn: u32,
        /// Operand, or turns.
        choice: u32,
    },
    /// A hole took a value outside the drawn arrows: by a login, a preamble, a step of an exchange.
    Learned {
        /// On whose connection; a number that no lifeline has where it was before any connected.
        lifeline: u32,
        /// The hole.
        hole: Arc<str>,
        /// Its value.
        value: Value,
        /// Who knows it from now on.
        reach: Reach,
    },
    /// The last entry that is judged: what follows is teardown.
    Frozen,
}

/// What a client observed, as [`Event::Received`] has it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Who observed.
    pub lifeline: u32,
    /// From whom.
    pub from: u32,
    /// On which of its connections.
    pub channel: Channel,
    /// What.
    pub observed: &'a Observed,
}

impl Event {
    /// What a client observed; none for everything else.
    pub fn received(&self) -> Option<Received<'_>> {
        match self {
            Event::Received { lifeline, from, channel, observed } => {
                Some(Received { lifeline: *lifeline, from: *from, channel: *channel, observed })
            }
            Event::Sent { .. }
            | Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. }
            | Event::Frozen => None,
        }
    }

    /// The arrow that a simulated lifeline played, as an index of the order; none for everything else.
    pub fn sent(&self) -> Option<u32> {
        match self {
            Event::Sent { arrow, .. } => Some(*arrow),
            Event::Received { .. }
            | Event::Done { .. }
            | Event::Echoed { .. }
            | Event::Quiet { .. }
            | Event::Chose { .. }
            | Event::Learned { .. }
            | Event::Frozen => None,
        }
    }
}
