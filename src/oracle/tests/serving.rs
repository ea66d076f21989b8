//! A server that goes one way through a diagram, and what is done to one of its frames.

use super::frames::{channel, observed};
use super::ways::Way;
use super::world::{Dice, Plain, text};
use crate::oracle::{Options, Oracle, Outcome, Plan, Want};
use crate::order::LifelineId;
use crate::trace::{Entry, Evidence, Moment};
use crate::wire::{Channel, Raw};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is done to one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    Drop,
    Double,
    Move,
    Foreign,
    Swap,
    /// It comes before what it follows from.
    Early,
    /// A frame that is ignored there comes before it.
    Ignored,
    /// It has another value than drawn, or a response refuses.
    Value,
    /// It comes before its time, or after it.
    Time,
}

pub const HARMS: [Harm; 9] = [
    Harm::Drop,
    Harm::Double,
    Harm::Move,
    Harm::Foreign,
    Harm::Swap,
    Harm::Early,
    Harm::Ignored,
    Harm::Value,
    Harm::Time,
];

/// A frame: to whom, from whom, what.
type Frame = (u32, u32, String);

/// A server that goes one way.
pub struct Server<'a> {
    way: &'a Way,
    clients: u32,
    /// Labels are more than the text of a frame.
    wide: bool,
    done: u64,
    /// When each message of the way was.
    at: Vec<Moment>,
    /// It answers at once, rather than when all that is drawn above has come.
    at_once: bool,
    harm: Option<(Harm, usize)>,
    delivered: usize,
    held: Option<Frame>,
    /// What stands for the names.
    values: BTreeMap<(Arc<str>, u32), String>,
}

