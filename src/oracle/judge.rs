//! The oracle: observations in, what to do next out, and the outcome at the end.

use super::answers::Requests;
use super::api::{Choices, Options, Ready, Want};
use super::candidates::{self, Candidate};
use super::config::{Config, Decision, Key, Mover, Wait};
use super::plan::Plan;
use super::program::{LaneKind, NONE};
use super::turns::Turns;
use super::{choice, silence, timing};
use crate::diagram::OrderMode;
use crate::order::{ArrowId, FragmentId, LifelineId};
use crate::trace::{Entry, Event, Evidence, Moment};
use crate::wire::{Bind, Channel, Expects, Kinship, Matched, Memory, Observed, Resolved, Viewer};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// An observation that nothing drawn accounts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Residue {
    /// The entry of the log.
    pub entry: usize,
    /// It matches something that must never come.
    pub forbidden: Option<ArrowId>,
}

/// Something that went wrong where the diagram says that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excuse {
    /// The arrow.
    pub key: Key,
    /// The frame, where there is one.
    pub entry: Option<usize>,
}

/// Judges one play, one observation at a time. It never sees a socket or a clock: moments are handed in.
#[derive(Debug)]
pub struct Oracle {
    pub(super) plan: Arc<Plan>,
    pub(super) options: Options,
    pub(super) turns: Turns,
    pub(super) configs: Vec<Config>,
    pub(super) log: Vec<Entry>,
    pub(super) residue: Vec<Residue>,
    /// Entries that were observed as drawn but at the wrong time, with the arrow.
    pub(super) mistimed: Vec<(usize, Key, timing::Fault)>,
    /// Something must have come by then and has not.
    pub(super) overdue: bool,
    pub(super) trouble: Option<super::Trouble>,
    pub(super) quiet: Option<(Evidence, Vec<(LifelineId, Evidence)>)>,
    /// Arrows that were sent although nothing confirmed what is drawn above them: the arrow and what was open.
    pub(super) unconfirmed: Vec<(ArrowId, ArrowId)>,
    pub(super) unanswered_echo: Option<LifelineId>,
    /// What came fits several branches that go on differently.
    pub(super) unknown_branch: bool,
    /// A recorded send that has no place in the diagram.
    pub(super) misfit: Option<ArrowId>,
    /// Which arrow each entry was observed as, in the order of the log.
    pub(super) matched: Vec<(usize, Key)>,
    /// What the tool sent, and when.
    pub(super) sends: Vec<(Key, Moment)>,
    /// Entries that are the end of a connection which its client was ending.
    pub(super) skipped: BTreeSet<usize>,
    /// Findings at arrows that are known failures.
    pub(super) excuses: Vec<Excuse>,
    finished: bool,
    /// Exchanges that are under way, since when.
    inflight: BTreeMap<Key, Moment>,
    /// Per client: how many arrows it has sent, and how many when its last echo was asked and answered.
    sent: BTreeMap<LifelineId, u64>,
    asked: BTreeMap<LifelineId, (u64, Moment)>,
    echoed: BTreeMap<LifelineId, u64>,
    /// Sockets that have ended, and those that the client itself is ending.
    ended: BTreeSet<(LifelineId, LifelineId)>,
    leaving: BTreeSet<(LifelineId, LifelineId)>,
    paused: BTreeSet<LifelineId>,
    requests: Requests,
    progress: Moment,
    /// What the tool has chosen.
    choices: Choices,
    /// A record is judged that does not tell one of its choices: it is another diagram's.
    pub(super) guessed: bool,
}

impl Oracle {
    /// At the beginning of a play.
    pub fn new(plan: Arc<Plan>, options: Options) -> Oracle {
        let mut oracle = Oracle {
            plan,
            options,
            turns: Turns::default(),
            configs: Vec::new(),
            log: Vec::new(),
            residue: Vec::new(),
            mistimed: Vec::new(),
            overdue: false,
            trouble: None,
            quiet: None,
            unconfirmed: Vec::new(),
            unanswered_echo: None,
            unknown_branch: false,
            misfit: None,
            matched: Vec::new(),
            sends: Vec::new(),
            skipped: BTreeSet::new(),
            excuses: Vec::new(),
            finished: false,
            inflight: BTreeMap::new(),
            sent: BTreeMap::new(),
            asked: BTreeMap::new(),
            echoed: BTreeMap::new(),
            ended: BTreeSet::new(),
            leaving: BTreeSet::new(),
            paused: BTreeSet::new(),
            requests: Requests::default(),
            progress: Moment(0),
            choices: Choices::new(),
            guessed: false,
        };
        let first = oracle.moving(Moment(0), Config::start);
        oracle.configs.push(first);
        oracle
    }

