use super::DialError;
use crate::files::{self, Kind};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What is read as certificates and keys: the largest collections of authorities have a quarter of a mebibyte.
const PEM: Kind = Kind { name: "a certificate", most: 4 << 20, named: |_| true };

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
    connector: Arc<OnceLock<Result<TlsConnector, String>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl Tls {
    /// With these options.
    pub fn new(options: TlsOptions) -> Self {
        Tls { options: Arc::new(options), connector: Arc::default() }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate or key.
    pub fn check(&self) -> Result<(), String> {
        self.connector().map(drop)
    }

    fn connector(&self) -> Result<TlsConnector, String> {
        self.connector.get_or_init(|| connector(&self.options)).clone()
    }

    pub(super) async fn dial(
        &self,
        stream: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let failed = |why: String| DialError::Tls { address: format!("{host}:{port}"), why };
        let connector = self.connector().map_err(failed)?;
        let name = ServerName::try_from(bare.to_owned()).map_err(|why| failed(format!("`{bare}`: {why}")))?;
        connector.connect(name, stream).await.map_err(|error| failed(reason(&error, bare)))
    }
}

/// What a person would say of a failed handshake.
fn reason(error: &std::io::Error, host: &str) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::UnknownIssuer => "the certificate is signed by nobody that is trusted".to_owned(),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate is not for `{host}`")
            }
            other => format!("the certificate is refused: {other}"),
        },
        Some(other) => other.to_string(),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the connection ended in the handshake: is it a server without TLS?".to_owned()
        }
        None => error.to_string(),
    }
}

fn connector(options: &TlsOptions) -> Result<TlsConnector, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if options.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
    } else {
        builder.with_root_certificates(roots(options)?)
    };
    let config = match &options.client {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let certificates = certificates(chain)?;
            let unread =
                |error: &dyn fmt::Display| format!("no private key can be read from {}: {error}", key.display());
            let text = files::bytes(key, &PEM).map_err(|why| unread(&why))?;
            let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| unread(&error))?;
            builder
                .with_client_auth_cert(certificates, private)
                .map_err(|error| format!("the client certificate in {}: {error}", chain.display()))?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if options.authorities.is_empty() {
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let why = found.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
            return Err(format!("the system has no authorities to trust{why}"));
        }
    }
    for path in &options.authorities {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| format!("the authority in {}: {error}", path.display()))?;
        }
    }
    Ok(roots)
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, String> {
    let unread = |error: &dyn fmt::Display| format!("no certificate can be read from {}: {error}", path.display());
    let text = files::bytes(path, &PEM).map_err(|why| unread(&why))?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| unread(&error))?;
    if found.is_empty() { Err(unread(&"it holds none")) } else { Ok(found) }
}

/// `--insecure`: any certificate is accepted; signatures are checked all the same, as the protocol needs it.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
