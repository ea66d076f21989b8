use super::mock::Listening;
use super::stop::Stop;
use crate::diagram::{Diagram, OrderMode};
use crate::order::Casting;
use crate::process::Guard;
use crate::source::Trust;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How a scenario is played. Every `None` is left to the scenario's own `#@` lines, and then to the default.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How long an expected frame may take. Default: 5 s.
    pub timeout: Option<Duration>,
    /// How long a connection may take. Default: 5 s.
    pub connect_timeout: Option<Duration>,
    /// The window of silence at the end, at least. Default: 1 s, and a fraction of it where nobody asks and time is real.
    pub settle: Option<Duration>,
    /// How long one play may take, in real time. Default: 60 s.
    pub total: Option<Duration>,
    /// How many bytes one play may record, about. Default: 64 MiB.
    pub max_record: Option<u64>,
    /// When simulated clients send.
    pub order: Option<OrderMode>,
    /// What the tool's choices and whatever else is random follow. Default: 0.
    pub seed: Option<u64>,
    /// `--choose LINE=N`: the operand (from 1) or number of turns at the fragment of that line.
    pub choose: Vec<(u32, u32)>,
    /// How many plays, against one instance of the server. 0 is 1.
    pub repeat: u32,
    /// Who is simulated, who is tested.
    pub casting: Casting,
    /// Values for `${name}`.
    pub vars: BTreeMap<String, String>,
    /// The names of those values that must reach no output.
    pub secret: BTreeSet<String>,
    /// Values for `{env.NAME}` of a binding; it takes those for which it asks, and all that it takes are secrets.
    pub env: BTreeMap<String, String>,
    /// Whose files may run programs, and tell others what they are not drawn to tell.
    pub trust: Trust,
    /// What ends the programs that a binding runs, however this process ends.
    pub guard: Guard,
    /// How the lifelines listen that are simulated and dialled.
    pub listen: Option<Listening>,
    /// What ends the plays before they are through.
    pub stop: Stop,
    /// Nothing is played: a trace is judged, which runs no program.
    pub recorded: bool,
    /// Objects of received frames are closed: no member that the binding does not name.
    pub closed: bool,
    /// Patterns of frames that are not judged; `*` is every frame that is not drawn.
    pub ignore: Vec<String>,
}

/// The options of one scenario, nothing left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// How long an expected frame may take.
    pub timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// The window of silence at the end.
    pub settle: Duration,
    /// Whether anybody has asked for that window: then it is a lower bound on every transport.
    pub settle_asked: bool,
    /// How long one play may take, in real time.
    pub total: Duration,
    /// How many bytes one play may record, about.
    pub max_record: u64,
    /// When simulated clients send.
    pub order: OrderMode,
    /// What everything random follows.
    pub seed: u64,
    /// How many plays.
    pub plays: u32,
}

impl Options {
    /// With what the diagram says of itself, and defaults.
    pub fn settle_for(&self, diagram: &Diagram) -> Settled {
        let said = diagram.effective_settings();
        Settled {
            timeout: self.timeout.or(said.timeout).unwrap_or(Duration::from_secs(5)),
            connect_timeout: self.connect_timeout.unwrap_or(Duration::from_secs(5)),
            settle: self.settle.or(said.settle).unwrap_or(Duration::from_secs(1)),
            settle_asked: self.settle.or(said.settle).is_some(),
            total: self.total.unwrap_or(Duration::from_secs(60)),
            max_record: self.max_record.unwrap_or(64 << 20),
            order: self.order.or(said.order).unwrap_or(OrderMode::Diagram),
            seed: self.seed.or(said.seed).unwrap_or(0),
            plays: self.repeat.max(1),
        }
    }
}
