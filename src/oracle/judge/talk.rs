//! The conversation with the driver: what was sent and is under way, whose echo is missing, which connections stand.

use super::answers::Requests;
use crate::diagram::OrderMode;
use crate::oracle::api::{Options, Ready, Want};
use crate::oracle::config::Key;
use crate::oracle::plan::Plan;
use crate::order::{ArrowId, LifelineId};
use crate::trace::Moment;
use crate::wire::{Expectation, Resolved};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// What the driver has told of its own doing.
#[derive(Debug)]
pub(in crate::oracle) struct Talk {
    plan: Arc<Plan>,
    options: Rc<Options>,
    /// Whose echo was not answered in time.
    pub unanswered_echo: Option<LifelineId>,
    /// When the play last moved on.
    pub progress: Moment,
    /// Exchanges that are under way, since when.
    inflight: BTreeMap<Key, Moment>,
    /// Per client: how many arrows it has sent, and how many when its last echo was asked and answered.
    sent: BTreeMap<LifelineId, u64>,
    asked: BTreeMap<LifelineId, (u64, Moment)>,
    echoed: BTreeMap<LifelineId, u64>,
    /// Who has no way to ask an echo, and how many arrows it had sent when that was told.
    speechless: BTreeMap<LifelineId, u64>,
    /// Requests whose answers are drawn.
    drawn: BTreeSet<ArrowId>,
    /// Sockets that have ended, and those that the client itself is ending.
    ended: BTreeSet<(LifelineId, LifelineId)>,
    leaving: BTreeSet<(LifelineId, LifelineId)>,
    paused: BTreeSet<LifelineId>,
    /// Requests that are not answered.
    pub requests: Requests,
    /// A connection is being opened of which nothing has been heard yet.
    pub held: bool,
}

impl Talk {
    pub fn new(plan: Arc<Plan>, options: Rc<Options>) -> Talk {
        let answered = plan.order.arrow_ids().filter_map(|(id, _)| {
            let is_answer = plan.expectation(id).is_some_and(Expectation::is_answer);
            plan.planned(id).cause.filter(|_| is_answer).map(|cause| cause.arrow)
        });
        Talk {
            speechless: BTreeMap::new(),
            drawn: answered.collect(),
            plan,
            options,
            unanswered_echo: None,
            progress: Moment(0),
            inflight: BTreeMap::new(),
            sent: BTreeMap::new(),
            asked: BTreeMap::new(),
            echoed: BTreeMap::new(),
            ended: BTreeSet::new(),
            leaving: BTreeSet::new(),
            paused: BTreeSet::new(),
            requests: Requests::default(),
            held: false,
        }
    }

    /// The tool has begun to play an arrow.
    pub fn sent(&mut self, at: Moment, ready: &Ready) {
        self.progress = at;
        *self.sent.entry(ready.lifeline).or_default() += 1;
        self.note_send(at, ready);
        if self.plan.planned(ready.arrow).exchange {
            self.inflight.insert((ready.arrow.0, ready.turn), at);
        }
    }

    /// An exchange is complete; false where it was not under way.
    pub fn done(&mut self, at: Moment, ready: &Ready) -> bool {
        if self.inflight.remove(&(ready.arrow.0, ready.turn)).is_none() {
            return false;
        }
        self.progress = at;
        if matches!(self.plan.planned(ready.arrow).resolved, Some(Resolved::Disconnect)) {
            self.ended.insert((ready.lifeline, ready.to));
        }
        true
    }

    /// A client's echo was answered. A record does not say when the echo was asked; between question and answer its
    /// client sends nothing.
    pub fn echoed(&mut self, client: LifelineId) {
        let sent = self.sent.get(&client).copied().unwrap_or(0);
        let count = self.asked.remove(&client).map_or(sent, |(count, _)| count);
        self.echoed.insert(client, count);
    }

    /// A client has no socket on which it could ask its echo.
    pub fn cannot_echo(&mut self, client: LifelineId) {
        self.asked.remove(&client);
        self.speechless.insert(client, self.sent.get(&client).copied().unwrap_or(0));
    }

    /// A client that the tool serves has come.
    pub fn socket_opened(&mut self, client: LifelineId, from: LifelineId) {
        self.ended.remove(&(client, from));
        self.leaving.remove(&(client, from));
    }

    /// A socket has ended.
    pub fn socket_ended(&mut self, client: LifelineId, from: LifelineId) {
        self.ended.insert((client, from));
    }

    /// Whether a socket has ended.
    pub fn has_ended(&self, client: LifelineId, from: LifelineId) -> bool {
        self.ended.contains(&(client, from))
    }

    /// Nothing is overdue while this holds; what is under way then has its time from its end.
    pub fn hold(&mut self, now: Moment, held: bool) {
        if self.held && !held {
            self.inflight.values_mut().for_each(|since| *since = (*since).max(now));
        }
        self.held = held;
    }

