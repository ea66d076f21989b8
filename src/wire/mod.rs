//! Labels ⇄ frames.
//!
//! Start at [`Binding`]: it [resolves](Binding::resolve) a label to what it is on the wire ([`Resolved`]), and
//! [names](Binding::name_of) a frame that arrived ([`Observed`]). What a client sends is an [`Outgoing`] (or a
//! [`Request`]); what it should receive is an [`Expectation`]. A [`Session`] is one connection: bytes to messages and
//! back. What was learned on the way is in [`Memory`].
//!
//! Below: [`file`] reads binding files, [`pattern`] is values with holes, [`codec`] the formats.

mod asks;
mod binding;
pub mod codec;
mod context;
mod dial;
mod echo;
mod envelope;
mod expectation;
mod file;
mod memory;
mod observed;
mod outgoing;
mod pattern;
mod request;
mod resolved;
mod secrets;
mod serve;
mod session;
mod skeleton;
mod source;
#[cfg(test)]
mod tests;
mod unescaped;
mod userinfo;
mod ways;

pub use binding::{BINDING, Binding, FrameName, NoSuchFrames, Unresolved, builtin_names};
pub(crate) use codec::read_json;
pub use context::{Context, Party};
pub use dial::{Chore, Command, Dial, Errand};
pub use echo::Echo;
pub use expectation::Expectation;
pub use file::{TABLES, Table};
pub use memory::{Bind, Memory, Named, Reach, Viewer};
pub use observed::{BARE, COMMENT, Channel, Message, Observed, RETRY, Raw, UNREAD};
pub(crate) use observed::{digest, is_empty, size as value_size};
pub use outgoing::{Built, Outgoing, Payload, Step};
pub use pattern::build::BuildError;
pub use request::{BuiltRequest, Request};
pub use resolved::{Conflict, Expects, Kinship, Matched, Resolved, Sender};
pub use secrets::{Secrets, header_shown, of_environment};
pub use session::{Decoded, Knowing, Owed, Session};
pub use skeleton::{Drawn, Label, skeleton};
pub use userinfo::userinfo;
pub use ways::{HoleValue, Way};
