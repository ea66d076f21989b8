//! Recording: what makes a [`Tape`].
//!
//! A [`Deck`] takes in what passes; what comes on a plain stream of bytes is [`cut`] into messages afterwards. [`Between`] stands between clients and a server of this process. Every byte is handed on
//! unchanged and in order, but for offers in heads that would make what follows unreadable (compression, HTTP/2), and for
//! the name of the host.

mod deck;
mod frames;
mod har;
mod head;
mod kept;
mod live;
mod plain;
mod post;
mod relay;

pub use deck::{Deck, ENTRIES, Listener};
pub use frames::MESSAGE;
pub use kept::play;
pub use live::Live;
pub use plain::{cut, guess};
pub use post::pass;
pub use relay::BODY;

use crate::induce::Tape;
use crate::net::{Serve, Stream, pipe};
use std::future::Future;
use std::pin::Pin;
use tokio::io::DuplexStream;

/// A server in this process, whose connections are recorded.
#[derive(Debug)]
pub struct Between<S> {
    server: S,
    deck: Deck,
}

impl<S: Serve> Between<S> {
    /// What passes between clients and this server is kept on the deck.
    pub fn new(server: S, deck: Deck) -> Self {
        Between { server, deck }
    }
}

impl<S: Serve> Serve for Between<S> {
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (near, far) = pipe();
        let served = self.server.serve(far);
        let deck = self.deck.clone();
        Box::pin(async move {
            let passed = async {
                if let Err(why) = relay::relay(Stream::Memory(stream), Stream::Memory(near), None, &deck).await {
                    deck.tell(&why);
                }
            };
            tokio::join!(served, passed);
        })
    }

    fn over(&self) {
        self.server.over();
    }
}

/// A recording that is kept in a file: a HAR file, a trace, or a wire log. `client` is what a HAR file's client is called.
///
/// # Errors
/// What it is instead, or why it holds nothing.
pub fn read(bytes: &[u8], client: Option<String>) -> Result<Tape, String> {
    let begin = bytes.trim_ascii_start();
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin);
    let first = begin.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = || std::str::from_utf8(bytes).map_err(|error| format!("this is no text: {error}"));
    if first.starts_with(b"{\"format\":\"seqcheck trace\"") {
        return kept::trace(text()?);
    }
    if begin.starts_with(b"{") {
        return har::read(begin, client);
    }
    kept::log(text()?)
}