    /// The plan that is judged.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What is known for building frames.
    pub fn memory(&self) -> Option<&Memory> {
        self.configs.first().map(|config| &config.memory)
    }

    /// Names of the diagram that are fresh in this turn; for the viewer of an arrow about to be played.
    pub fn scopes(&self, ready: &Ready) -> Vec<(Arc<str>, u32)> {
        self.plan.scopes(ready.arrow, ready.turn, &self.turns)
    }

    /// Everything told so far, in the order in which it was told.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// Whether a violation was seen or an obligation is overdue: nothing more is played.
    pub fn failing(&self) -> bool {
        self.overdue || !self.residue.is_empty() || !self.mistimed.is_empty() || self.trouble.is_some()
    }

    /// What the driver should do now. Ask again after everything that is told.
    pub fn want(&mut self, now: Moment) -> Want {
        if self.finished || self.configs.is_empty() {
            return Want::Over;
        }
        self.tick(now);
        if self.failing() {
            return Want::Quiet;
        }
        let ready = self.ready();
        let (playable, blocked) = self.confirmed(ready);
        if !playable.is_empty() {
            return Want::Play(playable);
        }
        if !blocked.is_empty() {
            return self.ask_echo(blocked, now);
        }
        if let Some(until) = self.inflight.values().min().map(|since| since.plus(self.options.timeout)) {
            if now >= until {
                self.overdue = true;
                return Want::Quiet;
            }
            return Want::Wait(until);
        }
        // While one reading of what came still owes something, it may yet prove to be the true one.
        let until = self.configs.iter().filter_map(|config| self.patience(config)).max();
        if let Some(until) = until.filter(|until| *until > now) {
            return Want::Wait(until);
        }
        let end = self.progress.plus(self.plan.order.tail);
        if !self.plan.order.tail.is_zero() && end > now && self.configs.iter().any(silence::is_over) {
            return Want::Wait(end);
        }
        Want::Quiet
    }

    /// Time has passed: what was due before `now` is overdue. [`Oracle::want`] does this; a record that is judged again
    /// needs nothing else between its entries.
    pub fn tick(&mut self, now: Moment) {
        if self.failing() || self.finished {
            return;
        }
        self.skip_known_failures(now);
        self.drop_overdue(now);
    }

    /// The turn in which a recorded send of this arrow is due; none where the diagram does not have it here.
    ///
    /// A record is judged again by telling its entries in their order, with [`Oracle::tick`] before each.
    pub fn expecting(&self, arrow: ArrowId) -> Option<Ready> {
        let config = self.configs.first()?;
        let open = config.plays.range((arrow.0, 0)..=(arrow.0, u32::MAX));
        let lanes = self.plan.lanes_of(arrow);
        let (&(_, turn), &(_, since)) = open.into_iter().find(|(_, (count, _))| *count >= lanes)?;
        let (lifeline, to) = self.plan.client(arrow)?;
        Some(Ready { arrow, turn, lifeline, to, channel: self.plan.planned(arrow).channel, not_before: since })
    }

    /// A record has a send that the diagram does not have here: [`Oracle::expecting`] knows none. From here on the record
    /// decides nothing.
    pub fn misfit(&mut self, arrow: ArrowId) {
        self.misfit.get_or_insert(arrow);
        self.finished = true;
    }

    /// The exchange of this arrow that is under way.
    pub fn under_way(&self, arrow: ArrowId) -> Option<Ready> {
        let (&(_, turn), &since) = self.inflight.range((arrow.0, 0)..=(arrow.0, u32::MAX)).next()?;
        let (lifeline, to) = self.plan.client(arrow)?;
        Some(Ready { arrow, turn, lifeline, to, channel: self.plan.planned(arrow).channel, not_before: since })
    }

