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

impl Outgoing {
    /// Whether something must come back before the arrow is complete.
    pub fn is_exchange(&self) -> bool {
        false
    }
}

/// Placeholder until the wire stage stands.
#[derive(Clone, Debug)]
pub struct Request;

impl Request {
    /// On which channel the answer comes.
    pub fn channel(&self) -> Channel {
        Channel::Http
    }
}

/// Placeholder until the wire stage stands: exactly this text.
#[derive(Clone, Debug)]
pub struct Expectation(pub String);

impl Expects for Expectation {
    fn channel(&self) -> Option<Channel> {
        Some(Channel::Socket)
    }

    fn matches(&self, observed: &Observed, _: &Memory, _: Viewer<'_>) -> Matched {
        match observed {
            Observed::Message(message) if matches!(&message.raw, Raw::Text(text) if **text == *self.0) => {
                Matched::Yes(Vec::new())
            }
            _ => Matched::No,
        }
    }

    fn kinship(&self, _: &Observed) -> Kinship {
        Kinship::Foreign
    }

    fn may_equal(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
