//! What each connection had to carry, given what was sent and what was decided.

use super::known::Known;
use crate::diagram::OrderMode;
use crate::oracle::config;
use crate::oracle::config::{Config, Decision, Key, Wait};
use crate::oracle::judge::Oracle;
use crate::oracle::plan::NONE;
use crate::order::{ArrowId, Chooser, FragmentId, Kind};
use crate::trace::{Event, Moment};
use crate::wire::Observed;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::rc::Rc;

/// So many comparisons are spent on finding out what is noise.
const NOISE_COMPARISONS: usize = 200_000;

/// Decisions, of whoever.
pub(super) type Decided = Rc<BTreeMap<Key, Decision>>;

/// When the cause of every message was complete, given the sends of the log.
#[derive(Debug)]
pub(super) struct Causes {
    config: Config,
    excusable: Rc<FxHashSet<ArrowId>>,
    emitted: FxHashMap<Key, Moment>,
    /// What the tool did not send.
    unsent: Vec<ArrowId>,
}

/// So much that was not sent is looked at.
const UNSENT: usize = 1_000;

impl Causes {
    /// Plays the sends of the log against the cause lanes.
    pub fn new(oracle: &mut Oracle, known: &Known, decided: &Decided) -> Causes {
        let sends: Vec<(Key, Moment)> = oracle.record.sends.clone();
        let mut config = oracle.readings.moving_with(|mover| Config::start_with(mover, Rc::clone(decided)));
        for (key, at) in sends {
            if oracle.plan.lanes.routes[key.0 as usize].cause != NONE {
                oracle.readings.moving_with(|mover| config.send(mover, key, at));
            }
        }
        let emitted = config
            .lanes
            .iter()
            .flat_map(|state| &state.emitted)
            .map(|emission| (emission.key, emission.since.over))
            .collect();
        let unsent = oracle.unsent().take(UNSENT).collect();
        Causes { config, excusable: Rc::clone(&known.excusable), emitted, unsent }
    }

    /// Where clients run ahead: whether the client whose message is the cause has sent all that it has to say above. What
    /// others have not said yet is no reason that the message did not come, though it had not had its time.
    fn has_sent_all(&self, oracle: &Oracle, id: ArrowId) -> bool {
        let (plan, order) = (&oracle.plan, &oracle.plan.order);
        let here = |sent: &ArrowId| plan.is_stimulus(*sent) && order.arrow(*sent).to == order.arrow(id).from;
        let cause = plan.planned(id).cause.map(|cause| cause.arrow);
        let cause = cause.or_else(|| (0..id.0).rev().map(ArrowId).find(here));
        let own = |sent: &ArrowId| cause.is_none_or(|cause| order.arrow(cause).from == order.arrow(*sent).from);
        let mut unsent = self.unsent.iter().filter(|sent| here(sent) && own(sent));
        oracle.options.order != OrderMode::Diagram && !unsent.any(|sent| plan.happens_before(*sent, id))
    }

    /// Whether and since when a message may have come.
    pub fn status(&self, oracle: &mut Oracle, lane: u32, key: Key) -> Status {
        match self.drawn(oracle, lane, key) {
            Status::Due(since) if self.excusable.contains(&ArrowId(key.0)) => Status::Excused(since),
            status => status,
        }
    }

    /// The same, whatever another order of the sends excuses.
    fn drawn(&self, oracle: &mut Oracle, lane: u32, key: Key) -> Status {
        // What it has to wait for by name was never sent.
        let unsent = |on: &ArrowId| oracle.plan.is_stimulus(*on) && !oracle.record.has_sent(*on);
        if oracle.plan.planned(ArrowId(key.0)).after.iter().any(unsent) {
            return Status::Later;
        }
        let looked = oracle.readings.moving_with(|mover| config::looked_up(&self.config, mover, key));
        if looked == Some(None) {
            return Status::Later;
        }
        if let Some(at) = self.emitted.get(&key) {
            return Status::Due(looked.flatten().unwrap_or(*at));
        }
        let routes = oracle.plan.lanes.routes[key.0 as usize];
        if routes.free.is_some() || looked.is_some() {
            let leave = oracle.readings.moving_with(|mover| config::emitted(&self.config, mover, lane, key));
            if let Some(leave) = leave {
                let due = leave.owed.is_some() || self.has_sent_all(oracle, ArrowId(key.0));
                return if due { Status::Due(leave.since) } else { Status::May(leave.since) };
            }
        }
        // What the tool chooses it has chosen as soon as it came there: where it did not, it has not come there.
        let open = |(wait, _): &(Wait, u32)| match wait {
            Wait::Choice((id, _)) | Wait::Loop((id, _)) => match oracle.plan.order.fragment(FragmentId(*id)).kind {
                Kind::Choice(chooser) | Kind::Loop { chooser, .. } => chooser != Chooser::Tool,
                Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
            },
            Wait::Sent(_) | Wait::Received(_) | Wait::Receive(_) | Wait::Play(_) | Wait::Calm(_) => false,
        };
        let cause = self.config.lanes.get(routes.cause as usize);
        if cause.is_some_and(|state| state.waiting.iter().any(open)) { Status::Open } else { Status::Later }
    }
}

/// Whether and since when a message may have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    /// Since its cause was complete, at that moment: where it is missing, it is.
    Due(Moment),
    /// Since its cause was sent, at that moment; something else that is drawn above it was not, so that it need not have come.
    May(Moment),
    /// Its cause was sent, at that moment, and another order of the tool's sends excuses that it did not come.
    Excused(Moment),
    /// A choice before it is open: it may have come, and need not.
    Open,
    /// Its cause was never complete.
    Later,
}

/// The frames of the log by lane: entry and moment.
///
/// What is not judged and could be no message of its connection is left out: it must not bear on which of several equal
/// explanations is told.
pub(super) fn frames(oracle: &Oracle, known: &Known) -> FxHashMap<u32, Vec<(usize, Moment)>> {
    let mut labels: FxHashMap<u32, Vec<ArrowId>> = FxHashMap::default();
    let mut seen: FxHashSet<(u32, &str)> = FxHashSet::default();
    for (id, arrow) in oracle.plan.order.arrow_ids() {
        let lane = oracle.plan.lanes.routes[id.0 as usize].receive;
        if lane != NONE && (!arrow.traits.is_plain() || seen.insert((lane, &arrow.label))) {
            labels.entry(lane).or_default().push(id);
        }
    }
    let mut comparisons = NOISE_COMPARISONS;
    let mut is_noise = |index: usize, lane: u32, observed: &Observed| {
        let labels = labels.get(&lane).map_or(&[][..], Vec::as_slice);
        if !oracle.need_not_be_judged(index) || labels.len() > comparisons {
            return false;
        }
        comparisons -= labels.len();
        labels.iter().all(|id| !known.fits(oracle, *id, index, observed))
    };
    let mut frames: FxHashMap<u32, Vec<(usize, Moment)>> = FxHashMap::default();
    for (index, entry) in oracle.record.entries.iter().enumerate() {
        if !matches!(entry.event, Event::Received { .. }) || oracle.record.skipped.contains(&index) {
            continue;
        }
        if let Some((lane, observed)) = oracle.frame(index)
            && !is_noise(index, lane, observed)
        {
            frames.entry(lane).or_default().push((index, entry.at));
        }
    }
    frames
}
