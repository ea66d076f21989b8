use super::host::Hosting;
use super::tally::Tally;
use crate::net::{Begun, HttpRequest, Part, Ticket};
use crate::oracle::Ready;
use crate::order::LifelineId;
use crate::run::links::Jar;
use crate::trace::Moment;
use crate::wire::{
    Bind, Channel, Errand, Expectation, Expects as _, Matched, Memory, Observed, Party, Session, Step, Viewer, Way,
};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// A client and the server that it dials.
pub(super) type Pair = (LifelineId, LifelineId);

/// What a socket is at.
#[derive(Debug, PartialEq)]
pub(super) enum Phase {
    /// Never opened, or over.
    Closed,
    /// The requests before the handshake, the handshake, or the preamble of this arrow are under way.
    Opening(Ready),
    /// Frames of the diagram may pass.
    Open,
    /// This arrow's Close was sent, and the answer is awaited.
    Leaving(Ready),
}

/// Why an echo was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EchoFor {
    /// The oracle wants to know that the server has handled what was sent.
    Oracle,
    /// Quiet is being established.
    Quiet,
}

/// An echo that is not answered.
pub(super) struct Echoing {
    pub why: EchoFor,
    /// The answer.
    pub expect: Expectation,
    /// Since when it is waited for; none where a later one was answered.
    pub since: Option<Moment>,
}

/// What a request is for.
#[derive(Clone)]
pub(super) enum Purpose {
    /// It is an arrow's.
    Arrow,
    /// It is an arrow's and made again until its answer is this, at this interval and until this moment.
    Poll(Polling),
    /// It belongs to no arrow: a login before the handshake, and what must come back.
    Login(Expectation),
    /// It is an echo.
    Echo,
}

/// A request that is made again until its answer is what it waits for.
#[derive(Clone)]
pub(super) struct Polling {
    pub every: Duration,
    pub until: Expectation,
    /// Since when it is made, and until when.
    pub since: Moment,
    pub end: Moment,
    /// The last answer, which counts where no other comes in time.
    pub last: Option<Observed>,
}

/// A request that is not made yet, and on which channel it is answered.
pub(super) struct Waiting {
    pub request: HttpRequest,
    pub channel: Channel,
    pub purpose: Purpose,
    /// The client has left its event streams since: this one ends as soon as it is there.
    pub left: bool,
}

/// A request that is under way.
pub(super) struct Asking {
    pub ticket: Ticket,
    pub channel: Channel,
    /// What it asks for: `GET /events`.
    pub what: String,
    /// When it was made.
    pub since: Moment,
    pub purpose: Purpose,
    /// What it is, where it may have to be asked again.
    pub again: Option<HttpRequest>,
    /// As in [`Waiting`].
    pub left: bool,
}

impl Asking {
    /// When it is waited for no more, since the answer before it will do.
    pub(super) fn given_up(&self) -> Option<Moment> {
        match &self.purpose {
            Purpose::Poll(poll) => poll.last.is_some().then_some(poll.end),
            Purpose::Arrow | Purpose::Login(_) | Purpose::Echo => None,
        }
    }
}

/// Frames that belong together and are not all through.
#[derive(Default)]
pub(super) struct Exchange {
    /// The arrow; none for the preamble, whose arrow is the connection's.
    pub ready: Option<Ready>,
    /// What is still to be done, in this order.
    pub steps: VecDeque<Step>,
    /// The acknowledgement that may come at any time.
    pub reply: Option<Expectation>,
    /// How many steps are through.
    pub through: usize,
    /// Since when it is under way.
    pub since: Moment,
}

