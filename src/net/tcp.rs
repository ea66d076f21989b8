use super::DialError;
use std::io;
use tokio::net::TcpStream;

/// Resolves the host and tries its addresses one after the other; the last failure is the one that is told.
///
/// The caller puts the connect deadline around it. `host` may be a bracketed IPv6 address.
pub(super) async fn dial(host: &str, port: u16) -> Result<TcpStream, DialError> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let addresses = tokio::net::lookup_host((bare, port))
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
