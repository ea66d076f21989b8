//! What the ways of a search are made of.

use super::lane::Id;
use crate::oracle::config::Key;
use std::rc::Rc;

/// What happens on the way from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// A message is left out.
    Leave(Key),
    /// A choice goes this way.
    Take(Key, u32),
    /// A loop ends after so many turns.
    Close(Key, u32),
    /// A state is left with as little as may be: all its messages are left out.
    Drop(Id),
}

/// One way to take a frame.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub cost: u32,
    pub item: Key,
    pub rest: Id,
    pub edges: Rc<Vec<Edge>>,
}

/// One step of a way.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Begin,
    Skip,
    Sync(Key, Rc<Vec<Edge>>),
}

/// A way so far: the way before it, and its last step.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub frame: u32,
    pub node: Id,
    pub cost: u32,
    pub from: u32,
    pub last: Move,
}