/// One client's dealings with one server: its socket, its requests, its event streams.
pub(super) struct Conn {
    pub pair: Pair,
    /// The client and the server, as the holes of a binding see them.
    pub own: Party,
    pub peer: Party,
    /// Which of the stage's routes leads there; none where the tool is the server.
    pub route: Option<usize>,
    /// What `{target}` is.
    pub target: Rc<str>,
    /// The tool is the server: who knocks, who asks.
    pub hosting: Hosting,
    /// The client has been here.
    pub came: bool,
    /// By which lifeline what it has seen is remembered.
    pub knower: u32,
    pub session: Session,
    /// Its echo is a request over HTTP.
    pub over_http: bool,
    /// How it connected last.
    pub way: Way,
    /// How many `{seq}` this connection has had.
    pub seq: u64,
    /// How many echoes.
    pub nonce: u64,
    pub phase: Phase,
    pub socket: Option<Ticket>,
    /// Each message on it is a request.
    pub posts: bool,
    pub exchanges: Vec<Exchange>,
    /// The cookies that the server has set; they outlive the socket.
    pub jar: Jar,
    /// Requests before the handshake that are still to be made.
    pub errands: VecDeque<Errand>,
    /// The one that was made last, for messages, and how many there have been.
    pub errand: String,
    pub errands_made: usize,
    /// Requests that wait for the one before them to be answered.
    pub waiting: VecDeque<Waiting>,
    /// The request that is under way.
    pub asking: Option<Asking>,
    /// One that is made again at this moment.
    pub again: Option<(Moment, Waiting)>,
    /// Event streams that are open.
    pub streams: Vec<Ticket>,
    /// Echoes that are not answered, oldest first.
    pub echoes: Vec<Echoing>,
    pub paused: bool,
    /// It has left an echo without an answer for as long as anything may take.
    pub mute: bool,
    /// When each keep-alive is due, in the order of the binding.
    pub due: Vec<Moment>,
}

impl Conn {
    /// The socket is no more; the arrow that was under way on it is over with it.
    pub(super) fn end(&mut self) -> Option<Ready> {
        self.echoes.clear();
        self.due.clear();
        self.hosting.greeting = None;
        let exchange = self.exchanges.drain(..).find_map(|exchange| exchange.ready);
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Opening(ready) | Phase::Leaving(ready) => Some(ready),
            Phase::Closed | Phase::Open => exchange,
        }
    }

    /// What its client still has to say of an arrow of which the tool is the server, and since when: its binding's, and not
    /// drawn.
    pub(super) fn owes(&self) -> Option<(String, Moment)> {
        let said = |exchange: &Exchange| match exchange.steps.front() {
            Some(Step::Receive(expected)) if exchange.ready.is_none() => Some((expected.describe(), exchange.since)),
            Some(Step::Receive(_) | Step::Send(_) | Step::Then(_)) | None => None,
        };
        // A preamble has its own time.
        let served = self.route.is_none() && self.phase == Phase::Open && self.hosting.greeting.is_none();
        self.exchanges.iter().filter(|_| served).find_map(said)
    }

    /// What its codec holds of a message of its socket that is not whole.
    pub(super) fn begun(&self) -> Option<Begun> {
        let came = self.session.begun();
        (came > 0).then_some(Begun::Message(Part { came, of: None }))
    }

    /// Since when the oldest echo is waited for.
    pub(super) fn echoing_since(&self) -> Option<Moment> {
        self.echoes.iter().find_map(|echo| echo.since)
    }

    /// Whether an echo would be answered on it, where the binding has one: over its socket, or over HTTP where it listens to
    /// anything.
    pub(super) fn can_echo(&self) -> bool {
        // Of a client that the tool serves nobody asks one.
        let asks = self.route.is_some() && !self.mute;
        asks && (self.phase == Phase::Open && !self.paused || self.over_http && !self.streams.is_empty())
    }

    /// Whether it can be asked what was handled, although nothing may come on it.
    pub(super) fn can_ask(&self) -> bool {
        self.route.is_some()
            && (self.phase == Phase::Open && !self.paused || self.over_http && self.phase == Phase::Closed)
    }

    /// Whether anything of the diagram may come on it.
    pub(super) fn listens(&self) -> bool {
        self.phase == Phase::Open || self.over_http && !self.streams.is_empty()
    }

    /// Whether something may come on it of which no echo tells.
    pub(super) fn is_silent(&self) -> bool {
        let asking = self.asking.as_ref().is_some_and(|asking| !matches!(asking.purpose, Purpose::Echo));
        // Over HTTP it is asked of all that the server does; over a socket an echo tells nothing of a stream.
        let untold = (!self.streams.is_empty() || asking) && !(self.over_http && self.can_echo());
        (self.phase != Phase::Closed && !self.can_echo()) || untold
    }

    /// What is learned where this is what was expected.
    pub(super) fn matches(&self, expected: &Expectation, observed: &Observed, memory: &Memory) -> Option<Vec<Bind>> {
        let viewer = Viewer { lifeline: self.knower, scopes: &[], arrow: 0 };
        match expected.matches(observed, memory, viewer) {
            Matched::Yes(binds) => Some(binds),
            Matched::Conflict(_) | Matched::No => None,
        }
    }
}

