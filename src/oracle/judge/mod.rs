//! The oracle: observations in, what to do next out, and the outcome at the end.
//!
//! `readings` keeps the configurations that account for what was observed, `ready` says what they let be sent, `talk` keeps
//! what the driver told of its own doing, `exceptions` is what need not go as drawn, `aftermath` what is waited for
//! after a violation, `lulls` until when a drawn time has it listened, `record` is the log, `view` what the driver may read, and `gaps` is
//! what a record that is judged again may lack.

mod aftermath;
mod answers;
mod exceptions;
mod gaps;
mod lulls;
mod overdue;
mod readings;
mod ready;
mod record;
mod talk;
mod view;

pub(super) use exceptions::Excuse;
pub(super) use readings::Readings;
pub(super) use record::Record;
pub(super) use talk::Talk;

use super::api::{Options, Ready, Want};
use super::config::{Key, silence};
use super::plan::{NONE, Plan};
use super::verdict::{Doubt, Trouble};
use crate::order::{ArrowId, LifelineId};
use crate::trace::{Event, Evidence, Moment};
use crate::wire::{Bind, Channel, Observed, Resolved};
use readings::Accounted;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Judges one play, one observation at a time. It never sees a socket or a clock: moments are handed in.
#[derive(Debug)]
pub struct Oracle {
    pub(super) plan: Arc<Plan>,
    pub(super) options: Rc<Options>,
    pub(super) readings: Readings,
    pub(super) talk: Talk,
    pub(super) record: Record,
    /// Findings at arrows that are known failures.
    pub(super) excuses: Vec<Excuse>,
    /// Something must have come by then and has not.
    pub(super) overdue: bool,
    /// When a violation was first seen by whoever asked what to do.
    failed: Option<Moment>,
    /// What came fits several branches that go on differently.
    pub(super) unknown_branch: bool,
    /// A record that is judged departs from what the tool would have played of this diagram; also what came before decides
    /// nothing where the flag is set.
    pub(super) departure: Option<(Doubt, bool)>,
    pub(super) trouble: Option<Trouble>,
    finished: bool,
}

impl Oracle {
    /// At the beginning of a play.
    pub fn new(plan: Arc<Plan>, options: Options) -> Oracle {
        let options = Rc::new(options);
        let mut oracle = Oracle {
            readings: Readings::new(Arc::clone(&plan), Rc::clone(&options)),
            talk: Talk::new(Arc::clone(&plan), Rc::clone(&options)),
            record: Record::default(),
            excuses: Vec::new(),
            overdue: false,
            failed: None,
            unknown_branch: false,
            departure: None,
            trouble: None,
            finished: false,
            plan,
            options,
        };
        oracle.take_notes();
        oracle
    }

    /// Something arrived at a client. `from` is the lifeline that it had dialled. False where it is nothing that is judged:
    /// noise, of which no quiet is disturbed.
    pub fn received(
        &mut self,
        at: Moment,
        client: LifelineId,
        from: LifelineId,
        channel: Channel,
        observed: Observed,
    ) -> bool {
        let observation = observed.clone();
        let entry = self.record.note(at, Event::Received { lifeline: client.0, from: from.0, channel, observed });
        let answer = channel != Channel::Socket && matches!(observation, Observed::Status { .. });
        let ended = matches!(observation, Observed::Close { .. } | Observed::End { .. });
        // A request has its connection for itself: that ends with it.
        let over = answer || ended && channel == Channel::Http;
        let open = if over { self.talk.requests.answered(client, from, channel) } else { 0 };
        let granted = answer && matches!(observation, Observed::Status { code: 200..400, .. });
        if matches!(observation, Observed::Dialled { .. }) {
            self.talk.socket_opened(client, from);
        }
        if ended && channel == Channel::Socket {
            // What its client ends is no fault of the server, and a socket ends once.
            if self.talk.is_leaving(client, from) || self.talk.has_ended(client, from) {
                self.record.skipped.insert(entry);
                return true;
            }
            self.talk.socket_ended(client, from);
        }
        if self.trouble.is_some() {
            return true;
        }
        let lane = self.plan.lanes.receive.get(&(client, from, channel)).copied().unwrap_or(NONE);
        if self.account(at, entry, lane, &observation) {
            return true;
        }
        if granted && !self.answer_is_drawn(at, lane, open) {
            return true;
        }
        if self.excused((client, channel), from, lane, &observation) {
            return false;
        }
        let forbidden = self.forbidden(lane, &observation);
        if forbidden.is_none() && lane != NONE && self.known_failure(at, entry, lane, &observation) {
            return true;
        }
        self.record.left_over(entry, forbidden);
        true
    }

