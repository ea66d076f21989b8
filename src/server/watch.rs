//! What a server did, and beside it what the protocol says that it should have done: the truth about a fault, for whoever
//! measures how well faults are found.
//!
//! A clean machine without any deviation is told the same inputs as the server. Everything that either says is kept with
//! the input that it follows from, also where a deviation holds it back: a message that comes after the deadline has the
//! cause that it would have had in time.

use super::machine::{Content, Effect, Id, Input, Machine, Policy, Rules, Timer};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps an [`Account`] of one server. A clone is the same account.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Account>>);

/// Everything that happened to a server, was said by it, and was due.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// What happened, in order.
    pub inputs: Vec<Happened>,
    /// What the server said, in order.
    pub sent: Vec<Sent>,
    /// What a correct server would have said, in order.
    pub due: Vec<Sent>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Time since the server began.
    pub at: Duration,
    /// The connection or request; none for the end of the server itself.
    pub on: Option<u64>,
    /// What.
    pub what: What,
}

/// What a server was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The head of a request, also of one that becomes a WebSocket or an event stream.
    Asked,
    /// A text message, or the body of a request.
    Text(String),
    /// A binary message.
    Binary,
    /// The client ended the connection, with a Close or without.
    Ended,
    /// Anything else: pings, timers, a client that does not read.
    Other,
}

/// One thing said to one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Time since the server began.
    pub at: Duration,
    /// The connection or request.
    pub to: u64,
    /// A message as its text; else `binary TEXT`, `HTTP 409`, `Close 1000`, `end`, or the event as it is written.
    pub what: String,
    /// The input that it follows from, as an index.
    pub cause: usize,
}

