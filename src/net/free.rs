//! A port for a server that is about to be started.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// Below the ports that systems give to outgoing connections (RFC 6335, section 6: from 49152; Linux: from 32768), and above
/// those of most services. A port of the others may be free now and the local end of somebody's connection when the
/// server wants it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// How many of them are tried before any free port will do.
const TRIES: u16 = 64;

/// A port of 127.0.0.1 on which nothing listens. Nothing keeps it: whoever wants it should take it at once.
///
/// # Errors
/// Where the system has no free port at all.
pub fn free_port() -> io::Result<u16> {
    let start = (RandomState::new().build_hasher().finish() % u64::from(COUNT)) as u16;
    let bound = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let own = (0..TRIES).map(|next| FIRST + (start + next) % COUNT).find(|port| bound(*port).is_ok());
    own.map_or_else(|| bound(0)?.local_addr().map(|address| address.port()), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_taken_and_is_no_port_of_outgoing_connections() {
        for _ in 0..100 {
            let port = free_port().unwrap();
            assert!((FIRST..FIRST + COUNT).contains(&port), "{port}");
            let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
            assert!(taken.is_ok() || free_port().is_ok(), "{port}: {taken:?}");
        }
    }
}
