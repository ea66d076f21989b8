//! Observations against an order: the verdict.
mod api;
mod verdict;
pub use api::{Options, Ready, Want};
pub use verdict::{BoundBy, Class, Difference, Doubt, Fate, Finding, Mark, Outcome, Reason, Timing, Trouble, Verdict};
