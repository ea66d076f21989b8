//! What is aligned, what comes of it, and what it may cost: the frames of one connection, what became of them, and the
//! steps for finding it.

use super::known::Known;
use super::lane::Lane;
use super::limits::Limit;
use super::skeleton::Status;
use crate::oracle::config::Key;
use crate::order::ArrowId;
use crate::trace::Moment;
use crate::wire::Observed;
use rustc_hash::FxHashMap;

/// How many steps an explanation may take: states looked at and comparisons of a frame with a message. Each is below a
/// microsecond, and what one keeps is below a few hundred bytes: what is longer, such as a way through many messages or a
/// state of many operands, counts as several.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// For searching.
    pub steps: u64,
    /// For comparing frames with messages for the first time.
    pub comparisons: u64,
}

impl Budget {
    /// Counts what was made beside the steps themselves: so many parts of steps, of which one step may make [`PARTS`].
    pub fn spend(&mut self, parts: usize) {
        self.steps = self.steps.saturating_sub((parts / PARTS) as u64);
    }
}

/// So much small that is kept weighs as much as one step: choices of a way, operands of a state, frames passed over.
pub(super) const PARTS: usize = 8;

/// Of one explanation, all connections together.
pub(super) const BUDGET: Budget = Budget { steps: 400_000, comparisons: 1_500_000 };

/// What became of the frames and expectations of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::oracle) struct Alignment {
    /// Message and frame that go together, by frame.
    pub synced: Vec<(Key, u32)>,
    /// Messages that no frame met, in drawn order.
    pub missing: Vec<Key>,
    /// Messages that no frame met, as another order of the tool's sends excuses.
    pub excused: Vec<Key>,
    /// Messages that no frame met, and of which something else that is drawn above was not sent: they may have come.
    pub may: Vec<Key>,
    /// Messages whose cause was not complete.
    pub later: Vec<Key>,
    /// Frames that met no expectation.
    pub extra: Vec<u32>,
    /// How the choices on the way went.
    pub taken: Vec<(Key, Limit)>,
    /// Set where the steps were used up: there may be a cheaper way.
    pub partial: bool,
}

impl Alignment {
    /// What it costs.
    pub fn cost(&self) -> usize {
        self.missing.len() + self.extra.len()
    }

    /// Messages that no frame met, whether that is excused or not, in drawn order.
    pub fn lost(&self) -> Vec<Key> {
        let mut lost: Vec<Key> = self.missing.iter().chain(&self.excused).copied().collect();
        lost.sort_unstable();
        lost
    }
}

/// The frames of one connection.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    /// Entries of the log, with the moment.
    pub entries: &'a [(usize, Moment)],
    /// Those that need not be judged.
    pub free: Vec<bool>,
    /// Frames of one content have one number.
    contents: Vec<u32>,
    fits: FxHashMap<(u32, u32), bool>,
}

impl<'a> Frames<'a> {
    pub fn new(lane: &Lane<'_>, known: &Known, entries: &'a [(usize, Moment)]) -> Frames<'a> {
        let mut numbers: FxHashMap<(Option<&Observed>, usize), u32> = FxHashMap::default();
        let client = lane.client();
        let content = |(entry, _): &(usize, Moment)| {
            let told = lane.oracle.frame(*entry).map(|(_, observed)| observed);
            let fresh = numbers.len() as u32;
            *numbers.entry((told, known.version(client, *entry))).or_insert(fresh)
        };
        let contents = entries.iter().map(content).collect();
        let free = entries.iter().map(|(entry, _)| lane.oracle.need_not_be_judged(*entry)).collect();
        Frames { entries, free, contents, fits: FxHashMap::default() }
    }

    pub fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Whether a frame is what a message says, and came when it may have come.
    pub fn fit(&mut self, lane: &mut Lane<'_>, known: &Known, key: Key, frame: u32, budget: &mut Budget) -> bool {
        let (entry, at) = self.entries[frame as usize];
        match lane.status(key) {
            Status::Due(since) | Status::May(since) | Status::Excused(since) if since > at => return false,
            Status::Later => return false,
            Status::Due(_) | Status::May(_) | Status::Excused(_) | Status::Open => {}
        }
        let id = ArrowId(key.0);
        let place = (lane.label(id), self.contents[frame as usize]);
        if let Some(known) = self.fits.get(&place) {
            return *known;
        }
        if budget.comparisons == 0 {
            return false;
        }
        budget.comparisons -= 1;
        let observed = lane.oracle.frame(entry).map(|(_, observed)| observed);
        let fits = observed.is_some_and(|observed| known.fits(lane.oracle, id, entry, observed));
        self.fits.insert(place, fits);
        fits
    }
}
