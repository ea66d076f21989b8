use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Looks at what comes on a stream before anybody else does.
pub(super) trait Watch {
    /// Takes this in; how much of it is handed on: where it breaks a rule, what stands before that.
    fn take_in(&mut self, bytes: &[u8]) -> usize;

    /// Behind what was handed on a rule was broken: nothing more is read.
    fn fault(&self) -> Option<io::Error> {
        None
    }
}

/// A stream that is looked at as it comes.
#[derive(Debug)]
pub struct Watched<S, W> {
    pub(super) stream: S,
    pub(super) watch: W,
    /// How many bytes were written.
    pub(super) written: u64,
}

impl<S: AsyncRead + Unpin, W: Watch + Unpin> AsyncRead for Watched<S, W> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Watched { stream, watch, .. } = self.get_mut();
        if let Some(fault) = watch.fault() {
            return Poll::Ready(Err(fault));
        }
        let before = into.filled().len();
        ready!(Pin::new(stream).poll_read(cx, into))?;
        let handed = watch.take_in(&into.filled()[before..]);
        into.set_filled(before + handed);
        Poll::Ready(watch.fault().filter(|_| handed == 0).map_or(Ok(()), Err))
    }
}

impl<S: AsyncWrite + Unpin, W: Unpin> AsyncWrite for Watched<S, W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let own = self.get_mut();
        let written = ready!(Pin::new(&mut own.stream).poll_write(cx, bytes))?;
        own.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
