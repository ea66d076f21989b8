use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
#[cfg(feature = "tcp")]
use tokio::net::TcpStream;
#[cfg(feature = "tcp")]
use tokio_rustls::client::TlsStream;

/// One connection as bytes, whatever carries it. An enum rather than a box, since every frame passes through it.
#[derive(Debug)]
pub enum Stream {
    /// A pipe in memory.
    Memory(DuplexStream),
    /// TCP without encryption.
    #[cfg(feature = "tcp")]
    Tcp(TcpStream),
    /// TLS over TCP.
    #[cfg(feature = "tcp")]
    Tls(Box<TlsStream<TcpStream>>),
    /// A Unix domain socket.
    #[cfg(all(unix, feature = "tcp"))]
    Unix(tokio::net::UnixStream),
    /// The standard streams of a program.
    #[cfg(all(unix, feature = "tcp"))]
    Program(Box<super::spoken::Spoken>),
}

impl Stream {
    /// The address at the other end, where it has one.
    pub fn peer(&self) -> Option<SocketAddr> {
        match self {
            #[cfg(feature = "tcp")]
            Stream::Tcp(stream) => stream.peer_addr().ok(),
            #[cfg(feature = "tcp")]
            Stream::Tls(stream) => stream.get_ref().0.peer_addr().ok(),
            Stream::Memory(_) => None,
            #[cfg(all(unix, feature = "tcp"))]
            Stream::Unix(_) | Stream::Program(_) => None,
        }
    }
}

macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Memory(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(feature = "tcp")]
            Stream::Tcp(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(feature = "tcp")]
            Stream::Tls(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(all(unix, feature = "tcp"))]
            Stream::Unix(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(all(unix, feature = "tcp"))]
            Stream::Program(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, stream => stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_shutdown(cx))
    }
}