impl Watch {
    /// What was seen so far.
    pub fn account(&self) -> Account {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// The clean machine, and what is known of causes.
pub(super) struct Watched {
    watch: Watch,
    clean: Machine,
    /// Timers of the clean machine: when they are due, and what set them.
    timers: BTreeMap<(Id, Timer), (Duration, usize)>,
    /// What set the timers of the server, and what held its messages back.
    set: BTreeMap<(Id, Timer), usize>,
    held: BTreeMap<u64, usize>,
    /// What the server is at.
    cause: usize,
}

impl Watched {
    pub fn new(watch: Watch, rules: Rules) -> Self {
        Watched {
            watch,
            clean: Machine::new(rules, Policy::default()),
            timers: BTreeMap::new(),
            set: BTreeMap::new(),
            held: BTreeMap::new(),
            cause: 0,
        }
    }

    /// Something happens: what is due by it is found out before the server acts.
    pub fn happens(&mut self, now: Duration, input: &Input<'_>) {
        self.let_time_pass(now);
        let what = match *input {
            Input::Request { .. } => What::Asked,
            Input::Text { text, .. } => What::Text(text.to_owned()),
            Input::Body { body, .. } => What::Text(String::from_utf8_lossy(body.unwrap_or_default()).into_owned()),
            Input::Closed { .. } | Input::Ended { .. } => What::Ended,
            Input::Binary { .. } => What::Binary,
            Input::Broken { .. }
            | Input::Pong { .. }
            | Input::Stalled { .. }
            | Input::Fired { .. }
            | Input::Shutdown => What::Other,
        };
        self.cause = {
            let mut account = self.watch.lock();
            account.inputs.push(Happened { at: now, on: input.on().map(|on| on.0), what });
            account.inputs.len() - 1
        };
        match *input {
            // The clean machine has timers of its own.
            Input::Fired { on, timer } => {
                let set = match timer {
                    Timer::Held(ticket) => self.held.get(&ticket),
                    Timer::Authentication | Timer::Typing | Timer::Heartbeat | Timer::Odd => self.set.get(&(on, timer)),
                };
                self.cause = set.copied().unwrap_or(self.cause);
            }
            Input::Request { .. }
            | Input::Body { .. }
            | Input::Text { .. }
            | Input::Binary { .. }
            | Input::Broken { .. }
            | Input::Closed { .. }
            | Input::Ended { .. }
            | Input::Pong { .. }
            | Input::Stalled { .. }
            | Input::Shutdown => self.ask_the_clean(now, input, self.cause),
        }
        if let Input::Closed { on, .. } | Input::Ended { on } = *input {
            self.timers.retain(|(known, _), _| *known != on);
        }
    }

    /// What the server does; `ticket` where it is something that was held back.
    pub fn does(&mut self, now: Duration, ticket: Option<u64>, effect: &Effect) {
        let cause = ticket.and_then(|ticket| self.held.get(&ticket).copied()).unwrap_or(self.cause);
        match effect {
            Effect::Hold { ticket, .. } => drop(self.held.insert(*ticket, cause)),
            Effect::Set { on, timer, .. } => drop(self.set.insert((*on, *timer), cause)),
            Effect::Answer { .. }
            | Effect::Deliver(_)
            | Effect::Close { .. }
            | Effect::End { .. }
            | Effect::Cut { .. }
            | Effect::Cancel { .. }
            | Effect::Release { .. }
            | Effect::Forget { .. } => {}
        }
        self.watch.lock().sent.extend(sent(now, cause, effect));
    }

    fn ask_the_clean(&mut self, now: Duration, input: &Input<'_>, cause: usize) {
        let mut effects = Vec::new();
        self.clean.handle(now, input, &mut effects);
        for effect in effects {
            match &effect {
                Effect::Set { on, timer, at } => drop(self.timers.insert((*on, *timer), (*at, cause))),
                Effect::Cancel { on, timer } => drop(self.timers.remove(&(*on, *timer))),
                Effect::Close { to, .. } | Effect::End { to } | Effect::Cut { to } => {
                    self.timers.retain(|(on, _), _| on != to);
                }
                Effect::Answer { .. }
                | Effect::Deliver(_)
                | Effect::Hold { .. }
                | Effect::Release { .. }
                | Effect::Forget { .. } => {}
            }
            self.watch.lock().due.extend(sent(now, cause, &effect));
        }
    }

    fn let_time_pass(&mut self, now: Duration) {
        while let Some((&(on, timer), &(at, cause))) =
            self.timers.iter().min_by_key(|(_, (at, _))| *at).filter(|(_, (at, _))| *at <= now)
        {
            self.timers.remove(&(on, timer));
            self.ask_the_clean(at, &Input::Fired { on, timer }, cause);
        }
    }
}

/// What an effect says, and to whom; nothing where no client can tell.
fn sent(at: Duration, cause: usize, effect: &Effect) -> Vec<Sent> {
    let one = |to: Id, what: String| vec![Sent { at, to: to.0, what, cause }];
    match effect {
        Effect::Deliver(delivery) => {
            let what = match &delivery.content {
                Content::Message(message) => message.text(),
                Content::Json(value) => value.to_string(),
                Content::Text(text) => text.to_string(),
                Content::Binary(text) => format!("binary {text}"),
                Content::Event(event) => format!("id: {}\nevent: {}\ndata: {}", event.id, event.event, event.data),
                Content::Ping | Content::Pong => return Vec::new(),
            };
            delivery.to.iter().map(|to| Sent { at, to: to.0, what: what.clone(), cause }).collect()
        }
        Effect::Answer { to, answer, .. } => {
            answer.status().map_or_else(Vec::new, |status| one(*to, format!("HTTP {status}")))
        }
        Effect::Close { to, code, .. } => one(*to, code.map_or("Close".to_owned(), |code| format!("Close {code}"))),
        Effect::End { to } | Effect::Cut { to } => one(*to, "end".to_owned()),
        Effect::Set { .. }
        | Effect::Cancel { .. }
        | Effect::Hold { .. }
        | Effect::Release { .. }
        | Effect::Forget { .. } => Vec::new(),
    }
}