    /// Lets the readings account for an observation; false where none can.
    fn account(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        if lane == NONE {
            return false;
        }
        let belated = self.belated(at);
        let accounted = self.readings.account(at, lane, observed);
        self.take_notes();
        match accounted {
            Accounted::No => return false,
            // There will be no verdict: what follows is only recorded.
            Accounted::TooMany(trouble) => drop(self.trouble.get_or_insert(trouble)),
            Accounted::As(key, fault) => {
                let fault = fault.or_else(|| belated.iter().find(|(known, _)| *known == key).map(|(_, fault)| *fault));
                self.record.matched.push((entry, key));
                self.record.mistimed.extend(fault.map(|fault| (entry, key, fault)));
            }
        }
        self.talk.progress = at;
        true
    }

    /// Puts down what the readings have to tell.
    fn take_notes(&mut self) {
        self.record.entries.append(&mut self.readings.told);
        for (key, fault) in self.readings.belated.drain(..) {
            // Of equal readings only the first is put down, which may have it in another turn.
            let matched =
                |same: fn(Key, Key) -> bool| self.record.matched.iter().rev().find(move |(_, known)| same(*known, key));
            let entry = matched(|known, key| known == key).or_else(|| matched(|known, key| known.0 == key.0));
            self.record.mistimed.extend(entry.map(|(entry, _)| (*entry, key, fault)));
        }
    }

    /// What the driver should do now. Ask again after everything that is told.
    pub fn want(&mut self, now: Moment) -> Want {
        if self.finished || self.readings.configs.is_empty() {
            return Want::Over;
        }
        self.tick(now);
        if self.failing() {
            return self.aftermath_until(now).map_or(Want::Quiet, Want::Wait);
        }
        let ready = self.readings.ready();
        let (playable, blocked, answers) = self.talk.confirmed(ready, now);
        if !playable.is_empty() {
            return Want::Play(playable);
        }
        if !blocked.is_empty() {
            let want = self.talk.ask_echo(blocked, now);
            self.overdue |= want == Want::Quiet;
            return want;
        }
        if let Some(until) = answers {
            return Want::Wait(until);
        }
        if let Some(until) = self.talk.exchange_until() {
            if now < until {
                return Want::Wait(until);
            }
            if !self.talk.held {
                self.overdue = true;
                return Want::Quiet;
            }
        }
        if self.talk.held {
            return Want::Wait(now.plus(self.options.timeout));
        }
        if let Some(until) = self.readings.owing_until(self.talk.progress).filter(|until| *until > now) {
            return Want::Wait(until);
        }
        let end = self.talk.progress.plus(self.plan.order.tail);
        if !self.plan.order.tail.is_zero() && end > now && self.readings.configs.iter().any(silence::is_over) {
            return Want::Wait(end);
        }
        if let Some(end) = self.listens_until().filter(|end| *end > now) {
            return Want::Wait(end);
        }
        Want::Quiet
    }

    /// The turn in which a recorded send of this arrow is due; none where the diagram does not have it here.
    ///
    /// A record is judged again by telling its entries in their order, with [`Oracle::tick`] before each.
    pub fn expecting(&self, arrow: ArrowId) -> Option<Ready> {
        self.readings.expecting(arrow)
    }

