//! Plays a diagram: the simulated lifelines against the software under test.

mod clock;
pub mod launch;
pub mod links;
mod options;
mod target;

pub use clock::Clock;
pub use options::{Options, Settled};
pub use target::{Rig, Target};
