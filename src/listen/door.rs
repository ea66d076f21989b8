use super::speech;
use crate::net::{Serve, Stream, pipe};
use std::future::Future;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::DuplexStream;
#[cfg(feature = "tcp")]
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Where clients knock.
#[derive(Debug)]
pub enum Door {
    /// In memory, through a [`Porch`].
    Memory(UnboundedReceiver<DuplexStream>),
    /// On a port.
    #[cfg(feature = "tcp")]
    Tcp(TcpListener),
    /// The streams of this process: one caller, who is there already.
    Spoken(Option<DuplexStream>),
}

/// The outside of a door in memory: whoever serves with it leads its clients there. A clone is the same.
#[derive(Clone, Debug)]
pub struct Porch(UnboundedSender<DuplexStream>);

impl Door {
    /// One in memory.
    pub fn in_memory() -> (Door, Porch) {
        let (leads, led) = unbounded_channel();
        (Door::Memory(led), Porch(leads))
    }

    /// For the one caller who speaks with this process over these streams: threads carry what he says and is told, since such
    /// streams block.
    pub fn spoken(reads: Box<dyn Read + Send>, writes: Box<dyn Write + Send>) -> Door {
        let (near, far) = pipe();
        speech::carry(far, reads, writes);
        Door::Spoken(Some(near))
    }

    /// Whether nobody has a porch of it any more, so that nobody can come.
    pub fn is_left(&self) -> bool {
        match self {
            Door::Memory(led) => led.sender_strong_count() == 0 && led.is_empty(),
            #[cfg(feature = "tcp")]
            Door::Tcp(_) => false,
            Door::Spoken(_) => false,
        }
    }

    /// The next caller. None where nobody can come any more.
    ///
    /// # Errors
    /// What the system says where it lets nobody in.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Stream>>> {
        match self {
            Door::Memory(led) => led.poll_recv(cx).map(|stream| Ok(stream.map(Stream::Memory))),
            Door::Spoken(near) => match near.take() {
                Some(near) => Poll::Ready(Ok(Some(Stream::Memory(near)))),
                None => Poll::Pending,
            },
            #[cfg(feature = "tcp")]
            Door::Tcp(listener) => loop {
                return match listener.poll_accept(cx) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(Ok((stream, _))) => {
                        // As a client does: frames are small, and answered.
                        let _ = stream.set_nodelay(true);
                        Poll::Ready(Ok(Some(Stream::Tcp(stream))))
                    }
                    // He has gone before he was let in; others may come.
                    Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                };
            },
        }
    }
}

impl Porch {
    /// Knocks: the client's end of a new connection.
    pub fn dial(&self) -> DuplexStream {
        let (near, far) = pipe();
        // Where the door is gone the far end is dropped, which the client sees.
        let _ = self.0.send(far);
        near
    }
}

impl Serve for Porch {
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // Where the door is gone the stream is dropped, which its client sees.
        let _ = self.0.send(stream);
        Box::pin(std::future::ready(()))
    }
}
