//! What servers do that mean harm, or are merely broken; and what is to come of it.

use super::peer::Peer;
use std::time::Duration;

/// What is played against it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// A client that connects, is greeted, says something, is told something, and leaves.
    Socket,
    /// A client that listens to an event stream, and is told two things.
    Events,
    /// A client that asks, and is answered.
    Request,
    /// The first, with a login before it that gives a token, and compression where the server agrees.
    Login,
}

/// One behaviour.
pub struct Behaviour {
    pub name: &'static str,
    pub talk: Talk,
    pub does: fn(&mut Peer),
    /// The exit codes that are right.
    pub exit: &'static [u8],
    /// Among those that are always tried.
    pub quick: bool,
    /// Has the time that it takes: it ends by itself, and the exit code is one, however busy the machine is.
    pub patient: bool,
}

/// The server has violated what is drawn.
pub const FAIL: &[u8] = &[1];
/// It behaves.
pub const PASS: &[u8] = &[0];
/// It gave no answer, or a limit was reached.
pub const ERROR: &[u8] = &[4];
/// The one or the other, as the machine is fast: what floods is a finding, until it reaches a limit.
pub const EITHER: &[u8] = &[1, 4];
/// It ends the connection while the client does so too: whose Close is the answer, nobody can tell.
pub const CROSSING: &[u8] = &[0, 1];

pub const fn socket(name: &'static str, exit: &'static [u8], does: fn(&mut Peer)) -> Behaviour {
    Behaviour { name, talk: Talk::Socket, does, exit, quick: false, patient: false }
}

pub const fn events(name: &'static str, exit: &'static [u8], does: fn(&mut Peer)) -> Behaviour {
    Behaviour { name, talk: Talk::Events, does, exit, quick: false, patient: false }
}

pub const fn request(name: &'static str, exit: &'static [u8], does: fn(&mut Peer)) -> Behaviour {
    Behaviour { name, talk: Talk::Request, does, exit, quick: false, patient: false }
}

pub const fn login(name: &'static str, exit: &'static [u8], does: fn(&mut Peer)) -> Behaviour {
    Behaviour { name, talk: Talk::Login, does, exit, quick: false, patient: true }
}

impl Behaviour {
    pub const fn quick(mut self) -> Behaviour {
        self.quick = true;
        self
    }
}

pub const SLOW: Duration = Duration::from_millis(400);
pub const MIB: usize = 1 << 20;
pub const EVIL: &str = "\u{1b}[2J\u{7}\u{9b}31m\u{202e}x]]></failure><script>\n::error::forged\nok 99\n# SKIP";

/// Greets, hears what the client says, and then does this.
pub fn asked(peer: &mut Peer, then: impl FnOnce(&mut Peer)) {
    peer.greet();
    if peer.hear().is_some() {
        then(peer);
    }
}

pub fn message(text: &str) -> String {
    serde_json::json!({ "type": "message", "id": 1, "from": "Bob", "room": "general", "text": text }).to_string()
}
