//! Encryption: what is said of it, and what makes a connection with it.

#[cfg(feature = "tcp")]
mod connect;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "tcp")]
pub(super) use connect::reason;

/// Whom to trust, and who to be, over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM files of the authorities to trust; the system's where there is none.
    pub authorities: Vec<PathBuf>,
    /// PEM files of the client's own certificate chain and its key; one file may hold both.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Accept any certificate.
    pub insecure: bool,
}

/// TLS over TCP. The files are read, and the system's authorities collected, when it is first needed.
#[derive(Clone, Default)]
pub struct Tls {
    options: Arc<TlsOptions>,
    #[cfg(feature = "tcp")]
    connector: connect::Connector,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Tls {
    /// With these options.
    pub fn new(options: TlsOptions) -> Self {
        Tls { options: Arc::new(options), ..Tls::default() }
    }

    /// What was said of it.
    pub fn options(&self) -> &TlsOptions {
        &self.options
    }

    /// Whether anything was.
    pub fn has_options(&self) -> bool {
        *self.options != TlsOptions::default()
    }
}

/// Whether bytes begin as TLS begins a message (RFC 8446, section 5.1): an alert, or a part of a handshake.
pub(super) fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 3, 0..=4, ..])
}

/// Without TLS nothing ends for a reason of it.
#[cfg(not(feature = "tcp"))]
pub(super) fn reason(_: &std::io::Error, _: &str) -> Option<(String, &'static str)> {
    None
}