    /// The tool has begun to play an arrow: `at` is the moment before its first byte.
    pub fn sent(&mut self, at: Moment, ready: &Ready, raw: Vec<crate::wire::Raw>, binds: Vec<Bind>) {
        let key = (ready.arrow.0, ready.turn);
        let label = self.plan.order.arrow(ready.arrow).label.clone();
        self.log.push(Entry {
            at,
            event: Event::Sent {
                lifeline: ready.lifeline.0,
                to: ready.to.0,
                channel: ready.channel,
                arrow: ready.arrow.0,
                label,
                raw,
            },
        });
        self.log.extend(learned(at, &binds));
        self.note_unconfirmed(ready);
        self.progress = at;
        self.sends.push((key, at));
        *self.sent.entry(ready.lifeline).or_default() += 1;
        let plan = Arc::clone(&self.plan);
        let planned = plan.planned(ready.arrow);
        self.note_send(ready, planned.resolved.as_ref());
        let exchange = planned.exchange;
        if exchange {
            self.inflight.insert(key, at);
        }
        let reopened = matches!(planned.resolved, Some(Resolved::Connect { .. }));
        let mut twins = self.twins(key);
        self.each_config(at, |config, mover| {
            let key = twins.next().flatten().unwrap_or(key);
            if reopened {
                config.memory.forget(ready.lifeline.0);
            }
            config.memory.learn(binds.clone());
            if exchange {
                config.plays.remove(&key);
                config.flying.insert(key);
            } else {
                config.pass_play(mover, key, at);
            }
            config.post(mover, mover.plan.lanes.routes[key.0 as usize].cause, Wait::Sent(key), at);
        });
        self.merge();
    }

    /// An exchange is complete: the handshake was accepted or refused, the Close was answered, the last frame came.
    pub fn done(&mut self, at: Moment, ready: &Ready) {
        let key = (ready.arrow.0, ready.turn);
        if self.inflight.remove(&key).is_none() {
            return;
        }
        self.log.push(Entry { at, event: Event::Done { lifeline: ready.lifeline.0, arrow: ready.arrow.0 } });
        self.progress = at;
        if matches!(self.plan.planned(ready.arrow).resolved, Some(Resolved::Disconnect)) {
            self.ended.insert((ready.lifeline, ready.to));
        }
        let mut twins: Vec<Option<Key>> = Vec::new();
        for config in &self.configs {
            twins.push(self.alike(config.flying.iter(), key));
        }
        let mut twins = twins.into_iter();
        self.each_config(at, |config, mover| {
            let key = twins.next().flatten().unwrap_or(key);
            config.pass_play(mover, key, at);
        });
        self.merge();
    }

    /// What playing an arrow is in each configuration, in their order.
    fn twins(&self, key: Key) -> std::vec::IntoIter<Option<Key>> {
        self.configs.iter().map(|config| self.twin(config, key)).collect::<Vec<_>>().into_iter()
    }

    /// Something became known outside the drawn arrows: by a login, a preamble, a step of an exchange.
    pub fn learn(&mut self, at: Moment, binds: Vec<Bind>) {
        if binds.is_empty() {
            return;
        }
        self.log.extend(learned(at, &binds));
        for config in &mut self.configs {
            config.memory.learn(binds.clone());
        }
    }

    /// A client's echo was answered.
    pub fn echoed(&mut self, at: Moment, client: LifelineId) {
        self.log.push(Entry { at, event: Event::Echoed { lifeline: client.0 } });
        // A record does not say when the echo was asked; between question and answer its client sends nothing.
        let sent = self.sent.get(&client).copied().unwrap_or(0);
        let count = self.asked.remove(&client).map_or(sent, |(count, _)| count);
        self.echoed.insert(client, count);
    }

    /// Nothing more comes for now. Choices of the server that are still open are taken as silence; where there is
    /// nothing left, the play is over.
    pub fn quiet(&mut self, at: Moment, evidence: Evidence, weaker: Vec<(LifelineId, Evidence)>) {
        self.log.push(Entry {
            at,
            event: Event::Quiet { evidence, weaker: weaker.iter().map(|(id, how)| (id.0, *how)).collect() },
        });
        self.quiet = Some((evidence, weaker));
        if self.failing() {
            self.finished = true;
            return;
        }
        let mut moved = false;
        self.each_config(at, |config, mover| moved |= silence::conclude(config, mover));
        self.merge();
        if self.configs.iter().any(silence::is_over) {
            self.configs.retain(silence::is_over);
            self.finished = true;
        } else if !moved && self.configs.len() > 1 && self.configs.iter().any(|config| !config.plays.is_empty()) {
            // What came fits several branches, and what is to be sent now differs between them.
            self.unknown_branch = true;
            self.finished = true;
        } else if !moved && self.ready().is_empty() && self.inflight.is_empty() {
            // Whatever is still expected has had its time.
            self.overdue = true;
            self.finished = true;
        } else {
            self.progress = at;
        }
    }

    /// seqcheck could not go on: no address, a limit, a bug. The verdict is `error`.
    pub fn fail(&mut self, trouble: super::Trouble) {
        self.trouble.get_or_insert(trouble);
        self.finished = true;
    }

