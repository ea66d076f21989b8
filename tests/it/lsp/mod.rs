//! The language server: scripted sessions with an editor that is a few lines of Rust.

mod answers;
mod client;
mod edits;
mod sessions;

use client::{Client, edited};

/// A scenario that passes, and has a little of everything.
const CHAT: &str = "title Chat

# who is there
actor Alice
actor Bob
participant \"Chat Server\" as Server
#@ timeout 2s

Alice->Server: WS connect
Server-->Alice: Connected
Bob->Server: WS connect
Server-->Bob: Connected
alt first
Alice->Server: join room:general
Server->Bob: user:alice joined
end
note over Alice,Bob: a pause
Alice->Server: WS disconnect
Server->Bob: user:alice left
";
