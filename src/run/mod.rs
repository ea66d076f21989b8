//! Plays a diagram: the simulated lifelines against the software under test.

mod clock;
pub mod launch;
pub mod links;

pub use clock::Clock;
