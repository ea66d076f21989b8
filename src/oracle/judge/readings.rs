//! The readings: every configuration that still accounts for all that was observed.

use crate::oracle::api::{Choices, Options};
use crate::oracle::choice;
use crate::oracle::config::{self, Candidate, Config, Decision, Key, Leave, Mover, Reached, Wait, times};
use crate::oracle::plan::Plan;
use crate::oracle::timing::Fault;
use crate::oracle::turns::Turns;
use crate::oracle::verdict::Trouble;
use crate::order::{ArrowId, FragmentId};
use crate::trace::{Entry, Event, Moment, Stops};
use crate::wire::Observed;
use std::rc::Rc;
use std::sync::Arc;

/// So many lines are told that are ambiguous, and so many readings asked for them.
const TOLD: usize = 8;

/// What an observation is to the readings.
#[derive(Debug)]
pub(in crate::oracle) enum Accounted {
    /// No reading accounts for it; all are as they were.
    No,
    /// Some do, and they are what is left: the arrow that it is in the first of them, and what is wrong with its time in all.
    As(Key, Option<Fault>),
    /// There are more ways to read it than the cap allows; all are as they were.
    TooMany(Trouble),
}

/// One way to account for an observation.
#[derive(Debug)]
struct Way {
    config: Config,
    key: Key,
    fault: Option<Fault>,
}

impl Way {
    /// With all that came before, too.
    fn is_in_time(&self) -> bool {
        self.fault.is_none() && self.config.belated.is_none()
    }
}

/// What trying to account for an observation came to.
#[derive(Debug)]
struct Round {
    next: Vec<Way>,
    /// The configurations as they were; all of them unless there is only one way.
    kept: Vec<Config>,
    complete: bool,
    /// Ways were left out for which others stand.
    pruned: bool,
    /// One that was tried is not in time, or its cause is not complete.
    refused: bool,
}

/// Every reading that is still possible, and what they share.
#[derive(Debug)]
pub(in crate::oracle) struct Readings {
    pub(super) plan: Arc<Plan>,
    pub(super) options: Rc<Options>,
    pub turns: Turns,
    pub configs: Vec<Config>,
    /// What the tool has chosen.
    choices: Choices,
    /// A record is judged that does not tell one of its choices: it is another diagram's.
    pub guessed: bool,
    /// A reading may have been lost to a limit: what fails from here on may be no fault.
    pub cut: bool,
    /// How much was looked at: expectations, steps to them, and readings.
    pub work: usize,
    /// Choices of the tool that were just made, for the log.
    pub told: Vec<Entry>,
    /// When the time of the play stood still.
    pub stops: Stops,
    /// What was late, as was just found out.
    pub belated: Vec<(Key, Fault)>,
}

impl Readings {
    /// At the beginning of a play: one.
    pub fn new(plan: Arc<Plan>, options: Rc<Options>) -> Readings {
        let mut readings = Readings {
            plan,
            options,
            turns: Turns::default(),
            configs: Vec::new(),
            choices: Choices::new(),
            guessed: false,
            cut: false,
            work: 0,
            told: Vec::new(),
            stops: Stops::default(),
            belated: Vec::new(),
        };
        let first = readings.moving(Moment(0), Config::start);
        readings.configs.push(first);
        readings
    }

    /// Lets every configuration account for an observation.
    pub fn account(&mut self, at: Moment, lane: u32, observed: &Observed) -> Accounted {
        let configs = std::mem::take(&mut self.configs);
        let mut round = self.round(at, lane, observed, configs, true);
        if round.pruned && round.refused {
            // What was to stand for others does not hold: look at each.
            round = self.round(at, lane, observed, round.kept, false);
        }
        let Round { mut next, kept, complete, .. } = round;
        if !complete {
            let trouble = self.too_ambiguous(at, lane, observed, &kept);
            self.configs = kept;
            return Accounted::TooMany(trouble);
        }
        // Where one way to account for it is in time, the others are not the true one.
        for in_time in [Way::is_in_time, |way: &Way| way.fault.is_none()] {
            if next.iter().any(in_time) {
                next.retain(in_time);
                break;
            }
        }
        let Some((key, fault)) = next.first().map(|taken| (taken.key, taken.fault)) else {
            self.configs = kept;
            return Accounted::No;
        };
        self.configs = next.into_iter().map(|taken| taken.config).collect();
        self.merge();
        Accounted::As(key, fault)
    }

