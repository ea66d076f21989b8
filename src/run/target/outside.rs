//! Targets outside this process: addresses, and programs that are launched.

use super::{Kind, Place, Shared, Target, without_credentials};
use crate::net::{self, Proxies, Tls, TlsOptions};
use crate::run::launch::{Launch, LaunchError};
use crate::server::{self, Host, ServerOptions};
use crate::source::Diagnostic;
use http::Uri;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

impl Target {
    /// The reference server, a fresh one for each scenario, on a port of 127.0.0.1 and in real time.
    pub fn builtin_on_tcp(options: ServerOptions) -> Target {
        Target::new(Kind::Builtin { options: Box::new(options), tcp: true })
    }

    /// A server that runs already, by its base address: `ws://HOST:PORT`, `http://…` or `unix:PATH`, of which paths
    /// come from the binding; or a plain stream of bytes, `tcp://HOST:PORT` or `tls://HOST:PORT`.
    ///
    /// # Errors
    /// An address that cannot be understood.
    pub fn url(address: &str) -> Result<Target, Diagnostic> {
        let (shown, credentials) = without_credentials(address);
        let problem = |why: &str| {
            let problem = Diagnostic::error("target", format!("the target `{shown}` {why}"));
            let problem = match meant(address) {
                Some(meant) => problem.with_help(format!("did you mean {meant}?")),
                None => problem,
            };
            problem.with_help("write ws://HOST:PORT, http://HOST:PORT, tcp://HOST:PORT or unix:PATH")
        };
        if let Some(path) = address.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(problem("has no path"));
            }
            let route = Place::Unix(PathBuf::from(path));
            return Ok(Target::new(Kind::Url { base: "ws://localhost".to_owned(), route }));
        }
        let uri: Uri = address.parse().map_err(|why| problem(&format!("is not an address: {why}")))?;
        let scheme = match uri.scheme_str() {
            Some("ws" | "http") => "ws",
            Some("wss" | "https") => "wss",
            Some("tcp") => "tcp",
            Some("tls") => "tls",
            Some(_) | None => {
                return Err(problem("does not begin with ws://, wss://, http://, https://, tcp:// or tls://"));
            }
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| problem("has no host"))?;
        let port = net::port(&uri).map_err(|why| problem(&format!("has no valid port: {why}")))?;
        if matches!(scheme, "tcp" | "tls") {
            if port.is_none() {
                return Err(problem("has no port, and its scheme implies none"));
            }
            if !matches!(uri.path(), "" | "/") {
                return Err(problem("has a path, but a plain stream of bytes has no path"));
            }
        }
        // Whoever it names stays out of `{target}`, and so out of every frame and every output.
        let place = authority.as_str().rsplit('@').next().unwrap_or_default();
        let base = format!("{scheme}://{place}{}", uri.path().trim_end_matches('/'));
        let http = matches!(uri.scheme_str(), Some("http" | "https"));
        Ok(Target { credentials, http, ..Target::new(Kind::Url { base, route: Place::Tcp }) })
    }

    /// A command for the shell that starts a server on a port of 127.0.0.1 that is chosen free and stands for
    /// `{port}`. It is ready when the port accepts connections.
    pub fn command(command: impl Into<String>) -> Target {
        Target::launched(Launch::new(command))
    }

    /// As [`Target::command`], with another readiness or deadline.
    pub fn launched(launch: Launch) -> Target {
        let credentials = launch.readiness.credentials();
        let kind = Kind::Command(Arc::new(Shared { launch, running: Mutex::new(None) }));
        Target { credentials, ..Target::new(kind) }
    }

    /// A command for the shell that is a server by itself, spoken with over its standard streams: it is started for every
    /// connection, and ends with it.
    pub fn stdio(command: impl Into<String>) -> Target {
        Target::spoken(Launch::new(command))
    }

    /// As [`Target::stdio`], in another folder or with a guard.
    pub fn spoken(launch: Launch) -> Target {
        Target::new(Kind::Spoken(Arc::new(launch)))
    }

    /// With these certificates, where the address is `wss://` or `https://`.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate or key.
    pub fn tls(mut self, options: TlsOptions) -> Result<Target, Diagnostic> {
        self.tls = Tls::new(options);
        self.tls.check().map_err(|why| {
            Diagnostic::error("tls", why).with_help("use files in PEM format: -----BEGIN CERTIFICATE-----")
        })?;
        Ok(self)
    }

    /// Through these proxies, where it is a server at an address.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Target {
        self.proxies = Arc::new(proxies);
        self
    }
}

/// Serves on a free port until the runtime ends.
pub(super) async fn listen(host: Host) -> Result<u16, LaunchError> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let serving = tokio::spawn(async move {
        let bound = |address: std::net::SocketAddr| {
            let _ = tell.send(address.port());
        };
        server::serve((std::net::Ipv4Addr::LOCALHOST, 0), &host, bound, std::future::pending()).await
    });
    if let Ok(port) = told.await {
        return Ok(port);
    }
    let why = match serving.await {
        Ok(Err(error)) => crate::files::why(&error),
        Ok(Ok(())) => "it has ended".to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("the built-in server cannot listen on 127.0.0.1: {why}");
    Err(LaunchError { message, output: String::new() })
}

/// The address that was most likely meant by a port alone, or by a host and a port.
fn meant(address: &str) -> Option<String> {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    if address.contains(' ') {
        let port = if address.contains("{port}") { "" } else { " … {port}" };
        return Some(format!("'cmd: {address}{port}'"));
    }
    if is_port(address) {
        return Some(format!("ws://127.0.0.1:{address}"));
    }
    let (host, port) = address.rsplit_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (is_port(port) && !host.is_empty() && host.chars().all(plain)).then(|| format!("ws://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_slash_and_say_what_is_wrong() {
        let base = |address: &str| Target::url(address).map(|target| target.name()).map_err(|problem| problem.message);
        assert_eq!(base("ws://127.0.0.1:8080").unwrap(), "ws://127.0.0.1:8080");
        assert_eq!(base("http://[::1]:80/chat/").unwrap(), "http://[::1]:80/chat");
        assert_eq!(base("https://a.example").unwrap(), "https://a.example");
        assert_eq!(base("unix:/run/chat.sock").unwrap(), "unix:/run/chat.sock");
        assert_eq!(base("tls://[::1]:8883/").unwrap(), "tls://[::1]:8883");
        let streams = ["tcp://a:1", "tls://a:1", "ws://a:1", "unix:a"].map(|at| Target::url(at).unwrap().is_stream());
        assert_eq!(streams, [true, true, false, false]);
        for wrong in ["", "8080", "ftp://a", "ws://", "unix:", "ws://a b", "tcp://a", "tcp://a:1/b"] {
            let message = base(wrong).unwrap_err();
            assert!(message.starts_with(&format!("the target `{wrong}` ")), "{message}");
        }
    }
}