    /// Something arrived at a client. `from` is the lifeline that it had dialled.
    pub fn received(&mut self, at: Moment, client: LifelineId, from: LifelineId, channel: Channel, observed: Observed) {
        let entry = self.log.len();
        let observation = observed.clone();
        self.log.push(Entry { at, event: Event::Received { lifeline: client.0, from: from.0, channel, observed } });
        let answer = channel != Channel::Socket && matches!(observation, Observed::Status { .. });
        let open = if answer { self.requests.answered(client, from, channel) } else { 0 };
        let granted = answer && matches!(observation, Observed::Status { code: 200..400, .. });
        let ended = matches!(observation, Observed::Close { .. } | Observed::End { .. });
        if ended && self.leaving.contains(&(client, from)) {
            self.skipped.insert(entry);
            return;
        }
        if ended && channel == Channel::Socket {
            self.ended.insert((client, from));
        }
        if self.trouble.is_some() || self.misfit.is_some() {
            return;
        }
        let lane = self.plan.lanes.receive.get(&(client, from, channel)).copied().unwrap_or(NONE);
        if lane != NONE && self.account(at, entry, lane, &observation) {
            self.progress = at;
            self.merge();
            return;
        }
        if granted && !self.answer_is_drawn(at, lane, open) || self.excused(client, lane, &observation) {
            return;
        }
        let forbidden = self.forbidden(lane, &observation);
        if forbidden.is_none() && lane != NONE && self.known_failure(at, entry, lane, &observation) {
            return;
        }
        self.residue.push(Residue { entry, forbidden });
    }

    /// Lets every configuration account for an observation; false where none can.
    fn account(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        let configs = std::mem::take(&mut self.configs);
        let mut next: Vec<(Config, Option<(Key, timing::Fault)>)> = Vec::with_capacity(configs.len());
        let mut complete = true;
        let mut kept = Vec::new();
        let count = configs.len();
        let mut taken_as = None;
        for config in configs {
            let found = self.moving(at, |mover| {
                let (found, all) = candidates::candidates(&config, mover, lane, observed);
                complete &= all;
                found
            });
            if count == 1
                && let [only] = found.as_slice()
                && only.decisions.is_empty()
                && let Some(since) = self.since(at, lane, &config, only)
            {
                let mut config = config;
                let fault = self.accept(&mut config, at, lane, only, since);
                next.push((config, fault));
                taken_as = Some(only.key);
                break;
            }
            for candidate in &found {
                for mut taken in self.taken(at, lane, &config, candidate) {
                    let Some(since) = self.since(at, lane, &taken, candidate) else { continue };
                    let fault = self.accept(&mut taken, at, lane, candidate, since);
                    taken_as.get_or_insert(candidate.key);
                    next.push((taken, fault));
                }
            }
            kept.push(config);
        }
        if !complete || next.len() > self.options.cap {
            let readings = kept.iter().chain(next.iter().map(|(config, _)| config));
            self.too_ambiguous(lane, readings.take(8).cloned().collect());
            // There will be no verdict: what follows is only recorded.
            self.configs = kept;
            return true;
        }
        if next.is_empty() {
            self.configs = kept;
            return false;
        }
        self.matched.extend(taken_as.map(|key| (entry, key)));
        // Where one way to account for it is in time, the others are not the true one.
        if next.iter().any(|(_, fault)| fault.is_none()) {
            next.retain(|(_, fault)| fault.is_none());
        } else if let Some((key, fault)) = next.first().and_then(|(_, fault)| *fault) {
            self.mistimed.push((entry, key, fault));
        }
        self.configs = next.into_iter().map(|(config, _)| config).collect();
        true
    }

    /// When the cause of a candidate was complete; none where it is not, or where it must wait for another arrow.
    fn since(
        &mut self,
        at: Moment,
        lane: u32,
        config: &Config,
        candidate: &Candidate,
    ) -> Option<(Moment, Option<Key>)> {
        let plan = Arc::clone(&self.plan);
        let after = &plan.planned(ArrowId(candidate.key.0)).after;
        if !after.iter().all(|id| config.is_complete(*id)) {
            return None;
        }
        self.moving(at, |mover| candidates::emitted(config, mover, lane, candidate.key))
    }

    /// The configurations in which a candidate's decisions are taken and its message may be on its way.
    pub(super) fn taken(&mut self, at: Moment, lane: u32, config: &Config, candidate: &Candidate) -> Vec<Config> {
        let mut taken = config.clone();
        self.moving(at, |mover| {
            for (key, decision) in &candidate.decisions {
                taken.decide(mover, *key, *decision);
            }
            candidates::reach(taken, mover, lane, candidate.key)
        })
    }