    /// Exchanges that are under way, and since when.
    pub fn exchanges(&self) -> impl Iterator<Item = (Key, Moment)> {
        self.inflight.iter().map(|(key, since)| (*key, *since))
    }

    /// Whether a client is ending its connection itself.
    pub fn is_leaving(&self, client: LifelineId, from: LifelineId) -> bool {
        self.leaving.contains(&(client, from))
    }

    /// Until when the oldest exchange that is under way has to be complete.
    pub fn exchange_until(&self) -> Option<Moment> {
        self.inflight.values().min().map(|since| since.plus(self.options.timeout))
    }

    /// Whether this exchange is under way.
    pub fn is_under_way(&self, key: Key) -> bool {
        self.inflight.contains_key(&key)
    }

    /// An exchange that was begun and has no answer.
    pub fn open_exchange(&self) -> Option<(Key, Moment)> {
        self.inflight.iter().next().map(|(key, since)| (*key, *since))
    }

    /// Splits what is ready into what may be played, whose echo is missing for the rest, and until when it waits for answers
    /// that nobody drew.
    pub fn confirmed(&self, ready: Vec<Ready>, now: Moment) -> (Vec<Ready>, Vec<LifelineId>, Option<Moment>) {
        if self.options.order != OrderMode::Diagram {
            return (ready, Vec::new(), None);
        }
        let mut playable = Vec::new();
        let mut missing = Vec::new();
        let mut answers: Option<Moment> = None;
        for ready in ready {
            let planned = self.plan.planned(ready.arrow);
            let mut blocked = false;
            for client in &planned.confirm {
                let sent = self.sent.get(client).copied().unwrap_or(0);
                if sent == 0 || self.echoed.get(client).copied().unwrap_or(0) >= sent {
                    continue;
                }
                let open = !self.ended.contains(&(*client, ready.to)) && !self.paused.contains(client);
                let speechless = self.speechless.get(client) == Some(&sent);
                if self.options.echo && open && !speechless {
                    blocked = true;
                    missing.push(*client);
                } else if let Some(until) = self.answer_until(*client, ready.to, now) {
                    blocked = true;
                    answers = Some(answers.map_or(until, |known| known.max(until)));
                }
            }
            if !blocked {
                playable.push(ready);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        (playable, missing, answers)
    }

    /// Until when the answer to a request of a client is waited for that nobody drew, and that tells in place of an echo that
    /// what it sent is handled.
    fn answer_until(&self, client: LifelineId, server: LifelineId, now: Moment) -> Option<Moment> {
        let since = self.requests.undrawn_since(client, server)?;
        let until = if self.held { now.plus(self.options.timeout) } else { since.plus(self.options.timeout) };
        (now < until).then_some(until)
    }

    pub fn ask_echo(&mut self, clients: Vec<LifelineId>, now: Moment) -> Want {
        let mut ask = Vec::new();
        let mut oldest: Option<(Moment, LifelineId)> = None;
        for client in clients {
            match self.asked.get(&client) {
                Some((_, since)) => {
                    oldest = Some(oldest.map_or((*since, client), |known| known.min((*since, client))));
                }
                None => {
                    let sent = self.sent.get(&client).copied().unwrap_or(0);
                    self.asked.insert(client, (sent, now));
                    ask.push(client);
                }
            }
        }
        if !ask.is_empty() {
            return Want::Echo(ask);
        }
        match oldest {
            Some((since, client)) if now >= since.plus(self.options.timeout) && !self.held => {
                self.unanswered_echo = Some(client);
                Want::Quiet
            }
            Some((since, _)) if !self.held => Want::Wait(since.plus(self.options.timeout)),
            Some(_) | None => Want::Wait(now.plus(self.options.timeout)),
        }
    }

    fn note_send(&mut self, at: Moment, ready: &Ready) {
        let pair = (ready.lifeline, ready.to);
        let lost = self.plan.order.arrow(ready.arrow).traits.lost;
        let resolved = &self.plan.planned(ready.arrow).resolved;
        match resolved {
            Some(Resolved::Connect { .. }) => {
                self.ended.remove(&pair);
                self.leaving.remove(&pair);
            }
            Some(Resolved::Disconnect | Resolved::Drop | Resolved::Close(_)) => {
                self.leaving.insert(pair);
                if matches!(resolved, Some(Resolved::Drop)) {
                    self.ended.insert(pair);
                }
            }
            Some(Resolved::Pause) => {
                self.paused.insert(ready.lifeline);
            }
            Some(Resolved::Resume) => {
                self.paused.remove(&ready.lifeline);
            }
            Some(Resolved::Request(_)) => {
                let drawn = self.drawn.contains(&ready.arrow);
                self.requests.asked(at, pair, ready.channel, drawn);
            }
            Some(
                Resolved::DropEvents
                | Resolved::Send(_)
                | Resolved::Answer(_)
                | Resolved::Push(_)
                | Resolved::Expect(_),
            )
            | None => {}
        }
        if lost {
            self.leaving.insert(pair);
            self.ended.insert(pair);
        }
    }
}