    /// Tries every way in every configuration; with `prune`, of those of which one can do what another can, only the one.
    fn round(&mut self, at: Moment, lane: u32, observed: &Observed, configs: Vec<Config>, prune: bool) -> Round {
        let count = configs.len();
        let mut round = Round { next: Vec::new(), kept: Vec::new(), complete: true, pruned: false, refused: false };
        for config in configs {
            if !round.complete {
                round.kept.push(config);
                continue;
            }
            let found = self.moving(at, |mover| config::candidates(&config, mover, lane, observed, prune));
            round.complete &= found.complete;
            round.pruned |= found.pruned;
            self.work += 1 + found.steps;
            self.cut |= found.cut;
            if count == 1
                && !found.pruned
                && let [only] = found.candidates.as_slice()
                && only.decisions.is_empty()
                && let Some(since) = self.since(at, lane, &config, only)
                && self.moving(at, |mover| config::open_above(&config, mover, only.key)).is_empty()
            {
                let mut config = config;
                let fault = self.accept(&mut config, at, lane, only, since);
                round.next.push(Way { config, key: only.key, fault });
                break;
            }
            for candidate in &found.candidates {
                let reached = self.taken(at, lane, &config, candidate);
                self.work += reached.ways;
                round.complete &= reached.complete;
                self.cut |= reached.cut;
                let before = round.next.len();
                for mut config in reached.configs {
                    let Some(since) = self.since(at, lane, &config, candidate) else { continue };
                    let fault = self.accept(&mut config, at, lane, candidate, since);
                    round.refused |= fault.is_some();
                    round.next.push(Way { config, key: candidate.key, fault });
                }
                round.refused |= round.next.len() == before;
                round.complete &= round.next.len() <= self.options.cap;
            }
            round.kept.push(config);
        }
        round
    }

    /// When the cause of a candidate was complete; none where it is not, or where it must wait for another arrow.
    fn since(&mut self, at: Moment, lane: u32, config: &Config, candidate: &Candidate) -> Option<Leave> {
        let plan = Arc::clone(&self.plan);
        let after = &plan.planned(ArrowId(candidate.key.0)).after;
        self.moving(at, |mover| {
            let left = after.iter().all(|id| config.may_have_left(mover.plan, mover.turns, *id, candidate.key));
            if left { config::emitted(config, mover, lane, candidate.key) } else { None }
        })
    }

    /// The configurations in which a candidate's decisions are taken and its message may be on its way.
    pub fn taken(&mut self, at: Moment, lane: u32, config: &Config, candidate: &Candidate) -> Reached {
        let mut taken = config.clone();
        self.moving(at, |mover| {
            if !candidate.decisions.iter().all(|(key, way)| taken.may_take(mover, *key, *way)) {
                return Reached { configs: Vec::new(), complete: true, cut: false, ways: 1 };
            }
            config::reach(taken, mover, lane, candidate.key)
        })
    }

    fn accept(
        &mut self,
        config: &mut Config,
        at: Moment,
        lane: u32,
        candidate: &Candidate,
        leave: Leave,
    ) -> Option<Fault> {
        let plan = Arc::clone(&self.plan);
        let fault = times::judge(&plan, config, (self.options.timeout, &self.stops), at, candidate.key, leave);
        self.moving(at, |mover| config.receive(mover, lane, candidate, (at, Some(leave))));
        fault
    }

