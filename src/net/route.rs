use super::{DialError, Programs, Proxies, Serve, Stream, Tls, pipe};
#[cfg(feature = "tcp")]
use super::{port, proxy, tcp};
use http::Uri;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// How to get to one server.
#[derive(Clone)]
pub enum Route {
    /// In this process: every connection is a new pipe, and the URL's host does not matter.
    Memory(Rc<dyn Serve>),
    /// Over TCP, to the host and port of the URL; with TLS where its scheme asks for it.
    Tcp(Tls),
    /// The same, through the proxies of the environment where one is for the host.
    Proxied(Tls, Arc<Proxies>),
    /// To a Unix domain socket, whatever the URL's host.
    Unix(PathBuf),
    /// To the standard streams of a program that is started, one for each connection.
    Programs(Rc<Programs>),
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::Memory(_) => f.write_str("Memory"),
            Route::Tcp(_) => f.write_str("Tcp"),
            Route::Proxied(..) => f.write_str("Proxied"),
            Route::Unix(path) => f.debug_tuple("Unix").field(path).finish(),
            Route::Programs(programs) => f.debug_tuple("Programs").field(&programs.command()).finish(),
        }
    }
}

impl Route {
    /// Whether it never leaves this process, so that the clock may be virtual.
    pub fn in_memory(&self) -> bool {
        match self {
            Route::Memory(_) => true,
            Route::Tcp(_) | Route::Proxied(..) | Route::Unix(_) | Route::Programs(_) => false,
        }
    }

    /// Nobody will read what is still said there, where it is a server in this process.
    pub fn over(&self) {
        match self {
            Route::Memory(server) => server.over(),
            Route::Tcp(_) | Route::Proxied(..) | Route::Unix(_) | Route::Programs(_) => {}
        }
    }

    /// What messages call the place that a URL leads to.
    pub fn address(&self, url: &Uri) -> String {
        match self {
            Route::Memory(_) => "the server in this process".to_owned(),
            Route::Tcp(_) | Route::Proxied(..) => place(url),
            Route::Unix(path) => format!("unix:{}", path.display()),
            Route::Programs(programs) => format!("the command `{}`", programs.command()),
        }
    }

    /// Makes a connection. The caller puts the connect deadline around it.
    ///
    /// # Errors
    /// Where nothing answers.
    pub async fn dial(&self, url: &Uri) -> Result<Stream, DialError> {
        match self {
            Route::Memory(server) => {
                let (near, far) = pipe();
                tokio::spawn(server.serve(far));
                Ok(Stream::Memory(near))
            }
            #[cfg(feature = "tcp")]
            Route::Tcp(tls) => self.over_tcp(url, tls, None).await,
            #[cfg(feature = "tcp")]
            Route::Proxied(tls, proxies) => self.over_tcp(url, tls, Some(proxies)).await,
            #[cfg(not(feature = "tcp"))]
            Route::Tcp(_) | Route::Proxied(..) => Err(DialError::Address {
                address: self.address(url),
                why: "this build has no TCP (feature `tcp`)".to_owned(),
            }),
            Route::Programs(programs) => programs.dial().await,
            #[cfg(all(unix, feature = "tcp"))]
            Route::Unix(path) => match tokio::net::UnixStream::connect(path).await {
                Ok(stream) => Ok(Stream::Unix(stream)),
                Err(error) => Err(DialError::from_io(&self.address(url), &error)),
            },
            #[cfg(not(all(unix, feature = "tcp")))]
            Route::Unix(_) => Err(DialError::Address {
                address: self.address(url),
                why: "there are no Unix domain sockets on this system, or none in this build (feature `tcp`)"
                    .to_owned(),
            }),
        }
    }

    #[cfg(feature = "tcp")]
    async fn over_tcp(&self, url: &Uri, tls: &Tls, proxies: Option<&Proxies>) -> Result<Stream, DialError> {
        let address = |why: &str| DialError::Address { address: url.to_string(), why: why.to_owned() };
        let host = url.host().filter(|host| !host.is_empty()).ok_or_else(|| address("it names no host"))?;
        let named = port(url).map_err(|why| address(&why))?;
        let port = named.or(port_of(url)).ok_or_else(|| address("it names no port, and its scheme implies none"))?;
        let stream = match proxies.and_then(|proxies| proxies.of(host, secure(url))) {
            Some(proxy) => proxy::tunnel(proxy, host, port).await?,
            None => tcp::dial(host, port).await?,
        };
        if secure(url) {
            return Ok(Stream::Tls(Box::new(tls.dial(stream, host, port).await?)));
        }
        Ok(Stream::Tcp(stream))
    }
}

/// Host and port of a URL, as messages show them.
pub(super) fn place(url: &Uri) -> String {
    match (url.host(), port_of(url)) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.path().to_owned(),
    }
}

/// Whether the scheme asks for TLS.
#[cfg(feature = "tcp")]
fn secure(url: &Uri) -> bool {
    matches!(url.scheme_str(), Some("wss" | "https" | "tls"))
}

/// The port of a URL, or the one that its scheme implies.
fn port_of(url: &Uri) -> Option<u16> {
    url.port_u16().or(match url.scheme_str() {
        Some("ws" | "http") => Some(80),
        Some("wss" | "https") => Some(443),
        _ => None,
    })
}
