//! TLS over TCP, by rustls.

use super::{Tls, TlsOptions};
use crate::files::{self, Kind};
use crate::net::DialError;
use crate::source::name_in_words;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What is read as certificates and keys: the largest collections of authorities have a quarter of a mebibyte.
const PEM: Kind = Kind { name: "a certificate", most: 4 << 20, named: |_| true };

/// What makes connections, once the files have been read; or why there is none.
pub(super) type Connector = Arc<OnceLock<Result<TlsConnector, String>>>;

impl Tls {
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

    pub(in crate::net) async fn dial(
        &self,
        stream: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TlsStream<TcpStream>, DialError> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let failed = |(why, help): (String, _)| DialError::Tls { address: format!("{host}:{port}"), why, help };
        let connector = self.connector().map_err(|why| failed((why, CERTIFICATE)))?;
        let name = ServerName::try_from(bare.to_owned()).map_err(|why| failed((format!("`{bare}`: {why}"), NAME)))?;
        connector.connect(name, stream).await.map_err(|error| match failed_with(&error) {
            // The first thing that came was no message of TLS.
            Some(Error::InvalidMessage(_)) => DialError::NoTls { address: format!("{host}:{port}") },
            Some(error) => failed((words(error, bare), way_out(error))),
            None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                failed(("the connection ended in the handshake: is it a server without TLS?".to_owned(), LOG))
            }
            None => failed((error.to_string(), LOG)),
        })
    }
}

/// What a person would say of a connection that TLS ended, and the way out; none where it is something else.
pub(in crate::net) fn reason(error: &std::io::Error, host: &str) -> Option<(String, &'static str)> {
    failed_with(error).map(|error| (words(error, host), way_out(error)))
}

fn failed_with(error: &std::io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Error>())
}

/// Where the certificate of the server is not trusted.
const CERTIFICATE: &str = "give its authority with --cacert FILE, or accept any certificate with --insecure";
/// Where it is not for the host that is dialled.
const NAME: &str = "use a name that is in the certificate of the server, or accept any certificate with --insecure";
/// Where nobody but the server knows.
const LOG: &str = "read the log of the server";

/// The way out: it depends on who refused what.
fn way_out(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )
        | Error::AlertReceived(AlertDescription::UnrecognisedName) => NAME,
        Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => "use a server certificate that is valid today, or accept any certificate with --insecure",
        Error::InvalidCertificate(_) => CERTIFICATE,
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server requires a client certificate: --client-cert FILE[,KEY]"
        }
        // They are about what the client has shown.
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied,
        ) => "use a client certificate that the server accepts: --client-cert FILE[,KEY]",
        // TLS 1.2 has no other word for a certificate that is missing.
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "if the server requires a client certificate: --client-cert FILE[,KEY]; otherwise let it use TLS 1.2 or \
             1.3 with common ciphers"
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity)
        | Error::PeerIncompatible(_) => "let the server use TLS 1.2 or 1.3 with common ciphers",
        _ => LOG,
    }
}

/// What a person would say of it.
fn words(error: &Error, host: &str) -> String {
    match error {
        Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => "no trusted authority has signed the certificate".to_owned(),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate is not for `{host}`")
            }
            other if is_authority(other) => {
                "the certificate is self-signed; to trust it: --cacert and this certificate".to_owned()
            }
            CertificateError::Other(other) => format!("the certificate is refused: {}", name_in_words(&other.0)),
            other => format!("the certificate is refused: {}", name_in_words(other)),
        },
        Error::AlertReceived(alert) => format!("the server ended the handshake: {}", name_in_words(alert)),
        Error::PeerIncompatible(why) => {
            format!("the server and seqcheck have no common settings for TLS: {}", name_in_words(why))
        }
        Error::PeerMisbehaved(why) => format!("the server violates TLS: {}", name_in_words(why)),
        Error::InvalidMessage(why) => format!("the server does not send TLS: {}", name_in_words(why)),
        Error::InconsistentKeys(_) => "the key belongs to a different certificate".to_owned(),
        Error::General(why) => why.clone(),
        other => name_in_words(other),
    }
}

/// Whether a certificate is refused because it is one of an authority (CA:TRUE), as `openssl req -x509` makes them.
fn is_authority(why: &CertificateError) -> bool {
    match why {
        CertificateError::Other(other) => format!("{:?}", other.0).contains("CaUsedAsEndEntity"),
        _ => false,
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
        let given = given(options)?;
        let roots = roots(options, &given)?;
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let usual = usual.build().map_err(|error| name_in_words(&error))?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Given { usual, given }))
    };
    let config = match &options.client {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let certificates = certificates(chain)?;
            let unread =
                |error: &dyn std::fmt::Display| format!("no private key can be read from {}: {error}", key.display());
            let text = files::bytes(key, &PEM).map_err(|why| unread(&why))?;
            let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| unread(&no_pem(&error)))?;
            builder
                .with_client_auth_cert(certificates, private)
                .map_err(|error| format!("the client certificate in {}: {}", chain.display(), words(&error, "")))?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Why a file has nothing to give. No line of it is shown: what it is nobody knows.
