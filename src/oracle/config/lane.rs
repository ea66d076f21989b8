//! The state of one lane: its threads, and what they wait for.

use super::{Key, Wait};
use crate::oracle::plan::NONE;
use crate::order::{ArrowId, FragmentId};
use crate::trace::Moment;
use smallvec::SmallVec;

/// One frame of a thread: a position in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::oracle) struct Frame {
    pub block: u32,
    pub at: u32,
    /// The turn of the loops around it.
    pub turn: u32,
    /// Set where the block is the body of a loop: which turn of that loop this is.
    pub count: u32,
}

/// Since when what a thread lets go has its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::oracle) struct Stamp {
    /// The last cause was complete.
    pub sent: Moment,
    /// And the delays are over that are drawn below it.
    pub over: Moment,
}

impl Stamp {
    /// No delay is drawn.
    pub fn at(moment: Moment) -> Stamp {
        Stamp { sent: moment, over: moment }
    }

    /// The later of both.
    #[must_use]
    pub fn max(self, other: Stamp) -> Stamp {
        Stamp { sent: self.sent.max(other.sent), over: self.over.max(other.over) }
    }
}

/// One thread of control in a lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::oracle) struct Thread {
    pub frames: SmallVec<[Frame; 3]>,
    pub parent: u32,
    pub children: u32,
    /// When the last cause was complete.
    pub stamp: Stamp,
    /// The last arrow on the way here.
    pub last: Option<Key>,
}

/// The state of one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::oracle) struct LaneState {
    pub threads: Vec<Thread>,
    pub(super) idle: Vec<u32>,
    /// What blocked threads wait for, sorted.
    pub waiting: Vec<(Wait, u32)>,
    /// What has happened and was not yet waited for.
    pub tokens: Vec<(Wait, Moment)>,
    /// Receive lanes: what may arrive.
    pub emitted: Vec<Emission>,
    /// Receive lanes: free fragments that the sender has passed.
    pub passed: Vec<(Key, Stamp)>,
    /// Scopes that hold here; those left since the last frame still do.
    pub scopes: Vec<(FragmentId, bool)>,
    /// What must not arrive.
    pub forbidden: Vec<(ArrowId, u32)>,
    /// A `critical` block of which a frame has come.
    pub lock: Option<FragmentId>,
    /// When something last arrived as drawn.
    pub last_received: Option<Moment>,
    /// What arrived before its lane let it go.
    pub ahead: Vec<Key>,
}

/// A message that may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::oracle) struct Emission {
    pub key: Key,
    /// Since when.
    pub since: Stamp,
    /// What stood above it.
    pub above: Option<Key>,
    /// When it has to be here.
    pub until: Moment,
}

impl LaneState {
    /// With one thread.
    pub fn starting(thread: Thread) -> LaneState {
        LaneState { threads: vec![thread], ..LaneState::default() }
    }

    fn place(&self, what: Wait) -> Result<usize, usize> {
        self.waiting.binary_search_by(|(known, _)| known.cmp(&what))
    }

    pub fn is_waiting(&self, what: Wait) -> bool {
        self.place(what).is_ok()
    }

    pub(super) fn wait(&mut self, thread: u32, what: Wait) {
        let place = self.waiting.partition_point(|(known, _)| *known <= what);
        self.waiting.insert(place, (what, thread));
    }

    /// The thread that waits for this, waiting no more.
    pub fn wake(&mut self, what: Wait) -> Option<u32> {
        let place = self.place(what).ok()?;
        Some(self.waiting.remove(place).1)
    }

    /// True where it has happened already; else the thread waits.
    pub(super) fn take_or_wait(&mut self, thread: u32, what: Wait) -> bool {
        match self.tokens.binary_search_by(|(known, _)| known.cmp(&what)) {
            Ok(place) => {
                let at = self.tokens.remove(place).1;
                let state = &mut self.threads[thread as usize];
                state.stamp = state.stamp.max(Stamp::at(at));
                if let Some(frame) = state.frames.last_mut() {
                    frame.at += 1;
                }
                true
            }
            Err(_) => {
                self.wait(thread, what);
                false
            }
        }
    }

    /// Past the step that a thread was waiting at.
    pub fn step_over(&mut self, thread: u32, what: Wait) {
        let state = &mut self.threads[thread as usize];
        if let Some(frame) = state.frames.last_mut() {
            frame.at += 1;
        }
        if let Wait::Sent(key) = what {
            state.last = Some(key);
        }
    }

    pub(super) fn fork(&mut self, parent: u32, first: u32, count: u32, turn: u32, ready: &mut SmallVec<[u32; 4]>) {
        self.threads[parent as usize].children = count;
        let (stamp, last) = (self.threads[parent as usize].stamp, self.threads[parent as usize].last);
        for block in (first..first + count).rev() {
            let frame = Frame { block, at: 0, turn, count: 0 };
            let thread = Thread { frames: SmallVec::from_slice(&[frame]), parent, children: 0, stamp, last };
            let id = match self.idle.pop() {
                Some(id) => {
                    self.threads[id as usize] = thread;
                    id
                }
                None => {
                    self.threads.push(thread);
                    self.threads.len() as u32 - 1
                }
            };
            ready.push(id);
        }
    }

    pub(super) fn finish(&mut self, thread: u32, ready: &mut SmallVec<[u32; 4]>) {
        let (parent, stamp, last) = {
            let thread = &self.threads[thread as usize];
            (thread.parent, thread.stamp, thread.last)
        };
        if parent == NONE {
            return;
        }
        // Nothing of it is to tell states apart that are the same.
        self.threads[thread as usize] =
            Thread { frames: SmallVec::new(), parent: NONE, children: 0, stamp: Stamp::default(), last: None };
        self.idle.push(thread);
        let parent_state = &mut self.threads[parent as usize];
        parent_state.stamp = parent_state.stamp.max(stamp);
        parent_state.last = last;
        parent_state.children -= 1;
        if parent_state.children == 0 {
            ready.push(parent);
        }
    }

    /// Whether the lane has run to its end.
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }
}
