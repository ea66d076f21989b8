//! Observations against an order: the verdict.
//!
//! A [`Plan`] is what one scenario asks for: the order with every arrow resolved, laid out as lanes (`program`). An
//! [`Oracle`] judges one play of it: it keeps a set of configurations (`config`), each a position in every lane, and for
//! every observation the expectations that it fits (`candidates`). It says what may be played next, never sees a socket
//! or a clock, and gives the same verdict for the same observations, live or from a record. [`api`](Want) is the
//! conversation with whoever drives it; `explain` finds the true cause of what did not fit.

mod api;
mod choice;
mod config;
mod explain;
mod judge;
mod plan;
#[cfg(test)]
pub(crate) mod tests;
mod timing;
mod turns;
mod verdict;

pub use api::{Choices, Options, Ready, Want};
pub use choice::choices;
pub use explain::Namer;
pub(crate) use explain::{AWAITED_HELP, ECHO_HELP};
pub use judge::Oracle;
pub use plan::{Basis, Origin, Part, Plan, Planned, Resolver};
pub use verdict::{
    BoundBy, By, Cause, Class, Difference, Doubt, Fate, Finding, Mark, Outcome, Reason, Tie, Timing, Trouble, Verdict,
};
