use super::host::{Host, limit};
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How long requests that are being answered have when everything else is over.
const LAST_BYTES: Duration = Duration::from_millis(100);

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
    let ended = async { while connections.join_next().await.is_some() {} };
    let over = async {
        host.is_over().await;
        // What is left are requests: their last bytes may be on the way.
        sleep(LAST_BYTES).await;
    };
    // Whoever misses the deadline is dropped with the set.
    let (mut ended, mut over, mut late) = (pin!(ended), pin!(over), pin!(sleep(limit::CLOSE_DEADLINE + LAST_BYTES)));
    poll_fn(|cx| {
        let all = [ended.as_mut().poll(cx), over.as_mut().poll(cx), late.as_mut().poll(cx)];
        if all.iter().any(Poll::is_ready) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    Ok(())
}

/// What the listener waited for.
enum Next {
    /// A connection.
    Accepted(io::Result<(TcpStream, SocketAddr)>),
    /// The end of one, where there were too many.
    Room,
}