    /// There are more ways to read an observation than are followed: at the lines that it may be.
    fn too_ambiguous(&mut self, at: Moment, lane: u32, observed: &Observed, readings: &[Config]) -> Trouble {
        let plan = Arc::clone(&self.plan);
        let order = &plan.order;
        let mut spans = Vec::new();
        for config in readings.iter().take(TOLD) {
            let found = self.moving(at, |mover| config::candidates(config, mover, lane, observed, true));
            spans.extend(found.candidates.iter().map(|candidate| order.arrow(ArrowId(candidate.key.0)).span));
            // Where the search ends before it finds any: what it ends in.
            let waiting = config.lanes[lane as usize].waiting.iter().filter(|_| found.candidates.is_empty());
            spans.extend(waiting.filter_map(|(wait, _)| match wait {
                Wait::Receive((arrow, _)) => Some(order.arrow(ArrowId(*arrow)).span),
                Wait::Choice((id, _)) | Wait::Loop((id, _)) => Some(order.fragment(FragmentId(*id)).span),
                Wait::Sent(_) | Wait::Received(_) | Wait::Play(_) | Wait::Calm(_) => None,
            }));
        }
        spans.sort_unstable();
        spans.dedup();
        spans.truncate(TOLD);
        Trouble {
            kind: "ambiguous",
            message: format!("the observed messages have more than {} possible readings", self.options.cap),
            help: vec![
                "make the labels differ, or draw an order between these lines".to_owned(),
                "seqcheck explain SQ105 explains ambiguous frames".to_owned(),
            ],
            spans,
        }
    }

    /// Those in which something was late are not the true ones while there are others; what was late in all is one of `belated`.
    fn drop_belated(&mut self) {
        if self.configs.iter().any(|config| config.belated.is_none()) {
            self.configs.retain(|config| config.belated.is_none());
        } else {
            self.belated.extend(self.configs.first().and_then(|config| config.belated));
            self.configs.iter_mut().for_each(|config| config.belated = None);
        }
    }

    /// Equal configurations are one.
    pub fn merge(&mut self) {
        self.drop_belated();
        if self.configs.len() < 2 {
            return;
        }
        let mut kept: Vec<Config> = Vec::with_capacity(self.configs.len());
        for config in self.configs.drain(..) {
            self.work += kept.len();
            if !kept.iter().any(|known| known.same(&config, &self.plan)) {
                kept.push(config);
            }
        }
        self.configs = kept;
    }

    pub fn each_config(&mut self, at: Moment, mut change: impl FnMut(&mut Config, &mut Mover<'_>)) {
        let mut configs = std::mem::take(&mut self.configs);
        for config in &mut configs {
            self.moving(at, |mover| change(config, mover));
        }
        self.configs = configs;
    }

    pub fn moving<T>(&mut self, now: Moment, then: impl FnOnce(&mut Mover<'_>) -> T) -> T {
        let plan = Arc::clone(&self.plan);
        let options = &*self.options;
        let (told, choices, guessed) = (&mut self.told, &mut self.choices, &mut self.guessed);
        let mut choose = |fragment: FragmentId, turn: u32| -> Decision {
            let decision = choice::choose(&plan.order, options, fragment, turn);
            let choice = match decision {
                Decision::Operand(operand) => operand,
                Decision::Turns { begun, .. } => begun,
            };
            if choices.insert((fragment.0, turn), choice).is_none() {
                told.push(Entry { at: now, event: Event::Chose { fragment: fragment.0, turn, choice } });
                let known = options.recorded.as_ref().is_none_or(|facts| facts.contains_key(&(fragment.0, turn)));
                *guessed |= !known && choice::is_open(&plan.order, fragment);
            }
            decision
        };
        let mut mover =
            Mover { plan: &plan, turns: &mut self.turns, now, timeout: options.timeout, chooser: Some(&mut choose) };
        then(&mut mover)
    }

    /// Moves something on with decisions that are all known, for explaining.
    pub fn moving_with<T>(&mut self, then: impl FnOnce(&mut Mover<'_>) -> T) -> T {
        let plan = Arc::clone(&self.plan);
        let mut mover =
            Mover { plan: &plan, turns: &mut self.turns, now: Moment(0), timeout: self.options.timeout, chooser: None };
        then(&mut mover)
    }
}