    /// The tool has begun to play an arrow: `at` is the moment before its first byte.
    pub fn sent(&mut self, at: Moment, ready: &Ready, raw: Vec<crate::wire::Raw>, binds: Vec<Bind>) {
        let key = (ready.arrow.0, ready.turn);
        let label = self.plan.order.arrow(ready.arrow).label.clone();
        let (lifeline, to, channel) = (ready.lifeline.0, ready.to.0, ready.channel);
        self.record.note(at, Event::Sent { lifeline, to, channel, arrow: ready.arrow.0, label, raw });
        self.record.learned(at, &binds);
        self.record.sending(key, at);
        self.talk.sent(at, ready);
        let plan = Arc::clone(&self.plan);
        let planned = plan.planned(ready.arrow);
        let reopened = matches!(planned.resolved, Some(Resolved::Connect { .. }));
        let mut sends = self.readings.sending(key).into_iter();
        self.readings.each_config(at, |config, mover| {
            let key = sends.next().unwrap_or(key);
            if reopened {
                config.memory.forget(ready.lifeline.0);
            }
            config.memory.learn(binds.clone());
            if planned.exchange {
                config.plays.remove(&key);
                config.flying.insert(key);
            } else {
                config.pass_play(mover, key, at);
            }
            config.send(mover, key, at);
        });
        self.readings.merge();
        self.take_notes();
    }

    /// How long it was listened, at least, when it is told to be quiet next.
    pub fn listen(&mut self, window: Duration) {
        self.record.listened = window;
    }

    /// An exchange is complete: the handshake was accepted or refused, the Close was answered, the last frame came.
    pub fn done(&mut self, at: Moment, ready: &Ready) {
        let key = (ready.arrow.0, ready.turn);
        if !self.talk.done(at, ready) {
            return;
        }
        self.record.note(at, Event::Done { lifeline: ready.lifeline.0, arrow: ready.arrow.0 });
        let mut twins = self.readings.flying_twins(key);
        self.readings.each_config(at, |config, mover| {
            let key = twins.next().flatten().unwrap_or(key);
            config.pass_play(mover, key, at);
        });
        self.readings.merge();
        self.take_notes();
    }

    /// Something became known outside the drawn arrows: by a login, a preamble, a step of an exchange.
    pub fn learn(&mut self, at: Moment, binds: Vec<Bind>) {
        self.record.learned(at, &binds);
        if !binds.is_empty() {
            for config in &mut self.readings.configs {
                config.memory.learn(binds.clone());
            }
        }
    }

    /// A client's echo was answered.
    pub fn echoed(&mut self, at: Moment, client: LifelineId) {
        self.record.note(at, Event::Echoed { lifeline: client.0 });
        self.talk.echoed(client);
    }

    /// Nothing more comes for now. Choices of the server that are still open are taken as silence; where there is
    /// nothing left, the play is over.
    pub fn quiet(&mut self, at: Moment, evidence: Evidence, weaker: Vec<(LifelineId, Evidence)>) {
        let clients = weaker.iter().map(|(id, how)| (id.0, *how)).collect();
        let listened = self.record.listened;
        self.record.note(at, Event::Quiet { evidence, listened, weaker: clients });
        self.record.quiet = Some((evidence, weaker));
        if self.failing() {
            self.finished = true;
            return;
        }
        let mut moved = false;
        let lulls = lulls::Lulls::new(&self.plan, &self.record);
        let may_come = |id| lulls.until(id).is_some_and(|until| until > at);
        self.readings.each_config(at, |config, mover| moved |= silence::conclude(config, mover, &may_come));
        self.readings.merge();
        self.take_notes();
        if self.readings.configs.iter().any(silence::is_over) {
            self.readings.configs.retain(silence::is_over);
            self.finished = true;
        } else if !moved
            && self.readings.configs.len() > 1
            && self.readings.configs.iter().any(|config| !config.plays.is_empty())
            && !self.readings.all_owe()
        {
            // What came fits several branches, and what is to be sent now differs between them.
            self.unknown_branch = true;
            self.finished = true;
        } else if !moved && self.readings.ready().is_empty() && self.talk.open_exchange().is_none() {
            // Whatever is still expected has had its time.
            self.overdue = true;
            self.finished = true;
        } else {
            self.talk.progress = at;
        }
    }

    /// seqcheck could not go on: no address, a limit, a bug. The verdict is `error`.
    pub fn fail(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
        self.finished = true;
    }
}
