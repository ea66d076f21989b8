//! What the oracle and whoever drives it say to each other.
//!
//! The driver owns sockets and clock; the oracle owns the meaning. The loop of a driver is:
//!
//! ```text
//! loop {
//!     match oracle.want(now) {
//!         Want::Play(ready)    play each (build its frames with oracle.memory(), send, oracle.sent(…); when an exchange
//!                              is complete, oracle.done(…)), in this order, at or after its `not_before`
//!         Want::Echo(clients)  each of them asks its echo; tell oracle.echoed(…) when one is answered
//!         Want::Wait(until)    read; tell oracle.received(…) of whatever comes; ask again after each, or at `until`
//!         Want::Quiet          find out that nothing more comes (telling whatever does come), then oracle.quiet(…)
//!         Want::Over           oracle.freeze() is the outcome; then tear down
//!     }
//! }
//! ```
//!
//! Whatever arrives at any time is told with `received` in the order of arrival; the oracle never asks for it. A driver
//! may be in the middle of an echo or of establishing quiet when something arrives: it tells it and asks `want` again.

use crate::diagram::OrderMode;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::Channel;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the driver should do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Play these arrows, in this order. Never empty.
    Play(Vec<Ready>),
    /// Ask the echo of these clients; the answers confirm what they sent. Who has no socket that is open is told as
    /// [`Oracle::cannot_echo`](super::Oracle::cannot_echo). Never empty.
    Echo(Vec<LifelineId>),
    /// Wait for something to arrive, or for an exchange to be complete, at most until then.
    Wait(Moment),
    /// Establish quiet: no answer is pending, and only its absence tells how to go on; or all is over.
    Quiet,
    /// Nothing is left to do: freeze.
    Over,
}

/// An arrow that the tool may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ready {
    /// The arrow.
    pub arrow: ArrowId,
    /// Which turn of its loops, as the oracle counts: hand it back as it is.
    pub turn: u32,
    /// Who plays it.
    pub lifeline: LifelineId,
    /// Towards whom.
    pub to: LifelineId,
    /// On which of its connections.
    pub channel: Channel,
    /// Not before this moment: a delay is drawn above it. In the past where there is none.
    pub not_before: Moment,
}

/// What the tool chose: by fragment and the turn of the loops around it, the operand (from 0) or the number of turns.
pub type Choices = BTreeMap<(u32, u32), u32>;

/// How a run is judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// When simulated clients send.
    pub order: OrderMode,
    /// How long an expected frame may take from its cause, drawn delays on top.
    pub timeout: Duration,
    /// The window of silence at the end.
    pub settle: Duration,
    /// Whether the binding has an echo.
    pub echo: bool,
    /// Drives the tool's choices.
    pub seed: u64,
    /// `--choose LINE=N`: the operand (from 1) or the number of turns at the fragment of that line.
    pub choose: Vec<(u32, u32)>,
    /// Which play of `--repeat` this is, from 0: choices go through the operands in turn.
    pub play: u32,
    /// A recorded trace is judged: what the tool chose in it, by fragment and turn, as operand (from 0) or number of turns.
    pub recorded: Option<Choices>,
    /// How many configurations there may be at once.
    pub cap: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            order: OrderMode::Diagram,
            timeout: Duration::from_secs(5),
            settle: Duration::from_secs(1),
            echo: false,
            seed: 0,
            choose: Vec::new(),
            play: 0,
            recorded: None,
            cap: 4096,
        }
    }
}
