//! Which configurations are one.

use super::{Config, Decision, Key};
use crate::oracle::plan::Plan;
use crate::order::FragmentId;
use std::rc::Rc;

impl Config {
    /// Whether two configurations say the same of everything to come.
    pub fn same(&self, other: &Config, plan: &Plan) -> bool {
        self.plays.keys().eq(other.plays.keys())
            && self.memory == other.memory
            && self.live == other.live
            && self.hushed == other.hushed
            && (Rc::ptr_eq(&self.sent, &other.sent) || self.sent.keys().eq(other.sent.keys()))
            && self.decided_alike(other, plan)
            && self.lanes.len() == other.lanes.len()
            && self.lanes.iter().zip(&other.lanes).all(|(a, b)| Rc::ptr_eq(a, b) || a == b)
    }

    /// Whether two configurations have taken the same of the choices in which the nearest receive is looked up.
    fn decided_alike(&self, other: &Config, plan: &Plan) -> bool {
        let sending = &plan.lanes.drawn.sending;
        let matters = |(key, _): &(&Key, &Decision)| sending.contains(&FragmentId(key.0));
        sending.is_empty()
            || Rc::ptr_eq(&self.decided, &other.decided)
            || self.decided.iter().filter(matters).eq(other.decided.iter().filter(matters))
    }
}
