use std::future::Future;
use std::pin::Pin;
use tokio::io::DuplexStream;

/// How many bytes a pipe in memory holds in each direction before the writer has to wait.
///
/// Small, so that a reader that does not read is felt by the writer as it is over TCP, and cheap to make.
pub const PIPE_CAPACITY: usize = 4 << 10;

/// Two ends of one connection in memory.
pub fn pipe() -> (DuplexStream, DuplexStream) {
    tokio::io::duplex(PIPE_CAPACITY)
}

/// Something that serves connections in memory: the software under test, in process.
///
/// One value serves all connections of a play, and is dropped at its end. `serve` is called for each connection when a
/// client dials; the future that it returns is spawned on the play's own runtime (one thread, virtual time unless the
/// target says `real_time`), and ends when the connection does. Any `Fn(DuplexStream) -> impl Future<Output = ()>` is
/// one:
///
/// ```
/// use seqcheck::net::Serve;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
///
/// let echo = |mut stream: DuplexStream| async move {
///     let mut byte = [0];
///     while let Ok(1) = stream.read(&mut byte).await {
///         if stream.write_all(&byte).await.is_err() {
///             break;
///         }
///     }
/// };
/// # fn takes(_: impl Serve) {}
/// takes(echo);
/// ```
pub trait Serve: 'static {
    /// Serves one connection to its end.
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// All plays are over: nobody reads what is still said, and what `serve` has given is dropped.
    fn over(&self) {}
}

impl<F, Fut> Serve for F
where
    F: Fn(DuplexStream) -> Fut + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self(stream))
    }
}
