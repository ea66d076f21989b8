//! The reference server: what `seqcheck serve` runs and what scenarios are played against where no target is given.
//!
//! [`machine`] is the protocol, pure. Around it, still pure, stand the `twist`s of a server that is faulty ([`mutants`])
//! or merely odd ([`legal`]); a [`Deviation`] is a row of one of these tables. [`Host`] puts the whole on byte streams;
//! [`ServerOptions`] sets it up, and a [`watch::Watch`] knows what was wrong.

mod core;
mod deviation;
mod host;
pub mod legal;
pub mod machine;
pub mod mutants;
mod options;
#[cfg(feature = "tcp")]
mod tcp;
mod twist;
pub mod watch;

pub use deviation::Deviation;
pub use host::{Host, Log, Seen, SeenFrame, limit};
pub use options::{Auth, Guests, NEEDS, ServerOptions, UnmetNeed};
#[cfg(feature = "tcp")]
pub use tcp::serve;
pub use watch::Watch;
