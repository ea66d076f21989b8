use super::{Decision, Fault};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How many bytes are read ahead to decide about.
const READ_AHEAD: usize = 4 << 10;

/// One direction of a stream that is being held.
#[derive(Default)]
struct Hold {
    until: Option<Pin<Box<Sleep>>>,
    /// The wait is over: what is there passes without being asked about again.
    over: bool,
}

impl Hold {
    /// How many of some bytes pass now.
    fn pass(
        &mut self,
        cx: &mut Context<'_>,
        bytes: usize,
        decide: impl FnOnce(usize) -> Decision,
    ) -> Poll<io::Result<usize>> {
        if let Some(until) = &mut self.until {
            ready!(until.as_mut().poll(cx));
            self.until = None;
            self.over = true;
        }
        if self.over {
            self.over = false;
            return Poll::Ready(Ok(bytes));
        }
        match decide(bytes) {
            Decision::Pass(some) => Poll::Ready(Ok(some.clamp(1, bytes))),
            Decision::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Decision::Stall => Poll::Pending,
            Decision::Hold(time) => {
                let mut until = Box::pin(sleep(time));
                // Registers the wait; one that is over at once is seen at the next call.
                if until.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(bytes));
                }
                self.until = Some(until);
                Poll::Pending
            }
        }
    }
}

/// A byte stream under faults, each of which is asked in turn.
pub struct FaultStream<S> {
    inner: S,
    faults: Vec<Box<dyn Fault>>,
    sending: Vec<Hold>,
    receiving: Vec<Hold>,
    ahead: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<S> FaultStream<S> {
    /// Puts faults on a stream.
    pub fn new(inner: S, faults: Vec<Box<dyn Fault>>) -> Self {
        FaultStream {
            inner,
            sending: faults.iter().map(|_| Hold::default()).collect(),
            receiving: faults.iter().map(|_| Hold::default()).collect(),
            faults,
            ahead: Vec::new(),
            taken: 0,
            ended: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FaultStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.taken == this.ahead.len() && !this.ended {
            this.ahead.resize(READ_AHEAD, 0);
            let mut buffer = ReadBuf::new(&mut this.ahead);
            let read = Pin::new(&mut this.inner).poll_read(cx, &mut buffer);
            let filled = buffer.filled().len();
            this.ahead.truncate(filled);
            this.taken = 0;
            ready!(read)?;
            this.ended = filled == 0;
        }
        let mut bytes = (this.ahead.len() - this.taken).min(out.remaining());
        if bytes == 0 {
            return Poll::Ready(Ok(()));
        }
        for (fault, hold) in this.faults.iter_mut().zip(&mut this.receiving) {
            bytes = ready!(hold.pass(cx, bytes, |bytes| fault.receives(bytes)))?;
        }
        out.put_slice(&this.ahead[this.taken..this.taken + bytes]);
        this.taken += bytes;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FaultStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bytes.is_empty() {
            return Pin::new(&mut this.inner).poll_write(cx, bytes);
        }
        let mut pass = bytes.len();
        for (fault, hold) in this.faults.iter_mut().zip(&mut this.sending) {
            pass = ready!(hold.pass(cx, pass, |bytes| fault.sends(bytes)))?;
        }
        Pin::new(&mut this.inner).poll_write(cx, &bytes[..pass])
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cut, Jitter, Latency, Segments, Stall};
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, timeout};

    const TEXT: &[u8] = b"what was written is what is read";

    async fn passes(faults: Vec<Box<dyn Fault>>) -> Duration {
        let (near, mut far) = duplex(64);
        let mut near = FaultStream::new(near, faults);
        let began = Instant::now();
        let writing = async {
            near.write_all(TEXT).await.expect("written");
            near.shutdown().await.expect("ended");
            let mut back = Vec::new();
            near.read_to_end(&mut back).await.expect("read");
            back
        };
        let reading = async {
            let mut text = Vec::new();
            far.read_to_end(&mut text).await.expect("read");
            far.write_all(&text).await.expect("written");
            far.shutdown().await.expect("ended");
            text
        };
        let (back, there) = tokio::join!(writing, reading);
        assert_eq!(there, TEXT);
        assert_eq!(back, TEXT);
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_arrive_whole_and_in_order() {
        let one = || Box::new(Segments { sent: 1, received: 1 });
        let ms = Duration::from_millis;
        assert_eq!(passes(vec![]).await, ms(0));
        assert_eq!(passes(vec![one()]).await, ms(0));
        assert_eq!(passes(vec![Box::new(Latency { sent: ms(30), received: ms(40) })]).await, ms(70));
        let jittered = passes(vec![Box::new(Jitter::new(7, ms(50), ms(50)))]).await;
        assert!(jittered <= ms(100), "{jittered:?}");
        let again = passes(vec![Box::new(Jitter::new(7, ms(50), ms(50)))]).await;
        assert_eq!(jittered, again, "the same seed gives the same times");
        assert!(passes(vec![one(), Box::new(Latency { sent: ms(1), received: ms(0) })]).await >= ms(1));
    }

    #[tokio::test(start_paused = true)]
    async fn stall_and_cut_pass_what_they_let_pass() {
        let (near, mut far) = duplex(64);
        let mut near = FaultStream::new(near, vec![Box::new(Stall { sent: 4, received: usize::MAX })]);
        assert!(timeout(Duration::from_secs(1), near.write_all(TEXT)).await.is_err(), "it waits for ever");
        let mut text = [0; 4];
        far.read_exact(&mut text).await.expect("four bytes");
        assert_eq!(&text, b"what");

        let (near, mut far) = duplex(64);
        let mut near = FaultStream::new(near, vec![Box::new(Cut { sent: 4, received: usize::MAX })]);
        let error = near.write_all(TEXT).await.expect_err("it is reset");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        drop(near);
        let mut text = Vec::new();
        far.read_to_end(&mut text).await.expect("read");
        assert_eq!(text, b"what");
    }
}
