use crate::net::{Serve, Stream, pipe};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Where clients knock.
#[derive(Debug)]
pub enum Door {
    /// In memory, through a [`Porch`].
    Memory(UnboundedReceiver<DuplexStream>),
    /// On a port.
    Tcp(TcpListener),
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

    /// The next caller. None where nobody can come any more.
    ///
    /// # Errors
    /// What the system says where it lets nobody in.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Stream>>> {
        match self {
            Door::Memory(led) => led.poll_recv(cx).map(|stream| Ok(stream.map(Stream::Memory))),
            Door::Tcp(listener) => listener.poll_accept(cx).map(|accepted| {
                let (stream, _) = accepted?;
                // As a client does: frames are small, and answered.
                let _ = stream.set_nodelay(true);
                Ok(Some(Stream::Tcp(stream)))
            }),
        }
    }
}

/// A door at an address, and the address that it has then: with port 0 the system chooses one that is free.
///
/// # Errors
/// What the system says: the port is taken, the address is no address of this machine, it may not be used.
pub async fn at(address: SocketAddr) -> io::Result<(Door, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((Door::Tcp(listener), bound))
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
