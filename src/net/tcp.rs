use super::DialError;
use super::host::{bare, is_localhost};
use std::io;
use tokio::net::TcpStream;

/// Resolves the host and tries its addresses one after the other; the last failure is the one that is told.
///
/// The caller puts the connect deadline around it. `host` may be a bracketed IPv6 address. Names below `localhost` are
/// this machine, whatever the system's resolver knows of them.
pub(super) async fn dial(host: &str, port: u16) -> Result<TcpStream, DialError> {
    let bare = bare(host);
    let addresses = tokio::net::lookup_host((if is_localhost(bare) { "localhost" } else { bare }, port))
        .await
        .map_err(|error| DialError::Dns { host: bare.to_owned(), why: error.to_string() })?;
    let name = format!("{host}:{port}");
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Frames are small and answered: without this each would wait for the acknowledgement of the last.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    let error = last.unwrap_or_else(|| io::Error::other("the name has no address"));
    Err(DialError::from_io(&name, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_below_localhost_are_dialled_on_this_machine() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        for host in ["chat.localhost", "deep.chat.LocalHost."] {
            assert!(dial(host, port).await.is_ok(), "{host}");
        }
    }
}
