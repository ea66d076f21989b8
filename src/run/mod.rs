//! Plays a diagram: the simulated lifelines against the software under test.
//!
//! A [`Scenario`] is a diagram and how it is to be played; [`Scenario::prepare`] resolves everything, so that nothing but
//! the server can go wrong in a play; [`Prepared::play`] plays it on a thread of its own with a runtime of its own (in
//! virtual time where nothing leaves the process), and [`Prepared::judge`] judges a recorded trace instead. What comes
//! out is a [`CheckVerdict`].
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Scenario`], [`Options`], [`Target`], [`Error`] | what is asked for |
//! | [`Stop`] | an end before the end |
//! | [`Neighbours`] | the diagrams that a diagram refers to |
//! | [`Prepared`] | everything resolved; threads and runtimes |
//! | `play` | one play: the loop between the oracle and the connections |
//! | [`links`] | the connections of a play, multiplexed in one task |
//! | [`launch`], `launched` | a server that is started for the play, and what became of it |
//! | [`Mock`], `duet` | the tool as the server of clients under test; both sides in one process |
//! | `addresses` | where lifelines listen, in the words of commands |
//! | `single` | what there can be one of alone: the standard streams of this process, a gateway's connection |
//! | `company` | the command that is started to dial |
//! | `streams` | servers that are spoken with over a plain stream of bytes |
//! | `chores` | `[setup]` and `[teardown]` of a binding |
//! | `judge` | a recorded trace in place of a server |
//! | [`CheckVerdict`], [`Played`] | what it came to |
//! | [`Power`] | which faulty servers it would catch |

mod addresses;
mod chores;
mod clock;
mod company;
mod doors;
mod duet;
mod error;
mod hang;
mod heard;
mod judge;
pub mod launch;
mod launched;
mod leash;
mod library;
pub mod links;
mod mock;
mod options;
mod play;
mod played;
mod power;
mod prepare;
mod prepared;
mod random;
mod rig;
mod scenario;
mod script;
mod single;
mod stop;
mod streams;
mod target;
mod words;

pub use clock::Clock;
pub use error::Error;
pub use judge::Digest;
pub use library::Neighbours;
pub use mock::{Listening, Listens, Mock, Speech, Tell};
pub use options::{Options, Settled};
pub use played::{CheckVerdict, Passed, Played};
pub use power::{Caught, Power, Tried};
pub use prepared::Prepared;
pub use rig::Rig;
pub use scenario::{Scenario, Survey};
pub use stop::Stop;
pub use target::Target;
