#[cfg(feature = "tcp")]
use super::{DialError, host::bare, is_this_machine, tcp};
use http::Uri;
#[cfg(feature = "tcp")]
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
#[cfg(feature = "tcp")]
use tokio::net::TcpStream;

/// The proxies that the environment names, and for whom they are not. Every connection goes through a tunnel
/// (`CONNECT`, RFC 9110 §9.3.6), so that a proxy understands nothing of what passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    plain: Option<Uri>,
    secure: Option<Uri>,
    except: Vec<String>,
}

/// The longest head of a proxy's answer.
#[cfg(feature = "tcp")]
const MAX_HEAD: usize = 16 << 10;

impl Proxies {
    /// From `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in small letters first.
    ///
    /// # Errors
    /// An address that cannot be understood, with the variable's name.
    pub fn from_environment<'v>(var: impl Fn(&str) -> Option<&'v str>) -> Result<Proxies, String> {
        let find = |name: &str| -> Option<(String, &'v str)> {
            let names = [name.to_owned(), name.to_uppercase()];
            names.into_iter().find_map(|name| var(&name).filter(|value| !value.is_empty()).map(|value| (name, value)))
        };
        let read = |name: &str| match find(name).or_else(|| find("all_proxy")) {
            None => Ok(None),
            Some((name, value)) => address(value).map(Some).map_err(|why| format!("{name}: {why}")),
        };
        let except = find("no_proxy").map(|(_, list)| list).unwrap_or_default();
        let except = except.split(',').map(|name| name.trim().trim_start_matches('.').to_lowercase());
        Ok(Proxies {
            plain: read("http_proxy")?,
            secure: read("https_proxy")?,
            except: except.filter(|name| !name.is_empty()).collect(),
        })
    }

    /// The proxy for a host. This machine itself is reached directly, always.
    #[cfg(feature = "tcp")]
    pub(super) fn of(&self, host: &str, secure: bool) -> Option<&Uri> {
        let host = bare(host).to_lowercase();
        let within = |name: &String| name == "*" || host == *name || host.ends_with(&format!(".{name}"));
        if is_this_machine(&host) || self.except.iter().any(within) {
            return None;
        }
        if secure { self.secure.as_ref() } else { self.plain.as_ref() }
    }
}

fn address(value: &str) -> Result<Uri, String> {
    let whole = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    // Never shown: it may hold a password.
    let uri: Uri = whole.parse().map_err(|_| "this is not an address of a proxy".to_owned())?;
    if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) {
        return Err("a proxy is http://HOST:PORT".to_owned());
    }
    super::port(&uri).map_err(|_| "this is not an address of a proxy: its port is not valid".to_owned())?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a proxy that needs a password is not supported".to_owned());
    }
    Ok(uri)
}

/// A connection to the host through a proxy.
#[cfg(feature = "tcp")]
pub(super) async fn tunnel(proxy: &Uri, host: &str, port: u16) -> Result<TcpStream, DialError> {
    let (through, at) = (proxy.host().unwrap_or_default(), proxy.port_u16().unwrap_or(80));
    let mut stream = tcp::dial(through, at).await?;
    let refused = |why: String| DialError::Unreachable { address: format!("{host}:{port}"), why };
    let place = format!("the proxy {through}:{at}");
    let failed = |error: std::io::Error| refused(format!("{place}: {error}"));
    let ask = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.map_err(failed)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Byte by byte: what stands behind the head is the server's already.
        let byte = stream.read_u8().await.map_err(failed)?;
        head.push(byte);
        if head.len() > MAX_HEAD {
            return Err(refused(format!("{place} does not answer like a proxy")));
        }
    }
    let line = String::from_utf8_lossy(&head);
    let mut words = line.lines().next().unwrap_or_default().splitn(3, ' ').skip(1);
    match words.next().and_then(|code| code.parse::<u16>().ok()) {
        Some(200..=299) => Ok(stream),
        Some(code) => Err(refused(format!("{place} refuses with {code} {}", words.next().unwrap_or_default()))),
        None => Err(refused(format!("{place} does not answer like a proxy"))),
    }
}

#[cfg(all(test, feature = "tcp"))]
mod tests {
    use super::*;
    use crate::net::{Route, Tls};
    use std::sync::Arc;
    use tokio::net::TcpListener;

    fn proxies(vars: &[(&str, &str)]) -> Result<Proxies, String> {
        let vars = vars.to_vec();
        Proxies::from_environment(|name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
    }

    #[test]
    fn the_environment_says_which_and_for_whom_not() {
        let some =
            proxies(&[("http_proxy", "a:3128"), ("HTTPS_PROXY", "http://b:1/"), ("no_proxy", "x.example, .y.example")]);
        let some = some.expect("fine");
        let host = |host: &str, secure| some.of(host, secure).and_then(Uri::host).map(str::to_owned);
        assert_eq!(host("chat.example", false).as_deref(), Some("a"));
        assert_eq!(host("chat.example", true).as_deref(), Some("b"));
        for direct in
            ["x.example", "deep.x.example", "y.example", "a.Y.example", "chat.localhost", "127.0.0.1", "[::1]"]
        {
            assert_eq!(host(direct, false), None, "{direct}");
        }
        assert_eq!(host("notx.example", false).as_deref(), Some("a"));
        assert_eq!(proxies(&[("ALL_PROXY", "c:1"), ("NO_PROXY", "*")]).expect("fine").of("a", true), None);
        for (value, why) in
            [("socks5://a:1", "http://HOST:PORT"), ("http://u:p4ss@a:1", "password"), ("::", "not an address")]
        {
            let problem = proxies(&[("https_proxy", value)]).expect_err(value);
            assert!(problem.starts_with("https_proxy: ") && problem.contains(why), "{problem}");
            assert!(!problem.contains("p4ss"), "{problem}");
        }
    }

    async fn asked(answer: &'static str) -> (String, Result<(), DialError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound").to_string();
        let proxy = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a byte"));
            }
            stream.write_all(answer.as_bytes()).await.expect("written");
            String::from_utf8(head).expect("text")
        });
        let route = Route::Proxied(Tls::default(), Arc::new(proxies(&[("http_proxy", &at)]).expect("fine")));
        let url = "ws://chat.example:8080/ws".parse().expect("an address");
        let dialled = route.dial(&url).await;
        (proxy.await.expect("it ends"), dialled.map(drop))
    }

    #[tokio::test]
    async fn a_connection_goes_through_a_tunnel() {
        let (request, dialled) = asked("HTTP/1.1 200 Connection established\r\nvia: me\r\n\r\n").await;
        assert!(request.starts_with("CONNECT chat.example:8080 HTTP/1.1\r\nHost: chat.example:8080\r\n"), "{request}");
        assert_eq!(dialled, Ok(()));
        let (_, refused) = asked("HTTP/1.1 403 Forbidden\r\n\r\n").await;
        let why = refused.expect_err("refused").to_string();
        assert!(why.contains("refuses with 403 Forbidden"), "{why}");
    }
}
