//! The side that is dialled: where clients knock, what they ask, and what they are answered.
//!
//! A [`Door`] takes in streams, over TCP or, through its [`Porch`], in memory. [`hear()`] reads one request on a stream;
//! its [`Line`] then carries the answer: a WebSocket ([`Line::accept`]), a response ([`Line::answer`]), or an event stream
//! ([`Line::events`]). Who it is that knocks, and what is owed to him, is for others to say.
//!
//! What a client does is never an `Err` that ends anything here: what is no HTTP is told as the text that says why.

mod door;
mod events;
mod half;
mod hear;
mod line;
#[cfg(not(feature = "tcp"))]
mod no_port;
#[cfg(feature = "tcp")]
mod port;
#[cfg(feature = "tcp")]
mod posts;
mod speech;

pub use door::{Door, Porch};
pub use events::{Events, event};
pub use half::Half;
pub use hear::{Asked, Hearing, hear};
pub use line::Line;
#[cfg(not(feature = "tcp"))]
pub use no_port::{at, posted_at};
#[cfg(feature = "tcp")]
pub use port::{at, posted_at};

/// How many callers may be on one door at the same time; more are turned away without a word.
pub const CALLERS: usize = 4_096;