    fn accept(
        &mut self,
        config: &mut Config,
        at: Moment,
        lane: u32,
        candidate: &Candidate,
        since: (Moment, Option<Key>),
    ) -> Option<(Key, timing::Fault)> {
        let plan = Arc::clone(&self.plan);
        let fault = timing::judge(&plan, config, &self.options, at, candidate.key, since);
        self.moving(at, |mover| config.receive(mover, lane, candidate, at));
        fault.map(|fault| (candidate.key, fault))
    }

    /// What need not be drawn: frames of an `ignore` scope, the end of a connection of which nothing was expected any
    /// more.
    fn excused(&mut self, client: LifelineId, lane: u32, observed: &Observed) -> bool {
        match observed {
            Observed::Close { .. } | Observed::End { .. } => {
                self.configs.iter().all(|config| self.idle(config, client, lane))
            }
            Observed::Message(_) | Observed::Garbled { .. } | Observed::Event { .. } | Observed::Status { .. } => {
                let plan = Arc::clone(&self.plan);
                let before = self.configs.len();
                let live: Vec<bool> =
                    self.configs.iter().map(|config| silence::ignored(&plan, config, client, lane, observed)).collect();
                if !live.contains(&true) {
                    return false;
                }
                let mut live = live.into_iter();
                self.configs.retain(|_| live.next().unwrap_or(false));
                before >= self.configs.len()
            }
        }
    }

    /// Whether nothing is expected of a client or to be sent by it any more.
    fn idle(&self, config: &Config, client: LifelineId, lane: u32) -> bool {
        let kinds = &self.plan.lanes.kinds;
        let tool_over = kinds
            .iter()
            .zip(&config.lanes)
            .filter(|(kind, _)| **kind == LaneKind::Tool(client))
            .all(|(_, state)| state.is_over());
        tool_over && (lane == NONE || config.lanes[lane as usize].is_over())
    }

    fn forbidden(&self, lane: u32, observed: &Observed) -> Option<ArrowId> {
        let config = self.configs.first()?;
        let state = config.lanes.get(lane as usize)?;
        let found = state.forbidden.iter().find(|(id, turn)| {
            self.plan.expectation(*id).is_some_and(|expectation| {
                let LaneKind::Receive { client, .. } = self.plan.lanes.kinds[lane as usize] else { return false };
                let scopes = self.plan.scopes(*id, *turn, &self.turns);
                let viewer = Viewer { lifeline: client.0, scopes: &scopes, arrow: id.0 };
                matches!(expectation.matches(observed, &config.memory, viewer), Matched::Yes(_))
            })
        });
        found.map(|(id, _)| *id)
    }

    fn too_ambiguous(&mut self, lane: u32, readings: Vec<Config>) {
        let order = &self.plan.order;
        let mut spans = Vec::new();
        for config in &readings {
            for (wait, _) in &config.lanes[lane as usize].waiting {
                if let Wait::Receive((arrow, _)) = wait {
                    let span = order.arrow(ArrowId(*arrow)).span;
                    if !spans.contains(&span) {
                        spans.push(span);
                    }
                }
            }
        }
        self.trouble.get_or_insert(super::Trouble {
            kind: "ambiguous",
            message: format!("more than {} ways to read what was observed", self.options.cap),
            help: vec![
                "make the labels differ, or draw an order between these lines".to_owned(),
                "seqcheck explain SQ105 tells which frames are ambiguous".to_owned(),
            ],
            spans,
        });
    }

    fn ready(&self) -> Vec<Ready> {
        let Some(first) = self.configs.first() else { return Vec::new() };
        let mut ready = Vec::new();
        for (&(arrow, turn), &(count, since)) in &first.plays {
            let key = (arrow, turn);
            let id = ArrowId(arrow);
            let planned = self.plan.planned(id);
            if count < self.plan.lanes_of(id) {
                continue;
            }
            let everywhere = self.configs.iter().all(|config| {
                self.twin(config, key).is_some_and(|twin| {
                    let id = ArrowId(twin.0);
                    config.plays.get(&twin).is_some_and(|(count, _)| *count >= self.plan.lanes_of(id))
                        && self.plan.planned(id).after.iter().all(|on| config.is_complete(*on))
                })
            });
            let Some((lifeline, to)) = self.plan.client(id).filter(|_| everywhere) else { continue };
            let traits = &self.plan.order.arrow(id).traits;
            let wait = traits.delay.unwrap_or_default() + traits.after.unwrap_or_default() + planned.wait;
            ready.push(Ready { arrow: id, turn, lifeline, to, channel: planned.channel, not_before: since.plus(wait) });
        }
        ready
    }