impl<'a> Server<'a> {
    pub fn new(way: &'a Way, clients: u32, wide: bool, at_once: bool, harm: Option<(Harm, usize)>) -> Server<'a> {
        let at = vec![Moment(0); way.events.len()];
        let values = BTreeMap::new();
        Server { way, clients, wide, done: 0, at, at_once, harm, delivered: 0, held: None, values }
    }

    fn may(&self, at: usize) -> bool {
        let event = &self.way.events[at];
        !event.sent && self.way.may(self.done, at) && (self.at_once || event.above & !self.done == 0)
    }

    /// From when on a frame may leave.
    fn from(&self, at: usize) -> Moment {
        let event = &self.way.events[at];
        let cause = self.way.since(at, self.done, &self.at);
        event.after.map_or(Moment(0), |after| cause.unwrap_or(Moment(0)).plus(after))
    }

    fn give(&self, oracle: &mut Oracle, now: Moment, (client, server, label): &Frame) {
        let (frame, channel) =
            if self.wide { (observed(label), channel(label)) } else { (text(label), Channel::Socket) };
        oracle.received(now, LifelineId(*client), LifelineId(*server), channel, frame);
    }

    fn frame(&mut self, at: usize) -> Frame {
        let event = &self.way.events[at];
        let label = match &event.name {
            Some(name) => {
                let next = self.values.len();
                format!("id {}", self.values.entry(name.clone()).or_insert_with(|| format!("v{next}")))
            }
            None => event.label.to_string(),
        };
        (event.client, event.server, label)
    }

    /// Delivers one frame. An error where nothing is left to deliver now: until when.
    fn step(&mut self, oracle: &mut Oracle, now: &mut Moment, dice: &mut Dice) -> Result<(), Option<Moment>> {
        let due = self.harm.filter(|(_, at)| *at == self.delivered).map(|(harm, _)| harm);
        let open: Vec<usize> = (0..self.way.events.len()).filter(|at| self.may(*at)).collect();
        let hasty = due == Some(Harm::Time);
        let mut choice: Vec<usize> = open.iter().copied().filter(|at| hasty || self.from(*at) <= *now).collect();
        if due == Some(Harm::Early) {
            let waits = |at: &usize| !self.way.events[*at].sent && self.done >> at & 1 == 0 && !self.may(*at);
            let answers = |at: &usize| channel(&self.way.events[*at].label) == Channel::Http && self.wide;
            choice.extend((0..self.way.events.len()).filter(waits).filter(|at| !answers(at)));
        }
        if choice.is_empty() {
            let Some(held) = self.held.take() else { return Err(open.iter().map(|at| self.from(*at)).min()) };
            self.give(oracle, *now, &held);
            return Ok(());
        }
        let at = choice[dice.roll(choice.len())];
        let event = &self.way.events[at];
        let mut frame = self.frame(at);
        let ignored = self.way.ignores(self.done, event);
        let answers = self.wide && channel(&event.label) == Channel::Http;
        self.done |= 1 << at;
        self.delivered += 1;
        let place = (frame.0, frame.1);
        match due {
            Some(Harm::Drop) => return Ok(()),
            Some(Harm::Swap) if self.held.is_none() => {
                self.held = Some(frame);
                return Ok(());
            }
            Some(Harm::Value) if event.name.is_some() => frame.2 = format!("id v{}", 90 + dice.roll(2)),
            Some(Harm::Value) if answers => frame.2 = "refused 500".to_owned(),
            Some(Harm::Time) => {
                let late = event.within.filter(|_| event.after.is_none() || dice.roll(2) == 0);
                *now = late.map_or(*now, |within| now.plus(within + Duration::from_secs(1)));
            }
            // What is asked once is answered once, and to who asked.
            _ if answers => {}
            Some(Harm::Move) => frame.0 = (frame.0 + 1) % self.clients,
            Some(Harm::Double) => self.give(oracle, *now, &frame),
            Some(Harm::Foreign) => self.give(oracle, *now, &(frame.0, frame.1, "n".to_owned())),
            Some(Harm::Ignored) if ignored => self.give(oracle, *now, &(frame.0, frame.1, "z".to_owned())),
            Some(Harm::Swap | Harm::Early | Harm::Ignored | Harm::Value) | None => {}
        }
        self.at[at] = *now;
        self.give(oracle, *now, &frame);
        if let Some(held) = self.held.take_if(|held| (held.0, held.1) == place) {
            self.give(oracle, *now, &held);
        }
        Ok(())
    }

    fn sent(&mut self, now: Moment, (arrow, client, server): (u32, u32, u32), label: &str) {
        let events = &self.way.events;
        let open = |at: &usize| self.done >> at & 1 == 0 && events[*at].sent;
        let same = |at: &usize| (events[*at].client, events[*at].server) == (client, server);
        let alike = |at: &usize| &*events[*at].label == label;
        let mut fits: Vec<usize> = (0..events.len()).filter(open).filter(same).filter(alike).collect();
        fits.sort_by_key(|at| (!self.way.may(self.done, *at), events[*at].arrow != arrow, *at));
        if let Some(at) = fits.first() {
            self.done |= 1 << at;
            self.at[*at] = now;
        }
    }
}

/// One play against it.
pub fn play(plan: &Arc<Plan>, options: &Options, server: &mut Server<'_>, dice: &mut Dice) -> (Outcome, Vec<Entry>) {
    let order = plan.order();
    let mut oracle = Oracle::new(Arc::clone(plan), options.clone());
    let mut now = Moment(0);
    for _ in 0..10_000 {
        now = now.plus(Duration::from_micros(1));
        match oracle.want(now) {
            Want::Play(ready) => {
                if dice.roll(2) == 0 && server.step(&mut oracle, &mut now, dice).is_ok() {
                    continue;
                }
                let label = Arc::clone(&order.arrow(ready[0].arrow).label);
                server.sent(now, (ready[0].arrow.0, ready[0].lifeline.0, ready[0].to.0), &label);
                oracle.sent(now, &ready[0], vec![Raw::Text(label)], Vec::new());
            }
            Want::Echo(clients) => clients.into_iter().for_each(|client| oracle.echoed(now, client)),
            Want::Wait(until) => {
                if let Err(next) = server.step(&mut oracle, &mut now, dice) {
                    now = next.filter(|next| *next < until).unwrap_or(until.plus(Duration::from_nanos(1)));
                }
            }
            Want::Quiet => match server.step(&mut oracle, &mut now, dice) {
                Ok(()) => {}
                Err(Some(next)) => now = next,
                Err(None) => oracle.quiet(now, Evidence::Virtual, Vec::new()),
            },
            Want::Over => return oracle.freeze(&Plain::default()),
        }
    }
    panic!("the play does not end: {:?}", oracle.log());
}