fn no_pem(error: &pem::Error) -> String {
    match error {
        pem::Error::NoItemsFound => "it contains none".to_owned(),
        pem::Error::Base64Decode(_) => "its content is not Base64".to_owned(),
        other => name_in_words(other),
    }
}

/// The certificates of `--cacert`.
fn given(options: &TlsOptions) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut given = Vec::new();
    for path in &options.authorities {
        given.extend(certificates(path)?);
    }
    Ok(given)
}

fn roots(options: &TlsOptions, given: &[CertificateDer<'static>]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if options.authorities.is_empty() {
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let why = found.errors.first().map_or_else(String::new, |error| format!(" ({error})"));
            return Err(format!("the system has no trusted certificate authorities{why}"));
        }
    }
    for certificate in given {
        let files = || options.authorities.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        roots
            .add(certificate.clone())
            .map_err(|error| format!("the authority in {}: {}", files(), words(&error, "")))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unread = |error: &dyn std::fmt::Display| format!("no certificate can be read from {}: {error}", path.display());
    let text = files::bytes(path, &PEM).map_err(|why| unread(&why))?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| unread(&no_pem(&error)))?;
    if found.is_empty() { Err(unread(&"it contains none")) } else { Ok(found) }
}

/// As usual, and a server may also show the very certificate that was given: one that is signed by itself. The usual
/// verifier refuses it where it is one of an authority, or has no names but the common one.
#[derive(Debug)]
struct Given {
    usual: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = self.usual.verify_server_cert(certificate, intermediates, name, ocsp, now);
        let very = || self.given.iter().any(|given| **given == **certificate);
        match found {
            // Its dates were looked at before.
            Err(Error::InvalidCertificate(why)) if is_authority(&why) && very() => {
                let parsed = ParsedCertificate::try_from(certificate)?;
                match verify_server_name(&parsed, name) {
                    Err(_) if is_called(certificate, name) => Ok(ServerCertVerified::assertion()),
                    named => named.map(|()| ServerCertVerified::assertion()),
                }
            }
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if very() && is_called(certificate, name) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether a certificate without alternative names has this one as its common name: `openssl req -x509 -subj /CN=HOST`.
fn is_called(certificate: &[u8], name: &ServerName<'_>) -> bool {
    /// The object identifiers 2.5.29.17 (alternative names) and 2.5.4.3 (common name), as DER has them.
    const ALTERNATIVE: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
    const COMMON: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let after = |what: &'static [u8]| {
        let places = certificate.windows(what.len()).enumerate().filter(move |(_, window)| *window == what);
        places.filter_map(|(at, _)| certificate.get(at + what.len()..))
    };
    let wanted = name.to_str().to_ascii_lowercase();
    // A tag (one of the kinds of text), a length below 128, and the text.
    let text = |rest: &[u8]| match rest {
        [0x0c | 0x13 | 0x16, length @ ..=0x7f, rest @ ..] => {
            rest.get(..usize::from(*length)).is_some_and(|text| text.to_ascii_lowercase() == wanted.as_bytes())
        }
        _ => false,
    };
    after(ALTERNATIVE).next().is_none() && after(COMMON).any(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_about_whom_the_certificate_is_of() {
        use CertificateError::{Expired, NotValidForName, Revoked, UnknownIssuer};
        let own = "--client-cert";
        for (error, wanted) in [
            (Error::InvalidCertificate(UnknownIssuer), "--cacert"),
            (Error::InvalidCertificate(Revoked), "--cacert"),
            (Error::InvalidCertificate(Expired), "valid today"),
            (Error::InvalidCertificate(NotValidForName), "a name that is in the certificate"),
            (Error::AlertReceived(AlertDescription::UnrecognisedName), "a name that is in the certificate"),
            (Error::AlertReceived(AlertDescription::CertificateRequired), own),
            (Error::AlertReceived(AlertDescription::UnknownCA), own),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), own),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), "TLS 1.2 or 1.3"),
            (Error::AlertReceived(AlertDescription::InternalError), "the log of the server"),
        ] {
            let help = way_out(&error);
            assert!(help.contains(wanted), "{error}: {help}");
            assert_eq!(help.contains("--cacert"), wanted == "--cacert", "{error}: {help}");
        }
    }
}
