//! Labels ⇄ frames.
mod memory;
mod observed;
mod resolved;
pub use memory::{Bind, Memory, Named, Viewer};
pub use observed::{Channel, Message, Observed, Raw};
pub use resolved::{Conflict, Expects, Kinship, Matched, Resolved, Sender};
/// Placeholder until the wire stage stands.
#[derive(Clone, Debug)]
pub struct Outgoing;
/// Placeholder until the wire stage stands.
#[derive(Clone, Debug)]
pub struct Request;
/// Placeholder until the wire stage stands.
#[derive(Clone, Debug)]
pub struct Expectation;
