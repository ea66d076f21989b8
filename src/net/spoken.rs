//! The standard streams of a program, as one connection.

use crate::process::Hearing;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::Receiver;

/// What a program reads, and what it writes.
#[derive(Debug)]
pub struct Spoken {
    input: UnixStream,
    output: Receiver,
    /// Nothing more is said to it.
    shut: bool,
    /// It has ended its output before that.
    went: Arc<AtomicBool>,
}

impl Spoken {
    pub(super) fn new(input: Hearing, output: ChildStdout, went: Arc<AtomicBool>) -> io::Result<Spoken> {
        input.set_nonblocking(true)?;
        let input = UnixStream::from_std(input)?;
        let output = Receiver::from_owned_fd(OwnedFd::from(output))?;
        Ok(Spoken { input, output, shut: false, went })
    }
}

impl AsyncRead for Spoken {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.output).poll_read(cx, buffer);
        if matches!(read, Poll::Ready(Ok(()))) && buffer.filled().len() == before && !self.shut {
            self.went.store(true, Ordering::Release);
        }
        read
    }
}

impl AsyncWrite for Spoken {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}
