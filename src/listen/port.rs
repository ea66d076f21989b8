//! Doors at addresses of this machine.

use super::{Door, posts};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// A door at an address, and the address that it has then: with port 0 the system chooses one that is free.
///
/// # Errors
/// What the system says: the port is taken, the address is no address of this machine, it may not be used.
pub async fn at(address: SocketAddr) -> io::Result<(Door, SocketAddr)> {
    let (listener, address) = bound(address).await?;
    Ok((Door::Tcp(listener), address))
}

/// The same for clients that post their messages; `header` names their session.
///
/// # Errors
/// As [`at`].
pub async fn posted_at(address: SocketAddr, header: &str) -> io::Result<(Door, SocketAddr)> {
    let (listener, address) = bound(address).await?;
    Ok((posts::posted(listener, header), address))
}

async fn bound(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