    /// What playing an arrow is in one configuration: this very turn of it, another turn, or an arrow that is the same on
    /// the wire. Where branches look alike, the tool may go on without knowing which it is in.
    fn twin(&self, config: &Config, key: Key) -> Option<Key> {
        if config.plays.contains_key(&key) { Some(key) } else { self.alike(config.plays.keys(), key) }
    }

    /// The key itself where it is among these, else one that is the same on the wire.
    fn alike<'k>(&self, keys: impl Iterator<Item = &'k Key>, key: Key) -> Option<Key> {
        let order = &self.plan.order;
        let arrow = order.arrow(ArrowId(key.0));
        let mut found = None;
        for other in keys {
            if *other == key {
                return Some(key);
            }
            let twin = order.arrow(ArrowId(other.0));
            let alike = other.0 == key.0
                || (twin.label == arrow.label
                    && twin.from == arrow.from
                    && twin.to == arrow.to
                    && twin.traits.is_plain()
                    && arrow.traits.is_plain());
            if alike && found.is_none() {
                found = Some(*other);
            }
        }
        found
    }

    /// Splits what is ready into what may be played and whose echo is missing for the rest.
    fn confirmed(&mut self, ready: Vec<Ready>) -> (Vec<Ready>, Vec<LifelineId>) {
        if self.options.order != OrderMode::Diagram {
            return (ready, Vec::new());
        }
        let plan = Arc::clone(&self.plan);
        let mut playable = Vec::new();
        let mut missing = Vec::new();
        for ready in ready {
            let planned = plan.planned(ready.arrow);
            let mut blocked = false;
            for client in &planned.confirm {
                let sent = self.sent.get(client).copied().unwrap_or(0);
                if sent == 0 || self.echoed.get(client).copied().unwrap_or(0) >= sent {
                    continue;
                }
                let open = !self.ended.contains(&(*client, ready.to)) && !self.paused.contains(client);
                if self.options.echo && open {
                    blocked = true;
                    missing.push(*client);
                }
            }
            if !blocked {
                playable.push(ready);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        (playable, missing)
    }

    /// Keeps what nothing had confirmed when an arrow was sent.
    fn note_unconfirmed(&mut self, ready: &Ready) {
        if self.options.order != OrderMode::Diagram {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let planned = plan.planned(ready.arrow);
        for (client, send) in planned.confirm.iter().zip(&planned.unconfirmed) {
            let sent = self.sent.get(client).copied().unwrap_or(0);
            if sent > 0 && self.echoed.get(client).copied().unwrap_or(0) < sent {
                self.unconfirmed.push((ready.arrow, *send));
            }
        }
        self.unconfirmed.extend(planned.blind.iter().map(|send| (ready.arrow, *send)));
    }

    fn ask_echo(&mut self, clients: Vec<LifelineId>, now: Moment) -> Want {
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
            Some((since, client)) if now >= since.plus(self.options.timeout) => {
                self.overdue = true;
                self.unanswered_echo = Some(client);
                Want::Quiet
            }
            Some((since, _)) => Want::Wait(since.plus(self.options.timeout)),
            None => Want::Wait(now.plus(self.options.timeout)),
        }
    }

    /// Configurations whose obligations are overdue are not the true ones while there are others.
    fn drop_overdue(&mut self, now: Moment) {
        let late = |config: &Config| config.due.first().is_some_and(|(until, _)| *until < now);
        if self.configs.iter().all(late) {
            self.overdue = true;
        } else {
            self.configs.retain(|config| !late(config));
        }
    }

    /// How long a configuration may still wait for something that has to come.
    fn patience(&self, config: &Config) -> Option<Moment> {
        config.due.first().map(|(until, _)| until.plus(std::time::Duration::from_nanos(1))).or_else(|| {
            silence::must_come(&self.plan, config, &self.turns).then(|| self.progress.plus(self.options.timeout))
        })
    }

    fn note_send(&mut self, ready: &Ready, resolved: Option<&Resolved>) {
        let pair = (ready.lifeline, ready.to);
        let lost = self.plan.order.arrow(ready.arrow).traits.lost;
        match resolved {
            Some(Resolved::Connect { .. }) => {
                self.ended.remove(&pair);
                self.leaving.remove(&pair);
            }
            Some(Resolved::Disconnect | Resolved::Drop) => {
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
            Some(Resolved::Request(_)) => self.requests.asked(ready.lifeline, ready.to, ready.channel),
            Some(Resolved::DropEvents | Resolved::Send(_) | Resolved::Expect(_)) | None => {}
        }
        if lost {
            self.leaving.insert(pair);
            self.ended.insert(pair);
        }
    }

    /// Equal configurations are one.
    fn merge(&mut self) {
        if self.configs.len() < 2 {
            return;
        }
        let mut kept: Vec<Config> = Vec::with_capacity(self.configs.len());
        for config in self.configs.drain(..) {
            if !kept.iter().any(|known| known.same(&config)) {
                kept.push(config);
            }
        }
        self.configs = kept;
    }

    fn each_config(&mut self, at: Moment, mut change: impl FnMut(&mut Config, &mut Mover<'_>)) {
        let mut configs = std::mem::take(&mut self.configs);
        for config in &mut configs {
            self.moving(at, |mover| change(config, mover));
        }
        self.configs = configs;
    }

    pub(super) fn moving<T>(&mut self, now: Moment, then: impl FnOnce(&mut Mover<'_>) -> T) -> T {
        let plan = Arc::clone(&self.plan);
        let options = &self.options;
        let (log, choices, guessed) = (&mut self.log, &mut self.choices, &mut self.guessed);
        let mut choose = |fragment: FragmentId, turn: u32| -> Decision {
            let decision = choice::choose(&plan.order, options, fragment, turn);
            let choice = match decision {
                Decision::Operand(operand) => operand,
                Decision::Turns { begun, .. } => begun,
            };
            if choices.insert((fragment.0, turn), choice).is_none() {
                log.push(Entry { at: now, event: Event::Chose { fragment: fragment.0, turn, choice } });
                let told = options.recorded.as_ref().is_none_or(|facts| facts.contains_key(&(fragment.0, turn)));
                *guessed |= !told && choice::is_open(&plan.order, fragment);
            }
            decision
        };
        let mut mover =
            Mover { plan: &plan, turns: &mut self.turns, now, timeout: options.timeout, chooser: Some(&mut choose) };
        then(&mut mover)
    }

    /// Moves something on with decisions that are all known, for explaining.
    pub(super) fn moving_with<T>(&mut self, then: impl FnOnce(&mut Mover<'_>) -> T) -> T {
        let plan = Arc::clone(&self.plan);
        let mut mover =
            Mover { plan: &plan, turns: &mut self.turns, now: Moment(0), timeout: self.options.timeout, chooser: None };
        then(&mut mover)
    }

    /// A frame at an arrow that is known to fail: of its type while it is expected, or once more after it.
    fn known_failure(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        let plan = Arc::clone(&self.plan);
        let known = |id: ArrowId| plan.order.arrow(id).traits.known_failure.is_some();
        if self.behind_known_failures(at, entry, lane, observed) {
            return true;
        }
        let Some(config) = self.configs.first() else { return false };
        let state = &config.lanes[lane as usize];
        let expected = state.emitted.iter().map(|emission| emission.key).find(|key| {
            known(ArrowId(key.0))
                && plan
                    .expectation(ArrowId(key.0))
                    .is_some_and(|expectation| expectation.kinship(observed) >= Kinship::SameType)
        });
        if let Some(key) = expected.filter(|key| state.is_waiting(Wait::Receive(*key))) {
            self.excuses.push(Excuse { key, entry: Some(entry) });
            self.skip(at, lane, key);
            return true;
        }
        let last = self.matched.iter().rev().find(|(at, _)| self.frame(*at).is_some_and(|(on, _)| on == lane));
        match last {
            Some((_, key)) if known(ArrowId(key.0)) => {
                self.excuses.push(Excuse { key: *key, entry: Some(entry) });
                true
            }
            Some(_) | None => false,
        }
    }

    /// Whether a frame is as drawn once the known failures before it are passed over: then they did not come.
    fn behind_known_failures(&mut self, at: Moment, entry: usize, lane: u32, observed: &Observed) -> bool {
        let plan = Arc::clone(&self.plan);
        let mut before = None;
        let mut passed: Vec<Key> = Vec::new();
        while let Some(config) = self.configs.first() {
            let state = &config.lanes[lane as usize];
            let waits = |key: &Key| {
                plan.order.arrow(ArrowId(key.0)).traits.known_failure.is_some() && state.is_waiting(Wait::Receive(*key))
            };
            let Some(key) = state.emitted.iter().map(|emission| emission.key).find(waits) else { break };
            before.get_or_insert_with(|| self.configs.clone());
            self.skip(at, lane, key);
            passed.push(key);
            if self.account(at, entry, lane, observed) {
                self.excuses.extend(passed.into_iter().map(|key| Excuse { key, entry: None }));
                self.progress = at;
                self.merge();
                return true;
            }
        }
        if let Some(before) = before {
            self.configs = before;
        }
        false
    }

    /// Goes on as if an expectation had been met.
    fn skip(&mut self, at: Moment, lane: u32, key: Key) {
        let candidate = Candidate { key, decisions: Vec::new(), binds: Vec::new() };
        self.each_config(at, |config, mover| config.receive(mover, lane, &candidate, at));
        self.merge();
    }

    /// Expectations that are overdue and known to fail are passed over; true where there were any.
    fn skip_known_failures(&mut self, now: Moment) -> bool {
        let plan = Arc::clone(&self.plan);
        let Some(config) = self.configs.first() else { return false };
        let overdue = config.due.iter().take_while(|(until, _)| *until < now);
        let known: Vec<Key> = overdue
            .map(|(_, key)| *key)
            .filter(|key| plan.order.arrow(ArrowId(key.0)).traits.known_failure.is_some())
            .collect();
        for key in &known {
            self.excuses.push(Excuse { key: *key, entry: None });
            self.skip(now, plan.lanes.routes[key.0 as usize].receive, *key);
        }
        !known.is_empty()
    }

    /// Whether the play has come to its end: all that was drawn, or a violation, or an error.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// An exchange that was begun and has no answer.
    pub(super) fn open_exchange(&self) -> Option<(Key, Moment)> {
        self.inflight.iter().next().map(|(key, since)| (*key, *since))
    }
}

/// What a record must tell so that it can be judged again: values that were made, or came from outside what is drawn. Names
/// follow from them.
fn learned(at: Moment, binds: &[Bind]) -> impl Iterator<Item = Entry> {
    binds.iter().filter_map(move |bind| match bind {
        Bind::Hole { lifeline, hole, value, reach } => {
            let (hole, value) = (hole.clone(), value.clone());
            Some(Entry { at, event: Event::Learned { lifeline: *lifeline, hole, value, reach: *reach } })
        }
        Bind::Name { .. } => None,
    })
}

impl Config {
    /// The tool has played an arrow: past it on every lane that admits it.
    fn pass_play(&mut self, mover: &mut Mover<'_>, key: Key, at: Moment) {
        self.plays.remove(&key);
        self.flying.remove(&key);
        self.note_time(mover, key, at);
        let routes = mover.plan.lanes.routes[key.0 as usize];
        for lane in [routes.tool, routes.gate].into_iter().filter(|lane| *lane != NONE) {
            let state = self.lane(lane);
            if let Some(thread) = state.wake(Wait::Play(key)) {
                state.step_over(thread, Wait::Play(key));
                self.run(mover, lane, thread);
            }
        }
    }

    fn receive(&mut self, mover: &mut Mover<'_>, lane: u32, candidate: &Candidate, at: Moment) {
        let key = candidate.key;
        let plan = mover.plan;
        self.memory.learn(candidate.binds.clone());
        let state = self.lane(lane);
        if let Some(place) = state.emitted.iter().position(|emission| emission.key == key) {
            let emission = state.emitted.remove(place);
            self.due.remove(&(emission.until, key));
        }
        self.note_time(mover, key, at);
        let state = self.lane(lane);
        state.last_received = Some(at);
        state.scopes.retain(|(_, inside)| *inside);
        if let Some(critical) = plan.critical(ArrowId(key.0)) {
            state.lock.get_or_insert(critical);
        }
        if let Some(thread) = state.wake(Wait::Receive(key)) {
            state.step_over(thread, Wait::Receive(key));
            self.run(mover, lane, thread);
        }
        let routes = plan.lanes.routes[key.0 as usize];
        self.post(mover, routes.tool, Wait::Received(key), at);
        self.post(mover, routes.gate, Wait::Received(key), at);
    }

    fn note_time(&mut self, mover: &Mover<'_>, key: Key, at: Moment) {
        if mover.plan.timed || mover.plan.awaited.contains(&ArrowId(key.0)) {
            Rc::make_mut(&mut self.times).insert(key, at);
        }
    }

    /// Whether an arrow was complete in some turn.
    pub(super) fn is_complete(&self, id: ArrowId) -> bool {
        self.times.range((id.0, 0)..=(id.0, u32::MAX)).next().is_some()
    }
}
