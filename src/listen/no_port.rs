//! A build without TCP has no ports to listen on.

use super::Door;
use std::io;
use std::net::SocketAddr;

/// No door.
///
/// # Errors
/// Always.
pub async fn at(_: SocketAddr) -> io::Result<(Door, SocketAddr)> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this build of seqcheck has no TCP (feature `tcp`)"))
}

/// No door.
///
/// # Errors
/// Always.
pub async fn posted_at(address: SocketAddr, _: &str) -> io::Result<(Door, SocketAddr)> {
    at(address).await
}
