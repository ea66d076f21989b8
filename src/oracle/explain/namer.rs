//! What is asked of a binding for the words of findings.

use crate::oracle::verdict::Difference;
use crate::wire::{Channel, Expectation, Memory, Observed, Sender};

/// What a binding knows of frames that no arrow drew; for words, never for the verdict.
pub trait Namer {
    /// The label under which the binding knows an observation of this side, holes filled in.
    fn label(&self, observed: &Observed, channel: Channel, sender: Sender) -> Option<String>;
    /// The pattern that an `ignore` line would need.
    fn pattern(&self, observed: &Observed, channel: Channel) -> Option<String>;
    /// Whether an `ignore` of this label takes an observation.
    fn ignores(&self, label: &str, observed: &Observed) -> bool;
    /// The values of an observation that a rule knows, each with its hole; none where no rule knows it.
    fn values(&self, observed: &Observed, channel: Channel) -> Option<Vec<(String, String)>>;
    /// Where an observation differs from an expectation, with what its client, of this number, knew when it came.
    fn differences(&self, expectation: &Expectation, observed: &Observed, knew: (&Memory, u32)) -> Vec<Difference>;
}