/// All of them, in the order in which they were first used.
#[derive(Default)]
pub(super) struct Conns {
    all: Vec<Conn>,
    by_pair: FxHashMap<Pair, usize>,
    by_client: FxHashMap<LifelineId, Vec<usize>>,
    by_ticket: Vec<(usize, Channel)>,
    tally: Tally,
    /// Some of them owes keep-alives.
    keeps_alive: bool,
}

impl Conns {
    pub(super) fn get(&mut self, pair: Pair) -> Option<&mut Conn> {
        let index = self.index(pair)?;
        self.at(index)
    }

    pub(super) fn index(&self, pair: Pair) -> Option<usize> {
        self.by_pair.get(&pair).copied()
    }

    pub(super) fn at(&mut self, index: usize) -> Option<&mut Conn> {
        self.tally.touch(index);
        self.all.get_mut(index)
    }

    /// Takes one more, and gives its index.
    pub(super) fn add(&mut self, conn: Conn) -> usize {
        let index = self.all.len();
        self.by_pair.insert(conn.pair, index);
        self.by_client.entry(conn.pair.0).or_default().push(index);
        self.all.push(conn);
        self.tally.add();
        index
    }

    /// Tickets are numbers from 0, so that a list finds their connection.
    pub(super) fn own(&mut self, ticket: Ticket, pair: Pair, channel: Channel) {
        let index = self.by_pair.get(&pair).copied().unwrap_or(usize::MAX);
        // Whoever knocks has a ticket before it is known who he is.
        let all = self.by_ticket.len().max(ticket + 1);
        self.by_ticket.resize(all, (usize::MAX, Channel::Socket));
        self.by_ticket[ticket] = (index, channel);
    }

    pub(super) fn of(&mut self, ticket: Ticket) -> Option<(&mut Conn, Channel)> {
        let &(index, channel) = self.by_ticket.get(ticket)?;
        Some((self.at(index)?, channel))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Conn> {
        self.all.iter()
    }

    /// Those of one client, each with its index.
    pub(super) fn of_client(&self, client: LifelineId) -> impl Iterator<Item = (usize, &Conn)> {
        let indices = self.by_client.get(&client).into_iter().flatten();
        indices.filter_map(|index| Some((*index, self.all.get(*index)?)))
    }

    /// What all of them come to now.
    pub(super) fn tally(&mut self) -> &mut Tally {
        self.tally.look(&self.all);
        &mut self.tally
    }

    /// Since when an event stream of another client is being opened, the one that was asked for last.
    pub(super) fn opening_beside(&mut self, client: LifelineId) -> Option<Moment> {
        self.tally.look(&self.all);
        let own = self.by_client.get(&client);
        self.tally.opening_beside(|index| own.is_some_and(|own| own.contains(&index)))
    }

    /// When the next keep-alive, or a request that is made again, is due.
    pub(super) fn next_due(&mut self) -> Option<Moment> {
        if self.keeps_alive { self.tally().next_due() } else { None }
    }

    pub(super) fn keep_alive(&mut self) {
        self.keeps_alive = true;
    }
}
