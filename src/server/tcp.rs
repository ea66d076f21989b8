use super::host::{Host, limit};
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long the listener rests after a connection could not be accepted: out of descriptors, mostly.
const REST: Duration = Duration::from_millis(50);

/// Serves on a TCP address until `shutdown` is ready; then everybody is sent away with Close 1001.
///
/// Port 0 takes a free one; `bound` is told which address it has become, before the first connection is accepted.
///
/// # Errors
/// Where the address cannot be had. Nothing that a client does is an error.
pub async fn serve(
    address: impl ToSocketAddrs,
    host: &Host,
    bound: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    bound(listener.local_addr()?);
    let mut shutdown = pin!(shutdown);
    let mut connections = JoinSet::new();
    loop {
        // Those that have ended make room.
        while connections.try_join_next().is_some() {}
        let full = connections.len() >= limit::CONNECTIONS;
        let next = poll_fn(|cx| {
            if shutdown.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            if full {
                return connections.poll_join_next(cx).map(|_| Some(Next::Room));
            }
            listener.poll_accept(cx).map(|accepted| Some(Next::Accepted(accepted)))
        });
        match next.await {
            None => break,
            Some(Next::Room) => {}
            Some(Next::Accepted(Ok((stream, _)))) => {
                // Frames are small and go out at once.
                let _ = stream.set_nodelay(true);
                connections.spawn(host.serve(stream));
            }
            Some(Next::Accepted(Err(_))) => sleep(REST).await,
        }
    }
    drop(listener);
    host.shut_down();
    // Each connection has a deadline of its own for ending; one that misses it is dropped with the set.
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(limit::CLOSE_DEADLINE + limit::CLOSE_DEADLINE, ended).await;
    Ok(())
}

/// What the listener waited for.
enum Next {
    /// A connection.
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    /// The end of one, where there were too many.
    Room,
}
